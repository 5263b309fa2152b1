"""The shared parts of a gateway's tests: the bench, paid payments, and the requests to the gateway.

Part of the suite of `testing.gateway_contract`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import count
from typing import ClassVar, Protocol, TypeVar

from kwiga_orders.errors import AdapterFailed, Refused
from kwiga_orders.extras import extra
from kwiga_orders.gateways import (
    ChargeRequest,
    GatewayFact,
    LinkRequest,
    PaymentLink,
    RefundRequest,
    StateRequest,
)
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome, SavedMeans
from kwiga_orders.ports import PaymentGateway
from kwiga_orders.testing.gateways import Delivery
from kwiga_orders.testing.requirements import Requiring

with extra("testing"):
    import pytest

__all__ = [
    "GatewayBench",
    "GatewaySuite",
    "Paid",
    "asking_of",
    "believed",
    "expressed",
    "gone_back",
    "refund_of",
    "refuse",
    "reported_or_failed",
    "told_of",
]

T = TypeVar("T")

_NUMBERS = count(1)


class GatewayBench(Protocol):
    """A gateway under test, and control over what happens on its side."""

    gateway: PaymentGateway
    currencies: Sequence[str]
    """Some currencies that it accepts; they should cover all numbers of decimals that it supports."""

    def pays(self, link: PaymentLink, *, succeeds: bool, saves: bool) -> None:
        """Let a customer pay through a link, or fail to; with `saves`, save the card if possible."""
        ...

    def called(self) -> Sequence[Delivery]:
        """Give the callbacks since the last call, as they came over the wire."""
        ...

    def takes_back(self, reference: str, amount: Money) -> None:
        """Refund money at the gateway itself, from the attempt with that reference."""
        ...

    def disputes(self, reference: str, amount: Money, *, won: bool) -> None:
        """Let the payer's bank start a dispute and decide it. Not called for a gateway that lacks "disputes"."""
        ...

    def bounces(self, refund: str) -> None:
        """Let a completed refund come back from the bank. Not called for a gateway that lacks "bounces"."""
        ...

    def lose_answer(self) -> None:
        """Let the next charge or refund be executed, but lose its answer."""
        ...

    def unreachable(self) -> AbstractContextManager[None]:
        """Make the gateway unreachable inside the block."""
        ...


class GatewaySuite(Requiring):
    """A suite with a gateway on a bench, and the steps that its tests share."""

    requirements: ClassVar[Mapping[str, str]] = {
        "saved_means": "it saves cards, and charges them later",
        "refunds": "it gives money back",
        "partial_refunds": "it gives a part of it back",
        "lists": "it lists what happened between two instants",
        "disputes": "it tells of chargebacks",
        "bounces": "it tells of refunds that come back",
    }
    id_prefix: ClassVar[str] = "contract"

    def open_bench(self) -> AbstractContextManager[GatewayBench]:
        """Open a bench with a gateway that has never seen the payments of these tests."""
        raise NotImplementedError

    @pytest.fixture
    def bench(self) -> Iterator[GatewayBench]:
        """Give an open bench."""
        with self.open_bench() as opened:
            yield opened

    def link_request(
        self, bench: GatewayBench, currency: str | None = None, *, minor: int | None = None, saves: bool = False
    ) -> LinkRequest:
        """Give a request for a new payment of 1000, or of that many minor units."""
        name = currency or bench.currencies[0]
        amount = Money.of("1000", name) if minor is None else Money(minor, name)
        payment = f"{self.id_prefix}{next(_NUMBERS)}.1"
        return LinkRequest(payment=payment, amount=amount, number=1, contact="olena", saves=saves)

    def paid(
        self,
        bench: GatewayBench,
        request: LinkRequest | None = None,
        *,
        succeeds: bool = True,
        saves: bool = False,
    ) -> "Paid":
        """Let a customer pay, or fail to; give the payment with the callback about it."""
        asked = request or self.link_request(bench, saves=saves)
        bench.pays(bench.gateway.make_link(asked), succeeds=succeeds, saves=saves)
        for delivery in bench.called():
            for fact in bench.gateway.read_callback(delivery.body, delivery.headers).facts:
                if fact.payment == asked.payment:
                    return Paid(asked, fact, delivery)
        raise AssertionError("the gateway sent nothing about the payment")

    def charge_request(self, bench: GatewayBench) -> tuple[LinkRequest, ChargeRequest]:
        """Let a customer save a card; give another payment, and the request to charge it with that card."""
        means = saved_by(bench, self.paid(bench, saves=True))
        other = self.link_request(bench)
        return other, ChargeRequest(key=f"{other.payment}.a1", payment=other.payment, amount=other.amount, means=means)


def told_of(bench: GatewayBench, kind: str) -> list[GatewayFact]:
    """Give the facts of one kind from the callbacks since the last call."""
    calls = (bench.gateway.read_callback(one.body, one.headers) for one in bench.called())
    return [fact for call in calls for fact in call.facts if fact.kind == kind]


class Paid:
    """A payment that a customer paid or failed to pay, and the callback about it."""

    def __init__(self, link: LinkRequest, fact: GatewayFact, delivery: Delivery) -> None:
        self.link, self.fact, self.delivery = link, fact, delivery


def asking_of(link: LinkRequest, *references: str) -> StateRequest:
    """Give the request for the state of a payment."""
    return StateRequest(payment=link.payment, amount=link.amount, references=references)


def refund_of(paid: Paid, *, key: str, part: int, before: Money | None = None) -> RefundRequest:
    """Give the request to refund one of `part` equal parts of a paid payment."""
    return RefundRequest(
        key=f"{paid.link.payment}.{key}",
        payment=paid.link.payment,
        reference=paid.fact.reference,
        amount=paid.link.amount.split(part)[0],
        before=before,
    )


def saved_by(bench: GatewayBench, paid: Paid) -> SavedMeans:
    """Give the saved means: from the callback if its signature covers them, else from the state."""
    known = bench.gateway.state_of(asking_of(paid.link, paid.fact.reference))
    (means,) = {fact.means for fact in (paid.fact, *known) if fact.means is not None}
    return means


def gone_back(bench: GatewayBench, paid: Paid, *refunds: GatewayFact) -> list[Money | None]:
    """Give the refunded amounts of a payment, including refunds in flight; `refunds` are those already reported."""
    references = (paid.fact.reference, *(refund.reference for refund in refunds))
    known = bench.gateway.state_of(asking_of(paid.link, *references))
    return [fact.amount for fact in known if fact.kind == "refund" and fact.outcome is not Outcome.FAILED]


def expressed(call: Callable[[], T]) -> T | None:
    """Give the result of a call; None if its amount has more decimals than the gateway can express."""
    try:
        return call()
    except Refused as refused:
        if refused.code != "money.too_precise":
            raise
        return None


def reported_or_failed(call: Callable[[], GatewayFact]) -> GatewayFact | None:
    """Give the result of a call that moves money; None if the gateway could not be reached."""
    try:
        return call()
    except AdapterFailed:
        return None


def believed(gateway: PaymentGateway, body: bytes, headers: Mapping[str, str]) -> tuple[GatewayFact, ...]:
    """Give the facts of a callback; none if it is not verified."""
    try:
        return gateway.read_callback(body, headers).facts
    except Refused as refused:
        if refused.code != "callback.not_verified":
            raise
        return ()


def refuse(gateway: PaymentGateway, body: bytes, headers: Mapping[str, str]) -> None:
    """Assert that a callback is refused, and that the error shows nothing of it."""
    with pytest.raises(Refused) as refused:
        gateway.read_callback(body, headers)
    assert refused.value.code == "callback.not_verified"
    assert body == b"" or body.decode(errors="replace") not in str(refused.value)

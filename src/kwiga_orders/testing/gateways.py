"""A payment gateway in memory, for tests and demonstrations. It does on request whatever a real gateway may do.

    gateway = FakeGateway(clock)
    orders = Orders(..., gateways={"fake": gateway})
    gateway.pays(orders.payment_link(order="o1", payment="o1.1").url)
    gateway.delivers(lambda body, headers: orders.receive("fake", body, headers))

It keeps the conditions of `PaymentGateway`. Its callbacks wait in `waiting` until they are delivered: in order, or by a
plan, so that callbacks arrive twice, late, out of order, or not at all. A charge or refund succeeds at once, unless
`script` sets another answer.
"""

import hmac
import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Literal, TypeVar, cast

import attrs

from kwiga_orders.errors import AdapterFailed, Fault, InvalidInput, Refused
from kwiga_orders.gateways import (
    Callback,
    Capabilities,
    ChargeRequest,
    GatewayFact,
    LinkRequest,
    PaymentLink,
    RefundRequest,
    StateRequest,
)
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome, SavedMeans
from kwiga_orders.ports import AsyncListingGateway, Clock, ListingGateway
from kwiga_orders.reconciliation import Listed

__all__ = ["Answer", "AsyncFakeGateway", "Delivery", "FakeGateway"]

T = TypeVar("T")

_SIGNATURE = "x-fake-signature"


class Answer(Enum):
    """What happens on a call to charge or refund, and what the answer is."""

    SUCCEEDS = auto()
    FAILS = auto()
    PENDS = auto()
    """The call is accepted, and `settles` decides the outcome later."""
    IS_LOST = auto()
    """It succeeds, but the answer says that the outcome is unknown."""
    BREAKS = auto()
    """The gateway cannot be reached, and nothing happens."""
    BREAKS_AFTER = auto()
    """It succeeds, but the connection breaks before the answer."""


_KINDS: Mapping[str, Literal["attempt", "refund", "chargeback"]] = {
    "attempt": "attempt",
    "refund": "refund",
    "chargeback": "chargeback",
}
# What really happens if it is not success; the answer may say something else.
_REAL = {Answer.FAILS: Outcome.FAILED, Answer.PENDS: Outcome.PENDING}


@attrs.frozen(kw_only=True)
class Delivery:
    """A callback as it is sent over the wire."""

    body: bytes
    headers: Mapping[str, str]


@attrs.define
class FakeGateway:
    """A gateway that keeps everything in memory; threads may share it.

    Its links begin with `page`: a page that does not exist, or your page that plays the gateway's (`pays`, `delivers`).
    """

    clock: Clock
    name: str = "fake"
    secret: bytes = b"secret of the fake gateway"
    capabilities: Capabilities = Capabilities(lists=True)
    is_down: bool = False
    page: str = ""
    waiting: list[Delivery] = attrs.field(factory=list)
    _script: deque[Answer] = attrs.field(factory=deque)
    _links: dict[str, LinkRequest] = attrs.field(factory=dict)
    _facts: dict[str, GatewayFact] = attrs.field(factory=dict)
    _earned_by: dict[str, str] = attrs.field(factory=dict)
    _lock: threading.RLock = attrs.field(factory=threading.RLock, repr=False, eq=False)

    # The port

    def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Make the link through which a payment is paid (P3)."""
        self._refuse_if_down()
        attempt = "" if request.attempt is None else f"/{request.attempt}"
        # P3: the amount is part of the link, so another amount gives another link.
        page = self.page or f"https://{self.name}.example/pay"
        url = f"{page}/{request.payment}/{request.amount.minor}{request.amount.currency}{attempt}"
        self._links[url] = request
        return PaymentLink(url=url, payment=request.payment, amount=request.amount)

    def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge a saved card or account (P13)."""
        # Only means that this gateway saved can be charged.
        is_known = any(fact.means == request.means for fact in self._facts.values())
        asked = GatewayFact(
            payment=request.payment,
            reference=f"{self.name}-charge-{request.key}",
            outcome=Outcome.PENDING,
            amount=request.amount,
            key=request.key,
        )
        return self._carried_out(asked, None if is_known else "unknown_means")

    def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Refund a payment, or a part of it (P10)."""
        asked = GatewayFact(
            kind="refund",
            payment=request.payment,
            reference=f"{self.name}-refund-{request.key}",
            outcome=Outcome.PENDING,
            amount=request.amount,
            key=request.key,
        )
        return self._carried_out(asked, self._why_no_refund(request), earned_by=request.reference)

    def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Give the state of the attempts and refunds of a payment (P4)."""
        self._refuse_if_down()
        with self._lock:
            return tuple(
                fact
                for fact in self._facts.values()
                # P9: without a payment it is asked by references, because a refund was reported before its payment.
                if (fact.payment == request.payment if request.payment else fact.reference in request.references)
            )

    def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List the facts that ended between two instants."""
        self._refuse_if_down()
        with self._lock:
            ended = [fact for fact in self._facts.values() if fact.occurred_at is not None]
        return Listed(facts=tuple(one for one in ended if one.occurred_at and starts_at <= one.occurred_at < ends_at))

    def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> Callback:
        """Read a callback; its signature is HMAC-SHA256 over the raw body."""
        given = {name.lower(): value for name, value in headers.items()}.get(_SIGNATURE, "")
        # Compared in constant time, as in a real adapter.
        if not hmac.compare_digest(given.encode(), self._signature(body).encode()):
            raise Refused("callback.not_verified", gateway=self.name)
        facts = _facts_in(body)
        accepted = json.dumps({"accepted": [fact.reference for fact in facts]})
        return Callback(facts=facts, body=accepted.encode(), content_type="application/json")

    # What happens at the gateway

    def script(self, *answers: Answer) -> None:
        """Set the answers of the next charges and refunds, in order; later ones succeed."""
        self._script.extend(answers)

    def pays(self, url: str, *, succeeds: bool = True, saves: bool = False, reason: str | None = None) -> str:
        """Let a customer pay through a link, or fail to; with `saves`, save the card. Give the reference.

        Like some real gateways, it lets an old link pay the amount that it was made for (P11).

        Raises:
            KeyError: if the link was not made here.
        """
        link = self._links[url]
        with self._lock:
            # References are numbered, so that a scenario is the same each time it runs.
            reference = f"{self.name}-{len(self._facts) + 1}"
            fact = GatewayFact(
                payment=link.payment,
                reference=reference,
                outcome=Outcome.SUCCEEDED if succeeds else Outcome.FAILED,
                amount=link.amount,
                reason=reason,
                occurred_at=self.clock.now(),
                key=link.attempt,
                means=SavedMeans(f"token-{reference}") if succeeds and saves else None,
            )
            self._happens(fact)
        return reference

    def takes_back(self, reference: str, amount: Money, *, kind: Literal["refund", "chargeback"] = "chargeback") -> str:
        """Refund money that the school did not ask for: a chargeback, or a refund made at the gateway itself."""
        with self._lock:
            earned = self._facts[reference]
            own = f"{self.name}-{kind}-{len(self._facts) + 1}"
            # Remembered to compute later how much is left of the attempt.
            self._earned_by[own] = reference
            # No key of ours, because the school did not ask for it.
            fact = attrs.evolve(earned, kind=kind, reference=own, amount=amount, key=None, means=None)
            self._happens(attrs.evolve(fact, outcome=Outcome.SUCCEEDED, occurred_at=self.clock.now()))
        return own

    def settles(self, reference: str, outcome: Outcome) -> None:
        """Set the outcome of a pending charge or refund."""
        with self._lock:
            self._happens(attrs.evolve(self._facts[reference], outcome=outcome, occurred_at=self.clock.now()))

    def delivers(self, receive: Callable[[bytes, Mapping[str, str]], T], plan: Iterable[int] | None = None) -> list[T]:
        """Deliver the waiting callbacks in order. A `plan` gives their numbers from 0: `(1, 0, 0)` repeats the first.

        Callbacks that a plan leaves out are lost.
        """
        with self._lock:
            # Taken out before delivery, because delivering may cause new callbacks.
            deliveries, self.waiting = self.waiting, []
        chosen = range(len(deliveries)) if plan is None else plan
        return [receive(deliveries[n].body, deliveries[n].headers) for n in chosen]

    def signed(self, *facts: GatewayFact) -> Delivery:
        """Give a signed callback with these facts, as it is sent over the wire."""
        # amounts in minor units, as in real gateways
        body = json.dumps(
            {
                "facts": [
                    {
                        "kind": fact.kind,
                        "payment": fact.payment,
                        "reference": fact.reference,
                        "outcome": fact.outcome.value,
                        "minor": None if fact.amount is None else fact.amount.minor,
                        "currency": None if fact.amount is None else fact.amount.currency,
                        "reason": fact.reason,
                        "at": None if fact.occurred_at is None else fact.occurred_at.isoformat(),
                        "key": fact.key,
                        "token": None if fact.means is None else fact.means.token,
                    }
                    for fact in facts
                ]
            }
        ).encode()
        return Delivery(body=body, headers={"X-Fake-Signature": self._signature(body)})

    @property
    def moved(self) -> list[GatewayFact]:
        """Everything that succeeded here: payments, refunds and chargebacks."""
        with self._lock:
            return [fact for fact in self._facts.values() if fact.outcome is Outcome.SUCCEEDED]

    # Internals

    def _signature(self, body: bytes) -> str:
        return hmac.new(self.secret, body, "sha256").hexdigest()

    def _refuse_if_down(self) -> None:
        if self.is_down:
            raise AdapterFailed("gateway.unreachable", gateway=self.name)

    def _happens(self, fact: GatewayFact) -> None:
        self._facts[fact.reference] = fact
        self.waiting.append(self.signed(fact))

    def _carried_out(self, asked: GatewayFact, why_not: str | None, earned_by: str | None = None) -> GatewayFact:
        """Execute a request once for its key, and answer as the script says."""
        self._refuse_if_down()
        with self._lock:
            # Condition 2 of the port: the same key gives the same fact, whatever the script says next.
            if asked.reference in self._facts:
                return self._facts[asked.reference]
            answer = self._script.popleft() if self._script else Answer.SUCCEEDS
            # Nothing happened, so the key can be used again.
            if answer is Answer.BREAKS:
                raise AdapterFailed("gateway.unreachable", gateway=self.name)
            outcome = Outcome.FAILED if why_not else _REAL.get(answer, Outcome.SUCCEEDED)
            reason = why_not or ("declined" if answer is Answer.FAILS else None)
            fact = attrs.evolve(asked, outcome=outcome, reason=reason, occurred_at=self.clock.now())
            if earned_by is not None:
                self._earned_by[fact.reference] = earned_by
            self._happens(fact)
        # The request was executed, but the caller is not told.
        if answer is Answer.BREAKS_AFTER:
            raise AdapterFailed("gateway.unreachable", gateway=self.name)
        return attrs.evolve(fact, outcome=Outcome.UNKNOWN) if answer is Answer.IS_LOST else fact

    def _why_no_refund(self, request: RefundRequest) -> str | None:
        earned = self._facts.get(request.reference)
        if earned is None or earned.outcome is not Outcome.SUCCEEDED or earned.amount is None:
            return "unknown_reference"
        if earned.amount.currency != request.amount.currency:
            return "other_currency"
        refunds = (self._facts[own] for own, of in self._earned_by.items() if of == request.reference)
        # A refund in flight counts, too.
        back = [fact.amount for fact in refunds if fact.amount is not None and fact.outcome is not Outcome.FAILED]
        left = earned.amount - Money.total(back, currency=earned.amount.currency)
        return "exceeds_paid" if request.amount > left else None


def _facts_in(body: bytes) -> tuple[GatewayFact, ...]:
    try:
        return tuple(_read(fields) for fields in json.loads(body)["facts"])
    except (KeyError, TypeError, ValueError, RecursionError):
        problem = InvalidInput([Fault(path="body", code="input.invalid", hint="facts of the fake gateway")])
    raise problem


def _read(fields: Mapping[str, str | int | None]) -> GatewayFact:
    def text(name: str) -> str | None:
        return cast(str | None, fields[name])

    minor, currency, at, token = fields["minor"], text("currency"), text("at"), text("token")
    return GatewayFact(
        kind=_KINDS[str(fields["kind"])],
        payment=str(fields["payment"]),
        reference=str(fields["reference"]),
        outcome=Outcome(str(fields["outcome"])),
        amount=None if minor is None or currency is None else Money(int(minor), currency),
        reason=text("reason"),
        occurred_at=None if at is None else datetime.fromisoformat(at),
        key=text("key"),
        means=None if token is None else SavedMeans(token),
    )


@attrs.frozen
class AsyncFakeGateway:
    """`FakeGateway`, awaited; it shares the state of the gateway that it wraps."""

    gateway: FakeGateway

    @property
    def capabilities(self) -> Capabilities:
        """What the gateway can do."""
        return self.gateway.capabilities

    async def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Make the link through which a payment is paid (P3)."""
        return self.gateway.make_link(request)

    async def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge a saved card or account (P13)."""
        return self.gateway.charge(request)

    async def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Refund a payment, or a part of it (P10)."""
        return self.gateway.refund(request)

    async def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Give the state of the attempts and refunds of a payment (P4)."""
        return self.gateway.state_of(request)

    async def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List the facts that ended between two instants."""
        return self.gateway.list_facts(starts_at, ends_at)

    async def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> Callback:
        """Read a callback."""
        return self.gateway.read_callback(body, headers)


if TYPE_CHECKING:

    def _fits(gateway: FakeGateway, awaited: AsyncFakeGateway) -> tuple[ListingGateway, AsyncListingGateway]:
        return gateway, awaited

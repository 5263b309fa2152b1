"""The conditions of `PaymentGateway` as tests: the author of an adapter subclasses the suite and brings a bench.

    class TestMyGateway(PaymentGatewayContract):
        @contextmanager
        def open_bench(self):
            with MyGatewayInASandbox() as bench:
                yield bench

A bench is the gateway with its other side: customers who pay, and lines that break. Each test says which condition of
`ports.PaymentGateway` ("PaymentGateway 1") it proves. An awaited gateway is tested as a `BlockingGateway`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import count
from typing import Protocol, cast

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
from kwiga_orders.ports import ListingGateway, PaymentGateway
from kwiga_orders.testing.gateways import Delivery

with extra("testing"):
    import pytest

__all__ = ["GatewayBench", "PaymentGatewayContract"]


class GatewayBench(Protocol):
    """A gateway, and what happens on its other side."""

    gateway: PaymentGateway
    currencies: Sequence[str]
    """Some that it takes, with as many kinds of minor units as it knows."""

    def pays(self, link: PaymentLink, *, succeeds: bool, saves: bool) -> None:
        """Let a customer pay by a link, or fail to, and have the card saved if that is possible."""
        ...

    def called(self) -> Sequence[Delivery]:
        """Give the callbacks that the gateway made since this was last asked, as they came over the wire."""
        ...

    def takes_back(self, reference: str, amount: Money) -> None:
        """Let money go back at the gateway's own desk, by the attempt of that reference."""
        ...

    def disputes(self, reference: str, amount: Money, *, won: bool) -> bool:
        """Let the payer's bank take money back, and end that; give False if this gateway tells of no disputes."""
        ...

    def bounces(self, refund: str) -> bool:
        """Let a refund that was done come back from the bank; give False if this gateway tells of none."""
        ...

    def lose_answer(self) -> None:
        """Let the next charge or refund be carried out, and its answer get lost."""
        ...

    def unreachable(self) -> AbstractContextManager[None]:
        """Let nobody reach the gateway meanwhile."""
        ...


_NUMBERS = count(1)


class PaymentGatewayContract:
    """All conditions of `PaymentGateway`."""

    def open_bench(self) -> AbstractContextManager[GatewayBench]:
        """Open a bench with a gateway that does not know the payments of these tests."""
        raise NotImplementedError

    @pytest.fixture
    def bench(self) -> Iterator[GatewayBench]:
        """Give a bench."""
        with self.open_bench() as opened:
            yield opened

    # 1 and 9: links and states

    def test_a_link_changes_nothing(self, bench: GatewayBench) -> None:
        """PaymentGateway 1: it is for the payment and the amount asked for, and the gateway knows of no attempt."""
        asked = _link_request(bench)

        links = [bench.gateway.make_link(asked) for _ in range(2)]

        assert {(link.payment, link.amount) for link in links} == {(asked.payment, asked.amount)}
        assert all(link.url.startswith("https://") for link in links)
        assert (*bench.gateway.state_of(_state(asked)), *bench.called()) == ()

    def test_what_it_never_heard_of(self, bench: GatewayBench) -> None:
        """PaymentGateway 9: about a payment that it does not know it reports nothing."""
        assert tuple(bench.gateway.state_of(_state(_link_request(bench)))) == ()

    def test_asking_changes_nothing(self, bench: GatewayBench) -> None:
        """PaymentGateway 9: asked twice, it reports the same, and sends no callback."""
        paid = _pay(bench)

        first, second = (list(bench.gateway.state_of(_state(paid.link))) for _ in range(2))

        assert first == second
        assert bench.called() == ()

    # 5 and 8: the same attempt in callbacks and states

    def test_money_keeps_its_amount(self, bench: GatewayBench) -> None:
        """PaymentGateway 5: what was paid is what was asked for, in every currency that it takes."""
        for currency in bench.currencies:
            paid = _pay(bench, currency=currency)

            assert paid.fact.amount == paid.link.amount

    @pytest.mark.parametrize("succeeds", [True, False])
    def test_callback_and_state_agree(self, bench: GatewayBench, *, succeeds: bool) -> None:
        """PaymentGateway 8: an attempt has one reference and one outcome, in callbacks, answers and states."""
        paid = _pay(bench, succeeds=succeeds)
        (known,) = bench.gateway.state_of(_state(paid.link, paid.fact.reference))

        assert paid.fact.outcome is (Outcome.SUCCEEDED if succeeds else Outcome.FAILED)
        assert (known.reference, known.outcome, known.payment) == (
            paid.fact.reference,
            paid.fact.outcome,
            paid.link.payment,
        )

    # 6 and 7: callbacks

    def test_what_was_changed_is_not_believed(self, bench: GatewayBench) -> None:
        """PaymentGateway 6: a body that was changed anywhere yields what was signed or nothing."""
        delivery = _pay(bench).delivery
        signed = bench.gateway.read_callback(delivery.body, delivery.headers).facts

        for place in range(len(delivery.body)):
            changed = bytearray(delivery.body)
            changed[place] ^= 1
            assert _believed(bench.gateway, bytes(changed), delivery.headers) in ((), signed)
        assert _believed(bench.gateway, delivery.body[:-1], delivery.headers) == ()

    def test_what_is_not_signed(self, bench: GatewayBench) -> None:
        """PaymentGateway 6: without its headers, or with those of another body, it is not believed."""
        delivery, other = _pay(bench).delivery, _pay(bench).delivery

        if delivery.headers:
            _refuse(bench.gateway, delivery.body, {})
            _refuse(bench.gateway, delivery.body, dict.fromkeys(delivery.headers, "é"))
        if delivery.headers != other.headers:
            _refuse(bench.gateway, delivery.body, other.headers)
        _refuse(bench.gateway, b"", delivery.headers)

    def test_headers_have_no_case(self, bench: GatewayBench) -> None:
        """PaymentGateway 6: servers write the names of headers as they like."""
        delivery = _pay(bench).delivery
        ways = [{way(name): value for name, value in delivery.headers.items()} for way in (str.upper, str.lower)]

        assert [bench.gateway.read_callback(delivery.body, headers).facts for headers in ways] == [
            bench.gateway.read_callback(delivery.body, delivery.headers).facts
        ] * 2

    def test_a_callback_comes_twice(self, bench: GatewayBench) -> None:
        """PaymentGateway 7: read again, it yields the same facts, and is answered."""
        delivery = _pay(bench).delivery

        first, second = (bench.gateway.read_callback(delivery.body, delivery.headers) for _ in range(2))

        assert first.facts == second.facts
        assert 200 <= first.status < 300

    # 2, 3 and 4: moving money

    def test_a_refund_happens_once(self, bench: GatewayBench) -> None:
        """PaymentGateway 2: asked twice under one key, money goes back once, under one reference."""
        paid = _pay(bench)
        asked = _refund_of(paid, key="r1", part=4)

        first, second = bench.gateway.refund(asked), bench.gateway.refund(asked)

        assert first.reference == second.reference
        assert _refunded(bench, paid, first) == [asked.amount]

    def test_two_refunds_are_two(self, bench: GatewayBench) -> None:
        """PaymentGateway 2: the same amount under another key is another refund."""
        paid = _pay(bench)
        first = bench.gateway.refund(_refund_of(paid, key="r1", part=4))
        second = bench.gateway.refund(_refund_of(paid, key="r2", part=4, before=first.amount))

        assert first.reference != second.reference
        assert _refunded(bench, paid, first, second) == [first.amount, second.amount]

    def test_a_lost_answer_moves_nothing_twice(self, bench: GatewayBench) -> None:
        """PaymentGateway 2, 3, 4: what became of it is not claimed to be known; asked again, it is the same refund."""
        paid = _pay(bench)
        asked = _refund_of(paid, key="r1", part=2)

        bench.lose_answer()
        lost = _reported_or_failed(bench.gateway, asked)
        again = bench.gateway.refund(asked)

        assert lost is None or lost.outcome is Outcome.UNKNOWN
        assert again.outcome is not Outcome.FAILED
        assert _refunded(bench, paid, again) == [asked.amount]

    def test_what_the_gateway_refuses(self, bench: GatewayBench) -> None:
        """PaymentGateway 3: more than is left is a refund that failed, with a reason, and not an error."""
        paid = _pay(bench)
        asked = _refund_of(paid, key="r1", part=1)

        done = bench.gateway.refund(asked)
        refused = bench.gateway.refund(_refund_of(paid, key="r2", part=4, before=done.amount))

        assert (refused.outcome, bool(refused.reason)) == (Outcome.FAILED, True)
        assert _refunded(bench, paid, done) == [asked.amount]

    def test_a_saved_card_is_charged_once(self, bench: GatewayBench) -> None:
        """PaymentGateway 2: a charge under one key takes money once."""
        if not bench.gateway.capabilities.saved_means:
            pytest.skip("this gateway saves nothing")
        paid = _pay(bench, saves=True)
        means = _saved_by(bench, paid)
        other = _link_request(bench)
        asked = ChargeRequest(key=f"{other.payment}.a1", payment=other.payment, amount=other.amount, means=means)

        first, second = bench.gateway.charge(asked), bench.gateway.charge(asked)

        known = bench.gateway.state_of(_state(other, first.reference))
        assert first.reference == second.reference
        assert [(fact.reference, fact.amount) for fact in known] == [(first.reference, asked.amount)]

    # 9 and 10: refunds and payments begun at the gateway's desk

    def test_whose_attempt_it_is(self, bench: GatewayBench) -> None:
        """PaymentGateway 9: asked by a reference alone, it tells whose attempt that is."""
        paid = _pay(bench)
        asked = StateRequest(payment="", amount=paid.link.amount, references=(paid.fact.reference,))

        known = [fact for fact in bench.gateway.state_of(asked) if fact.kind == "attempt"]

        assert [(fact.payment, fact.reference) for fact in known] == [(paid.link.payment, paid.fact.reference)]

    def test_money_given_back_at_its_desk(self, bench: GatewayBench) -> None:
        """PaymentGateway 10: the callback says what went back of which attempt, or makes us ask; the state agrees."""
        paid = _pay(bench)
        back = paid.link.amount.split(4)[0]

        bench.takes_back(paid.fact.reference, back)
        calls = [bench.gateway.read_callback(one.body, one.headers) for one in bench.called()]
        told = [fact for call in calls for fact in call.facts if fact.kind == "refund"]

        assert all(fact.payment == paid.link.payment or fact.of == paid.fact.reference for fact in told)
        assert {fact.amount for fact in told} == {back} or any(paid.link.payment in call.ask for call in calls)
        assert _refunded(bench, paid) == [back]

    @pytest.mark.parametrize("won", [True, False])
    def test_a_chargeback_has_a_life(self, bench: GatewayBench, *, won: bool) -> None:
        """PaymentGateway 10: one reference from when it is opened to when it is lost or won, and the state agrees."""
        paid = _pay(bench)
        if not bench.disputes(paid.fact.reference, paid.link.amount, won=won):
            pytest.skip("this gateway tells of no disputes")

        told = _told(bench, "chargeback")
        known = bench.gateway.state_of(_state(paid.link, paid.fact.reference))

        assert len({fact.reference for fact in told}) == 1
        assert told[-1].outcome is (Outcome.FAILED if won else Outcome.SUCCEEDED)
        assert told[-1].outcome in {fact.outcome for fact in known if fact.kind == "chargeback"}

    def test_a_refund_bounces(self, bench: GatewayBench) -> None:
        """PaymentGateway 10: a refund that comes back failed under its own reference, in callback and state."""
        paid = _pay(bench)
        done = bench.gateway.refund(_refund_of(paid, key="r1", part=2))
        bench.called()
        if not bench.bounces(done.reference):
            pytest.skip("this gateway tells of no refunds that bounce")

        told = _told(bench, "refund")
        known = bench.gateway.state_of(_state(paid.link, paid.fact.reference, done.reference))

        assert {(fact.reference, fact.outcome) for fact in told} == {(done.reference, Outcome.FAILED)}
        assert [fact.outcome for fact in known if fact.kind == "refund"] == [Outcome.FAILED]

    def test_what_it_lists(self, bench: GatewayBench) -> None:
        """PaymentGateway 11: what was paid between two instants, as its state tells it; at other times nothing."""
        if not bench.gateway.capabilities.lists:
            pytest.skip("this gateway lists nothing")
        gateway = cast(ListingGateway, bench.gateway)
        paid, refused = _pay(bench), _pay(bench, succeeds=False)
        (known,) = gateway.state_of(_state(paid.link, paid.fact.reference))
        assert known.occurred_at is not None, "what ended says when"
        before, after = (known.occurred_at + timedelta(hours=hours) for hours in (-1, 1))

        listed = [one for one in gateway.list_facts(before, after).facts if one.outcome is Outcome.SUCCEEDED]
        later = gateway.list_facts(after, after + timedelta(hours=1)).facts

        assert [(one.reference, one.payment, one.amount) for one in listed if one.reference == known.reference] == [
            (known.reference, known.payment, known.amount)
        ]
        assert {one.payment for one in listed}.isdisjoint({refused.link.payment})
        assert {one.reference for one in later}.isdisjoint({known.reference})

    def test_nobody_there(self, bench: GatewayBench) -> None:
        """PaymentGateway 4: a gateway that cannot be reached is `AdapterFailed`, and nothing has moved."""
        paid = _pay(bench)
        asked = _refund_of(paid, key="r1", part=2)

        with bench.unreachable():
            for call in (
                lambda: bench.gateway.make_link(paid.link),
                lambda: bench.gateway.state_of(_state(paid.link)),
                lambda: bench.gateway.refund(asked),
            ):
                with pytest.raises(AdapterFailed):
                    call()

        assert _refunded(bench, paid) == []


def _told(bench: GatewayBench, kind: str) -> list[GatewayFact]:
    calls = (bench.gateway.read_callback(one.body, one.headers) for one in bench.called())
    return [fact for call in calls for fact in call.facts if fact.kind == kind]


class _Paid:
    """A payment that a customer paid, or failed to pay, and the callback about it."""

    def __init__(self, link: LinkRequest, fact: GatewayFact, delivery: Delivery) -> None:
        self.link, self.fact, self.delivery = link, fact, delivery


def _link_request(bench: GatewayBench, currency: str | None = None, *, saves: bool = False) -> LinkRequest:
    amount = Money.of("1000", currency or bench.currencies[0])
    return LinkRequest(payment=f"contract{next(_NUMBERS)}.1", amount=amount, number=1, contact="olena", saves=saves)


def _pay(bench: GatewayBench, *, succeeds: bool = True, saves: bool = False, currency: str | None = None) -> _Paid:
    request = _link_request(bench, currency, saves=saves)
    bench.pays(bench.gateway.make_link(request), succeeds=succeeds, saves=saves)
    for delivery in bench.called():
        for fact in bench.gateway.read_callback(delivery.body, delivery.headers).facts:
            if fact.payment == request.payment:
                return _Paid(request, fact, delivery)
    raise AssertionError("the gateway sent nothing about the payment")


def _state(link: LinkRequest, *references: str) -> StateRequest:
    return StateRequest(payment=link.payment, amount=link.amount, references=references)


def _refund_of(paid: _Paid, *, key: str, part: int, before: Money | None = None) -> RefundRequest:
    return RefundRequest(
        key=f"{paid.link.payment}.{key}",
        payment=paid.link.payment,
        reference=paid.fact.reference,
        amount=paid.link.amount.split(part)[0],
        before=before,
    )


def _saved_by(bench: GatewayBench, paid: _Paid) -> SavedMeans:
    """Give what was saved: the callback has it if its signature covers it, else the state has it."""
    known = bench.gateway.state_of(_state(paid.link, paid.fact.reference))
    (means,) = {fact.means for fact in (paid.fact, *known) if fact.means is not None}
    return means


def _refunded(bench: GatewayBench, paid: _Paid, *refunds: GatewayFact) -> list[Money | None]:
    """Give what went back of a payment, or is on its way; `refunds` are those that were reported."""
    references = (paid.fact.reference, *(refund.reference for refund in refunds))
    known = bench.gateway.state_of(_state(paid.link, *references))
    return [fact.amount for fact in known if fact.kind == "refund" and fact.outcome is not Outcome.FAILED]


def _reported_or_failed(gateway: PaymentGateway, asked: RefundRequest) -> GatewayFact | None:
    try:
        return gateway.refund(asked)
    except AdapterFailed:
        return None


def _believed(gateway: PaymentGateway, body: bytes, headers: Mapping[str, str]) -> tuple[GatewayFact, ...]:
    try:
        return gateway.read_callback(body, headers).facts
    except Refused as refused:
        if refused.code != "callback.not_verified":
            raise
        return ()


def _refuse(gateway: PaymentGateway, body: bytes, headers: Mapping[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        gateway.read_callback(body, headers)
    assert refused.value.code == "callback.not_verified"
    assert body == b"" or body.decode(errors="replace") not in str(refused.value)

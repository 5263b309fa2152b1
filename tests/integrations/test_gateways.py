"""P3, P4, P10, P11, N1: links, callbacks, refunds and lost answers, through the service and a gateway in memory."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.adapters.memory import (
    AsyncMemoryCourses,
    AsyncMemoryOrderStore,
    AsyncMemoryProgress,
    MemoryOrderStore,
)
from kwiga_orders.adapters.sql import SqliteSettings, SqlOrderStore
from kwiga_orders.aio import AsyncOrders
from kwiga_orders.errors import AdapterFailed, NotFound, Refused
from kwiga_orders.facts import OutboxRow
from kwiga_orders.gateways import Callback, Capabilities, GatewayFact
from kwiga_orders.money import Money
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome, PaymentState
from kwiga_orders.ports import OrderStore
from kwiga_orders.project import Actor
from kwiga_orders.queries import HistoryQuery
from kwiga_orders.testing.gateways import Answer, AsyncFakeGateway, FakeGateway
from kwiga_orders.testing.school import CountedIds
from tests.laws.office import Office, edit, refund


class Desk(Office):
    """An office with a gateway, and an order of which a payment is owed through it."""

    def __init__(self, amount: str = "1000.00", store: OrderStore | None = None) -> None:
        super().__init__(store=store)
        self.gateway = self.connects("fake")
        self.id = self.makes(amount)
        self.first = self.owes(self.id, amount, gateway="fake")

    def link(self) -> str:
        """Make the link of the first payment."""
        return self.orders.payment_link(order=self.id, payment=self.first).url

    def receives(self, body: bytes, headers: Mapping[str, str]) -> Callback:
        """Take a callback."""
        return self.orders.receive("fake", body, headers)

    def is_paid(self) -> str:
        """Have the first payment paid by its link; give the reference."""
        reference = self.gateway.pays(self.link())
        self.gateway.delivers(self.receives)
        self.relays()
        return reference

    def relays(self) -> int:
        """Ask gateways, hand letters on."""
        return self.orders.relay_once(self.notifier, limit=1000)

    def asks_back(self, amount: str, *, reason: str | None = None) -> None:
        """Ask for money back by hand, without carrying it out."""
        self.orders.execute(refund(self.id, amount, reason=reason))

    def went_back(self) -> list[str]:
        """Give what went back at the gateway."""
        return [str(fact.amount) for fact in self.gateway.moved if fact.kind != "attempt"]

    def refund_outcomes(self) -> list[str]:
        """Give the outcomes of the refunds of the first payment."""
        return [one.outcome.value for one in self.payment(self.id).refunds]


class TestP3Links:
    """A payment link is made by the gateway port on demand; looking at it or opening it changes nothing."""

    def test_made_on_demand(self) -> None:
        """It is for the payment and its amount, and the order is as it was."""
        desk = Desk()
        before = desk.card(desk.id)

        link = desk.orders.payment_link(order=desk.id, payment=desk.first)

        assert (link.payment, str(link.amount)) == (desk.first, "1000.00 UAH")
        assert desk.card(desk.id) == before

    def test_only_what_is_owed_through_a_gateway(self) -> None:
        """Not what is paid, void, paid in cash, through no gateway, or through one that is not connected."""
        desk = Desk()
        paid = desk.owes(desk.id, "1.00", gateway="fake", paid=True)
        void = desk.owes(desk.id, "1.00", gateway="fake")
        desk.does(asked.VoidPayment(order=desk.id, payment=void))
        cash = desk.owes(desk.id, "1.00", gateway="fake", method="cash")
        none = desk.owes(desk.id, "1.00")
        other = desk.owes(desk.id, "1.00", gateway="stripe")

        codes = [self.refusal(desk, payment) for payment in (paid, void, cash, none, other)]

        assert codes == ["payment.already_paid", "payment.void", *["gateway.unavailable"] * 3]
        with pytest.raises(NotFound):
            desk.orders.payment_link(order="o0", payment="o0.1")

    def refusal(self, desk: Desk, payment: str) -> str:
        with pytest.raises(Refused) as refused:
            desk.orders.payment_link(order=desk.id, payment=payment)
        return refused.value.code

    def test_only_currencies_that_the_gateway_takes(self) -> None:
        """A gateway says what it can do."""
        desk = Desk()
        desk.gateway.capabilities = Capabilities(currencies=frozenset({"EUR"}))

        assert self.refusal(desk, desk.first) == "gateway.unavailable"

    def test_an_attempt_is_answered_with_the_link(self) -> None:
        """`start_attempt` gives the gateway's link; what is paid by it is told of that very attempt."""
        desk = Desk()
        begin = asked.StartAttempt(order=desk.id, payment=desk.first)
        _, second = desk.orders.execute(begin), desk.orders.execute(begin)
        assert second.link is not None

        desk.gateway.pays(second.link)
        desk.gateway.delivers(desk.receives)

        assert [attempt.outcome.value for attempt in desk.attempts(desk.id)] == ["pending", "succeeded"]

    def test_answered_again(self) -> None:
        """K1: under its idempotency key the attempt is the same; paid meanwhile, it needs no link."""
        desk = Desk()
        command = asked.StartAttempt(order=desk.id, payment=desk.first, idempotency_key="k1")
        first, second = desk.orders.execute(command), desk.orders.execute(command)
        desk.is_paid()

        third = desk.orders.execute(command)

        assert first == second
        assert (third.made, third.link) == (first.made, None)

    def test_the_old_link(self) -> None:
        """After an edit the old link pays no more: its amount is another one, which is kept and flagged."""
        desk = Desk()
        old = desk.link()
        desk.does(edit(desk.id, amount=Decimal(900)))

        desk.gateway.pays(old)
        desk.gateway.delivers(desk.receives)

        assert desk.payment(desk.id).state is PaymentState.UNPAID
        assert [str(one.amount) for one in desk.order(desk.id).anomalies] == ["1000.00 UAH"]
        assert desk.card(desk.id)["needs_attention"]


class TestP11Callbacks:
    """Reports from a gateway may come twice, late, or out of order."""

    def test_paid(self) -> None:
        """A callback becomes a report, is answered as the gateway wants, and says who told."""
        desk = Desk()
        reference = desk.gateway.pays(desk.link())

        (answer,) = desk.gateway.delivers(desk.receives)

        assert (answer.status, answer.content_type) == (200, "application/json")
        assert reference.encode() in answer.body
        assert desk.payment(desk.id).state is PaymentState.PAID
        assert desk.history(desk.id)[-1].actor == Actor(kind="gateway", id="fake")

    def test_of_nobody_here(self) -> None:
        """A payment that is not in the project is acknowledged, and named to the host."""
        desk = Desk()
        facts = [
            GatewayFact(payment=id, reference="x", outcome=Outcome.SUCCEEDED) for id in ("o9.1", "nonsense", desk.first)
        ]
        told = desk.gateway.signed(*facts)

        answer = desk.receives(told.body, told.headers)

        assert answer.unknown == ("o9.1", "nonsense")
        assert answer.status == 200
        assert desk.payment(desk.id).state is PaymentState.PAID

    def test_not_signed(self) -> None:
        """What nobody signed changes nothing; nor does the signature of another gateway's secret."""
        desk = Desk()
        forger = FakeGateway(desk.clock, secret=b"guessed")
        told = forger.signed(GatewayFact(payment=desk.first, reference="x", outcome=Outcome.SUCCEEDED))

        with pytest.raises(Refused, match=r"callback\.not_verified"):
            desk.receives(told.body, told.headers)
        with pytest.raises(Refused, match=r"gateway\.unavailable"):
            desk.orders.receive("stripe", told.body, told.headers)

        assert desk.payment(desk.id).state is PaymentState.UNPAID

    @pytest.mark.parametrize("kind", ["attempt", "refund", "chargeback"])
    def test_another_currency(self, kind: str) -> None:
        """M2, P11: 1000 dollars are not 1000 hryvnias; they are kept and flagged."""
        desk = Desk()
        if kind != "attempt":
            desk.is_paid()
        sums = desk.order(desk.id).sums
        fact = GatewayFact(
            kind=kind,  # type: ignore[arg-type]
            payment=desk.first,
            reference="x",
            outcome=Outcome.SUCCEEDED,
            amount=Money.of(1000, "USD"),
        )
        told = desk.gateway.signed(fact)

        desk.receives(told.body, told.headers)

        assert desk.order(desk.id).sums == sums
        assert [str(one.amount) for one in desk.order(desk.id).anomalies] == ["1000.00 USD"]

    def story(self) -> Desk:
        """A declined card, a second one, a refund at the gateway's desk, and a chargeback; nothing delivered yet."""
        desk = Desk()
        desk.gateway.pays(desk.link(), succeeds=False, reason="declined")
        paid = desk.gateway.pays(desk.link())
        desk.clock.set(desk.now + timedelta(hours=1))
        desk.gateway.takes_back(paid, Money.of(300, "UAH"), kind="refund")
        desk.clock.set(desk.now + timedelta(hours=1))
        desk.gateway.takes_back(paid, Money.of(100, "UAH"), kind="chargeback")
        return desk

    def state(self, desk: Desk) -> object:
        """Give what there is to know of the order, whatever its versions; rows by reference."""
        order, payment = desk.order(desk.id), desk.payment(desk.id)
        return (
            payment.state,
            order.sums,
            order.activated_at,
            order.needs_attention,
            {(one.reference, one.outcome, one.at, one.reason) for one in payment.attempts},
            {(one.reference, one.outcome, one.at, one.amount, one.chargeback) for one in payment.refunds},
            [desk.access(at=f"2026-11-01 {hour}:00") for hour in range(10, 15)],
        )

    @pytest.mark.parametrize("plan", list(permutations(range(4))))
    def test_any_order(self, plan: Sequence[int]) -> None:
        """P11: every order of the same callbacks ends in the same state."""
        desk, other = self.story(), self.story()
        other.gateway.delivers(other.receives)

        desk.gateway.delivers(desk.receives, plan)

        assert self.state(desk) == self.state(other)

    @given(plan=st.lists(st.integers(0, 3), max_size=10))
    def test_twice_and_never(self, plan: list[int]) -> None:
        """P4, P11: whatever came twice, out of order or never, asking the gateway ends in the same state."""
        desk, other = self.story(), self.story()
        other.gateway.delivers(other.receives)

        desk.gateway.delivers(desk.receives, plan)
        desk.orders.resolve(desk.id)

        assert self.state(desk) == self.state(other)
        version = desk.order(desk.id).version
        desk.orders.resolve(desk.id)
        assert desk.order(desk.id).version == version

    def test_the_token_is_not_shown(self) -> None:
        """What a gateway saved takes money: neither the history nor a row of the outbox shows it."""
        desk = Desk()
        reference = desk.gateway.pays(desk.link(), saves=True)
        desk.gateway.delivers(desk.receives)
        desk.relays()

        success = desk.payment(desk.id).success
        assert success is not None
        assert success.means is not None
        assert reference in success.means.token
        shown = (desk.orders.ask(HistoryQuery(order=desk.id)), desk.card(desk.id), desk.notifier.rows, success)
        assert success.means.token not in str(shown)


class TestP10Refunds:
    """A refund of money that came through a gateway goes to the gateway, whose answer brings the reference."""

    def test_carried_out(self) -> None:
        """It waits in the outbox, goes back by what was paid, and is settled by the answer; the contact is told."""
        desk = Desk()
        desk.is_paid()
        desk.asks_back("300.00")
        assert desk.refund_outcomes() == ["pending"]
        assert desk.went_back() == []

        desk.relays()

        assert (desk.refund_outcomes(), desk.went_back()) == (["succeeded"], ["300.00 UAH"])
        assert desk.notifier.letters[-1] == "refund_made"
        assert desk.payment(desk.id).refunds[0].reference == f"fake-refund-{desk.first}.r1"
        desk.gateway.delivers(desk.receives)
        desk.relays()
        assert (desk.refund_outcomes(), desk.notifier.letters.count("refund_made")) == (["succeeded"], 1)

    def test_refused(self) -> None:
        """What the gateway does not do changes no sum, and can be asked for anew."""
        desk = Desk()
        desk.is_paid()
        desk.gateway.script(Answer.FAILS)
        desk.asks_back("1000.00")
        desk.relays()
        assert (desk.refund_outcomes(), desk.card(desk.id)["payment_status"]) == (["failed"], "paid")

        desk.asks_back("1000.00")
        desk.relays()

        assert desk.refund_outcomes() == ["failed", "succeeded"]

    def test_more_than_a_gateway_can(self) -> None:
        """A gateway that gives nothing back in parts is not asked; the refund failed."""
        desk = Desk()
        desk.is_paid()
        desk.gateway.capabilities = Capabilities(partial_refunds=False)
        desk.asks_back("300.00")
        desk.relays()
        desk.asks_back("1000.00")
        desk.relays()

        assert (desk.refund_outcomes(), desk.went_back()) == (["failed", "succeeded"], ["1000.00 UAH"])

    @pytest.mark.parametrize("answer", [Answer.BREAKS, Answer.BREAKS_AFTER])
    def test_a_line_that_breaks(self, answer: Answer) -> None:
        """N1: what could not be asked, or not heard, is asked again under the same key; letters go out meanwhile."""
        desk = Desk()
        desk.is_paid()
        desk.gateway.script(answer)
        desk.asks_back("300.00")
        desk.orders.execute(asked.AddPayment(order=desk.id, amount=Decimal(5), notify=True))

        with pytest.raises(AdapterFailed):
            desk.relays()
        assert (desk.refund_outcomes(), desk.notifier.letters[-1]) == (["pending"], "payment_added")
        desk.relays()

        assert (desk.refund_outcomes(), desk.went_back()) == (["succeeded"], ["300.00 UAH"])

    @pytest.mark.parametrize("pends", [True, False])
    def test_an_outcome_that_is_not_known(self, *, pends: bool) -> None:
        """It stays open, counts against what is left, and is resolved by asking or by a callback."""
        desk = Desk()
        desk.is_paid()
        desk.gateway.script(Answer.PENDS if pends else Answer.IS_LOST)
        desk.asks_back("800.00")
        desk.relays()
        desk.relays()
        assert desk.refund_outcomes() == ["pending" if pends else "unknown"]
        assert desk.refused(refund(desk.id, "300.00")) == "refund.exceeds_paid"

        if pends:
            desk.gateway.settles(f"fake-refund-{desk.first}.r1", Outcome.SUCCEEDED)
            desk.gateway.delivers(desk.receives)
        else:
            desk.gateway.waiting.clear()
            assert desk.orders.resolve_unknown() > 0

        assert (desk.refund_outcomes(), desk.went_back()) == (["succeeded"], ["800.00 UAH"])
        assert desk.orders.resolve_unknown() == 0

    def test_two_of_one_amount(self) -> None:
        """Each answer settles the refund that was asked for, though they are alike and come crosswise."""
        desk = Desk()
        desk.is_paid()
        desk.gateway.script(Answer.PENDS, Answer.PENDS)
        desk.asks_back("300.00", reason="first")
        desk.asks_back("300.00", reason="second")
        desk.relays()
        desk.gateway.waiting.clear()

        for number, outcome in ((2, Outcome.SUCCEEDED), (1, Outcome.FAILED)):
            desk.gateway.settles(f"fake-refund-{desk.first}.r{number}", outcome)
        desk.gateway.delivers(desk.receives)

        rows = {one.reason: one.outcome.value for one in desk.payment(desk.id).refunds}
        assert rows == {"first": "failed", "second": "succeeded"}

    def test_back_through_the_gateway_that_earned_it(self) -> None:
        """Money that an old link brought goes back there, though the payment was moved to another gateway since."""
        desk = Desk()
        old = desk.link()
        stripe = desk.connects("stripe")
        desk.does(edit(desk.id, gateway="stripe"))
        desk.gateway.pays(old)
        desk.gateway.delivers(desk.receives)

        desk.asks_back("300.00")
        desk.relays()

        assert (desk.went_back(), stripe.moved) == (["300.00 UAH"], [])

    def test_a_gateway_that_is_not_connected(self) -> None:
        """What nobody here can carry out waits, and holds up nothing."""
        desk = Desk()
        desk.does(
            asked.ReportAttempt(
                order=desk.id, payment=desk.first, reference="x", outcome=Outcome.SUCCEEDED, gateway="liqpay"
            )
        )
        desk.asks_back("300.00")

        desk.relays()
        desk.relays()

        assert desk.refund_outcomes() == ["pending"]
        (row,) = desk.store.pending(desk.project.id, limit=10, gateway="liqpay")
        assert (row.kind, row.name, row.key) == ("gateway", "refund", f"{desk.first}.r1")
        assert not any(one.kind == "gateway" for one in desk.notifier.rows)


class Crash(Exception):
    """The process dies here."""


@attrs.define
class Crashing:
    """A store whose process dies when it is to note that a row was handed on."""

    inner: OrderStore
    deaths: int = 1

    def mark_sent(self, *values: object, **named: object) -> None:
        if self.deaths:
            self.deaths -= 1
            raise Crash
        self.inner.mark_sent(*values, **named)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class TestN1Crashes:
    """What was committed is sent at least once, with stable ids; money moves once."""

    def test_between_sending_and_noting(self) -> None:
        """The refund is asked for again under the same key, and happens once; then the letters go out."""
        desk = Desk()
        desk.is_paid()
        desk.asks_back("300.00")
        desk.gateway.waiting.clear()
        orders = attrs.evolve(desk.orders, store=cast(OrderStore, Crashing(desk.store)))

        with pytest.raises(Crash):
            orders.relay_once(desk.notifier)
        assert desk.went_back() == ["300.00 UAH"]
        assert desk.refund_outcomes() == ["succeeded"]
        assert [row.key for row in desk.store.pending("school", limit=9, gateway="fake")] == [f"{desk.first}.r1"]

        orders.relay_once(desk.notifier)

        assert list(desk.store.pending("school", limit=9, gateway="fake")) == []
        assert (desk.went_back(), desk.refund_outcomes()) == (["300.00 UAH"], ["succeeded"])
        assert desk.notifier.letters.count("refund_made") == 1

    def test_between_sending_and_reporting(self) -> None:
        """The answer is lost with the process; asked again, the gateway tells of the same refund."""
        desk = Desk()
        desk.is_paid()
        desk.asks_back("300.00")
        broken = attrs.evolve(desk.orders, ids=Dying())

        with pytest.raises(Crash):
            broken.relay_once(desk.notifier)
        assert (desk.went_back(), desk.refund_outcomes()) == (["300.00 UAH"], ["pending"])
        desk.relays()

        assert (desk.went_back(), desk.refund_outcomes()) == (["300.00 UAH"], ["succeeded"])

    def test_several_relays_at_once(self, tmp_path: Path) -> None:
        """Four threads relay: each refund happens once, each letter is handed on at least once, and none is left."""
        settings = SqliteSettings(synchronous="NORMAL", busy_timeout=timedelta(minutes=1))
        with SqlOrderStore.from_url(f"sqlite:///{tmp_path}/school.db", settings) as store:
            desk = Desk(store=store)
            desk.is_paid()
            for _ in range(8):
                desk.asks_back("100.00")

            with ThreadPoolExecutor(4) as threads:
                list(threads.map(lambda _: desk.relays(), range(4)))
            desk.relays()

            assert desk.went_back() == ["100.00 UAH"] * 8
            assert desk.refund_outcomes() == ["succeeded"] * 8
            assert desk.notifier.letters.count("refund_made") >= 8
            assert [*store.pending("school", limit=9), *store.pending("school", limit=9, gateway="fake")] == []


class Dying:
    """Ids in a process that dies as soon as it needs one: after the gateway was asked, to report the answer."""

    def new(self) -> str:
        raise Crash


class TestAwaited:
    """The awaited service does the same."""

    def test_the_whole_way(self) -> None:
        """A link, a callback, a refund, an outcome resolved, what is due: all awaited."""
        desk = Desk(store=MemoryOrderStore())
        assert isinstance(desk.store, MemoryOrderStore)
        orders = AsyncOrders(
            project="school",
            store=AsyncMemoryOrderStore(desk.store),
            courses=AsyncMemoryCourses(desk.courses),
            progress=AsyncMemoryProgress(desk.progress),
            clock=desk.clock,
            ids=CountedIds(prefix="async"),
            gateways={"fake": AsyncFakeGateway(desk.gateway)},
        )
        told: list[OutboxRow] = []

        class Notifier:
            async def notify(self, _: str, row: OutboxRow, /) -> None:
                told.append(row)

        async def go() -> None:
            receipt = await orders.execute(asked.StartAttempt(order=desk.id, payment=desk.first))
            assert receipt.link is not None
            desk.gateway.pays(receipt.link)
            for delivery in desk.gateway.waiting:
                await orders.receive("fake", delivery.body, delivery.headers)
            desk.gateway.script(Answer.IS_LOST)
            await orders.execute(refund(desk.id, "300.00"))
            await orders.relay_once(Notifier())
            assert await orders.resolve_unknown() > 0
            await orders.relay_once(Notifier())
            assert len(await orders.due()) == await orders.run_due() == 1
            with pytest.raises(Refused):
                await orders.payment_link(order=desk.id, payment=desk.first)

        asyncio.run(go())

        assert (desk.went_back(), desk.refund_outcomes()) == (["300.00 UAH"], ["succeeded"])
        assert [row.name for row in told if row.kind == "letter"] == [
            "payment_succeeded",
            "access_granted",
            "refund_made",
        ]

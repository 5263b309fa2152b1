"""P10, N1: refunds through a gateway, crashes of the relay, and the same awaited."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import attrs
import pytest

from kwiga_orders.adapters.memory import (
    MemoryOrderStore,
)
from kwiga_orders.adapters.sql import SqliteSettings, SqlOrderStore
from kwiga_orders.changes import OutboxRow
from kwiga_orders.errors import AdapterFailed, Refused
from kwiga_orders.gateways import Capabilities
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome
from kwiga_orders.ports import OrderStore
from kwiga_orders.testing.gateways import Answer, AsyncFakeGateway
from tests.integrations.desk import Desk
from tests.laws.office import edit, refund


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
        """N1: what could not be asked, or not heard, is asked again under the same key, later; letters do not wait."""
        desk = Desk()
        desk.is_paid()
        desk.gateway.script(answer)
        desk.asks_back("300.00")
        desk.orders.execute(asked.AddPayment(order=desk.id, amount=Decimal(5), notify=True))

        with pytest.raises(AdapterFailed):
            desk.relays()
        assert (desk.refund_outcomes(), desk.notifier.letters[-1]) == (["pending"], "payment_added")
        desk.relays()
        assert desk.refund_outcomes() == ["pending"]
        desk.lets_pass(desk.orders.delivery.first_pause)
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


class Crash(BaseException):
    """The process dies here."""


@attrs.define
class Crashing:
    """A store whose process dies when it is to note that a row was handed on."""

    inner: OrderStore
    is_alive: bool = True

    def mark_sent(self, *_: object, **__: object) -> None:
        self.is_alive = False
        raise Crash

    def release(self, *_: object, **__: object) -> None:
        assert not self.is_alive, "the dead release nothing"

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
        desk.relays()
        assert list(desk.store.pending("school", limit=9, gateway="fake")) != []

        desk.lets_pass(desk.orders.delivery.lease)
        desk.relays()

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
        desk.lets_pass(desk.orders.delivery.lease)
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
        orders = attrs.evolve(desk.awaited(), gateways={"fake": AsyncFakeGateway(desk.gateway)})
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

"""Laws of funnels, and of what is stored, shown and sent."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import cast

import attrs

from kwiga_orders.bounds import LIST, NOTE
from kwiga_orders.changes import Receipt
from kwiga_orders.commands import Command
from kwiga_orders.errors import InvalidInput, KwigaOrdersError, Refused
from kwiga_orders.extras import extra
from kwiga_orders.funnel import CreateFunnel, EditFunnel, EditStatus, FunnelStatus, RemoveStatus, Rule
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period
from kwiga_orders.project import Project
from kwiga_orders.queries import CustomerOrderQuery, StaysQuery, TimeInStatusQuery
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing.laws import drawn
from kwiga_orders.testing.laws.desk import Desk
from kwiga_orders.testing.laws.law import Draw, Laws, Met, law

with extra("testing"):
    import pytest
    from hypothesis import strategies as st

__all__ = ["FunnelLaws", "KeepingLaws"]

_SECRET = "for the staff only"
_STATUSES = tuple(FunnelStatus(id=id, name=id) for id in ("new", "called", "paid", "lost"))


class FunnelLaws(Laws):
    """F: funnels."""

    def builds(self, desk: Desk, *rules: Rule) -> str:
        """Make a funnel with four statuses."""
        desk.does(CreateFunnel(id="law", title="Law", statuses=_STATUSES, rules=rules))
        return "law"

    @law("F4")
    def test_rules_do_not_cascade(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An event moves an order once, to the status of its rule, and only from the statuses that the rule allows."""
        only_from = draw(st.sampled_from(((), ("new",), ("called",))), "only from")
        funnel = self.builds(
            desk,
            Rule(event="order.paid", status="paid", only_from=only_from),
            # a move by a rule is not an event, so no rule reacts to it
            Rule(event="order.paid", status="lost", only_from=("paid",)),
            Rule(event="order.cancelled", status="lost"),
        )
        order = desk.sold(funnel=funnel)
        start = draw(st.sampled_from(("new", "called")), "stands in")
        desk.does(asked.MoveOrder(order=order, status=start))
        desk.pays(order)
        may = not only_from or start in only_from
        met(not may)
        assert desk.order(order).status == ("paid" if may else start)

        desk.does(asked.CancelOrder(order=order))
        assert desk.order(order).status == "lost"

    @law("F4")
    def test_a_host_event_moves_once(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An event of the host moves an order only the first time, unless its rule says every time."""
        every_time = draw(st.booleans(), "every time")
        funnel = self.builds(desk, Rule(event="x.called", status="called", every_time=every_time))
        order = desk.sold(funnel=funnel)
        report = asked.ReportEvent(event="x.called", order=order)
        desk.does(report)
        assert desk.order(order).status == "called"
        desk.does(asked.MoveOrder(order=order, status="lost"))
        desk.does(report)
        met(not every_time)

        assert desk.order(order).status == ("called" if every_time else "lost")

    @law("F6")
    def test_no_order_is_lost(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A status with orders is removed only with a target for them; nothing else of the orders changes."""
        funnel = self.builds(desk)
        order = desk.bought(funnel=funnel)
        held = draw(st.sampled_from(("new", "called", "paid")), "stands in")
        desk.does(asked.MoveOrder(order=order, status=held))
        before = desk.order(order)
        met()
        assert desk.refused(RemoveStatus(funnel=funnel, status=held)) == "status.in_use"

        desk.does(RemoveStatus(funnel=funnel, status=held, move_to="lost"))
        after = desk.order(order)
        assert (after.status, after.payments, after.sums) == ("lost", before.payments, before.sums)
        assert desk.is_open()

    @law("F6")
    def test_an_archived_status_takes_no_orders(self, desk: Desk, draw: Draw, met: Met) -> None:
        """No order enters an archived status, by hand or by a rule; a status that a rule names cannot be archived."""
        funnel = self.builds(desk)
        order = desk.sold(funnel=funnel)
        status = draw(st.sampled_from(("called", "paid", "lost")), "archived")
        desk.does(EditStatus(funnel=funnel, id=status, archived=True))
        met()
        assert desk.refused(asked.MoveOrder(order=order, status=status)) == "status.archived"
        rule = Rule(event="order.paid", status=status)
        assert desk.refused(EditFunnel(funnel=funnel, rules=(rule,))) == "status.archived"

    @law("F5")
    def test_moved_to_another_funnel_it_stands_where_its_money_says(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Moved to another funnel without a status, an order gets that of its payment status, else the first one."""
        funnel = self.builds(desk, Rule(event="order.paid", status="paid"))
        is_paid = draw(st.booleans(), "paid")
        order = desk.bought() if is_paid else desk.sold()
        desk.does(asked.MoveOrder(order=order, funnel=funnel))
        met(is_paid)

        assert (desk.order(order).funnel, desk.order(order).status) == (funnel, "paid" if is_paid else "new")

    @law("F8")
    def test_where_an_order_stood_is_all_its_time(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The stays of an order follow one another without gaps from its creation, as its moves say."""
        funnel = self.builds(desk)
        order = desk.sold(funnel=funnel)
        made_at = desk.school.now
        stood = [(made_at, "new")]
        for status in draw(st.lists(st.sampled_from([one.id for one in _STATUSES]), max_size=5), "moved to"):
            desk.passes(timedelta(hours=draw(st.integers(1, 50), "hours later")))
            desk.does(asked.MoveOrder(order=order, status=status))
            if status != stood[-1][1]:
                stood.append((desk.school.now, status))
        desk.passes(timedelta(hours=1))
        met(len(stood) > 2)
        stays = desk.school.orders.ask(StaysQuery(order=order))
        times = desk.school.orders.ask(TimeInStatusQuery(order=order))

        assert [(datetime.fromisoformat(one["entered_at"]), one["status"]) for one in stays] == stood
        assert [one["left_at"] for one in stays] == [*(one["entered_at"] for one in stays[1:]), None]
        assert sum(one["seconds"] for one in times) == (desk.school.now - made_at).total_seconds()
        assert {one["status"] for one in times} == {status for _, status in stood}


class KeepingLaws(Laws):
    """K, O10, V5, N1: what is stored, shown and sent."""

    def commands(self, desk: Desk, order: str) -> st.SearchStrategy[asked.OrderCommand]:
        """Draw a command for a paid order."""
        return st.sampled_from(
            (
                asked.FreezeAccess(order=order, period=Period(days=3)),
                asked.ExtendAccess(order=order, by=Period(days=3)),
                asked.AddPayment(order=order, amount=desk.amount(200), notify=True),
                asked.AddPayment(order=order, amount=desk.amount(200), paid=True),
                desk.refund(order, 300),
                desk.refund(order, 1000),
                asked.EditOrder(order=order, comment=_SECRET, manager=_SECRET, tags=(_SECRET,)),
                asked.CancelOrder(order=order, reason=_SECRET),
                asked.AddNote(order=order, text=_SECRET),
            )
        )

    def paid(self, desk: Desk) -> str:
        """Give a paid order with a limited access."""
        return desk.bought(1000, terms=TermsChange(duration=For(period=Period(days=90))))

    @law("K1")
    def test_a_key_acts_once(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Repeated with its key, a command gives the first answer and writes nothing; another one is a conflict."""
        order = self.paid(desk)
        commands = st.lists(self.commands(desk, order), min_size=2, max_size=2, unique=True)
        one, other = (attrs.evolve(command, idempotency_key="law") for command in draw(commands, "commands"))
        code = desk.refused(one)
        before, rows = desk.order(order), len(desk.school.notifier.rows)
        desk.passes(timedelta(hours=2))
        met(code is None)

        assert desk.refused(one) == code
        assert (desk.order(order), len(desk.school.notifier.rows)) == (before, rows)
        assert desk.refused(other) == "idempotency.conflict"

    @law("K2")
    def test_a_stale_version_is_a_conflict(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A command that is based on an older version is refused and writes nothing."""
        order = self.paid(desk)
        version = desk.order(order).version
        desk.does(asked.EditOrder(order=order, comment="x"))
        command = draw(self.commands(desk, order), "command")
        met()

        assert desk.order(order).version == version + 1
        assert desk.refused(attrs.evolve(command, expected_version=version)) == "order.conflict"
        assert desk.order(order).version == version + 1

    @law("K3")
    def test_a_preview_is_what_happens(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A preview gives the events and letters that executing the command gives, and it writes and sends nothing."""
        order = self.paid(desk)
        command = draw(self.commands(desk, order), "command")
        before, sent = desk.order(order), len(desk.school.notifier.rows)
        preview = desk.school.orders.preview(command)
        assert (desk.order(order), len(desk.school.notifier.rows)) == (before, sent)
        receipt = desk.does(command)
        letters = [row.name for row in desk.school.notifier.rows[sent:] if row.kind == "letter"]
        met(bool(letters))

        assert preview["events"] == [*receipt.events]
        assert [letter["kind"] for letter in preview["letters"]] == letters

    @law("K4")
    def test_all_of_a_command_is_written_or_nothing(self, desk: Desk, draw: Draw, met: Met) -> None:
        """State, history, outbox and answer are written together; of a refused command only its answer is written."""
        order = self.paid(desk)
        command = attrs.evolve(draw(self.commands(desk, order), "command"), idempotency_key="law")
        before, history = desk.order(order), desk.school.history(order)
        # on the service directly, so that the rows wait in the outbox and can be counted
        receipt: Receipt | None = None
        with suppress(Refused):
            receipt = desk.school.orders.execute(command)
        if receipt is None:
            assert (desk.order(order), desk.school.history(order)) == (before, history)
            assert not desk.school.store.pending(desk.school.project.id, limit=9)
            return
        met()
        added = desk.school.history(order)[len(history) :]
        rows = desk.school.store.pending(desk.school.project.id, limit=100)

        assert {row.version for row in added} == {before.version + 1} == {desk.order(order).version}
        assert tuple(row.event.name for row in added) == receipt.events
        assert [row.name for row in rows if row.kind == "event"] == [*receipt.events]
        assert desk.school.orders.execute(command) == receipt

    @law("K5")
    def test_a_refusal_is_a_value(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Input beyond a bound is refused with the code of the bound, and no refusal contains personal data."""
        order = self.paid(desk)
        far = datetime(9500, 1, 1, tzinfo=UTC)
        wrong: tuple[tuple[Callable[[], object], str], ...] = (
            (lambda: asked.AddNote(order=order, text="x" * (NOTE + 1)), "input.too_large"),
            (lambda: asked.EditOrder(order=order, tags=tuple(f"t{n}" for n in range(LIST + 1))), "input.too_large"),
            (lambda: asked.AddPayment(order=order, amount=Decimal(10**13)), "money.too_large"),
            (lambda: asked.SetAccessEnd(order=order, at=far), "time.out_of_range"),
            (lambda: asked.MarkPaid(order=order, payment=f"{order}.1"), "payment.already_paid"),
            (lambda: desk.refund(order, 100_000), "refund.exceeds_paid"),
            (lambda: asked.ReopenOrder(order=order), "order.not_cancelled"),
        )
        make, code = draw(st.sampled_from(wrong), "wrong")
        with pytest.raises(KwigaOrdersError) as refused:
            desk.school.orders.execute(cast(Command, make()))
        met()

        assert refused.value.code == code
        said = f"{refused.value} {refused.value.details}"
        assert [text for text in ("Learner", "learner@example.com") if text in said] == []

    @law("K7")
    def test_what_is_made_in_python_is_checked(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A value that could not be written and read back is refused when it is made, with the path of its field."""
        wrong: tuple[tuple[Callable[[], object], str], ...] = (
            (lambda: asked.CancelOrder(order=cast(str, 7)), "order"),
            (lambda: asked.CancelOrder(order=""), "order"),
            (lambda: asked.AddPayment(order="o", amount=cast(Decimal, 0.5)), "amount"),
            (lambda: asked.FreezeAccess(order="o", period=cast(Period, 3)), "period"),
            (lambda: asked.EditOrder(order="o", tags=cast("tuple[str, ...]", "hot")), "tags"),
            (lambda: asked.SetAccessEnd(order="o", at=cast(datetime, "soon")), "at"),
            (lambda: Project(id="p", timezone="Mars/Olympus", currency="UAH"), "timezone"),
            (lambda: Project(id="p", timezone=desk.zone, currency="XXXX"), "currency"),
        )
        make, field = draw(st.sampled_from(wrong), "wrong")
        with pytest.raises(InvalidInput) as refused:
            make()
        met()

        assert {fault.path.partition(".")[0] for fault in refused.value.faults} == {field}

    @law("O10")
    def test_history_makes_the_order(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Replaying the history from the start gives the stored order, and rows are only added to the history."""
        order = self.paid(desk)
        for command in draw(st.lists(self.commands(desk, order), max_size=5), "commands"):
            before = desk.school.history(order)
            desk.passes(timedelta(hours=1))
            code = desk.refused(command)
            met(code is None)
            assert desk.school.history(order)[: len(before)] == before
        assert replayed(desk.school.history(order)) == desk.order(order)

    @law("V5")
    def test_nothing_internal_reaches_a_customer(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Neither the customer's card nor any letter contains what the staff noted."""
        order = self.paid(desk)
        for command in draw(st.lists(self.commands(desk, order), min_size=1, max_size=4), "commands"):
            desk.refused(command)
        met(_SECRET in repr(desk.school.history(order)))
        card = desk.school.orders.ask(CustomerOrderQuery(order=order))

        assert _SECRET not in repr(card)
        letters = [row for row in desk.school.notifier.rows if row.kind == "letter"]
        assert _SECRET not in repr(letters)

    @law("N2")
    def test_no_letter_is_sent_twice(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Letters about granted access and a paid payment are sent once, however often the payment is reported."""
        order = desk.sold(draw(drawn.amounts(), "price"))
        for _ in range(draw(st.integers(2, 4), "times reported")):
            desk.does(desk.report(order, Outcome.SUCCEEDED))
            desk.school.orders.run_due()
        met()
        letters = desk.school.notifier.letters

        assert [letters.count(kind) for kind in ("access_granted", "payment_succeeded")] == [1, 1]

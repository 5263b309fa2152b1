"""Laws of funnels, and of keeping it right."""

from datetime import timedelta

import attrs

from kwiga_orders.extras import extra
from kwiga_orders.funnel import CreateFunnel, EditFunnel, EditStatus, FunnelStatus, RemoveStatus, Rule
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period
from kwiga_orders.queries import CustomerOrderQuery
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing.laws import drawn
from kwiga_orders.testing.laws.desk import Desk
from kwiga_orders.testing.laws.law import Draw, Laws, Met, law

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["FunnelLaws", "KeepingLaws"]

_SECRET = "for the staff only"
_STATUSES = tuple(FunnelStatus(id=id, name=id) for id in ("new", "called", "paid", "lost"))


class FunnelLaws(Laws):
    """F: funnels."""

    def builds(self, desk: Desk, *rules: Rule) -> str:
        """Make a funnel of four statuses."""
        desk.does(CreateFunnel(id="law", title="Law", statuses=_STATUSES, rules=rules))
        return "law"

    @law("F4")
    def test_rules_do_not_cascade(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An event moves an order once, to the status of its rule, and only from where that may fire."""
        only_from = draw(st.sampled_from(((), ("new",), ("called",))), "only from")
        funnel = self.builds(
            desk,
            Rule(event="order.paid", status="paid", only_from=only_from),
            # a move by a rule is no event: nothing goes on from here
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
        """Repeated it moves nothing, unless its rule says every time."""
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
        """A status that holds orders is removed only with a place for them; nothing else of them changes."""
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
        """Neither by hand nor by a rule; a status that a rule names is not archived."""
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
        """Without a status named it is the one mapped to the payment status, else the first."""
        funnel = self.builds(desk, Rule(event="order.paid", status="paid"))
        is_paid = draw(st.booleans(), "paid")
        order = desk.bought() if is_paid else desk.sold()
        desk.does(asked.MoveOrder(order=order, funnel=funnel))
        met(is_paid)

        assert (desk.order(order).funnel, desk.order(order).status) == (funnel, "paid" if is_paid else "new")


class KeepingLaws(Laws):
    """K, O10, V5, N1: what is kept, shown and sent."""

    def commands(self, desk: Desk, order: str) -> st.SearchStrategy[asked.OrderCommand]:
        """Draw a command to an order that is paid."""
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
        """Give an order that lasts, and is paid."""
        return desk.bought(1000, terms=TermsChange(duration=For(period=Period(days=90))))

    @law("K1")
    def test_a_key_acts_once(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Repeated with its key a command gives the first answer and writes nothing; another body is a conflict."""
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
        """A command based on an older version is refused, and writes nothing."""
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
        """The same events and letters as executing it, and it writes and sends nothing."""
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

    @law("O10")
    def test_history_makes_the_order(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Folding it from the start gives the stored order; it is only ever added to."""
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
        """Neither the customer's card nor any letter has what the staff notes."""
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
        """Access is granted once, each payment succeeds once, however often that is reported."""
        order = desk.sold(draw(drawn.amounts(), "price"))
        for _ in range(draw(st.integers(2, 4), "times reported")):
            desk.does(desk.report(order, Outcome.SUCCEEDED))
            desk.school.orders.run_due()
        met()
        letters = desk.school.notifier.letters

        assert [letters.count(kind) for kind in ("access_granted", "payment_succeeded")] == [1, 1]

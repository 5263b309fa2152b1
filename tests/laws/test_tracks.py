"""F8: where orders stood and how long; and rules tried on what has happened."""

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.errors import NotFound
from kwiga_orders.funnel import CreateFunnel, EditFunnel, Funnel, FunnelStatus, Rule
from kwiga_orders.orders.commands import MoveOrder, ReportEvent
from kwiga_orders.orders.events import OrderMoved, Recorded
from kwiga_orders.orders.status_history import WouldMove, added, conversion, stays, time_in_status, tried
from kwiga_orders.queries import ConversionQuery, OrderFilters, TimeInStatusQuery
from kwiga_orders.testing.school import School

STATUSES = ("new", "called", "agreed", "paid")


def vip(*rules: Rule) -> Funnel:
    """A funnel of four statuses with these rules."""
    return Funnel(id="vip", name="VIP", statuses=tuple(FunnelStatus(id=id, name=id) for id in STATUSES), rules=rules)


def school_with(*rules: Rule) -> School:
    """A school whose default funnel has these rules."""
    school = School().at("2026-11-01 10:00")
    school.does(CreateFunnel(id="vip", title="VIP", statuses=vip().statuses, rules=rules))
    school.does(EditFunnel(funnel="vip", default=True))
    school.sells()
    return school


class TestF8:
    """Time in status and the status history of an order can be asked; conversion per status of a funnel too.

    `order.subscribed` fires at creation by subscription.
    """

    def test_time_in_status(self) -> None:
        """Stays add up, the last one up to now; going back to a status adds to it."""
        school = school_with()
        order = school.opens()
        for at, status in (("2026-11-02 10:00", "called"), ("2026-11-05 10:00", "new"), ("2026-11-06 10:00", "agreed")):
            school.at(at).does(MoveOrder(order=order, status=status))
        track = stays(school.history(order))

        assert [stay.status for stay in track] == ["new", "called", "new", "agreed"]
        assert [stay.left_at for stay in track[:-1]] == [stay.entered_at for stay in track[1:]]
        assert time_in_status(track, funnel="vip", now=school.at("2026-11-10 10:00").now) == {
            "new": timedelta(days=2),
            "called": timedelta(days=3),
            "agreed": timedelta(days=4),
        }

    def test_a_stay_elsewhere_does_not_count(self) -> None:
        """Time in another funnel is not time in this one."""
        school = school_with()
        order = school.opens()
        school.at("2026-11-02 10:00").does(MoveOrder(order=order, funnel="default"))
        track = stays(school.history(order))

        assert time_in_status(track, funnel="vip", now=school.at("2026-11-09 10:00").now) == {"new": timedelta(days=1)}

    def test_conversions_add_up(self) -> None:
        """That of all orders is the sum of those of some and of the others, so they need not be held at once."""
        school = school_with()
        orders = [school.opens(contact=contact) for contact in ("olena", "taras", "olena", "taras")]
        for order, status in zip(orders, ("called", "paid", "agreed", "called"), strict=True):
            school.does(MoveOrder(order=order, status=status))
        tracks = [stays(school.history(order)) for order in orders]

        for count in range(5):
            parts = conversion(vip(), tracks[:count]), conversion(vip(), tracks[count:])
            assert added(*parts) == conversion(vip(), tracks)

    def test_asked(self) -> None:
        """Both can be asked: of an order how long it stood where, of a funnel how many orders came further."""
        school = school_with()
        first, second = school.opens(), school.opens(contact="taras")
        school.at("2026-11-02 10:00").does(MoveOrder(order=first, status="called"))
        school.at("2026-11-03 10:00").does(MoveOrder(order=first, funnel="default", status="new"))
        school.at("2026-11-05 10:00")

        assert [
            (one["funnel"], one["status"], one["seconds"]) for one in school.orders.ask(TimeInStatusQuery(order=first))
        ] == [
            ("vip", "new", 86400),
            ("vip", "called", 86400),
            ("default", "new", 2 * 86400),
        ]
        found = school.orders.ask(ConversionQuery(funnel="vip"))["statuses"]
        assert [(one["status"], one["entered"], one["moved_on"], one["rate"]) for one in found] == [
            ("new", 2, 1, "50.00"),
            ("called", 1, 0, "0.00"),
            ("agreed", 0, 0, "0.00"),
            ("paid", 0, 0, "0.00"),
        ]
        of_taras = school.orders.ask(ConversionQuery(funnel="vip", filters=OrderFilters(contact=("taras",))))
        assert [one["entered"] for one in of_taras["statuses"]] == [1, 0, 0, 0]
        assert school.order(second).status == "new"
        for asked in (ConversionQuery(funnel="nothing"), TimeInStatusQuery(order="nothing")):
            with pytest.raises(NotFound):
                school.orders.ask(asked)

    def test_conversion(self) -> None:
        """Of three orders two were called, and one of these came further; one went back, which is no progress."""
        school = school_with()
        first, second, third = (school.opens(contact=contact) for contact in ("olena", "taras", "olena"))
        for order, status in ((first, "called"), (second, "called"), (first, "paid"), (second, "new")):
            school.does(MoveOrder(order=order, status=status))
        passages = conversion(vip(), [stays(school.history(order)) for order in (first, second, third)])

        assert [(one.status, one.entered, one.moved_on, one.rate) for one in passages] == [
            ("new", 3, 2, Fraction(2, 3)),
            ("called", 2, 1, Fraction(1, 2)),
            ("agreed", 0, 0, Fraction(0)),
            ("paid", 1, 0, Fraction(0)),
        ]

    @given(path=st.lists(st.sampled_from(STATUSES), max_size=8))
    def test_stays_leave_no_gap(self, path: list[str]) -> None:
        """Whatever moves were made, a stay begins when the one before ends, and the last is where the order stands."""
        school = school_with()
        order = school.opens()
        for day, status in enumerate(path, start=2):
            school.at(f"2026-11-{day:02d} 10:00").does(MoveOrder(order=order, status=status))
        track = stays(school.history(order))

        assert [stay.left_at for stay in track] == [*(stay.entered_at for stay in track[1:]), None]
        assert track[-1].status == school.order(order).status
        spent = time_in_status(track, funnel="vip", now=school.now)
        assert sum(spent.values(), timedelta()) == school.now - track[0].entered_at


class TestTrial:
    """A rule set can be tried on past history: which orders would have moved, when (F4)."""

    def test_rules_that_were_not_there(self) -> None:
        """A rule for payment would have moved the paid order when it was paid, and the other one never."""
        school = school_with()
        paid, waiting = school.opens(), school.opens(contact="taras")
        school.at("2026-11-03 10:00").pays(paid)
        histories = {order: school.history(order) for order in (paid, waiting)}

        would = tried(vip(Rule(event="order.paid", status="paid")), histories)

        assert would == (WouldMove(order=paid, at=school.now, event="order.paid", from_status="new", to_status="paid"),)

    def test_the_rules_that_were_there(self) -> None:
        """Tried on their own past, rules make just the moves that they made."""
        rules = (
            Rule(event="x.called", status="called", only_from=("new",)),
            Rule(event="contact.logged_in", status="agreed", every_time=True),
            Rule(event="order.paid", status="paid"),
        )
        school = school_with(*rules)
        order = school.opens()
        for event in ("x.called", "contact.logged_in", "x.called"):
            school.does(ReportEvent(event=event, order=order))
        school.does(MoveOrder(order=order, status="new"))
        school.does(ReportEvent(event="contact.logged_in", order=order))
        school.pays(order)
        history = school.history(order)

        would = [(move.event, move.from_status, move.to_status) for move in tried(vip(*rules), {order: history})]

        assert would == list(_moved_by_rules(history))
        assert len(would) == 4

    def test_made_in_another_funnel(self) -> None:
        """Rules of a funnel move an order from when somebody moves it there; what it was before is not theirs."""
        school = School().at("2026-11-01 10:00")
        school.does(CreateFunnel(id="vip", title="VIP", statuses=vip().statuses))
        school.sells()
        order = school.opens()
        school.does(ReportEvent(event="x.called", order=order))
        school.does(MoveOrder(order=order, funnel="vip", status="agreed"))
        school.pays(order)

        would = tried(
            vip(Rule(event="x.called", status="called"), Rule(event="order.paid", status="paid")),
            {order: school.history(order)},
        )

        assert [(move.event, move.from_status, move.to_status) for move in would] == [("order.paid", "agreed", "paid")]

    def test_a_status_that_is_gone(self) -> None:
        """An order moved by hand to a status that the funnel would not have starts anew."""
        school = school_with()
        order = school.opens()
        school.does(MoveOrder(order=order, status="called"))
        school.pays(order)
        without = Funnel(
            id="vip",
            name="VIP",
            statuses=tuple(one for one in vip().statuses if one.id != "called"),
            rules=(Rule(event="order.paid", status="paid"),),
        )

        assert [move.from_status for move in tried(without, {order: school.history(order)})] == ["new"]

    def test_a_firing_that_is_skipped(self) -> None:
        """A rule that may not fire from there moves nothing."""
        school = school_with()
        order = school.opens()
        school.pays(order)
        rules = vip(Rule(event="order.paid", status="paid", only_from=("agreed",)))

        assert tried(rules, {order: school.history(order)}) == ()

    def test_nothing_changes(self) -> None:
        """A trial writes nothing."""
        school = school_with()
        order = school.opens()
        school.pays(order)
        before = (school.order(order), school.history(order))
        tried(vip(Rule(event="order.paid", status="paid")), {order: before[1]})

        assert (school.order(order), school.history(order)) == before


def _moved_by_rules(history: list[Recorded]) -> Iterator[tuple[str, str, str]]:
    for recorded in history:
        if isinstance(recorded.event, OrderMoved) and recorded.event.by != "hand":
            yield recorded.event.by, recorded.event.from_status, recorded.event.to_status

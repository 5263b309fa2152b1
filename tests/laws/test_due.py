"""P14, N2, F3, O6: what falls due by itself, told of once."""

from datetime import timedelta
from decimal import Decimal

import attrs
import pytest

from kwiga_orders.funnel import Rule
from kwiga_orders.offers import EditOffer, ItemChange
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import DatedPart, Parts, Schedule
from kwiga_orders.periods import Period
from kwiga_orders.terms import AfterPayment, For, TermsChange, Until
from kwiga_orders.testing.school import local
from tests.laws.dues import MONTH, TEN_DAYS, kinds, noted, paid, ran, school_with
from tests.laws.office import edit, refund


class TestP14Due:
    """Due and overdue notices come from a query of what is due, run by the host's scheduler."""

    def test_a_part_that_falls_due(self) -> None:
        """A reminder at the instant at which a part is due, not before it, and once."""
        school = school_with()
        school.sells(options=[Parts(id="parts", count=2, every=MONTH)])
        order = school.opens()
        school.pays(order)
        ran(school)

        assert ran(school, "2026-12-01 09:59") == []
        assert kinds(school.orders.due(local("2026-12-01 10:00"))) == ["payment_due", "payment_overdue"]
        assert ran(school, "2026-12-01 10:00") == ["payment_reminder"]
        assert ran(school, "2026-12-02 10:00") == []
        (row,) = (row for row in school.notifier.rows if row.name == "payment_reminder")
        assert (row.data["payment"], row.data["amount"]) == (f"{order}.2", "500.00")

    def test_what_was_due_when_it_was_asked_for(self) -> None:
        """The first payment of an order, or one that the staff adds for now, needs no reminder."""
        school = school_with()
        order = school.sold()
        school.pays(order)
        school.owes(order, "100.00")

        assert ran(school) == []
        assert kinds(noted(school, order)) == ["access_started"]

    def test_overdue(self) -> None:
        """`payment.overdue` is an event for rules, from the instant it falls due (P1); grace is about access (P8)."""
        school = school_with(grace=Period(days=2))
        school.builds(Rule(event="payment.overdue", status="call"))
        order = school.makes(funnel="vip")
        school.owes(order, "1000.00", due_at=local("2026-11-05 10:00"))

        ran(school, "2026-11-05 09:59")
        assert school.status(order) == "new"
        ran(school, "2026-11-05 10:00")
        assert school.status(order) == "call"
        assert school.order(order).fired == {"payment.overdue"}

    def test_a_rule_fires_once_for_an_order(self) -> None:
        """F4: a second overdue payment is recorded and moves nothing, unless the rule says every time."""
        for every_time in (False, True):
            school = school_with()
            school.builds(Rule(event="payment.overdue", status="call", every_time=every_time))
            order = school.makes(funnel="vip")
            school.owes(order, "500.00", due_at=local("2026-11-05 10:00"))
            school.owes(order, "500.00", due_at=local("2026-11-06 10:00"))
            ran(school, "2026-11-05 10:00")
            school.moves(order, "agreed")

            ran(school, "2026-11-06 10:00")

            assert school.status(order) == ("call" if every_time else "agreed")
            assert school.events(order).count("event.reported") == 2

    def test_paid_in_time(self) -> None:
        """Nobody is reminded of what is paid or void."""
        school = school_with()
        order = school.makes()
        for due_at in ("2026-11-05 10:00", "2026-11-06 10:00"):
            school.owes(order, "500.00", due_at=local(due_at))
        school.pays(order, 1)
        school.voids(order, 2)

        assert ran(school, "2026-11-07 10:00") == []
        assert kinds(noted(school, order)) == ["access_started"]

    def test_a_due_date_that_was_moved(self) -> None:
        """What is due on another day is due anew."""
        school = school_with()
        order = school.makes()
        school.owes(order, "1000.00", due_at=local("2026-11-05 10:00"))
        assert ran(school, "2026-11-05 10:00") == ["payment_reminder"]

        school.does(edit(order, due_at=local("2026-11-20 10:00")))

        assert ran(school, "2026-11-19 10:00") == []
        assert ran(school, "2026-11-20 10:00") == ["payment_reminder"]

    @pytest.mark.parametrize("end", ["cancel", "supersede", "refund"])
    def test_orders_that_are_over(self, end: str) -> None:
        """Nothing falls due for an order that is cancelled, superseded or fully refunded."""
        school = school_with()
        plan = Schedule(id="plan", parts=(DatedPart(amount=Decimal(500)), DatedPart(amount=Decimal(500), after=MONTH)))
        school.sells(options=[plan], terms=TEN_DAYS)
        order = school.opens()
        if end == "refund":
            school.pays(order)
            school.does(refund(order, "500.00"))
        elif end == "cancel":
            school.pays(order)
            school.cancels(order)
        else:
            school.opens()

        assert ran(school, "2027-01-01 10:00") == []
        assert noted(school, order) == []
        assert school.orders.due(local("2030-01-01 10:00")) == []

    def test_a_page_that_was_only_opened(self) -> None:
        """Who opened an offer and paid nothing is not reminded of its parts; the first payment makes them owed."""
        school = school_with()
        school.sells(options=[Parts(id="parts", count=3, every=MONTH)])
        order = school.opens()
        assert ran(school, "2026-12-05 10:00") == []

        school.pays(order)

        assert ran(school) == ["payment_reminder"]

    def test_made_by_hand_from_an_offer(self) -> None:
        """O4: the staff sold it, so its parts are owed, also before anything is paid."""
        school = school_with()
        school.sells(options=[Parts(id="parts", count=3, every=MONTH)])
        school.does(asked.CreateOrder(contact="olena", offer="basic"))

        assert ran(school, "2026-12-05 10:00") == ["payment_reminder"]

    def test_news_of_long_ago(self) -> None:
        """After a long outage, or an import, what fell due more than a week ago is noted without a letter."""
        school = school_with()
        order = school.makes()
        school.owes(order, "1000.00", due_at=local("2026-11-05 10:00"))

        assert ran(school, "2026-11-12 10:01") == []
        assert [(one.due.value, one.is_old) for one in noted(school, order)] == [
            ("payment_due", True),
            ("payment_overdue", True),
        ]

    def test_the_query_changes_nothing(self) -> None:
        """What is due can be asked for any instant; it is there until it was run, under the same keys."""
        school = school_with()
        paid(school)

        later = [school.orders.due(local(f"2026-11-{day} 10:00")) for day in ("05", "08", "11", "30")]

        assert [kinds(items) for items in later] == [
            [],
            ["access_expiring"],
            ["access_expiring", "access_expired"],
            ["access_expiring", "access_expired"],
        ]
        assert later[2] == later[3]
        assert later[3] == school.orders.due(local("2026-11-30 10:00"))
        assert later[3][:1] == school.orders.due(local("2026-11-30 10:00"), limit=1)

    def test_the_longest_due_first(self) -> None:
        """Of several orders, too; `limit` bounds what one run does, and the next one goes on."""
        school = school_with()
        orders = [school.makes() for _ in range(5)]
        for days, order in enumerate(reversed(orders)):
            school.owes(order, "1000.00", due_at=local("2026-11-05 10:00") + timedelta(hours=days))
        school.at("2026-11-06 10:00")

        assert [item.order for item in school.orders.due(limit=4)] == [orders[4], orders[4], orders[3], orders[3]]
        assert [school.orders.run_due(limit=3) for _ in range(5)] == [4, 4, 2, 0, 0]


class TestN2Access:
    """Letters: `access_expiring`, `access_expired`, `access_unfrozen`; a letter is never sent twice for one fact."""

    def test_the_end_of_access(self) -> None:
        """It is said to end three days before, and that it has ended at that instant; rules hear of start and end."""
        school = school_with()
        school.builds(
            Rule(event="access.started", status="call"), Rule(event="access.expired", status="agreed"), default=True
        )
        order = paid(school)
        assert school.status(order) == "call"

        assert ran(school, "2026-11-08 09:59") == []
        assert ran(school, "2026-11-08 10:00") == ["access_expiring"]
        assert ran(school, "2026-11-11 09:59") == []
        assert ran(school, "2026-11-11 10:00") == ["access_expired"]
        assert ran(school, "2027-11-11 10:00") == []
        assert school.status(order) == "agreed"
        window = {"product": "python", "starts_at": "2026-11-01T08:00:00+00:00", "ends_at": "2026-11-11T08:00:00+00:00"}
        assert [row.data["products"] for row in school.notifier.rows if row.kind == "letter"] == [[window]] * 2

    def test_an_end_that_moves_back(self) -> None:
        """Set to an earlier day once it has passed, it ends nothing anew; another product has an end of its own."""
        school = school_with()
        school.teaches(product="python:2")
        order = paid(school)
        school.does(asked.AddLine(order=order, product="python:2", price=Decimal(0)))
        for product, day in (("python:2", "2026-11-12"), ("python", "2026-11-14")):
            school.does(asked.SetAccessEnd(order=order, product=product, at=local(f"{day} 10:00")))
        assert ran(school, "2026-11-12 10:00")[-1] == "access_expired"
        assert ran(school, "2026-11-14 10:00")[-1] == "access_expired"

        for product in ("python:2", "python"):
            school.does(asked.SetAccessEnd(order=order, product=product, at=local("2026-11-10 10:00")))

        assert ran(school) == []

    def test_the_notice_is_the_schools(self) -> None:
        """A project says how long before its end a letter goes out."""
        school = school_with(notice=Period(days=7))
        paid(school)

        assert ran(school, "2026-11-04 10:00") == ["access_expiring"]

    def test_access_shorter_than_the_notice(self) -> None:
        """Of access for two days nobody is told at once that it is ending."""
        school = school_with()
        paid(school, TermsChange(duration=For(period=Period(days=2))))

        assert ran(school, "2026-11-03 10:00") == ["access_expired"]

    def test_a_start_to_come(self) -> None:
        """Access starts when its window does."""
        school = school_with()
        order = paid(school, TermsChange(start=AfterPayment(delay=Period(days=3))))
        assert noted(school, order) == []

        ran(school, "2026-11-04 10:00")

        assert kinds(noted(school, order)) == ["access_started"]

    def test_an_end_that_was_moved(self) -> None:
        """A9: extended after its end, access ends again, and the contact is told again."""
        school = school_with()
        order = paid(school)
        assert ran(school, "2026-11-11 10:00") == ["access_expired"]

        school.at("2026-11-12 10:00").does(asked.ExtendAccess(order=order, by=MONTH))
        school.notifier.rows.clear()

        assert ran(school, "2026-12-09 10:00") == ["access_expiring"]
        assert ran(school, "2026-12-12 10:00") == ["access_expired"]

    def test_an_end_that_has_passed_is_not_announced(self) -> None:
        """What was missed so long that it is over is told as over, and not as being about to be."""
        school = school_with()
        paid(school)

        assert ran(school, "2026-11-11 10:00") == ["access_expired"]

    def test_the_end_of_a_freeze(self) -> None:
        """A11: the contact is told when a freeze ends by itself; ended by hand, that was told already."""
        school = school_with()
        order = paid(school)
        school.at("2026-11-02 10:00").does(asked.FreezeAccess(order=order, period=Period(days=3)))
        assert ran(school, "2026-11-05 10:00") == ["access_unfrozen"]

        school.does(asked.FreezeAccess(order=order, period=Period(days=3)))
        school.at("2026-11-06 10:00").does(asked.UnfreezeAccess(order=order))
        school.notifier.rows.clear()

        assert ran(school, "2026-11-09 10:00") == []

    def test_several_products_in_one_letter(self) -> None:
        """What ends at one instant for several products is told in one letter that names them."""
        school = school_with()
        school.offers(products=("python", "sql"))
        school.does(
            EditOffer(
                offer="basic",
                items=tuple(ItemChange(product=product, terms=TEN_DAYS) for product in ("python", "sql")),
            )
        )
        school.pays(school.opens())
        ran(school)
        school.notifier.rows.clear()

        assert ran(school, "2026-11-11 10:00") == ["access_expired"]
        (row,) = (row for row in school.notifier.rows if row.kind == "letter")
        assert [one["product"] for one in row.data["products"]] == ["python", "sql"]  # type: ignore[attr-defined]

    def test_a_line_that_was_refunded(self) -> None:
        """P9: the window of a line that a refund closed ends for nobody."""
        school = school_with()
        school.offers(products=("python", "sql"), refund_policy="close_line")
        order = school.opens()
        school.does(asked.EditLine(order=order, product="python", terms=TEN_DAYS))
        school.pays(order)
        ran(school)
        school.does(refund(order, "100.00", product="python"))
        school.notifier.rows.clear()

        assert ran(school, "2026-11-12 10:00") == []

    def test_quiet(self) -> None:
        """A kind that the offer switched off is not sent; that it fell due is noted."""
        school = school_with()
        school.offers(quiet=frozenset({"access_expired"}))
        school.does(EditOffer(offer="basic", items=(ItemChange(product="python", terms=TEN_DAYS),)))
        order = school.opens()
        school.pays(order)
        ran(school)
        school.notifier.rows.clear()

        assert ran(school, "2026-11-11 10:00") == []
        assert kinds(noted(school, order)) == ["access_started", "access_expired"]


class TestO6Followers:
    """Access terms follow the offer live: what falls due for its orders moves with them."""

    def test_an_end_that_the_offer_moves(self) -> None:
        """An edit has the followers looked at anew, earlier or later; a copy of its own stays."""
        school = school_with()
        school.sells(terms=TermsChange())
        orders = [school.opens(contact=contact) for contact in ("olena", "taras")]
        for order in orders:
            school.pays(order)
        school.does(asked.EditLine(order=orders[1], product="python", terms=TEN_DAYS))
        ran(school)
        item = ItemChange(product="python", terms=TermsChange(duration=Until(at=local("2026-11-21 10:00"))))

        school.does(EditOffer(offer="basic", items=(item,)))

        due = school.orders.due(local("2026-12-31 10:00"))
        assert [(item.order, item.due.value, item.at) for item in due] == [
            (orders[1], "access_expiring", local("2026-11-08 10:00")),
            (orders[1], "access_expired", local("2026-11-11 10:00")),
            (orders[0], "access_expiring", local("2026-11-18 10:00")),
            (orders[0], "access_expired", local("2026-11-21 10:00")),
        ]

    def test_what_the_school_asks_before(self) -> None:
        """A change of the project's settings is looked at, too: it asks three days before a payment falls due (P14)."""
        school = school_with()
        order = school.makes()
        school.owes(order, "1000.00", due_at=local("2026-11-05 10:00"))
        assert ran(school, "2026-11-02 10:00") == []

        school.store.save_project(attrs.evolve(school.project, remind_before=Period(days=3)))

        assert ran(school, "2026-11-02 10:00") == ["payment_upcoming"]
        assert ran(school, "2026-11-02 10:00") == []
        assert ran(school, "2026-11-05 10:00") == ["payment_reminder"]

"""P8: payments that close access as long as they are owed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.money import Money
from kwiga_orders.offers import AmountOff
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome, Parts
from kwiga_orders.periods import Period, later, zone_named
from kwiga_orders.project import Project
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing.school import local
from tests.laws.calendars import MOMENT
from tests.laws.office import Office, edit

KYIV = "Europe/Kyiv"


def paid_up(*, grace: int = 0) -> tuple[Office, str]:
    """Give a school, with so many days of grace, and an order of 1000.00 that was paid on 1 November."""
    school = Office(
        project=Project(id="school", timezone=KYIV, currency="UAH", grace=Period(days=grace) if grace else None)
    )
    school.sells(terms=TermsChange(duration=For(period=Period(months=2))))
    order = school.opens()
    school.pays(order)
    return school, order


class TestP8:
    """`closes_access: true` closes all products of the order from when the payment is overdue (for a payment dated now:
    at once) plus the project's grace period, as long as it is unpaid and asks for something; paying, voiding or owing
    nothing reopens at once; the time closed is not given back. Reason `payment_due`, with the payment, what it asks for
    and since when it closes (grace over).
    """

    def test_dated_now(self) -> None:
        """Without grace it closes at once."""
        school, order = paid_up()

        payment = school.owes(order, "100.00", closes_access=True)

        (reason,) = school.access().reasons
        assert (reason.code, reason.order, reason.payment, reason.until) == ("payment_due", order, payment, None)

    def test_the_reason(self) -> None:
        """It names what the payment asks for, and since when it closes: since grace is over."""
        school, order = paid_up(grace=3)
        school.owes(order, "100.00", closes_access=True, due_at=local("2026-11-10 10:00"))

        (reason,) = school.access(at="2026-11-20 10:00").reasons
        assert (reason.asked, reason.since) == (Money(10_000, "UAH"), local("2026-11-13 10:00"))

    def test_what_is_due_on_a_day(self) -> None:
        """It can be paid all that day: it closes from the next midnight, or grace after that (P1)."""
        school, order = paid_up()
        school.owes(order, "100.00", closes_access=True, due_at=date(2026, 11, 10))

        assert school.reasons(at="2026-11-10 23:59") == []
        assert school.access(at="2026-11-11 00:00").reasons[0].since == local("2026-11-11 00:00")

    def test_owing_nothing_reopens(self) -> None:
        """A discount of what is left reopens at once; taken back, the part closes again, since then (P15)."""
        school = Office()
        order = school.sold(payment_options=(Parts(id="two", count=2, every=Period(days=10)),))
        school.pays(order)
        school.at("2026-11-20 10:00")
        assert school.reasons() == ["payment_due"]

        school.does(asked.EditOrder(order=order, discount=AmountOff(amount=Decimal(500))))
        assert school.reasons() == []
        school.at("2026-11-25 10:00").does(asked.EditOrder(order=order, discount=AmountOff(amount=Decimal(400))))

        (reason,) = school.access().reasons
        assert (reason.asked, reason.since) == (Money(10_000, "UAH"), local("2026-11-25 10:00"))
        assert school.access(at="2026-11-22 10:00").open

    def test_less_is_asked(self) -> None:
        """What is asked for changes; since when it closes does not."""
        school = Office()
        order = school.sold(payment_options=(Parts(id="two", count=2, every=Period(days=10)),))
        school.pays(order)
        since = school.at("2026-11-20 10:00").access().reasons[0].since

        school.does(asked.EditOrder(order=order, discount=AmountOff(amount=Decimal(100))))

        (reason,) = school.at("2026-11-21 10:00").access().reasons
        assert (reason.asked, reason.since) == (Money(40_000, "UAH"), since)

    def test_only_if_it_says_so(self) -> None:
        """Any other payment may be owed for ever."""
        school, order = paid_up()

        school.owes(order, "100.00")

        assert school.reasons(at="2026-12-31 10:00") == []

    def test_all_products(self) -> None:
        """It closes every product of its order, and no product of another order."""
        school = Office()
        order = school.sold("500.00", products=("python", "sql"))
        school.pays(order)
        school.sells("other", product="css")
        school.pays(school.opens("other"))

        school.owes(order, "100.00", closes_access=True)

        reasons = {product: school.reasons(product=product) for product in ("python", "sql", "css")}
        assert reasons == {"python": ["payment_due"], "sql": ["payment_due"], "css": []}

    @given(grace=st.integers(0, 4), due=st.integers(-3, 20), settled=st.integers(0, 30), void=st.booleans())
    def test_from_when_until_when(self, grace: int, due: int, settled: int, *, void: bool) -> None:
        """It closes from the due date plus grace, not before it was made, up to the instant it is settled."""
        school, order = paid_up(grace=grace)
        zone, made_at = zone_named(KYIV), school.now
        due_at = made_at + timedelta(days=due)
        school.owes(order, "100.00", closes_access=True, due_at=due_at)
        closes_at = max(later(due_at, Period(days=grace), zone=zone) if grace else due_at, made_at)
        settled_at = made_at + timedelta(days=settled)

        school.clock.set(settled_at)
        if void:
            school.voids(order, 2)
        else:
            school.pays(order, 2)

        plan = school.orders.plan(contact="olena", product="python")
        for at in (closes_at - MOMENT, closes_at, settled_at - MOMENT, settled_at, made_at):
            assert plan.access(at).open is (at >= made_at and not closes_at <= at < settled_at), at

    def test_the_time_is_not_given_back(self) -> None:
        """The end stays where it was."""
        school, order = paid_up()
        ends_at = school.access().ends_at
        school.owes(order, "100.00", closes_access=True)

        school.at("2026-12-01 10:00").pays(order, 2)

        assert (school.access().open, school.access().ends_at) == (True, ends_at)

    def test_the_answer_tells_when(self) -> None:
        """While it is not overdue yet, the next change is when it will be (A7)."""
        school, order = paid_up(grace=3)

        school.owes(order, "100.00", closes_access=True, due_at=local("2026-11-10 10:00"))

        assert school.access().next_change_at == local("2026-11-13 10:00")

    def test_two_are_two_reasons(self) -> None:
        """By due date, whichever was added first; paying one leaves the other (A5)."""
        school, order = paid_up()
        second = school.owes(order, "1.00", closes_access=True, due_at=local("2026-11-20 10:00"))
        first = school.owes(order, "2.00", closes_access=True, due_at=local("2026-11-10 10:00"))
        school.at("2026-12-01 10:00")

        assert [reason.payment for reason in school.access().reasons] == [first, second]
        school.pays(order, 3)
        assert [reason.payment for reason in school.access().reasons] == [second]

    @pytest.mark.parametrize("closes_access", [True, False])
    def test_edited(self, *, closes_access: bool) -> None:
        """Whether it closes access, and from when, is what it says now."""
        school, order = paid_up()
        school.owes(order, "1.00", closes_access=not closes_access, due_at=local("2026-11-10 10:00"))

        school.does(edit(order, 2, closes_access=closes_access, due_at=local("2026-11-20 10:00")))

        assert school.reasons(at="2026-11-19 10:00") == []
        assert school.reasons(at="2026-11-21 10:00") == (["payment_due"] if closes_access else [])

    def test_void_and_paid_after_all(self) -> None:
        """A void payment closes nothing, even if money comes for it later."""
        school, order = paid_up()
        school.owes(order, "1.00", closes_access=True)
        school.at("2026-11-05 10:00").voids(order, 2)
        school.at("2026-11-08 10:00").hears(order, Outcome.SUCCEEDED, 2)

        assert school.reasons(at="2026-11-04 10:00") == ["payment_due"]
        assert school.reasons(at="2026-11-06 10:00") == school.reasons(at="2026-11-09 10:00") == []

    def test_before_activation(self) -> None:
        """An order that nobody paid is not paid; that a part of it is overdue, too, is not told (A5)."""
        school = Office()
        order = school.makes()
        school.owes(order, "1.00", closes_access=True)

        assert school.reasons() == ["not_paid"]

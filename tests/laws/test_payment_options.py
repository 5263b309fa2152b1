"""P12: the payments that a payment option makes."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.errors import InvalidInput
from kwiga_orders.offers import AmountOff, CreateOffer, EditOffer, ItemAsked, PercentOff
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import DatedPart, Full, Parts, PaymentOption, Schedule, Subscribe, overdue_at
from kwiga_orders.periods import Period, at_local
from kwiga_orders.project import Project
from kwiga_orders.testing.school import local
from tests.laws.calendars import exists, wall, zones
from tests.laws.office import Office

MONTHLY = Period(months=1)
THREE = Parts(id="three", count=3, every=MONTHLY)


def months_later(shown: datetime, months: int) -> datetime:
    """Give what the calendar shows so many months later: the same day and time, or the last day of the month."""
    year, month = divmod(shown.year * 12 + shown.month - 1 + months, 12)
    return shown.replace(year=year, month=month + 1, day=min(shown.day, monthrange(year, month + 1)[1]))


@st.composite
def month_ends(draw: st.DrawFn) -> datetime:
    """Draw what a clock shows on one of the last days of a month."""
    year, month = draw(st.integers(2026, 2036)), draw(st.integers(1, 12))
    day = draw(st.integers(28, monthrange(year, month)[1]))
    return datetime(year, month, day, draw(st.integers(0, 23)), draw(st.sampled_from((0, 30, 59))))


def opened(zone: str, shown: datetime, price: str, *options: PaymentOption) -> tuple[Office, str]:
    """Give a school in a zone and an order that was opened there when clocks showed that."""
    school = Office(project=Project(id="school", timezone=zone, currency="UAH"))
    school.clock.set(at_local(shown, zone=ZoneInfo(zone)))
    return school, school.sold(price, payment_options=options)


class TestP12:
    """Payment options of an offer: `full`; `parts` (n equal parts, every period); `schedule` (list of due date or
    period and amount); `subscription`. Each may have its own total. Choosing one makes the payments: the first due now,
    the rest dated from the anchor, which is the order's creation. Each part closes access when overdue, the first, too;
    the one payment of `full` does not. The first part without a date of its own, and a part dated before the order was
    made or on that day, is due at creation and overdue from the next midnight.
    """

    @given(
        zone=zones(),
        shown=month_ends(),
        minor=st.integers(1, 10**7),
        count=st.integers(1, 24),
        months=st.integers(1, 6),
    )
    def test_parts(self, zone: ZoneInfo, shown: datetime, minor: int, count: int, months: int) -> None:
        """In any zone, from any month's end: equal to one minor unit, larger first, lost nothing; every so many months
        on the anchor's day and time of day, or the month's last day; all of them close access (M3, T2).
        """
        option = Parts(id="parts", count=count, every=Period(months=months))

        school, order = opened(zone.key, shown, f"{minor // 100}.{minor % 100:02}", option)

        payments = school.order(order).payments
        amounts = [payment.amount.minor for payment in payments]
        assert sum(amounts) == minor
        assert amounts == sorted(amounts, reverse=True)
        assert len(amounts) == min(count, minor)
        assert len(amounts) < count or amounts[0] - amounts[-1] <= 1
        assert payments[0].due_at == school.now
        for number, payment in enumerate(payments):
            expected = months_later(wall(school.now, zone), number * months)
            assert payment.closes_access
            assert payment.whole_day is (number == 0)
            assert payment.created_at == school.now
            if exists(expected, zone) and number:
                assert wall(payment.due_at, zone) == expected

    @given(zone=zones(), shown=month_ends(), days=st.integers(1, 400), later=st.integers(0, 40))
    def test_schedules(self, zone: ZoneInfo, shown: datetime, days: int, later: int) -> None:
        """Now, some days on, on a date, at an instant: each part as it says, on the wall clock of the zone."""
        instant = local("2027-03-03 03:03")
        day = shown.date() + timedelta(days=later)
        option = Schedule(
            id="plan",
            parts=(
                DatedPart(amount=Decimal(400)),
                DatedPart(amount=Decimal(300), after=Period(days=days)),
                DatedPart(amount=Decimal(200), on=day),
                DatedPart(amount=Decimal(100), on=instant),
            ),
        )

        school, order = opened(zone.key, shown, "900.00", option)

        first, second, third, fourth = payments = school.order(order).payments
        in_days, midnight = wall(school.now, zone) + timedelta(days=days), datetime.combine(day, datetime.min.time())
        assert first.due_at == school.now
        assert not exists(in_days, zone) or wall(second.due_at, zone) == in_days
        if later:
            assert not exists(midnight, zone) or wall(third.due_at, zone) == midnight
        else:
            assert third.due_at == school.now
        assert fourth.due_at == max(instant, school.now)
        assert [one.whole_day for one in payments] == [True, False, True, instant <= school.now]
        assert [one.amount.minor for one in (first, second, third, fourth)] == [40_000, 30_000, 20_000, 10_000]
        assert all(one.closes_access for one in payments)
        assert school.card(order)["total"] == "1000.00"

    def test_a_part_of_the_very_instant(self) -> None:
        """A part dated to the instant of the sale can be paid all that day, as one dated before it."""
        school = Office().at("2026-11-01 10:00")
        now, rest = (
            DatedPart(amount=Decimal(400), on=local("2026-11-01 10:00")),
            DatedPart(amount=Decimal(500), after=Period(days=5)),
        )

        order = school.sold("900.00", payment_options=(Schedule(id="plan", parts=(now, rest)),))

        assert school.payment(order).whole_day
        assert overdue_at(school.payment(order), ZoneInfo("Europe/Kyiv")) == local("2026-11-02 00:00")

    def test_a_part_that_is_due_twice(self) -> None:
        """Either after a period or on a date."""
        with pytest.raises(InvalidInput, match="either after a period or on a date"):
            DatedPart(amount=Decimal(1), after=Period(days=5), on=date(2026, 12, 1))

    def test_the_anchor_is_the_creation(self) -> None:
        """When the first part is paid does not move the dates of the others."""
        school = Office().at("2027-01-31 10:00")
        order = school.sold("900.00", payment_options=(THREE,))

        school.at("2027-02-20 18:00").pays(order)

        assert [payment.due_at for payment in school.order(order).payments] == [
            local("2027-01-31 10:00"),
            local("2027-02-28 10:00"),
            local("2027-03-31 10:00"),
        ]

    @pytest.mark.parametrize(
        ("option", "type", "amounts"),
        [
            (Full(id="x"), "regular", ["1000.00"]),
            (Full(id="x", total=Decimal(950)), "regular", ["950.00"]),
            (Parts(id="x", count=3, every=MONTHLY), "instalments", ["333.34", "333.33", "333.33"]),
            (Parts(id="x", count=3, every=MONTHLY, total=Decimal(1200)), "instalments", ["400.00"] * 3),
            (Parts(id="x", count=1, every=MONTHLY), "instalments", ["1000.00"]),
            (Schedule(id="x", parts=(DatedPart(amount=Decimal(1)),)), "instalments", ["1.00"]),
            (Subscribe(id="x", amount=Decimal(300), every=MONTHLY), "subscription", ["300.00"]),
            (Subscribe(id="x", amount=Decimal(300), every=MONTHLY, trial=Period(days=7)), "subscription", []),
        ],
    )
    def test_what_each_makes(self, option: PaymentOption, type: str, amounts: list[str]) -> None:
        """Its payments sum to the order's total, which is the option's own if it has one; the type follows (O11)."""
        school = Office()

        order = school.sold("1000.00", payment_options=(option,))

        card = school.card(order)
        assert [payment["amount"] for payment in card["payments"]] == amounts
        assert card["total"] == f"{sum(map(Decimal, amounts)):.2f}"
        assert card["type"] == type
        assert {payment["state"] for payment in card["payments"]} <= {"unpaid"}

    def test_the_one_that_is_named(self) -> None:
        """Opened without naming one, the first listed counts; one that is not there is not found (O1)."""
        school = Office()
        school.offers(payment_options=(Full(id="full", total=Decimal(900)), THREE))

        assert len(school.order(school.opens()).payments) == 1
        assert len(school.order(school.opens(option="three")).payments) == 3
        assert school.refused(asked.OpenOffer(offer="basic", contact="olena", payment_option="ten")) == "not_found"

    def test_none_listed(self) -> None:
        """An offer without payment options has `full`, from the start or by an edit (O1)."""
        school = Office()
        first = school.sold("1000.00", payment_options=())
        school.does(EditOffer(offer="basic", payment_options=(THREE,)))
        second = school.opens()
        school.does(EditOffer(offer="basic", payment_options=()))
        third = school.opens()

        amounts = [[payment.amount.minor for payment in school.order(id).payments] for id in (first, second, third)]
        assert amounts == [[100_000], [33_334, 33_333, 33_333], [100_000]]

    @pytest.mark.parametrize("discount", [PercentOff(percent=Decimal(10)), AmountOff(amount=Decimal(100))])
    def test_the_discount_comes_off_first(self, discount: PercentOff | AmountOff) -> None:
        """Parts without a total of their own share what is left of the price (M5)."""
        school = Office()

        order = school.sold("1000.00", discount=discount, payment_options=(THREE,))

        assert [payment["amount"] for payment in school.card(order)["payments"]] == ["300.00"] * 3

    def test_the_plan_difference_stays(self) -> None:
        """What the option adds to the prices stays as it is when a price changes; the offer's discount does not apply
        to a total of the option's own (M5).
        """
        school = Office()
        dear = Parts(id="dear", count=2, every=MONTHLY, total=Decimal(1200))
        order = school.sold("1000.00", discount=PercentOff(percent=Decimal(10)), payment_options=(dear,))
        assert school.card(order)["total"] == "1200.00"

        school.does(asked.EditLine(order=order, product="python", price=Decimal(2000)))

        assert (school.card(order)["discount"], school.card(order)["total"]) == ("0.00", "2200.00")

    @pytest.mark.parametrize(
        "option", [Full(id="x", total=Decimal(0)), Parts(id="x", count=3, every=MONTHLY, total=Decimal(0))]
    )
    def test_nothing_to_pay(self, option: PaymentOption) -> None:
        """An option that costs nothing makes no payments, and the order is activated (P5)."""
        school = Office()

        order = school.sold("1000.00", payment_options=(option,))

        assert school.order(order).payments == ()
        assert school.order(order).activated_at == school.now

    @pytest.mark.parametrize(
        "option",
        [
            Full(id="x", total=Decimal("0.001")),
            Parts(id="x", count=2, every=MONTHLY, total=Decimal("0.001")),
            Schedule(id="x", parts=(DatedPart(amount=Decimal(1)), DatedPart(amount=Decimal("0.001")))),
            Subscribe(id="x", amount=Decimal("0.001"), every=MONTHLY),
        ],
    )
    def test_finer_than_the_currency(self, option: PaymentOption) -> None:
        """It is refused when the offer is made, not when somebody wants to buy (M1)."""
        school = Office()
        school.teaches()
        items = (ItemAsked(product="python", price=Decimal(1000)),)
        command = CreateOffer(code="basic", title="Basic", items=items, payment_options=(Full(id="full"), option))

        assert school.refused(command) == "money.too_precise"

    @pytest.mark.parametrize(("total", "code"), [("1000", None), ("1000.00", None), ("999.99", "input.invalid")])
    def test_a_schedule_says_what_it_costs(self, total: str, code: str | None) -> None:
        """The total of a schedule may be named; it is the sum of the parts, whatever the price is."""
        school = Office()
        school.offers(price="1100.00")
        parts = tuple(DatedPart(amount=Decimal(amount)) for amount in ("400.00", "600.00"))
        command = EditOffer(offer="basic", payment_options=(Schedule(id="plan", parts=parts, total=Decimal(total)),))

        if code is not None:
            assert school.refused(command) == code
            return
        school.does(command)
        assert school.card(school.opens())["total"] == "1000.00"

    @pytest.mark.parametrize("trial", [None, Period(days=7)])
    def test_periods_for_nothing(self, trial: Period | None) -> None:
        """A period is owed like any payment, so it costs something (P1)."""
        school = Office()
        school.offers()
        option = Subscribe(id="sub", amount=Decimal(0), every=MONTHLY, trial=trial)

        assert school.refused(EditOffer(offer="basic", payment_options=(option,))) == "input.invalid"

    def test_a_date_already_past(self) -> None:
        """A part dated before the order was made can be paid the day of the sale; from midnight it closes access."""
        school = Office().at("2026-11-10 10:00")
        parts = (DatedPart(amount=Decimal(600)), DatedPart(amount=Decimal(400), on=date(2026, 11, 1)))
        order = school.sold("1000.00", payment_options=(Schedule(id="plan", parts=parts),))

        school.pays(order)
        assert school.reasons() == []
        school.at("2026-11-11 00:00")

        assert school.reasons() == ["payment_due"]
        school.pays(order, 2)
        assert school.reasons() == []

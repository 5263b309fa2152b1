"""T8: what is told is never later than its telling, and what is stored last is what holds."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period
from kwiga_orders.testing.school import local
from tests.laws.office import Office

WEEK = Period(days=7)


class TestT8:
    """Facts do not lie in the future of their telling: an instant that a report names (`paid_at`, `occurred_at`) and
    that is later than `now` counts as `now` if a gateway or the host tells it, and is refused if a person does (P6).
    Where a command takes a day, today is now, another day its 00:00. What is stored last, not what bears the latest
    instant, is what holds now.
    """

    @given(ahead=st.timedeltas(timedelta(), timedelta(days=400)))
    def test_a_clock_that_is_ahead(self, ahead: timedelta) -> None:
        """A success that a gateway dates ahead is of now: access opens at once, not when that clock is right."""
        school = Office()
        order = school.sold()

        school.hears(order, Outcome.SUCCEEDED, at=school.now + ahead)

        paid = school.payment(order).paid
        assert paid is not None
        assert paid.at == school.now
        assert school.access().open

    @given(ahead=st.timedeltas(timedelta(), timedelta(days=400)))
    def test_a_refund_that_is_ahead(self, ahead: timedelta) -> None:
        """A refund that is dated ahead closes now."""
        school = Office()
        order = school.sold()
        school.hears(order, Outcome.SUCCEEDED)

        school.hears_of_refund(order, "1000.00", at=school.now + ahead)

        assert school.payment(order).refunds[0].at == school.now
        assert school.reasons() == ["refunded"]

    @pytest.mark.parametrize("paid_at", [local("2026-11-01 10:01"), date(2026, 11, 2)])
    def test_a_person_is_refused(self, paid_at: date | datetime) -> None:
        """Nobody marks as paid what will be paid."""
        school = Office()
        order = school.sold()

        assert school.refused(asked.MarkPaid(order=order, payment=f"{order}.1", paid_at=paid_at)) == "payment.in_future"

    @pytest.mark.parametrize(
        ("paid_at", "at"),
        [
            (date(2026, 11, 5), local("2026-11-05 15:30")),
            (date(2026, 11, 4), local("2026-11-04 00:00")),
            (local("2026-11-04 18:00"), local("2026-11-04 18:00")),
        ],
    )
    def test_days_of_payments(self, paid_at: date | datetime, at: datetime) -> None:
        """Paid today is paid now; paid on another day is paid from its 00:00."""
        school = Office()
        order = school.sold()

        school.at("2026-11-05 15:30").does(asked.MarkPaid(order=order, payment=f"{order}.1", paid_at=paid_at))

        paid = school.payment(order).paid
        assert paid is not None
        assert paid.at == at

    @pytest.mark.parametrize(
        ("starts_at", "at"),
        [(date(2026, 11, 5), local("2026-11-05 15:30")), (date(2026, 11, 6), local("2026-11-06 00:00"))],
    )
    def test_days_of_freezes(self, starts_at: date, at: datetime) -> None:
        """Frozen from today is frozen from now, not from a midnight that has passed."""
        school = Office()
        order = school.sold()
        school.pays(order)

        school.at("2026-11-05 15:30").does(asked.FreezeAccess(order=order, period=WEEK, starts_at=starts_at))

        (freeze,) = school.order(order).line("python").freezes
        assert freeze.starts_at == at

    def test_clocks_of_two_hosts(self) -> None:
        """A price that is set on a host whose clock is behind holds all the same: it was stored last."""
        school = Office()
        order = school.sold()
        school.does(asked.EditLine(order=order, product="python", price=Decimal(800)))

        school.at("2026-11-01 09:00").does(asked.EditLine(order=order, product="python", price=Decimal(700)))

        assert school.card(order)["total"] == "700.00"
        school.pays(order)
        assert school.card(order)["payment_status"] == "paid"

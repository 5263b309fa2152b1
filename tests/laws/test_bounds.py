"""K5: an order has an end to how much it holds; beyond it the rule refuses, and nothing else does."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from kwiga_orders import bounds
from kwiga_orders.commands import Command
from kwiga_orders.course import Course
from kwiga_orders.errors import Refused
from kwiga_orders.orders.commands import AddPayment, AddTask, CreateOrder, ExtendAccess, LineAsked, SetAccessEnd
from kwiga_orders.periods import Period, later, shifted, zone_named
from kwiga_orders.ports import Courses
from kwiga_orders.service import Orders
from kwiga_orders.testing.school import School, local


class AnyCourse(Courses):
    """A host that has every product."""

    def find_course(self, _: str, product: str, /) -> Course:
        """Give a product without lessons."""
        return Course(product=product)


def code_of(do: Callable[[], object]) -> str | None:
    """Give the code with which something is refused; None if it is done."""
    try:
        do()
    except Refused as refused:
        return refused.code
    return None


class TestK5:
    """Every input is bounded: sums and instants, too, by the rule and not by a driver."""

    @pytest.mark.parametrize(
        ("most", "command"),
        [
            (bounds.TASKS, lambda order: AddTask(order=order, title="Call")),
            (bounds.PAYMENTS, lambda order: AddPayment(order=order, amount=Decimal(1))),
        ],
        ids=["tasks", "payments"],
    )
    def test_an_order_does_not_grow_for_ever(
        self, most: int, command: Callable[[str], Command], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """At its bound an order refuses one more, and takes all other commands."""
        assert most == 1000
        monkeypatch.setattr("kwiga_orders.orders.growth._MOST", {"lines": 3, "payments": 3, "tasks": 3})
        school = School()
        school.sells()
        order = school.opens()
        codes = [code_of(lambda: school.does(command(order))) for _ in range(4)]

        assert codes[-1] == "input.too_large"
        assert codes[:2] == [None, None]
        school.pays(order)

    def test_sums_have_an_end(self) -> None:
        """Prices that add up to more than can be kept are refused; an order below that is made."""
        school = School()
        orders = Orders(
            project=school.project.id,
            store=school.store,
            courses=AnyCourse(),
            progress=school.progress,
            clock=school.clock,
            ids=school.orders.ids,
        )

        def made(price: str, lines: int) -> str | None:
            asked = tuple(LineAsked(product=f"p{n}", price=Decimal(price)) for n in range(lines))
            return code_of(lambda: orders.execute(CreateOrder(contact="olena", lines=asked)))

        assert made("999999999999.99", 1) == "money.too_large"
        assert made("99999999999.99", 2) == "money.too_large"
        assert made("49999999999.99", 2) is None

    def test_access_does_not_leave_the_calendar(self) -> None:
        """However often it is extended: the last extension that would leave the calendar is refused, and only it."""
        school = School()
        school.sells()
        order = school.opens()
        school.pays(order)
        school.does(SetAccessEnd(order=order, at=local("8990-01-01 10:00")))
        ten_years = ExtendAccess(order=order, by=Period(months=120))
        codes = [code_of(lambda: school.does(ten_years)) for _ in range(110)]

        assert set(codes[:100]) == {None}
        assert codes[-1] == "time.out_of_range"
        assert school.access().open

    @pytest.mark.parametrize(
        "reckon",
        [
            lambda at, zone: later(at, Period(months=120), zone=zone, count=200),
            lambda at, zone: later(at, Period(days=3660), zone=zone, count=2000),
            lambda at, zone: shifted(at, at - local("1900-01-02 10:00"), zone=zone),
        ],
    )
    def test_calendars_end(self, reckon: Callable[[datetime, object], datetime]) -> None:
        """What no calendar has is refused where it is reckoned."""
        at = local("8999-01-01 10:00")
        assert code_of(lambda: reckon(at, zone_named("Europe/Kyiv"))) == "time.out_of_range"

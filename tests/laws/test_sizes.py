"""What one order has may be much: nothing about it takes longer than in proportion, and a page shows a page."""

import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from types import FrameType
from typing import Any

import pytest

from kwiga_orders.orders.commands import AddPayment, CreateOrder, EditOrder, LineAsked, NewPayment, SetAccessEnd
from kwiga_orders.queries import HistoryQuery, OrderQuery, ScheduleQuery
from kwiga_orders.testing.school import School, local
from kwiga_orders.views.cards import SHOWN_OF_HISTORY
from tests.laws.subscribed import running


def took(do: Callable[[], object]) -> float:
    """Give how long something took, of three times the shortest."""
    times = []
    for _ in range(3):
        began = time.process_time()
        do()
        times.append(time.process_time() - began)
    return min(times)


def edited(times: int) -> tuple[School, str]:
    """Give a school with an order that was edited so many times."""
    school = School()
    school.sells()
    order = school.opens()
    for number in range(times):
        school.orders.execute(EditOrder(order=order, comment=f"call {number}"))
    return school, order


class TestV4:
    """The staff card holds all of O2, and of the history what a page shows; all of it is asked for by pages."""

    def test_the_card_carries_the_newest(self) -> None:
        """The last rows of history, in order."""
        school, order = edited(70)

        shown = school.orders.ask(OrderQuery(order=order))["history"]

        whole = school.orders.ask(HistoryQuery(order=order))
        assert isinstance(whole, list)
        assert shown == whole[-SHOWN_OF_HISTORY:]

    @pytest.mark.parametrize("limit", [1, 7, 50, 500])
    def test_history_by_pages(self, limit: int) -> None:
        """Pages of any size add up to the whole."""
        school, order = edited(30)
        whole, found, after = school.orders.ask(HistoryQuery(order=order)), [], None

        while True:
            page = school.orders.ask(HistoryQuery(order=order, limit=limit, after=after))
            assert isinstance(page, dict)
            assert len(page["rows"]) <= limit
            found += page["rows"]
            if (after := page["next"]) is None:
                break

        assert found == whole

    def test_a_card_does_not_grow_with_its_history(self) -> None:
        """Eight times the history is no more to read for a card, or for a page."""
        few, many = edited(100), edited(800)

        for query in (lambda order: OrderQuery(order=order), lambda order: HistoryQuery(order=order, limit=50)):
            times = [took(lambda: school.orders.ask(query(order))) for school, order in (few, many)]  # noqa: B023
            assert times[1] < 4 * times[0] + 0.01


def instructions(do: Callable[[], object]) -> int:
    """Count what the library executes while it does something: the same on every machine, however busy."""
    count = 0

    def trace(frame: FrameType, what: str, _: object) -> Any:
        nonlocal count
        if "kwiga_orders" not in frame.f_code.co_filename:
            return None
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        count += what == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        do()
    finally:
        sys.settrace(before)
    return count


def of_lines(count: int) -> School:
    """Give a school with a paid order of so many lines: as many starts of access are due."""
    school = School()
    lines = tuple(LineAsked(product=f"p{number}", price=Decimal(1)) for number in range(count))
    for line in lines:
        school.teaches(product=line.product)
    order = school.orders.execute(CreateOrder(contact="olena", lines=lines)).order
    assert order is not None
    school.orders.execute(AddPayment(order=order, amount=Decimal(count), paid=True))
    return school


def of_payments(count: int) -> School:
    """Give a school with half as many payments by hand, each of them due and overdue."""
    school = School()
    school.sells()
    due_at = school.now + timedelta(days=1)
    payments = tuple(NewPayment(amount=Decimal(1), due_at=due_at) for _ in range(count // 2))
    school.does(
        CreateOrder(contact="olena", lines=(LineAsked(product="python", price=Decimal(count)),), payments=payments)
    )
    school.clock.set(school.now + timedelta(days=3))
    return school


class TestP14:
    """Due and overdue notices come from a query of what is due, run by the host's scheduler."""

    @pytest.mark.parametrize("school_with", [of_lines, of_payments])
    def test_an_order_of_many(self, school_with: Callable[[int], School]) -> None:
        """Four times as much is due, and it takes about four times as many steps."""
        took = []
        for count in (40, 160):
            school = school_with(count)
            done: list[int] = []
            took.append(instructions(lambda: done.append(school.orders.run_due(limit=1000))))  # noqa: B023
            assert done == [count]

        assert took[1] < 5 * took[0]


class TestL12:
    """The schedule is that of the product, over all periods that a subscription still has."""

    @pytest.mark.parametrize("set_at", [None, local("2026-11-20 12:00"), local("2028-01-20 12:00")])
    def test_a_subscription_of_many_periods(self, set_at: datetime | None) -> None:
        """P13, A10: four times the periods take about four times as many steps, also where an end was set."""
        took = []
        for periods in (40, 160):
            school, order = running(periods=periods)
            if set_at is not None:
                school.does(SetAccessEnd(order=order, at=set_at))
            query = ScheduleQuery(contact="olena", product="python")
            took.append(instructions(lambda: school.orders.ask(query)))  # noqa: B023

        assert took[1] < 6 * took[0]

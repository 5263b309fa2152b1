"""V8: what money came and went, by day, month, and what it was for."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.errors import InvalidInput
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.takings import takings_of
from kwiga_orders.payments import Outcome
from kwiga_orders.queries import TakingsQuery
from kwiga_orders.views.list_shapes import TakingsView
from tests.importing import stored
from tests.laws.office import Office
from tests.schools import schools

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
BY = get_args(TakingsQuery.__annotations__["by"])


def taken(office: Office, by: str = "day", start: date = YEAR[0], until: date = YEAR[1]) -> list[TakingsView]:
    """Ask for takings."""
    return office.orders.ask(TakingsQuery(starts_at=start, until=until, by=by))  # type: ignore[arg-type]


def sums(rows: list[TakingsView]) -> tuple[Decimal, Decimal]:
    """Give what came and what went, all together."""
    return sum((Decimal(row["paid"]) for row in rows), Decimal(0)), sum(
        (Decimal(row["refunded"]) for row in rows), Decimal(0)
    )


def short(rows: list[TakingsView]) -> list[tuple[str | None, str, str, int]]:
    """Give key, paid, refunded and count of each row."""
    return [(row["key"], row["paid"], row["refunded"], row["count"]) for row in rows]


class TestV8:
    """What money came and went by day (`takings`)."""

    @given(schools(), st.sampled_from(BY))
    def test_by_whatever_it_is_the_same_money(self, office: Office, by: str) -> None:
        """All rows together are what all orders were paid, and what was given back; net is one less the other."""
        rows = taken(office, by)

        orders = stored(office)
        paid = sum((Decimal(order.sums.paid.amount) for order in orders), Decimal(0))
        refunded = sum((Decimal(order.sums.refunded.amount) for order in orders), Decimal(0))
        assert sums(rows) == (paid, refunded)
        assert all(Decimal(row["net"]) == Decimal(row["paid"]) - Decimal(row["refunded"]) for row in rows)

    @given(schools(), st.integers(0, 10))
    def test_days_add_up(self, office: Office, cut: int) -> None:
        """What came until a day and what came after it is what came; a month is its days."""
        day = date(2026, 11, 1) + timedelta(days=cut)
        parts = taken(office, until=day) + taken(office, start=day + timedelta(days=1))

        assert short(parts) == short(taken(office))
        months: dict[str, Decimal] = defaultdict(Decimal)
        for row in parts:
            months[str(row["key"])[:7]] += Decimal(row["paid"])
        assert {row["key"]: Decimal(row["paid"]) for row in taken(office, "month")} == months

    @given(schools())
    def test_shares_add_up(self, office: Office) -> None:
        """What falls to the products of an order is, to the cent, what came and went."""
        for order in stored(office):
            facts: dict[str, int] = defaultdict(int)
            for one in takings_of(order):
                facts[one.fact] += one.paid
            expected = {
                f"{one.id}:{n}": came.amount.minor for one in order.payments for n, came in enumerate(one.money)
            }
            assert {fact: facts[fact] for fact in expected} == expected

    def test_each_on_its_own_day(self) -> None:
        """A refund counts when it is given back, in the zone of the project; what is unpaid counts nowhere."""
        office = Office()
        office.at("2026-11-01 23:30")
        order = office.sold()
        office.hears(order, Outcome.SUCCEEDED)
        office.at("2026-11-03 00:30")
        office.hears_of_refund(order, "300.00")
        office.owes(order, "50.00")

        assert short(taken(office)) == [("2026-11-01", "1000.00", "0.00", 1), ("2026-11-03", "0.00", "300.00", 0)]
        assert short(taken(office, "month")) == [("2026-11", "1000.00", "300.00", 1)]
        assert short(taken(office, until=date(2026, 10, 31))) == []

    def test_a_refund_that_was_told_first(self) -> None:
        """P9: it counts from the success of its payment on."""
        office = Office()
        office.at("2026-11-01 10:00")
        order = office.sold()
        office.at("2026-11-05 10:00")
        office.hears_of_refund(order, "300.00", at=datetime(2026, 11, 2, tzinfo=UTC))
        office.hears(order, Outcome.SUCCEEDED, at=datetime(2026, 11, 4, 10, tzinfo=UTC))

        assert short(taken(office)) == [("2026-11-04", "1000.00", "300.00", 1)]

    def test_a_chargeback_that_is_won(self) -> None:
        """It went when it was taken, and comes back when it does; nothing comes twice."""
        office = Office()
        office.at("2026-11-01 10:00")
        order = office.sold()
        office.hears(order, Outcome.SUCCEEDED)
        office.at("2026-11-03 10:00")
        office.hears_of_refund(order, "1000.00", chargeback=True)
        office.at("2026-11-06 10:00")
        office.hears_of_refund(order, "1000.00", chargeback=True, outcome=Outcome.FAILED)

        assert short(taken(office)) == [
            ("2026-11-01", "1000.00", "0.00", 1),
            ("2026-11-03", "0.00", "1000.00", 0),
            ("2026-11-06", "0.00", "-1000.00", 0),
        ]

    def test_by_what_it_was_for(self) -> None:
        """By product it is shared as they cost, and a refund is for the one it names; names stand beside the keys."""
        office = Office()
        office.at("2026-11-01 10:00")
        order = office.sold("500.00", products=("python", "sql"))
        office.does(asked.MarkPaid(order=order, payment=f"{order}.1"))
        office.does(asked.EditLine(order=order, product="sql", price=Decimal(0)))
        office.refunds(order, "200.00", product="sql")
        office.does(asked.EditOrder(order=order, manager="maria"))
        other = office.makes()
        office.owes(other, "70.00", kind="surcharge", paid=True)

        assert short(taken(office, "product")) == [("python", "1070.00", "0.00", 2), ("sql", "0.00", "200.00", 1)]
        assert short(taken(office, "offer")) == [("basic", "1000.00", "200.00", 1), (None, "70.00", "0.00", 1)]
        assert short(taken(office, "manager")) == [("maria", "1000.00", "200.00", 1), (None, "70.00", "0.00", 1)]
        assert short(taken(office, "kind")) == [
            ("regular", "1000.00", "200.00", 1),
            ("surcharge", "70.00", "0.00", 1),
        ]
        assert [row["name"] for row in taken(office, "offer")] == ["Basic", None]

    def test_too_many_days(self) -> None:
        """An answer has room for ten years of days."""
        with pytest.raises(InvalidInput) as problem:
            taken(Office(), until=date(2100, 1, 1))

        assert [(fault.path, fault.code) for fault in problem.value.faults] == [("until", "input.too_large")]

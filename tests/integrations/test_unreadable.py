"""N1, P4, P14: an order that cannot be read holds up nobody else; whoever is responsible hears of it."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.errors import Corrupt
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome
from tests.integrations.desk import Desk
from tests.laws.office import refund


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with two orders in a file, each with a payment that is paid at the gateway."""
    with SqlOrderStore.from_url(f"sqlite:///{tmp_path}/school.db") as store:
        desk = Desk(store=store)
        desk.owes(desk.makes(), "1000.00", gateway="fake")
        for order in both(desk):
            desk.gateway.pays(desk.orders.payment_link(order=order, payment=f"{order}.1").url)
        yield desk


def both(desk: Desk) -> tuple[str, str]:
    """Give the ids of the orders by number."""
    with desk.store.transaction("school", writes=False) as look:
        first, second = (order.id for order in look.orders_of("olena"))
    return first, second


def damage(path: Path, order: str) -> None:
    """Lay a hand on the document of an order."""
    with sqlite3.connect(path / "school.db") as connection:
        connection.execute("UPDATE kwiga_orders SET document = '{' WHERE id = ?", (order,))
    connection.close()


def complained(work: Callable[[], int], order: str) -> None:
    """See that the work tells of the order, when the others had their turn."""
    with pytest.raises(Corrupt) as problem:
        work()
    assert problem.value.details["id"] == order


class TestUnreadable:
    """The first of two orders is damaged; what is to be done for the second is done."""

    def test_what_waits(self, desk: Desk, tmp_path: Path) -> None:
        """Its refund waits on; the other one is carried out, and letters are handed on."""
        desk.gateway.delivers(desk.receives)
        first, second = both(desk)
        for order in (first, second):
            desk.orders.execute(refund(order, "300.00"))
        damage(tmp_path, first)

        complained(desk.relays, first)

        assert desk.went_back() == ["300.00 UAH"]
        assert [one.outcome for one in desk.payment(second).refunds] == [Outcome.SUCCEEDED]
        assert desk.notifier.letters.count("payment_succeeded") == 2
        waiting = desk.store.pending("school", limit=9, gateway="fake")
        assert [row.order for row in waiting] == [first]

    def test_what_is_not_known(self, desk: Desk, tmp_path: Path) -> None:
        """What became of the other's attempt is asked and reported."""
        first, second = both(desk)
        for order in (first, second):
            desk.hears(order, Outcome.UNKNOWN, gateway="fake")
        damage(tmp_path, first)

        complained(desk.orders.resolve_unknown, first)

        assert desk.payment(second).paid is not None

    def test_what_falls_due(self, desk: Desk, tmp_path: Path) -> None:
        """The other's payment is told of as due."""
        first, second = both(desk)
        for order in (first, second):
            desk.does(asked.AddPayment(order=order, amount=Decimal(1), due_at=desk.now + timedelta(1)))
        damage(tmp_path, first)
        desk.at("2026-11-03 10:00")

        complained(desk.orders.run_due, first)

        assert "due.noted" in desk.events(second)

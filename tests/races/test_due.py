"""What falls due is told of once, from however many threads and processes, some of them killed."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.orders.commands import AddPayment
from kwiga_orders.orders.events import DueNoted
from kwiga_orders.testing.school import School, local
from tests.races.test_races import told, url
from tests.races.worker import ORDERS, opened, orders_on

__all__ = ["url"]  # the fixture

_KEYS = 2 * len(ORDERS)


@pytest.fixture
def debts(url: str) -> str:
    """A database in which every order has a payment that fell due yesterday."""
    with SqlOrderStore.from_url(url) as store:
        school = School(store=store).at("2026-10-01 10:00")
        for order in ORDERS:
            school.does(AddPayment(order=order, amount=Decimal(1), due_at=local("2026-10-31 10:00")))
    return url


def once_each(store: SqlOrderStore) -> bool:
    """Tell whether each key is in the history once, and each letter in the outbox once."""
    with store.transaction("school", writes=False) as records:
        keys = [
            row.event.key for order in ORDERS for row in records.history_of(order) if isinstance(row.event, DueNoted)
        ]
        left = records.due_orders(local("2026-11-01 10:00"), limit=100)
    letters = [row.key for row in store.pending("school", limit=1000) if row.name == "payment_reminder"]
    counts = (len(keys), len(set(keys)), len(letters), len(set(letters)), len(left))
    return counts == (_KEYS, _KEYS, len(ORDERS), len(ORDERS), 0)


class TestP14Together:
    """P14: `run_due` turns each thing into events and letters once per key, from however many processes it is run."""

    def test_threads(self, debts: str) -> None:
        """Eight threads share the work; what each says it did adds up."""
        with opened(debts) as store, ThreadPoolExecutor(8) as threads:

            def run(n: int) -> int:
                orders, total = orders_on(store, f"t{n}"), 0
                while count := orders.run_due(limit=5):
                    total += count
                return total

            assert sum(threads.map(run, range(8))) == _KEYS
            assert once_each(store)

    def test_processes(self, debts: str) -> None:
        """Two times eight processes share the work."""
        said = told(("due", debts, "a", 0), ("due", debts, "b", 0))

        assert counted(said) == _KEYS
        with opened(debts) as store:
            assert once_each(store)

    def test_killed_processes(self, debts: str) -> None:
        """Killed at random moments, they leave each thing told of or not; the others tell of the rest."""
        said = told(("due", debts, "a", 6), ("due", debts, "b", 6))

        # one that was killed between writing and saying so said nothing
        assert counted(said) <= _KEYS
        with opened(debts) as store:
            assert once_each(store)


def counted(said: Sequence[Sequence[Sequence[str]]]) -> int:
    """Add up what all processes say they told of."""
    return sum(int(count) for lines in said for (count,) in lines)

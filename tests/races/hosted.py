"""The host of a worker in a process of its own: it says which row it was handed, and goes on when it is told."""

import os
import sys
from datetime import timedelta
from decimal import Decimal

import attrs

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.changes import OutboxRow
from kwiga_orders.orders.commands import AddPayment, EditOrder
from kwiga_orders.ports import OrderStore
from kwiga_orders.testing.school import FrozenClock
from kwiga_orders.worker import Hosted
from tests.races.test_races import founded
from tests.races.worker import ORDERS, orders_on


class Waiting:
    """Writes a line for each row it is handed, and waits for one."""

    def notify(self, _: str, row: OutboxRow, /) -> None:
        """Write and wait; when nobody is there to tell it, it goes on."""
        os.write(1, f"{row.id}\n".encode())
        sys.stdin.readline()


def letters_wait(url: str, *, ago: timedelta = timedelta(0)) -> list[str]:
    """Have letters and events of many orders wait in a database, written so long ago; give their ids, in order."""
    with SqlOrderStore.from_url(url) as store:
        founded(store)
        clock = FrozenClock(FrozenClock().now() - ago)
        orders = attrs.evolve(orders_on(store, "early-"), clock=clock)
        for order in ORDERS:
            orders.execute(AddPayment(order=order, amount=Decimal(5), paid=True))
        for order in ORDERS:
            orders.execute(EditOrder(order=order, comment="x"))
        # what falls due would add to it meanwhile
        while orders_on(store, "due-").run_due():
            pass
        return [row.id for row in store.pending("school", limit=10_000)]


def hosted(store: OrderStore) -> Hosted:
    """Give the school of the tests."""
    return Hosted(orders=orders_on(store, "w"), notifier=Waiting())

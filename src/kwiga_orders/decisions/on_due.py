"""Decisions about what falls due (P13, P14, N2); the rules are in `due`."""

from collections.abc import Sequence
from datetime import datetime

from kwiga_orders import due
from kwiga_orders.asking import Asking, due_orders, get_order, get_project
from kwiga_orders.changes import Changes, Receipt
from kwiga_orders.decisions.decision import Decision, decision_of, next_due_of
from kwiga_orders.decisions.loading import offers_for, with_facts
from kwiga_orders.errors import Corrupt
from kwiga_orders.orders.context import Context, ViewContext
from kwiga_orders.orders.decide import apply

__all__ = ["due_until", "orders_due", "run_due"]


def run_due(command: due.RunDue, given: Context) -> Asking[Decision]:
    """Note everything that has fallen due for an order; if nothing has, note when something will."""
    order = yield from get_order(command.order)
    given = yield from with_facts(given, orders=(order,))
    change = apply(order, due.run_due(order, given), id=order.id, command=command.name, given=given)
    if change is not None:
        return (yield from decision_of([change], given))
    # Nothing was due after all; without a new instant the order would be claimed again and again.
    looked_at = Changes(based_on={order.id: order.version}, next_due={order.id: next_due_of(order, given)})
    return Decision(changes=looked_at, receipt=Receipt(order=order.id, version=order.version))


def orders_due(until: datetime, *, limit: int) -> Asking[Sequence[str]]:
    """Give the ids of orders for which something falls due by an instant, the longest due first."""
    return (yield from due_orders(until, limit=limit))


def due_until(until: datetime, *, now: datetime, limit: int) -> Asking[due.DueList]:
    """List what falls due by an instant and is not noted yet, the longest due first; go on past unreadable orders."""
    project = yield from get_project()
    most, looked, items = limit, 0, list[due.DueItem]()
    unreadable: list[str] = []
    while True:
        ids = yield from due_orders(until, limit=most)
        for id in ids[looked:]:
            try:
                # One order that cannot be read must not hide what is due for the others.
                order = yield from get_order(id)
                offers = yield from offers_for((order,))
            except Corrupt:
                unreadable.append(id)
                continue
            items += due.due_items(order, ViewContext(now=now, project=project, offers=offers), until=until)
        if len(items) >= limit or len(ids) < most:
            # The longest due first, across orders: each order's own items were sorted already.
            found = due.DueList(sorted(items, key=lambda item: item.at)[:limit])
            found.unreadable = tuple(unreadable)
            return found
        # some are to be looked at without anything being due for them: so look further
        most, looked = 2 * most, len(ids)

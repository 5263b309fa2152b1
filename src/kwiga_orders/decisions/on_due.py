"""Decisions about due work (P13, P14, N2); the rules are in `due`."""

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
    """Note all due items of an order; if there are none, store when the next one falls due."""
    order = yield from get_order(command.order)
    given = yield from with_facts(given, orders=(order,))
    change = apply(order, due.run_due(order, given), id=order.id, command=command.name, given=given)
    if change is not None:
        return (yield from decision_of([change], given))
    # Without a new instant the order would be checked again and again.
    looked_at = Changes(based_on={order.id: order.version}, next_due={order.id: next_due_of(order, given)})
    return Decision(changes=looked_at, receipt=Receipt(order=order.id, version=order.version))


def orders_due(until: datetime, *, limit: int) -> Asking[Sequence[str]]:
    """Give the ids of orders with due items up to an instant, the longest due first."""
    return (yield from due_orders(until, limit=limit))


def due_until(until: datetime, *, now: datetime, limit: int) -> Asking[due.DueList]:
    """List the due items up to an instant that are not noted, the longest due first; name unreadable orders."""
    project = yield from get_project()
    most, looked, items = limit, 0, list[due.DueItem]()
    unreadable: list[str] = []
    while True:
        ids = yield from due_orders(until, limit=most)
        for id in ids[looked:]:
            try:
                # An unreadable order must not hide the due items of the others.
                order = yield from get_order(id)
                offers = yield from offers_for((order,))
            except Corrupt:
                unreadable.append(id)
                continue
            items += due.due_items(order, ViewContext(now=now, project=project, offers=offers), until=until)
        if len(items) >= limit or len(ids) < most:
            # Sorted again across orders.
            found = due.DueList(sorted(items, key=lambda item: item.at)[:limit])
            found.unreadable = tuple(unreadable)
            return found
        # some orders have to be checked but have no due items, so read more of them
        most, looked = 2 * most, len(ids)

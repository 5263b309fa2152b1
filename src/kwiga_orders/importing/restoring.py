"""Restoring an order from its complete history: it becomes the same order again, with the same id (V7, O10).

Laws:

1. The order is computed from its history, as everywhere. No command is decided again, so no payment is asked for and
   no letter or event is sent that was not sent before.
2. The project must have what the order names: contact, funnel, status, offer, and the offer version a line follows.
3. The order keeps its number. If another order of the project has that number, it gets the next free one (O5).
"""

from datetime import datetime

import attrs

from kwiga_orders.asking import Asking, find_order, get_contact, get_funnel, get_offer, next_number, search_orders
from kwiga_orders.changes import Changes, Receipt
from kwiga_orders.decisions import Decision, offers_for
from kwiga_orders.due import Windows, next_due
from kwiga_orders.errors import Conflict, NotFound, Refused
from kwiga_orders.importing.imported import ImportedPerson
from kwiga_orders.listing import OrderSearch
from kwiga_orders.orders.context import ViewContext
from kwiga_orders.orders.events import OrderCreated, Recorded
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.orders.state import Follows, Order
from kwiga_orders.project import Project
from kwiga_orders.values import changed

__all__ = ["RestoredOrder", "restored"]


@attrs.frozen(kw_only=True)
class RestoredOrder:
    """An order with its complete history; `key` is its id."""

    key: str
    contact: str
    person: ImportedPerson | None = None
    history: tuple[Recorded, ...]


def restored(told: RestoredOrder, *, project: Project, now: datetime) -> Asking[Decision]:
    """Give the changes that write an order as its history describes it.

    Raises:
        Refused: `input.invalid` if the history is incomplete or not in the past. `NotFound` for anything it names that
        the project does not have.
        Conflict: `idempotency.conflict` if the project already has an order with that id.
    """
    if (yield from find_order(told.key)) is not None:
        raise Conflict("idempotency.conflict", key=told.key)
    versions = [row.version for row in told.history]
    born = [row for row in told.history if isinstance(row.event, OrderCreated)]
    # Versions count from 1 without a gap: a missing row would change the order.
    is_whole = versions == sorted(versions) and set(versions) == set(range(1, len(set(versions)) + 1))
    if not is_whole or born != list(told.history[:1]) or not born:
        raise _odd(told.key)
    for row in told.history:
        # Rows of another order or from the future are a mistake or a forgery.
        if row.order != told.key or row.at > now:
            raise _odd(told.key)
    # decision 0043: a history restores the order as it was, with its ids and instants
    history = yield from _numbered(told)
    order = _replayed(told.key, history)
    yield from _refuse_unknown(order)
    offers = yield from offers_for((order,))
    windows = Windows(order, ViewContext(now=now, project=project, offers=offers))
    changes = Changes(orders=(order,), based_on={order.id: 0}, history=history, next_due={order.id: next_due(windows)})
    return Decision(changes=changes, receipt=Receipt(order=order.id, version=order.version))


def _odd(order: str) -> Refused:
    return Refused("input.invalid", field="history", order=order)


def _replayed(id: str, history: tuple[Recorded, ...]) -> Order:
    try:
        order = replayed(history)
        # computed fields are read here once, because they may fail on the values of a faulty history
        _ = order.sums, order.activated_at, order.needs_attention
    except (AssertionError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as problem:
        raise _odd(id) from problem
    return order


def _numbered(told: RestoredOrder) -> Asking[tuple[Recorded, ...]]:
    """Give the history with a free order number, for the contact that the order now has."""
    first, *rest = told.history
    assert isinstance(first.event, OrderCreated), "a history begins with its order"
    born = first.event.order
    number = born.number
    following = yield from next_number("order")
    # A number that was never given out cannot belong to another order.
    if number < following:
        same = yield from search_orders(OrderSearch(number=(number,), limit=1))
        number = following if same.orders else number
    made = changed(first, event=OrderCreated(order=changed(born, number=number, contact=told.contact)))
    return made, *rest


def _refuse_unknown(order: Order) -> Asking[None]:
    """Refuse an order that names something the project does not have.

    Raises:
        NotFound: for the first missing thing.
    """
    yield from get_contact(order.contact)
    # The funnel must still have the status of the order.
    funnel = yield from get_funnel(order.funnel)
    funnel.status(order.status)
    if order.origin is None:
        return
    offer = yield from get_offer(order.origin.offer)
    for line in order.lines:
        # A line that follows a version that the project does not have would have no terms.
        if isinstance(line.source, Follows) and line.source.since > offer.current.number:
            raise NotFound("offer", f"{offer.code} {line.source.since}")

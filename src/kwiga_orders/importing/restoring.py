"""An order that comes with its whole history: what is imported is the same order, under its own id (V7, O10).

Laws:

1. The order is the fold of its history, as everywhere; nothing of it is decided again, so nothing is asked for or told
   that was not before.
2. What it names must be in the project: contact, funnel and status, and the offer with the version that a line follows.
3. Its number is kept, unless another order of the project has it; then it takes the next one (O5).
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
    """An order with all that happened to it; `key` is its id."""

    key: str
    contact: str
    person: ImportedPerson | None = None
    history: tuple[Recorded, ...]


def restored(told: RestoredOrder, *, project: Project, now: datetime) -> Asking[Decision]:
    """Give the change that writes an order as its history has it.

    Raises:
        Refused: `input.invalid` if its history is not one, or not of the past; `not_found` for what it names.
        Conflict: `idempotency.conflict` if the project has an order of that id.
    """
    if (yield from find_order(told.key)) is not None:
        raise Conflict("idempotency.conflict", key=told.key)
    versions = [row.version for row in told.history]
    born = [row for row in told.history if isinstance(row.event, OrderCreated)]
    # Versions count from 1 without a gap: a row that is missing would make another order.
    is_whole = versions == sorted(versions) and set(versions) == set(range(1, len(set(versions)) + 1))
    if not is_whole or born != list(told.history[:1]) or not born:
        raise _odd(told.key)
    for row in told.history:
        # A history of another order, or one from the future, may be a mistake or a forgery.
        if row.order != told.key or row.at > now:
            raise _odd(told.key)
    # decision 0043: with its history an order comes back as it was, ids and instants included
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
        # whatever is computed of it is computed now: a file may say anything
        order.sums, order.activated_at, order.needs_attention  # noqa: B018
    except (AssertionError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as problem:
        raise _odd(id) from problem
    return order


def _numbered(told: RestoredOrder) -> Asking[tuple[Recorded, ...]]:
    """Give the history of the order under a number that is free, for the contact that it now has."""
    first, *rest = told.history
    assert isinstance(first.event, OrderCreated), "a history begins with its order"
    born = first.event.order
    number = born.number
    following = yield from next_number("order")
    # Only a number that was given out may belong to another order.
    if number < following:
        same = yield from search_orders(OrderSearch(number=(number,), limit=1))
        number = following if same.orders else number
    made = changed(first, event=OrderCreated(order=changed(born, number=number, contact=told.contact)))
    return made, *rest


def _refuse_unknown(order: Order) -> Asking[None]:
    """Refuse an order that names what the project does not have.

    Raises:
        NotFound: for the first such thing.
    """
    yield from get_contact(order.contact)
    # The funnel must still have the status, or the order would stand nowhere.
    funnel = yield from get_funnel(order.funnel)
    funnel.status(order.status)
    if order.origin is None:
        return
    offer = yield from get_offer(order.origin.offer)
    for line in order.lines:
        # A line that follows a version which the project does not have would have no terms.
        if isinstance(line.source, Follows) and line.source.since > offer.current.number:
            raise NotFound("offer", f"{offer.code} {line.source.since}")

"""Write a change, which was not refused, into the state of a project in memory (K4)."""

from collections.abc import Callable
from itertools import groupby

from kwiga_orders.adapters.memory.state import AT_ONCE, ProjectState
from kwiga_orders.changes import Changes
from kwiga_orders.orders.rows import references_of
from kwiga_orders.orders.state import Order, unpaid_for, waiting_for
from kwiga_orders.unsettled import unsettled_at

__all__ = ["written"]


def written(state: ProjectState, changes: Changes) -> None:
    """Write all of `changes`, which were not refused, into `state`."""
    state.revision += 1
    for contact in changes.contacts:
        state.save(contact)
    for order in changes.orders:
        _write_order(state, order)
    # V9: a rewritten history replaces the stored one, row by row.
    for order, rows in groupby(changes.rewritten, key=lambda row: row.order):
        state.history[order] = tuple(rows)
    for recorded in changes.history:
        before = state.history.get(recorded.order, ())
        state.history[recorded.order] = (*before, recorded)
        # The log holds positions, not rows, so that it keeps nothing of an erased history.
        state.log.append((recorded.order, len(before)))
    for offer in changes.offers:
        state.offers[offer.code] = offer
        state.offer_versions[offer.code] = (*state.offer_versions.get(offer.code, ()), offer.current)
    for change in changes.catalogue:
        subject = (change.kind, change.id)
        state.catalogue[subject] = (*state.catalogue.get(subject, ()), change)
    state.funnels.update({funnel.id: funnel for funnel in changes.funnels})
    for funnel in changes.removed_funnels:
        state.funnels.pop(funnel, None)
    _write_due(state, changes)
    for row in changes.outbox:
        # After the new rows were added, because rows of the erasing command itself must be cleaned, too.
        state.outbox.add(row)
    if erased := {contact.id for contact in changes.contacts if contact.erased}:
        state.outbox.erase(erased)
    state.outbox.retry(changes.retried)
    state.outbox.drop(changes.dropped)
    state.repeated.update({repeated.key: repeated for repeated in changes.repeated})


def _write_order(state: ProjectState, order: Order) -> None:
    before = state.orders.get(order.id)
    if before is not None and before.contact != order.contact:
        # V9: the order leaves the list of its old contact before it enters the new one.
        _move(state, before, order.contact)
    if before is None:
        ids = state.ids_of_contact.get(order.contact, ())
        state.ids_of_contact[order.contact] = (*ids, order.id)
        # A new order is checked at once, because only the due work can compute when something falls due.
        state.next_due[order.id] = AT_ONCE
    _note_twin(state, order, state.waiting, waiting_for)
    _note_twin(state, order, state.unpaid, unpaid_for)
    _note_references(state, order)
    state.orders[order.id] = order
    state.ids_by_number[order.number] = order.id
    state.last_order = max(state.last_order, order.number)
    certificates = (one.number for one in order.certificates)
    # The last number never goes down: no number is given twice (O5, C3).
    state.last_certificate = max(state.last_certificate, *certificates, 0)
    state.unsettled.pop(order.id, None)
    if gateways := unsettled_at(order):
        state.unsettled[order.id] = gateways


def _note_twin(
    state: ProjectState,
    order: Order,
    twins: dict[tuple[str, str], tuple[str, ...]],
    offer_of: Callable[[Order], str | None],
) -> None:
    before = state.orders.get(order.id)
    was, now = (None if one is None else (one.contact, offer_of(one)) for one in (before, order))
    # Most commands change nothing here.
    if was == now:
        return
    for of, waits in ((was, False), (now, True)):
        if of is not None and of[1] is not None:
            others = (id for id in twins.get((of[0], of[1]), ()) if id != order.id)
            twins[of[0], of[1]] = (*others, *([order.id] if waits else []))


def _move(state: ProjectState, order: Order, contact: str) -> None:
    """Move an order to another contact (V9)."""
    ids = state.ids_of_contact
    ids[order.contact] = tuple(id for id in ids[order.contact] if id != order.id)
    ids[contact] = (*ids.get(contact, ()), order.id)


def _note_references(state: ProjectState, order: Order) -> None:
    before = state.orders.get(order.id)
    was, now = (frozenset() if one is None else references_of(one) for one in (before, order))
    # Only references that were added or removed; the others stay.
    for reference in was ^ now:
        # a reference belongs to one order, unless a person accepted that two orders share it
        state.paid_under[reference] = state.paid_under.get(reference, frozenset()) ^ {order.id}


def _write_due(state: ProjectState, changes: Changes) -> None:
    for id, at in changes.next_due.items():
        # None: nothing will fall due any more, so the order leaves the queue.
        state.next_due.pop(id, None)
        if at is not None:
            state.next_due[id] = at
    for order in state.orders.values() if changes.due_anew else ():
        if order.origin is not None and order.origin.offer in changes.due_anew:
            state.next_due[order.id] = AT_ONCE

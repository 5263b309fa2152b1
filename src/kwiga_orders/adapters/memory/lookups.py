"""The lookups of `listing` and `lookups` in the store in memory, which has no indexes and mostly scans all orders."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from kwiga_orders.adapters.filtering import worth_of
from kwiga_orders.adapters.memory.offers import OFFER_ANSWERS
from kwiga_orders.adapters.memory.state import ProjectState
from kwiga_orders.adapters.searching import ContactText, microseconds, sought
from kwiga_orders.adapters.taken import summed
from kwiga_orders.cursors import cursor_text, read_cursor
from kwiga_orders.folding import folded
from kwiga_orders.listing import (
    Change,
    ChangePage,
    ChangeSearch,
    ContactPage,
    ContactsById,
    ContactSearch,
    ContactSums,
    Histories,
    HistoryPage,
    HistorySearch,
    LabelCount,
    LabelCounts,
    Lookup,
    ParkedPage,
    ParkedSearch,
    SumsOfContacts,
    Taken,
    TakenThrough,
    TakingsSearch,
    TaskPage,
    TaskRow,
    TaskSearch,
)
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.takings import takings_of
from kwiga_orders.periods import Window
from kwiga_orders.project import Contact

__all__ = ["look_up"]

T = TypeVar("T")


def look_up(state: ProjectState, lookup: Lookup[T]) -> T:
    """Answer a lookup from the state of a project."""
    return cast(T, _ANSWERS[type(lookup)](state, lookup))


def _contacts_by_id(state: ProjectState, lookup: ContactsById) -> Mapping[str, Contact]:
    return {id: state.contacts[id] for id in lookup.ids if id in state.contacts}


def _contacts(state: ProjectState, search: ContactSearch) -> ContactPage:
    after = None if search.after is None else tuple(read_cursor(search.after, "contacts", types=(str, str)))
    text = sought(search.text)
    found = [
        (folded(contact.name), contact.id, contact)
        for contact in state.contacts.values()
        # V9: a contact that was merged away or erased is in no list.
        if contact.merged_into is None and not contact.erased
        if text is None or text.is_in(state.texts.get(contact.id, ContactText()))
    ]
    rest = sorted(one for one in found if after is None or one[:2] > after)
    shown = rest[: search.limit]
    next = cursor_text("contacts", *shown[-1][:2]) if len(rest) > search.limit else None
    # Lists are sorted by the folded name, so the cursor holds the folded name.
    return ContactPage(contacts=tuple(contact for _, _, contact in shown), next=next)


def _sums_of_contacts(state: ProjectState, lookup: SumsOfContacts) -> Mapping[str, ContactSums]:
    ordered = {id: [state.orders[one] for one in state.ids_of_contact.get(id, ())] for id in lookup.ids}
    return {id: _summed(orders) for id, orders in ordered.items() if orders}


def _summed(orders: Sequence[Order]) -> ContactSums:
    paid, owed = Counter[str](), Counter[str]()
    for order in orders:
        worth = worth_of(order)
        paid[order.currency] += worth.paid.minor
        owed[order.currency] += worth.owed.minor
    # An order that was never activated does not count as bought.
    bought = {line.product for order in orders if order.activated_at is not None for line in order.lines}
    return ContactSums(orders=len(orders), bought=tuple(sorted(bought)), paid=paid, owed=owed)


def _label_counts(state: ProjectState, lookup: LabelCounts) -> Sequence[LabelCount]:
    counts = Counter(label for order in state.orders.values() for label in _labels(order, lookup.kind))
    return [LabelCount(value=value, count=count) for value, count in sorted(counts.items())]


def _labels(order: Order, kind: str) -> Iterable[str]:
    if kind == "tag":
        return set(order.tags)
    return () if order.origin is None else (order.origin.offer,)


def _tasks(state: ProjectState, search: TaskSearch) -> TaskPage:
    types = ((int, type(None)), int, str)
    after = None if search.after is None else _rank(*read_cursor(search.after, "tasks", types=types))
    found = [
        TaskRow(order=order.id, number=order.number, contact=order.contact, task=task)
        for order in state.orders.values()
        for task in order.tasks
    ]
    ranked = sorted(((_rank(*_place(row)), row) for row in found if _is_sought(row, search)), key=lambda one: one[0])
    rest = [row for rank, row in ranked if after is None or rank > after]
    shown = rest if search.limit is None else rest[: search.limit]
    next = cursor_text("tasks", *_place(shown[-1])) if shown and len(rest) > len(shown) else None
    return TaskPage(rows=tuple(shown), next=next)


def _place(row: TaskRow) -> tuple[int | None, int, str]:
    due_at = row.task.due_at
    return None if due_at is None else microseconds(due_at), row.number, row.task.id


def _rank(due_at: object, number: object, task: object) -> tuple[Any, ...]:
    # Tasks without a due date come last, whatever the number of their order.
    return due_at is None, due_at or 0, number, task


def _is_sought(row: TaskRow, search: TaskSearch) -> bool:
    task = row.task
    if search.assignee not in (None, task.assignee) or search.done not in (None, task.completed_at is not None):
        return False
    return _is_within(task.due_at, search.due_from, search.due_until)


def _is_within(at: datetime | None, start: datetime | None, end: datetime | None) -> bool:
    if start is None and end is None:
        return True
    return at is not None and (start is None or start <= at) and (end is None or at < end)


def _changes(state: ProjectState, search: ChangeSearch) -> ChangePage:
    start = 0 if search.after is None else cast(int, read_cursor(search.after, "changes", types=(int,))[0])
    # A limit of 0 asks only for the cursor at the end of the log, from which new changes can be followed.
    end = len(state.log) if search.limit == 0 else min(len(state.log), start + search.limit)
    places = [] if search.limit == 0 else state.log[start:end]
    rows = [state.history[order][position] for order, position in places]
    found = (
        Change(
            order=one.order, number=state.orders[one.order].number, version=one.version, at=one.at, event=one.event.name
        )
        for one in rows
    )
    return ChangePage(changes=tuple(found), next=cursor_text("changes", max(start, end)))


def _history(state: ProjectState, search: HistorySearch) -> HistoryPage:
    history = state.history.get(search.order, ())
    if search.newest:
        # The newest rows, still in the order of time.
        return HistoryPage(rows=tuple(history[-search.limit :]))
    start = 0
    if search.after is not None:
        version, position = cast(list[int], read_cursor(search.after, "history", types=(int, int)))
        # The position counts within a version: one command may have left several rows.
        start = sum(1 for one in history if one.version < version) + position + 1
    end = start + search.limit
    rows = history[start:end]
    if end >= len(history):
        return HistoryPage(rows=tuple(rows))
    last = rows[-1].version
    before = sum(1 for one in history if one.version < last)
    return HistoryPage(rows=tuple(rows), next=cursor_text("history", last, end - 1 - before))


def _takings(state: ProjectState, search: TakingsSearch) -> Sequence[Taken]:
    start, end = search.instants[0], search.instants[-1]
    all_of_them = (one for order in state.orders.values() for one in takings_of(order))
    found = (
        (
            None if search.by == "time" else getattr(one, search.by),
            one.currency,
            one.at,
            one.paid,
            one.refunded,
            # a payment for several products has a part for each: grouped by product each part counts, else only part 0
            int(one.came and (search.by == "product" or one.part == 0)),
        )
        for one in all_of_them
        if start <= one.at < end
    )
    return summed(found, search.instants)


def _taken_through(state: ProjectState, lookup: TakenThrough) -> Sequence[str]:
    window = Window(starts_at=lookup.starts_at, ends_at=lookup.ends_at)
    found = ((order.id, one) for order in state.orders.values() for one in takings_of(order))
    return sorted({id for id, one in found if one.gateway == lookup.gateway and window.holds(one.at)})


def _histories(state: ProjectState, lookup: Histories) -> Mapping[str, Sequence[Recorded]]:
    return {id: state.history.get(id, ()) for id in lookup.orders}


def _parked(state: ProjectState, search: ParkedSearch) -> ParkedPage:
    rows = [row for row in state.outbox.parked() if search.ids is None or row.id in search.ids]
    if search.after is not None:
        (last,) = read_cursor(search.after, "parked", types=(str,))
        ids = [row.id for row in rows]
        # If the row of the cursor was retried or dropped meanwhile, the position is lost and the page is empty.
        rows = rows[ids.index(str(last)) + 1 :] if last in ids else []
    shown = rows[: search.limit]
    return ParkedPage(rows=tuple(shown), next=cursor_text("parked", shown[-1].id) if len(rows) > len(shown) else None)


_ANSWERS: Mapping[type[object], Callable[[ProjectState, Any], object]] = {
    ContactsById: _contacts_by_id,
    ContactSearch: _contacts,
    SumsOfContacts: _sums_of_contacts,
    LabelCounts: _label_counts,
    TaskSearch: _tasks,
    ChangeSearch: _changes,
    HistorySearch: _history,
    Histories: _histories,
    TakenThrough: _taken_through,
    TakingsSearch: _takings,
    **OFFER_ANSWERS,
    ParkedSearch: _parked,
}

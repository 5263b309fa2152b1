"""The lookups of `listing` as SQL; each uses an index."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from kwiga_orders.adapters.documents import CONTACTS, HISTORY, OUTBOX
from kwiga_orders.adapters.searching import instant_of, microseconds
from kwiga_orders.adapters.sql.conditions import PROJECT, Shape, at_most, people_found, people_term
from kwiga_orders.adapters.sql.offer_lookups import OFFER_ANSWERS
from kwiga_orders.adapters.sql.steps import Row, Steps, rows_of
from kwiga_orders.adapters.sql.tables import contacts, history, label_counts, orders, outbox, products, tasks
from kwiga_orders.adapters.sql.taking_lookups import taken_through, takings_between
from kwiga_orders.cursors import cursor_text, read_cursor
from kwiga_orders.delivery import ParkedRow
from kwiga_orders.errors import Corrupt
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
    TakenThrough,
    TakingsSearch,
    TaskPage,
    TaskRow,
    TaskSearch,
)
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Task
from kwiga_orders.project import Contact

__all__ = ["look_up"]

T = TypeVar("T")


def look_up(project: str, lookup: Lookup[T]) -> Steps[T]:
    """Answer a lookup about one project."""
    return cast(T, (yield from _ANSWERS[type(lookup)](project, lookup)))


def _numbered(values: Sequence[str]) -> dict[str, str]:
    """Give values by their parameter names."""
    return {f"id_{n}": value for n, value in enumerate(values)}


def _parameters(count: int) -> list[sa.BindParameter[str]]:
    return [sa.bindparam(f"id_{n}") for n in range(count)]


# Contacts

_CONTACT = (contacts.c.id, contacts.c.schema, contacts.c.document)


def _contact_in(row: Row) -> Contact:
    return CONTACTS.read(row["document"], schema=row["schema"], id=row["id"])


def _contacts_by_id(project: str, lookup: ContactsById) -> Steps[Mapping[str, Contact]]:
    # Nothing to ask, and not every database allows an empty IN.
    if not lookup.ids:
        return {}
    rows = yield from rows_of(_some_contacts(len(lookup.ids)), project=project, **_numbered(lookup.ids))
    return {row["id"]: _contact_in(row) for row in rows}


@lru_cache(maxsize=512)
def _some_contacts(count: int) -> sa.Select[Any]:
    return sa.select(*_CONTACT).where(contacts.c.project == PROJECT, contacts.c.id.in_(_parameters(count)))


def _contacts(project: str, search: ContactSearch) -> Steps[ContactPage]:
    term, after = people_term(search.text), {}
    if search.after is not None:
        after = dict(zip(_PLACE, read_cursor(search.after, "contacts", types=(str, str)), strict=True))
    shape = None if term is None else term.shape
    statement = _contact_page(shape, goes_on=bool(after), most=search.limit + 1)
    named = {} if term is None else term.named()
    rows = yield from rows_of(statement, project=project, **named, **after)
    shown = rows[: search.limit]
    next = cursor_text("contacts", shown[-1]["name"], shown[-1]["id"]) if len(rows) > len(shown) else None
    return ContactPage(contacts=tuple(map(_contact_in, shown)), next=next)


_PLACE = ("after_name", "after_id")


@lru_cache(maxsize=512)
def _contact_page(shape: Shape | None, *, goes_on: bool, most: int) -> sa.Select[Any]:
    place = sa.tuple_(contacts.c.name, contacts.c.id)
    conditions = [contacts.c.is_gone == sa.literal_column("0")]
    if shape is not None:
        conditions.append(people_found(shape))
    if goes_on:
        conditions.append(place > sa.tuple_(*map(sa.bindparam, _PLACE)))
    return (
        sa.select(contacts.c.name, *_CONTACT)
        .where(contacts.c.project == PROJECT, *conditions)
        .order_by(contacts.c.name, contacts.c.id)
        .limit(at_most(most))
    )


def _sums_of_contacts(project: str, lookup: SumsOfContacts) -> Steps[Mapping[str, ContactSums]]:
    if not lookup.ids:
        return {}
    named = _numbered(lookup.ids)
    sums = yield from rows_of(_sums_of(len(named)), project=project, **named)
    lines = yield from rows_of(_bought_by(len(named)), project=project, **named)
    bought, counts = defaultdict[str, list[str]](list), defaultdict[str, int](int)
    paid, owed = defaultdict[str, dict[str, int]](dict), defaultdict[str, dict[str, int]](dict)
    for line in lines:
        bought[line["contact"]].append(line["product"])
    for row in sums:
        contact, currency = row["contact"], row["currency"]
        counts[contact] += int(row["count"])
        paid[contact][currency], owed[contact][currency] = int(row["paid"]), int(row["owed"])
    return {
        id: ContactSums(orders=count, bought=tuple(bought[id]), paid=paid[id], owed=owed[id])
        for id, count in counts.items()
    }


@lru_cache(maxsize=512)
def _sums_of(count: int) -> sa.Select[Any]:
    sums = (sa.func.sum(orders.c[name]).label(name) for name in ("paid", "owed"))
    return (
        sa.select(orders.c.contact, orders.c.currency, sa.func.count().label("count"), *sums)
        .where(orders.c.project == PROJECT, orders.c.contact.in_(_parameters(count)))
        .group_by(orders.c.contact, orders.c.currency)
    )


@lru_cache(maxsize=512)
def _bought_by(count: int) -> sa.Select[Any]:
    order_of = sa.and_(orders.c.project == products.c.project, orders.c.id == products.c.order_id)
    return (
        sa.select(products.c.contact, products.c.product)
        .distinct()
        .join(orders, order_of)
        .where(products.c.project == PROJECT, products.c.contact.in_(_parameters(count)))
        # V8: an order that was never activated does not count as bought.
        .where(orders.c.activated_at.is_not(None))
        .order_by(products.c.contact, products.c.product)
    )


# Labels

_LABELS = (
    sa.select(label_counts.c.value, label_counts.c.count)
    .where(label_counts.c.project == PROJECT, label_counts.c.kind == sa.bindparam("kind"), label_counts.c.count > 0)
    .order_by(label_counts.c.value)
)


def _label_counts(project: str, lookup: LabelCounts) -> Steps[Sequence[LabelCount]]:
    rows = yield from rows_of(_LABELS, project=project, kind=lookup.kind)
    return [LabelCount(value=row["value"], count=row["count"]) for row in rows]


# Tasks


def _tasks(project: str, search: TaskSearch) -> Steps[TaskPage]:
    values: dict[str, object] = {"assignee": search.assignee, "project": project}
    for name in ("due_from", "due_until"):
        at = getattr(search, name)
        values[name] = None if at is None else microseconds(at)
    asked = tuple(name for name in ("assignee", "due_from", "due_until") if values[name] is not None)
    after: dict[str, object] = {}
    if search.after is not None:
        types = ((int, type(None)), int, str)
        after = dict(zip(_TASK_PLACE, read_cursor(search.after, "tasks", types=types), strict=True))
    place = tuple(name for name in _TASK_PLACE if name in after and after[name] is not None)
    statement = _task_page(asked, place, done=search.done, most=None if search.limit is None else search.limit + 1)
    named = {**{name: values[name] for name in asked}, **{name: after[name] for name in place}}
    rows = yield from rows_of(statement, project=project, **named)
    shown = rows if search.limit is None else rows[: search.limit]
    last = shown[-1] if len(rows) > len(shown) else None
    next = None if last is None else cursor_text("tasks", last["due_at"], last["number"], last["task"])
    return TaskPage(rows=tuple(map(_task_in, shown)), next=next)


_TASK_PLACE = ("after_due", "after_number", "after_task")


def _task_in(row: Row) -> TaskRow:
    due_at, done_at = (None if row[name] is None else instant_of(row[name]) for name in ("due_at", "done_at"))
    task = Task(id=row["task"], title=row["title"], assignee=row["assignee"], due_at=due_at, completed_at=done_at)
    return TaskRow(order=row["order_id"], number=row["number"], contact=row["contact"], task=task)


@lru_cache(maxsize=512)
def _task_page(
    asked: tuple[str, ...], place: tuple[str, ...], *, done: bool | None, most: int | None
) -> sa.Select[Any]:
    conditions = {
        "assignee": tasks.c.assignee == sa.bindparam("assignee"),
        "due_from": tasks.c.due_at >= sa.bindparam("due_from"),
        "due_until": tasks.c.due_at < sa.bindparam("due_until"),
        # Not a parameter: the statement itself differs.
    }
    wanted = [conditions[name] for name in asked]
    if done is not None:
        wanted.append(tasks.c.done_at.is_not(None) if done else tasks.c.done_at.is_(None))
    if place:
        wanted.append(_follows(place))
    found = (
        sa.select(*(one for one in tasks.c if one.name != "project"), orders.c.number, orders.c.contact)
        .join(orders, sa.and_(orders.c.project == tasks.c.project, orders.c.id == tasks.c.order_id))
        .where(tasks.c.project == PROJECT, *wanted)
        .order_by(tasks.c.due_at.is_(None), tasks.c.due_at, orders.c.number, tasks.c.task)
    )
    return found if most is None else found.limit(at_most(most))


def _follows(place: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """Give the condition that a task comes after a position; tasks without a due date come last."""
    rest = sa.tuple_(orders.c.number, tasks.c.task) > sa.tuple_(*map(sa.bindparam, place[-2:]))
    # Tasks without a due date are compared only by number and id.
    if len(place) == 2:
        return sa.and_(tasks.c.due_at.is_(None), rest)
    after: sa.BindParameter[int] = sa.bindparam("after_due")
    return sa.or_(tasks.c.due_at > after, sa.and_(tasks.c.due_at == after, rest), tasks.c.due_at.is_(None))


# Changes and history

_LAST = sa.select(sa.func.coalesce(sa.func.max(history.c.seq), 0).label("seq")).where(history.c.project == PROJECT)


def _changes(project: str, search: ChangeSearch) -> Steps[ChangePage]:
    start = 0 if search.after is None else cast(int, read_cursor(search.after, "changes", types=(int,))[0])
    # A limit of 0 asks only for the cursor at the end, from which new changes can be followed.
    if search.limit == 0:
        (last,) = yield from rows_of(_LAST, project=project)
        return ChangePage(changes=(), next=cursor_text("changes", max(start, int(last["seq"]))))
    rows = yield from rows_of(_change_page(search.limit), project=project, after=start)
    found = (
        Change(
            order=row["order_id"],
            number=row["number"],
            version=row["version"],
            at=instant_of(row["at"]),
            event=row["event"],
        )
        for row in rows
    )
    return ChangePage(changes=tuple(found), next=cursor_text("changes", rows[-1]["seq"] if rows else start))


@lru_cache(maxsize=64)
def _change_page(most: int) -> sa.Select[Any]:
    columns = (history.c[name] for name in ("seq", "order_id", "version", "at", "event"))
    return (
        sa.select(*columns, orders.c.number)
        .join(orders, sa.and_(orders.c.project == history.c.project, orders.c.id == history.c.order_id))
        .where(history.c.project == PROJECT, history.c.seq > sa.bindparam("after"))
        .order_by(history.c.seq)
        .limit(at_most(most))
    )


def _history(project: str, search: HistorySearch) -> Steps[HistoryPage]:
    place = (
        {}
        if search.after is None
        else dict(zip(_ROW, read_cursor(search.after, "history", types=(int, int)), strict=True))
    )
    most = search.limit if search.newest else search.limit + 1
    statement = _history_page(goes_on=bool(place), newest=search.newest, most=most)
    rows = yield from rows_of(statement, project=project, order=search.order, **place)
    shown = [*reversed(rows)] if search.newest else rows[: search.limit]
    found = tuple(HISTORY.read(row["document"], schema=row["schema"], id=search.order) for row in shown)
    if search.newest or len(rows) <= search.limit:
        return HistoryPage(rows=found)
    return HistoryPage(rows=found, next=cursor_text("history", shown[-1]["version"], shown[-1]["position"]))


_ROW = ("after_version", "after_position")


@lru_cache(maxsize=64)
def _history_page(*, goes_on: bool, newest: bool, most: int) -> sa.Select[Any]:
    place = (history.c.version, history.c.position)
    follows = [sa.tuple_(*place) > sa.tuple_(*map(sa.bindparam, _ROW))] if goes_on else []
    return (
        sa.select(*place, history.c.schema, history.c.document)
        .where(history.c.project == PROJECT, history.c.order_id == sa.bindparam("order"), *follows)
        .order_by(*(one.desc() if newest else one for one in place))
        .limit(at_most(most))
    )


def _histories(project: str, lookup: Histories) -> Steps[Mapping[str, Sequence[Recorded]]]:
    found: dict[str, list[Recorded]] = {id: [] for id in lookup.orders}
    if found:
        rows = yield from rows_of(_histories_of(len(lookup.orders)), project=project, **_numbered(lookup.orders))
        for row in rows:
            id = row["order_id"]
            found[id].append(HISTORY.read(row["document"], schema=row["schema"], id=id))
    return found


@lru_cache(maxsize=512)
def _histories_of(count: int) -> sa.Select[Any]:
    return (
        sa.select(history.c.order_id, history.c.schema, history.c.document)
        .where(history.c.project == PROJECT, history.c.order_id.in_(_parameters(count)))
        .order_by(history.c.order_id, history.c.version, history.c.position)
    )


# What could not be sent


def _parked(project: str, search: ParkedSearch) -> Steps[ParkedPage]:
    ids = {} if search.ids is None else _numbered(search.ids)
    after = {}
    if search.after is not None:
        after = {"after": read_cursor(search.after, "parked", types=(str,))[0]}
    if search.ids == ():
        return ParkedPage(rows=())
    statement = _parked_page(len(ids), goes_on=bool(after), most=search.limit + 1)
    rows = yield from rows_of(statement, project=project, **ids, **after)
    shown = rows[: search.limit]
    next = cursor_text("parked", shown[-1]["id"]) if len(rows) > len(shown) else None
    return ParkedPage(rows=tuple(map(_parked_row, shown)), next=next)


def _parked_row(row: Row) -> ParkedRow:
    try:
        read = OUTBOX.read(row["document"], schema=row["schema"], id=row["id"])
    # An unreadable row is listed as well, because a person has to decide about it.
    except Corrupt:
        read = None
    return ParkedRow(
        id=row["id"],
        order=row["stream"],
        tries=row["tries"],
        error=row["error"],
        parked_at=instant_of(row["parked_at"]),
        gateway=row["gateway"],
        row=read,
    )


@lru_cache(maxsize=64)
def _parked_page(count: int, *, goes_on: bool, most: int) -> sa.Select[Any]:
    conditions: list[sa.ColumnElement[bool]] = [outbox.c.id.in_(_parameters(count))] if count else []
    if goes_on:
        last = sa.select(_LAST_PAGE.c.seq).where(
            _LAST_PAGE.c.project == PROJECT, _LAST_PAGE.c.id == sa.bindparam("after")
        )
        conditions.append(outbox.c.seq > last.scalar_subquery())
    is_parked = (outbox.c.parked_at.is_not(None), outbox.c.sent_at.is_(None), outbox.c.dropped_at.is_(None))
    return (
        sa.select(outbox)
        .where(outbox.c.project == PROJECT, *is_parked, *conditions)
        .order_by(outbox.c.seq)
        .limit(at_most(most))
    )


_LAST_PAGE = outbox.alias("last_page")


_ANSWERS: Mapping[type[object], Callable[[str, Any], Steps[object]]] = {
    ContactsById: _contacts_by_id,
    ContactSearch: _contacts,
    SumsOfContacts: _sums_of_contacts,
    LabelCounts: _label_counts,
    TaskSearch: _tasks,
    ChangeSearch: _changes,
    HistorySearch: _history,
    Histories: _histories,
    TakenThrough: taken_through,
    TakingsSearch: takings_between,
    **OFFER_ANSWERS,
    ParkedSearch: _parked,
}

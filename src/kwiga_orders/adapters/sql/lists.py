"""Lists and counts of orders: filters, search, sorting and pages as statements (V1-V3).

What a filter, a text or a position means is said once, in `adapters.searching`; here it becomes SQL.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import attrs
import sqlalchemy as sa

from kwiga_orders.adapters.searching import (
    Position,
    Sought,
    cursor_of,
    microseconds,
    position_after,
    position_of,
    sought,
)
from kwiga_orders.adapters.sql.tables import contacts, counters, labels, orders, payments, products
from kwiga_orders.adapters.sql.talk import Row, Talk, asked
from kwiga_orders.adapters.sql.trigrams import has_part
from kwiga_orders.facts import OrderSearch, Page, StatusCount
from kwiga_orders.orders.state import Order

__all__ = ["as_page", "counts", "page"]

_Condition = sa.ColumnElement[bool]
_Bounds = tuple[datetime | None, datetime | None]

_SORTED_BY: dict[str, sa.Column[int]] = {
    "created": orders.c.created_at,
    "updated": orders.c.updated_at,
    "number": orders.c.number,
    "total": orders.c.amount_rank,
    "due": orders.c.due_at,
}
_MOST_DIGITS = 18
_AFTER_DIGITS = ":"
"""The character after 9: what begins with some digits lies below them with this one behind."""


def page(project: str, search: OrderSearch) -> Talk[list[Row]]:
    """Ask for the rows of a page, and for one more, if there is one."""
    start = position_after(search)
    wanted = search.limit + 1
    rows: list[Row] = []
    for part in _parts(search, start):
        if len(rows) < wanted:
            statement = part.where(*_conditions(project, search)).limit(wanted - len(rows))
            rows += yield from asked(statement)
    return rows


def as_page(search: OrderSearch, found: Sequence[Order]) -> Page:
    """Make a page of the orders found, one more than fit if there are more."""
    shown = tuple(found[: search.limit])
    if len(found) <= search.limit:
        return Page(orders=shown)
    return Page(orders=shown, next=cursor_of(position_of(shown[-1], search.sort), search))


def _parts(search: OrderSearch, start: Position | None) -> Iterator[sa.Select[tuple[str, int, str]]]:
    """Give the statements whose rows follow one another: those with a value, then those without one."""
    column = _SORTED_BY[search.sort]
    if start is None or start.value is not None:
        yield _sorted(search, column).where(*_has_value(search), *_after(search, column, start))
    if search.sort == "due":
        alone = start if start is not None and start.value is None else None
        yield _sorted(search, orders.c.number).where(column.is_(None), *_after(search, orders.c.number, alone))


def _has_value(search: OrderSearch) -> list[_Condition]:
    return [orders.c.due_at.is_not(None)] if search.sort == "due" else []


def _sorted(search: OrderSearch, column: sa.Column[int]) -> sa.Select[tuple[str, int, str]]:
    columns = [column] if column is orders.c.number else [column, orders.c.number]
    directed = [one.desc() if search.descending else one.asc() for one in columns]
    return sa.select(orders.c.id, orders.c.schema, orders.c.document).order_by(*directed)


def _after(search: OrderSearch, column: sa.Column[int], start: Position | None) -> list[_Condition]:
    if start is None:
        return []
    if column is orders.c.number:
        return [column < start.number if search.descending else column > start.number]
    row = sa.tuple_(column, orders.c.number)
    given = sa.tuple_(sa.literal(start.value), sa.literal(start.number))
    return [row < given if search.descending else row > given]


def _conditions(project: str, search: OrderSearch) -> Iterator[_Condition]:
    yield orders.c.project == project
    for column, wanted in _single_values(search):
        if len(wanted) == 1:
            yield column == wanted[0]
        elif wanted:
            yield column.in_(wanted)
    yield from _window(orders.c.created_at, (search.created_from, search.created_until))
    yield from _links(project, search)
    text = sought(search.text)
    if text is not None:
        yield _is_sought(project, text)


def _single_values(search: OrderSearch) -> list[tuple[sa.Column[str], tuple[str, ...]]]:
    return [
        (orders.c.funnel, search.funnel),
        (orders.c.status, search.status),
        (orders.c.payment_status, search.payment_status),
        (orders.c.type, search.type),
        (orders.c.manager, search.manager),
        (orders.c.offer, search.offer),
        (orders.c.contact, search.contact),
    ]


def _window(column: sa.Column[int], bounds: _Bounds) -> Iterator[_Condition]:
    start, end = bounds
    if start is not None:
        yield column >= microseconds(start)
    if end is not None:
        yield column < microseconds(end)


def _links(project: str, search: OrderSearch) -> Iterator[_Condition]:
    """Give the conditions on what an order has several of."""
    if search.product:
        yield _linked(products, project, products.c.product.in_(search.product))
    for kind, wanted in (("tag", search.tag), ("responsible", search.responsible)):
        if wanted:
            yield _linked(labels, project, labels.c.kind == kind, labels.c.value.in_(wanted))
    for column, bounds in (
        (payments.c.paid_at, (search.paid_from, search.paid_until)),
        (payments.c.due_at, (search.due_from, search.due_until)),
    ):
        if within := list(_window(column, bounds)):
            yield _linked(payments, project, *within)


def _linked(table: sa.Table, project: str, *conditions: _Condition) -> _Condition:
    return orders.c.id.in_(sa.select(table.c.order_id).where(table.c.project == project, *conditions))


def _is_sought(project: str, text: Sought) -> _Condition:
    ways = [
        has_part(project, text.part),
        *(_begins_with(contacts.c.phone_reversed, end[::-1]) for end in text.phone_ends),
    ]
    if text.phones:
        ways.append(contacts.c.phone_reversed.in_([phone[::-1] for phone in text.phones]))
    found = sa.select(contacts.c.id).where(contacts.c.project == project, sa.or_(*ways))
    return sa.or_(orders.c.contact.in_(found), *_numbers_beginning(text.number))


def _begins_with(column: sa.Column[str], digits: str) -> _Condition:
    return sa.and_(column >= digits, column < digits + _AFTER_DIGITS)


def _numbers_beginning(digits: str | None) -> Iterator[_Condition]:
    """Give a range for each length that a number beginning with these digits may have."""
    if digits is None:
        return
    for more in range(_MOST_DIGITS - len(digits) + 1):
        least = int(digits) * 10**more
        yield orders.c.number.between(least, least + 10**more - 1)


_COUNTED_IN_FUNNEL = sa.select(
    counters.c.status, counters.c.currency, counters.c.count.label("count"), counters.c.total.label("total")
).where(
    counters.c.project == sa.bindparam("project"),
    counters.c.funnel == sa.bindparam("funnel"),
    counters.c.count > 0,
)


def counts(project: str, search: OrderSearch) -> Talk[list[StatusCount]]:
    """Count by status: from the counters if nothing but where orders stand is asked for, else from the orders."""
    if _is_counted(search) and len(search.funnel) == 1 and not search.status:
        rows = yield from asked(_COUNTED_IN_FUNNEL, project=project, funnel=search.funnel[0])
    else:
        rows = yield from asked(_counted(project, search) if _is_counted(search) else _grouped(project, search))
    found: dict[str, StatusCount] = {}
    for row in rows:
        known = found.get(row["status"], StatusCount(status=row["status"], count=0))
        found[known.status] = attrs.evolve(
            known,
            count=known.count + int(row["count"]),
            sums={**known.sums, row["currency"]: int(row["total"])},
        )
    return [found[status] for status in sorted(found)]


def _is_counted(search: OrderSearch) -> bool:
    """Tell whether the counters answer it: nothing is filtered by but funnel and status."""
    plain = OrderSearch(funnel=search.funnel, status=search.status)
    how = {"sort": plain.sort, "descending": plain.descending, "limit": plain.limit, "after": None, "text": None}
    return attrs.evolve(search, **how) == plain and sought(search.text) is None  # type: ignore[arg-type]


def _counted(project: str, search: OrderSearch) -> sa.Select[tuple[str, str, int, int]]:
    total, count = sa.func.sum(counters.c.total), sa.func.sum(counters.c.count)
    statement = (
        sa.select(counters.c.status, counters.c.currency, count.label("count"), total.label("total"))
        .where(counters.c.project == project, counters.c.count > 0)
        .group_by(counters.c.status, counters.c.currency)
    )
    for column, wanted in ((counters.c.funnel, search.funnel), (counters.c.status, search.status)):
        if wanted:
            statement = statement.where(column.in_(wanted))
    return statement


def _grouped(project: str, search: OrderSearch) -> sa.Select[tuple[str, str, int, int]]:
    total, count = sa.func.sum(orders.c.total), sa.func.count()
    return (
        sa.select(orders.c.status, orders.c.currency, count.label("count"), total.label("total"))
        .where(*_conditions(project, search))
        .group_by(orders.c.status, orders.c.currency)
    )

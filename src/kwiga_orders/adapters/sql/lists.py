"""Lists and counts of orders: search, sorting and pages as statements (V1-V3).

A page is read in one of two ways. If some condition matches only few orders, they are looked up by it and sorted. If
every condition matches many orders, they are read in the order of the index and checked one by one, and the page is
soon full. A first query counts, to choose between the two ways.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

import attrs
import sqlalchemy as sa
from sqlalchemy.sql.operators import custom_op

from kwiga_orders.adapters.searching import Position, cursor_of, position_after
from kwiga_orders.adapters.sql.columns import CARD_SCHEMA, card_in, cards_in
from kwiga_orders.adapters.sql.conditions import PROJECT, Shape, Term, at_most, clauses_of, is_one_of, terms_of
from kwiga_orders.adapters.sql.steps import Answer, Row, Steps, fetch, rows_of
from kwiga_orders.adapters.sql.tables import COUNTED, counters, orders
from kwiga_orders.errors import Corrupt
from kwiga_orders.listing import Card, CardPage, OrderSearch, Page, StatusCount
from kwiga_orders.orders.state import Order

__all__ = ["FEW", "as_page", "cards", "cards_by_status", "counts", "page"]

_SORTED_BY: dict[str, sa.Column[int]] = {
    "created": orders.c.created_at,
    "updated": orders.c.updated_at,
    "number": orders.c.number,
    "total": orders.c.amount_rank,
    "due": orders.c.due_at,
}
_SUMMED = ("total", "paid", "owed")
_DOCUMENT = (orders.c.id, orders.c.schema, orders.c.document)
# A card of another schema version counts as missing.
_CURRENT = sa.case((orders.c.card_schema == sa.literal_column(str(CARD_SCHEMA)), orders.c.card))
_CARD = (orders.c.number, _CURRENT.label("card"))
_CardRow = Sequence[Any]
"""The number of an order, its card or None, and perhaps further columns."""
_PLACED = (*_DOCUMENT, orders.c.number)
_Shown = Literal["documents", "cards"]
FEW = 4000
"""Looking up and sorting this many orders takes about as long as scanning a million orders for fifty of them."""


def page(project: str, search: OrderSearch) -> Steps[list[Row]]:
    """Give the documents of a page, and one more if there is a next page."""
    answers = yield from _pages(project, search, shows="documents")
    return [row for answer in answers for row in answer.rows]


def cards(project: str, search: OrderSearch) -> Steps[CardPage]:
    """Give a page of cards."""
    answers = yield from _pages(project, search, shows="cards")
    rows = [row for answer in answers for row in answer.values]
    found = tuple((yield from _drawn(project, rows[: search.limit])))
    if len(rows) <= search.limit:
        return CardPage(cards=found)
    number, _, value = rows[search.limit - 1]
    return CardPage(cards=found, next=cursor_of(Position(value, number), search))


def cards_by_status(project: str, search: OrderSearch) -> Steps[dict[str, list[Card]]]:
    """Give the newest cards of each status that is named, at most `limit` for a status, with one statement."""
    found: dict[str, list[Card]] = {status: [] for status in search.status}
    terms = [term for term in terms_of(search) if term.shape.name != "status"]
    few = yield from _few(project, terms)
    names = {f"column_{number}": status for number, status in enumerate(found)}
    if not names:
        return found
    statement = _columns_of_board(tuple(term.shape for term in terms), few, tuple(names), search.limit)
    answer = yield from fetch(statement, project=project, **names, **_values(terms))
    for status, some in groupby((yield from _drawn(project, answer.values)), itemgetter("status")):
        # The statement gives the board column by column, so cards of one status come one after another.
        found[status] += some
    return found


def _drawn(project: str, rows: Sequence[_CardRow]) -> Steps[list[Card]]:
    """Give the cards in rows; missing ones, and those of another version, are computed from the documents."""
    texts = [row[1] for row in rows]
    # Usually every card has this version.
    if None not in texts:
        return cards_in(texts)
    numbers = {f"number_{n}": row[0] for n, row in enumerate(row for row in rows if row[1] is None)}
    documents = yield from rows_of(_documents_of(tuple(numbers)), project=project, **numbers)
    drawn = {row["number"]: card_in(row) for row in documents}
    kept = iter(cards_in(text for text in texts if text is not None))
    return [drawn[row[0]] if row[1] is None else next(kept) for row in rows]


@lru_cache(maxsize=512)
def _documents_of(names: tuple[str, ...]) -> sa.Select[tuple[int, str, int, str]]:
    """Give the query for the documents of orders by number; each number is a parameter."""
    numbers: list[sa.BindParameter[int]] = [sa.bindparam(one) for one in names]
    return sa.select(orders.c.number, *_DOCUMENT).where(orders.c.project == PROJECT, orders.c.number.in_(numbers))


def _pages(project: str, search: OrderSearch, *, shows: _Shown) -> Steps[list[Answer]]:
    start = position_after(search)
    terms = terms_of(search)
    few = yield from _few(project, terms)
    most = search.limit + 1
    answers: list[Answer] = []
    for part, values in _parts(search, start):
        if most:
            statement = _page(tuple(term.shape for term in terms), few, part, shows, most)
            values["project"] = project
            answer = yield from fetch(statement, **values, **_values(terms))
            answers.append(answer)
            most -= len(answer.values)
    return answers


def as_page(search: OrderSearch, rows: Sequence[Row], read: Callable[[Row], Order]) -> Page:
    """Make a page from rows: `limit` of them, plus one if there is a next page. Unreadable orders are listed by id."""
    found: list[Order] = []
    unreadable: list[str] = []
    shown = rows[: search.limit]
    for row in shown:
        try:
            found.append(read(row))
        except Corrupt:
            unreadable.append(row["id"])
    next = cursor_of(Position(shown[-1]["value"], shown[-1]["number"]), search) if len(rows) > len(shown) else None
    return Page(orders=tuple(found), next=next, unreadable=tuple(unreadable))


def _values(terms: Sequence[Term]) -> dict[str, object]:
    return {name: value for term in terms for name, value in term.named().items()}


# Few or many


# decision 0028: a search that finds few orders uses another query than one that finds many
def _few(project: str, terms: Sequence[Term]) -> Steps[Shape | None]:
    """Give the first term that only few orders match, if there is one."""
    for term in terms:
        if clauses_of(term.shape).is_rare:
            return term.shape
    # The database counts the matches of one term after another, until a term has few.
    for term in terms:
        if (statement := _probe(term.shape)) is not None:
            rows = yield from rows_of(statement, project=project, **term.named())
            if all(row["found"] < FEW for row in rows):
                return term.shape
    return None


@lru_cache(maxsize=512)
def _probe(shape: Shape) -> sa.Select[int] | None:
    """Give the query that counts the rows that match a term, up to `FEW`; None if the term has no table of its own."""
    keys = clauses_of(shape).keys
    if keys is None:
        return None
    found = keys.limit(at_most(FEW)).subquery("first_keys")
    return sa.select(sa.func.count().label("found")).select_from(found)


# Pages


@attrs.frozen(kw_only=True)
class _Part:
    """One part of a sorted list: the rows that have a value to sort by, or the rows that have none.

    `goes_on` says that it starts after a position.
    """

    sort: str
    descending: bool
    has_value: bool
    goes_on: bool


def _parts(search: OrderSearch, start: Position | None) -> Iterator[tuple[_Part, dict[str, object]]]:
    """Give the parts that a page is read from, each with its start position."""
    if start is None or start.value is not None:
        yield _part(search, start, has_value=True)
    # Rows without a value come last, as a part of their own.
    if search.sort == "due":
        yield _part(search, start if start is not None and start.value is None else None, has_value=False)


def _part(search: OrderSearch, start: Position | None, *, has_value: bool) -> tuple[_Part, dict[str, object]]:
    part = _Part(sort=search.sort, descending=search.descending, has_value=has_value, goes_on=start is not None)
    if start is None:
        return part, {}
    number: dict[str, object] = {"after_number": start.number}
    return part, number if len(_columns(part)) == 1 else {**number, "after_value": start.value}


@lru_cache(maxsize=512)
def _page(shapes: tuple[Shape, ...], few: Shape | None, part: _Part, shows: _Shown, most: int) -> sa.Select[Any]:
    conditions = [clauses_of(shape).among if shape == few else clauses_of(shape).holds for shape in shapes]
    columns = _columns(part)
    # with few matches, a plus before the column keeps the database from scanning the index that is sorted by it
    order = (
        columns
        if few is None
        else [sa.UnaryExpression(column, operator=custom_op("+"), type_=column.type) for column in columns]
    )
    return (
        sa.select(*(_PLACED if shows == "documents" else _CARD), _SORTED_BY[part.sort].label("value"))
        .where(orders.c.project == PROJECT, *conditions, *_bounds(part, columns))
        .order_by(*(one.desc() if part.descending else one.asc() for one in order))
        .limit(at_most(most))
    )


@lru_cache(maxsize=512)
def _columns_of_board(
    shapes: tuple[Shape, ...], few: Shape | None, names: tuple[str, ...], most: int
) -> sa.CompoundSelect[Any]:
    """Give the query for the newest cards of several statuses; each status is a parameter."""
    newest = _Part(sort="created", descending=True, has_value=True, goes_on=False)
    in_place = {one: orders.c.status == sa.bindparam(one) for one in names}
    columns = (_page(shapes, few, newest, "cards", most).where(its).subquery(one) for one, its in in_place.items())
    return sa.union_all(*(sa.select(column.c.number, column.c.card) for column in columns))


def _columns(part: _Part) -> list[sa.Column[int]]:
    column = _SORTED_BY[part.sort]
    return [orders.c.number] if column is orders.c.number or not part.has_value else [column, orders.c.number]


def _bounds(part: _Part, columns: Sequence[sa.Column[int]]) -> Iterator[sa.ColumnElement[bool]]:
    if part.sort == "due":
        yield orders.c.due_at.is_not(None) if part.has_value else orders.c.due_at.is_(None)
    if part.goes_on:
        row = sa.tuple_(*columns)
        given = sa.tuple_(*[sa.bindparam(name) for name in ("after_value", "after_number")[-len(columns) :]])
        yield row < given if part.descending else row > given


# Counts


def counts(project: str, search: OrderSearch) -> Steps[list[StatusCount]]:
    """Count orders by status: from the counters if the filters allow it, else from the orders."""
    terms = terms_of(search)
    statement = _count(tuple(term.shape for term in terms))
    rows = yield from rows_of(statement, project=project, **_values(terms))
    found: list[StatusCount] = []
    for status, some in groupby(rows, key=itemgetter("status")):
        # one row for each currency
        by_currency = list(some)
        total, paid, owed = ({row["currency"]: int(row[name]) for row in by_currency} for name in _SUMMED)
        count = sum(int(row["count"]) for row in by_currency)
        found.append(StatusCount(status=status, count=count, sums=total, paid=paid, owed=owed))
    return found


@lru_cache(maxsize=512)
def _count(shapes: tuple[Shape, ...]) -> sa.Select[Any]:
    # Counters have funnel, status, currency and sums of cancelled and superseded orders; other filters need the orders.
    standing = [shape for shape in shapes if shape.name in ("funnel", "status", "currency")]
    others = {(shape.name, shape.form) for shape in shapes if shape not in standing}
    if others and others != {("cancelled", (False,)), ("superseded", (False,))}:
        return _grouped(shapes)
    return _counted(standing, with_aside=not others)


def _counted(shapes: Sequence[Shape], *, with_aside: bool) -> sa.Select[Any]:
    values = {
        name: counters.c[name] if with_aside else counters.c[name] - counters.c[f"aside_{name}"] for name in COUNTED
    }
    return (
        sa.select(
            counters.c.status, counters.c.currency, *(sa.func.sum(one).label(name) for name, one in values.items())
        )
        .where(counters.c.project == PROJECT, values["count"] > 0)
        .where(*(is_one_of(counters.c[shape.name], shape) for shape in shapes))
        .group_by(counters.c.status, counters.c.currency)
        .order_by(counters.c.status)
    )


def _grouped(shapes: Sequence[Shape]) -> sa.Select[Any]:
    sums = (sa.func.sum(orders.c[name]).label(name) for name in _SUMMED)
    return (
        sa.select(orders.c.status, orders.c.currency, sa.func.count().label("count"), *sums)
        .where(orders.c.project == PROJECT, *(clauses_of(shape).among for shape in shapes))
        .group_by(orders.c.status, orders.c.currency)
        .order_by(orders.c.status)
    )

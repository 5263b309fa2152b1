"""Answers about many orders: pages, the board, counts, conversion (V1, V2, F8)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import attrs

from kwiga_orders import queries
from kwiga_orders.answering.naming import Names, named_rows, names_for
from kwiga_orders.asking import (
    Asking,
    cards_by_status,
    count_by_status,
    get_funnel,
    get_order,
    get_project,
    look_up,
    search_cards,
    search_tracks,
)
from kwiga_orders.decisions import due_until
from kwiga_orders.due import DueItem
from kwiga_orders.funnel import FunnelStatus
from kwiga_orders.listing import Card, ChangeSearch, OrderFilters, OrderSearch, StatusCount, TaskRow, TaskSearch
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.status_history import added, conversion, stays_of
from kwiga_orders.periods import begins, ends, zone_named
from kwiga_orders.values import changed
from kwiga_orders.views.answers import conversion_view
from kwiga_orders.views.list_shapes import (
    BoardView,
    ChangesView,
    ChangeView,
    ColumnView,
    DueView,
    OrdersView,
    RowView,
    TaskRowView,
    TotalsView,
)
from kwiga_orders.views.plain import amounts, instant, maybe_instant
from kwiga_orders.views.shapes import ConversionView

__all__ = [
    "answer_board",
    "answer_changes",
    "answer_conversion",
    "answer_count",
    "answer_due",
    "answer_orders",
    "answer_tasks",
    "answer_totals",
    "count_for",
    "count_of",
    "search_for",
    "search_of",
]


_TRACKS_AT_ONCE = 1000
"""The number of orders whose moves are loaded at a time for a conversion."""


def answer_orders(query: queries.OrdersQuery, _: datetime) -> Asking[OrdersView]:
    """Give a page of orders (V1)."""
    search = yield from search_for(query)
    page = yield from search_cards(search)
    return OrdersView(rows=(yield from named_rows(page.cards)), next=page.next)


def search_for(query: queries.OrdersQuery) -> Asking[OrderSearch]:
    """Give the search for a page of orders; days are in the project's zone (V1)."""
    search = yield from search_of(query.filters)
    return changed(search, sort=query.sort, descending=query.descending, limit=query.limit, after=query.after)


def count_for(query: queries.OrdersQuery) -> Asking[int]:
    """Count the orders on all pages of a list, without loading them."""
    return (yield from count_of(query.filters))


def count_of(filters: OrderFilters) -> Asking[int]:
    """Count the orders that match filters."""
    # The sum of the counts by status, which stores keep.
    counts = yield from count_by_status((yield from search_of(filters)))
    return sum(count.count for count in counts)


def answer_board(query: queries.BoardQuery, _: datetime) -> Asking[BoardView]:
    """Give the board of a funnel. Home of V2."""
    funnel = yield from get_funnel(query.funnel)
    # The board's own funnel replaces that of the filters.
    search = yield from search_of(changed(query.filters, funnel=(funnel.id,)))
    counts = yield from count_by_status(search)
    by_status = {count.status: count for count in counts}
    shown: list[Card] = []
    # Only for statuses with orders, so that an empty board costs one query.
    if query.cards and by_status:
        newest = changed(search, status=tuple(by_status), limit=query.cards)
        shown = [card for cards in (yield from cards_by_status(newest)).values() for card in cards]
    rows = yield from named_rows(shown)
    none = StatusCount(status="", count=0)
    return BoardView(columns=[_column(one, by_status.get(one.id, none), rows) for one in funnel.statuses])


def _column(status: FunnelStatus, count: StatusCount, rows: Sequence[RowView]) -> ColumnView:
    return ColumnView(
        status=status.id,
        name=status.name,
        colour=status.colour,
        archived=status.archived,
        count=count.count,
        sums=amounts(count.sums),
        paid=amounts(count.paid),
        owed=amounts(count.owed),
        cards=[row for row in rows if row["status"] == status.id],
    )


def answer_count(query: queries.CountQuery, _: datetime) -> Asking[int]:
    """Count the orders of a list (V1)."""
    return (yield from count_of(query.filters))


def answer_totals(query: queries.TotalsQuery, _: datetime) -> Asking[dict[str, TotalsView]]:
    """Sum up total, paid and owed of the orders of a list, per currency (V1, P7)."""
    counts = yield from count_by_status((yield from search_of(query.filters)))
    sums = [_summed(getattr(count, name) for count in counts) for name in ("sums", "paid", "owed")]
    total, paid, owed = map(amounts, sums)
    # Currencies are those of `total`, which has one for every order that matched.
    return {one: TotalsView(total=total[one], paid=paid[one], owed=owed[one]) for one in total}


def _summed(several: Iterable[Mapping[str, int]]) -> Counter[str]:
    found = Counter[str]()
    for sums in several:
        # not `+=`, because that drops sums that are not positive
        found.update(sums)
    return found


_DAYS = tuple(f"{name}_{end}" for name in ("created", "updated", "paid", "due") for end in ("from", "until"))
_AS_THEY_ARE = tuple(one.name for one in attrs.fields(OrderFilters) if one.name not in (*_DAYS, "search"))


def search_of(filters: OrderFilters) -> Asking[OrderSearch]:
    """Turn filters into a search: days become windows of instants in the project's zone (V1, T5)."""
    values: dict[str, Any] = {name: getattr(filters, name) for name in _AS_THEY_ARE}
    # The zone is loaded only if a day is named.
    days = {name: day for name in _DAYS if (day := getattr(filters, name)) is not None}
    if days:
        zone = zone_named((yield from get_project()).timezone)
        for name, day in days.items():
            values[name] = begins(day, zone=zone) if name.endswith("_from") else ends(day, zone=zone)
    return OrderSearch(text=filters.search, **values)


def answer_conversion(query: queries.ConversionQuery, _: datetime) -> Asking[ConversionView]:
    """Give how many orders were in each status, and how many of them moved further (F8)."""
    funnel = yield from get_funnel(query.funnel)
    search: OrderSearch | None = changed((yield from search_of(query.filters)), limit=_TRACKS_AT_ONCE)
    passages = conversion(funnel, ())
    # Page by page, because the moves of years would not fit into memory.
    while search is not None:
        page = yield from search_tracks(search)
        passages = added(passages, conversion(funnel, map(stays_of, page.tracks)))
        search = None if page.next is None else changed(search, after=page.next)
    return conversion_view(funnel, passages)


# Tasks, changes, what falls due


def answer_tasks(query: queries.TasksQuery, _: datetime) -> Asking[list[TaskRowView]]:
    """List tasks over all orders, by when they are due (O14)."""
    due_from, due_until = yield from _window(query.due_from, query.due_until)
    search = TaskSearch(assignee=query.assignee, done=query.done, due_from=due_from, due_until=due_until)
    page = yield from look_up(search)
    assignees = (row.task.assignee for row in page.rows if row.task.assignee is not None)
    names = yield from names_for(contacts=[row.contact for row in page.rows], people=assignees)
    return [_task(row, names) for row in page.rows]


def _window(
    start: date | datetime | None, end: date | datetime | None
) -> Asking[tuple[datetime | None, datetime | None]]:
    """Give the instants between which days of the project's zone lie, both included (T5)."""
    zone = zone_named((yield from get_project()).timezone)
    return None if start is None else begins(start, zone=zone), None if end is None else ends(end, zone=zone)


def _task(row: TaskRow, names: Names) -> TaskRowView:
    task = row.task
    return TaskRowView(
        order=row.order,
        number=row.number,
        contact=row.contact,
        contact_name=names.contact(row.contact),
        task=task.id,
        title=task.title,
        assignee=task.assignee,
        assignee_name=names.person(task.assignee),
        due_at=maybe_instant(task.due_at),
        done_at=maybe_instant(task.completed_at),
    )


def answer_changes(query: queries.ChangesQuery, _: datetime) -> Asking[ChangesView]:
    """List what happened to orders since a cursor (V8)."""
    page = yield from look_up(ChangeSearch(after=query.after, limit=query.limit))
    rows = [
        ChangeView(order=one.order, number=one.number, version=one.version, at=instant(one.at), event=one.event)
        for one in page.changes
    ]
    return ChangesView(rows=rows, next=page.next)


def answer_due(query: queries.DueQuery, now: datetime) -> Asking[list[DueView]]:
    """List what is due by an instant (default: now), the longest due first (P14)."""
    _, until = yield from _window(None, query.until)
    items = yield from due_until(now if until is None else until, now=now, limit=query.limit)
    # Loaded once an order, since one order may have many due items.
    orders = {}
    for id in dict.fromkeys(item.order for item in items):
        orders[id] = yield from get_order(id)
    names = yield from names_for(
        contacts=[order.contact for order in orders.values()],
        products=[item.product for item in items if item.product is not None],
    )
    return [_due(item, orders[item.order], names) for item in items]


def _due(item: DueItem, order: Order, names: Names) -> DueView:
    return DueView(
        key=item.key,
        at=instant(item.at),
        what=item.due.value,
        order=order.id,
        number=order.number,
        contact=order.contact,
        contact_name=names.contact(order.contact),
        payment=item.payment,
        product=item.product,
        product_title=None if item.product is None else names.products.get(item.product),
    )

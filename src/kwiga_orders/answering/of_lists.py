"""Questions about many orders: pages, the board, counts, conversion (V1, V2, F8)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from kwiga_orders import queries
from kwiga_orders.answering.naming import named_rows
from kwiga_orders.asking import (
    Asking,
    cards_by_status,
    count_by_status,
    get_funnel,
    get_project,
    search_cards,
    search_tracks,
)
from kwiga_orders.funnel import FunnelStatus
from kwiga_orders.listing import Card, OrderSearch, StatusCount
from kwiga_orders.money import Money
from kwiga_orders.orders.status_history import added, conversion, stays_of
from kwiga_orders.periods import begins, ends, zone_named
from kwiga_orders.values import changed
from kwiga_orders.views.answers import conversion_view
from kwiga_orders.views.list_shapes import BoardView, ColumnView, OrdersView, RowView, TotalsView
from kwiga_orders.views.plain import amount
from kwiga_orders.views.shapes import ConversionView

__all__ = [
    "answer_board",
    "answer_conversion",
    "answer_count",
    "answer_orders",
    "answer_totals",
    "count_for",
    "search_for",
]


_TRACKS_AT_ONCE = 1000
"""Of how many orders the moves are held at a time, however many a conversion is about."""


def answer_orders(query: queries.OrdersQuery, _: datetime) -> Asking[OrdersView]:
    """Give a page of orders (V1)."""
    search = yield from search_for(query)
    page = yield from search_cards(search)
    return OrdersView(rows=(yield from named_rows(page.cards)), next=page.next)


def search_for(query: queries.OrdersQuery) -> Asking[OrderSearch]:
    """Give the search that a page of orders is found by, in instants of the project's zone (V1)."""
    search = yield from _search(query.filters)
    return changed(search, sort=query.sort, descending=query.descending, limit=query.limit, after=query.after)


def count_for(query: queries.OrdersQuery) -> Asking[int]:
    """Give how many orders a list has on all its pages, without loading them."""
    return (yield from _count(query.filters))


def _count(filters: queries.OrderFilters) -> Asking[int]:
    counts = yield from count_by_status((yield from _search(filters)))
    return sum(count.count for count in counts)


def answer_board(query: queries.BoardQuery, _: datetime) -> Asking[BoardView]:
    """Give the board of a funnel (V2)."""
    funnel = yield from get_funnel(query.funnel)
    search = yield from _search(changed(query.filters, funnel=(funnel.id,)))
    counts = yield from count_by_status(search)
    by_status = {count.status: count for count in counts}
    shown: list[Card] = []
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
        sums=_amounts(count.sums),
        paid=_amounts(count.paid),
        owed=_amounts(count.owed),
        cards=[row for row in rows if row["status"] == status.id],
    )


def _amounts(sums: Mapping[str, int]) -> dict[str, str]:
    return {currency: amount(Money(minor, currency)) for currency, minor in sorted(sums.items())}


def answer_count(query: queries.CountQuery, _: datetime) -> Asking[int]:
    """Count the orders of a list (V1)."""
    return (yield from _count(query.filters))


def answer_totals(query: queries.TotalsQuery, _: datetime) -> Asking[dict[str, TotalsView]]:
    """Sum up what the orders of a list are worth, per currency (V1, P7)."""
    counts = yield from count_by_status((yield from _search(query.filters)))
    sums = [_summed(getattr(count, name) for count in counts) for name in ("sums", "paid", "owed")]
    total, paid, owed = map(_amounts, sums)
    return {one: TotalsView(total=total[one], paid=paid[one], owed=owed[one]) for one in total}


def _summed(several: Iterable[Mapping[str, int]]) -> Counter[str]:
    found = Counter[str]()
    for sums in several:
        # not +=, which drops what is not above zero
        found.update(sums)
    return found


_DAYS = tuple(f"{name}_{end}" for name in ("created", "updated", "paid", "due") for end in ("from", "until"))
_AS_THEY_ARE = tuple(one.name for one in attrs.fields(queries.OrderFilters) if one.name not in (*_DAYS, "search"))


def _search(filters: queries.OrderFilters) -> Asking[OrderSearch]:
    """Turn filters into a search: days become windows of instants in the project's zone (V1, T5)."""
    values: dict[str, Any] = {name: getattr(filters, name) for name in _AS_THEY_ARE}
    days = {name: day for name in _DAYS if (day := getattr(filters, name)) is not None}
    if days:
        zone = zone_named((yield from get_project()).timezone)
        for name, day in days.items():
            values[name] = begins(day, zone=zone) if name.endswith("_from") else ends(day, zone=zone)
    return OrderSearch(text=filters.search, **values)


def answer_conversion(query: queries.ConversionQuery, _: datetime) -> Asking[ConversionView]:
    """Tell how many orders came to each status, and how many of them further (F8)."""
    funnel = yield from get_funnel(query.funnel)
    search: OrderSearch | None = changed((yield from _search(query.filters)), limit=_TRACKS_AT_ONCE)
    passages = conversion(funnel, ())
    while search is not None:
        page = yield from search_tracks(search)
        passages = added(passages, conversion(funnel, map(stays_of, page.tracks)))
        search = None if page.next is None else changed(search, after=page.next)
    return conversion_view(funnel, passages)

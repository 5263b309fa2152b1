"""Questions about many orders: pages, the board, counts, conversion (V1, V2, F8)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import attrs

from kwiga_orders import queries
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
from kwiga_orders.views.plain import amount
from kwiga_orders.views.shapes import BoardView, CardView, ColumnView, ConversionView, OrdersView

__all__ = [
    "answer_board",
    "answer_conversion",
    "answer_orders",
    "count_for",
    "search_for",
]


_TRACKS_AT_ONCE = 1000
"""Of how many orders the moves are held at a time, however many a conversion is about."""


def answer_orders(query: queries.OrdersQuery, _: datetime) -> Asking[OrdersView]:
    """Give a page of orders (V1)."""
    search = yield from search_for(query)
    page = yield from search_cards(search)
    return OrdersView(rows=_cards(page.cards), next=page.next)


def search_for(query: queries.OrdersQuery) -> Asking[OrderSearch]:
    """Give the search that a page of orders is found by, in instants of the project's zone (V1)."""
    search = yield from _search(query.filters)
    return changed(search, sort=query.sort, descending=query.descending, limit=query.limit, after=query.after)


def count_for(query: queries.OrdersQuery) -> Asking[int]:
    """Give how many orders a list has on all its pages, without loading them."""
    search = yield from _search(query.filters)
    counts = yield from count_by_status(search)
    return sum(count.count for count in counts)


def answer_board(query: queries.BoardQuery, _: datetime) -> Asking[BoardView]:
    """Give the board of a funnel (V2)."""
    funnel = yield from get_funnel(query.funnel)
    search = yield from _search(changed(query.filters, funnel=(funnel.id,)))
    counts = yield from count_by_status(search)
    by_status = {count.status: count for count in counts}
    shown: Mapping[str, Sequence[Card]] = {}
    if query.cards and by_status:
        newest = changed(search, status=tuple(by_status), limit=query.cards)
        shown = yield from cards_by_status(newest)
    return BoardView(
        columns=[
            _column(one, by_status.get(one.id, StatusCount(status=one.id, count=0)), _cards(shown.get(one.id, ())))
            for one in funnel.statuses
        ]
    )


def _cards(cards: Sequence[Card]) -> list[CardView]:
    return cast(list[CardView], list(cards))


def _column(status: FunnelStatus, count: StatusCount, cards: list[CardView]) -> ColumnView:
    return ColumnView(
        status=status.id,
        name=status.name,
        colour=status.colour,
        count=count.count,
        sums={currency: amount(Money(minor, currency)) for currency, minor in sorted(count.sums.items())},
        cards=cards,
    )


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

"""The status history of a page of orders in SQL: their columns, by number, and their moves (F8).

Documents of orders and other rows of history are not read.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import attrs
import sqlalchemy as sa

from kwiga_orders.adapters.documents import HISTORY
from kwiga_orders.adapters.searching import Position, cursor_of, instant_of, position_after
from kwiga_orders.adapters.sql.conditions import PROJECT, Shape, at_most, clauses_of, terms_of
from kwiga_orders.adapters.sql.steps import Steps, rows_of
from kwiga_orders.adapters.sql.tables import history, orders
from kwiga_orders.listing import OrderSearch, TrackPage
from kwiga_orders.orders.events import OrderMoved, Recorded
from kwiga_orders.orders.status_history import Track

__all__ = ["track_page"]


# decision 0029: conversion is computed from columns and moves of the orders that the filters find
def track_page(project: str, search: OrderSearch) -> Steps[TrackPage]:
    """Give the status history of a page of orders, always sorted by number."""
    search = attrs.evolve(search, sort="number")
    # one extra row tells whether there is another page
    terms, start = terms_of(search), position_after(search)
    shapes = tuple(term.shape for term in terms)
    values = {name: value for term in terms for name, value in term.named().items()}
    if start is not None:
        values["after_number"] = start.number
    statement = _page(shapes, descending=search.descending, goes_on=start is not None, most=search.limit + 1)
    found = list((yield from rows_of(statement, project=project, **values)))
    shown = found[: search.limit]
    moves = (yield from _moves(project, [row["id"] for row in shown])) if shown else {}
    last = None if len(shown) == len(found) else shown[-1]["number"]
    return TrackPage(
        tracks=tuple(
            Track(
                order=row["id"],
                number=row["number"],
                created_at=instant_of(row["created_at"]),
                funnel=row["funnel"],
                status=row["status"],
                moves=tuple(moves.get(row["id"], ())),
            )
            for row in shown
        ),
        next=None if last is None else cursor_of(Position(last, last), search),
    )


@lru_cache(maxsize=128)
def _page(
    shapes: tuple[Shape, ...], *, descending: bool, goes_on: bool, most: int
) -> sa.Select[tuple[str, int, int, str, str]]:
    number = orders.c.number
    after: sa.BindParameter[int] = sa.bindparam("after_number")
    bounds = [number < after if descending else number > after] if goes_on else []
    return (
        sa.select(orders.c.id, number, orders.c.created_at, orders.c.funnel, orders.c.status)
        .where(orders.c.project == PROJECT, *(clauses_of(shape).among for shape in shapes), *bounds)
        .order_by(number.desc() if descending else number.asc())
        .limit(at_most(most))
    )


def _moves(project: str, ids: Sequence[str]) -> Steps[dict[str, list[Recorded]]]:
    """Read the moves of some orders, each in the order of its history."""
    named = {f"id_{n}": id for n, id in enumerate(ids)}
    moves: defaultdict[str, list[Recorded]] = defaultdict(list)
    for row in (yield from rows_of(_moves_of(len(ids)), project=project, **named)):
        moves[row["order_id"]].append(HISTORY.read(row["document"], schema=row["schema"], id=row["order_id"]))
    return moves


@lru_cache(maxsize=128)
def _moves_of(count: int) -> sa.Select[tuple[str, int, str]]:
    ids: list[sa.BindParameter[str]] = [sa.bindparam(f"id_{n}") for n in range(count)]
    return (
        sa.select(history.c.order_id, history.c.schema, history.c.document)
        .where(history.c.project == PROJECT, history.c.order_id.in_(ids), history.c.event == OrderMoved.name)
        .order_by(history.c.order_id, history.c.version, history.c.position)
    )

"""Sums of money paid and refunded, computed by the database in equal time steps (V8)."""

from collections.abc import Sequence
from functools import lru_cache
from math import gcd
from typing import Any

import sqlalchemy as sa

from kwiga_orders.adapters.searching import instant_of, microseconds
from kwiga_orders.adapters.sql.conditions import PROJECT
from kwiga_orders.adapters.sql.steps import Steps, rows_of
from kwiga_orders.adapters.sql.tables import takings
from kwiga_orders.adapters.taken import summed
from kwiga_orders.listing import Taken, TakenThrough, TakingsSearch

__all__ = ["taken_through", "takings_between"]


def takings_between(project: str, search: TakingsSearch) -> Steps[Sequence[Taken]]:
    """Sum up money paid and refunded in each span between instants."""
    first, *others = map(microseconds, search.instants)
    # the longest step that divides all spans: for days at least an hour, so a year has a few thousand rows
    step = gcd(*(at - first for at in others))
    rows = yield from rows_of(_sums(search.by), project=project, start=first, end=others[-1], step=step)
    # `int`, because PostgreSQL returns the sum of big integers as a decimal
    found = (
        (
            row["key"],
            row["currency"],
            instant_of(first + int(row["number"]) * step),
            int(row["paid"]),
            int(row["refunded"]),
            int(row["count"]),
        )
        for row in rows
    )
    return summed(found, search.instants)


_TAKEN_THROUGH = (
    sa.select(takings.c.order_id)
    .where(
        takings.c.project == PROJECT,
        takings.c.gateway == sa.bindparam("gateway"),
        takings.c.at >= sa.bindparam("start"),
        takings.c.at < sa.bindparam("end"),
    )
    .distinct()
    .order_by(takings.c.order_id)
)


def taken_through(project: str, lookup: TakenThrough) -> Steps[Sequence[str]]:
    """Give the orders with money paid or refunded through a gateway between two instants."""
    start, end = map(microseconds, (lookup.starts_at, lookup.ends_at))
    rows = yield from rows_of(_TAKEN_THROUGH, project=project, gateway=lookup.gateway, start=start, end=end)
    return [row["order_id"] for row in rows]


@lru_cache(maxsize=8)
def _sums(by: str) -> sa.Select[Any]:
    key: sa.ColumnElement[Any] = sa.null() if by == "time" else takings.c[by]
    start: sa.BindParameter[int] = sa.bindparam("start", type_=sa.BigInteger)
    step: sa.BindParameter[int] = sa.bindparam("step", type_=sa.BigInteger)
    number = (takings.c.at - start) // step
    # a payment for several products has a row for each: grouped by product each counts, else only part 0
    came = takings.c.came if by == "product" else sa.case((takings.c.part == 0, takings.c.came), else_=0)
    sums = (sa.func.sum(takings.c[name]).label(name) for name in ("paid", "refunded"))
    return (
        sa.select(key.label("key"), takings.c.currency, number.label("number"), *sums, sa.func.sum(came).label("count"))
        .where(takings.c.project == PROJECT, takings.c.at >= start, takings.c.at < sa.bindparam("end"))
        .group_by(*([] if by == "time" else [key]), takings.c.currency, sa.text("number"))
    )

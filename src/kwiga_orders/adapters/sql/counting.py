"""Rows that are updated together with orders: counters by status, counters of labels, and rewritten histories."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

import sqlalchemy as sa

from kwiga_orders.adapters.sql.columns import Bucket, OrderRows
from kwiga_orders.adapters.sql.steps import Row, Step, insert_for, writing
from kwiga_orders.adapters.sql.tables import COUNTED, counters, history, label_counts

__all__ = ["counted", "rewriting"]

Pairs = Sequence[tuple[OrderRows | None, OrderRows]]
"""The rows of orders before and after the change."""

_COUNTED = (*COUNTED, *(f"aside_{name}" for name in COUNTED))


@cache
def _count(dialect: str) -> sa.Insert:
    insert = insert_for(dialect, counters)
    # The database adds to the stored sum, so that two writers cannot overwrite each other's.
    return insert.on_conflict_do_update(
        index_elements=["project", "funnel", "status", "currency"],
        set_={name: counters.c[name] + insert.excluded[name] for name in _COUNTED},
    )


def counted(pairs: Pairs, project: str, *, dialect: str) -> Sequence[Step]:
    """Update the counters: orders and their sums by status and currency, and orders by label."""
    changes: dict[Bucket, list[int]] = {}
    for before, after in pairs:
        # The order before is subtracted, the order after is added.
        for order, sign in ((before, -1), (after, 1)):
            if order is not None:
                sums = changes.setdefault(order.bucket, [0] * len(_COUNTED))
                worth = (1, *order.worth)
                for n, value in enumerate((*worth, *worth) if order.is_aside else worth):
                    sums[n] += sign * value
    # always in the same order, so that two writers never wait for each other
    rows = [
        {"project": project, **bucket._asdict(), **dict(zip(_COUNTED, sums, strict=True))}
        for bucket, sums in sorted(changes.items())
        if any(sums)
    ]
    return (*writing(_count(dialect), rows), *_count_labels(project, pairs, dialect))


@cache
def _count_label(dialect: str) -> sa.Insert:
    insert = insert_for(dialect, label_counts)
    return insert.on_conflict_do_update(
        index_elements=["project", "kind", "value"],
        set_={"count": label_counts.c.count + insert.excluded["count"]},
    )


def _count_labels(project: str, pairs: Pairs, dialect: str) -> Sequence[Step]:
    changes = Counter[tuple[str, str]]()
    for before, after in pairs:
        changes.update(after.counted)
        changes.subtract(before.counted if before else ())
    rows = [
        {"project": project, "kind": kind, "value": value, "count": count}
        for (kind, value), count in sorted(changes.items())
        # Labels whose count stays the same are not written.
        if count
    ]
    return writing(_count_label(dialect), rows)


# Histories rewritten without an erased person

_REWRITE_HISTORY = (
    history.update()
    .where(
        history.c.project == sa.bindparam("of"),
        history.c.order_id == sa.bindparam("which"),
        history.c.version == sa.bindparam("at_version"),
        history.c.position == sa.bindparam("at_position"),
    )
    .values({name: sa.bindparam(name) for name in ("schema", "document")})
)


def rewriting(rows: Iterable[Row]) -> Sequence[Step]:
    """Replace stored rows of history."""
    return writing(_REWRITE_HISTORY, [_rewritten(row) for row in rows])


def _rewritten(row: Row) -> Row:
    return {
        "of": row["project"],
        "which": row["order_id"],
        "at_version": row["version"],
        "at_position": row["position"],
        "schema": row["schema"],
        "document": row["document"],
    }

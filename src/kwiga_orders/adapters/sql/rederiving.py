"""Recompute derived columns and tables from the documents, after the rules that derive them have changed.

Only migrations do this, in batches and for all projects.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import sqlalchemy as sa

from kwiga_orders.adapters.documents import CONTACTS, ORDERS
from kwiga_orders.adapters.sql.columns import contact_row, rows_of
from kwiga_orders.adapters.sql.commits import LINKS, payment_rows
from kwiga_orders.adapters.sql.row_security import seeing_all
from kwiga_orders.adapters.sql.steps import Row, insert_into
from kwiga_orders.adapters.sql.tables import (
    COUNTED,
    contacts,
    counters,
    history,
    label_counts,
    labels,
    orders,
    payments,
)

__all__ = ["number_history", "rederive_orders", "refold_contacts"]

_BATCH = 1000
_NUMBER_HISTORY = sa.text(
    "UPDATE kwiga_history SET seq = numbered.number FROM (SELECT project, order_id, version, position, row_number()"
    " OVER (PARTITION BY project ORDER BY at, order_id, version, position) AS number FROM kwiga_history) AS numbered"
    " WHERE kwiga_history.seq IS NULL AND kwiga_history.project = numbered.project"
    " AND kwiga_history.order_id = numbered.order_id AND kwiga_history.version = numbered.version"
    " AND kwiga_history.position = numbered.position"
)
_FOLDED = ("name", "email", "phone")


def refold_contacts(connection: sa.Connection) -> None:
    """Compute the searchable names, e-mails and phones of all contacts by the current rules (V3)."""
    with seeing_all(connection, contacts.name):
        for rows in _batches(connection, contacts):
            _update(connection, contacts, [_refolded(*row) for row in rows])


def _refolded(project: str, id: str, schema: int, document: str) -> Row:
    folded = contact_row(project, CONTACTS.read(document, schema=schema, id=id))
    return {"of": project, "which": id, **{name: folded[name] for name in _FOLDED}}


def rederive_orders(connection: sa.Connection) -> None:
    """Recompute filter columns and counters of all orders, and mark each order to be checked for due work (V1, V2)."""
    derived = (payments, *(link.table for link in LINKS))
    with ExitStack() as all_rows:
        for table in (orders, counters, label_counts, *derived):
            all_rows.enter_context(seeing_all(connection, table.name))
        # Derived rows are deleted and made anew, because the old rules are no longer known here.
        for table in (counters, label_counts, *derived):
            connection.execute(table.delete())
        for rows in _batches(connection, orders):
            _rederive(connection, rows)
        _recount(connection)


def _rederive(connection: sa.Connection, rows: Sequence[Sequence[Any]]) -> None:
    columns: list[Row] = []
    hung: dict[sa.Table, list[Row]] = {}
    for project, id, schema, document in rows:
        derived = rows_of(ORDERS.read(document, schema=schema, id=id))
        # Due at once, because something may be due by the new rules that was not due by the old ones.
        columns.append({"of": project, "which": id, **derived.columns, "next_due_at": 0})
        hung.setdefault(payments, []).extend(payment_rows(project, id, derived))
        for link in LINKS:
            hung.setdefault(link.table, []).extend(link.rows(project, id, link.of(derived)))
    _update(connection, orders, columns)
    for table, some in hung.items():
        if some:
            connection.execute(insert_into(table), some)


def _recount(connection: sa.Connection) -> None:
    keys = [orders.c[name] for name in ("project", "funnel", "status", "currency")]
    is_aside = (
        sa.select(labels.c.order_id)
        .where(labels.c.project == orders.c.project, labels.c.order_id == orders.c.id, labels.c.kind == "is")
        .where(labels.c.value.in_(("cancelled", "superseded")))
        .correlate(orders)
        .exists()
    )
    worth = [sa.literal(1), *(orders.c[name] for name in COUNTED[1:])]
    sums = [sa.func.sum(one) for one in (*worth, *(sa.case((is_aside, one), else_=0) for one in worth))]
    names = [*(key.name for key in keys), *COUNTED, *(f"aside_{name}" for name in COUNTED)]
    connection.execute(counters.insert().from_select(names, sa.select(*keys, *sums).group_by(*keys)))
    by_label = ("project", "kind", "value", "count")
    tagged = (labels.c.project, labels.c.kind, labels.c.value)
    connection.execute(
        label_counts.insert().from_select(
            by_label, sa.select(*tagged, sa.func.count()).where(labels.c.kind == "tag").group_by(*tagged)
        )
    )
    opened = (orders.c.project, sa.literal("offer"), orders.c.offer)
    connection.execute(
        label_counts.insert().from_select(
            by_label,
            sa.select(*opened, sa.func.count()).where(orders.c.offer.is_not(None)).group_by(opened[0], opened[2]),
        )
    )


def number_history(connection: sa.Connection) -> None:
    """Number the rows of history that have no number, for each project by their instants (V8)."""
    with seeing_all(connection, history.name):
        connection.execute(_NUMBER_HISTORY)


def _batches(connection: sa.Connection, table: sa.Table) -> Iterator[Sequence[Sequence[Any]]]:
    """Give the documents of a table in the order of their keys, in batches."""
    key = sa.tuple_(table.c.project, table.c.id)
    following = (
        sa.select(table.c.project, table.c.id, table.c.schema, table.c.document)
        .where(key > sa.tuple_(sa.bindparam("after_project"), sa.bindparam("after_id")))
        .order_by(table.c.project, table.c.id)
        .limit(_BATCH)
    )
    last = ("", "")
    while rows := connection.execute(following, {"after_project": last[0], "after_id": last[1]}).all():
        yield rows
        last = rows[-1][0], rows[-1][1]


def _update(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    values: dict[str, object] = {name: sa.bindparam(name) for name in rows[0] if name not in ("of", "which")}
    this = (table.c.project == sa.bindparam("of"), table.c.id == sa.bindparam("which"))
    connection.execute(table.update().where(*this).values(values), list(rows))

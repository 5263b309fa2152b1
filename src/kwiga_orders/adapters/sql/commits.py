"""Writing a change, whole: orders with all that hangs on them, history, offers, funnels, outbox, idempotency key.

Laws:

1. Whatever was decided on another state than the stored one is a conflict (K2), and is found before anything is
   written: as writers take turns, it stays what it is until the end.
2. Only what changed is written: columns, links, payments and counters are compared with those of the stored order.
3. All rows of a kind are written with one statement.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property

import attrs
import sqlalchemy as sa

from kwiga_orders.adapters.documents import FUNNELS, OFFERS, REPEATED
from kwiga_orders.adapters.searching import microseconds
from kwiga_orders.adapters.sql.columns import (
    Bucket,
    OrderRows,
    catalogue_rows,
    history_rows,
    order_document,
    outbox_row,
    rows_of,
    version_row,
)
from kwiga_orders.adapters.sql.projects import put_contacts
from kwiga_orders.adapters.sql.reads import Reads
from kwiga_orders.adapters.sql.steps import Row, Step, Steps, insert_for, insert_into, writing
from kwiga_orders.adapters.sql.tables import (
    catalogue_history,
    certificates,
    counters,
    funnels,
    history,
    idempotency_keys,
    label_counts,
    labels,
    offer_pins,
    offer_versions,
    offers,
    orders,
    outbox,
    payments,
    products,
    takings,
    tasks,
)
from kwiga_orders.changes import Changes
from kwiga_orders.errors import Conflict
from kwiga_orders.funnel import Funnel
from kwiga_orders.offers import Offer
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.takings import Taking

__all__ = ["LINKS", "Link", "commit", "payment_rows"]

_ADD_ORDER, _ADD_KEY = insert_into(orders), insert_into(idempotency_keys)
# writers of a project take turns, so nobody else counts on meanwhile
_BEFORE = history.alias("before")
_NEXT_SEQ = sa.select(sa.func.coalesce(sa.func.max(_BEFORE.c.seq), 0) + 1).where(
    _BEFORE.c.project == sa.bindparam("project")
)
_ADD_HISTORY = insert_into(history).values(seq=_NEXT_SEQ.scalar_subquery())
_ADD_OFFER, _ADD_FUNNEL = insert_into(offers), insert_into(funnels)
_ADD_VERSION, _ADD_PIN = insert_into(offer_versions), insert_into(offer_pins)
_ADD_CATALOGUE = insert_into(catalogue_history, "seq")
_NOTHING: frozenset[tuple[object, ...]] = frozenset()
_NO_PAYMENTS: Mapping[str, tuple[int | None, int | None]] = {}

_COUNTED = ("count", "total", "paid", "owed")

_Pair = tuple[OrderRows | None, Order, OrderRows]


def commit(reads: Reads, changes: Changes, *, dialect: str) -> Steps[None]:
    """Write all of `changes` and commit; the driver rolls back if it raises.

    Raises:
        Conflict: as the conditions of `Transaction.commit` say.
    """
    yield from reads.get_project()
    pairs: list[_Pair] = []
    for order in changes.orders:
        before = yield from _stored(reads, order, expected=changes.based_on.get(order.id, 0))
        pairs.append((before, order, rows_of(order)))
    yield from _refuse_stale(reads, changes)
    yield from reads.end(*_writes(reads.id, changes, pairs, dialect))


def _refuse_stale(reads: Reads, changes: Changes) -> Steps[None]:
    """Hold what is written besides orders against what is stored.

    Raises:
        Conflict: `order.conflict`, `offer.conflict`, `funnel.conflict`.
    """
    written = {order.id for order in changes.orders}
    for id in changes.next_due:
        if id not in written:
            order, expected = (yield from reads.find_order(id)), changes.based_on.get(id, 0)
            if order is None or order.version != expected:
                raise Conflict("order.conflict", what="order", id=id, expected=expected)
    for offer in changes.offers:
        known = yield from reads.find_offer(offer.code)
        found = 0 if known is None else known.version
        if found != offer.version - 1:
            raise Conflict("offer.conflict", offer=offer.code, expected=offer.version - 1, found=found)
    for funnel in changes.funnels:
        before = yield from reads.find_funnel(funnel.id)
        found = 0 if before is None else before.version
        if found != funnel.version - 1:
            raise Conflict("funnel.conflict", funnel=funnel.id, expected=funnel.version - 1, found=found)


def _writes(project: str, changes: Changes, pairs: Sequence[_Pair], dialect: str) -> Iterator[Step]:
    """Give all that is said; orders come before what refers to them."""
    yield from put_contacts(project, changes.contacts, dialect=dialect)
    if pairs:
        yield from _write_orders(project, changes, pairs)
        yield from _write_links(project, pairs)
        yield from _write_payments(project, pairs, dialect)
        yield from _write_counters(project, pairs, dialect)
    yield from _write_due(project, changes)
    yield from writing(_REWRITE_HISTORY, [_rewritten(row) for row in history_rows(project, changes.rewritten)])
    yield from writing(_ADD_HISTORY, history_rows(project, changes.history), conflict={})
    for offer in changes.offers:
        yield from _write_offer(project, offer)
    for funnel in changes.funnels:
        yield from _write_funnel(project, funnel)
    yield from writing(_REMOVE_FUNNEL, [{"of": project, "which": id} for id in changes.removed_funnels])
    yield from writing(_ADD_CATALOGUE, catalogue_rows(project, changes.catalogue))
    yield from writing(_post(dialect), [outbox_row(project, row) for row in changes.outbox], conflict={})
    # K1: on the retry the command finds the answer that is stored there
    rows = [
        {"project": project, "key": one.key, "schema": REPEATED.number, "document": REPEATED.write(one)}
        for one in changes.repeated
    ]
    yield from writing(_ADD_KEY, rows, conflict={"idempotency_keys": [one.key for one in changes.repeated]})


# Orders


def _stored(reads: Reads, order: Order, *, expected: int) -> Steps[OrderRows | None]:
    """Give the rows of the order that `order` replaces; None if it is new.

    Raises:
        Conflict: if the stored one has another version than the one it was decided on.
    """
    if expected == 0:
        return None
    stored = yield from reads.find_order(order.id)
    found = stored.version if stored else 0
    if stored is None or found != expected:
        raise Conflict("order.conflict", order=order.number, expected=expected, found=found)
    return rows_of(stored)


def _write_orders(project: str, changes: Changes, pairs: Sequence[_Pair]) -> Iterator[Step]:
    made = [
        {"project": project, "id": order.id, **rows.columns, **order_document(order), **_next_due(order, changes, 0)}
        for before, order, rows in pairs
        if before is None
    ]
    yield from writing(_ADD_ORDER, made, conflict={"numbers": [row["number"] for row in made]})
    for before, order, after in pairs:
        if before is not None:
            # only columns that change are named: each one that is costs a write to its index
            new = {
                **{name: value for name, value in after.columns.items() if value != before.columns[name]},
                **order_document(order),
                **_next_due(order, changes),
            }
            yield from _update(project, order.id, new)


@cache
def _update_of(columns: tuple[str, ...]) -> sa.Update:
    this = (orders.c.project == sa.bindparam("of"), orders.c.id == sa.bindparam("which"))
    return orders.update().where(*this).values({name: sa.bindparam(name) for name in columns})


def _update(project: str, id: str, new: Row) -> Sequence[Step]:
    return writing(_update_of(tuple(new)), [{"of": project, "which": id, **new}])


# What falls due


_LOOK_ANEW = (
    orders.update()
    .where(orders.c.project == sa.bindparam("of"), orders.c.offer == sa.bindparam("which"))
    .values(next_due_at=sa.bindparam("next_due_at"))
)


def _next_due(order: Order, changes: Changes, *otherwise: int) -> Row:
    """Give the column of when something next falls due, if that is said; else what is there stays."""
    if order.id in changes.next_due:
        return {"next_due_at": _instant(changes.next_due[order.id])}
    return {"next_due_at": otherwise[0]} if otherwise else {}


def _instant(at: datetime | None) -> int | None:
    return None if at is None else microseconds(at)


def _write_due(project: str, changes: Changes) -> Iterator[Step]:
    written = {order.id for order in changes.orders}
    for id, at in changes.next_due.items():
        if id not in written:
            yield from _update(project, id, {"next_due_at": _instant(at)})
    anew = [{"of": project, "which": code, "next_due_at": 0} for code in changes.due_anew]
    yield from writing(_LOOK_ANEW, anew)


# What hangs on orders


@attrs.frozen
class Link:
    """A table of what an order has several of: rows come and go, and never change.

    All columns are the key of a row, unless one of them is `key`.
    """

    table: sa.Table
    columns: tuple[str, ...]
    of: Callable[[OrderRows], frozenset[tuple[object, ...]]]
    key: str | None = None

    def rows(self, project: str, order: str, values: Iterable[tuple[object, ...]]) -> Iterator[Row]:
        """Give the rows of an order that say these values."""
        for one in sorted(values, key=str):
            yield {"project": project, "order_id": order, **dict(zip(self.columns, one, strict=True))}

    @cached_property
    def add(self) -> sa.Insert:
        """Adds rows."""
        return insert_into(self.table)

    @cached_property
    def remove(self) -> sa.Delete:
        """Removes rows."""
        names = ("project", "order_id", *(self.columns if self.key is None else (self.key,)))
        return self.table.delete().where(*(self.table.c[name] == sa.bindparam(name) for name in names))


LINKS = (
    Link(products, ("contact", "product"), lambda rows: rows.products),
    Link(labels, ("kind", "value"), lambda rows: rows.labels),
    Link(certificates, ("number", "product"), lambda rows: rows.certificates),
    Link(takings, ("fact", *Taking._fields[1:]), lambda rows: rows.takings, key="fact"),
    Link(tasks, ("task", "title", "assignee", "due_at", "done_at"), lambda rows: rows.tasks, key="task"),
)
"""All that an order has several of, but its payments."""


def _write_links(project: str, pairs: Sequence[_Pair]) -> Iterator[Step]:
    for link in LINKS:
        gone: list[Row] = []
        added: list[Row] = []
        for before, order, after in pairs:
            has, had = link.of(after), link.of(before) if before else _NOTHING
            if has != had:
                gone += link.rows(project, order.id, had - has)
                added += link.rows(project, order.id, has - had)
        yield from writing(link.remove, gone)
        yield from writing(link.add, added, conflict={})


@cache
def _put_payment(dialect: str) -> sa.Insert:
    insert = insert_for(dialect, payments)
    return insert.on_conflict_do_update(
        index_elements=["project", "order_id", "payment"],
        set_={"due_at": insert.excluded.due_at, "paid_at": insert.excluded.paid_at},
    )


def payment_rows(
    project: str, order: str, rows: OrderRows, *, known: Mapping[str, tuple[int | None, int | None]] = _NO_PAYMENTS
) -> Iterator[Row]:
    """Give the rows of the payments of an order that are not `known` to be so already."""
    for id, (due_at, paid_at) in rows.payments.items():
        if known.get(id) != (due_at, paid_at):
            yield {"project": project, "order_id": order, "payment": id, "due_at": due_at, "paid_at": paid_at}


def _write_payments(project: str, pairs: Sequence[_Pair], dialect: str) -> Sequence[Step]:
    rows: list[Row] = []
    for before, order, after in pairs:
        rows += payment_rows(project, order.id, after, known=before.payments if before else {})
    return writing(_put_payment(dialect), rows)


@cache
def _count(dialect: str) -> sa.Insert:
    insert = insert_for(dialect, counters)
    return insert.on_conflict_do_update(
        index_elements=["project", "funnel", "status", "currency"],
        set_={name: counters.c[name] + insert.excluded[name] for name in _COUNTED},
    )


def _write_counters(project: str, pairs: Sequence[_Pair], dialect: str) -> Sequence[Step]:
    changes: dict[Bucket, list[int]] = {}
    for before, _, after in pairs:
        for rows, sign in ((before, -1), (after, 1)):
            if rows is not None:
                sums = changes.setdefault(rows.bucket, [0, 0, 0, 0])
                for n, value in enumerate((1, *rows.worth)):
                    sums[n] += sign * value
    # always in the same order, so that two writers never wait for each other
    counted = [
        {"project": project, **bucket._asdict(), **dict(zip(_COUNTED, sums, strict=True))}
        for bucket, sums in sorted(changes.items())
        if any(sums)
    ]
    return (*writing(_count(dialect), counted), *_count_labels(project, pairs, dialect))


@cache
def _count_label(dialect: str) -> sa.Insert:
    insert = insert_for(dialect, label_counts)
    return insert.on_conflict_do_update(
        index_elements=["project", "kind", "value"],
        set_={"count": label_counts.c.count + insert.excluded["count"]},
    )


def _count_labels(project: str, pairs: Sequence[_Pair], dialect: str) -> Sequence[Step]:
    changes = Counter[tuple[str, str]]()
    for before, _, after in pairs:
        changes.update(after.counted)
        changes.subtract(before.counted if before else ())
    rows = [
        {"project": project, "kind": kind, "value": value, "count": count}
        for (kind, value), count in sorted(changes.items())
        if count
    ]
    return writing(_count_label(dialect), rows)


# Offers and funnels


_REPLACE_OFFER = (
    offers.update()
    .where(offers.c.project == sa.bindparam("of"), offers.c.code == sa.bindparam("which"))
    .values({name: sa.bindparam(name) for name in ("revision", "funnel", "schema", "document")})
)


def _write_offer(project: str, offer: Offer) -> Iterator[Step]:
    version, of = offer.current, {"project": project, "code": offer.code}
    row = {
        "revision": offer.version,
        "funnel": version.funnel,
        "schema": OFFERS.number,
        "document": OFFERS.write(offer),
    }
    if offer.version == 1:
        yield from writing(_ADD_OFFER, [{**of, **row}])
    else:
        yield from writing(_REPLACE_OFFER, [{"of": project, "which": offer.code, **row}])
    yield from writing(_ADD_VERSION, [{**of, **version_row(version)}], conflict={"offer": offer.code})
    yield from writing(_ADD_PIN, [{**of, "product": product, "number": version.number} for product in version.pinned])


_REPLACE_FUNNEL = (
    funnels.update()
    .where(funnels.c.project == sa.bindparam("of"), funnels.c.id == sa.bindparam("which"))
    .values({name: sa.bindparam(name) for name in ("version", "schema", "document")})
)
_REMOVE_FUNNEL = funnels.delete().where(funnels.c.project == sa.bindparam("of"), funnels.c.id == sa.bindparam("which"))


def _write_funnel(project: str, funnel: Funnel) -> Sequence[Step]:
    row = {"version": funnel.version, "schema": FUNNELS.number, "document": FUNNELS.write(funnel)}
    if funnel.version == 1:
        return writing(_ADD_FUNNEL, [{"project": project, "id": funnel.id, **row}])
    return writing(_REPLACE_FUNNEL, [{"of": project, "which": funnel.id, **row}])


# Histories that a person is erased from

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


def _rewritten(row: Row) -> Row:
    return {
        "of": row["project"],
        "which": row["order_id"],
        "at_version": row["version"],
        "at_position": row["position"],
        "schema": row["schema"],
        "document": row["document"],
    }


# Outbox and idempotency


@cache
def _post(dialect: str) -> sa.Insert:
    # N2: a letter whose key is there already is left out; which number a row gets is not asked
    insert = insert_for(dialect, outbox, "seq", "sent_at").inline()
    return insert.on_conflict_do_nothing(index_elements=["project", "letter_key"])

"""Writing a change as a whole: orders with their rows, history, offers, funnels, outbox, idempotency key.

Laws:

1. A change decided on a state that is no longer stored is a conflict (K2), and nothing is written. Versions that a
   command expects are compared first; changes by others since it read are found by the last message (`guards`).
2. Sequences of the whole project (order numbers, counters, positions in the history) are written last, under one lock,
   so that other writers wait for it only briefly.
3. Only changes are written: columns, links, payments and counters are compared with those of the stored order.
4. All rows of a table are written with one statement.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property
from typing import Any

import attrs
import sqlalchemy as sa

from kwiga_orders.adapters.documents import FUNNELS, OFFERS, REPEATED
from kwiga_orders.adapters.searching import microseconds
from kwiga_orders.adapters.sql.columns import (
    OrderRows,
    catalogue_rows,
    history_rows,
    order_document,
    outbox_row,
    rows_of,
    version_row,
)
from kwiga_orders.adapters.sql.counting import counted, rewriting
from kwiga_orders.adapters.sql.forgetting import forgetting
from kwiga_orders.adapters.sql.guards import ReadSet, key_of, number_if
from kwiga_orders.adapters.sql.numbering import LAST_NUMBER
from kwiga_orders.adapters.sql.outbox import add_rows, settle_parked
from kwiga_orders.adapters.sql.projects import put_contacts
from kwiga_orders.adapters.sql.reads import Reads
from kwiga_orders.adapters.sql.steps import END, Row, Step, Steps, insert_for, insert_into, writing
from kwiga_orders.adapters.sql.tables import (
    catalogue_history,
    certificates,
    funnels,
    history,
    idempotency_keys,
    labels,
    offer_pins,
    offer_versions,
    offers,
    orders,
    payments,
    products,
    projects,
    takings,
    tasks,
)
from kwiga_orders.changes import Changes, Repeated
from kwiga_orders.errors import AdapterFailed, Conflict
from kwiga_orders.funnel import Funnel
from kwiga_orders.offers import Offer
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.takings import Taking

__all__ = ["LINKS", "Link", "commit", "payment_rows"]

_ADD_ORDER, _ADD_KEY = insert_into(orders), insert_into(idempotency_keys)
# The next position in the history is read under the lock of law 2, so that positions have no gaps.
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

_Pair = tuple[OrderRows | None, Order, OrderRows]


def commit(reads: Reads, changes: Changes, *, dialect: str) -> Steps[None]:
    """Write all of `changes` and commit; the driver rolls back if it raises.

    Raises:
        Conflict: as the conditions of `Transaction.commit` say.
    """
    yield from reads.get_project()
    pairs: list[_Pair] = []
    replaced: list[Order] = []
    # always in the same order, so that two writers never wait for each other
    for order in sorted(changes.orders, key=lambda order: order.id):
        before = yield from _stored(reads, order, expected=changes.based_on.get(order.id, 0))
        pairs.append((None if before is None else rows_of(before), order, rows_of(order)))
        replaced += () if before is None else (before,)
    yield from _refuse_stale(reads, changes)
    writes = _Writes(reads.id, changes, pairs, dialect, (yield from forgetting(reads.id, changes)))
    # The transaction is alone: nobody else writes, so there is nothing to check.
    if reads.seen is None:
        yield from reads.last(*writes.all(), *reads.transactions.commit(early=False))
    # PostgreSQL: everything in one message, for one round trip.
    elif reads.transactions.one_message:
        yield from reads.last(*_one_message(reads, reads.seen, writes, replaced))
    elif (yield from _upgraded(reads)):
        # SQLite gave the write lock, so nobody wrote since this transaction read: nothing has to be checked
        yield from _counting_from(reads, None if reads.numbering is None else reads.numbering.last, writes)
    else:
        yield from _step_by_step(reads, reads.seen, writes, replaced)


def _upgraded(reads: Reads) -> Steps[bool]:
    """Turn a reading transaction into a writing one; tell whether that was possible."""
    try:
        yield reads.transactions.upgrade()
    except AdapterFailed as failed:
        # `store.locked` means that another writer was faster.
        if failed.code != "store.locked":
            raise
        return False
    return True


def _one_message(reads: Reads, seen: ReadSet, writes: "_Writes", replaced: Sequence[Order]) -> Iterator[Step]:
    """Give the steps of the last message: it ends reading, takes locks, checks, writes and commits."""
    begins = reads.transactions.begin_locked(reads.id, seen.locks_for(reads.id, writes.changes, replaced))
    checks = seen.checks_for(reads.id, writes.changes, counting=key_of("counting", reads.id))
    counting: Iterable[Step] = writes.counting()
    if reads.numbering is not None:
        counting = reads.numbering.in_database([*counting])
    yield from (END, *begins, *checks, *writes.first(), *counting, *reads.transactions.commit(early=True))


def _step_by_step(reads: Reads, seen: ReadSet, writes: "_Writes", replaced: Sequence[Order]) -> Steps[None]:
    """Do the same in several messages, for SQLite after another writer was faster: its answers cost no round trip."""
    begins = reads.transactions.begin_locked(reads.id, seen.locks_for(reads.id, writes.changes, replaced))
    checks = seen.checks_for(reads.id, writes.changes, counting=None)
    last_number = Step(LAST_NUMBER, ({"project": reads.id},))
    answers = yield (END, *begins, *checks, last_number)
    *same, last = answers[1 + len(begins) :]
    # 0 means that what was read changed: the command is decided again.
    if any(answer.rows[0]["same"] != 1 for answer in same):
        raise Conflict("order.conflict")
    yield from _counting_from(reads, last.rows[0]["last"], writes)


def _counting_from(reads: Reads, last: int | None, writes: "_Writes") -> Steps[None]:
    """Write everything and commit; new orders get the numbers after `last`."""
    steps = writes.all()
    if reads.numbering is not None and last is not None:
        steps = [*reads.numbering.resolved(steps, last)]
    yield from reads.last(*steps, *reads.transactions.commit(early=False))


def _refuse_stale(reads: Reads, changes: Changes) -> Steps[None]:
    """Compare the versions of what is written besides orders with the stored versions.

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


@attrs.frozen
class _Writes:
    """The statements that write a change; orders come before rows that refer to them."""

    project: str
    changes: Changes
    pairs: Sequence[_Pair]
    dialect: str
    forgets: Sequence[Step]

    @property
    def makes_orders(self) -> bool:
        """Whether there are new orders, which need numbers."""
        return any(before is None for before, _, _ in self.pairs)

    def all(self) -> list[Step]:
        """Give all statements."""
        return [*self.first(), *self.counting()]

    def first(self) -> Iterator[Step]:
        """Give the statements that need no lock of the project (law 2); new orders do, because of their numbers."""
        yield from put_contacts(self.project, self.changes.contacts, dialect=self.dialect)
        changes = self.changes
        for offer in changes.offers:
            yield from _write_offer(self.project, offer)
        for funnel in changes.funnels:
            yield from _write_funnel(self.project, funnel)
        yield from writing(_REMOVE_FUNNEL, [{"of": self.project, "which": id} for id in changes.removed_funnels])
        if changes.offers or changes.funnels or changes.removed_funnels:
            yield from writing(_REVISE, [{"of": self.project}])
        yield from self.forgets
        if not self.makes_orders:
            yield from self._orders()

    def counting(self) -> Iterator[Step]:
        """Give the statements that need the lock of law 2."""
        # New orders are among them, because they take the next numbers.
        if self.makes_orders:
            yield from self._orders()
        yield from counted([(before, after) for before, _, after in self.pairs], self.project, dialect=self.dialect)
        yield from rewriting(history_rows(self.project, self.changes.rewritten))
        yield from writing(_ADD_HISTORY, history_rows(self.project, self.changes.history), conflict={})
        yield from writing(_ADD_CATALOGUE, catalogue_rows(self.project, self.changes.catalogue))

    def _orders(self) -> Iterator[Step]:
        changes = self.changes
        yield from _write_orders(self.project, changes, self.pairs, self.dialect)
        yield from _write_links(self.project, self.pairs)
        yield from _write_payments(self.project, self.pairs, self.dialect)
        written = {order.id for order in changes.orders}
        for id, at in changes.next_due.items():
            if id not in written:
                yield from _update(self.project, id, {"next_due_at": _instant(at)}, changes, self.dialect)
        anew = [{"of": self.project, "which": code, "next_due_at": 0} for code in changes.due_anew]
        yield from writing(_LOOK_ANEW, anew)
        outgoing = [outbox_row(self.project, row) for row in changes.outbox]
        yield from writing(add_rows(self.dialect), outgoing, conflict={})
        yield from settle_parked(self.project, retried=changes.retried, dropped=changes.dropped)
        yield from _write_repeated(self.project, changes.repeated)


_REVISE = projects.update().where(projects.c.project == sa.bindparam("of")).values(revision=projects.c.revision + 1)


# Orders


def _stored(reads: Reads, order: Order, *, expected: int) -> Steps[Order | None]:
    """Give the order that `order` replaces; None if it is new.

    Raises:
        Conflict: if the stored order does not have the version that the change was decided on.
    """
    if expected == 0:
        # A new order has no row yet; the unique key refuses a second order with the same id.
        return None
    stored = yield from reads.find_order(order.id)
    found = stored.version if stored else 0
    if stored is None or found != expected:
        raise Conflict("order.conflict", order=order.number, expected=expected, found=found)
    return stored


def _write_orders(project: str, changes: Changes, pairs: Sequence[_Pair], dialect: str) -> Iterator[Step]:
    made = [
        {"project": project, "id": order.id, **rows.columns, **order_document(order), **_next_due(order, changes, 0)}
        for before, order, rows in pairs
        if before is None
    ]
    yield from writing(_ADD_ORDER, made, conflict={"numbers": [row["number"] for row in made]})
    for before, order, after in pairs:
        if before is not None:
            # only columns that change are set, because each column that is set costs a write to its index
            new = {
                **{name: value for name, value in after.columns.items() if value != before.columns[name]},
                **order_document(order),
                **_next_due(order, changes),
            }
            yield from _update(project, order.id, new, changes, dialect)


@cache
def _update_of(columns: tuple[str, ...], dialect: str) -> sa.Update:
    this = (orders.c.project == sa.bindparam("of"), orders.c.id == sa.bindparam("which"))
    values: dict[str, sa.ColumnElement[Any]] = {name: sa.bindparam(name) for name in columns}
    # On SQLite the version was compared before, under the lock of the file.
    if dialect == "postgresql":
        values["version"] = _version_if_same()
    return orders.update().where(*this).values(values)


def _version_if_same() -> sa.ColumnElement[int]:
    """Give the new version if the stored one is as expected; else PostgreSQL fails with an error that names both.

    A writer that waited for another writer of the row compares with the version that the other one wrote.
    """
    based_on: sa.BindParameter[int] = sa.bindparam("based_on", type_=sa.Integer)
    told = (sa.cast(one, sa.Text) for one in (orders.c.number, based_on, orders.c.version))
    problem: sa.ColumnElement[str] = sa.literal_column("'order'")
    for one in told:
        problem = problem + ":" + one
    return number_if(orders.c.version == based_on, sa.bindparam("version", type_=sa.Integer), problem)


def _update(project: str, id: str, new: Row, changes: Changes, dialect: str) -> Sequence[Step]:
    based_on = changes.based_on.get(id, 0)
    row = {"of": project, "which": id, "version": based_on, "based_on": based_on, **new}
    return writing(_update_of(tuple(new), dialect), [row])


# What falls due


_LOOK_ANEW = (
    orders.update()
    .where(orders.c.project == sa.bindparam("of"), orders.c.offer == sa.bindparam("which"))
    .values(next_due_at=sa.bindparam("next_due_at"))
)


def _next_due(order: Order, changes: Changes, *otherwise: int) -> Row:
    """Give the new value of `next_due_at`, if the changes have one; an order that they leave out keeps its value."""
    if order.id in changes.next_due:
        return {"next_due_at": _instant(changes.next_due[order.id])}
    return {"next_due_at": otherwise[0]} if otherwise else {}


def _instant(at: datetime | None) -> int | None:
    return None if at is None else microseconds(at)


# Rows that belong to orders


@attrs.frozen
class Link:
    """A table with several rows for each order. Rows are added and removed, never changed.

    The key of a row is the column `key` if it has one, else all columns.
    """

    table: sa.Table
    columns: tuple[str, ...]
    of: Callable[[OrderRows], frozenset[tuple[object, ...]]]
    key: str | None = None

    def rows(self, project: str, order: str, values: Iterable[tuple[object, ...]]) -> Iterator[Row]:
        """Give the rows of an order with these values."""
        # Sorted, so that two writers add rows in the same order and cannot deadlock.
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
"""The tables with several rows for each order, except payments."""


def _write_links(project: str, pairs: Sequence[_Pair]) -> Iterator[Step]:
    for link in LINKS:
        gone: list[Row] = []
        added: list[Row] = []
        for before, order, after in pairs:
            has, had = link.of(after), link.of(before) if before else _NOTHING
            # Whole sets are compared first, because most commands change no link.
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
    """Give the rows of the payments of an order, without those that are the same in `known`."""
    for id, (due_at, paid_at) in rows.payments.items():
        # an unchanged payment is not written again
        if known.get(id) != (due_at, paid_at):
            yield {"project": project, "order_id": order, "payment": id, "due_at": due_at, "paid_at": paid_at}


def _write_payments(project: str, pairs: Sequence[_Pair], dialect: str) -> Sequence[Step]:
    rows: list[Row] = []
    for before, order, after in pairs:
        rows += payment_rows(project, order.id, after, known=before.payments if before else {})
    return writing(_put_payment(dialect), rows)


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
        yield from writing(_ADD_OFFER, [{**of, **row}], conflict={"offer": offer.code})
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
        return writing(_ADD_FUNNEL, [{"project": project, "id": funnel.id, **row}], conflict={"funnel": funnel.id})
    return writing(_REPLACE_FUNNEL, [{"of": project, "which": funnel.id, **row}])


# Idempotency


def _write_repeated(project: str, repeated: Sequence[Repeated]) -> Sequence[Step]:
    rows = [
        {
            "project": project,
            "key": one.key,
            "schema": REPEATED.number,
            "document": REPEATED.write(one),
            "kept_at": None if one.at is None else microseconds(one.at),
        }
        for one in repeated
    ]
    # K1: after the conflict the command is decided again, and finds the answer that is kept under the key
    return writing(_ADD_KEY, rows, conflict={"idempotency_keys": [one.key for one in repeated]})

"""Orders in the most direct form: a table for orders, one for lines, and one for payments.

The floor of loading reads them with three selects and makes objects. The peer is SQLAlchemy's ORM on these tables.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import attrs
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from benchmarks.filling import copies, tell
from benchmarks.patterns import Copy, Pattern

__all__ = ["by_orm", "by_three_selects", "fill_plain"]

_BATCH = 20_000


class _Base(DeclarativeBase):
    pass


class OrderRow(_Base):
    """An order."""

    __tablename__ = "orders"
    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    contact: Mapped[str]
    currency: Mapped[str]
    zone: Mapped[str]
    created_at: Mapped[str]
    updated_at: Mapped[str]
    funnel: Mapped[str]
    status: Mapped[str]
    manager: Mapped[str | None]
    offer: Mapped[str | None]
    option: Mapped[str | None]
    total: Mapped[int]
    version: Mapped[int]
    lines: Mapped[list["LineRow"]] = relationship(order_by="LineRow.place", lazy="selectin")
    payments: Mapped[list["PaymentRow"]] = relationship(order_by="PaymentRow.id", lazy="selectin")


class LineRow(_Base):
    """A line of an order."""

    __tablename__ = "lines"
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[str]
    price: Mapped[int]
    source: Mapped[str]
    since: Mapped[int | None]


class PaymentRow(_Base):
    """A payment of an order."""

    __tablename__ = "payments"
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int]
    created_at: Mapped[str]
    due_at: Mapped[str]
    closes_access: Mapped[bool]
    paid_at: Mapped[str | None]
    paid_version: Mapped[int | None]


@attrs.frozen
class _Line:
    order: str
    place: int
    product: str
    price: int
    source: str
    since: int | None


@attrs.frozen
class _Payment:
    order: str
    id: str
    amount: int
    created_at: str
    due_at: str
    closes_access: bool
    paid_at: str | None
    paid_version: int | None


@attrs.frozen
class _Order:
    id: str
    number: int
    contact: str
    currency: str
    zone: str
    created_at: str
    updated_at: str
    funnel: str
    status: str
    manager: str | None
    offer: str | None
    option: str | None
    total: int
    version: int
    lines: Sequence[_Line]
    payments: Sequence[_Payment]


def fill_plain(path: Path, orders: int, made: Sequence[Pattern]) -> None:
    """Fill the plain tables with the same orders as a store."""
    engine = create_engine(f"sqlite:///{path}")
    _Base.metadata.create_all(engine)
    engine.dispose()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    rows_of = {id(pattern): _rows(pattern) for pattern in made}
    all_copies = copies(orders, made)
    done = 0
    while some := list(islice(all_copies, _BATCH)):
        connection.execute("BEGIN")
        for place, (table, columns) in enumerate((("orders", 14), ("lines", 6), ("payments", 8))):
            rows = [row for pattern, copy in some for row in _copied(rows_of[id(pattern)][place], pattern.was, copy)]
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})", rows)
        connection.execute("COMMIT")
        done += len(some)
        tell("plain tables", done, orders)
    connection.close()


_Rows = list[tuple[Any, ...]]


def _rows(pattern: Pattern) -> tuple[_Rows, _Rows, _Rows]:
    """Read the rows of the plain tables from a document."""
    (mold,) = pattern.rows["kwiga_orders"]
    one = next(json.loads(value) for value in mold.values if isinstance(value, str) and '"totals":' in value)
    id, origin = one["id"], one.get("origin", {})
    total = one["totals"][-1]["total"]["minor"]
    named = ("id", "number", "contact", "currency", "zone", "created_at", "updated_at", "funnel", "status")
    order = (
        *(one[name] for name in named),
        *(one.get("manager"), origin.get("offer"), origin.get("option"), total, one["version"]),
    )
    lines = [
        (id, place, line["product"], line["price"]["minor"], line["source"]["kind"], line["source"].get("since"))
        for place, line in enumerate(one["lines"])
    ]
    return [order], lines, [_payment_row(id, payment) for payment in one.get("payments", ())]


def _payment_row(order: str, payment: dict[str, Any]) -> tuple[Any, ...]:
    paid = payment.get("paid", {})
    given = (payment["amount"]["minor"], payment["created_at"], payment["due_at"], payment.get("closes_access", False))
    return (order, payment["id"], *given, paid.get("at"), paid.get("version"))


def _copied(rows: _Rows, was: Copy, copy: Copy) -> Iterable[tuple[Any, ...]]:
    new = {was.id: copy.id, was.number: copy.number, was.contact: copy.contact, was.manager: copy.manager}
    for row in rows:
        if len(row) == 14:
            yield tuple([new.get(value, value) for value in row[:10]]) + row[10:]
        else:
            yield (copy.id, row[1].replace(was.id, copy.id) if isinstance(row[1], str) else row[1], *row[2:])


def by_three_selects(path: Path) -> Callable[[str], object]:
    """Give a function that loads an order with three selects and makes objects."""
    connection = sqlite3.connect(path)

    def load(id: str) -> _Order:
        order = connection.execute("SELECT * FROM orders WHERE id = ?", (id,)).fetchone()
        lines = connection.execute("SELECT * FROM lines WHERE order_id = ? ORDER BY place", (id,)).fetchall()
        payments = connection.execute("SELECT * FROM payments WHERE order_id = ? ORDER BY id", (id,)).fetchall()
        return _Order(*(*order, [_Line(*line) for line in lines], [_Payment(*one) for one in payments]))

    return load


def by_orm(path: Path) -> Callable[[str], object]:
    """Give a function that loads an order with SQLAlchemy's ORM, in its own session."""
    engine = create_engine(f"sqlite:///{path}")

    def load(id: str) -> OrderRow:
        with Session(engine) as session:
            return session.get_one(OrderRow, id)

    return load

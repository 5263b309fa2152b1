"""From a command to its commit on SQLite: an offer is opened, its payment is marked paid, one transaction each.

The floor is sqlite3 alone: the same statements with the same values in as many transactions, into a database with the
same tables, indexes and settings; it looks at nothing and decides nothing. What it says is recorded from ours. Time is
that of the clock, for some of it is the disk's; with `synchronous` NORMAL no commit waits for the disk.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Literal

from sqlalchemy import Engine, event

from benchmarks.table import Round, Work
from kwiga_orders.adapters.memory import MemoryCourses, MemoryProgress
from kwiga_orders.adapters.sql import SqliteSettings, SqlOrderStore
from kwiga_orders.adapters.sql.engines import engine_for
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.course import Course
from kwiga_orders.facts import Changes
from kwiga_orders.offers import CreateOffer, ItemAsked, OfferState
from kwiga_orders.orders.commands import MarkPaid, OpenOffer
from kwiga_orders.project import Contact, Project
from kwiga_orders.service import Orders

__all__ = ["works"]

PIECES, ROUNDS = 20, 16
COUNT = PIECES * ROUNDS
CONTACTS = [f"contact-{n}" for n in range(COUNT)]
PRODUCTS = ("python", "sql")

Synchronous = Literal["FULL", "NORMAL"]
Said = list[tuple[str, Any, bool]]
"""What a transaction says: statements, each with values, or with many of them."""

_FOLDER = TemporaryDirectory(prefix="kwiga-orders-bench-")


def works() -> list[Work]:
    """Both commands in both modes; the goal is for FULL, as stores are made."""
    said = recorded()
    return [work for mode in ("FULL", "NORMAL") for work in (opening(mode, said), paying(mode, said))]


def opening(mode: Synchronous, said: Sequence[Said]) -> Work:
    """Open an offer of two products: an order, its payment, history, outbox and counters."""
    orders = school(engine(f"opening-{mode}", mode))
    return Work(
        topic=f"open_offer to its commit, SQLite {mode}",
        ours=pieces(lambda contact: open_offer(orders, contact), CONTACTS),
        floor=floor(f"opening-{mode}", mode, said[: -2 * COUNT], said[-2 * COUNT : -COUNT]),
        goal=2 if mode == "FULL" else None,
    )


def paying(mode: Synchronous, said: Sequence[Said]) -> Work:
    """Mark the payment paid: the order is loaded, becomes active and moves, and letters are written."""
    orders = school(engine(f"paying-{mode}", mode))
    ids = [open_offer(orders, contact) for contact in CONTACTS]
    return Work(
        topic=f"mark_paid to its commit, SQLite {mode}",
        ours=pieces(lambda id: mark_paid(orders, id), ids),
        floor=floor(f"paying-{mode}", mode, said[:-COUNT], said[-COUNT:]),
        goal=2 if mode == "FULL" else None,
    )


def pieces(do: Callable[[Any], object], values: Iterable[Any]) -> Round:
    """Measure what is done with the next twenty values, each round."""
    left = iter(values)

    def round_() -> float:
        taken = list(islice(left, PIECES))
        started = perf_counter()
        for one in taken:
            do(one)
        return (perf_counter() - started) / len(taken)

    return round_


# A school


def url(name: str) -> str:
    """Name a database."""
    return f"sqlite:///{Path(_FOLDER.name) / name}.db"


def engine(name: str, mode: Synchronous) -> Engine:
    """Open a database."""
    return engine_for(url(name), SqliteSettings(synchronous=mode))


def school(engine: Engine) -> Orders:
    """Give a school with an offer, and as many contacts as will open it."""
    store = SqlOrderStore(engine)
    store.create_tables()
    store.save_project(Project(id="school", timezone="Europe/Kyiv", currency="UAH"))
    with store.transaction("school", writes=True) as transaction:
        transaction.commit(Changes(contacts=tuple(Contact(id=id, name=f"Name of {id}") for id in CONTACTS)))
    courses = MemoryCourses()
    for product in PRODUCTS:
        courses.put("school", Course(product=product, title=product))
    orders = Orders(
        project="school", store=store, courses=courses, progress=MemoryProgress(), clock=SystemClock(), ids=RandomIds()
    )
    items = tuple(ItemAsked(product=product, price=Decimal("1000.00")) for product in PRODUCTS)
    orders.execute(CreateOffer(code="basic", title="Basic", items=items, state=OfferState.PUBLISHED))
    return orders


def open_offer(orders: Orders, contact: str) -> str:
    """Open the offer, and give the order."""
    made = orders.execute(OpenOffer(offer="basic", contact=contact)).made
    assert made is not None
    return made


def mark_paid(orders: Orders, id: str) -> None:
    """Mark the only payment of an order paid."""
    orders.execute(MarkPaid(order=id, payment=f"{id}.1"))


# The floor


class _Connection(sqlite3.Connection):
    """Notes what is written, by transaction."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.said: list[Said] = [[]]

    def cursor(self, *_: object) -> sqlite3.Cursor:  # type: ignore[override]
        return super().cursor(_Cursor)

    def commit(self) -> None:
        super().commit()
        if self.said[-1]:
            self.said.append([])


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, values: Any = ()) -> "_Cursor":
        self._note(sql, values, many=False)
        return super().execute(sql, values)

    def executemany(self, sql: str, values: Any) -> "_Cursor":
        self._note(sql, values, many=True)
        return super().executemany(sql, values)

    def _note(self, sql: str, values: Any, *, many: bool) -> None:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            assert isinstance(self.connection, _Connection)
            self.connection.said[-1].append((sql, values, many))


def recorded() -> list[Said]:
    """Give what is said to make a school, to open its offer so many times, and to pay as often."""
    noting = engine("recorded", "NORMAL")

    @event.listens_for(noting, "do_connect")
    def connect(_: object, __: object, ___: object, arguments: dict[str, Any]) -> None:
        arguments["factory"] = _Connection

    orders = school(noting)
    for id in [open_offer(orders, contact) for contact in CONTACTS]:
        mark_paid(orders, id)
    connection = noting.raw_connection().driver_connection
    assert isinstance(connection, _Connection)
    return [one for one in connection.said if one]


def floor(name: str, mode: Synchronous, before: Iterable[Said], said: Iterable[Said]) -> Round:
    """Say again what was recorded, to a database where all of `before` was said."""
    database = f"{name}-floor"
    SqlOrderStore.from_url(url(database)).close()
    connection = sqlite3.connect(url(database).removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA foreign_keys=ON")
    for one in before:
        say(connection, one)
    connection.execute(f"PRAGMA synchronous={mode}")
    return pieces(lambda one: say(connection, one), said)


def say(connection: sqlite3.Connection, said: Said) -> None:
    """Write a transaction."""
    connection.execute("BEGIN IMMEDIATE")
    for statement, values, many in said:
        if many:
            connection.executemany(statement, values)
        else:
            connection.execute(statement, values)
    connection.execute("COMMIT")

"""From a command to its commit: an offer is opened and its payment is marked paid, in one transaction each.

The floor is only the driver, sqlite3 or psycopg: the same statements with the same values in as many transactions, into
a database with the same tables, indexes and settings. It reads nothing and decides nothing; its statements were
recorded from ours. Time is wall time, because part of it is spent by the disk or the server. A commit waits for the
disk where there is a goal, and does not where only ratios are shown.
"""

import atexit
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import attrs
import psycopg
from sqlalchemy import Engine, make_url

from benchmarks.saying import Said, noted, sayer
from benchmarks.table import Round, Work
from kwiga_orders.adapters.memory import MemoryCourses, MemoryProgress
from kwiga_orders.adapters.sql import SqliteSettings, SqlOrderStore
from kwiga_orders.adapters.sql.engines import engine_for
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.changes import Changes
from kwiga_orders.course import Course
from kwiga_orders.offers import CreateOffer, ItemAsked, OfferState
from kwiga_orders.orders.commands import MarkPaid, OpenOffer
from kwiga_orders.project import Contact, Project
from kwiga_orders.service import Orders
from tests import postgres

__all__ = ["CONTACTS", "COUNT", "furnished", "open_offer", "pieces", "server", "works"]

PIECES, ROUNDS = 20, 16
COUNT = PIECES * ROUNDS
CONTACTS = [f"contact-{n}" for n in range(COUNT)]
PRODUCTS = ("python", "sql")

_DECIDING = (
    "the floor decides nothing. Ours reads the order, the offer and the funnel, folds events, reckons windows for"
    " letters and for what falls due next, and makes rows and documents, in Python. That takes the same time however"
    " fast the disk or the server answers."
)
_STAYS = ExitStack()
"""What stays open until all measurements are done."""


@attrs.frozen
class Mode:
    """A kind of database and how it commits; each name has its own database."""

    name: str
    goal: float | None
    engine: Callable[[str], Engine]


def works() -> list[Work]:
    """Both commands in every mode."""
    modes = (
        Mode("SQLite FULL", 2, lambda name: sqlite(name, SqliteSettings(synchronous="FULL"))),
        Mode("SQLite NORMAL", None, lambda name: sqlite(name, SqliteSettings(synchronous="NORMAL"))),
        Mode("PostgreSQL", 1.5, lambda _: server("on")),
        Mode("PostgreSQL asynchronous", None, lambda _: server("off")),
    )
    found = [work for mode in modes for work in works_in(mode)]
    # registered after what starts a server, and so run before that stops it
    atexit.register(_STAYS.close)
    return found


def works_in(mode: Mode) -> list[Work]:
    """Give both commands in one mode."""
    said = recorded(mode)
    return [opening(mode, said), paying(mode, said)]


def opening(mode: Mode, said: Sequence[Said]) -> Work:
    """Open an offer of two products: an order, its payment, history, outbox and counters."""
    orders = school(mode.engine("opening"))
    return Work(
        topic=f"open_offer to its commit, {mode.name}",
        ours=pieces(lambda contact: open_offer(orders, contact), CONTACTS),
        floor=floor(mode.engine("opening-floor"), said[: -2 * COUNT], said[-2 * COUNT : -COUNT]),
        goal=mode.goal,
        why=_DECIDING,
    )


def paying(mode: Mode, said: Sequence[Said]) -> Work:
    """Mark the payment as paid: the order is loaded, becomes active and moves, and letters are written."""
    orders = school(mode.engine("paying"))
    ids = [open_offer(orders, contact) for contact in CONTACTS]
    return Work(
        topic=f"mark_paid to its commit, {mode.name}",
        ours=pieces(lambda id: mark_paid(orders, id), ids),
        floor=floor(mode.engine("paying-floor"), said[:-COUNT], said[-COUNT:]),
        goal=mode.goal,
        why=_DECIDING,
    )


def pieces(do: Callable[[Any], object], values: Iterable[Any], *, clock: Callable[[], float] = perf_counter) -> Round:
    """Measure a function on the next twenty values in each round."""
    left = iter(values)

    def round_() -> float:
        taken = list(islice(left, PIECES))
        started = clock()
        for one in taken:
            do(one)
        return (clock() - started) / len(taken)

    return round_


# Databases


@cache
def folder() -> Path:
    """Give a folder for files."""
    return Path(_STAYS.enter_context(TemporaryDirectory(prefix="kwiga-orders-bench-")))


def sqlite(name: str, settings: SqliteSettings) -> Engine:
    """Make a database in a file, one for each mode."""
    return engine_for(f"sqlite:///{folder() / f'{name}-{settings.synchronous}'}.db", settings)


def server(synchronous_commit: str) -> Engine:
    """Make a database on a server; the server of the tests is set to wait for the disk, as in production."""
    if postgres.NAMED_BY not in os.environ:
        with psycopg.connect(postgres.server(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM RESET ALL")
            connection.execute("SELECT pg_reload_conf()")
    url = make_url(_STAYS.enter_context(postgres.new_database()))
    asked = url.update_query_dict({"options": f"-c synchronous_commit={synchronous_commit}"})
    return engine_for(asked.render_as_string(hide_password=False))


# A school


def school(engine: Engine) -> Orders:
    """Give a school with an offer, and with all contacts who will open it."""
    store = SqlOrderStore(engine)
    store.create_tables()
    return furnished(store)


def furnished(store: SqlOrderStore) -> Orders:
    """Give a school on a store that already has its tables."""
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
    """Open the offer; give the id of the order."""
    made = orders.execute(OpenOffer(offer="basic", contact=contact)).made
    assert made is not None
    return made


def mark_paid(orders: Orders, id: str) -> None:
    """Mark the only payment of an order paid."""
    orders.execute(MarkPaid(order=id, payment=f"{id}.1"))


# The floor


def recorded(mode: Mode) -> list[Said]:
    """Record the statements that make a school, open its offer that often, and mark the payments as paid."""
    engine = mode.engine("recorded")
    notes = noted(engine)
    orders = school(engine)
    for id in [open_offer(orders, contact) for contact in CONTACTS]:
        mark_paid(orders, id)
    return [one for one in notes if one]


def floor(engine: Engine, before: Iterable[Said], said: Iterable[Said]) -> Round:
    """Repeat recorded statements on a database where all statements of `before` were executed."""
    SqlOrderStore(engine).create_tables()
    say = sayer(engine)
    for one in before:
        say(one)
    return pieces(say, said)

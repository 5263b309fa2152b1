"""Fills a store with any number of orders: copies of patterns, written in bulk.

The store makes the tables. Rows are written without their indexes, which are rebuilt afterwards. Counters are counted,
and cards are copied for the floor that reads them. The outbox stays empty, as if everything was sent and removed. Some
orders are then read by the store, and what it would write for them is compared with the tables.
"""

import sqlite3
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from random import Random
from typing import Protocol, TypeVar

import sqlalchemy as sa

from benchmarks.patterns import A_DAY, COPIED, MANAGERS, SCHOOL, Copy, Pattern, furnished
from benchmarks.people import contact_id, person
from benchmarks.plain_cards import making
from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.adapters.sql.columns import contact_row, order_document, rows_of
from kwiga_orders.adapters.sql.engines import engine_for
from kwiga_orders.adapters.sql.tables import contacts as contact_table
from kwiga_orders.adapters.sql.tables import orders as order_table
from kwiga_orders.testing.school import FrozenClock

__all__ = ["contacts_of", "copies", "fill", "tell"]

T = TypeVar("T")
_BATCH = 20_000
_CHECKED = 50
_COUNT = (
    "INSERT INTO kwiga_counters (project, funnel, status, currency, count, total, aside_count)"
    " SELECT o.project, o.funnel, o.status, o.currency, count(*), sum(o.total), count(l.order_id) FROM kwiga_orders o"
    " LEFT JOIN kwiga_order_labels l ON l.project = o.project AND l.order_id = o.id AND l.kind = 'is'"
    " AND l.value = 'cancelled' GROUP BY o.project, o.funnel, o.status, o.currency"
)

_Rows = list[tuple[object, ...]]


def contacts_of(orders: int) -> int:
    """Give the number of contacts for a number of orders: two orders each."""
    return orders // 2


def copies(orders: int, made: Sequence[Pattern]) -> Iterator[tuple[Pattern, Copy]]:
    """Give the copies by number, always the same: day after day, with any of the day's patterns."""
    chance = Random(7)
    days, people = len(made) // A_DAY, contacts_of(orders)
    for n in range(orders):
        pattern = made[n * days // orders * A_DAY + chance.randrange(A_DAY)]
        id = urlsafe_b64encode(chance.randbytes(16)).decode().rstrip("=")
        yield pattern, Copy(id, n + 1, contact_id(chance.randrange(people)), chance.choice(MANAGERS))


def fill(url: str, orders: int, made: Sequence[Pattern]) -> None:
    """Fill the empty database of `url`."""
    with SqlOrderStore.from_url(url) as store:
        furnished(store, FrozenClock())
    database: _Database = _Sqlite(url) if url.startswith("sqlite") else _Postgres(url)
    indexes = database.indexes()
    for name in indexes:
        database.say(f"DROP INDEX {name}")
    for numbers in _batches(range(contacts_of(orders)), "people", contacts_of(orders)):
        database.write("kwiga_contacts", [_contact(n) for n in numbers])
    for some in _batches(copies(orders, made), "orders", orders):
        for table in COPIED:
            database.write(table, [row for pattern, copy in some for row in pattern.copied(table, copy)])
    after = [_COUNT, *indexes.values(), *making(database.dialect)]
    for n, statement in enumerate(after):
        tell("indexes", n, len(after))
        database.say(statement)
    tell("indexes", 1, 1)
    database.close()
    _check(url, [copy.id for _, copy in islice(copies(orders, made), 0, orders, max(1, orders // _CHECKED))])


def _contact(n: int) -> tuple[object, ...]:
    # in the order of the columns, which differs from the order of the row since a migration added one
    row = contact_row(SCHOOL.id, person(n))
    return tuple(row[column.name] for column in contact_table.columns)


def _batches(items: Iterable[T], what: str, count: int) -> Iterator[list[T]]:
    left = iter(items)
    done = 0
    while batch := list(islice(left, _BATCH)):
        yield batch
        done += len(batch)
        tell(what, done, count)


def tell(what: str, done: int, count: int) -> None:
    """Show progress on a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{what}: {100 * done // max(count, 1)} %" if done < count else "\r\033[K")


def _check(url: str, ids: Iterable[str]) -> None:
    """Compare the rows of some orders with what the store would write."""
    engine = engine_for(url)
    store = SqlOrderStore(engine)
    with engine.connect() as connection, store.transaction(SCHOOL.id, writes=False) as records:
        for id in ids:
            order = records.find_order(id)
            assert order is not None, id
            found = connection.execute(sa.select(order_table).where(order_table.c.id == id)).mappings().one()
            would_be = {**rows_of(order).columns, **order_document(order)}
            assert {name: found[name] for name in would_be} == would_be, id
    store.close()


class _Database(Protocol):
    """What filling needs from a database."""

    dialect: str

    def indexes(self) -> dict[str, str]: ...
    def say(self, statement: str) -> None: ...
    def write(self, table: str, rows: _Rows) -> None: ...
    def close(self) -> None: ...


class _Sqlite:
    dialect = "sqlite"

    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        # no safety is needed, because the database can be made again
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-1000000"):
            self.say(f"PRAGMA {pragma}")

    def indexes(self) -> dict[str, str]:
        found = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        return dict(self._connection.execute(found).fetchall())

    def say(self, statement: str) -> None:
        self._connection.execute(statement)

    def write(self, table: str, rows: _Rows) -> None:
        if rows:
            places = ", ".join("?" for _ in rows[0])
            self.say("BEGIN")
            self._connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
            self.say("COMMIT")

    def close(self) -> None:
        self.say("PRAGMA journal_mode=WAL")
        self._connection.close()


class _Postgres:
    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        import psycopg

        self._connection = psycopg.connect(url, autocommit=True)
        self.say("SET maintenance_work_mem = '512MB'")

    def indexes(self) -> dict[str, str]:
        found = (
            "SELECT indexname, indexdef FROM pg_indexes LEFT JOIN pg_constraint ON conname = indexname"
            " WHERE schemaname = current_schema() AND conname IS NULL"
        )
        return dict(self._connection.execute(found).fetchall())

    def say(self, statement: str) -> None:
        self._connection.execute(statement.encode())

    def write(self, table: str, rows: _Rows) -> None:
        with self._connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)

    def close(self) -> None:
        self.say("VACUUM ANALYZE")
        self._connection.close()

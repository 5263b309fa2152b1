"""Importing orders in batches: a file of JSON lines is read, checked, decided and written.

The floor is `executemany` of sqlite3, table by table, in as many transactions, into the same tables with the same
indexes, settings and rows as the import. It reads no file, checks nothing, and has its rows ready.

`python -m benchmarks.bench_import 100000` imports that many orders once, and prints the ratio and the memory used.
"""

import atexit
import json
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from benchmarks.scale import Scale
from benchmarks.table import Work
from kwiga_orders.adapters.memory import MemoryCourses, MemoryProgress
from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.cli.importing import Spool, seldom_collected
from kwiga_orders.course import Course
from kwiga_orders.importing import Entry, Importer
from kwiga_orders.project import Project
from kwiga_orders.service import Orders
from kwiga_orders.wire.imports import Faulty, read_json_lines

BATCH = 500
ORDERS = 2_000
A_MILLION = 1_000_000
PRODUCTS = ("python", "sql")
TABLES = (
    "kwiga_contacts", "kwiga_orders", "kwiga_order_products", "kwiga_order_labels", "kwiga_order_payments",
    "kwiga_counters", "kwiga_history", "kwiga_idempotency_keys",
)  # fmt: skip

_DECIDED = (
    "every order is decided, by the commands that make it by hand, and its history and documents are made, in Python;"
    " the floor has its rows ready."
)
_Rows = list[tuple[str, list[tuple[object, ...]]]]


def works(scale: Scale) -> list[Work]:
    """A file of 2,000 orders, three of four paid; at a scale of a million, 100,000 orders in one round."""
    count, rounds = (ORDERS, 15) if scale.orders < A_MILLION else (50 * ORDERS, 1)
    folder = TemporaryDirectory(prefix="kwiga-orders-bench-")
    atexit.register(folder.cleanup)  # the folder stays until all measurements are done
    bench = Bench(Path(folder.name), count)
    bench.ours()
    rows = bench.rows()
    return [
        Work(
            topic=f"import of {count:_}, an order, in batches of {BATCH}",
            ours=lambda: bench.ours()[0],
            floor=lambda: bench.floor(rows)[0],
            goal=2,
            why=_DECIDED,
            rounds=rounds,
        )
    ]


def lines(count: int) -> Iterator[str]:
    """Give orders as lines of an import."""
    for n in range(count):
        day = f"2025-{1 + n % 12:02d}-{1 + n % 28:02d}"
        person = {"name": f"Олена Коваль {n // 2}", "email": f"c{n // 2}@example.com", "phone": f"+38067{n // 2:07}"}
        paid = {"amount": "1000.00", "paid_at": f"{day}T11:{n % 60:02d}:00Z", "method": "cash"}
        document = {
            "kind": "order",
            "key": f"old-{n}",
            "contact": f"c{n // 2}",
            "person": person,
            "created_at": f"{day}T10:{n % 60:02d}:00Z",
            "lines": [{"product": PRODUCTS[n % 2], "price": "1000.00"}],
            "tags": ["old"] if n % 5 == 0 else [],
            "manager": f"m{n % 7}",
            "payments": [paid] if n % 4 else [],
        }
        yield json.dumps(document, ensure_ascii=False) + "\n"


class Bench:
    """A file to import, and the databases that it is imported into."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder, self._count = folder, count
        self._made = 0
        self.file = folder / "orders.jsonl"
        with self.file.open("w", encoding="utf-8") as file:
            file.writelines(lines(count))

    @property
    def database(self) -> Path:
        """The database that was made last."""
        return self._folder / f"school{self._made}.db"

    def ours(self) -> tuple[float, float]:
        """Import the file into a new database; give the processor time and the wall time for one order."""
        with self._fresh() as store:
            orders = orders_on(store)
            started = process_time(), perf_counter()
            # like the command line, which writes nothing from a file with a faulty line
            with Spool() as spool, seldom_collected():
                for one in self._read():
                    assert isinstance(one, Entry), one
                    spool.put(one)
                for outcome in Importer(orders=orders, batch=BATCH).carried_out(spool.entries()):
                    assert outcome.state == "imported", outcome
            return self._taken(started)

    def floor(self, rows: _Rows) -> tuple[float, float]:
        """Write rows into a new database; give the processor time and the wall time for one order."""
        self._fresh().close()
        connection = sqlite3.connect(self.database, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        batches = -(-self._count // BATCH)
        started = process_time(), perf_counter()
        for batch in range(batches):
            connection.execute("BEGIN IMMEDIATE")
            for statement, values in rows:
                size = -(-len(values) // batches)
                connection.executemany(statement, values[batch * size : (batch + 1) * size])
            connection.execute("COMMIT")
        taken = self._taken(started)
        connection.close()
        return taken

    def rows(self) -> _Rows:
        """Give all rows of the last database by table, with the statement that writes them."""
        connection = sqlite3.connect(self.database)
        found = []
        for table in TABLES:
            cursor = connection.execute(_select(table))
            places = ", ".join("?" for _ in cursor.description)
            found.append((f"INSERT INTO {table} VALUES ({places})", cursor.fetchall()))
        connection.close()
        return found

    def _taken(self, started: tuple[float, float]) -> tuple[float, float]:
        return (process_time() - started[0]) / self._count, (perf_counter() - started[1]) / self._count

    def _read(self) -> Iterator[Entry | Faulty]:
        with self.file.open("rb") as file:
            yield from read_json_lines(file)

    def _fresh(self) -> SqlOrderStore:
        for left in self._folder.glob("school*"):
            left.unlink()
        self._made += 1
        store = SqlOrderStore.from_url(f"sqlite:///{self.database}")
        store.save_project(Project(id="school", timezone="Europe/Kyiv", currency="UAH"))
        return store


def _select(table: str) -> str:
    """Give the statement that reads a table in the order in which the import wrote it."""
    if table == "kwiga_counters":
        return f"SELECT * FROM {table}"
    if table.startswith("kwiga_order_"):
        return f"SELECT one.* FROM {table} AS one JOIN kwiga_orders AS o ON o.id = one.order_id ORDER BY o.number"
    return f"SELECT * FROM {table} ORDER BY rowid"


def orders_on(store: SqlOrderStore) -> Orders:
    """Give the service over a store, with outlines of the products."""
    courses = MemoryCourses()
    for product in PRODUCTS:
        courses.put("school", Course(product=product, title=product))
    return Orders(
        project="school",
        store=store,
        courses=courses,
        progress=MemoryProgress(),
        clock=SystemClock(),
        ids=RandomIds(),
    )


def main(arguments: Sequence[str]) -> None:
    """Import that many orders once, and print the ratio and the memory."""
    count = int(arguments[0]) if arguments else 100_000
    with TemporaryDirectory(prefix="kwiga-orders-bench-") as name:
        bench = Bench(Path(name), count)
        before = getrusage(RUSAGE_SELF).ru_maxrss
        ours = bench.ours()
        most = getrusage(RUSAGE_SELF).ru_maxrss
        floor = bench.floor(bench.rows())
    print(f"{count} orders: {ours[0] * 1e6:.0f} µs of the processor each, {1 / ours[1]:.0f}/s by the clock")
    print(f"floor: {floor[0] * 1e6:.0f} µs, {1 / floor[1]:.0f}/s; ratio {ours[0] / floor[0]:.2f}, goal 2")
    print(f"memory: {before / 1024:.0f} MB before, {most / 1024:.0f} MB at most, goal 200 MB")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Many processes at one school, some of them killed: nothing is lost, nothing is half there, everything adds up."""

import asyncio
import json
import random
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import attrs
import pytest

from kwiga_orders.adapters.memory import AsyncMemoryOrderStore, MemoryOrderStore
from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.changes import Receipt
from kwiga_orders.commands import Command
from kwiga_orders.listing import OrderSearch
from kwiga_orders.orders.commands import CreateOrder, LineAsked
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.orders.state import Order
from kwiga_orders.ports import OrderStore
from kwiga_orders.testing.school import School
from tests import postgres
from tests.effort import times
from tests.races.worker import ORDERS, PATIENCE, PROCESSES, awaited_orders_on, opened, orders_on, some_command

WORKER = Path(__file__).with_name("worker.py")
TIMES = times(40, 500)
"""How many commands each process carries out."""
KILLED = times(16, 240)
"""How often a writer is killed, and how often who hands on what was written."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with a school of twenty orders."""
    url = f"sqlite:///{tmp_path}/school.db" if request.param == "sqlite" else postgres.emptied()
    with SqlOrderStore.from_url(url) as store:
        founded(store)
    return url


Store = TypeVar("Store", bound=OrderStore)


def founded(store: Store) -> Store:
    """Give a store with a school of twenty orders."""
    school = School(store=store)
    school.teaches("l1")
    for _ in ORDERS:
        school.does(CreateOrder(contact="olena", lines=(LineAsked(product="python", price=Decimal(1)),)))
    return store


def told(*jobs: tuple[str, str, str, int]) -> list[list[list[str]]]:
    """Let each job be done by a process, all at the same time; give what each said."""

    def done(job: tuple[str, str, str, int]) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(WORKER), *map(str, job)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    with ThreadPoolExecutor(len(jobs)) as threads:
        processes = list(threads.map(done, jobs))
    assert [one.stderr for one in processes if one.returncode != 0] == []
    return [[json.loads(line) for line in one.stdout.splitlines()] for one in processes]


@attrs.frozen
class Books:
    """All that a database holds of the school's orders."""

    orders: Sequence[Order]
    versions: dict[str, list[int]]
    events: set[str]

    @classmethod
    def of(cls, store: OrderStore) -> "Books":
        """Read every order with its history."""
        orders: list[Order] = []
        with store.transaction("school", writes=False) as records:
            search: OrderSearch | None = OrderSearch(sort="number", descending=False, limit=100)
            while search is not None:
                page = records.search(search)
                orders += page.orders
                search = attrs.evolve(search, after=page.next) if page.next else None
            histories = {one.id: list(records.history_of(one.id)) for one in orders}
        for one in orders:
            assert replayed(histories[one.id]) == one
        versions = {id: [row.version for row in rows] for id, rows in histories.items()}
        events = {
            f"{id}:{version:08d}:{n:04d}"
            for id, each in versions.items()
            for version, count in Counter(each).items()
            for n in range(count)
        }
        return cls(orders, versions, events)

    def assert_whole(self, store: OrderStore) -> None:
        """Versions follow one another, numbers are unique without gaps, and the counters agree."""
        for one in self.orders:
            assert sorted(set(self.versions[one.id])) == list(range(1, one.version + 1))
        assert [one.number for one in self.orders] == list(range(1, len(self.orders) + 1))
        counts = Counter(one.status for one in self.orders)
        sums: Counter[str] = Counter()
        for one in self.orders:
            sums[one.status] += one.total.minor
        with store.transaction("school", writes=False) as records:
            counted = records.count_by_status(OrderSearch(funnel=("default",)))
        assert {one.status: one.count for one in counted} == dict(counts)
        assert {one.status: one.sums["UAH"] for one in counted} == dict(sums)

    @property
    def commands(self) -> int:
        """How many commands made these orders what they are."""
        return sum(len(set(versions)) for versions in self.versions.values())


Accepted = Sequence[tuple[str, int, int]]
"""For each accepted command its order, the version it made, and how many events."""


def assert_heard(accepted: Accepted, store: OrderStore) -> None:
    """Hold what was accepted against what the store has."""
    assert len(accepted) == PROCESSES * TIMES
    books = Books.of(store)
    books.assert_whole(store)
    assert books.commands == len(ORDERS) + PROCESSES * TIMES - unchanged(accepted)
    changed = [one for one in accepted if one[2]]
    assert len({(order, version) for order, version, _ in changed}) == len(changed)
    assert all(books.versions[order].count(version) == count for order, version, count in changed)


def unchanged(accepted: Accepted) -> int:
    """Count the commands that asked for what was there already (K2)."""
    return sum(not count for _, _, count in accepted)


class TestTogether:
    """Eight processes on the same twenty orders."""

    def test_everybody_is_heard(self, url: str) -> None:
        """Every accepted command is in the history once, and everything that is kept twice agrees."""
        (said,) = told(("work", url, "w", TIMES))

        with opened(url) as store:
            assert_heard([(order, int(version), int(count)) for order, version, count in said], store)


class TestTogetherInMemory:
    """The same in one process: eight threads, and eight tasks of a loop."""

    def test_threads(self) -> None:
        """Threads that change one project wait for each other."""
        store = founded(MemoryOrderStore(busy_timeout=PATIENCE))

        def work(n: int) -> list[tuple[str, int, int]]:
            orders, commands = orders_on(store, f"w-{n}"), commands_of(n)
            return [accepted(orders.execute(command)) for command in commands]

        with ThreadPoolExecutor(PROCESSES) as threads:
            assert_heard([one for each in threads.map(work, range(PROCESSES)) for one in each], store)

    def test_tasks(self) -> None:
        """So do tasks, and nobody is held up who does not await."""
        store = founded(MemoryOrderStore())
        awaited = AsyncMemoryOrderStore(store, busy_timeout=PATIENCE)

        async def work(n: int) -> list[tuple[str, int, int]]:
            orders, commands = awaited_orders_on(awaited, f"w-{n}"), commands_of(n)
            return [accepted(await orders.execute(command)) for command in commands]

        async def together() -> list[list[tuple[str, int, int]]]:
            return await asyncio.gather(*(work(n) for n in range(PROCESSES)))

        assert_heard([one for each in asyncio.run(together()) for one in each], store)


def commands_of(n: int) -> list[Command]:
    """Give the commands of one thread or task."""
    chance = random.Random(n)
    return [some_command(chance, f"w-{n}-{time}") for time in range(TIMES)]


def accepted(receipt: Receipt) -> tuple[str, int, int]:
    """Say what a command did."""
    assert receipt.order is not None
    assert receipt.version is not None
    return receipt.order, receipt.version, len(receipt.events)


def receipts(store: OrderStore, keys: Sequence[str]) -> dict[str, tuple[str, int, int]]:
    """Give the answers that are kept, by key: they are written with what they answer."""
    found = {}
    with store.transaction("school", writes=False) as records:
        for key in keys:
            repeated = records.find_repeated(key)
            if repeated is not None:
                receipt = repeated.receipt
                assert receipt.order is not None
                assert receipt.version is not None
                found[key] = (receipt.order, receipt.version, len(receipt.events))
    return found


def assert_delivered(delivered: Sequence[Sequence[str]], books: Books) -> None:
    """Each row was handed on at least once, and for each order the first time in order."""
    first = defaultdict(list)
    for order, row in dict.fromkeys((order, row) for order, row in delivered):
        first[order].append(row)
    made = {event for event in books.events if int(event.split(":")[1]) > 1 or not event.startswith(ORDERS)}
    assert made <= {row for rows in first.values() for row in rows}
    assert all(rows == sorted(rows) for rows in first.values())


class TestHandingOn:
    """N1: several workers hand on what waits."""

    def test_nobody_gets_what_another_has(self, url: str) -> None:
        """As long as nobody dies each row is handed on once, in order for each order."""
        told(("work", url, "w", times(20, 40)))
        (delivered,) = told(("share", url, "s", 0))

        with opened(url) as store:
            assert not store.pending("school", limit=1)
            assert_delivered(delivered, Books.of(store))
        assert len(delivered) == len({row for _, row in delivered})


class TestKilled:
    """K4: processes are killed at random moments."""

    def test_wholly_there_or_not_at_all(self, url: str) -> None:
        """K4, N1: each command is whole or absent; what was committed is handed on, in order for each order."""
        first, second, handed_on = told(
            ("crash", url, "c1", KILLED // 2), ("crash", url, "c2", KILLED // 2), ("relay", url, "r", KILLED)
        )
        (rest,) = told(("rest", url, "rest", KILLED + 1))

        begun = [key for word, key in (*first, *second) if word == "begun"]
        done = {key for word, key in (*first, *second) if word == "done"}
        with opened(url) as store:
            books = Books.of(store)
            books.assert_whole(store)
            kept = receipts(store, begun)
        assert done <= set(kept)
        assert len(set(begun) - done) > 0
        assert books.commands == len(ORDERS) + sum(bool(count) for _, _, count in kept.values())
        assert all(books.versions[order].count(version) == count for order, version, count in kept.values() if count)
        assert_delivered([*handed_on, *rest], books)

"""Many processes at one school, some of them killed: nothing is lost, nothing is half there, everything adds up."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.facts import OrderSearch
from kwiga_orders.orders.commands import CreateOrder, LineAsked
from kwiga_orders.orders.evolve import folded
from kwiga_orders.orders.state import Order
from kwiga_orders.testing.school import School
from tests import postgres
from tests.races.worker import ORDERS, PROCESSES, opened

WORKER = Path(__file__).with_name("worker.py")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with a school of twenty orders."""
    url = f"sqlite:///{tmp_path}/school.db" if request.param == "sqlite" else postgres.emptied()
    with SqlOrderStore.from_url(url) as store:
        school = School(store=store)
        school.teaches("l1")
        for _ in ORDERS:
            school.does(CreateOrder(contact="olena", lines=(LineAsked(product="python", price=Decimal(1)),)))
    return url


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
    def of(cls, store: SqlOrderStore) -> "Books":
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
            assert folded(histories[one.id]) == one
        versions = {id: [row.version for row in rows] for id, rows in histories.items()}
        events = {
            f"{id}:{version:08d}:{n:04d}"
            for id, each in versions.items()
            for version, count in Counter(each).items()
            for n in range(count)
        }
        return cls(orders, versions, events)

    def assert_whole(self, store: SqlOrderStore) -> None:
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


def everybody_works(url: str, times: int) -> None:
    (said,) = told(("work", url, "w", times))
    accepted = [(order, int(version), int(count)) for order, version, count in said]
    assert len(accepted) == PROCESSES * times

    with opened(url) as store:
        books = Books.of(store)
        books.assert_whole(store)
    assert books.commands == len(ORDERS) + PROCESSES * times - unchanged(accepted)
    changed = [one for one in accepted if one[2]]
    assert len({(order, version) for order, version, _ in changed}) == len(changed)
    assert all(books.versions[order].count(version) == count for order, version, count in changed)


def unchanged(accepted: Sequence[tuple[str, int, int]]) -> int:
    """Count the commands that asked for what was there already (K2)."""
    return sum(not count for _, _, count in accepted)


class TestTogether:
    """Eight processes on the same twenty orders."""

    def test_everybody_is_heard(self, url: str) -> None:
        """Every accepted command is in the history once, and everything that is kept twice agrees."""
        everybody_works(url, 15)

    @pytest.mark.thorough
    def test_everybody_is_heard_for_long(self, url: str) -> None:
        """The same, with five hundred commands each."""
        everybody_works(url, 500)


def somebody_is_killed(url: str, rounds: int) -> None:
    first, second, handed_on = told(
        ("crash", url, "c1", rounds // 2), ("crash", url, "c2", rounds // 2), ("relay", url, "r", rounds)
    )
    (rest,) = told(("relay", url, "rest", 0))

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


def receipts(store: SqlOrderStore, keys: Sequence[str]) -> dict[str, tuple[str, int, int]]:
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


class TestKilled:
    """K4: processes are killed at random moments."""

    def test_wholly_there_or_not_at_all(self, url: str) -> None:
        """K4, N1: each command is whole or absent; what was committed is handed on, in order for each order."""
        somebody_is_killed(url, 16)

    @pytest.mark.thorough
    def test_wholly_there_or_not_at_all_for_long(self, url: str) -> None:
        """K4, N1: the same, two hundred times."""
        somebody_is_killed(url, 200)

"""Bad stores are told by the suite that ships, each by the test for its fault; `thorough` runs all tests."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.ports import OrderStore
from kwiga_orders.testing.store_fixtures import furnish
from kwiga_orders.testing.stores import OrderStoreContract
from tests.effort import is_thorough
from tests.kit.bad_records import BAD_RECORDS, BadRecords, StoreOf
from tests.kit.bad_stores import BAD_FILES, BAD_STORES, BadFile, BadStore, committing_host
from tests.kit.telling import told_by

Open = Callable[[Path], AbstractContextManager[OrderStore]]


def suite_of(opened: Open) -> type[OrderStoreContract]:
    """Give the suite of a store, as a host writes it."""

    class Suite(OrderStoreContract):
        open_store = staticmethod(opened)
        open_host = staticmethod(committing_host)

    return Suite


def failing(opened: Open, *only: str, with_all: bool = False) -> dict[str, BaseException]:
    """Run the tests on a store, or all of them; give those that fail."""
    suite = suite_of(opened)

    @contextmanager
    def fixtures() -> Iterator[Mapping[str, object]]:
        with TemporaryDirectory() as name, opened(Path(name) / "store") as store:
            furnish(store)
            folder = Path(name) / "again"
            folder.mkdir()
            yield {"store": store, "tmp_path": folder, "record_property": lambda *_: None}

    return told_by(suite, fixtures, only=() if with_all else only)


@pytest.mark.parametrize("bad", [pytest.param(one, id=one.__name__) for one in (*BAD_RECORDS, *BAD_STORES)])
def test_a_bad_store_is_told(bad: type[BadRecords | BadStore]) -> None:
    """Its fault is met by a test of its own, among whatever else fails."""

    @contextmanager
    def opened(_: Path) -> Iterator[OrderStore]:
        yield bad() if issubclass(bad, BadStore) else StoreOf(bad)

    assert bad.told_by in failing(opened, bad.told_by, with_all=is_thorough())


@pytest.mark.parametrize("bad", [pytest.param(one, id=one.__name__) for one in BAD_FILES])
def test_a_bad_file_is_told(bad: type[BadFile]) -> None:
    """What does not outlive the process is missed when the store is opened again."""

    @contextmanager
    def opened(folder: Path) -> Iterator[OrderStore]:
        folder.mkdir(exist_ok=True)
        with closing(bad(folder / "journal")) as store:
            yield store

    assert bad.told_by in failing(opened, bad.told_by, with_all=is_thorough())


def test_a_store_that_commits_by_itself_is_told() -> None:
    """What the host has undone must be gone."""
    assert [*failing(in_memory, "test_what_the_host_undoes")] == []  # the store lacks it, and so it is no test

    class Hosted(OrderStoreContract):
        lacks = {"host_transaction": None}
        open_host = staticmethod(committing_host)

    with TemporaryDirectory() as folder, pytest.raises(AssertionError):
        Hosted().test_what_the_host_undoes(Path(folder))


@contextmanager
def in_memory(_: Path) -> Iterator[OrderStore]:
    yield MemoryOrderStore()


def test_there_are_enough_of_them() -> None:
    """Twenty-eight kinds at least, and each has a fault of its own."""
    all_of_them = (*BAD_RECORDS, *BAD_STORES, *BAD_FILES)
    assert len(all_of_them) + 1 >= 28
    assert len({one.__doc__ for one in all_of_them}) == len(all_of_them)
    assert failing(in_memory, *{one.told_by for one in BAD_RECORDS}, *{one.told_by for one in BAD_STORES}) == {}


def test_what_is_lacking_needs_a_reason() -> None:
    """A typing error in the name of a requirement would leave out nothing, and be believed."""
    with pytest.raises(TypeError, match="durabel"):
        type("Suite", (OrderStoreContract,), {"lacks": {"durabel": "a slip"}})
    with pytest.raises(TypeError, match="needs a reason"):
        type("Suite", (OrderStoreContract,), {"lacks": {"durable": ""}})

"""The store on SQLite keeps every condition of the port, blocking and awaited."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import ClassVar

import pytest

from kwiga_orders.adapters.sql import AsyncSqlOrderStore, SqliteSettings, SqlOrderStore, lists
from kwiga_orders.ports import AsyncOrderStore, OrderStore
from kwiga_orders.testing.store_fixtures import furnish
from kwiga_orders.testing.store_lists import ListContract
from kwiga_orders.testing.stores import AsyncOrderStoreContract, OrderStoreContract
from tests.effort import times

# what is tested is not whether the disk keeps its promises
SETTINGS = SqliteSettings(synchronous="NORMAL")


class TestSqliteOrderStore(OrderStoreContract):
    examples: ClassVar = times(16, 300)

    @contextmanager
    def open_store(self, folder: Path, /) -> Iterator[OrderStore]:
        with SqlOrderStore.from_url(f"sqlite:///{folder}/school.db", SETTINGS) as store:
            yield store


class TestListsOfMany(ListContract):
    """Pages are the same however they are read: here as if every list was one of many orders."""

    examples: ClassVar = times(24, 300)

    @pytest.fixture(autouse=True)
    def many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lists, "FEW", 0)

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[OrderStore]:
        with SqlOrderStore.from_url(f"sqlite:///{tmp_path}/school.db", SETTINGS) as opened:
            furnish(opened)
            yield opened


class TestAsyncSqliteOrderStore(AsyncOrderStoreContract):
    examples: ClassVar = times(8, 300)
    stories: ClassVar = times(4, 48)

    @asynccontextmanager
    async def open_async_store(self, folder: Path, /) -> AsyncIterator[AsyncOrderStore]:
        async with await AsyncSqlOrderStore.from_url(f"sqlite:///{folder}/school.db", SETTINGS) as store:
            yield store

"""The store on SQLite keeps every condition of the port, blocking and awaited."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from kwiga_orders.adapters.sql import AsyncSqlOrderStore, SqliteSettings, SqlOrderStore
from kwiga_orders.ports import AsyncOrderStore, OrderStore
from kwiga_orders.testing.stores import AsyncOrderStoreContract, OrderStoreContract

# what is tested is not whether the disk keeps its promises
SETTINGS = SqliteSettings(synchronous="NORMAL")


class TestSqliteOrderStore(OrderStoreContract):
    @contextmanager
    def open_store(self, folder: Path, /) -> Iterator[OrderStore]:
        with SqlOrderStore.from_url(f"sqlite:///{folder}/school.db", SETTINGS) as store:
            yield store


class TestAsyncSqliteOrderStore(AsyncOrderStoreContract):
    @asynccontextmanager
    async def open_async_store(self, folder: Path, /) -> AsyncIterator[AsyncOrderStore]:
        async with await AsyncSqlOrderStore.from_url(f"sqlite:///{folder}/school.db", SETTINGS) as store:
            yield store

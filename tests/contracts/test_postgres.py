"""The store on PostgreSQL keeps every condition of the port, blocking and awaited."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from kwiga_orders.adapters.sql import AsyncSqlOrderStore, SqlOrderStore
from kwiga_orders.adapters.sql.engines import async_engine_for, engine_for
from kwiga_orders.ports import AsyncOrderStore, OrderStore
from kwiga_orders.testing.stores import AsyncOrderStoreContract, OrderStoreContract
from tests import postgres


class TestPostgresOrderStore(OrderStoreContract):
    @contextmanager
    def open_store(self, folder: Path, /) -> Iterator[OrderStore]:
        with SqlOrderStore(engine_for(postgres.emptied())) as store:
            yield store


class TestAsyncPostgresOrderStore(AsyncOrderStoreContract):
    @asynccontextmanager
    async def open_async_store(self, folder: Path, /) -> AsyncIterator[AsyncOrderStore]:
        async with AsyncSqlOrderStore(async_engine_for(postgres.emptied())) as store:
            yield store

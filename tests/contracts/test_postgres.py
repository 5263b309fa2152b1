"""The store on PostgreSQL keeps every condition of the port, blocking and awaited."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import ClassVar

from kwiga_orders.adapters.sql import AsyncSqlOrderStore, SqlOrderStore
from kwiga_orders.adapters.sql.engines import async_engine_for, engine_for
from kwiga_orders.ports import AsyncOrderStore, OrderStore
from kwiga_orders.testing.stores import AsyncOrderStoreContract, OrderStoreContract
from tests import postgres
from tests.effort import times


class TestPostgresOrderStore(OrderStoreContract):
    examples: ClassVar = times(16, 300)

    @contextmanager
    def open_store(self, folder: Path, /) -> Iterator[OrderStore]:
        with SqlOrderStore(engine_for(postgres.emptied())) as store:
            yield store

    @contextmanager
    def reopen_store(self, folder: Path, /) -> Iterator[OrderStore]:
        with SqlOrderStore(engine_for(postgres.as_it_is())) as store:
            yield store


class TestAsyncPostgresOrderStore(AsyncOrderStoreContract):
    lacks: ClassVar = {"durable": "the blocking one says so of the same database"}
    examples: ClassVar = times(8, 300)
    stories: ClassVar = times(4, 48)

    @asynccontextmanager
    async def open_async_store(self, folder: Path, /) -> AsyncIterator[AsyncOrderStore]:
        async with AsyncSqlOrderStore(async_engine_for(postgres.emptied())) as store:
            yield store

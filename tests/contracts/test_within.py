"""The store within a transaction of a host keeps every condition of the port, whatever connection it is on.

Here a host does all in one transaction and never commits. Two conditions are the host's: what a reading sees of what
others commit meanwhile (OrderStore 3), and who else uses a connection at the same time.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import ClassVar

import attrs
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from kwiga_orders.adapters.sql import AsyncSqlOrderStore, SqlOrderStore
from kwiga_orders.ports import AsyncOrderStore, OrderStore
from kwiga_orders.testing.blocking import BlockingStore
from kwiga_orders.testing.order_histories import Story
from kwiga_orders.testing.store_commits import CommitContract, OutboxContract
from kwiga_orders.testing.store_delivery import DeliveryContract
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, furnish, read
from kwiga_orders.testing.store_hosted import Host
from kwiga_orders.testing.stores import AsyncOrderStoreContract, OrderStoreContract, one_more_task
from tests import postgres
from tests.effort import times
from tests.hosts import driver_url, migrated

WRITERS, TIMES = 4, 10


class OneTransaction:
    """What the suite says of transactions side by side is said here of transactions of hosts."""

    def test_one_moment_is_seen(self, store: OrderStore) -> None:
        """OrderStore 3 is the host's: in one transaction a reading sees what the next command has written."""
        story = Story.begins("o1", number=1)
        commit(store, story.changes())

        with store.transaction(SCHOOL.id, writes=False) as records:
            commit(store, Story.begins("o2", number=2).changes())
            assert [order.id for order in records.orders_of("olena")] == ["o1", "o2"]

    def test_no_update_is_lost(self, store: OrderStore) -> None:
        """Commit 1 and K2: in one transaction commands follow one another, and each builds on the one before."""
        commit(store, Story.begins("o1", number=1).changes())
        for _ in range(TIMES):
            add_task(store)
        order = read(store, lambda records: records.find_order("o1"))
        assert order is not None
        assert len(order.tasks) == TIMES


def add_task(store: OrderStore) -> None:
    with store.transaction(SCHOOL.id, writes=True) as transaction:
        order = transaction.find_order("o1")
        assert order is not None
        transaction.commit(one_more_task(order))


@attrs.frozen
class SqliteHost:
    """A host with a connection, and our store on it."""

    connection: sqlite3.Connection
    store: OrderStore

    def commit(self) -> None:
        self.connection.commit()

    def rollback(self) -> None:
        self.connection.rollback()


class TestWithinSqlite3(OneTransaction, OrderStoreContract):
    lacks: ClassVar = {"durable": "what is kept, the host decides", "host_transaction": None}
    examples: ClassVar = times(8, 300)
    stories: ClassVar = times(4, 48)

    @contextmanager
    def open_host(self, folder: Path, /) -> Iterator[Host]:
        with closing(sqlite3.connect(migrated(folder))) as connection:
            yield SqliteHost(connection, SqlOrderStore.within(connection))

    @contextmanager
    def open_store(self, folder: Path, /) -> Iterator[OrderStore]:
        with closing(sqlite3.connect(migrated(folder))) as connection:
            # a host's own, which nothing here may depend on
            connection.row_factory = sqlite3.Row
            yield SqlOrderStore.within(connection)


# What is read is the same on each connection; SQLAlchemy's differ in how commands begin and end.
class TestWithinSession(OneTransaction, CommitContract, OutboxContract, DeliveryContract):
    @pytest.fixture
    def store(self) -> Iterator[OrderStore]:
        engine = sa.create_engine(driver_url(postgres.emptied()))
        with Session(engine) as session:
            opened = SqlOrderStore.within(session)
            furnish(opened)
            yield opened
        engine.dispose()


class TestWithinAsyncPsycopg(OneTransaction, AsyncOrderStoreContract):
    lacks: ClassVar = {"durable": "what is kept, the host decides"}
    examples: ClassVar = times(8, 300)
    stories: ClassVar = times(4, 48)

    @asynccontextmanager
    async def open_async_store(self, folder: Path, /) -> AsyncIterator[AsyncOrderStore]:
        async with await psycopg.AsyncConnection.connect(
            postgres.emptied(), row_factory=psycopg.rows.dict_row
        ) as connection:
            yield AsyncSqlOrderStore.within(connection)
            await connection.rollback()


class TestWithinAsyncSession(OneTransaction, CommitContract, OutboxContract, DeliveryContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[OrderStore]:
        engine = create_async_engine(f"sqlite+aiosqlite:///{migrated(tmp_path)}")
        with asyncio.Runner() as runner:
            session = AsyncSession(engine)
            opened = BlockingStore(AsyncSqlOrderStore.within(session), runner)
            furnish(opened)
            yield opened
            runner.run(session.close())
            runner.run(engine.dispose())


class TestHostsSideBySide:
    """Hosts with a transaction each compete for one order, and lose nothing."""

    @staticmethod
    def tasks_after(begin: Callable[[], "sqlite3.Connection | psycopg.Connection[object]"]) -> int:
        """Let all add tasks to one order at once, and give how many it has then."""
        with closing(begin()) as connection:
            store = SqlOrderStore.within(connection)
            furnish(store)
            commit(store, Story.begins("o1", number=1).changes())
            connection.commit()

        def work(_: int) -> None:
            with closing(begin()) as connection:
                for _ in range(TIMES):
                    add_task(SqlOrderStore.within(connection))
                    connection.commit()

        with ThreadPoolExecutor(WRITERS) as threads:
            list(threads.map(work, range(WRITERS)))

        with closing(begin()) as connection:
            order = read(SqlOrderStore.within(connection), lambda records: records.find_order("o1"))
        return 0 if order is None else len(order.tasks)

    def test_on_sqlite(self, tmp_path: Path) -> None:
        """K2: the file has one writer, from its first question on; the others wait."""
        path = migrated(tmp_path)
        assert self.tasks_after(lambda: sqlite3.connect(path, timeout=30)) == WRITERS * TIMES

    def test_on_postgres(self) -> None:
        """K2: who waits for the lock of the project sees what the one before has committed."""
        url = postgres.emptied()
        assert self.tasks_after(lambda: psycopg.connect(url)) == WRITERS * TIMES

    def test_awaited(self) -> None:
        """K2: the same for tasks of one loop, each with a connection of its own."""
        url = postgres.emptied()

        async def work(connections: int) -> None:
            async with await psycopg.AsyncConnection.connect(url) as connection:
                store = AsyncSqlOrderStore.within(connection)
                for _ in range(TIMES):
                    async with store.transaction(SCHOOL.id, writes=True) as transaction:
                        order = await transaction.find_order("o1")
                        assert order is not None
                        await transaction.commit(one_more_task(order))
                    await connection.commit()

        async def all_at_once() -> None:
            await asyncio.gather(*map(work, range(WRITERS)))

        with psycopg.connect(url) as connection:
            furnish(SqlOrderStore.within(connection))
            commit(SqlOrderStore.within(connection), Story.begins("o1", number=1).changes())
        asyncio.run(all_at_once())

        with psycopg.connect(url) as connection:
            order = read(SqlOrderStore.within(connection), lambda records: records.find_order("o1"))
        assert order is not None
        assert len(order.tasks) == WRITERS * TIMES

"""A school on each store, behind the blocking and behind the awaited service: the same words to all of them."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import psycopg

from kwiga_orders.adapters.memory import AsyncMemoryCourses, AsyncMemoryOrderStore, AsyncMemoryProgress
from kwiga_orders.adapters.sql import AsyncSqlOrderStore, SqliteSettings, SqlOrderStore
from kwiga_orders.adapters.sql.engines import async_engine_for, engine_for
from kwiga_orders.aio import AsyncOrders
from kwiga_orders.changes import Receipt
from kwiga_orders.commands import Command
from kwiga_orders.ports import AsyncOrderStore
from kwiga_orders.queries import Query
from kwiga_orders.testing.blocking import BlockingStore
from kwiga_orders.testing.school import CountedIds, School
from kwiga_orders.testing.scripts import COURSES, SET_UP, START
from kwiga_orders.views.shapes import View
from tests import postgres
from tests.hosts import in_memory

__all__ = ["WORLDS", "World"]

# what is lost with the power is of no use here, so nothing waits for the disk
_HASTY = SqliteSettings(synchronous="NORMAL")


@attrs.frozen
class World:
    """A school, and whoever carries out its commands and answers its questions."""

    school: School
    execute: Callable[[Command], Receipt]
    ask: Callable[[Query[View]], View]

    @classmethod
    def of(cls, school: School) -> "World":
        """Give the world of the school's own service."""
        return cls(school, school.orders.execute, school.orders.ask)

    @classmethod
    def awaited(cls, store: AsyncOrderStore, runner: asyncio.Runner) -> "World":
        """Give the world of an awaited service on an awaited store."""
        school = School(store=BlockingStore(store, runner))
        orders = AsyncOrders(
            project=school.project.id,
            store=store,
            courses=AsyncMemoryCourses(school.courses),
            progress=AsyncMemoryProgress(school.progress),
            clock=school.clock,
            ids=CountedIds(),
        )
        return cls(
            school, lambda command: runner.run(orders.execute(command)), lambda query: runner.run(orders.ask(query))
        )

    def furnish(self) -> "World":
        """Teach, and sell, what scripts are about."""
        self.school.clock.set(START)
        for course in COURSES:
            self.school.has(course)
        for command in SET_UP:
            self.execute(command)
        return self


@contextmanager
def _memory() -> Iterator[World]:
    yield World.of(School()).furnish()


@contextmanager
def _awaited_memory() -> Iterator[World]:
    with asyncio.Runner() as runner:
        yield World.awaited(AsyncMemoryOrderStore(), runner).furnish()


@contextmanager
def _sqlite() -> Iterator[World]:
    with TemporaryDirectory() as folder, SqlOrderStore.from_url(_url(folder), _HASTY) as store:
        yield World.of(School(store=store)).furnish()


@contextmanager
def _awaited_sqlite() -> Iterator[World]:
    with TemporaryDirectory() as folder, asyncio.Runner() as runner:
        store = runner.run(AsyncSqlOrderStore.from_url(_url(folder), _HASTY))
        try:
            yield World.awaited(store, runner).furnish()
        finally:
            runner.run(store.close())


@contextmanager
def _postgres() -> Iterator[World]:
    with SqlOrderStore(engine_for(postgres.emptied())) as store:
        yield World.of(School(store=store)).furnish()


@contextmanager
def _awaited_postgres() -> Iterator[World]:
    store = AsyncSqlOrderStore(async_engine_for(postgres.emptied()))
    with asyncio.Runner() as runner:
        try:
            yield World.awaited(store, runner).furnish()
        finally:
            runner.run(store.close())


@contextmanager
def _within_sqlite() -> Iterator[World]:
    with closing(in_memory()) as connection:
        yield World.of(School(store=SqlOrderStore.within(connection))).furnish()


@contextmanager
def _within_postgres() -> Iterator[World]:
    with closing(psycopg.connect(postgres.emptied())) as connection:
        yield World.of(School(store=SqlOrderStore.within(connection))).furnish()


def _url(folder: str) -> str:
    return f"sqlite:///{Path(folder) / 'school.db'}"


WORLDS: dict[str, Callable[[], AbstractContextManager[World]]] = {
    "memory": _memory,
    "memory, awaited": _awaited_memory,
    "sqlite": _sqlite,
    "sqlite, awaited": _awaited_sqlite,
    "postgresql": _postgres,
    "postgresql, awaited": _awaited_postgres,
    "sqlite, within a host's transaction": _within_sqlite,
    "postgresql, within a host's transaction": _within_postgres,
}
"""Every store, blocking and awaited, by name."""

"""Connections of an engine, lent to one transaction after another.

SQLAlchemy's pool does this, too, and is used where connections belong to a loop. In a blocking store it takes a tenth
of the time of a command, for much that is not needed here; so connections that nobody uses are kept in a list.

Laws:

1. Nobody else has a connection while it is lent.
2. There are never more than twice as many as are kept; whoever needs one waits for it, and is told `store.locked` if
   that takes too long.
3. One that was closed, because nobody knows what is left of it, is never lent again.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from queue import Empty, SimpleQueue

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kwiga_orders.adapters.sql.execution import failures_of, rolled_back
from kwiga_orders.adapters.sql.failures import failure
from kwiga_orders.adapters.sql.settings import CONNECTIONS, PATIENCE
from kwiga_orders.errors import AdapterFailed

__all__ = ["AsyncConnections", "Connections"]


class Connections:
    """The connections of an engine without a pool."""

    def __init__(self, engine: sa.Engine) -> None:
        options = engine.get_execution_options()
        self._engine = engine
        self._kept: int = options[CONNECTIONS]
        self._patience: float = options[PATIENCE] / 1000
        # a SimpleQueue of slots works as a semaphore and takes a tenth of the time
        self._slots: SimpleQueue[None] = SimpleQueue()
        for _ in range(2 * self._kept):
            self._slots.put(None)
        self._idle: list[sa.Connection] = []

    def lend(self) -> sa.Connection:
        """Lend a connection.

        Raises:
            AdapterFailed: `store.locked` if all are in use for too long; if none can be made.
        """
        try:
            self._slots.get(timeout=self._patience)
        except Empty as problem:
            raise AdapterFailed("store.locked") from problem
        try:
            return self._idle.pop() if self._idle else self._made()
        except BaseException:
            self._slots.put(None)
            raise

    def take_back(self, connection: sa.Connection) -> None:
        """Take back what was lent; its transaction has ended."""
        try:
            if len(self._idle) < self._kept and not connection.closed:
                self._idle.append(connection)
            else:
                connection.close()
        finally:
            self._slots.put(None)

    @contextmanager
    def lent(self) -> Iterator[sa.Connection]:
        """Lend a connection for as long as the block lasts; an error rolls back.

        Raises:
            AdapterFailed: as `lend` does.
        """
        connection = self.lend()
        try:
            yield connection
        except BaseException:
            rolled_back(connection)
            raise
        finally:
            self.take_back(connection)

    def _made(self) -> sa.Connection:
        try:
            return self._engine.connect()
        except failures_of(self._engine.dialect) as problem:
            raise failure(problem) from problem

    def close(self) -> None:
        """Close all that nobody uses."""
        while self._idle:
            self._idle.pop().close()
        self._engine.dispose()


class AsyncConnections:
    """The connections in the pool of an awaited engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def lend(self) -> AsyncConnection:
        """Lend a connection.

        Raises:
            AdapterFailed: `store.locked` if all are in use for too long; if none can be made.
        """
        try:
            return await self._engine.connect()
        except failures_of(self._engine.dialect) as problem:
            raise failure(problem) from problem

    async def take_back(self, connection: AsyncConnection) -> None:
        """Take back what was lent; its transaction has ended."""
        await connection.close()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection for as long as the block lasts; an error rolls back.

        Raises:
            AdapterFailed: as `lend` does.
        """
        connection = await self.lend()
        try:
            yield connection
        finally:
            await self.take_back(connection)

    async def close(self) -> None:
        """Close all that nobody uses."""
        await self._engine.dispose()

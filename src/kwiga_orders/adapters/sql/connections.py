"""Connections of an engine, lent to one transaction after another.

Laws, for blocking and async connections alike:

1. A connection is lent to one transaction at a time, and is dirty while it is lent. It becomes clean only by a
   statement that ends its transaction, succeeds, and leaves the driver idle and out of pipeline mode. Only a clean
   connection is kept. Any other is closed without using it again, because after an exception, a cancelled task or a
   signal its state is unknown (decision 0038). A kept connection is checked again before it is lent.
2. A forked process uses no connection of its parent: two processes on one socket would read each other's answers. It
   starts without connections, and does not close those of its parent.
3. At most twice as many connections are open as are kept. A transaction that finds none free waits, and fails with
   `store.locked` after a time limit. The slot of a connection is always returned (`slots`).

SQLAlchemy's pool is not used: it keeps a connection after any rollback, and takes a tenth of the time of a command.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from threading import Thread
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from kwiga_orders.adapters.sql.failures import failure, failures_of, listen
from kwiga_orders.adapters.sql.settings import SETTINGS, Settings
from kwiga_orders.adapters.sql.slots import AsyncSlots, Slot, Slots
from kwiga_orders.adapters.sql.steps import RawConnection
from kwiga_orders.errors import AdapterFailed

__all__ = ["AsyncConnections", "AsyncLent", "Connections", "Lent", "discard", "is_idle"]

_OK, _IDLE, _OFF = 0, 0, 0
"""ConnStatus.OK, TransactionStatus.IDLE and PipelineStatus.OFF of libpq."""


_OF_PARENTS: list[RawConnection] = []
"""Connections of the parent process, kept from being closed: closing them here would end the parent's sessions."""


def is_idle(driver: RawConnection) -> bool:
    """Tell whether the driver says that a connection is open, in no transaction and in no pipeline."""
    libpq = getattr(driver, "pgconn", None)
    if libpq is None:
        # SQLite has no server that could close the connection, so only the transaction is checked
        return not driver.in_transaction
    return (libpq.status, libpq.transaction_status, libpq.pipeline_status) == (_OK, _IDLE, _OFF)


def discard(driver: RawConnection) -> Thread | None:
    """Close a connection at once, whatever it is doing. A server then rolls back what is not committed.

    On SQLite it is rolled back here, because statements that are still referenced would keep the file locked. An async
    SQLite connection is closed by a thread, which is returned.
    """
    if hasattr(driver, "pgconn"):
        driver.pgconn.finish()
    elif isinstance(driver, sqlite3.Connection):
        with suppress(sqlite3.Error):
            driver.rollback()
        driver.close()
    else:
        # closing waits for the running statement; this loop may be closed before, so the thread uses its own loop
        closing = Thread(target=lambda: asyncio.run(_closed(driver)))
        closing.start()
        return closing
    return None


async def _closed(driver: RawConnection) -> None:
    with suppress(sqlite3.Error, ValueError):
        await driver.rollback()
    await driver.close()


class Lent:
    """A connection in use by one transaction."""

    __slots__ = ("_connections", "_slot", "dialect", "driver", "is_clean", "process", "turn")

    def __init__(self, connections: "Connections", slot: Slot, dialect: sa.Dialect) -> None:
        self._connections = connections
        self._slot: Slot | None = slot
        self.dialect = dialect
        self.driver: RawConnection = None
        self.is_clean = False
        self.process = os.getpid()
        self.turn: Slot | None = None

    def replace(self) -> None:
        """Open a new connection in place of a dead one; all idle connections count as dead, too, and are closed."""
        driver, self.driver = self.driver, None
        discard(driver)
        self._connections.close()
        self.driver = self._connections.open()

    def free(self) -> None:
        """Return the slot and the turn."""
        self._slot = self.turn = None


# decision 0036: a list of connections, because the pool's queue took as long as a whole read
class Connections:
    """The connections of an engine without a pool."""

    def __init__(self, engine: sa.Engine) -> None:
        settings: Settings = engine.get_execution_options()[SETTINGS]
        self._engine = engine
        self.dialect = engine.dialect
        self._kept = settings.connections
        self._patience = settings.patience.total_seconds()
        self._idle: list[RawConnection] = []
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._slots = Slots(2 * self._kept)
        self._turns = Slots(1) if self.dialect.name == "sqlite" else None
        # law 2
        _OF_PARENTS.extend(self._idle)
        self._idle = []

    def lend(self) -> Lent:
        """Lend a connection.

        Raises:
            AdapterFailed: `store.locked` if all are in use for too long; another code if none can be opened.
        """
        if self._process != os.getpid():
            self._begin()
        try:
            lent = Lent(self, self._slots.take(self._patience), self.dialect)
        except TimeoutError as problem:
            raise AdapterFailed("store.locked") from problem
        try:
            lent.driver = self._kept_one() or self.open()
        except BaseException:
            # freed explicitly, because the traceback may keep this frame alive, and the slot with it
            lent.free()
            raise
        return lent

    def take_turn(self, lent: Lent) -> None:
        """Wait until no other thread writes to the file.

        SQLite has no queue: it makes threads retry, and some of them may wait for ever.

        Raises:
            AdapterFailed: `store.locked` if that takes too long.
        """
        if self._turns is not None and lent.turn is None:
            try:
                lent.turn = self._turns.take(self._patience)
            except TimeoutError as problem:
                raise AdapterFailed("store.locked") from problem

    def take_back(self, lent: Lent) -> None:
        """Return a connection: a clean one is kept, any other is closed."""
        driver, lent.driver = lent.driver, None
        try:
            if lent.process != os.getpid():
                _OF_PARENTS.append(driver)
            elif lent.is_clean and is_idle(driver) and len(self._idle) < self._kept:
                self._idle.append(driver)
            elif driver is not None:
                discard(driver)
        finally:
            lent.free()

    @contextmanager
    def lent(self) -> Iterator[Lent]:
        """Lend a connection for as long as the block lasts.

        Raises:
            AdapterFailed: as `lend` does.
        """
        lent = self.lend()
        try:
            yield lent
        finally:
            self.take_back(lent)

    def open(self) -> RawConnection:
        """Open a new connection.

        Raises:
            AdapterFailed: if none can be opened.
        """
        try:
            proxied = self._engine.raw_connection()
            driver = proxied.driver_connection
            proxied.detach()
            listen(driver)
            return driver
        except failures_of(self.dialect) as problem:
            raise failure(problem, connecting=True) from problem

    def wake(self) -> None:
        """Do nothing: workers poll the outbox themselves."""

    def close(self) -> None:
        """Close all connections that are not lent."""
        if self._process != os.getpid():
            self._begin()
        while self._idle:
            discard(self._idle.pop())

    def _kept_one(self) -> RawConnection:
        """Give an idle connection; None if there is none."""
        while self._idle:
            try:
                driver = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if is_idle(driver):
                return driver
            discard(driver)
        return None


class AsyncLent:
    """`Lent`, awaited."""

    __slots__ = ("_connections", "_slot", "dialect", "driver", "is_clean", "turn")

    def __init__(self, connections: "AsyncConnections", slot: Slot, dialect: sa.Dialect) -> None:
        self._connections = connections
        self._slot: Slot | None = slot
        self.dialect = dialect
        self.driver: RawConnection = None
        self.is_clean = False
        self.turn: Slot | None = None

    async def replace(self) -> None:
        """Take a new connection."""
        driver, self.driver = self.driver, None
        discard(driver)
        await self._connections.close()
        self.driver = await self._connections.open()

    def free(self) -> None:
        """Give the slot back, and the turn."""
        self._slot = self.turn = None


class _OfLoop:
    """The connections of one event loop; another loop cannot use them."""

    def __init__(self, kept: int) -> None:
        self.slots = AsyncSlots(2 * kept)
        self.turns = AsyncSlots(1)
        self.idle: list[RawConnection] = []
        self.closing: list[Thread] = []

    def discard(self, driver: RawConnection) -> None:
        """Close a connection at once, and remember the thread that closes it, if there is one."""
        self.closing = [thread for thread in self.closing if thread.is_alive()]
        closing = discard(driver)
        if closing is not None:
            self.closing.append(closing)


class AsyncConnections:
    """The connections of an async engine without a pool, for each event loop that uses it."""

    def __init__(self, engine: AsyncEngine) -> None:
        settings: Settings = engine.sync_engine.get_execution_options()[SETTINGS]
        self._engine = engine
        self.dialect = engine.dialect
        self._kept = settings.connections
        self._patience = settings.patience.total_seconds()
        self._process = os.getpid()
        self._of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _OfLoop] = WeakKeyDictionary()

    async def lend(self) -> AsyncLent:
        """Lend a connection.

        Raises:
            AdapterFailed: `store.locked` if all are in use for too long; another code if none can be opened.
        """
        here = self._here()
        try:
            lent = AsyncLent(self, await here.slots.take(self._patience), self.dialect)
        except TimeoutError as problem:
            raise AdapterFailed("store.locked") from problem
        try:
            lent.driver = self._kept_one(here.idle) or await self.open()
        except BaseException:
            lent.free()
            raise
        return lent

    async def take_turn(self, lent: AsyncLent) -> None:
        """Wait until no other task of this loop writes to the file.

        Raises:
            AdapterFailed: `store.locked` if that takes too long.
        """
        if self.dialect.name == "sqlite" and lent.turn is None:
            try:
                lent.turn = await self._here().turns.take(self._patience)
            except TimeoutError as problem:
                raise AdapterFailed("store.locked") from problem

    async def take_back(self, lent: AsyncLent) -> None:
        """Return a connection: a clean one is kept, any other is closed. Nothing is awaited."""
        driver, lent.driver = lent.driver, None
        here = self._here()
        try:
            if lent.is_clean and is_idle(driver) and len(here.idle) < self._kept:
                here.idle.append(driver)
            elif driver is not None:
                here.discard(driver)
        finally:
            lent.free()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[AsyncLent]:
        """Lend a connection for as long as the block lasts.

        Raises:
            AdapterFailed: as `lend` does.
        """
        lent = await self.lend()
        try:
            yield lent
        finally:
            await self.take_back(lent)

    async def open(self) -> RawConnection:
        """Open a new connection.

        Raises:
            AdapterFailed: if none can be opened.
        """
        opening = asyncio.ensure_future(self._opened())
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            # a connection that is being opened cannot be closed yet, so it is closed once it is open
            opening.add_done_callback(_discard_opened)
            raise
        except failures_of(self.dialect) as problem:
            raise failure(problem, connecting=True) from problem

    async def _opened(self) -> RawConnection:
        proxied = await self._engine.raw_connection()
        driver = proxied.driver_connection
        proxied.detach()
        return driver

    def wake(self) -> None:
        """Do nothing: workers poll the outbox themselves."""

    async def close(self) -> None:
        """Close all connections that are not lent."""
        here = self._here()
        for of_loop in list(self._of_loops.values()):
            while of_loop.idle:
                driver = of_loop.idle.pop()
                if of_loop is here:
                    await driver.close()
                else:
                    discard(driver)
        # the caller may close this loop next, so first wait for threads that would report to it
        for closing in here.closing:
            await asyncio.to_thread(closing.join)

    def _here(self) -> _OfLoop:
        if self._process != os.getpid():
            # law 2: forget the connections of the parent process
            self._process = os.getpid()
            _OF_PARENTS.extend(self._of_loops.values())
            self._of_loops = WeakKeyDictionary()
        loop = asyncio.get_running_loop()
        found = self._of_loops.get(loop)
        if found is None:
            found = self._of_loops[loop] = _OfLoop(self._kept)
        return found

    def _kept_one(self, idle: list[RawConnection]) -> RawConnection:
        while idle:
            driver = idle.pop()
            if is_idle(driver):
                return driver
            discard(driver)
        return None


def _discard_opened(opening: asyncio.Future[RawConnection]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        discard(opening.result())

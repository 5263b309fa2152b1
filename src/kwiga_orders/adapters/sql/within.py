"""Connections of hosts, lent to one command after another, by the laws in `host_transactions`."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import aiosqlite
import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.pool import StaticPool

from kwiga_orders.adapters.sql.failures import failures_of
from kwiga_orders.adapters.sql.host_transactions import UNDO
from kwiga_orders.adapters.sql.steps import Cursor, RawConnection
from kwiga_orders.errors import AdapterFailed, Fault, InvalidInput

if TYPE_CHECKING:
    import psycopg

    HostConnection = sqlite3.Connection | psycopg.Connection[Any] | sa.Connection | orm.Session
    """The kinds of connections with which a host may have its transaction."""

    AsyncHostConnection = aiosqlite.Connection | psycopg.AsyncConnection[Any] | AsyncConnection | AsyncSession
    """The same for an async host."""

    Driver = Literal["sqlite3", "aiosqlite", "psycopg"]
    """Drivers of hosts, sync and async."""

__all__ = [
    "AsyncEnteredConnections",
    "AsyncHostConnections",
    "AsyncHostLent",
    "EnteredConnections",
    "HostConnections",
    "HostLent",
    "connected",
]

# Which driver


@cache
def _dialect(url: str) -> sa.Dialect:
    # one dialect object for all hosts, so that each statement is compiled once
    return sa.create_engine(url).dialect


_URLS = {
    "pysqlite": "sqlite://",
    "sqlite3": "sqlite://",
    "aiosqlite": "sqlite+aiosqlite://",
    "psycopg": "postgresql+psycopg://",
}
_BLOCKING = "sqlite3 or psycopg 3, or a Connection or Session of SQLAlchemy over one of them"
_AWAITED = "aiosqlite or psycopg 3, or an AsyncConnection or AsyncSession of SQLAlchemy over one of them"


def _dialect_of(host: object, hint: str) -> sa.Dialect:
    """Give the dialect of the driver below a host's connection.

    Raises:
        InvalidInput: if the driver is not supported.
    """
    driver = "psycopg" if hasattr(host, "pgconn") else None
    if isinstance(host, orm.Session | AsyncSession):
        driver = host.get_bind().dialect.driver
    elif isinstance(host, sa.Connection | AsyncConnection):
        driver = host.dialect.driver
    elif isinstance(host, sqlite3.Connection):
        driver = "pysqlite"
    elif isinstance(host, aiosqlite.Connection):
        driver = "aiosqlite"
    is_awaited = isinstance(host, AsyncSession | AsyncConnection | aiosqlite.Connection) or hasattr(host, "aclose")
    is_awaited |= type(host).__name__.startswith("Async")
    if driver not in _URLS or is_awaited != (hint is _AWAITED):
        raise _refused("connection", hint)
    return _dialect(_URLS[driver])


def _refused(path: str, hint: str) -> InvalidInput:
    return InvalidInput([Fault(path=path, code="input.invalid", hint=hint)])


def _driver_of(host: "HostConnection") -> RawConnection:
    """Give the driver's connection of a host; SQLAlchemy first begins its transaction, as it does at a statement."""
    connection = host.connection() if isinstance(host, orm.Session) else host
    if not isinstance(connection, sa.Connection):
        return connection
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.driver_connection


def _begins_with(driver: RawConnection) -> str | None:
    """Give the BEGIN that sqlite3 would send by itself before an INSERT; None if a transaction is already open.

    Raises:
        InvalidInput: if the connection is in autocommit, or its transaction has failed.
    """
    hint = "begin a transaction first: the connection is in autocommit"
    libpq = getattr(driver, "pgconn", None)
    if libpq is not None:
        if libpq.transaction_status == _FAILED:
            raise _refused("connection", "roll back first: the transaction has failed")
        if libpq.pipeline_status != _OFF:
            raise _refused("connection", "leave the pipeline first: commands send pipelines of their own")
        if driver.autocommit and libpq.transaction_status == _IDLE:
            raise _refused("connection", hint)
    elif not driver.in_transaction:
        if driver.isolation_level is None:
            raise _refused("connection", hint)
        # sqlite3 begins a transaction before an INSERT, but not before a SAVEPOINT
        return f"BEGIN {driver.isolation_level}"
    return None


_IDLE, _FAILED, _OFF = 0, 3, 0
"""TransactionStatus.IDLE and INERROR, and PipelineStatus.OFF of libpq."""


# After the commit


class _Waking:
    """Calls `after_commit` once after each commit of a session in which something was written for the relay."""

    def __init__(self, session: orm.Session | None, after_commit: Callable[[], object] | None) -> None:
        if after_commit is not None and session is None:
            raise _refused("after_commit", "only a session says when it has committed: call it after your own commit")
        self._after_commit = after_commit
        self._waits = False
        if after_commit is not None:
            event.listen(session, "after_commit", self._committed)
            event.listen(session, "after_rollback", self._rolled_back)

    def wake(self) -> None:
        self._waits = True

    def _committed(self, session: orm.Session) -> None:
        # SQLAlchemy also calls this when a savepoint is released
        if self._after_commit is not None and self._waits and not session.in_nested_transaction():
            self._waits = False
            self._after_commit()

    def _rolled_back(self, session: orm.Session) -> None:
        # after a rolled back savepoint the relay may be woken for nothing, which costs less than tracking savepoints
        self._waits = self._waits and session.in_nested_transaction()


# Blocking


@contextmanager
def connected(host: "HostConnection") -> Iterator[sa.Connection]:
    """Give a SQLAlchemy connection within the host's transaction, which it neither begins nor ends.

    Raises:
        InvalidInput: if the host has begun no transaction, or it has failed, or the driver is not supported.
    """
    dialect = HostConnections(host).lend().dialect
    if isinstance(host, orm.Session | sa.Connection):
        yield host.connection() if isinstance(host, orm.Session) else host
        return
    options: dict[str, object] = {"creator": lambda: host, "poolclass": StaticPool, "pool_reset_on_return": None}
    if dialect.name == "postgresql":
        # SQLAlchemy would query the server for a type that is not used here
        options["use_native_hstore"] = False
    engine = sa.create_engine(_URLS[dialect.driver], **options)
    # SQLAlchemy must not begin or end the host's transaction, nor close its connection
    for name in ("do_begin", "do_commit", "do_rollback", "do_close"):
        setattr(engine.dialect, name, lambda *_: None)
    with engine.connect() as connection:
        yield connection


class HostLent:
    """A connection of a host in use by one command."""

    __slots__ = ("dialect", "driver", "entered", "is_clean")

    def __init__(self, driver: "_Sqlite | _Psycopg | _AioSqlite", dialect: sa.Dialect) -> None:
        self.driver: RawConnection = driver
        self.dialect = dialect
        # clean until a savepoint was sent: before that, undoing would make the host's transaction fail
        self.is_clean = True
        self.entered: AbstractContextManager[object] = nullcontext()

    def replace(self) -> None:
        """Fail: the host's transaction is lost with its connection."""
        raise AdapterFailed("store.lost")


class HostConnections:
    """The one connection of a host, lent to one command after another."""

    def __init__(self, host: "HostConnection", after_commit: Callable[[], object] | None = None) -> None:
        self._host = host
        self._waking = _Waking(host if isinstance(host, orm.Session) else None, after_commit)
        self.dialect = _dialect_of(host, _BLOCKING)

    def lend(self) -> HostLent:
        """Lend the current connection; a session has a new one in each transaction.

        Raises:
            InvalidInput: if the host has begun no transaction, or it has failed.
        """
        return _lent_on(self._host, self.dialect)

    def take_turn(self, lent: HostLent) -> None:
        """Do nothing: the host takes turns itself."""

    def take_back(self, lent: HostLent) -> None:
        """Undo a command that was neither ended nor undone."""
        if not lent.is_clean:
            with suppress(*failures_of(lent.dialect)):
                lent.driver.rollback()

    @contextmanager
    def lent(self) -> Iterator[HostLent]:
        """Lend the connection for as long as the block lasts."""
        lent = self.lend()
        try:
            yield lent
        finally:
            self.take_back(lent)

    def wake(self) -> None:
        """Note that the relay must be woken once the host has committed (N1)."""
        self._waking.wake()

    def close(self) -> None:
        """Do nothing: the connection is the host's."""


def _lent_on(host: "HostConnection", dialect: sa.Dialect) -> HostLent:
    driver = _driver_of(host)
    begin = _begins_with(driver)
    if begin is not None:
        driver.execute(begin)
    return HostLent(_Psycopg(driver, "Cursor") if hasattr(driver, "pgconn") else _Sqlite(driver), dialect)


class EnteredConnections(HostConnections):
    """Connections from a context of the host, which each transaction of the store enters.

    The command is ended or undone before the context is left, so the context is always left without an error.
    """

    def __init__(
        self,
        enter: Callable[[], AbstractContextManager["HostConnection"]],
        driver: "Driver",
        after_commit: Callable[[], object] | None,
    ) -> None:
        self._enter, self._after_commit = enter, after_commit
        self.dialect = _dialect(_URLS[driver])

    def lend(self) -> HostLent:
        """Enter a context and lend its connection."""
        entered = self._enter()
        host = entered.__enter__()
        try:
            lent = _lent_on(host, self.dialect)
        except BaseException:
            entered.__exit__(None, None, None)
            raise
        lent.entered = entered
        return lent

    def take_back(self, lent: HostLent) -> None:
        """Leave the context of a connection."""
        super().take_back(lent)
        lent.entered.__exit__(None, None, None)

    def wake(self) -> None:
        """Call the host at once; the host itself wakes the relay after its commit."""
        if self._after_commit is not None:
            self._after_commit()


class _Sqlite:
    """A connection of sqlite3, with cursors that ignore the host's row factory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def cursor(self) -> sqlite3.Cursor:
        cursor = self._connection.cursor()
        cursor.row_factory = None
        return cursor

    def rollback(self) -> None:
        for statement in UNDO:
            self._connection.execute(statement)


class _Psycopg:
    """A connection of psycopg, sync or async, with cursors that ignore the host's factories."""

    def __init__(self, connection: RawConnection, cursors: str) -> None:
        import psycopg
        from psycopg.rows import tuple_row

        self._connection, self._cursors, self._rows = connection, getattr(psycopg, cursors), tuple_row

    def cursor(self) -> Cursor:
        return self._cursors(self._connection, row_factory=self._rows)

    def pipeline(self) -> Any:
        return self._connection.pipeline()

    def rollback(self) -> Any:
        # both statements in one call: psycopg then discards prepared statements, as it does after its own rollback
        return self.cursor().execute("; ".join(UNDO))


# Awaited


class AsyncHostLent:
    """`HostLent`, awaited."""

    __slots__ = ("dialect", "driver", "entered", "is_clean")

    def __init__(self, driver: "_Psycopg | _AioSqlite", dialect: sa.Dialect) -> None:
        self.driver: RawConnection = driver
        self.dialect = dialect
        # clean until a savepoint was sent: before that, undoing would make the host's transaction fail
        self.is_clean = True
        self.entered: AbstractAsyncContextManager[object] = nullcontext()

    async def replace(self) -> None:
        """Fail: the host's transaction is lost with its connection."""
        raise AdapterFailed("store.lost")


class AsyncHostConnections:
    """`HostConnections`, awaited."""

    def __init__(self, host: "AsyncHostConnection", after_commit: Callable[[], object] | None = None) -> None:
        self._host = host
        self._waking = _Waking(host.sync_session if isinstance(host, AsyncSession) else None, after_commit)
        self.dialect = _dialect_of(host, _AWAITED)

    async def lend(self) -> AsyncHostLent:
        """Lend the current connection.

        Raises:
            InvalidInput: if the host has begun no transaction, or it has failed.
        """
        return await _async_lent_on(self._host, self.dialect)

    async def take_turn(self, lent: AsyncHostLent) -> None:
        """Do nothing: the host takes turns itself."""

    async def take_back(self, lent: AsyncHostLent) -> None:
        """Undo a command that was neither ended nor undone, for example because its task was cancelled."""
        if not lent.is_clean:
            with suppress(*failures_of(lent.dialect)):
                await lent.driver.rollback()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[AsyncHostLent]:
        """Lend the connection for as long as the block lasts."""
        lent = await self.lend()
        try:
            yield lent
        finally:
            await self.take_back(lent)

    def wake(self) -> None:
        """Note that the relay must be woken once the host has committed (N1)."""
        self._waking.wake()

    async def close(self) -> None:
        """Do nothing: the connection is the host's."""


async def _async_lent_on(host: "AsyncHostConnection", dialect: sa.Dialect) -> AsyncHostLent:
    driver: RawConnection = await host.connection() if isinstance(host, AsyncSession) else host
    if isinstance(driver, AsyncConnection):
        if not driver.in_transaction():
            await driver.begin()
        driver = (await driver.get_raw_connection()).driver_connection
    begin = _begins_with(driver)
    if begin is not None:
        await driver.execute(begin)
    return AsyncHostLent(_Psycopg(driver, "AsyncCursor") if hasattr(driver, "pgconn") else _AioSqlite(driver), dialect)


class AsyncEnteredConnections(AsyncHostConnections):
    """`EnteredConnections`, awaited."""

    def __init__(
        self,
        enter: Callable[[], AbstractAsyncContextManager["AsyncHostConnection"]],
        driver: "Driver",
        after_commit: Callable[[], object] | None,
    ) -> None:
        self._enter, self._after_commit = enter, after_commit
        self.dialect = _dialect(_URLS[driver])

    async def lend(self) -> AsyncHostLent:
        """Enter a context and lend its connection."""
        entered = self._enter()
        host = await entered.__aenter__()
        try:
            lent = await _async_lent_on(host, self.dialect)
        except BaseException:
            await entered.__aexit__(None, None, None)
            raise
        lent.entered = entered
        return lent

    async def take_back(self, lent: AsyncHostLent) -> None:
        """Leave the context of a connection."""
        await super().take_back(lent)
        await lent.entered.__aexit__(None, None, None)

    def wake(self) -> None:
        """Call the host at once; the host itself wakes the relay after its commit."""
        if self._after_commit is not None:
            self._after_commit()


class _AioSqlite:
    """A connection of aiosqlite, with cursors that ignore the host's row factory."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def cursor(self) -> aiosqlite.Cursor:
        cursor = await self._connection.cursor()
        cursor.row_factory = None
        return cursor

    async def rollback(self) -> None:
        for statement in UNDO:
            await self._connection.execute(statement)

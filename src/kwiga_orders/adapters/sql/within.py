"""The transaction of a host: a store on a connection that the host begins and ends.

Laws:

1. Nothing here begins or ends the host's transaction. A command is a savepoint in it: released if it is done, rolled
   back if it conflicts or fails, so the host can go on. What the host rolls back takes the orders along (K4).
2. Whoever writes locks the project from its first question until the host's transaction ends. So what was read is
   still true when it is written, and nothing is checked again (`guards` is for transactions of our own).
3. That holds at READ COMMITTED: a snapshot older than the lock would not show what others changed before it. PostgreSQL
   is asked to keep that level, and refuses in a transaction of another one (`store.isolation`).
4. The settings of the connection are the host's: time limits, row factories, prepared statements, pragmas.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import aiosqlite
import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from kwiga_orders.adapters.sql.failures import failures_of
from kwiga_orders.adapters.sql.on_postgres import PROJECT_SETTING
from kwiga_orders.adapters.sql.steps import Locks, Step
from kwiga_orders.errors import AdapterFailed, Fault, InvalidInput

if TYPE_CHECKING:
    import psycopg

    HostConnection = sqlite3.Connection | psycopg.Connection[Any] | sa.Connection | orm.Session
    """What a host may have its transaction on."""

    AsyncHostConnection = aiosqlite.Connection | psycopg.AsyncConnection[Any] | AsyncConnection | AsyncSession
    """What an awaited host may have it on."""

__all__ = ["AsyncHostConnections", "AsyncHostLent", "HostConnections", "HostLent", "HostTransactions", "driver_of"]

_SAVEPOINT = Step(sa.text("SAVEPOINT kwiga_orders"), ({},))
_RELEASE = Step(sa.text("RELEASE SAVEPOINT kwiga_orders"), ({},), ends=True)
_UNDO = ("ROLLBACK TO SAVEPOINT kwiga_orders", "RELEASE SAVEPOINT kwiga_orders")

# it changes no row, and takes the lock of the file: what is read next is what will be written upon
_LOCK_FILE = Step(sa.text("UPDATE kwiga_projects SET revision = revision WHERE project = ''"), ({},))
_SET = f"set_config('{PROJECT_SETTING}', :project, true)"
_SET_PROJECT = sa.text(f"SELECT {_SET}")
# a transaction that has begun may keep its level, and take no other
_LEVEL = "set_config('transaction_isolation', 'read committed', false)"


class HostTransactions:
    """How commands begin and end within a transaction of the host."""

    one_message = True
    locks_first = True

    def __init__(self, dialect: sa.Dialect) -> None:
        self._is_postgres = dialect.name == "postgresql"

    def begin(self, project: str, /, *, writes: bool) -> Sequence[Step]:
        """Give the steps that begin a part that reads, or writes what nobody else does."""
        return (_SAVEPOINT, Step(_SET_PROJECT, ({"project": project},))) if self._is_postgres else (_SAVEPOINT,)

    def begin_locked(self, project: str, locks: Locks, /) -> Sequence[Step]:
        """Give the steps that begin a part that writes, and take locks."""
        # decision 0054: a host's transaction may hold several commands, so the one lock comes first
        if not self._is_postgres:
            return _SAVEPOINT, _LOCK_FILE
        keys = {f"key_{n}": key for n, (key, _) in enumerate(locks)}
        return _SAVEPOINT, Step(_locking(len(locks)), ({"project": project, **keys},))

    def upgrade(self) -> Sequence[Step]:
        """Give no step: who writes has the lock."""
        return ()

    def commit(self, *, early: bool) -> Sequence[Step]:
        """Give the step that keeps what was written, if the host commits."""
        return (_RELEASE,)

    def end(self) -> Sequence[Step]:
        """Give the step that ends a part that wrote nothing."""
        return (_RELEASE,)


@cache
def _locking(count: int) -> sa.TextClause:
    locks = (f"pg_advisory_xact_lock(:key_{n})" for n in range(count))
    return sa.text(", ".join((f"SELECT {_LEVEL}", _SET, *locks)))


# Which driver


@cache
def _dialect(url: str) -> sa.Dialect:
    # one for all hosts, so that each statement is compiled once
    return sa.create_engine(url).dialect


_URLS = {"pysqlite": "sqlite://", "aiosqlite": "sqlite+aiosqlite://", "psycopg": "postgresql+psycopg://"}
_BLOCKING = "sqlite3 or psycopg 3, or a Connection or Session of SQLAlchemy over one of them"
_AWAITED = "aiosqlite or psycopg 3, or an AsyncConnection or AsyncSession of SQLAlchemy over one of them"


def _dialect_of(host: object, hint: str) -> sa.Dialect:
    """Give the dialect of the driver below a host's connection.

    Raises:
        InvalidInput: if it is another driver.
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


def driver_of(host: "HostConnection") -> Any:
    """Give the connection of the driver that a host's transaction is on; SQLAlchemy's begins as it would by itself."""
    connection = host.connection() if isinstance(host, orm.Session) else host
    if not isinstance(connection, sa.Connection):
        return connection
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.driver_connection


def _begins_with(driver: Any) -> str | None:
    """Give the statement that a driver would begin a transaction with by itself; None if it needs none from us.

    Raises:
        InvalidInput: if there is no transaction, and the driver would begin none; if it has failed.
    """
    hint = "begin a transaction first: the connection is in autocommit"
    libpq = getattr(driver, "pgconn", None)
    if libpq is not None:
        if libpq.transaction_status == _FAILED:
            raise _refused("connection", "roll back first: the transaction has failed")
        if driver.autocommit and libpq.transaction_status == _IDLE:
            raise _refused("connection", hint)
    elif not driver.in_transaction:
        if driver.isolation_level is None:
            raise _refused("connection", hint)
        # sqlite3 does so before an INSERT, though not before a SAVEPOINT
        return f"BEGIN {driver.isolation_level}"
    return None


_IDLE, _FAILED = 0, 3
"""TransactionStatus.IDLE and INERROR of libpq."""


# After the commit


class _Waking:
    """Calls back once after each commit of a session in which something was written for the relay."""

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
        # the end of a savepoint is told as a commit, too
        if self._after_commit is not None and self._waits and not session.in_nested_transaction():
            self._waits = False
            self._after_commit()

    def _rolled_back(self, session: orm.Session) -> None:
        # what a savepoint took back wakes the relay for nothing, which costs less than asking what it was
        self._waits = self._waits and session.in_nested_transaction()


# Blocking


class HostLent:
    """A connection of a host in use by one command."""

    __slots__ = ("dialect", "driver", "is_clean")

    def __init__(self, driver: "_Sqlite | _Psycopg | _AioSqlite", dialect: sa.Dialect) -> None:
        self.driver: Any = driver
        self.dialect = dialect
        self.is_clean = False

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
        """Lend the connection as it is now: a session has another one in each transaction.

        Raises:
            InvalidInput: if the host has begun no transaction, or it has failed.
        """
        driver = driver_of(self._host)
        begin = _begins_with(driver)
        if begin is not None:
            driver.execute(begin)
        hosted = _Psycopg(driver, "Cursor") if hasattr(driver, "pgconn") else _Sqlite(driver)
        return HostLent(hosted, self.dialect)

    def take_turn(self, lent: HostLent) -> None:
        """Do nothing: the host has its turn."""

    def take_back(self, lent: HostLent) -> None:
        """Undo what a command neither ended nor undid itself."""
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
        """Note that something waits for the relay once the host has committed (N1)."""
        self._waking.wake()

    def close(self) -> None:
        """Do nothing: the connection is the host's."""


class _Sqlite:
    """A connection of sqlite3, with cursors that know nothing of the host's row factory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def cursor(self) -> sqlite3.Cursor:
        cursor = self._connection.cursor()
        cursor.row_factory = None
        return cursor

    def rollback(self) -> None:
        for statement in _UNDO:
            self._connection.execute(statement)


class _Psycopg:
    """A connection of psycopg, blocking or awaited, with cursors that know nothing of the host's factories."""

    def __init__(self, connection: Any, cursors: str) -> None:
        import psycopg
        from psycopg.rows import tuple_row

        self._connection, self._cursors, self._rows = connection, getattr(psycopg, cursors), tuple_row

    def cursor(self) -> Any:
        return self._cursors(self._connection, row_factory=self._rows)

    def pipeline(self) -> Any:
        return self._connection.pipeline()

    def rollback(self) -> Any:
        # psycopg looks at the result of several statements each time: so it forgets what failed
        return self.cursor().execute("; ".join(_UNDO))


# Awaited


class AsyncHostLent:
    """`HostLent`, awaited."""

    __slots__ = ("dialect", "driver", "is_clean")

    def __init__(self, driver: "_Psycopg | _AioSqlite", dialect: sa.Dialect) -> None:
        self.driver: Any = driver
        self.dialect = dialect
        self.is_clean = False

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
        """Lend the connection as it is now.

        Raises:
            InvalidInput: if the host has begun no transaction, or it has failed.
        """
        driver: Any = await self._host.connection() if isinstance(self._host, AsyncSession) else self._host
        if isinstance(driver, AsyncConnection):
            if not driver.in_transaction():
                await driver.begin()
            driver = (await driver.get_raw_connection()).driver_connection
        begin = _begins_with(driver)
        if begin is not None:
            await driver.execute(begin)
        hosted = _Psycopg(driver, "AsyncCursor") if hasattr(driver, "pgconn") else _AioSqlite(driver)
        return AsyncHostLent(hosted, self.dialect)

    async def take_turn(self, lent: AsyncHostLent) -> None:
        """Do nothing: the host has its turn."""

    async def take_back(self, lent: AsyncHostLent) -> None:
        """Undo what a command neither ended nor undid itself; so does one that was cancelled."""
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
        """Note that something waits for the relay once the host has committed (N1)."""
        self._waking.wake()

    async def close(self) -> None:
        """Do nothing: the connection is the host's."""


class _AioSqlite:
    """A connection of aiosqlite, with cursors that know nothing of the host's row factory."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def cursor(self) -> aiosqlite.Cursor:
        cursor = await self._connection.cursor()
        cursor.row_factory = None
        return cursor

    async def rollback(self) -> None:
        for statement in _UNDO:
            await self._connection.execute(statement)

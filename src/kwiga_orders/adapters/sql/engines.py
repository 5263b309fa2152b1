"""Engines as the store needs them, and what their failures mean.

SQLite: write-ahead log, so that who looks never waits for who writes; a write takes its lock when it begins, so no
update is lost; every commit is on the disk when it returns (`synchronous` FULL). https://www.sqlite.org/wal.html
"""

from datetime import timedelta
from typing import Literal, Protocol

import attrs
import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from kwiga_orders.adapters.sql.talk import Step
from kwiga_orders.errors import AdapterFailed, Corrupt, Fault, InvalidInput, KwigaOrdersError

__all__ = ["DEFAULTS", "WRITES", "SqliteSettings", "async_engine_for", "engine_for", "failure"]

WRITES = "kwiga_orders_writes"
"""The execution option that says what a transaction is for."""


@attrs.frozen(kw_only=True)
class SqliteSettings:
    """How the embedded database waits and writes.

    `busy_timeout` is how long to wait for another writer. With `synchronous` NORMAL a power cut may take back the
    last commits, though never half of one; it is faster, for what can be made again.
    """

    busy_timeout: timedelta = timedelta(seconds=5)
    synchronous: Literal["FULL", "NORMAL"] = "FULL"


DEFAULTS = SqliteSettings()
"""Five seconds, and nothing is lost."""


def engine_for(url: str, settings: SqliteSettings) -> sa.Engine:
    """Make an engine over the database of `url`.

    Raises:
        InvalidInput: if it is not a file of SQLite.
    """
    engine = sa.create_engine(_file_url(url, "pysqlite"), connect_args=_arguments(settings))
    _prepare(engine, settings)
    return engine


def async_engine_for(url: str, settings: SqliteSettings) -> AsyncEngine:
    """Make an awaited engine over the database of `url`.

    Raises:
        InvalidInput: if it is not a file of SQLite.
    """
    engine = create_async_engine(_file_url(url, "aiosqlite"), connect_args=_arguments(settings))
    _prepare(engine.sync_engine, settings)
    return engine


def _arguments(settings: SqliteSettings) -> dict[str, object]:
    return {"timeout": settings.busy_timeout.total_seconds()}


def _file_url(url: str, driver: str) -> sa.URL:
    try:
        given = sa.make_url(url)
    except exc.ArgumentError:
        raise _not_a_file() from None
    if given.get_backend_name() != "sqlite" or given.database in (None, "", ":memory:"):
        raise _not_a_file()
    return given.set(drivername=f"sqlite+{driver}")


def _not_a_file() -> InvalidInput:
    return InvalidInput([Fault(path="url", code="input.invalid", hint="sqlite:///school.db, a file")])


class _Cursor(Protocol):
    def execute(self, statement: str, /) -> object: ...
    def close(self) -> object: ...


class _Connection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...


def _prepare(engine: sa.Engine, settings: SqliteSettings) -> None:
    pragmas = ("journal_mode=WAL", f"synchronous={settings.synchronous}", "foreign_keys=ON")

    def connect(connection: _Connection, _: object) -> None:
        # the driver would begin transactions late, and lose updates
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)


_BUSY, _LOCKED, _FULL, _CONSTRAINT = 5, 6, 13, 19
_CODES = {_BUSY: "store.locked", _LOCKED: "store.locked", _FULL: "store.full"}


def failure(problem: Exception, step: Step | None = None) -> KwigaOrdersError:
    """Say what a failure of the database means to the host.

    A key that is taken is the conflict that `step` names. Else it is `AdapterFailed`: `store.locked` if another writer
    took longer than the timeout, `store.full` if the disk is full, `store.unreachable` if the database is.
    """
    cause = problem.orig if isinstance(problem, exc.DBAPIError) else problem
    # every driver has errors of its own, by the names that PEP 249 gives them
    if any(kind.__name__ == "IntegrityError" for kind in type(cause).__mro__):
        taken = step.conflict if step is not None else None
        return taken if taken is not None else Corrupt("store.inconsistent", cause=type(problem).__name__)
    code = getattr(cause, "sqlite_errorcode", None)
    return AdapterFailed(_CODES.get(code & 0xFF if code else 0, "store.unreachable"))

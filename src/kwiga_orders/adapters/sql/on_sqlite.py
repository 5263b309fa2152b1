"""SQLite, the embedded database in a file.

With the write-ahead log readers never wait for writers. Every commit is on the disk when it returns (`synchronous`
FULL). A writing transaction reads without a lock, and takes the lock of the file only for its last statements
(`guards`), so a process that hangs while it decides blocks no other writer. https://www.sqlite.org/wal.html
"""

import re
from collections.abc import Sequence
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy import event

from kwiga_orders.adapters.sql.settings import SETTINGS, SqliteSettings
from kwiga_orders.adapters.sql.steps import END, Locks, Step, Transactions
from kwiga_orders.adapters.sql.tables import projects
from kwiga_orders.errors import Fault, InvalidInput

__all__ = ["TRANSACTIONS", "arguments", "file_url", "prepare"]


def file_url(given: sa.URL, driver: str) -> sa.URL:
    """Give the URL of a file, with that driver.

    Raises:
        InvalidInput: if it names no file; connections cannot share a database in memory.
    """
    # a URL with a host lacks a slash; NUL and lone surrogates cannot be in a file name
    is_plain = not given.host and not re.search(r"[\x00\ud800-\udfff]", given.database or "")
    if given.database in (None, "", ":memory:") or not is_plain:
        raise InvalidInput([Fault(path="url", code="input.invalid", hint="sqlite:///school.db, a file")])
    return given.set(drivername=f"sqlite+{driver}")


class _SqliteTransactions:
    """How transactions begin and end; the lock of the file is the only lock."""

    one_message = False
    locks_first = False

    def begin(self, _: str, /, *, writes: bool) -> Sequence[Step]:
        """Give the steps that begin a transaction."""
        return _BEGIN[writes]

    def begin_locked(self, _: str, __: Locks, /) -> Sequence[Step]:
        """Give the steps that begin a writing transaction."""
        return _BEGIN[True]

    def upgrade(self) -> Sequence[Step]:
        """Give a statement that changes nothing but takes the lock of the file.

        SQLite gives the lock to a transaction that has read only if nobody has written since.
        """
        return (_TAKE_LOCK,)

    def commit(self, *, early: bool) -> Sequence[Step]:
        """Give the step that commits."""
        return (_COMMIT,)

    def end(self) -> Sequence[Step]:
        """Give the step that ends a transaction that wrote nothing."""
        return (END,)


TRANSACTIONS: Transactions = _SqliteTransactions()
"""The steps that begin and end transactions on SQLite."""

_BEGIN = {
    False: (Step(sa.text("BEGIN"), ({},), begins=True),),
    True: (Step(sa.text("BEGIN IMMEDIATE"), ({},), begins=True),),
}
_TAKE_LOCK = Step(sa.text(f"DELETE FROM {projects.name} WHERE 0"), ({},))
_COMMIT = Step(sa.text("COMMIT"), ({},), commits=True, ends=True)


def arguments(settings: SqliteSettings) -> dict[str, object]:
    """Give the arguments for connecting."""
    return {"timeout": settings.busy_timeout.total_seconds()}


class _Cursor(Protocol):
    def execute(self, statement: str, /) -> object: ...
    def close(self) -> object: ...


class _Connection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...


def prepare(engine: sa.Engine, settings: SqliteSettings) -> None:
    """Make the engine set up its connections, and store the settings in it."""
    # WAL lets readers go on during a write; SQLite checks foreign keys only if told to.
    pragmas = ("journal_mode=WAL", f"synchronous={settings.synchronous}", "foreign_keys=ON")

    def connect(connection: _Connection, _: object) -> None:
        # otherwise the driver begins transactions by itself, and too late: updates could be lost
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "connect", connect)
    engine.update_execution_options(**{SETTINGS: settings})

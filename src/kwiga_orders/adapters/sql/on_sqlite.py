"""SQLite, the embedded database: a file.

Write-ahead log, so that readers never wait for writers; every commit is on the disk when it returns (`synchronous`
FULL). A transaction that writes reads first, as any reader does, and takes the lock of the file only for its last
statements (`guards`): a process that hangs while it decides keeps nobody from writing. https://www.sqlite.org/wal.html
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
        InvalidInput: if it is no file; what is in memory cannot be shared between connections.
    """
    # a host in it is a slash that is missing; half a character is in no file's name
    is_plain = not given.host and not re.search(r"[\x00\ud800-\udfff]", given.database or "")
    if given.database in (None, "", ":memory:") or not is_plain:
        raise InvalidInput([Fault(path="url", code="input.invalid", hint="sqlite:///school.db, a file")])
    return given.set(drivername=f"sqlite+{driver}")


class _SqliteTransactions:
    """The lock of the file is the only one there is."""

    one_message = False
    locks_first = False

    def begin(self, _: str, /, *, writes: bool) -> Sequence[Step]:
        """Give the steps that begin a transaction."""
        return _BEGIN[writes]

    def begin_locked(self, _: str, __: Locks, /) -> Sequence[Step]:
        """Give the steps that begin one that writes."""
        return _BEGIN[True]

    def upgrade(self) -> Sequence[Step]:
        """Give a statement that changes nothing, but takes the lock of the file.

        SQLite gives it to a transaction that has read only if what it read is still the newest.
        """
        return (_TAKE_LOCK,)

    def commit(self, *, early: bool) -> Sequence[Step]:
        """Give the step that commits."""
        return (_COMMIT,)

    def end(self) -> Sequence[Step]:
        """Give the step that ends a transaction that wrote nothing."""
        return (END,)


TRANSACTIONS: Transactions = _SqliteTransactions()
"""How transactions begin and end on SQLite."""

_BEGIN = {
    False: (Step(sa.text("BEGIN"), ({},), begins=True),),
    True: (Step(sa.text("BEGIN IMMEDIATE"), ({},), begins=True),),
}
_TAKE_LOCK = Step(sa.text(f"DELETE FROM {projects.name} WHERE 0"), ({},))
_COMMIT = Step(sa.text("COMMIT"), ({},), commits=True, ends=True)


def arguments(settings: SqliteSettings) -> dict[str, object]:
    """Give the arguments with which the driver connects."""
    return {"timeout": settings.busy_timeout.total_seconds()}


class _Cursor(Protocol):
    def execute(self, statement: str, /) -> object: ...
    def close(self) -> object: ...


class _Connection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...


def prepare(engine: sa.Engine, settings: SqliteSettings) -> None:
    """Let the engine set up its connections, and know its settings."""
    # WAL lets readers go on while one writes; foreign keys are off unless they are asked for.
    pragmas = ("journal_mode=WAL", f"synchronous={settings.synchronous}", "foreign_keys=ON")

    def connect(connection: _Connection, _: object) -> None:
        # the driver would begin transactions late, and lose updates
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "connect", connect)
    engine.update_execution_options(**{SETTINGS: settings})

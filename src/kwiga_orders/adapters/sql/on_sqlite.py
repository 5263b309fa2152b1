"""SQLite, the embedded database: a file.

Write-ahead log, so that readers never wait for writers; a write takes its lock when it begins, so no update is
lost; every commit is on the disk when it returns (`synchronous` FULL). https://www.sqlite.org/wal.html
"""

from collections.abc import Sequence
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy import event

from kwiga_orders.adapters.sql.settings import CONNECTIONS, PATIENCE, SqliteSettings
from kwiga_orders.adapters.sql.steps import Step
from kwiga_orders.errors import Fault, InvalidInput

__all__ = ["arguments", "file_url", "prepare", "start"]


def file_url(given: sa.URL, driver: str) -> sa.URL:
    """Give the URL of a file, with that driver.

    Raises:
        InvalidInput: if it is no file; what is in memory cannot be shared between connections.
    """
    if given.database in (None, "", ":memory:"):
        raise InvalidInput([Fault(path="url", code="input.invalid", hint="sqlite:///school.db, a file")])
    return given.set(drivername=f"sqlite+{driver}")


def start(_: str, /, *, writes: bool) -> Sequence[Step]:
    """Give how a transaction begins."""
    return _START[writes]


def arguments(settings: SqliteSettings) -> dict[str, object]:
    """Give the connection arguments of the driver."""
    return {"timeout": settings.busy_timeout.total_seconds()}


_KEPT = 8
_START = {
    False: (Step(sa.text("BEGIN"), ({},), begins=True),),
    True: (Step(sa.text("BEGIN IMMEDIATE"), ({},), begins=True),),
}


class _Cursor(Protocol):
    def execute(self, statement: str, /) -> object: ...
    def close(self) -> object: ...


class _Connection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...


def prepare(engine: sa.Engine, settings: SqliteSettings) -> None:
    """Let the engine set up its connections, and know how many of them a store keeps."""
    pragmas = ("journal_mode=WAL", f"synchronous={settings.synchronous}", "foreign_keys=ON")

    def connect(connection: _Connection, _: object) -> None:
        # the driver would begin transactions late, and lose updates
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "connect", connect)
    patience = round(settings.busy_timeout.total_seconds() * 1000)
    engine.update_execution_options(**{PATIENCE: patience, CONNECTIONS: _KEPT})

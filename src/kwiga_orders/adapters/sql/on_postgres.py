"""PostgreSQL, for many machines: who looks sees one moment, who writes locks the project.

Laws:

1. A look is a read-only transaction at REPEATABLE READ: one moment, and it never waits for who writes.
2. Writers of a project take turns: a transaction that writes begins by locking the row of its project (`looks.begun`),
   as one on SQLite begins by locking the file. So it sees one moment, too; nothing it decided on changes meanwhile; and
   rows of the outbox are committed in the order of their numbers. Projects never wait for each other.
3. Every transaction says which project it is for; where row level security is enabled, it sees no other (K6).

All of this is told with BEGIN, in the same message, so it costs nothing.
"""

import sqlalchemy as sa
from sqlalchemy import event

from kwiga_orders.adapters.sql.settings import PROJECT, WRITES, PostgresSettings

__all__ = ["NAMES", "PROJECT_SETTING", "arguments", "pool", "prepare", "server_url"]

NAMES = ("postgresql", "postgres")
"""How URLs begin that name a PostgreSQL."""

PROJECT_SETTING = "kwiga_orders.project"
"""The setting of the server that names the project of a transaction."""

_LOOKS = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITES = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"


def server_url(given: sa.URL) -> sa.URL:
    """Give the URL with the driver that is used, blocking and awaited."""
    return given.set(drivername="postgresql+psycopg")


def arguments() -> dict[str, object]:
    """Give what the driver is told when it connects: that transactions are begun here."""
    return {"autocommit": True}


def pool(settings: PostgresSettings) -> dict[str, float]:
    """Give how many connections there are, and how long to wait for one."""
    kept = settings.connections
    return {"pool_size": kept, "max_overflow": kept, "pool_timeout": settings.lock_timeout.total_seconds()}


def prepare(engine: sa.Engine, settings: PostgresSettings) -> None:
    """Let the engine begin its transactions by what they are for."""
    patience = f"SET LOCAL lock_timeout = {_milliseconds(settings)}"

    def begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        project = f"SET LOCAL {PROJECT_SETTING} = {_quoted(options.get(PROJECT, ''))}"
        said = (_WRITES, patience, project) if options.get(WRITES, False) else (_LOOKS, project)
        cursor = connection.connection.cursor()
        # as text without values: only so several statements can go in one message
        cursor.execute("; ".join(said))
        cursor.close()

    event.listen(engine, "begin", begin)


def _milliseconds(settings: PostgresSettings) -> int:
    # 0 would mean to wait for ever
    return max(1, round(settings.lock_timeout.total_seconds() * 1000))


def _quoted(text: str) -> str:
    from psycopg.sql import quote

    return quote(text.replace("\0", ""))

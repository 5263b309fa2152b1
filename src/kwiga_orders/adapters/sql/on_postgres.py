"""PostgreSQL, for many machines: readers see one snapshot, writers lock the project.

Laws:

1. A read is a read-only transaction at REPEATABLE READ: one snapshot, and it never waits for writers.
2. Writers of a project take turns: a transaction that writes begins by locking the row of its project (`reads.Reads`),
   as one on SQLite begins by locking the file. So it sees one moment, too; nothing it decided on changes meanwhile; and
   rows of the outbox are committed in the order of their numbers. Projects never wait for each other.
3. Every transaction says which project it is for; where row level security is enabled, it sees no other (K6).

All of this is sent with BEGIN and the first query, in one pipeline, so it costs no round trip.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from kwiga_orders.adapters.sql.settings import CONNECTIONS, PATIENCE, PostgresSettings
from kwiga_orders.adapters.sql.steps import Start, Step

__all__ = ["NAMES", "PROJECT_SETTING", "arguments", "prepare", "server_url", "start"]

NAMES = ("postgresql", "postgres")
"""How URLs begin that name a PostgreSQL."""

PROJECT_SETTING = "kwiga_orders.project"
"""The setting of the server that names the project of a transaction."""

_BEGIN = {
    False: Step(sa.text("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"), ({},), begins=True),
    True: Step(sa.text("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"), ({},), begins=True),
}


def server_url(given: sa.URL) -> sa.URL:
    """Give the URL with the driver that is used, blocking and awaited."""
    return given.set(drivername="postgresql+psycopg")


def arguments() -> dict[str, object]:
    """Give the connection arguments of the driver: we begin transactions ourselves."""
    return {"autocommit": True}


def prepare(engine: sa.Engine, settings: PostgresSettings) -> None:
    """Let the engine know how patient its stores are, and how many connections they keep."""
    # 0 would mean to wait for ever
    patience = max(1, round(settings.lock_timeout.total_seconds() * 1000))
    engine.update_execution_options(**{PATIENCE: patience, CONNECTIONS: settings.connections})


def start(patience: int) -> Start:
    """Give how transactions begin, with so many milliseconds of patience for other writers."""

    def begin(project: str, /, *, writes: bool) -> Sequence[Step]:
        told = {"project": project, "patience": f"{patience}ms"} if writes else {"project": project}
        return _BEGIN[writes], Step(_SET[writes], (told,))

    return begin


def _set(setting: str, place: str) -> sa.ColumnElement[str]:
    # until the transaction ends
    return sa.func.set_config(sa.literal_column(f"'{setting}'"), sa.bindparam(place), sa.true())


_SET = {
    False: sa.select(_set(PROJECT_SETTING, "project")),
    True: sa.select(_set(PROJECT_SETTING, "project"), _set("lock_timeout", "patience")),
}

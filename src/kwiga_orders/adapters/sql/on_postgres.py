"""PostgreSQL, for hosts on many machines.

Laws:

1. A reading transaction is REPEATABLE READ and read-only: it sees one snapshot and never waits for writers.
2. A writing transaction first reads in the same way. Its last message ends that transaction and begins another, which
   takes locks, checks that what was read is unchanged (`guards`), writes and commits. So writers wait for each other
   only if they need the same data, and at most for the time of one message (decision 0048).
3. Locks are released before the commit is on the disk: COMMIT does not wait for the disk, but a second transaction in
   the same message does. A writer that has seen the change comes after it in the log, so it cannot survive if the
   change is lost. No caller gets an answer before the change is on the disk.
4. Every transaction names its project: with row level security it sees no other (K6).
5. Statements, locks, idle transactions and connecting have time limits (`PostgresSettings`).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache

import sqlalchemy as sa

from kwiga_orders.adapters.sql.settings import SETTINGS, PostgresSettings
from kwiga_orders.adapters.sql.steps import COMMIT, END, Locks, Step, Transactions

__all__ = ["NAMES", "PROJECT_SETTING", "arguments", "prepare", "server_url", "transactions"]

NAMES = ("postgresql", "postgres")
"""The schemes of PostgreSQL URLs."""

PROJECT_SETTING = "kwiga_orders.project"
"""The server setting that holds the project of a transaction."""

_READ = Step(sa.text("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"), ({},), begins=True)
_WRITE = Step(sa.text("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"), ({},), begins=True)


def server_url(given: sa.URL) -> sa.URL:
    """Give the URL with psycopg as its driver, which is used both sync and async."""
    return given.set(drivername="postgresql+psycopg")


def arguments(settings: PostgresSettings, given: Mapping[str, object]) -> dict[str, object]:
    """Give the arguments for connecting, except those that the URL sets itself.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    """
    limits: dict[str, object] = {}
    if settings.connect_timeout is not None:
        # libpq takes whole seconds, and treats 1 as 2
        limits["connect_timeout"] = max(2, _seconds(settings.connect_timeout))
    if settings.network_timeout is not None:
        silent = max(2, _seconds(settings.network_timeout))
        # the first probe after a third of the time, then three probes in the rest
        limits |= {"keepalives": 1, "keepalives_idle": max(1, silent // 3)}
        limits |= {"keepalives_interval": max(1, silent * 2 // 9), "keepalives_count": 3}
        limits["tcp_user_timeout"] = silent * 1000
    if not settings.prepares:
        limits["prepare_threshold"] = None
    # autocommit, because steps begin transactions
    return {"autocommit": True, **{name: value for name, value in limits.items() if name not in given}}


def _seconds(time: timedelta) -> int:
    return round(time.total_seconds())


def prepare(engine: sa.Engine, settings: PostgresSettings) -> None:
    """Store the settings in the engine."""
    engine.update_execution_options(**{SETTINGS: settings})


class _PostgresTransactions:
    one_message = True
    locks_first = False

    def __init__(self, settings: PostgresSettings) -> None:
        # Literals in the statement, because they never change.
        limits = {
            "lock_timeout": _milliseconds(settings.lock_timeout),
            "statement_timeout": _milliseconds(settings.statement_timeout),
            "idle_in_transaction_session_timeout": _milliseconds(settings.idle_timeout),
        }
        each = (f"set_config('{name}', '{value}', true)" for name, value in limits.items())
        self._set = ", ".join((f"set_config('{PROJECT_SETTING}', :project, true)", *each))

    def begin(self, project: str, /, *, writes: bool) -> Sequence[Step]:
        """Give the steps that begin a transaction."""
        # Settings are sent together with BEGIN, so they cost no extra round trip.
        return (_WRITE if writes else _READ), Step(_selecting(self._set), ({"project": project},))

    def begin_locked(self, project: str, locks: Locks, /) -> Sequence[Step]:
        """Give the steps that begin a writing transaction and take its locks in order."""
        keys = {f"key_{n}": key for n, (key, _) in enumerate(locks)}
        statement = _selecting(self._set, tuple(is_exclusive for _, is_exclusive in locks))
        return _WRITE, Step(statement, ({"project": project, **keys},))

    def upgrade(self) -> Sequence[Step]:
        """Give no step: the last message takes the locks and checks."""
        return ()

    def commit(self, *, early: bool) -> Sequence[Step]:
        """Give the steps that commit; `early` releases locks before the commit is on the disk."""
        return (COMMIT, _WAIT_FOR_DISK) if early else (COMMIT,)

    def end(self) -> Sequence[Step]:
        """Give the step that ends a transaction that wrote nothing."""
        return (END,)


def transactions(settings: PostgresSettings) -> Transactions:
    """Give the steps that begin and end transactions on PostgreSQL."""
    return _PostgresTransactions(settings)


def _milliseconds(time: timedelta | None) -> str:
    # for the server 0 means no limit, so the shortest limit is 1 ms
    return "0" if time is None else f"{max(1, round(time.total_seconds() * 1000))}ms"


@lru_cache(maxsize=512)
def _selecting(settings: str, modes: tuple[bool, ...] = ()) -> sa.TextClause:
    """Give one statement that sets `settings` until the transaction ends, and takes locks; one is faster than many."""
    locks = (
        f"pg_advisory_xact_lock{'' if is_exclusive else '_shared'}(:key_{n})" for n, is_exclusive in enumerate(modes)
    )
    return sa.text(", ".join((f"SELECT {settings}", *locks)))


# this message is read by nobody; writing it makes the commit wait for the disk, or for replicas if so configured
_WAIT_FOR_DISK = Step(sa.text("SELECT pg_logical_emit_message(true, 'kwiga_orders', '')"), ({},), ends=True)

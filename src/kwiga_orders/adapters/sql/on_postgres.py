"""PostgreSQL, for many machines.

Laws:

1. A transaction reads at REPEATABLE READ, read-only: one moment, and it never waits for writers.
2. One that writes reads like that, too. Then its last message ends that transaction and begins another: it takes
   locks, checks that what was read is unchanged (`guards`), writes, and commits. So writers of a project wait for each
   other for the time of one message at most, and only those that rest on the same things (decision 0048).
3. The locks of a message are released before its commit is on the disk: COMMIT does not wait for the disk, and one more
   transaction, in the same message, does. Whoever read the change in between writes to the log after it, so nothing
   that is kept rests on anything that is lost; and nobody is answered before it is on the disk.
4. Every transaction says which project it is for: where row level security is enabled, it sees no other (K6).
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
"""How URLs begin that name a PostgreSQL."""

PROJECT_SETTING = "kwiga_orders.project"
"""The setting of the server that names the project of a transaction."""

_READ = Step(sa.text("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"), ({},), begins=True)
_WRITE = Step(sa.text("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"), ({},), begins=True)


def server_url(given: sa.URL) -> sa.URL:
    """Give the URL with the driver that is used, blocking and awaited."""
    return given.set(drivername="postgresql+psycopg")


def arguments(settings: PostgresSettings, given: Mapping[str, object]) -> dict[str, object]:
    """Give the arguments with which the driver connects, but for those that the URL has already.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    """
    limits: dict[str, object] = {}
    if settings.connect_timeout is not None:
        # libpq knows whole seconds, and takes 1 for 2
        limits["connect_timeout"] = max(2, _seconds(settings.connect_timeout))
    if settings.network_timeout is not None:
        silent = max(2, _seconds(settings.network_timeout))
        # silence for a third of the time, then three probes in the rest of it
        limits |= {"keepalives": 1, "keepalives_idle": max(1, silent // 3)}
        limits |= {"keepalives_interval": max(1, silent * 2 // 9), "keepalives_count": 3}
        limits["tcp_user_timeout"] = silent * 1000
    if not settings.prepares:
        limits["prepare_threshold"] = None
    # transactions are begun by steps
    return {"autocommit": True, **{name: value for name, value in limits.items() if name not in given}}


def _seconds(time: timedelta) -> int:
    return round(time.total_seconds())


def prepare(engine: sa.Engine, settings: PostgresSettings) -> None:
    """Let the engine know its settings."""
    engine.update_execution_options(**{SETTINGS: settings})


class _PostgresTransactions:
    one_message = True
    locks_first = False

    def __init__(self, settings: PostgresSettings) -> None:
        # In the text of the statement: what never changes need not be sent with each one.
        limits = {
            "lock_timeout": _milliseconds(settings.lock_timeout),
            "statement_timeout": _milliseconds(settings.statement_timeout),
            "idle_in_transaction_session_timeout": _milliseconds(settings.idle_timeout),
        }
        each = (f"set_config('{name}', '{value}', true)" for name, value in limits.items())
        self._set = ", ".join((f"set_config('{PROJECT_SETTING}', :project, true)", *each))

    def begin(self, project: str, /, *, writes: bool) -> Sequence[Step]:
        """Give the steps that begin a transaction."""
        # Settings travel with BEGIN, so they cost no round trip of their own.
        return (_WRITE if writes else _READ), Step(_selecting(self._set), ({"project": project},))

    def begin_locked(self, project: str, locks: Locks, /) -> Sequence[Step]:
        """Give the steps that begin a transaction that writes, and takes locks in their order."""
        keys = {f"key_{n}": key for n, (key, _) in enumerate(locks)}
        statement = _selecting(self._set, tuple(is_exclusive for _, is_exclusive in locks))
        return _WRITE, Step(statement, ({"project": project, **keys},))

    def upgrade(self) -> Sequence[Step]:
        """Give no step: the last message is checked instead."""
        return ()

    def commit(self, *, early: bool) -> Sequence[Step]:
        """Give the steps that commit; `early` releases locks before the commit is on the disk."""
        return (COMMIT, _WAIT_FOR_DISK) if early else (COMMIT,)

    def end(self) -> Sequence[Step]:
        """Give the step that ends a transaction that wrote nothing."""
        return (END,)


def transactions(settings: PostgresSettings) -> Transactions:
    """Give how transactions begin and end on PostgreSQL."""
    return _PostgresTransactions(settings)


def _milliseconds(time: timedelta | None) -> str:
    # 0 is without limit, for the server; a time that is shorter than it can tell is the shortest
    return "0" if time is None else f"{max(1, round(time.total_seconds() * 1000))}ms"


@lru_cache(maxsize=512)
def _selecting(settings: str, modes: tuple[bool, ...] = ()) -> sa.TextClause:
    """Set `settings` until the transaction ends, and lock; all in one statement, which takes as long as one of them."""
    locks = (
        f"pg_advisory_xact_lock{'' if is_exclusive else '_shared'}(:key_{n})" for n, is_exclusive in enumerate(modes)
    )
    return sa.text(", ".join((f"SELECT {settings}", *locks)))


# it writes to the log, and so it waits for the disk, or for replicas, as the server is set up; nobody reads it
_WAIT_FOR_DISK = Step(sa.text("SELECT pg_logical_emit_message(true, 'kwiga_orders', '')"), ({},), ends=True)

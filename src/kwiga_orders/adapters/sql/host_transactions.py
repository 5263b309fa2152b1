"""How commands begin and end within a host's transaction; `within` lends the connection.

Laws:

1. Nothing here begins or ends the host's transaction. Each command is a savepoint in it: released if the command
   succeeds, rolled back if it conflicts or fails, so the host can go on. If the host rolls back, it undoes the commands
   as well (K4).
2. A writing command locks the project from its first statement until the host's transaction ends. So everything it
   read is still true when it writes, and no check is needed (`guards` is for our own transactions).
3. This needs READ COMMITTED: at other levels the snapshot is older than the lock, and lacks changes made in between.
   PostgreSQL is asked for that level; in a transaction with another one it refuses (`store.isolation`).
4. The connection keeps the host's settings: time limits, row factories, prepared statements, pragmas.
"""

from collections.abc import Sequence
from functools import cache

import sqlalchemy as sa

from kwiga_orders.adapters.sql.on_postgres import PROJECT_SETTING
from kwiga_orders.adapters.sql.steps import Locks, Step

__all__ = ["UNDO", "HostTransactions"]

_SAVEPOINT = Step(sa.text("SAVEPOINT kwiga_orders"), ({},))
_RELEASE = Step(sa.text("RELEASE SAVEPOINT kwiga_orders"), ({},), ends=True)
UNDO = ("ROLLBACK TO SAVEPOINT kwiga_orders", "RELEASE SAVEPOINT kwiga_orders")
"""The statements that undo a command."""

# it changes no row but takes the lock of the file, so that later reads stay true until the host commits
_LOCK_FILE = Step(sa.text("UPDATE kwiga_projects SET revision = revision WHERE project = ''"), ({},))
_SET = f"set_config('{PROJECT_SETTING}', :project, true)"
_SET_PROJECT = sa.text(f"SELECT {_SET}")
# once a transaction has begun, PostgreSQL accepts its own level and refuses any other
_LEVEL = "set_config('transaction_isolation', 'read committed', false)"


class HostTransactions:
    """How commands begin and end within a transaction of the host."""

    one_message = True
    locks_first = True

    def __init__(self, dialect: sa.Dialect) -> None:
        self._is_postgres = dialect.name == "postgresql"

    def begin(self, project: str, /, *, writes: bool) -> Sequence[Step]:
        """Give the steps that begin a command without locks: it only reads, or nobody else writes the same rows."""
        return (_SAVEPOINT, Step(_SET_PROJECT, ({"project": project},))) if self._is_postgres else (_SAVEPOINT,)

    def begin_locked(self, project: str, locks: Locks, /) -> Sequence[Step]:
        """Give the steps that begin a writing command, and take its locks."""
        # decision 0054: a host's transaction may contain several commands, so the project's lock comes first
        if not self._is_postgres:
            return _SAVEPOINT, _LOCK_FILE
        keys = {f"key_{n}": key for n, (key, _) in enumerate(locks)}
        return _SAVEPOINT, Step(_locking(len(locks)), ({"project": project, **keys},))

    def upgrade(self) -> Sequence[Step]:
        """Give no step: a writing command already has the lock."""
        return ()

    def commit(self, *, early: bool) -> Sequence[Step]:
        """Give the step that releases the savepoint; the host's commit then keeps what was written."""
        return (_RELEASE,)

    def end(self) -> Sequence[Step]:
        """Give the step that ends a command that wrote nothing."""
        return (_RELEASE,)


@cache
def _locking(count: int) -> sa.TextClause:
    locks = (f"pg_advisory_xact_lock(:key_{n})" for n in range(count))
    return sa.text(", ".join((f"SELECT {_LEVEL}", _SET, *locks)))

"""How commands begin and end within a transaction of a host, whose connections `within` lends.

Laws:

1. Nothing here begins or ends the host's transaction. A command is a savepoint in it: released if it is done, rolled
   back if it conflicts or fails, so the host can go on. What the host rolls back takes the orders along (K4).
2. Whoever writes locks the project from its first question until the host's transaction ends. So what was read is
   still true when it is written, and nothing is checked again (`guards` is for transactions of our own).
3. That holds at READ COMMITTED: a snapshot older than the lock would not show what others changed before it. PostgreSQL
   is asked to keep that level, and refuses in a transaction of another one (`store.isolation`).
4. The settings of the connection are the host's: time limits, row factories, prepared statements, pragmas.
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
"""The statements that take a command back."""

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
        """Give the steps that begin a part which takes no lock: it only reads, or nobody else writes the same rows."""
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

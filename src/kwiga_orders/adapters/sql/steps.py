"""Sans-I/O database access: generators yield statements, a sync or an async driver executes them.

The logic of the store is written once, as generators that yield `Step`s and receive `Answer`s. `execution.run` executes
the steps on a connection, `run_async` on an async one. Steps that are yielded together need no answer in between, so
PostgreSQL gets them in one pipeline.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from kwiga_orders.errors import Detail

__all__ = [
    "COMMIT",
    "END",
    "Answer",
    "Cursor",
    "Locks",
    "RawConnection",
    "Row",
    "Step",
    "Steps",
    "Transactions",
    "fetch",
    "insert_for",
    "insert_into",
    "rows_of",
    "send",
    "writing",
]

T = TypeVar("T")


Row = Mapping[str, Any]
"""A row, by the names of its columns."""

# `Any`, because sqlite3, aiosqlite and psycopg share no class or protocol, and psycopg may not be installed
RawConnection = Any
"""A connection of sqlite3, aiosqlite or psycopg."""
Cursor = Any
"""A cursor of such a connection."""


class Step(NamedTuple):
    """A statement with the parameters of one execution or of several.

    If it violates a unique key, the error is an `order.conflict` with the details `conflict`. `begins` marks the first
    statement of a transaction, `ends` the last one, `commits` the one that commits.
    """

    statement: sa.Executable
    rows: Sequence[Mapping[str, object]]
    conflict: Mapping[str, Detail] | None = None
    begins: bool = False
    commits: bool = False
    ends: bool = False


class Answer(NamedTuple):
    """The result of a statement: its rows, if it returns any."""

    names: Sequence[str] = ()
    values: Sequence[Sequence[Any]] = ()

    @property
    def rows(self) -> list[Row]:
        """The rows by the names of their columns."""
        names = self.names
        return [dict(zip(names, one, strict=True)) for one in self.values]


Steps = Generator[Sequence[Step], Sequence[Answer], T]
"""A generator that yields statements and returns a T. If a statement fails, the error is raised at its `yield`."""


Locks = Sequence[tuple[int, bool]]
"""Keys of locks, in the order in which they are taken; True means exclusive, False shared."""


class Transactions(Protocol):
    """How a database begins and ends transactions.

    With `one_message` a whole transaction is sent at once, and a failed check raises in the database. Without it checks
    return rows, which cost no round trip. With `locks_first` a writer is alone in the project from its first statement.
    """

    one_message: bool
    locks_first: bool

    def begin(self, project: str, /, *, writes: bool) -> Sequence[Step]:
        """Give the steps that begin a transaction for a project, read-only unless it `writes`."""
        ...

    def begin_locked(self, project: str, locks: Locks, /) -> Sequence[Step]:
        """Give the steps that begin a writing transaction and take locks."""
        ...

    def upgrade(self) -> Sequence[Step]:
        """Give the steps that let a reading transaction also write; none if the last message takes the locks.

        They fail with `store.locked` if somebody has written since it began, or is writing now.
        """
        ...

    def commit(self, *, early: bool) -> Sequence[Step]:
        """Give the steps that commit; `early` releases locks before the commit is on the disk, where that is safe."""
        ...

    def end(self) -> Sequence[Step]:
        """Give the steps that end a transaction that wrote nothing."""
        ...


COMMIT = Step(sa.text("COMMIT"), ({},), commits=True, ends=True)
"""Commits a transaction; it may be sent together with its last writes."""

# COMMIT, not ROLLBACK, because after a rollback psycopg discards all its prepared statements
END = Step(sa.text("COMMIT"), ({},), ends=True)
"""Ends a transaction that wrote nothing."""


def rows_of(statement: sa.Executable, **parameters: object) -> Steps[Sequence[Row]]:
    """Execute a query and give its rows by the names of their columns."""
    (answer,) = yield (Step(statement, (parameters,)),)
    return answer.rows


def fetch(statement: sa.Executable, **parameters: object) -> Steps[Answer]:
    """Execute a query and give its rows as plain sequences, which saves making dicts of many rows."""
    (answer,) = yield (Step(statement, (parameters,)),)
    return answer


def writing(
    statement: sa.Executable,
    rows: Sequence[Mapping[str, object]],
    *,
    conflict: Mapping[str, Detail] | None = None,
) -> tuple[Step, ...]:
    """Give the step that writes `rows` with one statement; no step if there are no rows."""
    return (Step(statement, rows, conflict),) if rows else ()


def send(*steps: Step) -> Steps[None]:
    """Execute several steps that do not need each other's answers."""
    yield steps


_INSERTS: dict[str, Callable[[sa.Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def insert_for(dialect: str, table: sa.Table, *but: str) -> sqlite.Insert | postgresql.Insert:
    """Give an insert of all columns except `but`, to which an ON CONFLICT clause can be added.

    Both dialects have the same syntax, but SQLAlchemy has a class for each.
    """
    return _INSERTS[dialect](table).values(_parameters(table, but))


def insert_into(table: sa.Table, *but: str) -> sa.Insert:
    """Give an insert of all columns except `but`; generated numbers are not fetched."""
    return table.insert().values(_parameters(table, but)).inline()


def _parameters(table: sa.Table, but: Sequence[str]) -> dict[str, sa.BindParameter[object]]:
    return {column.key: sa.bindparam(column.key) for column in table.c if column.key not in but}

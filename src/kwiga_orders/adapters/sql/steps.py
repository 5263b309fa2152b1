"""Talking to a database without being the one who waits: logic yields steps, a driver carries them out.

The logic of the store is written once, as generators that yield `Step`s and are sent their `Answer`s. Two drivers of a
few lines each, over a connection and over an awaited one, serve the sync and the async store. What is yielded together
needs no answer in between, so a server can be told all of it at once.
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
    "Row",
    "Start",
    "Step",
    "Talk",
    "answered",
    "asked",
    "changing",
    "insert_for",
    "insert_into",
    "together",
]

T = TypeVar("T")


Row = Mapping[str, Any]
"""A row of an answer, by the names of its columns."""


class Step(NamedTuple):
    """A statement with the values of one row or of several.

    A key that is taken is an `order.conflict` that tells `conflict`. `begins` and `commits` mark the ends of a
    transaction.
    """

    statement: sa.Executable
    rows: Sequence[Mapping[str, object]]
    conflict: Mapping[str, Detail] | None = None
    begins: bool = False
    commits: bool = False


class Answer(NamedTuple):
    """What a statement gives: rows, if it asks for some."""

    names: Sequence[str] = ()
    values: Sequence[Sequence[Any]] = ()

    @property
    def rows(self) -> list[Row]:
        """The rows by the names of their columns."""
        names = self.names
        return [dict(zip(names, one, strict=True)) for one in self.values]


Talk = Generator[Sequence[Step], Sequence[Answer], T]
"""A computation that talks to the database on its way to a T."""


class Start(Protocol):
    """How a transaction begins."""

    def __call__(self, project: str, /, *, writes: bool) -> Sequence[Step]:
        """Give the steps by which one begins that is for a project, and that looks only or also `writes`."""
        ...


COMMIT = Step(sa.text("COMMIT"), ({},), commits=True)
"""The end of a transaction; it may be said together with what it writes."""

END = Step(sa.text("COMMIT"), ({},))
"""The end of a transaction that wrote nothing: when one is rolled back, psycopg forgets all statements it prepared."""


def asked(statement: sa.Executable, **values: object) -> Talk[Sequence[Row]]:
    """Ask for rows."""
    (answer,) = yield (Step(statement, (values,)),)
    return answer.rows


def answered(statement: sa.Executable, **values: object) -> Talk[Answer]:
    """Ask for rows that are taken as they come, without names, where there are many."""
    (answer,) = yield (Step(statement, (values,)),)
    return answer


def changing(
    statement: sa.Executable,
    rows: Sequence[Mapping[str, object]],
    *,
    conflict: Mapping[str, Detail] | None = None,
) -> tuple[Step, ...]:
    """Give the step that writes rows, all with one statement; of no rows there is nothing to say."""
    return (Step(statement, rows, conflict),) if rows else ()


def together(*steps: Step) -> Talk[None]:
    """Take several steps, none of which waits for the answer to another."""
    yield steps


_INSERTS: dict[str, Callable[[sa.Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def insert_for(dialect: str, table: sa.Table, *but: str) -> sqlite.Insert | postgresql.Insert:
    """Give an insert of every column but some, that can do something else where a key is taken.

    Both dialects say it alike.
    """
    return _INSERTS[dialect](table).values(_places(table, but))


def insert_into(table: sa.Table) -> sa.Insert:
    """Give an insert of every column."""
    return table.insert().values(_places(table, ()))


def _places(table: sa.Table, but: Sequence[str]) -> dict[str, sa.BindParameter[object]]:
    return {column.key: sa.bindparam(column.key) for column in table.c if column.key not in but}

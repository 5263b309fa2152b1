"""Talking to a database without being the one who waits: logic yields steps, a driver carries them out.

The logic of the store is written once, as generators that yield `Step`s and are sent their `Answer`s. Two drivers of a
few lines each, over a connection and over an awaited one, serve the sync and the async store. What is yielded together
needs no answer in between, so a server can be told all of it at once.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from kwiga_orders.errors import Conflict, Detail

__all__ = ["Answer", "Row", "Step", "Talk", "answered", "asked", "changed", "changing", "insert_for", "together"]

T = TypeVar("T")


Row = Mapping[str, Any]
"""A row of an answer, by the names of its columns."""


@attrs.frozen
class Step:
    """A statement with the values of one row or of several.

    A key that is taken, or more or fewer rows changed than `must_change`, is an `order.conflict` that tells `conflict`.
    A statement with values is a constant, and is compiled once; one made for the occasion holds its values itself,
    and has no rows.
    """

    statement: sa.Executable
    rows: Sequence[Mapping[str, object]]
    conflict: Mapping[str, Detail] | None = None
    must_change: int | None = None


@attrs.frozen
class Answer:
    """What a statement gives, and how many rows it changed."""

    names: Sequence[str] = ()
    values: Sequence[Sequence[Any]] = ()
    count: int = 0

    @property
    def rows(self) -> list[Row]:
        """The rows by the names of their columns."""
        return [dict(zip(self.names, one, strict=True)) for one in self.values]


Talk = Generator[Sequence[Step], Sequence[Answer], T]
"""A computation that talks to the database on its way to a T."""


def asked(statement: sa.Executable, **values: object) -> Talk[Sequence[Row]]:
    """Ask for rows."""
    answer = yield from answered(statement, **values)
    return answer.rows


def answered(statement: sa.Executable, **values: object) -> Talk[Answer]:
    """Ask for rows that are taken as they come, without names, where there are many."""
    (answer,) = yield (Step(statement, (values,) if values else ()),)
    return answer


def changing(
    statement: sa.Executable,
    rows: Sequence[Mapping[str, object]],
    *,
    conflict: Mapping[str, Detail] | None = None,
    must_change: int | None = None,
) -> Iterator[Step]:
    """Give the step that writes rows, all with one statement; of no rows there is nothing to say."""
    if rows:
        yield Step(statement, rows, conflict, must_change)


def changed(statement: sa.Executable, *rows: Mapping[str, object]) -> Talk[None]:
    """Write rows, all with one statement."""
    yield from together(changing(statement, rows))


def together(steps: Iterable[Step]) -> Talk[None]:
    """Take several steps, none of which waits for the answer to another.

    Raises:
        Conflict: that of the first step that changed other than as many rows as it must.
    """
    said = list(steps)
    if not said:
        return
    answers = yield said
    for step, answer in zip(said, answers, strict=True):
        if step.must_change not in (None, answer.count):
            raise Conflict("order.conflict", **(step.conflict or {}))


_INSERTS: dict[str, Callable[[sa.Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def insert_for(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """Give an insert that can do something else where a key is taken; both dialects say it alike."""
    return _INSERTS[dialect](table)

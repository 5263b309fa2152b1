"""Talking to a database without being the one who waits: logic yields steps, a driver carries them out.

The logic of the store is written once, as generators that yield a `Step` and are sent its `Answer`. Two drivers of a
few lines each, over a connection and over an awaited one, serve the sync and the async store.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from kwiga_orders.errors import Conflict

__all__ = ["Answer", "Row", "Step", "Talk", "asked", "changed", "insert_for"]

T = TypeVar("T")


Row = Mapping[str, Any]
"""A row of an answer, by the names of its columns."""


@attrs.frozen
class Step:
    """A statement with its values, several of them for several rows; `conflict` is raised if a key is taken.

    One with values is a constant, and is compiled once; one made for the occasion holds its values itself.
    """

    statement: sa.Executable
    values: Mapping[str, object] | Sequence[Mapping[str, object]]
    conflict: Conflict | None = None


@attrs.frozen
class Answer:
    """The rows that a statement gives, and how many it changed."""

    rows: Sequence[Row] = ()
    count: int = 0


Talk = Generator[Step, Answer, T]
"""A computation that talks to the database on its way to a T."""


def asked(statement: sa.Executable, **values: object) -> Talk[Sequence[Row]]:
    """Ask for rows."""
    answer = yield Step(statement, values)
    return answer.rows


def changed(statement: sa.Executable, *rows: Mapping[str, object], conflict: Conflict | None = None) -> Talk[int]:
    """Write rows, all with one statement, and give how many were changed; of no rows nothing is said."""
    if not rows:
        return 0
    answer = yield Step(statement, rows[0] if len(rows) == 1 else rows, conflict)
    return answer.count


_INSERTS: dict[str, Callable[[sa.Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def insert_for(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """Give an insert that can do something else where a key is taken; both dialects say it alike."""
    return _INSERTS[dialect](table)

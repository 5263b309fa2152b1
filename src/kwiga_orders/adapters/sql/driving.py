"""Carrying out a talk on a connection, step by step; the awaited store does it within `run_sync`.

A statement that comes with values is one of the constants of this package, and is said many times: it is compiled once
for each dialect, and then handed to the driver as text. That costs a third of what SQLAlchemy takes to say it again.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler

from kwiga_orders.adapters.sql.failures import failure
from kwiga_orders.adapters.sql.talk import Answer, Step, Talk
from kwiga_orders.errors import AdapterFailed

__all__ = ["failures_of", "run"]

T = TypeVar("T")
_Values = Mapping[str, object]


def failures_of(dialect: sa.Dialect) -> tuple[type[Exception], ...]:
    """Give the errors that a database of that kind may raise: SQLAlchemy's, and its driver's own."""
    return SQLAlchemyError, dialect.loaded_dbapi.Error


def run(connection: sa.Connection, talk: Talk[T]) -> T:
    """Carry out each step of `talk`, until it ends; give what it gives.

    Raises:
        Conflict: if a key is taken that a step says must not be.
        AdapterFailed: if the database fails.
    """
    try:
        step = next(talk)
        while True:
            step = talk.send(_carried_out(connection, step))
    except StopIteration as end:
        result: T = end.value
        return result


def _carried_out(connection: sa.Connection, step: Step) -> Answer:
    try:
        if step.values:
            return _said(connection, step)
        return Answer([dict(row) for row in connection.execute(step.statement).mappings()])
    except failures_of(connection.dialect) as problem:
        failed = failure(problem, step)
        if isinstance(failed, AdapterFailed):
            # who knows what is left of it: the next transaction gets a new one
            connection.invalidate()
        raise failed from problem


def _said(connection: sa.Connection, step: Step) -> Answer:
    rows = [step.values] if isinstance(step.values, Mapping) else step.values
    words = _words(step.statement, connection.dialect, tuple(rows[0]))
    values = [words.bound(row) for row in rows]
    cursor = connection.connection.cursor()
    try:
        if len(values) == 1:
            cursor.execute(words.text, values[0])
        else:
            cursor.executemany(words.text, values)
        # of what changes rows there is no description
        names = [column[0] for column in cursor.description or ()]
        return Answer(
            [dict(zip(names, row, strict=True)) for row in cursor.fetchall()] if names else (), cursor.rowcount
        )
    finally:
        cursor.close()


@attrs.frozen
class _Words:
    """A statement in the words of a dialect; `positions` names its values in order, if the dialect does not.

    `constants` are values that the statement brings along.
    """

    text: str
    positions: tuple[str, ...] | None
    constants: _Values

    def bound(self, values: _Values) -> Any:
        """Give the values as the driver takes them."""
        every = {**self.constants, **values} if self.constants else values
        return every if self.positions is None else tuple([every[name] for name in self.positions])


@lru_cache(maxsize=512)
def _words(statement: sa.Executable, dialect: sa.Dialect, names: tuple[str, ...]) -> _Words:
    assert isinstance(statement, sa.ClauseElement)
    compiled = statement.compile(dialect=dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)
    constants = {name: value for name, value in compiled.params.items() if name not in names}
    return _Words(compiled.string, tuple(compiled.positiontup or ()) if compiled.positional else None, constants)

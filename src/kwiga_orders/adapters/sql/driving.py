"""Carrying out a talk on a connection, step by step; the awaited store does it within `run_sync`.

A statement that comes with values is one of the constants of this package, and is said many times: it is compiled once
for each dialect, and then handed to the driver as text. That costs a third of what SQLAlchemy takes to say it again.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler

from kwiga_orders.adapters.sql.failures import failure
from kwiga_orders.adapters.sql.pipelines import Said, sent_at_once
from kwiga_orders.adapters.sql.talk import Answer, Step, Talk
from kwiga_orders.errors import AdapterFailed, KwigaOrdersError

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
        steps = next(talk)
        while True:
            steps = talk.send(_carried_out(connection, steps))
    except StopIteration as end:
        result: T = end.value
        return result


def _carried_out(connection: sa.Connection, steps: Sequence[Step]) -> Sequence[Answer]:
    if len(steps) > 1 and connection.dialect.driver == "psycopg":
        return _at_once(connection, steps)
    return [_answered(connection, step) for step in steps]


def _answered(connection: sa.Connection, step: Step) -> Answer:
    try:
        if not step.rows:
            found = connection.execute(step.statement)
            return Answer(tuple(found.keys()), found.all())
        said = _said(step, connection.dialect)
        cursor = connection.connection.cursor()
        try:
            said.to(cursor)
            return said.answer(cursor.rowcount, cursor.fetchall() if said.names else ())
        finally:
            cursor.close()
    except failures_of(connection.dialect) as problem:
        raise _failed(connection, problem, step) from problem


def _at_once(connection: sa.Connection, steps: Sequence[Step]) -> Sequence[Answer]:
    """Tell a server several steps, and only then wait: for all of them as long as for one."""
    try:
        return sent_at_once(connection, [_said(step, connection.dialect) for step in steps])
    except failures_of(connection.dialect) as problem:
        raise _failed(connection, problem, _failing(problem, steps)) from problem


def _failing(problem: Exception, steps: Sequence[Step]) -> Step:
    """Give the step that writes the table in which a key was taken, as the server names it."""
    table = getattr(getattr(problem, "diag", None), "table_name", None)
    return next((step for step in steps if _table_of(step) == table), steps[0])


def _table_of(step: Step) -> str | None:
    return str(step.statement.table) if isinstance(step.statement, sa.UpdateBase) else None


def _failed(connection: sa.Connection, problem: Exception, step: Step) -> KwigaOrdersError:
    failed = failure(problem, step)
    if isinstance(failed, AdapterFailed):
        # who knows what is left of it: the next transaction gets a new one
        connection.invalidate()
    return failed


def _said(step: Step, dialect: sa.Dialect) -> Said:
    words = _words(step.statement, dialect, tuple(step.rows[0]))
    return Said(words.text, [words.bound(values) for values in step.rows], words.names)


@attrs.frozen
class _Words:
    """A statement in the words of a dialect, what makes of values what the driver takes, and the columns it asks for.

    Drivers describe columns, too: anew each time, which takes longer than to read a row.
    """

    text: str
    bound: Callable[[_Values], Any]
    names: tuple[str, ...] = ()


@lru_cache(maxsize=512)
def _words(statement: sa.Executable, dialect: sa.Dialect, names: tuple[str, ...]) -> _Words:
    assert isinstance(statement, sa.ClauseElement)
    compiled = statement.compile(dialect=dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)
    # the statement may bring values along
    constants = {name: value for name, value in compiled.params.items() if name not in names}
    bound = _in_order(compiled.positiontup or ()) if compiled.positional else _as_they_are
    takes = (lambda values: bound({**constants, **values})) if constants else bound
    return _Words(compiled.string, takes, _columns_of(compiled.statement))


def _columns_of(statement: sa.ClauseElement | None) -> tuple[str, ...]:
    if not isinstance(statement, sa.SelectBase | sa.UpdateBase):
        return ()
    return tuple([str(column.key) for column in statement.exported_columns])


def _as_they_are(values: _Values) -> Any:
    return values


def _in_order(names: Sequence[str]) -> Callable[[_Values], Any]:
    return itemgetter(*names) if len(names) > 1 else lambda values: tuple([values[name] for name in names])

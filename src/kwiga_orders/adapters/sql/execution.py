"""Carrying out a steps on a connection, step by step; the awaited store does it within `run_sync`.

Statements are constants of this package, and are said many times: each is compiled once for each dialect, and then
handed to the driver as text. That costs a third of what SQLAlchemy takes to say it again. Transactions begin and end by
steps, too, so that a server can be told of it with other steps.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler

from kwiga_orders.adapters.sql.failures import failure
from kwiga_orders.adapters.sql.pipelines import NO_ROWS, CompiledStatement, send_pipelined
from kwiga_orders.adapters.sql.steps import Answer, Step, Steps
from kwiga_orders.errors import AdapterFailed

__all__ = ["failures_of", "rolled_back", "run"]

T = TypeVar("T")
_Values = Mapping[str, object]


def failures_of(dialect: sa.Dialect) -> tuple[type[Exception], ...]:
    """Give the errors that a database of that kind may raise: SQLAlchemy's, and its driver's own."""
    return SQLAlchemyError, dialect.loaded_dbapi.Error


def run(connection: sa.Connection, steps: Steps[T]) -> T:
    """Execute the steps of a generator until it returns; give what it returns.

    Raises:
        Conflict: if a step violates a unique key that it names a conflict for.
        AdapterFailed: if the database fails.
    """
    try:
        batch = next(steps)
        while True:
            batch = steps.send(_execute(connection, batch) if batch else ())
    except StopIteration as end:
        result: T = end.value
        return result


def rolled_back(connection: sa.Connection) -> None:
    """Take back what was said in a transaction that has not ended; if that fails, the connection is closed."""
    if connection.closed:
        return
    try:
        connection.connection.rollback()
    except failures_of(connection.dialect):
        connection.invalidate()
        connection.close()


def _execute(connection: sa.Connection, steps: Sequence[Step]) -> Sequence[Answer]:
    try:
        return _answers(connection, steps)
    except AdapterFailed as failed:
        # who knows what is left of it: the next transaction gets a new one
        if not connection.closed:
            connection.invalidate()
        if not steps[0].begins or failed.code != "store.unreachable":
            connection.close()
            raise
    # it was lost while it lay idle, and so were all that did
    connection.engine.dispose()
    return _answers(connection, steps)


def _answers(connection: sa.Connection, steps: Sequence[Step]) -> Sequence[Answer]:
    dialect = connection.dialect
    try:
        driver = connection.connection.dbapi_connection
        if len(steps) > 1 and dialect.driver == "psycopg":
            # one round trip for all of them
            return send_pipelined(driver, [(_compiled(step.statement, dialect), step.rows) for step in steps])
    except failures_of(dialect) as problem:
        raise failure(problem, _failing(problem, steps), committing=steps[-1].commits) from problem
    return _one_by_one(driver, steps, dialect)


def _one_by_one(driver: Any, steps: Sequence[Step], dialect: sa.Dialect) -> Sequence[Answer]:
    answers = []
    step = steps[0]
    try:
        cursor = driver.cursor()
        for step in steps:
            statement = _compiled(step.statement, dialect)
            statement.execute(cursor, step.rows)
            answers.append(Answer(statement.names, cursor.fetchall()) if statement.names else NO_ROWS)
    except failures_of(dialect) as problem:
        raise failure(problem, step, committing=step.commits) from problem
    return answers


def _failing(problem: Exception, steps: Sequence[Step]) -> Step:
    """Give the step that writes the table in which a key was taken, as the server names it."""
    table = getattr(getattr(problem, "diag", None), "table_name", None)
    return next((step for step in steps if _table_of(step) == table), steps[0])


def _table_of(step: Step) -> str | None:
    return str(step.statement.table) if isinstance(step.statement, sa.UpdateBase) else None


@lru_cache(maxsize=512)
def _compiled(statement: sa.Executable, dialect: sa.Dialect) -> CompiledStatement:
    assert isinstance(statement, sa.ClauseElement)
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    # values that are part of the statement
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    bind = _in_order(compiled.positiontup or ()) if compiled.positional else _by_name
    bind_all = (lambda values: bind({**constants, **values})) if constants else bind
    return CompiledStatement(compiled.string, bind_all, _columns_of(compiled.statement))


def _columns_of(statement: sa.ClauseElement | None) -> tuple[str, ...]:
    if not isinstance(statement, sa.SelectBase | sa.UpdateBase):
        return ()
    return tuple([str(column.key) for column in statement.exported_columns])


def _by_name(values: _Values) -> Any:
    return values


def _in_order(names: Sequence[str]) -> Callable[[_Values], Any]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple([values[name] for name in names])

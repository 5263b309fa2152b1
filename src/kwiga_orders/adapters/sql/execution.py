"""Executing steps on a connection of a driver, blocking or awaited.

Statements are constants that are executed many times. Each is compiled once for each dialect, and then passed to the
driver as text, in a third of the time of SQLAlchemy's own execution. BEGIN and COMMIT are steps as well, so that they
can share a pipeline with other statements.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from operator import itemgetter
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

from kwiga_orders.adapters.sql.failures import failure, failures_of
from kwiga_orders.adapters.sql.pipelines import (
    NO_ROWS,
    CompiledStatement,
    Execution,
    send_pipelined,
    send_pipelined_async,
)
from kwiga_orders.adapters.sql.steps import Answer, RawConnection, Step, Steps, Transactions
from kwiga_orders.errors import AdapterFailed, KwigaOrdersError

__all__ = ["AsyncSession", "Session", "begin", "compiled", "run", "run_async", "undo", "undo_async"]

T = TypeVar("T")
_Values = Mapping[str, object]


# decision 0035: opening a transaction sends nothing; BEGIN is sent together with the first statement
class Session(Protocol):
    """A connection of a driver that is lent to one transaction.

    `is_clean` is false from the first statement until a statement has ended the transaction successfully.
    """

    dialect: sa.Dialect
    driver: RawConnection
    is_clean: bool

    def replace(self) -> None:
        """Open a new connection in place of a dead one."""
        ...


class AsyncSession(Protocol):
    """`Session`, awaited."""

    dialect: sa.Dialect
    driver: RawConnection
    is_clean: bool

    async def replace(self) -> None:
        """Take a new connection."""
        ...


def run(session: Session, steps: Steps[T]) -> T:
    """Execute the steps of a generator until it returns, and give its result.

    Raises:
        Conflict: if a step that names a conflict violates a unique key.
        AdapterFailed: if the database fails.
    """
    try:
        batch = next(steps)
        while True:
            try:
                answers = _execute(session, batch) if batch else ()
            except KwigaOrdersError as problem:
                batch = steps.throw(problem)
            else:
                batch = steps.send(answers)
    except StopIteration as end:
        result: T = end.value
        return result


def undo(session: Session) -> None:
    """Roll back a transaction; if that fails, the connection stays dirty.

    This calls the driver's own rollback, because psycopg then also forgets its prepared statements. After a failed
    pipeline it believes some to be prepared that are not.
    """
    # False until the rollback has succeeded, so that a connection whose rollback failed is not kept.
    session.is_clean = False
    with suppress(*failures_of(session.dialect)):
        session.driver.rollback()
        session.is_clean = True


def _execute(session: Session, batch: Sequence[Step]) -> Sequence[Answer]:
    try:
        return _answers(session, batch)
    except AdapterFailed as failed:
        if not _may_repeat(batch, failed):
            raise
    # The server closed the idle connection: the batch is executed again on a new one.
    session.replace()
    return _answers(session, batch)


def _answers(session: Session, batch: Sequence[Step]) -> Sequence[Answer]:
    driver, dialect, step = session.driver, session.dialect, batch[0]
    session.is_clean = False
    try:
        if len(batch) > 1 and dialect.driver == "psycopg":
            # one round trip for all of them
            answers = send_pipelined(driver, _executions(batch, dialect))
        else:
            cursor, answers = driver.cursor(), []
            # A single statement, or a database without pipelines: one by one.
            for step in batch:
                statement = compiled(step.statement, dialect)
                statement.execute(cursor, step.rows)
                answers.append(Answer(statement.names, cursor.fetchall()) if statement.names else NO_ROWS)
    except failures_of(dialect) as problem:
        raise _failure(problem, step, batch, driver) from problem
    session.is_clean = batch[-1].ends
    return answers


def begin(connection: sa.Connection, transactions: Transactions, project: str = "", *, writes: bool = True) -> None:
    """Begin a transaction on a SQLAlchemy connection, on which the caller then executes statements."""
    cursor = connection.connection.cursor()
    for step in transactions.begin(project, writes=writes):
        compiled(step.statement, connection.dialect).execute(cursor, step.rows)


# The same, awaited


async def run_async(session: AsyncSession, steps: Steps[T]) -> T:
    """Do what `run` does, awaited."""
    try:
        batch = next(steps)
        while True:
            try:
                answers = await _execute_async(session, batch) if batch else ()
            except KwigaOrdersError as problem:
                batch = steps.throw(problem)
            else:
                batch = steps.send(answers)
    except StopIteration as end:
        result: T = end.value
        return result


async def undo_async(session: AsyncSession) -> None:
    """Do what `undo` does, awaited."""
    session.is_clean = False
    with suppress(*failures_of(session.dialect)):
        await session.driver.rollback()
        session.is_clean = True


async def _execute_async(session: AsyncSession, batch: Sequence[Step]) -> Sequence[Answer]:
    try:
        return await _answers_async(session, batch)
    except AdapterFailed as failed:
        if not _may_repeat(batch, failed):
            raise
    await session.replace()
    return await _answers_async(session, batch)


async def _answers_async(session: AsyncSession, batch: Sequence[Step]) -> Sequence[Answer]:
    driver, dialect, step = session.driver, session.dialect, batch[0]
    session.is_clean = False
    try:
        if len(batch) > 1 and dialect.driver == "psycopg":
            answers = await send_pipelined_async(driver, _executions(batch, dialect))
        else:
            # aiosqlite opens cursors in the thread of the connection
            cursor = driver.cursor() if dialect.driver == "psycopg" else await driver.cursor()
            answers = []
            for step in batch:
                statement = compiled(step.statement, dialect)
                await statement.execute(cursor, step.rows)
                answers.append(Answer(statement.names, await cursor.fetchall()) if statement.names else NO_ROWS)
    except failures_of(dialect) as problem:
        raise _failure(problem, step, batch, driver) from problem
    session.is_clean = batch[-1].ends
    return answers


# Failures


def _may_repeat(batch: Sequence[Step], failed: AdapterFailed) -> bool:
    """Tell whether a failed batch may be executed again: it begins a transaction on a connection that died while idle.

    A batch that also commits is not repeated, because it may already be committed.
    """
    return failed.code == "store.lost" and batch[0].begins and not _commits(batch)


def _commits(batch: Sequence[Step]) -> bool:
    return any(step.commits for step in batch)


def _failure(problem: Exception, step: Step, batch: Sequence[Step], driver: RawConnection) -> KwigaOrdersError:
    # PostgreSQL does not say which statement of a pipeline violated a unique key, but it names the table.
    table = getattr(getattr(problem, "diag", None), "table_name", None)
    writing = ((one, one.statement.table) for one in batch if isinstance(one.statement, sa.UpdateBase))
    failing = next((one for one, written in writing if table is not None and str(written) == table), step)
    return failure(problem, failing, committing=_commits(batch), driver=driver)


# Compilation


def _executions(batch: Sequence[Step], dialect: sa.Dialect) -> list[Execution]:
    return [(compiled(step.statement, dialect), step.rows) for step in batch]


@lru_cache(maxsize=512)
def compiled(statement: sa.Executable, dialect: sa.Dialect) -> CompiledStatement:
    """Give a statement as text of a dialect."""
    assert isinstance(statement, sa.ClauseElement)
    text = statement.compile(dialect=dialect)
    assert isinstance(text, SQLCompiler)
    # constants of the statement, which SQLAlchemy compiles to parameters
    constants = {name: value for name, value in text.params.items() if value is not None}
    bind = _in_order(text.positiontup or ()) if text.positional else _by_name
    bind_all = (lambda values: bind({**constants, **values})) if constants else bind
    return CompiledStatement(text.string, bind_all, _columns_of(text.statement))


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

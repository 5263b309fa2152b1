"""Sending PostgreSQL several statements at once, and waiting for their results together.

Each statement costs a network round trip; a pipeline costs one for all of its statements. The async driver has a
pipeline of its own. https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

from kwiga_orders.adapters.sql.steps import Answer, Cursor, RawConnection, Row

__all__ = ["NO_ROWS", "CompiledStatement", "Execution", "send_pipelined", "send_pipelined_async"]

NO_ROWS = Answer()
"""The answer of a statement that returns no rows."""


class CompiledStatement(NamedTuple):
    """A statement as text of a dialect, with the form of its parameters and the names of its columns.

    The names are kept because drivers describe them at each execution, which takes longer than reading a row.
    """

    text: str
    bind: Callable[[Row], Any]
    names: tuple[str, ...] = ()

    def execute(self, cursor: Cursor, rows: Sequence[Row]) -> Any:
        """Execute the statement once for each row of parameters; an async cursor gives an awaitable."""
        if len(rows) == 1:
            return cursor.execute(self.text, self.bind(rows[0]))
        return cursor.executemany(self.text, [self.bind(row) for row in rows])


Execution = tuple[CompiledStatement, Sequence[Row]]
"""A statement and the rows of parameters to execute it with."""


def send_pipelined(driver: RawConnection, executions: Sequence[Execution]) -> list[Answer]:
    """Send statements in one pipeline over a psycopg connection; give the answer to each."""
    cursors = _cursors(driver, executions)
    with driver.pipeline() as pipeline:
        pipeline.__class__ = _ending_with_sync(pipeline.__class__)
        for (statement, rows), cursor in zip(executions, cursors, strict=True):
            statement.execute(cursor, rows)
    return [
        Answer(statement.names, cursor.fetchall()) if statement.names else NO_ROWS
        for (statement, _), cursor in zip(executions, cursors, strict=True)
    ]


async def send_pipelined_async(driver: RawConnection, executions: Sequence[Execution]) -> list[Answer]:
    """Do the same over an async connection."""
    cursors = _cursors(driver, executions)
    async with driver.pipeline() as pipeline:
        pipeline.__class__ = _ending_with_sync(pipeline.__class__)
        for (statement, rows), cursor in zip(executions, cursors, strict=True):
            await statement.execute(cursor, rows)
    return [
        Answer(statement.names, await cursor.fetchall()) if statement.names else NO_ROWS
        for (statement, _), cursor in zip(executions, cursors, strict=True)
    ]


def _cursors(driver: RawConnection, executions: Sequence[Execution]) -> list[Cursor]:
    """Give a cursor for each statement: its own if it returns rows, else a shared one."""
    shared = driver.cursor()
    return [driver.cursor() if statement.names else shared for statement, _ in executions]


@cache
def _ending_with_sync(kind: type) -> type:
    """Give a class of pipelines whose last message is Sync, without the Flush that psycopg sends after it.

    Each message stops the server's timeout for idle transactions, and only Sync starts it again. So after the Flush a
    host that hangs would hold its locks for ever. The server flushes after a Sync anyway.
    """
    from psycopg import Error
    from psycopg.pq import PipelineStatus

    class Pipeline(kind):  # type: ignore[misc]  # a base that is only known when it runs
        def _exit_gen(self) -> Any:
            # A failure during sending was raised already; raised again, psycopg would only log it as a failure to exit.
            is_raised = self.pgconn.pipeline_status == PipelineStatus.ABORTED
            self._enqueue_sync()
            try:
                yield from self._communicate_gen()
                yield from self._fetch_gen(flush=False)
            except Error:
                # all later results only say that an earlier statement failed
                with suppress(Error):
                    yield from self._fetch_gen(flush=False)
                if not is_raised:
                    raise
            except BaseException:
                # If a signal handler raised before the Sync was sent, its answer never comes. Exiting the pipeline
                # would then raise another exception and hide this one, so the connection is closed first.
                self.pgconn.finish()
                raise

    return Pipeline

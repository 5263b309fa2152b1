"""Telling a PostgreSQL several statements at once, and waiting for their results together.

A statement costs a way there and back; what is sent in one pipeline costs one, however much it is. The awaited driver
has a pipeline of its own. https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html
"""

from collections.abc import Sequence
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.engine import AdaptedConnection

from kwiga_orders.adapters.sql.talk import Answer

__all__ = ["Said", "sent_at_once"]


@attrs.frozen
class Said:
    """A statement as the driver takes it, the values of each row, and the names of the columns that it asks for."""

    text: str
    rows: Sequence[Any]
    names: tuple[str, ...] = ()

    def to(self, cursor: Any) -> Any:
        """Say it; an awaited cursor gives what to wait for."""
        if len(self.rows) == 1:
            return cursor.execute(self.text, self.rows[0])
        return cursor.executemany(self.text, self.rows)

    def answer(self, count: int, found: Sequence[Sequence[Any]]) -> Answer:
        """Give what was answered to it: how many rows it changed, or the rows that were found."""
        return Answer(self.names, found) if self.names else Answer(count=count)


def sent_at_once(connection: sa.Connection, said: Sequence[Said]) -> list[Answer]:
    """Send statements over a connection, awaited or not; give what was answered to each."""
    driver: Any = connection.connection.dbapi_connection
    if isinstance(driver, AdaptedConnection):
        answers: list[Answer] = driver.run_async(lambda awaited: _awaited(awaited, said))
        return answers
    return _sent(driver, said)


def _sent(driver: Any, said: Sequence[Said]) -> list[Answer]:
    cursors = [driver.cursor() for _ in said]
    with driver.pipeline():
        for one, cursor in zip(said, cursors, strict=True):
            one.to(cursor)
    return [
        one.answer(cursor.rowcount, cursor.fetchall() if one.names else ())
        for one, cursor in zip(said, cursors, strict=True)
    ]


async def _awaited(driver: Any, said: Sequence[Said]) -> list[Answer]:
    cursors = [driver.cursor() for _ in said]
    async with driver.pipeline():
        for one, cursor in zip(said, cursors, strict=True):
            await one.to(cursor)
    return [
        one.answer(cursor.rowcount, await cursor.fetchall() if one.names else ())
        for one, cursor in zip(said, cursors, strict=True)
    ]

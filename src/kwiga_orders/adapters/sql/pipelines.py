"""Telling a PostgreSQL several statements at once, and waiting for their results together.

A statement costs a way there and back; what is sent in one pipeline costs one, however much it is. The awaited driver
has a pipeline of its own. https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html
"""

from collections.abc import Sequence
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.engine import AdaptedConnection

__all__ = ["Said", "sent_at_once"]


@attrs.frozen
class Said:
    """A statement as the driver takes it, with the values of each row."""

    text: str
    rows: Sequence[Any]

    def to(self, cursor: Any) -> Any:
        """Say it; an awaited cursor gives what to wait for."""
        if len(self.rows) == 1:
            return cursor.execute(self.text, self.rows[0])
        return cursor.executemany(self.text, self.rows)


def sent_at_once(connection: sa.Connection, said: Sequence[Said]) -> list[int]:
    """Send statements that give no rows over a connection, awaited or not; give how many rows each changed."""
    driver: Any = connection.connection.dbapi_connection
    if isinstance(driver, AdaptedConnection):
        counts: list[int] = driver.run_async(lambda awaited: _awaited(awaited, said))
        return counts
    return _sent(driver, said)


def _sent(driver: Any, said: Sequence[Said]) -> list[int]:
    cursors = [driver.cursor() for _ in said]
    with driver.pipeline():
        for one, cursor in zip(said, cursors, strict=True):
            one.to(cursor)
    return [cursor.rowcount for cursor in cursors]


async def _awaited(driver: Any, said: Sequence[Said]) -> list[int]:
    cursors = [driver.cursor() for _ in said]
    async with driver.pipeline():
        for one, cursor in zip(said, cursors, strict=True):
            await one.to(cursor)
    return [cursor.rowcount for cursor in cursors]

"""OrderChange a PostgreSQL several statements at once, and waiting for their results together.

A statement costs a way there and back; what is sent in one pipeline costs one, however much it is. The awaited driver
has a pipeline of its own. https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy.engine import AdaptedConnection

from kwiga_orders.adapters.sql.steps import Answer, Row

__all__ = ["NOTHING", "Words", "sent_at_once"]

NOTHING = Answer()
"""What is answered to who asks for no rows."""


class Words(NamedTuple):
    """A statement in the words of a dialect, what makes of values what the driver takes, and the columns it asks for.

    Drivers describe columns, too: anew each time, which takes longer than to read a row.
    """

    text: str
    bound: Callable[[Row], Any]
    names: tuple[str, ...] = ()

    def said(self, cursor: Any, rows: Sequence[Row]) -> Any:
        """Say it with the values of each row; an awaited cursor gives what to wait for."""
        if len(rows) == 1:
            return cursor.execute(self.text, self.bound(rows[0]))
        return cursor.executemany(self.text, [self.bound(row) for row in rows])


Said = tuple[Words, Sequence[Row]]
"""Words, and the rows they are said with."""


def sent_at_once(driver: Any, said: Sequence[Said]) -> list[Answer]:
    """Send statements over a connection of the driver, awaited or not; give what was answered to each."""
    if isinstance(driver, AdaptedConnection):
        answers: list[Answer] = driver.run_async(lambda awaited: _awaited(awaited, said))
        return answers
    return _sent(driver, said)


def _sent(driver: Any, said: Sequence[Said]) -> list[Answer]:
    cursors = [driver.cursor() for _ in said]
    with driver.pipeline():
        for (words, rows), cursor in zip(said, cursors, strict=True):
            words.said(cursor, rows)
    return [
        Answer(words.names, cursor.fetchall()) if words.names else NOTHING
        for (words, _), cursor in zip(said, cursors, strict=True)
    ]


async def _awaited(driver: Any, said: Sequence[Said]) -> list[Answer]:
    cursors = [driver.cursor() for _ in said]
    async with driver.pipeline():
        for (words, rows), cursor in zip(said, cursors, strict=True):
            await words.said(cursor, rows)
    return [
        Answer(words.names, await cursor.fetchall()) if words.names else NOTHING
        for (words, _), cursor in zip(said, cursors, strict=True)
    ]

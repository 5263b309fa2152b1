"""Claims on outbox rows within one process: the rows of an order are handed on by one worker at a time (N1).

For storage that cannot lock rows. A worker claims orders and then reads their rows again: the worker that had them
before has marked by then what was handed on.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from kwiga_orders.changes import OutboxRow

__all__ = ["Claims", "rows_of"]


# decision 0030: rows are claimed by order, so that two workers never overtake each other within one
class Claims:
    """The orders whose rows a worker of this process hands on now; safe to share between threads and tasks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claimed: set[tuple[str, str | None, str]] = set()

    @contextmanager
    def claim(self, project: str, gateway: str | None, rows: Iterable[OutboxRow], /) -> Iterator[frozenset[str]]:
        """Claim the orders of `rows` that nobody has claimed, while the context lasts; give their ids."""
        with self._lock:
            free = {row.order for row in rows if (project, gateway, row.order) not in self._claimed}
            claimed = {(project, gateway, order) for order in free}
            self._claimed |= claimed
        try:
            yield frozenset(free)
        finally:
            with self._lock:
                self._claimed -= claimed


def rows_of(rows: Iterable[OutboxRow], orders: frozenset[str]) -> Sequence[OutboxRow]:
    """Give the rows of these orders, in order."""
    return tuple(row for row in rows if row.order in orders)

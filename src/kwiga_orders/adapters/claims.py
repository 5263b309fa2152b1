"""Who hands on what, within one process: rows of an order are in one worker's hands at a time.

For storage that cannot lock rows. Orders are claimed, and what waits is read again: whoever had them before has noted
by then what was handed on.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from kwiga_orders.changes import OutboxRow

__all__ = ["Hands", "of_orders"]


class Hands:
    """The orders whose rows somebody in this process hands on now; safe to share between threads and tasks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._full: set[tuple[str, str | None, str]] = set()

    @contextmanager
    def taking(self, project: str, gateway: str | None, rows: Iterable[OutboxRow], /) -> Iterator[frozenset[str]]:
        """Claim the orders of `rows` that nobody has, for as long as the context lasts; give their ids."""
        with self._lock:
            free = {row.order for row in rows if (project, gateway, row.order) not in self._full}
            claimed = {(project, gateway, order) for order in free}
            self._full |= claimed
        try:
            yield frozenset(free)
        finally:
            with self._lock:
                self._full -= claimed


def of_orders(rows: Iterable[OutboxRow], orders: frozenset[str]) -> Sequence[OutboxRow]:
    """Give the rows of these orders, in order."""
    return tuple(row for row in rows if row.order in orders)

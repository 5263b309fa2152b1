"""The timeline of one grant: its status in each span of time, with instants as integers.

Laws:

1. In each span the reasons are those of the blocks that hold at its start, in their order (A5).
2. Spans begin where a block begins or ends, or another window becomes known; the first is from ever.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import attrs

from kwiga_orders.access import Block, Grant, GrantStatus, Reason, blocks_of, windows_of
from kwiga_orders.orders.window import LineWindow
from kwiga_orders.periods import Period
from kwiga_orders.plans.micros import ALWAYS, NEVER, micros

__all__ = ["Choosing", "Timeline", "timeline_of"]


@attrs.frozen
class Timeline:
    """All statuses of a grant, each from its instant in `starts` up to the next one; the first is from ever.

    `open` has the spans in which nothing closes it; those that touch are one.
    """

    starts: tuple[int, ...]
    statuses: tuple[GrantStatus, ...]
    open: tuple[tuple[int, int], ...]

    def at(self, at: int) -> GrantStatus:
        """Give the status at an instant."""
        return self.statuses[bisect_right(self.starts, at) - 1]

    @property
    def starts_at(self) -> datetime | None:
        """When access starts, if it ever does: the same from activation on."""
        window = self.statuses[-1].window
        return None if window is None else window.starts_at

    def next_open(self, after: int) -> int:
        """Give the first instant later than `after` at which it opens by itself, or NEVER."""
        return next((starts for starts, _ in self.open if starts > after), NEVER)


_Compiled = tuple[int, int, Reason]
"""A block with its instants as integers."""

_Known = list[tuple[int, LineWindow]]
"""Windows, each with the instant from which it is known."""


Choosing = Callable[[Block], bool]
"""Tells of a block whether it counts."""


def timeline_of(grant: Grant, *, grace: Period | None, counts: Choosing | None = None) -> Timeline:
    """Compile the windows and blocks of a grant; with `counts`, only those blocks that count."""
    windows = windows_of(grant, grace=grace)
    known = [(micros(at), window) for at, window in windows]
    found = filter(counts, blocks_of(grant, windows, grace=grace))
    blocks = [block for block in map(_compiled, found) if block[0] < block[1]]
    changes = {ALWAYS}
    changes.update([start for start, _ in known])
    for start, end, _ in blocks:
        changes.update((start, end))
    starts = sorted(changes - {NEVER})
    statuses = [_status(grant, blocks, known, start) for start in starts]
    return Timeline(tuple(starts), tuple(statuses), tuple(_open(starts, statuses)))


def _compiled(block: Block) -> _Compiled:
    starts = ALWAYS if block.starts_at is None else micros(block.starts_at)
    return starts, NEVER if block.ends_at is None else micros(block.ends_at), block.reason


def _status(grant: Grant, blocks: Sequence[_Compiled], known: _Known, at: int) -> GrantStatus:
    window = None
    for start, known_then in known:
        if start <= at:
            window = known_then
    return GrantStatus(grant, tuple([reason for start, end, reason in blocks if start <= at < end]), window)


def _open(starts: list[int], statuses: list[GrantStatus]) -> Iterator[tuple[int, int]]:
    since: int | None = None
    for start, status in zip(starts, statuses, strict=True):
        if status.reasons and since is not None:
            yield since, start
            since = None
        elif since is None and not status.reasons:
            since = start
    if since is not None:
        yield since, NEVER

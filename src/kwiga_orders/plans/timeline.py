"""The timeline of one grant: its status in each span of time, with instants as integers.

Laws:

1. In each span the reasons are those of the blocks that apply at its start, in their order.
2. A span begins where a block begins or ends, or another window becomes known; the first span has no start.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import attrs

from kwiga_orders.access import Block, Grant, GrantStatus, Reason, blocks_of, windows_of
from kwiga_orders.orders.window import LineWindow
from kwiga_orders.periods import Period
from kwiga_orders.plans.micros import ALWAYS, NEVER, micros

__all__ = ["Choosing", "Timeline", "timeline_of"]


_Compiled = tuple[int, int, Reason]
"""A block with its instants as integers."""

_Known = list[tuple[int, LineWindow]]
"""Windows, each with the instant from which it is known."""

Choosing = Callable[[Block], bool]
"""Tells whether a block counts."""


@attrs.frozen
class Timeline:
    """The status of a grant at every instant: constant from each instant in `starts` up to the next one.

    `open` has the spans in which nothing closes the grant; adjacent spans are joined. A status is computed at the first
    question, because most are never needed.
    """

    grant: Grant
    starts: list[int]
    open: list[tuple[int, int]]
    _blocks: list[_Compiled]
    _known: _Known
    _statuses: dict[int, GrantStatus] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    def at(self, at: int) -> GrantStatus:
        """Give the status at an instant."""
        # Cached under the start of the span, because all its instants have the same status.
        start = self.starts[bisect_right(self.starts, at) - 1]
        status = self._statuses.get(start)
        if status is None:
            reasons = tuple([reason for starts, ends, reason in self._blocks if starts <= start < ends])
            status = self._statuses[start] = GrantStatus(self.grant, reasons, self._window(start))
        return status

    def is_open(self, at: int) -> bool:
        """Tell whether nothing closes it at an instant."""
        return any(starts <= at < ends for starts, ends in self.open)

    def _window(self, at: int) -> LineWindow | None:
        window = None
        # The last window known at that time; they are sorted by when they are known.
        for start, known_then in self._known:
            if start <= at:
                window = known_then
        return window

    @property
    def starts_at(self) -> datetime | None:
        """When access starts, if it ever does."""
        # All windows of a line have the same start; only the end depends on what is known.
        return next((window.starts_at for _, window in self._known), None)

    def next_open(self, after: int) -> int:
        """Give the first instant later than `after` at which it opens by itself, or NEVER."""
        return next((starts for starts, _ in self.open if starts > after), NEVER)


def timeline_of(grant: Grant, *, grace: Period | None, counts: Choosing | None = None) -> Timeline:
    """Compile the windows and blocks of a grant; with `counts`, only the blocks that count."""
    windows = windows_of(grant, grace=grace)
    known = [(micros(at), window) for at, window in windows]
    found = filter(counts, blocks_of(grant, windows, grace=grace))
    # An empty block never applies and would only add instants.
    blocks = [block for block in map(_compiled, found) if block[0] < block[1]]
    # how many blocks begin at an instant, less how many end
    changes = dict.fromkeys([ALWAYS, *(start for start, _ in known)], 0)
    for start, end, _ in blocks:
        changes[start] = changes.get(start, 0) + 1
        changes[end] = changes.get(end, 0) - 1
    # NEVER is only the end of the last span.
    starts = sorted(changes.keys() - {NEVER})
    return Timeline(grant, starts, list(_open(starts, changes)), blocks, known)


def _compiled(block: Block) -> _Compiled:
    starts = ALWAYS if block.starts_at is None else micros(block.starts_at)
    return starts, NEVER if block.ends_at is None else micros(block.ends_at), block.reason


def _open(starts: list[int], changes: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    since: int | None = None
    blocks = 0
    for start in starts:
        blocks += changes[start]
        if blocks and since is not None:
            yield since, start
            since = None
        elif not blocks and since is None:
            since = start
    if since is not None:
        yield since, NEVER

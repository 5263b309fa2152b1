"""The order in which a worker sends the rows of a claim (N1), without I/O, which `relay` and `aio_relay` do.

Laws:

1. After a row that could not be sent, no other row of its order is sent.
2. When the lease or the turn is over, the remaining rows are released.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import attrs

from kwiga_orders.changes import OutboxRow
from kwiga_orders.delivery import Claim, ClaimedRow, DeliverySettings, PutOff, parked_event, put_off
from kwiga_orders.turns import Turn

__all__ = ["HandingOn"]


@attrs.define(kw_only=True)
class HandingOn:
    """The progress of a worker with a claim: `left` are the ids of rows to release, `delivered` those of sent rows."""

    claim: Claim
    turn: Turn
    time: Callable[[], datetime]
    left: list[str] = attrs.field(init=False)
    delivered: int = 0
    _stuck: set[str] = attrs.field(init=False, factory=set)

    def __attrs_post_init__(self) -> None:
        # At first all rows are left, so that after an error all unsent rows are released.
        self.left = [row.id for row in self.claim.rows]

    def rows(self) -> Iterator[ClaimedRow]:
        """Give the rows to send, each when it is its turn."""
        for claimed in self.claim.rows:
            # after the lease or the turn others may have the rows
            if self.time() >= self.claim.until or self.turn.is_over():
                return
            # Law 1: later rows of the same order wait.
            if claimed.stream not in self._stuck:
                yield claimed

    def note(self, claimed: ClaimedRow, problem: Exception | None) -> None:
        """Note that a row was sent, or its error; such a row is not released, but marked or put off."""
        self.left.remove(claimed.id)
        if problem is None:
            self.delivered += 1
        else:
            self.turn.failed.append(problem)
            # The whole stream waits until the next claim.
            self._stuck.add(claimed.stream)

    def later(
        self, claimed: ClaimedRow, problem: Exception, settings: DeliverySettings
    ) -> tuple[PutOff, datetime, Sequence[OutboxRow]]:
        """Decide when to try a failed row again, or to park it; with the events that report the parking."""
        now = self.time()
        later = put_off(claimed, problem, now=now, settings=settings)
        return later, now, parked_event(claimed, later, now=now) if later.try_at is None else ()

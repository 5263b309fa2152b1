"""How a worker sends the rows of a claim, one by one (N1); pure, for `relay` and `aio_relay`, which do the I/O.

Laws:

1. After a row that could not be sent, no other row of its order is sent.
2. When the lease or the turn is over, the rows that are left are given back.
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
    """How far a worker is with a claim: `left` are the ids of rows to give back, `delivered` those that were sent."""

    claim: Claim
    turn: Turn
    time: Callable[[], datetime]
    left: list[str] = attrs.field(init=False)
    delivered: int = 0
    _stuck: set[str] = attrs.field(init=False, factory=set)

    def __attrs_post_init__(self) -> None:
        # Everything is left at first, so that a crash in between gives back all that was not sent.
        self.left = [row.id for row in self.claim.rows]

    def rows(self) -> Iterator[ClaimedRow]:
        """Give the rows to send, each when it is its turn."""
        for claimed in self.claim.rows:
            # others may have them by now, or shall have them soon
            if self.time() >= self.claim.until or self.turn.is_over():
                return
            # Law 1: what follows a failed row of the same order waits with it.
            if claimed.stream not in self._stuck:
                yield claimed

    def note(self, claimed: ClaimedRow, problem: Exception | None) -> None:
        """Note what a row failed with, if it did: it is not given back, but marked or put off."""
        self.left.remove(claimed.id)
        if problem is None:
            self.delivered += 1
        else:
            self.turn.failed.append(problem)
            # The whole stream is stuck for this claim; the next one asks again.
            self._stuck.add(claimed.stream)

    def later(
        self, claimed: ClaimedRow, problem: Exception, settings: DeliverySettings
    ) -> tuple[PutOff, datetime, Sequence[OutboxRow]]:
        """Decide what becomes of a row that failed, and when that was; the events tell of it if it is parked."""
        now = self.time()
        later = put_off(claimed, problem, now=now, settings=settings)
        return later, now, parked_event(claimed, later, now=now) if later.try_at is None else ()

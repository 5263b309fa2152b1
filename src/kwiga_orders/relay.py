"""A worker's turn at the outbox: claim rows, hand each on, and note at once what became of it (N1).

`aio_relay` is the same, awaited; a test holds the two against each other.
"""

from collections.abc import Callable
from datetime import datetime

import attrs

from kwiga_orders.changes import OutboxRow
from kwiga_orders.delivery import ClaimedRow, DeliverySettings
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.handing_on import HandingOn
from kwiga_orders.outbox import Outbox
from kwiga_orders.turns import Turn

__all__ = ["Relay"]


@attrs.frozen(kw_only=True)
class Relay:
    """Hands on the rows of one project."""

    project: str
    outbox: Outbox
    time: Callable[[], datetime]
    settings: DeliverySettings

    def hand_on(
        self,
        receiver: Callable[[OutboxRow], None],
        turn: Turn,
        *,
        limit: int,
        gateway: str | None = None,
    ) -> int:
        """Hand on the rows of one claim; give how many, and add to the turn what went wrong with the others.

        Raises:
            AdapterFailed: if the store cannot be reached.
        """
        now = self.time()
        until = now + self.settings.lease
        claim = self.outbox.claim(self.project, now=now, until=until, limit=limit, gateway=gateway)
        handing = HandingOn(claim=claim, turn=turn, time=self.time)
        # `finally`: rows that were not sent must be free again, whatever happened on the way.
        try:
            for claimed in handing.rows():
                problem = self._failure_of(receiver, claimed)
                handing.note(claimed, problem)
                if problem is None:
                    self._mark_sent(claimed)
                else:
                    later, at, outbox = handing.later(claimed, problem, self.settings)
                    self.outbox.put_off(self.project, [later], claim=claim, at=at, outbox=outbox)
        finally:
            if handing.left:
                self.outbox.release(self.project, handing.left, claim=claim)
        return handing.delivered

    def _failure_of(self, receiver: Callable[[OutboxRow], None], claimed: ClaimedRow) -> Exception | None:
        """Hand on one row; give what it failed with. After a crash it comes again, with the same id."""
        if claimed.row is None:
            return claimed.problem
        try:
            receiver(claimed.row)
        except Exception as problem:  # whatever the host's notifier or gateway raises
            return problem
        return None

    def _mark_sent(self, claimed: ClaimedRow) -> None:
        at = self.time()
        try:
            self.outbox.mark_sent(self.project, [claimed.id], at=at)
        except AdapterFailed:
            # once more, on another connection: what is not marked is sent twice
            self.outbox.mark_sent(self.project, [claimed.id], at=at)

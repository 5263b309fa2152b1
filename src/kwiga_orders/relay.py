"""A worker's turn at the outbox: claim rows, send each, and store its outcome at once (N1).

`aio_relay` is the async twin; a test compares the two.
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
    """Sends the outbox rows of one project."""

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
        """Send the rows of one claim; give how many were sent, and add the errors of the others to the turn.

        Raises:
            AdapterFailed: if the store cannot be reached.
        """
        now = self.time()
        until = now + self.settings.lease
        claim = self.outbox.claim(self.project, now=now, until=until, limit=limit, gateway=gateway)
        handing = HandingOn(claim=claim, turn=turn, time=self.time)
        # `finally`, because rows that were not sent must always be released.
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
        """Send one row; give the error if it failed. After a crash the row is sent again with the same id."""
        if claimed.row is None:
            return claimed.problem
        try:
            receiver(claimed.row)
        except Exception as problem:  # the host's notifier or gateway may raise anything
            return problem
        return None

    def _mark_sent(self, claimed: ClaimedRow) -> None:
        at = self.time()
        try:
            self.outbox.mark_sent(self.project, [claimed.id], at=at)
        except AdapterFailed:
            # a second try on another connection, because a row that is not marked is sent twice
            self.outbox.mark_sent(self.project, [claimed.id], at=at)

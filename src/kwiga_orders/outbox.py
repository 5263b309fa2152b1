"""The port of the outbox: what waits to be sent, and who sends it now (N1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from kwiga_orders.changes import OutboxRow
from kwiga_orders.delivery import Claim, PutOff

__all__ = ["AsyncOutbox", "Outbox"]


class Outbox(Protocol):
    """The rows that wait to be sent: a part of `OrderStore`, and all of it that a worker needs.

    A worker claims rows, sends each, and marks it as sent at once. It puts off a row that it could not send, and
    releases the rows for which it had no time (`relay`).
    """

    def pending(self, project: str, /, *, limit: int, gateway: str | None = None) -> Sequence[OutboxRow]:
        """Give the oldest rows that were not sent yet, in order: those for a gateway, or for the notifier (N1)."""

    def claim(
        self, project: str, /, *, now: datetime, until: datetime, limit: int, gateway: str | None = None
    ) -> Claim:
        """Claim the oldest rows that are free, to send them: those for a gateway, or for the notifier (N1).

        1. Until that instant, or until it is marked, put off or released, nobody else gets a row of the claim, nor
           what was written after it for the same order: no other thread, task or process.
        2. A row is free again when its claim has run out. It may then be sent twice: at least once is the promise.
        3. Rows of an order come in the order of writing; what waits behind a row that is put off or parked, does not.
        4. No transaction stays open, and nobody waits for a worker that sends.
        5. A row that cannot be read is given as such, and holds up nobody but its order.
        """

    def mark_sent(self, project: str, rows: Sequence[str], /, *, at: datetime) -> None:
        """Note that the rows with these ids were sent, whichever worker has claimed them since."""

    def put_off(
        self, project: str, rows: Sequence[PutOff], /, *, claim: Claim, at: datetime, outbox: Sequence[OutboxRow] = ()
    ) -> None:
        """Have rows of a claim tried again later or, without an instant, park them, if the claim still has them.

        `outbox` are rows that tell of it, which are added in the same transaction.
        """

    def release(self, project: str, rows: Sequence[str], /, *, claim: Claim) -> None:
        """Make rows of a claim free again that were not sent."""


class AsyncOutbox(Protocol):
    """`Outbox`, awaited."""

    async def pending(self, project: str, /, *, limit: int, gateway: str | None = None) -> Sequence[OutboxRow]:
        """Give the oldest rows that were not sent yet."""

    async def claim(
        self, project: str, /, *, now: datetime, until: datetime, limit: int, gateway: str | None = None
    ) -> Claim:
        """Claim the oldest rows that are free, to send them."""

    async def mark_sent(self, project: str, rows: Sequence[str], /, *, at: datetime) -> None:
        """Note that rows were sent."""

    async def put_off(
        self, project: str, rows: Sequence[PutOff], /, *, claim: Claim, at: datetime, outbox: Sequence[OutboxRow] = ()
    ) -> None:
        """Have rows of a claim tried again later, or park them."""

    async def release(self, project: str, rows: Sequence[str], /, *, claim: Claim) -> None:
        """Make rows of a claim free again."""

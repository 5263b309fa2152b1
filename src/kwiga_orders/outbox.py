"""The port of the outbox: the rows to be sent, and the claims of workers (N1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from kwiga_orders.changes import OutboxRow
from kwiga_orders.delivery import Claim, PutOff

__all__ = ["AsyncOutbox", "Outbox"]


class Outbox(Protocol):
    """The rows to be sent: the part of `OrderStore` that a worker needs.

    A worker claims rows, sends each, and marks it as sent at once. It puts off rows that it could not send, and
    releases rows for which it had no time (`relay`).
    """

    def pending(self, project: str, /, *, limit: int, gateway: str | None = None) -> Sequence[OutboxRow]:
        """Give the oldest rows that were not sent yet, in order: those for a gateway, or for the notifier (N1)."""

    def claim(
        self, project: str, /, *, now: datetime, until: datetime, limit: int, gateway: str | None = None
    ) -> Claim:
        """Claim the oldest free rows, for a gateway or for the notifier (N1).

        1. Until that instant, or until the row is marked, put off or released, no other thread, task or process gets a
           row of the claim, nor a later row of the same order.
        2. A row is free again when its claim has expired. It may then be sent twice.
        3. Rows of an order are given in the order of writing, without those that wait for a row that is put off or
           parked.
        4. No transaction stays open, and nobody waits while a worker sends.
        5. A row that cannot be read is given as unreadable; only rows of its order wait for it.
        """

    def mark_sent(self, project: str, rows: Sequence[str], /, *, at: datetime) -> None:
        """Note that the rows with these ids were sent, whichever worker has claimed them since."""

    def put_off(
        self, project: str, rows: Sequence[PutOff], /, *, claim: Claim, at: datetime, outbox: Sequence[OutboxRow] = ()
    ) -> None:
        """Put rows off to an instant, or park them without one, if the claim still has them.

        `outbox` are rows that report it, added in the same transaction.
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

"""A blocking notifier for awaited orders, such as letters by mail in a service of FastAPI.

async with working(orders, ThreadedNotifier(MailNotifier(server=…, sender=…, people=…))):
"""

import asyncio
from typing import TYPE_CHECKING

import attrs

from kwiga_orders.changes import OutboxRow
from kwiga_orders.ports import AsyncNotifier, Notifier

__all__ = ["ThreadedNotifier"]


@attrs.frozen
class ThreadedNotifier:
    """`AsyncNotifier` that calls a blocking one in a thread, so that nobody else waits for a mail server."""

    notifier: Notifier

    async def notify(self, project: str, row: OutboxRow, /) -> None:
        """Hand one row on; what the notifier raises is raised here.

        A call that is cancelled ends in its thread, and its row comes again: the mail has the same Message-ID (N1).
        """
        await asyncio.to_thread(self.notifier.notify, project, row)


if TYPE_CHECKING:

    def _fits(notifier: ThreadedNotifier) -> AsyncNotifier:
        return notifier

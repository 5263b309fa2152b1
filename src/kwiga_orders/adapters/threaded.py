"""Use a blocking notifier with `AsyncOrders`, such as mail in a FastAPI service.

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
    """`AsyncNotifier` that calls a blocking one in a thread, so that a slow mail server does not block the loop."""

    notifier: Notifier

    async def notify(self, project: str, row: OutboxRow, /) -> None:
        """Pass one row to the blocking notifier, and raise what it raises.

        If the call is cancelled, its thread still finishes. The row is sent again, with the same Message-ID (N1).
        """
        await asyncio.to_thread(self.notifier.notify, project, row)


if TYPE_CHECKING:

    def _fits(notifier: ThreadedNotifier) -> AsyncNotifier:
        return notifier

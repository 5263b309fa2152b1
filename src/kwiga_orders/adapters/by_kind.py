"""Letters to one notifier, events to another: mail for people, webhooks for systems.

    orders.relay_once(ByKind(letters=MailNotifier(…), events=WebhookNotifier(…)))

If one of the two is left out, its rows count as sent.
"""

from typing import TYPE_CHECKING

import attrs

from kwiga_orders.changes import OutboxRow
from kwiga_orders.ports import AsyncNotifier, Notifier

__all__ = ["AsyncByKind", "ByKind"]


@attrs.frozen(kw_only=True)
class ByKind:
    """`Notifier` that passes letters to one notifier and events to another."""

    letters: Notifier | None = None
    events: Notifier | None = None

    def notify(self, project: str, row: OutboxRow, /) -> None:
        """Hand one row on to whom it is for."""
        notifier = self.letters if row.kind == "letter" else self.events
        if notifier is not None:
            notifier.notify(project, row)


@attrs.frozen(kw_only=True)
class AsyncByKind:
    """`AsyncNotifier` that passes letters to one notifier and events to another."""

    letters: AsyncNotifier | None = None
    events: AsyncNotifier | None = None

    async def notify(self, project: str, row: OutboxRow, /) -> None:
        """Hand one row on to whom it is for."""
        notifier = self.letters if row.kind == "letter" else self.events
        if notifier is not None:
            await notifier.notify(project, row)


if TYPE_CHECKING:

    def _fits(notifier: ByKind, awaited: AsyncByKind) -> tuple[Notifier, AsyncNotifier]:
        return notifier, awaited

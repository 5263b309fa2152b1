"""A blocking notifier for awaited orders."""

import asyncio
import threading
from datetime import UTC, datetime

import attrs
import pytest

from kwiga_orders.adapters.threaded import ThreadedNotifier
from kwiga_orders.changes import OutboxRow
from kwiga_orders.errors import PermanentFailure

ROW = OutboxRow(
    id="o1:1",
    kind="letter",
    name="access_granted",
    order="o1",
    contact="olena",
    at=datetime(2026, 11, 1, tzinfo=UTC),
    key="o1:1",
    data={},
)


@attrs.define
class Slow:
    """A notifier that blocks until it is let go, and notes the thread it was called in."""

    may_go: threading.Event
    called_in: list[threading.Thread] = attrs.field(factory=list)

    def notify(self, project: str, row: OutboxRow, /) -> None:
        self.called_in.append(threading.current_thread())
        assert self.may_go.wait(10)
        if project == "refused":
            raise PermanentFailure("mail.refused")


def test_nobody_waits_for_it() -> None:
    """N1: while it blocks in its thread the others go on; what it raises comes to the relay."""

    async def both(slow: Slow) -> None:
        notifier = ThreadedNotifier(slow)
        going = asyncio.gather(notifier.notify("school", ROW), notifier.notify("refused", ROW), return_exceptions=True)
        await asyncio.sleep(0)
        slow.may_go.set()
        done, refused = await going
        assert done is None
        assert isinstance(refused, PermanentFailure)

    slow = Slow(threading.Event())
    asyncio.run(both(slow))
    assert threading.main_thread() not in slow.called_in
    with pytest.raises(PermanentFailure):
        asyncio.run(ThreadedNotifier(slow).notify("refused", ROW))

"""Delivery of outbox rows to gateways and to the notifier: at least once, and in order for each order.

Home of N1.

Laws:

1. A worker claims rows for a time, the lease, in a short transaction. It sends them with no transaction open, and marks
   each one as sent separately. When a lease is over, because the worker died or is too slow, others claim the rows.
2. Rows of an order are sent one after another. If a row is claimed, put off or parked, later rows of its order wait;
   rows of other orders do not.
3. A row that cannot be sent is put off, each time for longer, and parked after a number of tries. A row that cannot be
   read or fails finally (`PermanentFailure`) is parked at once. An event reports it.
4. A parked row waits until a person lets it be sent again or drops it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import attrs

from kwiga_orders.changes import OutboxRow
from kwiga_orders.commands import Command
from kwiga_orders.errors import Corrupt, KwigaOrdersError, PermanentFailure

__all__ = [
    "Claim",
    "ClaimedRow",
    "DeliveryDropped",
    "DeliveryParked",
    "DeliverySettings",
    "DropDelivery",
    "ParkedRow",
    "PutOff",
    "RetryDelivery",
    "dropped_event",
    "parked_event",
    "put_off",
    "stream_of",
]


@attrs.frozen(kw_only=True)
class DeliveryParked:
    """A row of the outbox was parked: it is not tried again, and the later rows of its order wait (N1).

    `kind`, `what` and `gateway` are those of the row; they are None if the row cannot be read.
    """

    name: ClassVar[str] = "delivery.parked"
    row: str
    kind: str | None = None
    what: str | None = None
    gateway: str | None = None
    tries: int
    error: str


@attrs.frozen(kw_only=True)
class DeliveryDropped:
    """A parked row was dropped by hand; `by` is who did it (N1)."""

    name: ClassVar[str] = "delivery.dropped"
    row: str
    kind: str | None = None
    what: str | None = None
    gateway: str | None = None
    by: str


# Events about delivery itself: they do not wait for earlier rows, because a report must not wait for the parked row.
_TELLING = (DeliveryParked.name, DeliveryDropped.name)


@attrs.frozen(kw_only=True)
class DeliverySettings:
    """How long a claim lasts, and after which pauses a failed row is tried again.

    The first pause is `first_pause`, each later one three times as long, up to `longest_pause`. After `tries` failed
    tries a row is parked: with the defaults, after 27 hours. A `lease` must be longer than it takes to send one row.
    """

    lease: timedelta = timedelta(minutes=2)
    first_pause: timedelta = timedelta(seconds=10)
    longest_pause: timedelta = timedelta(hours=6)
    tries: int = attrs.field(default=12, validator=attrs.validators.ge(1))

    def pause_after(self, tries: int) -> timedelta | None:
        """Give how long to wait after a number of failed tries; None if the row is not tried again."""
        if tries >= self.tries:
            # The last try has failed.
            return None
        # bounded, so that the product fits into a `timedelta`
        times: int = 3 ** min(tries - 1, 20)
        return min(self.first_pause * times, self.longest_pause)


@attrs.frozen(kw_only=True)
class ClaimedRow:
    """A claimed row, with the number of failed tries so far; `row` is None if it cannot be read.

    Rows of one `stream`, usually an order, are sent in order.
    """

    id: str
    stream: str
    tries: int
    row: OutboxRow | None
    problem: Corrupt | None = None


@attrs.frozen(kw_only=True)
class Claim:
    """Rows that a worker has claimed `until` an instant, in the order in which they are sent."""

    owner: str
    until: datetime
    rows: tuple[ClaimedRow, ...] = ()


@attrs.frozen(kw_only=True)
class PutOff:
    """The decision about a row that could not be sent: try again at `try_at`, or park it if that is None."""

    id: str
    tries: int
    try_at: datetime | None
    error: str


@attrs.frozen(kw_only=True)
class ParkedRow:
    """A parked row; `row` is None if it cannot be read."""

    id: str
    order: str
    tries: int
    error: str
    parked_at: datetime
    gateway: str | None
    row: OutboxRow | None


@attrs.frozen(kw_only=True)
class RetryDelivery(Command):
    """Send parked rows again, with no tries counted: one by its id, or all."""

    name = "retry_delivery"
    row: str | None = None


@attrs.frozen(kw_only=True)
class DropDelivery(Command):
    """Drop a parked row: it is never sent, and the rows that waited for it are sent."""

    name = "drop_delivery"
    row: str


def stream_of(row: OutboxRow) -> str:
    """Give the stream of a row: its order or contact. A report about delivery has a stream of its own."""
    if row.name in _TELLING:
        return row.id
    # Events of a contact must stay in order, too: saving must not come after erasing.
    return row.order or f"contact:{row.contact}"


def put_off(claimed: ClaimedRow, problem: Exception, *, now: datetime, settings: DeliverySettings) -> PutOff:
    """Decide when to try a failed row again, or to park it."""
    tries = claimed.tries + 1
    # Other exceptions are named by their type, because their text may contain personal data.
    error = problem.code if isinstance(problem, KwigaOrdersError) else type(problem).__name__
    # A row that cannot be read will not become readable later.
    is_final = claimed.row is None or isinstance(problem, PermanentFailure)
    pause = None if is_final else settings.pause_after(tries)
    return PutOff(id=claimed.id, tries=tries, try_at=None if pause is None else now + pause, error=error)


def parked_event(claimed: ClaimedRow, parked: PutOff, *, now: datetime) -> Sequence[OutboxRow]:
    """Give the event that a row was parked, unless that row itself is such a report."""
    row = claimed.row
    # No report about a report, which would never end.
    if row is not None and row.name in _TELLING:
        return ()
    event = DeliveryParked(row=claimed.id, tries=parked.tries, error=parked.error)
    return (_telling(event, row, claimed.stream, now),)


def dropped_event(parked: ParkedRow, *, by: str, now: datetime) -> OutboxRow:
    """Give the event that a parked row was dropped."""
    return _telling(DeliveryDropped(row=parked.id, by=by), parked.row, parked.order, now)


def _telling(event: DeliveryParked | DeliveryDropped, row: OutboxRow | None, order: str, now: datetime) -> OutboxRow:
    if row is not None:
        event = attrs.evolve(event, kind=row.kind, what=row.name, gateway=row.gateway)
    # with the time in the id, because the same row may be parked again
    id = f"{event.row}:{event.name.partition('.')[2]}:{round(now.timestamp() * 1_000_000)}"
    return OutboxRow(
        id=id,
        kind="event",
        name=event.name,
        order=order if row is None else row.order,
        contact="" if row is None else row.contact,
        at=now,
        key=id,
        data={name: value for name, value in attrs.asdict(event).items() if value is not None},
    )

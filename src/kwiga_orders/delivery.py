"""Handing on what the outbox holds, to gateways and to the notifier: at least once, in order for each order.

Home of N1.

Laws:

1. A worker claims rows for a time, its lease, in a short transaction; it sends them with no transaction open, and
   marks each as sent by itself. Rows whose lease ran out are claimed by others: their worker died, or is too slow.
2. Rows of an order are sent one after the other. Of an order, what was written after a row that is claimed, put
   off or parked waits for it; rows of other orders do not.
3. A row that cannot be sent is put off, each time for longer, and a bounded number of times; then it is parked,
   and so is, at once, one that cannot be read or fails for good (`PermanentFailure`). An event tells of it.
4. A parked row waits for a person, who has it tried again or dropped.
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

    `kind`, `what` and `gateway` are those of the row; one that cannot be read has none.
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
    """A parked row was given up by hand; `by` is who did it (N1)."""

    name: ClassVar[str] = "delivery.dropped"
    row: str
    kind: str | None = None
    what: str | None = None
    gateway: str | None = None
    by: str


# Rows that report on delivery itself: they wait for nothing, or a parked row would park its own report.
_TELLING = (DeliveryParked.name, DeliveryDropped.name)


@attrs.frozen(kw_only=True)
class DeliverySettings:
    """How long a claim lasts, and after which pauses a row that failed is tried again.

    The first pause is `first_pause`, each later one three times as long, but no longer than `longest_pause`. After
    `tries` in vain a row is parked: with the defaults, after 27 hours. A `lease` must be longer than it takes to hand
    on one row.
    """

    lease: timedelta = timedelta(minutes=2)
    first_pause: timedelta = timedelta(seconds=10)
    longest_pause: timedelta = timedelta(hours=6)
    tries: int = attrs.field(default=12, validator=attrs.validators.ge(1))

    def pause_after(self, tries: int) -> timedelta | None:
        """Give how long to wait after so many tries in vain; None: no more."""
        if tries >= self.tries:
            # The last pause comes before the last try, so after `tries` there is none.
            return None
        # no power that could leave what a time can be
        times: int = 3 ** min(tries - 1, 20)
        return min(self.first_pause * times, self.longest_pause)


@attrs.frozen(kw_only=True)
class ClaimedRow:
    """A row that a worker has for itself, after so many tries in vain; without `row` it cannot be read.

    `stream` is what it must be in order with: its order.
    """

    id: str
    stream: str
    tries: int
    row: OutboxRow | None
    problem: Corrupt | None = None


@attrs.frozen(kw_only=True)
class Claim:
    """Rows that a worker has for itself `until` an instant, in the order in which they are sent."""

    owner: str
    until: datetime
    rows: tuple[ClaimedRow, ...] = ()


@attrs.frozen(kw_only=True)
class PutOff:
    """What becomes of a row that could not be sent: tried again at `try_at`, or parked if that is None."""

    id: str
    tries: int
    try_at: datetime | None
    error: str


@attrs.frozen(kw_only=True)
class ParkedRow:
    """A parked row; without `row` it cannot be read."""

    id: str
    order: str
    tries: int
    error: str
    parked_at: datetime
    gateway: str | None
    row: OutboxRow | None


@attrs.frozen(kw_only=True)
class RetryDelivery(Command):
    """Try parked rows again, from the start: one by its id, or all."""

    name = "retry_delivery"
    row: str | None = None


@attrs.frozen(kw_only=True)
class DropDelivery(Command):
    """Give up a parked row: it is never sent, and the rows that waited for it are."""

    name = "drop_delivery"
    row: str


def stream_of(row: OutboxRow) -> str:
    """Give the order, or the contact, whose rows stay in order; a report of parked rows waits for nothing."""
    if row.name in _TELLING:
        return row.id
    # Contacts have their own order: an erased one must not be overtaken by its saving.
    return row.order or f"contact:{row.contact}"


def put_off(claimed: ClaimedRow, problem: Exception, *, now: datetime, settings: DeliverySettings) -> PutOff:
    """Decide what becomes of a row that could not be sent."""
    tries = claimed.tries + 1
    # A foreign exception is named by its type: its text may hold what a person wrote.
    error = problem.code if isinstance(problem, KwigaOrdersError) else type(problem).__name__
    # What cannot be read will not become readable by waiting.
    is_final = claimed.row is None or isinstance(problem, PermanentFailure)
    pause = None if is_final else settings.pause_after(tries)
    return PutOff(id=claimed.id, tries=tries, try_at=None if pause is None else now + pause, error=error)


def parked_event(claimed: ClaimedRow, parked: PutOff, *, now: datetime) -> Sequence[OutboxRow]:
    """Tell that a row was parked, unless that row itself told so."""
    row = claimed.row
    # A report about a report would never end.
    if row is not None and row.name in _TELLING:
        return ()
    event = DeliveryParked(row=claimed.id, tries=parked.tries, error=parked.error)
    return (_telling(event, row, claimed.stream, now),)


def dropped_event(parked: ParkedRow, *, by: str, now: datetime) -> OutboxRow:
    """Tell that a parked row was given up."""
    return _telling(DeliveryDropped(row=parked.id, by=by), parked.row, parked.order, now)


def _telling(event: DeliveryParked | DeliveryDropped, row: OutboxRow | None, order: str, now: datetime) -> OutboxRow:
    if row is not None:
        event = attrs.evolve(event, kind=row.kind, what=row.name, gateway=row.gateway)
    # the same row may be parked again
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

"""Decisions about parked rows of the outbox: send again, or drop (N1)."""

from kwiga_orders.asking import Asking, look_up
from kwiga_orders.changes import NOTHING, Changes, Receipt
from kwiga_orders.decisions.decision import Decision
from kwiga_orders.delivery import DropDelivery, ParkedRow, RetryDelivery, dropped_event
from kwiga_orders.errors import NotFound
from kwiga_orders.listing import ParkedPage, ParkedSearch
from kwiga_orders.orders.context import Context

__all__ = ["drop_delivery", "retry_delivery"]

# Rows are read page by page, so that a long outage does not load all parked rows at once.
_AT_ONCE = 500


def retry_delivery(command: RetryDelivery, _: Context) -> Asking[Decision]:
    """Let a parked row, or all of them, be sent again with no tries counted; the receipt has their number.

    Raises:
        NotFound: if no row with that id is parked.
    """
    # Only a named row raises `NotFound`; there may be no parked rows at all.
    ids = (yield from _all_parked()) if command.row is None else ((yield from _parked(command.row)).id,)
    return Decision(changes=Changes(retried=ids) if ids else NOTHING, receipt=Receipt(done=len(ids)))


def drop_delivery(command: DropDelivery, given: Context) -> Asking[Decision]:
    """Drop a parked row, with an event that says who did.

    Raises:
        NotFound: if no row with that id is parked.
    """
    parked = yield from _parked(command.row)
    event = dropped_event(parked, by=given.actor.id or given.actor.kind, now=given.now)
    # An event reports it, because somebody may wait for the dropped row.
    changes = Changes(dropped=(parked.id,), outbox=(event,) if given.notifies else ())
    return Decision(changes=changes, receipt=Receipt(done=1, events=(event.name,)))


def _parked(row: str) -> Asking[ParkedRow]:
    page = yield from look_up(ParkedSearch(ids=(row,)))
    if not page.rows:
        raise NotFound("delivery", row)
    return page.rows[0]


def _all_parked() -> Asking[tuple[str, ...]]:
    ids: tuple[str, ...] = ()
    page: ParkedPage | None = None
    while page is None or page.next is not None:
        page = yield from look_up(ParkedSearch(limit=_AT_ONCE, after=None if page is None else page.next))
        ids += tuple(row.id for row in page.rows)
    return ids

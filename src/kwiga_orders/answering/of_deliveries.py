"""Rows of the outbox that could not be sent (N1)."""

from datetime import datetime

from kwiga_orders import queries
from kwiga_orders.asking import Asking, look_up
from kwiga_orders.delivery import ParkedRow
from kwiga_orders.listing import ParkedSearch
from kwiga_orders.views.list_shapes import DeliveriesView, DeliveryView
from kwiga_orders.views.plain import instant

__all__ = ["answer_parked"]


def answer_parked(query: queries.ParkedDeliveriesQuery, _: datetime) -> Asking[DeliveriesView]:
    """Give a page of rows that are parked, the oldest first."""
    page = yield from look_up(ParkedSearch(limit=query.limit, after=query.after))
    return DeliveriesView(rows=[_delivery(row) for row in page.rows], next=page.next)


def _delivery(parked: ParkedRow) -> DeliveryView:
    row = parked.row
    return DeliveryView(
        row=parked.id,
        order=None if row is None else row.order or None,
        # An unreadable row has only its id, tries and error to show.
        kind=None if row is None else row.kind,
        name=None if row is None else row.name,
        gateway=parked.gateway,
        at=None if row is None else instant(row.at),
        tries=parked.tries,
        error=parked.error,
        parked_at=instant(parked.parked_at),
    )

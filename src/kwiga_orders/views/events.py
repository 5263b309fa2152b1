"""What an event says, as history shows it and as its row of the outbox carries it (O10, N4)."""

from kwiga_orders.catalogue import CatalogueEvent
from kwiga_orders.codec import Json
from kwiga_orders.orders.events import Event, OrderMoved
from kwiga_orders.views.plain import plain

__all__ = ["event_data"]


def event_data(event: Event | CatalogueEvent) -> dict[str, Json]:
    """Give the data of an event: its fields, with the names of the wire. Home of N4."""
    if not isinstance(event, OrderMoved):
        data = plain(event)
        assert isinstance(data, dict), "events are records"
        return data
    moved: dict[str, Json] = {"from": event.from_status, "to": event.to_status, "by": event.by}
    # Most moves stay in their funnel; naming it each time would only repeat the order's.
    if event.from_funnel != event.to_funnel:
        moved |= {"from_funnel": event.from_funnel, "to_funnel": event.to_funnel}
    return moved

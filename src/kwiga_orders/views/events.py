"""The data of an event, as the history shows it and its outbox row carries it (O10, N4)."""

from kwiga_orders.catalogue import CatalogueEvent
from kwiga_orders.codec import Json
from kwiga_orders.orders.events import Event, OrderMoved
from kwiga_orders.views.plain import plain

__all__ = ["event_data"]


def event_data(event: Event | CatalogueEvent) -> dict[str, Json]:
    """Give the data of an event: its fields, by their names on the wire. Home of N4."""
    if not isinstance(event, OrderMoved):
        data = plain(event)
        assert isinstance(data, dict), "events are records"
        return data
    moved: dict[str, Json] = {"from": event.from_status, "to": event.to_status, "by": event.by}
    # Most moves stay in their funnel, so the funnel is named only if it changes.
    if event.from_funnel != event.to_funnel:
        moved |= {"from_funnel": event.from_funnel, "to_funnel": event.to_funnel}
    return moved

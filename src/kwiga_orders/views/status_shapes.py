"""The JSON shapes of status histories, times in statuses, and conversions (F8)."""

from typing import TypedDict

__all__ = ["ConversionView", "PassageView", "PlaceView", "StayView", "TimeInStatusView"]


class PlaceView(TypedDict):
    """A status in which an order was. The names are null if the status or its funnel has been removed (F8, V8)."""

    funnel: str
    funnel_name: str | None
    status: str
    status_name: str | None


class StayView(PlaceView):
    """The time that an order spent in a status. `left_at` is null for the present status (F8)."""

    entered_at: str
    left_at: str | None


class TimeInStatusView(PlaceView):
    """How long an order was in a status, over all its stays there, in seconds (F8)."""

    seconds: int


class PassageView(TypedDict):
    """A status of a funnel: how many orders reached it, how many of these moved on, and the share in percent (F8)."""

    status: str
    name: str
    entered: int
    moved_on: int
    rate: str


class ConversionView(TypedDict):
    """The conversion of a funnel, by status in the order of the funnel (F8)."""

    statuses: list[PassageView]

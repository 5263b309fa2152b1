"""The shapes of answers about where orders stood, how long, and how many came further (F8)."""

from typing import TypedDict

__all__ = ["ConversionView", "PassageView", "StayView", "TimeInStatusView"]


class StayView(TypedDict):
    """A stretch of time that an order stood in a status; `left_at` is null of the one it stands in now (F8)."""

    funnel: str
    status: str
    entered_at: str
    left_at: str | None


class TimeInStatusView(TypedDict):
    """How long an order stood in a status, all its stays there together, in seconds (F8)."""

    funnel: str
    status: str
    seconds: int


class PassageView(TypedDict):
    """A status of a funnel: how many orders ever stood there, how many of them came further along, in percent (F8)."""

    status: str
    name: str
    entered: int
    moved_on: int
    rate: str


class ConversionView(TypedDict):
    """The conversion of a funnel, status by status in its order (F8)."""

    statuses: list[PassageView]

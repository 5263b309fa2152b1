"""The JSON shapes of the answer that shows what an edit of an offer would change (O8)."""

from typing import TypedDict

__all__ = ["ImpactPageView", "ImpactView", "WindowView"]


class WindowView(TypedDict):
    """When access starts and ends. `ends_at` null with a start means for ever; both are null without access."""

    starts_at: str | None
    ends_at: str | None


class ImpactView(TypedDict):
    """What an edit of an offer would change for a line that follows it: its window, and its access now (O8)."""

    order: str
    number: int
    contact: str
    contact_name: str | None
    product: str
    product_title: str | None
    before: WindowView
    after: WindowView
    open_before: bool
    open_after: bool


class ImpactPageView(TypedDict):
    """A page of the lines that an edit of an offer would change. `next`: the next page's cursor, or null (O8)."""

    rows: list[ImpactView]
    next: str | None

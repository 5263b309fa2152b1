"""The shapes of answers about what an edit of an offer would do (O8)."""

from typing import TypedDict

__all__ = ["ImpactPageView", "ImpactView", "WindowView"]


class WindowView(TypedDict):
    """When access starts and ends."""

    starts_at: str | None
    ends_at: str | None


class ImpactView(TypedDict):
    """What an edit of an offer would do to the window of a line that follows it, and to its access now (O8)."""

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
    """A page of what an edit of an offer would do; `next` is the cursor of the page after it (O8)."""

    rows: list[ImpactView]
    next: str | None

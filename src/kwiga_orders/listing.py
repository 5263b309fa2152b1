"""What a list of orders is asked for, and what a page of it holds (V1-V3, F8)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Generic, Literal, TypeVar

import attrs

from kwiga_orders.orders.state import Order
from kwiga_orders.orders.status_history import Track
from kwiga_orders.project import Contact
from kwiga_orders.views.list_shapes import CardView

__all__ = [
    "Card",
    "CardPage",
    "ContactsById",
    "Lookup",
    "OrderSearch",
    "Page",
    "StatusCount",
    "TrackPage",
]

T_co = TypeVar("T_co", covariant=True)


@attrs.frozen(kw_only=True)
class OrderSearch:
    """Which orders to list, in which order, from where on (V1). An empty tuple or None does not filter.

    Instants bound half-open windows. `text` is matched as V3 says. `after` is the cursor of the page before.
    """

    funnel: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    payment_status: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    manager: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    offer: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    number: tuple[int, ...] = ()
    gateway: tuple[str, ...] = ()
    payment_kind: tuple[str, ...] = ()
    cancelled: bool | None = None
    superseded: bool | None = None
    overpaid: bool | None = None
    needs_attention: bool | None = None
    unassigned: bool | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None
    updated_from: datetime | None = None
    updated_until: datetime | None = None
    paid_from: datetime | None = None
    paid_until: datetime | None = None
    due_from: datetime | None = None
    due_until: datetime | None = None
    text: str | None = None
    sort: Literal["created", "updated", "number", "total", "due"] = "created"
    descending: bool = True
    limit: int = 50
    after: str | None = None


@attrs.frozen(kw_only=True)
class Page:
    """A page of orders; `next` is the cursor of the page after it, None if this is the last (V1)."""

    orders: tuple[Order, ...]
    next: str | None = None


Card = CardView
"""What a list shows of an order; it is drawn by `views.cards.card_of`."""


@attrs.frozen(kw_only=True)
class CardPage:
    """A page of orders, of each its card; `next` as in `Page` (V1)."""

    cards: tuple[Card, ...]
    next: str | None = None


@attrs.frozen(kw_only=True)
class TrackPage:
    """Where a page of orders stood; `next` is the cursor of the page after it, None if this is the last (F8)."""

    tracks: tuple[Track, ...]
    next: str | None = None


@attrs.frozen(kw_only=True)
class StatusCount:
    """How many orders stand in a status; by currency, in minor units, what they are worth, paid net, owed (V2, P7)."""

    status: str
    count: int
    sums: Mapping[str, int] = attrs.field(factory=dict)
    paid: Mapping[str, int] = attrs.field(factory=dict)
    owed: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Lookup(Generic[T_co]):
    """A question about many records, to which a store gives a `T_co` by its indexes (`Records.look_up`)."""


@attrs.frozen(kw_only=True)
class ContactsById(Lookup[Mapping[str, Contact]]):
    """The contacts of these ids, as far as the project has them."""

    ids: tuple[str, ...]

"""What can be asked; one class a query, named as the wire names it. Asking changes nothing."""

from datetime import date, datetime
from typing import ClassVar, Literal

import attrs

from kwiga_orders.commands import Command
from kwiga_orders.offers import EditOffer

__all__ = [
    "AccessQuery",
    "BoardQuery",
    "CertificateQuery",
    "CustomerOrderQuery",
    "HistoryQuery",
    "LessonsQuery",
    "LettersQuery",
    "OfferImpactQuery",
    "OrderFilters",
    "OrderQuery",
    "OrdersQuery",
    "PreviewQuery",
    "Query",
    "ScheduleQuery",
]


@attrs.frozen(kw_only=True)
class OrderQuery:
    """The card of an order, for the staff (V4)."""

    name: ClassVar[str] = "order"
    order: str


@attrs.frozen(kw_only=True)
class CustomerOrderQuery:
    """What the customer sees of an order (V5)."""

    name: ClassVar[str] = "customer_order"
    order: str


@attrs.frozen(kw_only=True)
class AccessQuery:
    """Whether a product is open to a contact, and why not (A1-A8); `at` any instant, now if not given (T6)."""

    name: ClassVar[str] = "access"
    contact: str
    product: str
    at: datetime | None = None


@attrs.frozen(kw_only=True)
class LessonsQuery:
    """Which lessons are open, and why not (L1-L9)."""

    name: ClassVar[str] = "lessons"
    contact: str
    product: str
    at: datetime | None = None


@attrs.frozen(kw_only=True)
class ScheduleQuery:
    """What opens and closes when, from an instant on (L12)."""

    name: ClassVar[str] = "schedule"
    contact: str
    product: str
    starts_at: datetime | None = None


@attrs.frozen(kw_only=True)
class CertificateQuery:
    """Whether a certificate can be issued, and what is unmet (C2)."""

    name: ClassVar[str] = "certificate"
    contact: str
    product: str


@attrs.frozen(kw_only=True)
class OrderFilters:
    """Which orders; an empty tuple does not filter. Dates are days of the project's zone, both included (V1, T5)."""

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
    created_from: date | datetime | None = None
    created_until: date | datetime | None = None
    paid_from: date | datetime | None = None
    paid_until: date | datetime | None = None
    due_from: date | datetime | None = None
    due_until: date | datetime | None = None
    search: str | None = None


@attrs.frozen(kw_only=True)
class OrdersQuery:
    """A page of orders (V1)."""

    name: ClassVar[str] = "orders"
    filters: OrderFilters = OrderFilters()
    sort: Literal["created", "updated", "number", "total", "due"] = "created"
    descending: bool = True
    limit: int = 50
    after: str | None = None


@attrs.frozen(kw_only=True)
class BoardQuery:
    """The kanban board of a funnel: counts, sums and the first cards of each status (V2)."""

    name: ClassVar[str] = "board"
    funnel: str
    filters: OrderFilters = OrderFilters()
    cards: int = 20


@attrs.frozen(kw_only=True)
class HistoryQuery:
    """What happened to an order, from the start (O10)."""

    name: ClassVar[str] = "history"
    order: str


@attrs.frozen(kw_only=True)
class LettersQuery:
    """The letters that were handed to the notifier, to a contact or to all (N2)."""

    name: ClassVar[str] = "letters"
    contact: str | None = None


@attrs.frozen(kw_only=True)
class OfferImpactQuery:
    """Which orders an edit of an offer would reach, and each one's window before and after (O8)."""

    name: ClassVar[str] = "offer_impact"
    command: EditOffer


@attrs.frozen(kw_only=True)
class PreviewQuery:
    """What a command would change, write and send (K3)."""

    name: ClassVar[str] = "preview"
    command: Command


Query = (
    OrderQuery
    | CustomerOrderQuery
    | AccessQuery
    | LessonsQuery
    | ScheduleQuery
    | CertificateQuery
    | OrdersQuery
    | BoardQuery
    | HistoryQuery
    | LettersQuery
    | OfferImpactQuery
    | PreviewQuery
)
"""Everything that can be asked."""

"""The queries, one class each, with the names of the wire and typed by their answers.

A query changes nothing. Home of V8: every question of a front end is one of these.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import ClassVar, Generic, Literal, TypeVar

import attrs

from kwiga_orders.checked import Checked
from kwiga_orders.codec import Json
from kwiga_orders.commands import Command
from kwiga_orders.errors import Fault
from kwiga_orders.listing import OrderFilters
from kwiga_orders.offers import EditOffer, OfferState
from kwiga_orders.project import Locale
from kwiga_orders.views.list_shapes import ChangesView, DeliveriesView, DueView, TakingsView, TaskRowView
from kwiga_orders.views.school_shapes import (
    ContactsView,
    ContactView,
    CourseView,
    FunnelView,
    GatewayView,
    ProjectView,
    SoldOfferView,
    StaffView,
    TagView,
    TextsView,
)
from kwiga_orders.views.shapes import (
    AccessView,
    BoardView,
    CertificateView,
    ConversionView,
    CustomerOrderView,
    EntryView,
    EventView,
    HistoryPageView,
    ImpactPageView,
    ImpactView,
    LessonsView,
    LetterView,
    OrdersView,
    OrderView,
    ParticipantsView,
    PaymentLinkView,
    PreviewView,
    ProductView,
    StayView,
    TimeInStatusView,
    TotalsView,
)

__all__ = [
    "KINDS",
    "AccessQuery",
    "ActionsQuery",
    "BatchQuery",
    "BoardQuery",
    "CertificateQuery",
    "ChangesQuery",
    "ContactQuery",
    "ContactsQuery",
    "ConversionQuery",
    "CountQuery",
    "CourseQuery",
    "CustomerOrderQuery",
    "CustomerOrdersQuery",
    "DueQuery",
    "FunnelQuery",
    "FunnelsQuery",
    "GatewaysQuery",
    "HistoryQuery",
    "LessonsQuery",
    "LettersQuery",
    "OfferImpactQuery",
    "OfferQuery",
    "OffersQuery",
    "OrderFilters",
    "OrderQuery",
    "OrdersQuery",
    "ParkedDeliveriesQuery",
    "ParticipantsQuery",
    "PaymentLinkQuery",
    "PreviewQuery",
    "ProductsQuery",
    "ProjectQuery",
    "Query",
    "QuoteQuery",
    "ScheduleQuery",
    "StaffQuery",
    "StaysQuery",
    "TagsQuery",
    "TakingsQuery",
    "TasksQuery",
    "TextsQuery",
    "TimeInStatusQuery",
    "TotalsQuery",
]

View_co = TypeVar("View_co", covariant=True)


@attrs.frozen(kw_only=True)
class Query(Checked, Generic[View_co]):
    """A query whose answer has the type `View_co`."""

    takes_local_times: ClassVar[bool] = False
    name: ClassVar[str]


@attrs.frozen(kw_only=True)
class OrderQuery(Query[OrderView]):
    """The card of an order, for the staff (V4)."""

    name: ClassVar[str] = "order"
    order: str


@attrs.frozen(kw_only=True)
class QuoteQuery(Query[OrderView]):
    """The order that opening an offer now would make, for showing its price; nothing is created (O3)."""

    name: ClassVar[str] = "quote"
    offer: str
    contact: str | None = None
    payment_option: str | None = None


@attrs.frozen(kw_only=True)
class PaymentLinkQuery(Query[PaymentLinkView]):
    """The link by which an unpaid payment is paid now; its gateway makes it, and nothing changes (P3)."""

    name: ClassVar[str] = "payment_link"
    order: str
    payment: str


@attrs.frozen(kw_only=True)
class CustomerOrderQuery(Query[CustomerOrderView]):
    """An order as its customer sees it (V5)."""

    name: ClassVar[str] = "customer_order"
    order: str


@attrs.frozen(kw_only=True)
class CustomerOrdersQuery(Query[list[CustomerOrderView]]):
    """The orders of a contact as the contact sees them, the newest first, without superseded twins (V5, V6)."""

    name: ClassVar[str] = "customer_orders"
    contact: str


@attrs.frozen(kw_only=True)
class AccessQuery(Query[AccessView]):
    """Whether a product is open to a contact, and why not (A1-A8); `at` any instant, now if not given (T6)."""

    name: ClassVar[str] = "access"
    contact: str
    product: str
    at: datetime | None = None


@attrs.frozen(kw_only=True)
class LessonsQuery(Query[LessonsView]):
    """Which lessons are open, and why not (L1-L9)."""

    name: ClassVar[str] = "lessons"
    contact: str
    product: str
    at: datetime | None = None


@attrs.frozen(kw_only=True)
class ScheduleQuery(Query[list[EntryView]]):
    """The schedule of openings and closings, from a date or an instant on, by default all of it (L12, T5)."""

    name: ClassVar[str] = "schedule"
    contact: str
    product: str
    starts_at: date | datetime | None = None


@attrs.frozen(kw_only=True)
class CertificateQuery(Query[CertificateView]):
    """Whether a certificate can be issued, and what is unmet (C2)."""

    name: ClassVar[str] = "certificate"
    contact: str
    product: str


@attrs.frozen(kw_only=True)
class ProductsQuery(Query[list[ProductView]]):
    """Which products a contact has orders for, and whether each is open (V6, A6)."""

    name: ClassVar[str] = "products"
    contact: str
    at: datetime | None = None


@attrs.frozen(kw_only=True)
class ParticipantsQuery(Query[ParticipantsView]):
    """Who has orders for a product, and whether it is open to each; a page, newest orders first (V6)."""

    name: ClassVar[str] = "participants"
    product: str
    at: datetime | None = None
    limit: int = 50
    after: str | None = None


@attrs.frozen(kw_only=True)
class StaysQuery(Query[list[StayView]]):
    """Where an order stood in its funnels, from when to when (F8)."""

    name: ClassVar[str] = "stays"
    order: str


@attrs.frozen(kw_only=True)
class TimeInStatusQuery(Query[list[TimeInStatusView]]):
    """How long an order stood in each status, until now (F8)."""

    name: ClassVar[str] = "time_in_status"
    order: str


@attrs.frozen(kw_only=True)
class OrdersQuery(Query[OrdersView]):
    """A page of orders (V1)."""

    name: ClassVar[str] = "orders"
    filters: OrderFilters = OrderFilters()
    sort: Literal["created", "updated", "number", "total", "due"] = "created"
    descending: bool = True
    limit: int = 50
    after: str | None = None


@attrs.frozen(kw_only=True)
class BoardQuery(Query[BoardView]):
    """The kanban board of a funnel: counts, sums and the first cards of each status (V2)."""

    name: ClassVar[str] = "board"
    funnel: str
    filters: OrderFilters = OrderFilters()
    cards: int = 20


@attrs.frozen(kw_only=True)
class CountQuery(Query[int]):
    """How many orders a list has, on all its pages (V1)."""

    name: ClassVar[str] = "count"
    filters: OrderFilters = OrderFilters()


@attrs.frozen(kw_only=True)
class TotalsQuery(Query[dict[str, TotalsView]]):
    """What the orders of a list are worth, per currency: total, paid net, owed (V1, P7)."""

    name: ClassVar[str] = "totals"
    filters: OrderFilters = OrderFilters()


@attrs.frozen(kw_only=True)
class ConversionQuery(Query[ConversionView]):
    """How many orders came to each status of a funnel, and how many of them further, wherever they stand now (F8)."""

    name: ClassVar[str] = "conversion"
    funnel: str
    filters: OrderFilters = OrderFilters()


@attrs.frozen(kw_only=True)
class HistoryQuery(Query[list[EventView] | HistoryPageView]):
    """What happened to an order (O10), an offer or a funnel (O15), from the start.

    With a `limit` or an `after` it is answered by a page, whose `next` is `after` of the next one.
    """

    name: ClassVar[str] = "history"
    order: str | None = None
    offer: str | None = None
    funnel: str | None = None
    limit: int | None = None
    after: str | None = None

    def between(self) -> Iterator[Fault]:
        """Refuse a query that names no history, or several."""
        if [self.order, self.offer, self.funnel].count(None) != 2:
            yield Fault(path="", code="input.invalid", hint="either an order, an offer or a funnel")


@attrs.frozen(kw_only=True)
class LettersQuery(Query[list[LetterView]]):
    """The letters that were sent: all, those to a contact, or those about an order (N2)."""

    name: ClassVar[str] = "letters"
    contact: str | None = None
    order: str | None = None


@attrs.frozen(kw_only=True)
class OfferImpactQuery(Query[list[ImpactView] | ImpactPageView]):
    """Which orders an edit of an offer would reach, each one's window before and after; with a `limit` a page (O8)."""

    name: ClassVar[str] = "offer_impact"
    command: EditOffer
    limit: int | None = None
    after: str | None = None


@attrs.frozen(kw_only=True)
class PreviewQuery(Query[PreviewView]):
    """What a command would change, write and send (K3)."""

    name: ClassVar[str] = "preview"
    command: Command


@attrs.frozen(kw_only=True)
class ActionsQuery(Query[dict[str, str | None]]):
    """What may be done with an order now: each command with None, or the code it would be refused with (V8)."""

    name: ClassVar[str] = "actions"
    order: str


@attrs.frozen(kw_only=True)
class ProjectQuery(Query[ProjectView]):
    """The settings of the project (V8)."""

    name: ClassVar[str] = "project"


@attrs.frozen(kw_only=True)
class GatewaysQuery(Query[list[GatewayView]]):
    """The connected gateways, with what they can do (V8, P3)."""

    name: ClassVar[str] = "gateways"


@attrs.frozen(kw_only=True)
class TagsQuery(Query[list[TagView]]):
    """The tags in use, with how many orders have each (V8)."""

    name: ClassVar[str] = "tags"


@attrs.frozen(kw_only=True)
class FunnelsQuery(Query[list[FunnelView]]):
    """All funnels with their statuses and rules, the default one first (V8, F1)."""

    name: ClassVar[str] = "funnels"


@attrs.frozen(kw_only=True)
class FunnelQuery(Query[FunnelView]):
    """A funnel with its statuses and rules (V8, F1)."""

    name: ClassVar[str] = "funnel"
    funnel: str


@attrs.frozen(kw_only=True)
class ContactsQuery(Query[ContactsView]):
    """A page of contacts, all or those that a text finds, by name (V8, V3)."""

    name: ClassVar[str] = "contacts"
    search: str | None = None
    limit: int = 50
    after: str | None = None


@attrs.frozen(kw_only=True)
class ContactQuery(Query[ContactView]):
    """A contact with what it bought, paid and owes (V8)."""

    name: ClassVar[str] = "contact"
    contact: str


@attrs.frozen(kw_only=True)
class StaffQuery(Query[StaffView]):
    """A page of the people of the staff by name, all or those whose names have the words of a text (V8, V3)."""

    name: ClassVar[str] = "staff"
    search: str | None = None
    limit: int = 50
    after: str | None = None


@attrs.frozen(kw_only=True)
class OffersQuery(Query[list[SoldOfferView]]):
    """All offers, by code, or those in a state, or with a text in code or title (O1, V8)."""

    name: ClassVar[str] = "offers"
    state: OfferState | None = None
    search: str | None = None


@attrs.frozen(kw_only=True)
class OfferQuery(Query[SoldOfferView]):
    """An offer as it is now, or an older version of it (O8, V8)."""

    name: ClassVar[str] = "offer"
    offer: str
    offer_version: int | None = None


@attrs.frozen(kw_only=True)
class CourseQuery(Query[CourseView]):
    """The outline of a product (V8)."""

    name: ClassVar[str] = "course"
    product: str


@attrs.frozen(kw_only=True)
class TasksQuery(Query[list[TaskRowView]]):
    """Tasks over all orders; of days, both are included (O14, T5)."""

    name: ClassVar[str] = "tasks"
    assignee: str | None = None
    done: bool | None = None
    due_from: date | datetime | None = None
    due_until: date | datetime | None = None


@attrs.frozen(kw_only=True)
class ChangesQuery(Query[ChangesView]):
    """What happened to orders since a cursor; a `limit` of 0 gives the cursor of now (V8)."""

    name: ClassVar[str] = "changes"
    after: str | None = None
    limit: int = 100


@attrs.frozen(kw_only=True)
class TakingsQuery(Query[list[TakingsView]]):
    """Money in and money back between two days or instants, each on its own day, and how often money came (V8)."""

    name: ClassVar[str] = "takings"
    starts_at: date | datetime
    until: date | datetime
    by: Literal["day", "month", "offer", "product", "manager", "gateway", "kind"] = "day"


@attrs.frozen(kw_only=True)
class DueQuery(Query[list[DueView]]):
    """The due items up to an instant or a day, by default now, that are not noted yet (V8, P14)."""

    name: ClassVar[str] = "due"
    until: date | datetime | None = None
    limit: int = 100


@attrs.frozen(kw_only=True)
class ParkedDeliveriesQuery(Query[DeliveriesView]):
    """The parked rows of the outbox, the oldest first (N1)."""

    name: ClassVar[str] = "parked_deliveries"
    after: str | None = None
    limit: int = 50


@attrs.frozen(kw_only=True)
class TextsQuery(Query[TextsView]):
    """The texts for fields, codes, statuses, kinds, events and units, by default in the project's language (V8)."""

    name: ClassVar[str] = "texts"
    locale: Locale | None = None


@attrs.frozen(kw_only=True)
class BatchQuery(Query[list[Json]]):
    """Several queries of one snapshot; the answer to a refused one is a `ProblemView` (V8)."""

    name: ClassVar[str] = "batch"
    queries: tuple[Query[object], ...]


KINDS: tuple[type[Query[object]], ...] = (
    OfferQuery, OffersQuery, OrderQuery, QuoteQuery, PaymentLinkQuery, CustomerOrderQuery, CustomerOrdersQuery,
    AccessQuery, LessonsQuery, ScheduleQuery, CertificateQuery, ProductsQuery, ParticipantsQuery, StaysQuery,
    TimeInStatusQuery, OrdersQuery, BoardQuery, CountQuery, TotalsQuery, ConversionQuery, HistoryQuery,
    LettersQuery, OfferImpactQuery, PreviewQuery, ActionsQuery, ProjectQuery, GatewaysQuery, TagsQuery,
    FunnelsQuery, FunnelQuery, ContactsQuery, ContactQuery, StaffQuery, CourseQuery, TasksQuery, ChangesQuery,
    DueQuery, TakingsQuery, ParkedDeliveriesQuery, TextsQuery, BatchQuery,
)  # fmt: skip
"""Every query."""

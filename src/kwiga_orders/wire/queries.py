"""The queries of the wire. A query changes nothing; the views describe the answers."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field, TypeAdapter

from kwiga_orders import queries
from kwiga_orders.queries import Query
from kwiga_orders.views.shapes import View
from kwiga_orders.wire.commands import AnyCommand
from kwiga_orders.wire.commands.offers import EditOffer
from kwiga_orders.wire.faults import INVALID, Complaint
from kwiga_orders.wire.filters import Filters
from kwiga_orders.wire.objects import OfferState
from kwiga_orders.wire.parts import LinkedPart, Part, read_as
from kwiga_orders.wire.scalars import Cursor, DateOrInstant, Id, Instant, OneOrMany, Some, Word

__all__ = ["QUERIES", "AnyQuery", "read_query"]

Q_co = TypeVar("Q_co", covariant=True)

_Sort = Literal[
    "created", "updated", "number", "total", "due", "-created", "-updated", "-number", "-total", "-due"
]  # fmt: skip


class OfOrder(Part[Q_co], Generic[Q_co]):
    """A query about an order."""

    order: Id = Field(description="The order, by id.")


class OfLearner(Part[Q_co], Generic[Q_co]):
    """A query about a contact and a product."""

    contact: Id
    product: Id


class OrderQuery(OfOrder[queries.OrderQuery]):
    """The card of an order, for the staff (V4)."""

    query: Literal["order"]


class CustomerOrderQuery(OfOrder[queries.CustomerOrderQuery]):
    """What the customer sees of an order (V5)."""

    query: Literal["customer_order"]


class CustomerOrdersQuery(Part[queries.CustomerOrdersQuery]):
    """What a contact sees of their orders, the newest first, without superseded orders (V5, V6)."""

    query: Literal["customer_orders"]
    contact: Id


class HistoryQuery(LinkedPart[queries.HistoryQuery]):
    """The complete history of an order (O10), an offer or a funnel (O15)."""

    query: Literal["history"]
    order: Id | None = Field(None, description="The order, by id.")
    offer: Id | None = Field(None, description="The offer, by code.")
    funnel: Id | None = Field(None, description="The funnel, by id.")
    limit: Annotated[int, Field(ge=1, le=500)] | None = Field(
        None, description="The most rows; with it the answer is a page with `rows` and `next`."
    )
    after: Cursor | None = None

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report a history query that names nothing or more than one thing."""
        if [document.get(name) for name in ("order", "offer", "funnel")].count(None) != 2:
            yield Complaint((), INVALID, "either an order, an offer or a funnel")


class AccessQuery(OfLearner[queries.AccessQuery]):
    """Whether a product is open to a contact, and why not (A1-A8)."""

    query: Literal["access"]
    at: Instant | None = Field(None, description="Any past or future instant; by default now (T6).")


class LessonsQuery(OfLearner[queries.LessonsQuery]):
    """Which lessons are open, and why the others are not (L1-L9)."""

    query: Literal["lessons"]
    at: Instant | None = Field(None, description="Any past or future instant; by default now (T6).")


class ScheduleQuery(OfLearner[queries.ScheduleQuery]):
    """The instants at which lessons and access open or close (L12)."""

    query: Literal["schedule"]
    starts_at: DateOrInstant | None = Field(
        None, alias="from", description="The first day or instant to show; by default the whole schedule."
    )


class CertificateQuery(OfLearner[queries.CertificateQuery]):
    """Whether a certificate can be issued, and which conditions are not met (C2)."""

    query: Literal["certificate"]


class ProductsQuery(Part[queries.ProductsQuery]):
    """The products that a contact has ordered, and whether each is open (V6)."""

    query: Literal["products"]
    contact: Id
    at: Instant | None = Field(None, description="Any past or future instant; by default now (T6).")


class ParticipantsQuery(Part[queries.ParticipantsQuery]):
    """The contacts who have ordered a product, and whether it is open to each: a page, newest orders first (V6)."""

    query: Literal["participants"]
    product: Id
    at: Instant | None = Field(None, description="Any past or future instant; by default now (T6).")
    limit: int = Field(50, ge=1, le=500)
    after: Cursor | None = None


class StaysQuery(OfOrder[queries.StaysQuery]):
    """The statuses in which an order was, with the instants of entering and leaving (F8)."""

    query: Literal["stays"]


class TimeInStatusQuery(OfOrder[queries.TimeInStatusQuery]):
    """How long an order was in each status until now (F8)."""

    query: Literal["time_in_status"]


class OrdersQuery(Filters[queries.OrdersQuery]):
    """A page of orders (V1)."""

    query: Literal["orders"]
    funnel: OneOrMany[Id] = ()
    sort: _Sort = Field("-created", description="What to sort by; `-` sorts in descending order.")
    limit: int = Field(50, ge=1, le=500)
    after: Cursor | None = None

    def named(self) -> dict[str, object]:
        """Give the fields that the document names, with the direction of sorting as a field of its own."""
        # On the wire one word with a sign holds both; the domain has two fields.
        named = super().named()
        return {**named, "sort": self.sort.removeprefix("-"), "descending": self.sort.startswith("-")}


class BoardQuery(Filters[queries.BoardQuery]):
    """The kanban board of a funnel: the count, the sums and the first cards of each status (V2)."""

    query: Literal["board"]
    funnel: Id
    cards: int = Field(20, ge=0, le=200, description="The most cards of each status.")


class CountQuery(Filters[queries.CountQuery]):
    """The number of orders on all pages of a list (V1)."""

    query: Literal["count"]
    funnel: OneOrMany[Id] = ()


class TotalsQuery(Filters[queries.TotalsQuery]):
    """The sums of a list by currency: total, net paid, owed (V1, P7)."""

    query: Literal["totals"]
    funnel: OneOrMany[Id] = ()


class ConversionQuery(Filters[queries.ConversionQuery]):
    """How many orders reached each status of a funnel, and how many moved on, wherever they are now (F8)."""

    query: Literal["conversion"]
    funnel: Id


class LettersQuery(Part[queries.LettersQuery]):
    """The letters that were sent (N2)."""

    query: Literal["letters"]
    contact: Id | None = Field(None, description="Only letters to this contact.")
    order: Id | None = Field(None, description="Only letters about this order.")


class OffersQuery(Part[queries.OffersQuery]):
    """All offers by code, or only those in a state or with a text in the code or title (O1, V8)."""

    query: Literal["offers"]
    state: OfferState | None = None
    search: Word | None = None


class OfferQuery(Part[queries.OfferQuery]):
    """An offer in its newest version, or in an older one (O8, V8)."""

    query: Literal["offer"]
    offer: Id
    offer_version: Annotated[int, Field(ge=1)] | None = None


class QuoteQuery(Part[queries.QuoteQuery]):
    """The price and payments that opening an offer now would give, for a sales page; nothing is made (O3)."""

    query: Literal["quote"]
    offer: Id
    contact: Id | None = None
    payment_option: Id | None = None


class PaymentLinkQuery(OfOrder[queries.PaymentLinkQuery]):
    """The link through which an unpaid payment can be paid now (P3). A gateway makes it, so it cannot be in a batch."""

    query: Literal["payment_link"]
    payment: Id


class OfferImpactQuery(Part[queries.OfferImpactQuery]):
    """The lines whose windows an edit of an offer would change (O8)."""

    query: Literal["offer_impact"]
    command: EditOffer
    limit: Annotated[int, Field(ge=1, le=500)] | None = Field(
        None, description="The most rows; with it the answer is a page with `rows` and `next`."
    )
    after: Cursor | None = None


class ActionsQuery(OfOrder[queries.ActionsQuery]):
    """The commands that an order would accept now: each with null, or with the code of the refusal (V8)."""

    query: Literal["actions"]


class ProjectQuery(Part[queries.ProjectQuery]):
    """The settings of the project (V8)."""

    query: Literal["project"]


class GatewaysQuery(Part[queries.GatewaysQuery]):
    """The connected gateways and what they can do (V8, P3)."""

    query: Literal["gateways"]


class TagsQuery(Part[queries.TagsQuery]):
    """The tags in use, with the number of orders for each (V8)."""

    query: Literal["tags"]


class FunnelsQuery(Part[queries.FunnelsQuery]):
    """All funnels with their statuses and rules, the default funnel first (V8, F1)."""

    query: Literal["funnels"]


class FunnelQuery(Part[queries.FunnelQuery]):
    """A funnel with its statuses and rules (V8, F1)."""

    query: Literal["funnel"]
    funnel: Id


class ContactsQuery(Part[queries.ContactsQuery]):
    """A page of contacts, sorted by name (V8)."""

    query: Literal["contacts"]
    search: Word | None = Field(None, description="A part of the name, e-mail or phone (V3).")
    limit: int = Field(50, ge=1, le=500)
    after: Cursor | None = None


class ContactQuery(Part[queries.ContactQuery]):
    """A contact: what they bought, paid and owe (V8)."""

    query: Literal["contact"]
    contact: Id


class StaffQuery(Part[queries.StaffQuery]):
    """A page of staff members, sorted by name (V8)."""

    query: Literal["staff"]
    search: Word | None = Field(None, description="Parts of the words of a name (V3).")
    limit: int = Field(50, ge=1, le=500)
    after: Cursor | None = None


class CourseQuery(Part[queries.CourseQuery]):
    """The outline of a product (V8)."""

    query: Literal["course"]
    product: Id


class TasksQuery(Part[queries.TasksQuery]):
    """The tasks of all orders, sorted by due date (O14)."""

    query: Literal["tasks"]
    assignee: Id | None = None
    done: bool | None = None
    due_from: DateOrInstant | None = None
    due_until: DateOrInstant | None = None


class ChangesQuery(Part[queries.ChangesQuery]):
    """The changes of orders since a cursor, for live pages and other systems (V8)."""

    query: Literal["changes"]
    after: Cursor | None = Field(None, description="The cursor to continue from; by default from the start.")
    limit: int = Field(100, ge=0, le=500, description="The most rows; 0 gives only the present cursor.")


class ParkedDeliveriesQuery(Part[queries.ParkedDeliveriesQuery]):
    """The parked rows of the outbox, the oldest first (N1)."""

    query: Literal["parked_deliveries"]
    after: Cursor | None = None
    limit: int = Field(50, ge=1, le=500)


class TakingsQuery(Part[queries.TakingsQuery]):
    """Received and refunded money, each on its own day (V8)."""

    query: Literal["takings"]
    starts_at: DateOrInstant = Field(alias="from")
    until: DateOrInstant = Field(description="The end: an instant, or the last day (included).")
    by: Literal["day", "month", "offer", "product", "manager", "gateway", "kind"] = "day"


class TextsQuery(Part[queries.TextsQuery]):
    """The texts for fields, codes, statuses, kinds, events and units in a language (V8)."""

    query: Literal["texts"]
    locale: Literal["uk", "ru", "en"] | None = Field(None, description="The language; by default that of the project.")


class DueQuery(Part[queries.DueQuery]):
    """The due work up to an instant or a day that has not been recorded yet (V8, P14)."""

    query: Literal["due"]
    until: DateOrInstant | None = Field(None, description="An instant, or the last day (included); by default now.")
    limit: int = Field(100, ge=1, le=500)


class PreviewQuery(Part[queries.PreviewQuery]):
    """What a command would change, write and send (K3)."""

    query: Literal["preview"]
    command: AnyCommand


_Single = (
    OrderQuery
    | CustomerOrderQuery
    | CustomerOrdersQuery
    | AccessQuery
    | LessonsQuery
    | ScheduleQuery
    | CertificateQuery
    | ProductsQuery
    | ParticipantsQuery
    | StaysQuery
    | TimeInStatusQuery
    | OrdersQuery
    | BoardQuery
    | CountQuery
    | TotalsQuery
    | ConversionQuery
    | HistoryQuery
    | LettersQuery
    | OfferImpactQuery
    | QuoteQuery
    | OffersQuery
    | OfferQuery
    | PreviewQuery
    | ActionsQuery
    | ProjectQuery
    | GatewaysQuery
    | TagsQuery
    | FunnelsQuery
    | FunnelQuery
    | ContactsQuery
    | ContactQuery
    | StaffQuery
    | CourseQuery
    | TasksQuery
    | ChangesQuery
    | DueQuery
    | TakingsQuery
    | ParkedDeliveriesQuery
    | TextsQuery
)


class BatchQuery(Part[queries.BatchQuery]):
    """Several queries about one snapshot. If one is refused, the others are still answered (V8)."""

    query: Literal["batch"]
    queries: Annotated[
        Some[Annotated[_Single, Field(discriminator="query")]],
        Field(max_length=50, description="At most 50 queries, none of which is a batch."),
    ]


AnyQuery = Annotated[_Single | PaymentLinkQuery | BatchQuery, Field(discriminator="query")]
"""Any query; the field `query` names it."""

QUERIES: TypeAdapter[AnyQuery] = TypeAdapter(AnyQuery)
"""The reader of all queries."""


def read_query(document: object) -> Query[View]:
    """Read a query from parsed JSON.

    Raises:
        InvalidInput: with all its faults.
    """
    return read_as(QUERIES.validate_python, document).value()

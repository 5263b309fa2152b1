"""The queries of the wire; asking changes nothing (what they answer is in the views)."""

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

    order: Id = Field(description="The order, by its id.")


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
    """What a contact sees of their orders, the newest first; a twin that was superseded is left out (V5, V6)."""

    query: Literal["customer_orders"]
    contact: Id


class HistoryQuery(LinkedPart[queries.HistoryQuery]):
    """What happened to an order (O10), an offer or a funnel (O15), from the start."""

    query: Literal["history"]
    order: Id | None = Field(None, description="The order, by its id.")
    offer: Id | None = Field(None, description="The offer, by its code.")
    funnel: Id | None = Field(None, description="The funnel, by its id.")
    limit: Annotated[int, Field(ge=1, le=500)] | None = Field(None, description="With it: a page, `rows` and `next`.")
    after: Cursor | None = None

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report the history of nothing, or of several things."""
        if [document.get(name) for name in ("order", "offer", "funnel")].count(None) != 2:
            yield Complaint((), INVALID, "either an order, an offer or a funnel")


class AccessQuery(OfLearner[queries.AccessQuery]):
    """Whether a product is open to a contact, and why not (A1-A8)."""

    query: Literal["access"]
    at: Instant | None = Field(None, description="Any instant, past or to come; by default now (T6).")


class LessonsQuery(OfLearner[queries.LessonsQuery]):
    """Which lessons are open, and why the others are not (L1-L9)."""

    query: Literal["lessons"]
    at: Instant | None = Field(None, description="Any instant, past or to come; by default now (T6).")


class ScheduleQuery(OfLearner[queries.ScheduleQuery]):
    """What opens and closes when (L12)."""

    query: Literal["schedule"]
    starts_at: DateOrInstant | None = Field(None, alias="from", description="By default the whole of it.")


class CertificateQuery(OfLearner[queries.CertificateQuery]):
    """Whether a certificate can be issued, and what is unmet (C2)."""

    query: Literal["certificate"]


class ProductsQuery(Part[queries.ProductsQuery]):
    """Which products a contact has orders for, and whether each is open (V6)."""

    query: Literal["products"]
    contact: Id
    at: Instant | None = Field(None, description="Any instant, past or to come; by default now (T6).")


class ParticipantsQuery(Part[queries.ParticipantsQuery]):
    """Who has orders for a product, and whether it is open to each; a page, newest orders first (V6)."""

    query: Literal["participants"]
    product: Id
    at: Instant | None = Field(None, description="Any instant, past or to come; by default now (T6).")
    limit: int = Field(50, ge=1, le=500)
    after: Cursor | None = None


class StaysQuery(OfOrder[queries.StaysQuery]):
    """Where an order stood in its funnels, from when to when (F8)."""

    query: Literal["stays"]


class TimeInStatusQuery(OfOrder[queries.TimeInStatusQuery]):
    """How long an order stood in each status, until now (F8)."""

    query: Literal["time_in_status"]


class OrdersQuery(Filters[queries.OrdersQuery]):
    """A page of orders (V1)."""

    query: Literal["orders"]
    funnel: OneOrMany[Id] = ()
    sort: _Sort = Field("-created", description="`-` before it: from the last to the first.")
    limit: int = Field(50, ge=1, le=500)
    after: Cursor | None = None

    def named(self) -> dict[str, object]:
        """Give the fields that the document names, direction apart."""
        # The wire writes one word with a sign; the domain has two fields.
        named = super().named()
        return {**named, "sort": self.sort.removeprefix("-"), "descending": self.sort.startswith("-")}


class BoardQuery(Filters[queries.BoardQuery]):
    """The kanban board of a funnel: counts, sums and the first cards of each status (V2)."""

    query: Literal["board"]
    funnel: Id
    cards: int = Field(20, ge=0, le=200, description="How many cards of each status.")


class CountQuery(Filters[queries.CountQuery]):
    """How many orders a list has, on all its pages (V1)."""

    query: Literal["count"]
    funnel: OneOrMany[Id] = ()


class TotalsQuery(Filters[queries.TotalsQuery]):
    """What the orders of a list are worth, per currency: total, paid net, owed (V1, P7)."""

    query: Literal["totals"]
    funnel: OneOrMany[Id] = ()


class ConversionQuery(Filters[queries.ConversionQuery]):
    """How many orders came to each status of a funnel, and how many of them further, wherever they stand now (F8)."""

    query: Literal["conversion"]
    funnel: Id


class LettersQuery(Part[queries.LettersQuery]):
    """The letters that were handed to the notifier (N2)."""

    query: Literal["letters"]
    contact: Id | None = Field(None, description="Only those to this contact.")
    order: Id | None = Field(None, description="Only those about this order.")


class OffersQuery(Part[queries.OffersQuery]):
    """All offers, by code, or those in a state, or with a text in code or title (O1, V8)."""

    query: Literal["offers"]
    state: OfferState | None = None
    search: Word | None = None


class OfferQuery(Part[queries.OfferQuery]):
    """An offer as it is now, or an older version of it (O8, V8)."""

    query: Literal["offer"]
    offer: Id
    offer_version: Annotated[int, Field(ge=1)] | None = None


class QuoteQuery(Part[queries.QuoteQuery]):
    """What opening an offer now would make, for a page that shows its price; nothing is made (O3)."""

    query: Literal["quote"]
    offer: Id
    contact: Id | None = None
    payment_option: Id | None = None


class PaymentLinkQuery(OfOrder[queries.PaymentLinkQuery]):
    """The link by which an unpaid payment is paid now (P3). It is made by a gateway, so it is not part of a batch."""

    query: Literal["payment_link"]
    payment: Id


class OfferImpactQuery(Part[queries.OfferImpactQuery]):
    """Whose windows an edit of an offer would move (O8)."""

    query: Literal["offer_impact"]
    command: EditOffer
    limit: Annotated[int, Field(ge=1, le=500)] | None = Field(None, description="With it: a page, `rows` and `next`.")
    after: Cursor | None = None


class ActionsQuery(OfOrder[queries.ActionsQuery]):
    """What may be done with an order now: each command with null, or the code it would be refused with (V8)."""

    query: Literal["actions"]


class ProjectQuery(Part[queries.ProjectQuery]):
    """The settings of the project (V8)."""

    query: Literal["project"]


class GatewaysQuery(Part[queries.GatewaysQuery]):
    """The connected gateways, with what they can do (V8, P3)."""

    query: Literal["gateways"]


class TagsQuery(Part[queries.TagsQuery]):
    """The tags in use, with how many orders have each (V8)."""

    query: Literal["tags"]


class FunnelsQuery(Part[queries.FunnelsQuery]):
    """All funnels with their statuses and rules, the default one first (V8, F1)."""

    query: Literal["funnels"]


class FunnelQuery(Part[queries.FunnelQuery]):
    """A funnel with its statuses and rules (V8, F1)."""

    query: Literal["funnel"]
    funnel: Id


class ContactsQuery(Part[queries.ContactsQuery]):
    """A page of contacts, by name (V8)."""

    query: Literal["contacts"]
    search: Word | None = Field(None, description="Name, e-mail or phone (V3).")
    limit: int = Field(50, ge=1, le=500)
    after: Cursor | None = None


class ContactQuery(Part[queries.ContactQuery]):
    """A contact with what it bought, paid and owes (V8)."""

    query: Literal["contact"]
    contact: Id


class StaffQuery(Part[queries.StaffQuery]):
    """A page of the people of the staff, by name (V8)."""

    query: Literal["staff"]
    search: Word | None = Field(None, description="Words of the name, each by any part (V3).")
    limit: int = Field(50, ge=1, le=500)
    after: Cursor | None = None


class CourseQuery(Part[queries.CourseQuery]):
    """The outline of a product (V8)."""

    query: Literal["course"]
    product: Id


class TasksQuery(Part[queries.TasksQuery]):
    """Tasks over all orders, by when they are due (O14)."""

    query: Literal["tasks"]
    assignee: Id | None = None
    done: bool | None = None
    due_from: DateOrInstant | None = None
    due_until: DateOrInstant | None = None


class ChangesQuery(Part[queries.ChangesQuery]):
    """What happened to orders since a cursor, for live pages and other systems (V8)."""

    query: Literal["changes"]
    after: Cursor | None = Field(None, description="By default from the start.")
    limit: int = Field(100, ge=0, le=500, description="Of 0: only the cursor of now.")


class ParkedDeliveriesQuery(Part[queries.ParkedDeliveriesQuery]):
    """The parked rows of the outbox, the oldest first (N1)."""

    query: Literal["parked_deliveries"]
    after: Cursor | None = None
    limit: int = Field(50, ge=1, le=500)


class TakingsQuery(Part[queries.TakingsQuery]):
    """Money in and money back, each on its own day (V8)."""

    query: Literal["takings"]
    starts_at: DateOrInstant = Field(alias="from")
    until: DateOrInstant = Field(description="A day is included whole.")
    by: Literal["day", "month", "offer", "product", "manager", "gateway", "kind"] = "day"


class TextsQuery(Part[queries.TextsQuery]):
    """What fields, codes, statuses, kinds, events and units are called (V8)."""

    query: Literal["texts"]
    locale: Literal["uk", "ru", "en"] | None = Field(None, description="By default that of the project.")


class DueQuery(Part[queries.DueQuery]):
    """What falls due by an instant or a day, and is not noted yet (V8, P14)."""

    query: Literal["due"]
    until: DateOrInstant | None = Field(None, description="By default now; a day is included whole.")
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
    """Several questions of one moment; one that is refused hinders no other (V8)."""

    query: Literal["batch"]
    queries: Annotated[
        Some[Annotated[_Single, Field(discriminator="query")]],
        Field(max_length=50, description="At most 50, none of which is a batch."),
    ]


AnyQuery = Annotated[_Single | PaymentLinkQuery | BatchQuery, Field(discriminator="query")]
"""Any query; its `query` says which."""

QUERIES: TypeAdapter[AnyQuery] = TypeAdapter(AnyQuery)
"""What reads them."""


def read_query(document: object) -> Query[View]:
    """Read a query from a document that was parsed from JSON.

    Raises:
        InvalidInput: with every fault of it.
    """
    return read_as(QUERIES.validate_python, document).value()

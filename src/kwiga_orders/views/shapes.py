"""The JSON shapes of answers to queries. Instants are UTC strings, amounts are decimal strings."""

from typing import Annotated, Literal, TypedDict

from kwiga_orders.codec import Json
from kwiga_orders.terms import AccessTerms
from kwiga_orders.views.customer_shapes import (
    CustomerLineView,
    CustomerOrderView,
    CustomerPaymentView,
    CustomerSubscriptionView,
)
from kwiga_orders.views.learning_shapes import CertificateNumberView, CertificateView, EntryView, UnmetView
from kwiga_orders.views.list_shapes import (
    BoardView,
    CardView,
    ChangesView,
    ColumnView,
    DeliveriesView,
    DueView,
    OrdersView,
    RowView,
    TakingsView,
    TaskRowView,
    TotalsView,
)
from kwiga_orders.views.offer_shapes import ImpactPageView, ImpactView, WindowView
from kwiga_orders.views.school_shapes import (
    ActorView,
    ContactsView,
    ContactView,
    CourseView,
    FunnelView,
    GatewayView,
    PeriodView,
    ProjectView,
    SoldOfferView,
    StaffView,
    TagView,
    TextsView,
)
from kwiga_orders.views.status_shapes import ConversionView, PassageView, StayView, TimeInStatusView
from kwiga_orders.views.sum_shapes import OrderSums

__all__ = [
    "AccessView",
    "AdjustmentView",
    "AttemptView",
    "AttentionView",
    "BoardView",
    "CardView",
    "CertificateNumberView",
    "CertificateView",
    "ClosedLessonView",
    "ColumnView",
    "ConversionView",
    "CustomerLineView",
    "CustomerOrderView",
    "CustomerPaymentView",
    "CustomerSubscriptionView",
    "EntryView",
    "EventView",
    "HistoryPageView",
    "ImpactPageView",
    "ImpactView",
    "LessonsView",
    "LetterView",
    "LineView",
    "NoteView",
    "OfferView",
    "OrderView",
    "OrdersView",
    "ParticipantView",
    "ParticipantsView",
    "PassageView",
    "PaymentLinkView",
    "PaymentView",
    "PreviewView",
    "PreviewedOrderView",
    "ProductView",
    "ReasonView",
    "RefundView",
    "RowView",
    "StayView",
    "TaskView",
    "TimeInStatusView",
    "TotalsView",
    "UnmetView",
    "View",
    "WindowView",
]


class OfferView(TypedDict):
    """The offer that an order was made from. `title` ends with the mark of O7 if a line is a custom copy."""

    code: str
    title: str
    option: str


class ReasonView(TypedDict):
    """One reason why a product or a lesson is closed, with its details (A5, L4).

    `payment` is due, asks for `asked`, and closes access `since` then. `checkpoint` is the lesson with the checkpoint,
    `lessons` are the lessons whose practices it waits for (L6).
    """

    code: str
    order: str | None
    until: str | None
    payment: str | None
    asked: str | None
    since: str | None
    checkpoint: str | None
    lessons: list[str]


class AdjustmentView(TypedDict):
    """A change of a line's window: who made it, when, and why (A13).

    `by` is the period of an extension. `ends_at` is the end that was set, or the end of a freeze from `starts_at`.
    """

    kind: Literal["extend", "set_end", "freeze"]
    at: str
    by: PeriodView | None
    starts_at: str | None
    ends_at: str | None
    actor: ActorView
    actor_name: str | None
    reason: str | None


class LineView(TypedDict):
    """A line: its terms, whether they follow the offer, and its window (O6, A2, A3)."""

    product: str
    price: str
    discount: str
    source: str
    version: int | None
    differs: list[str]
    terms: Annotated[Json, AccessTerms]
    curators: list[str]
    curator_names: list[str | None]
    product_title: str | None
    starts_at: str | None
    ends_at: str | None
    open: bool
    reasons: list[ReasonView]
    adjustments: list[AdjustmentView]
    dangling: list[str]
    late_lessons: list[str]


class AttemptView(TypedDict):
    """One attempt to pay (P4)."""

    id: str
    reference: str | None
    outcome: str
    at: str
    reason: str | None


class RefundView(TypedDict):
    """A refund, completed or still in flight (P10)."""

    id: str
    amount: str
    at: str
    outcome: str
    reference: str | None
    product: str | None
    reason: str | None
    chargeback: bool


class PaymentView(TypedDict):
    """A payment with its attempts and refunds (P1-P4)."""

    id: str
    state: str
    kind: str
    amount: str
    asked: str
    payable: bool
    on_top: str
    refunded: str
    created_at: str
    due_at: str
    overdue_at: str
    paid_at: str | None
    method: str
    gateway: str | None
    closes_access: bool
    attempts: list[AttemptView]
    refunds: list[RefundView]
    comment: str | None


class AttentionView(TypedDict):
    """Something that needs a person's attention (P16)."""

    id: str
    code: str
    at: str
    payment: str | None
    reference: str | None
    amount: str | None
    currency: str | None


class NoteView(TypedDict):
    """A note of a staff member (O14)."""

    id: str
    at: str
    actor: ActorView
    actor_name: str | None
    text: str


class TaskView(TypedDict):
    """A task of an order (O14)."""

    id: str
    title: str
    assignee: str | None
    assignee_name: str | None
    due_at: str | None
    done_at: str | None


class EventView(TypedDict):
    """One event of a history (O10, O15). `version` is that of the order, offer or funnel after the command (K2)."""

    at: str
    actor: ActorView
    actor_name: str | None
    version: int
    event: str
    command: str
    data: Json


class HistoryPageView(TypedDict):
    """A page of a history, from older to newer. `next` is the cursor of the next page, null on the last one (O10)."""

    rows: list[EventView]
    next: str | None


class StoppedView(TypedDict):
    """When and why the renewal of a subscription was stopped. `reason` is a person's words or a code (P13)."""

    at: str
    reason: str | None


class SubscriptionView(TypedDict):
    """A subscription: the price of a period, the paid periods and their end, and when the next one is due (P13)."""

    period_amount: str
    every: PeriodView
    periods: int | None
    paid_periods: int
    paid_through: str | None
    next_due_at: str | None
    stopped: StoppedView | None


class OrderView(OrderSums):
    """The card of an order for the staff (V4)."""

    id: str
    number: int
    type: str
    funnel: str
    status: str
    payment_status: str
    contact: str
    contact_name: str | None
    email: str | None
    phone: str | None
    funnel_name: str | None
    status_name: str | None
    offer_title: str | None
    manager: str | None
    manager_name: str | None
    responsibles: list[str]
    responsible_names: list[str | None]
    tags: list[str]
    comment: str | None
    notes: list[NoteView]
    tasks: list[TaskView]
    source: str | None
    offer: OfferView | None
    copied: bool
    lines: list[LineView]
    payments: list[PaymentView]
    subscription: SubscriptionView | None
    superseded_by: str | None
    needs_attention: bool
    attention: list[AttentionView]
    version: int
    created_at: str
    updated_at: str
    activated_at: str | None
    cancelled: bool
    history: list[EventView]


class AccessView(TypedDict):
    """Whether a product is open to a contact, why not, and when that changes (A5-A7)."""

    open: bool
    reasons: list[ReasonView]
    starts_at: str | None
    ends_at: str | None
    next_change_at: str | None
    orders: list[str]
    comments: bool


class ClosedLessonView(TypedDict):
    """Why a lesson is closed: each code once, then every reason. `opens_at`: when time alone opens it, or null (L1)."""

    reasons: list[str]
    why: list[ReasonView]
    opens_at: str | None


class LessonsView(TypedDict):
    """The open lessons, and why the others are closed (L1). `sections` are the open sections of closed lessons (L2).

    `titles` has the title of each lesson of the course.
    """

    open: list[str]
    closed: dict[str, ClosedLessonView]
    sections: list[str]
    titles: dict[str, str]


class ProductView(TypedDict):
    """A product that a contact has ordered, and the contact's access to it (V6)."""

    product: str
    product_title: str | None
    access: AccessView


class ParticipantView(TypedDict):
    """A contact who has ordered a product, and their access to it (V6)."""

    contact: str
    contact_name: str | None
    access: AccessView


class ParticipantsView(TypedDict):
    """A page of the participants of a product. `next` is the cursor of the next page, null on the last one (V6)."""

    rows: list[ParticipantView]
    next: str | None


class PaymentLinkView(TypedDict):
    """The page where a payment is paid, and the exact amount. The link expires at `until`, never if it is null (P3)."""

    url: str
    amount: str
    currency: str
    until: str | None


class LetterView(TypedDict):
    """A letter: its kind, recipient, order, when it was written, and the facts of its text (N2, N4)."""

    kind: str
    to: str
    to_name: str | None
    order: str
    at: str
    data: Json


class PreviewedOrderView(TypedDict):
    """An order that a job would change. `code`: why its command would be refused, null if it would not be (V10)."""

    order: str
    number: int
    contact: str
    contact_name: str | None
    code: str | None


class PreviewView(TypedDict):
    """What a command would do: the cards of the changed orders, the names of the events, the letters (K3).

    For a job it holds the first of its `orders`; `left` is the number of orders that are not shown (V10).
    """

    views: dict[str, OrderView]
    events: list[str]
    letters: list[LetterView]
    orders: list[PreviewedOrderView]
    left: int


class ProblemView(TypedDict):
    """An error: a stable code, an English sentence, and its details, without personal data (K5)."""

    code: str
    status: int
    message: str
    details: Json


View = (
    OrderView
    | CustomerOrderView
    | list[CustomerOrderView]
    | AccessView
    | LessonsView
    | list[EntryView]
    | CertificateView
    | list[ProductView]
    | PaymentLinkView
    | ParticipantsView
    | list[StayView]
    | list[TimeInStatusView]
    | OrdersView
    | BoardView
    | int
    | dict[str, TotalsView]
    | dict[str, str | None]
    | ProjectView
    | list[GatewayView]
    | list[TagView]
    | list[FunnelView]
    | FunnelView
    | ContactsView
    | ContactView
    | StaffView
    | CourseView
    | list[TaskRowView]
    | ChangesView
    | SoldOfferView
    | list[SoldOfferView]
    | list[DueView]
    | list[TakingsView]
    | DeliveriesView
    | TextsView
    | list[Json]
    | ConversionView
    | list[EventView]
    | HistoryPageView
    | list[LetterView]
    | list[ImpactView]
    | ImpactPageView
    | PreviewView
)
"""The answer to a query."""

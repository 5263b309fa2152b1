"""The shapes of the answers: what a frontend may rely on. Instants are strings in UTC, amounts decimal strings."""

from typing import Annotated, Literal, TypedDict

from kwiga_orders.codec import Json
from kwiga_orders.terms import AccessTerms
from kwiga_orders.views.customer_shapes import (
    CustomerLineView,
    CustomerOrderView,
    CustomerPaymentView,
    CustomerSubscriptionView,
)
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
    """The offer an order came from; `title` has the mark of O7 if a line is a copy."""

    code: str
    title: str
    option: str


class ReasonView(TypedDict):
    """One reason why a product or a lesson is closed, with what belongs to it (A5, L4).

    `payment` is due, asks for `asked`, and closes `since`. `checkpoint` is the lesson at which a checkpoint stands,
    `lessons` are those with practices that it waits for (L6).
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
    """What was done to the window of a line: who did it, when, and why (A13).

    `by` is the period of an extension, `ends_at` the end that was set, or that of a freeze, which begins `starts_at`.
    """

    kind: Literal["extend", "set_end", "freeze"]
    at: str
    by: PeriodView | None
    starts_at: str | None
    ends_at: str | None
    actor: ActorView
    reason: str | None


class LineView(TypedDict):
    """A line: whose terms it has, what they are, and the window that follows (O6, A2, A3)."""

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
    """One try to pay (P4)."""

    id: str
    reference: str | None
    outcome: str
    at: str
    reason: str | None


class RefundView(TypedDict):
    """Money that went back, or is on its way (P10)."""

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
    """Something that a person must look at (P16)."""

    id: str
    code: str
    at: str
    payment: str | None
    reference: str | None
    amount: str | None
    currency: str | None


class NoteView(TypedDict):
    """What somebody of the team noted (O14)."""

    id: str
    at: str
    actor: ActorView
    text: str


class TaskView(TypedDict):
    """Something to do about an order (O14)."""

    id: str
    title: str
    assignee: str | None
    assignee_name: str | None
    due_at: str | None
    done_at: str | None


class EventView(TypedDict):
    """A row of history (O10, O15); `version` is that of the order, offer or funnel after the command (K2)."""

    at: str
    actor: ActorView
    version: int
    event: str
    command: str
    data: Json


class HistoryPageView(TypedDict):
    """A page of history, from older to newer; `next` is the cursor of the next page, null on the last (O10)."""

    rows: list[EventView]
    next: str | None


class StoppedView(TypedDict):
    """Since when the renewal of a subscription is stopped, and why: in words, or by its code (P13)."""

    at: str
    reason: str | None


class SubscriptionView(TypedDict):
    """The price of a period, how many periods are paid and until when, and when the next is due (P13)."""

    period_amount: str
    every: PeriodView
    periods: int | None
    paid_periods: int
    paid_through: str | None
    next_due_at: str | None
    stopped: StoppedView | None


class OrderView(OrderSums):
    """The staff's card of an order (V4)."""

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
    """Why a lesson is closed: each code once, and every reason; `opens_at` is when time alone opens it (L1)."""

    reasons: list[str]
    why: list[ReasonView]
    opens_at: str | None


class LessonsView(TypedDict):
    """Which lessons are open, and why the others are not (L1); `sections`: open ones of closed lessons (L2)."""

    open: list[str]
    closed: dict[str, ClosedLessonView]
    sections: list[str]


class EntryView(TypedDict):
    """One entry of a schedule; `after_checkpoint` is the lesson whose checkpoint must be passed before (L12)."""

    at: str
    what: str
    lesson: str | None
    after_checkpoint: str | None
    order: str | None
    payment: str | None


class CertificateNumberView(TypedDict):
    """A certificate: its number, and when it was issued or revoked (C3, C4)."""

    number: int
    at: str


class UnmetView(TypedDict):
    """A condition that is not met, with its progress (C2)."""

    code: str
    have: int | str | None
    need: int | str | None
    test: str | None


class CertificateView(TypedDict):
    """Whether a certificate can be issued, and what is unmet (C2)."""

    eligible: bool
    issued: CertificateNumberView | None
    revoked: CertificateNumberView | None
    unmet: list[UnmetView]


class ProductView(TypedDict):
    """A product that a contact has orders for, and whether it is open to them (V6)."""

    product: str
    product_title: str | None
    access: AccessView


class ParticipantView(TypedDict):
    """A contact who has orders for a product, and whether it is open to them (V6)."""

    contact: str
    contact_name: str | None
    access: AccessView


class ParticipantsView(TypedDict):
    """A page of the participants of a product; `next` asks for the page after it (V6)."""

    rows: list[ParticipantView]
    next: str | None


class PaymentLinkView(TypedDict):
    """Where a payment is paid, and exactly how much; `until` is when the link ends, null if it does not (P3)."""

    url: str
    amount: str
    currency: str
    until: str | None


class LetterView(TypedDict):
    """A letter: its kind, to whom, about which order, when it was written, and its facts (N2, N4)."""

    kind: str
    to: str
    order: str
    at: str
    data: Json


class PreviewedOrderView(TypedDict):
    """An order that a job would take; `code` is what its command would be refused with, null if it would not (V10)."""

    order: str
    number: int
    contact: str
    contact_name: str | None
    code: str | None


class PreviewView(TypedDict):
    """What a command would do: the order's card, the names of the events, the letters (K3).

    For a job it holds the first of its `orders`; `left` is the number of orders that are not shown (V10).
    """

    views: dict[str, OrderView]
    events: list[str]
    letters: list[LetterView]
    orders: list[PreviewedOrderView]
    left: int


class ProblemView(TypedDict):
    """An error: a stable code, a sentence in English, and the values that matter, without personal data (K5)."""

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
"""Anything that a question answers."""

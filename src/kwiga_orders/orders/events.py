"""What happened to an order, in the past tense; history is made of these, and folding them gives the order (O10).

Each event carries all that the fold needs, and what was there before where something was replaced.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

import attrs

from kwiga_orders.commands import UNSET, Unset
from kwiga_orders.money import Money
from kwiga_orders.offers import Discount
from kwiga_orders.orders.state import Anomaly, Line, Order, Task, Terms
from kwiga_orders.payments import Attempt, Method, Payment, PaymentKind, Refund
from kwiga_orders.periods import Period
from kwiga_orders.project import Actor

__all__ = [
    "AccessEndSet",
    "AccessExtended",
    "AccessFrozen",
    "AccessUnfrozen",
    "AttemptRecorded",
    "CertificateIssued",
    "CertificateRevoked",
    "Event",
    "EventReported",
    "LineAdded",
    "LineEdited",
    "LineFields",
    "LineFollowed",
    "LineRemoved",
    "OrderActivated",
    "OrderCancelled",
    "OrderCreated",
    "OrderEdited",
    "OrderFields",
    "OrderMoved",
    "OrderPaid",
    "OrderPartiallyPaid",
    "OrderPartiallyRefunded",
    "OrderRefunded",
    "OrderReopened",
    "OrderSubscribed",
    "OrderSuperseded",
    "PaymentAdded",
    "PaymentAnomaly",
    "PaymentEdited",
    "PaymentFailed",
    "PaymentFields",
    "PaymentPaid",
    "PaymentRefunded",
    "PaymentVoided",
    "Recorded",
    "RefundRecorded",
    "ReminderSent",
    "RenewalResumed",
    "RenewalStopped",
    "RuleSkipped",
    "TaskAdded",
    "TaskCompleted",
]


# The order


@attrs.frozen(kw_only=True)
class OrderCreated:
    """An order was made; `order` is how it was born, without payments."""

    name: ClassVar[str] = "order.created"
    order: Order


@attrs.frozen(kw_only=True)
class OrderSubscribed:
    """It was made by subscription (F8)."""

    name: ClassVar[str] = "order.subscribed"


@attrs.frozen(kw_only=True)
class OrderActivated:
    """Net paid money reached what opens it, at that instant (P5).

    `before` is when it was thought to be, if a fact that came late moved the instant.
    """

    name: ClassVar[str] = "order.activated"
    activated_at: datetime
    before: datetime | None = None


@attrs.frozen(kw_only=True)
class OrderFields:
    """The fields of an order that an edit names."""

    manager: str | None | Unset = UNSET
    responsibles: tuple[str, ...] | Unset = UNSET
    tags: tuple[str, ...] | Unset = UNSET
    comment: str | None | Unset = UNSET
    discount: Discount | None | Unset = UNSET


@attrs.frozen(kw_only=True)
class OrderEdited:
    """The staff changed what is noted of it, or its discount."""

    name: ClassVar[str] = "order.edited"
    before: OrderFields
    after: OrderFields


@attrs.frozen(kw_only=True)
class OrderMoved:
    """It went from one status to another, by hand or by an event (F4, F5)."""

    name: ClassVar[str] = "order.moved"
    from_funnel: str
    from_status: str
    to_funnel: str
    to_status: str
    by: str


@attrs.frozen(kw_only=True)
class OrderCancelled:
    """It was cancelled (O12)."""

    name: ClassVar[str] = "order.cancelled"
    reason: str | None = None


@attrs.frozen(kw_only=True)
class OrderReopened:
    """Its cancellation was taken back (O12)."""

    name: ClassVar[str] = "order.reopened"
    reason: str | None = None


@attrs.frozen(kw_only=True)
class OrderSuperseded:
    """A newer opening of the same offer took its place; None: it was activated after all (O3)."""

    name: ClassVar[str] = "order.superseded"
    by: str | None


# What its money adds up to (F4)


@attrs.frozen(kw_only=True)
class OrderPartiallyPaid:
    """Its payment status became `partially_paid`."""

    name: ClassVar[str] = "order.partially_paid"


@attrs.frozen(kw_only=True)
class OrderPaid:
    """Its payment status became `paid`."""

    name: ClassVar[str] = "order.paid"


@attrs.frozen(kw_only=True)
class OrderPartiallyRefunded:
    """Its payment status became `partially_refunded`."""

    name: ClassVar[str] = "order.partially_refunded"


@attrs.frozen(kw_only=True)
class OrderRefunded:
    """Its payment status became `refunded`."""

    name: ClassVar[str] = "order.refunded"


# Lines


@attrs.frozen(kw_only=True)
class LineAdded:
    """A product was added (O13)."""

    name: ClassVar[str] = "line.added"
    line: Line


@attrs.frozen(kw_only=True)
class LineFields:
    """The fields of a line that an edit changed."""

    price: Money | Unset = UNSET
    source: Terms | Unset = UNSET
    curators: tuple[str, ...] | Unset = UNSET


@attrs.frozen(kw_only=True)
class LineEdited:
    """Price, terms or curators of a line changed (O7, L11)."""

    name: ClassVar[str] = "line.edited"
    product: str
    before: LineFields
    after: LineFields


@attrs.frozen(kw_only=True)
class LineRemoved:
    """A product was taken out (O13)."""

    name: ClassVar[str] = "line.removed"
    product: str


@attrs.frozen(kw_only=True)
class LineFollowed:
    """A line was put back to its offer, from that version on (O7)."""

    name: ClassVar[str] = "line.followed"
    product: str
    since: int


# Payments


@attrs.frozen(kw_only=True)
class PaymentAdded:
    """Something is owed (P1)."""

    name: ClassVar[str] = "payment.added"
    payment: Payment
    notify: bool = False


@attrs.frozen(kw_only=True)
class PaymentFields:
    """The fields of a payment that an edit changed."""

    amount: Money | Unset = UNSET
    kind: PaymentKind | Unset = UNSET
    due_at: datetime | Unset = UNSET
    method: Method | Unset = UNSET
    gateway: str | None | Unset = UNSET
    closes_access: bool | Unset = UNSET
    comment: str | None | Unset = UNSET


@attrs.frozen(kw_only=True)
class PaymentEdited:
    """A payment was changed (P2)."""

    name: ClassVar[str] = "payment.edited"
    payment: str
    before: PaymentFields
    after: PaymentFields


@attrs.frozen(kw_only=True)
class PaymentVoided:
    """Nothing is owed for a payment any more (P2)."""

    name: ClassVar[str] = "payment.voided"
    payment: str


@attrs.frozen(kw_only=True)
class PaymentPaid:
    """A payment was paid, by hand or by the attempt given (P6)."""

    name: ClassVar[str] = "payment.paid"
    payment: str
    paid_at: datetime
    comment: str | Unset = UNSET
    attempt: Attempt | None = None


@attrs.frozen(kw_only=True)
class PaymentFailed:
    """An attempt to pay failed (P4)."""

    name: ClassVar[str] = "payment.failed"
    payment: str
    attempt: Attempt


@attrs.frozen(kw_only=True)
class AttemptRecorded:
    """An attempt began, or its outcome became known without changing whether the payment is paid (P4)."""

    name: ClassVar[str] = "attempt.recorded"
    payment: str
    attempt: Attempt


@attrs.frozen(kw_only=True)
class PaymentRefunded:
    """Money went back (P9)."""

    name: ClassVar[str] = "payment.refunded"
    payment: str
    refund: Refund


@attrs.frozen(kw_only=True)
class RefundRecorded:
    """A refund was asked for, or failed: no sum changes (P10)."""

    name: ClassVar[str] = "refund.recorded"
    payment: str
    refund: Refund


@attrs.frozen(kw_only=True)
class PaymentAnomaly:
    """A gateway reported what contradicts what is known (P11)."""

    name: ClassVar[str] = "payment.anomaly"
    anomaly: Anomaly


@attrs.frozen(kw_only=True)
class ReminderSent:
    """A letter about an unpaid payment was asked for (P14)."""

    name: ClassVar[str] = "reminder.sent"
    payment: str


@attrs.frozen(kw_only=True)
class RenewalStopped:
    """No more payments are made for the subscription (P13)."""

    name: ClassVar[str] = "renewal.stopped"


@attrs.frozen(kw_only=True)
class RenewalResumed:
    """Payments are made for the subscription again (P13)."""

    name: ClassVar[str] = "renewal.resumed"


# Access


@attrs.frozen(kw_only=True)
class AccessExtended:
    """The end of a line's access was moved on (A9)."""

    name: ClassVar[str] = "access.extended"
    product: str
    by: Period


@attrs.frozen(kw_only=True)
class AccessEndSet:
    """The end of a line's access was set (A10)."""

    name: ClassVar[str] = "access.end_set"
    product: str
    at: datetime | None


@attrs.frozen(kw_only=True)
class AccessFrozen:
    """A line's access was frozen, now or from a later instant (A11)."""

    name: ClassVar[str] = "access.frozen"
    product: str
    starts_at: datetime
    ends_at: datetime


@attrs.frozen(kw_only=True)
class AccessUnfrozen:
    """The freeze of a line that began, or was to begin, at `starts_at` was ended, or taken back (A11)."""

    name: ClassVar[str] = "access.unfrozen"
    product: str
    starts_at: datetime


# Tasks, host events, rules, certificates


@attrs.frozen(kw_only=True)
class TaskAdded:
    """Something to do was noted."""

    name: ClassVar[str] = "task.added"
    task: Task


@attrs.frozen(kw_only=True)
class TaskCompleted:
    """It is done."""

    name: ClassVar[str] = "task.completed"
    task: str


@attrs.frozen(kw_only=True)
class EventReported:
    """The host reported an event; `fires` says that a rule answered to it for the first time (F4)."""

    name: ClassVar[str] = "event.reported"
    event: str
    data: Mapping[str, object] = attrs.field(factory=dict)
    fires: bool = False


@attrs.frozen(kw_only=True)
class RuleSkipped:
    """A rule answers to that event, but not from the status the order stands in (F4)."""

    name: ClassVar[str] = "rule.skipped"
    event: str
    status: str


@attrs.frozen(kw_only=True)
class CertificateIssued:
    """A certificate was issued (C3)."""

    name: ClassVar[str] = "certificate.issued"
    product: str
    number: int


@attrs.frozen(kw_only=True)
class CertificateRevoked:
    """It was revoked by a full refund (C4)."""

    name: ClassVar[str] = "certificate.revoked"
    product: str
    number: int


Event = (
    OrderCreated
    | OrderSubscribed
    | OrderActivated
    | OrderEdited
    | OrderMoved
    | OrderCancelled
    | OrderReopened
    | OrderSuperseded
    | OrderPartiallyPaid
    | OrderPaid
    | OrderPartiallyRefunded
    | OrderRefunded
    | LineAdded
    | LineEdited
    | LineRemoved
    | LineFollowed
    | PaymentAdded
    | PaymentEdited
    | PaymentVoided
    | PaymentPaid
    | PaymentFailed
    | AttemptRecorded
    | PaymentRefunded
    | RefundRecorded
    | PaymentAnomaly
    | ReminderSent
    | RenewalStopped
    | RenewalResumed
    | AccessExtended
    | AccessEndSet
    | AccessFrozen
    | AccessUnfrozen
    | TaskAdded
    | TaskCompleted
    | EventReported
    | RuleSkipped
    | CertificateIssued
    | CertificateRevoked
)
"""Everything that can happen to an order."""


@attrs.frozen(kw_only=True)
class Recorded:
    """A row of history: what happened to which order, when, by whom, from which command (O10).

    `version` is the order's after that command (K2); all events of one command share it.
    """

    order: str
    version: int
    at: datetime
    actor: Actor
    command: str
    event: Event

"""Events of an order as a whole: made, edited, moved, cancelled; and changes of its payment status."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import attrs

from kwiga_orders.commands import UNSET, Unset
from kwiga_orders.offers import Discount
from kwiga_orders.orders.state import Order

__all__ = [
    "CertificateIssued",
    "CertificateRevoked",
    "DueKind",
    "DueNoted",
    "EventReported",
    "LetterSent",
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
    "RuleSkipped",
]


@attrs.frozen(kw_only=True)
class OrderCreated:
    """An order was made; `order` is its first state, without payments."""

    name: ClassVar[str] = "order.created"
    order: Order


@attrs.frozen(kw_only=True)
class OrderSubscribed:
    """The order was made as a subscription (F8)."""

    name: ClassVar[str] = "order.subscribed"


@attrs.frozen(kw_only=True)
class OrderActivated:
    """The order was activated: net paid money reached the amount that opens it (P5).

    `before` is the earlier instant of activation, if a late fact has moved it.
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
    """The staff changed fields of the order, or its discount."""

    name: ClassVar[str] = "order.edited"
    before: OrderFields
    after: OrderFields


@attrs.frozen(kw_only=True)
class OrderMoved:
    """The order moved from one status to another, by hand or by an event (F4, F5)."""

    name: ClassVar[str] = "order.moved"
    from_funnel: str
    from_status: str
    to_funnel: str
    to_status: str
    by: str


@attrs.frozen(kw_only=True)
class OrderCancelled:
    """The order was cancelled (O12)."""

    name: ClassVar[str] = "order.cancelled"
    reason: str | None = None


@attrs.frozen(kw_only=True)
class OrderReopened:
    """The cancellation was undone (O12); with `restores`, the payments that it voided are valid again."""

    name: ClassVar[str] = "order.reopened"
    reason: str | None = None
    restores: bool = False


@attrs.frozen(kw_only=True)
class OrderSuperseded:
    """A newer opening of the same offer superseded the order; `by` None: it was activated after all (O3)."""

    name: ClassVar[str] = "order.superseded"
    by: str | None


@attrs.frozen(kw_only=True)
class OrderPartiallyPaid:
    """The payment status became `partially_paid`."""

    name: ClassVar[str] = "order.partially_paid"


@attrs.frozen(kw_only=True)
class OrderPaid:
    """The payment status became `paid`."""

    name: ClassVar[str] = "order.paid"


@attrs.frozen(kw_only=True)
class OrderPartiallyRefunded:
    """The payment status became `partially_refunded`."""

    name: ClassVar[str] = "order.partially_refunded"


@attrs.frozen(kw_only=True)
class OrderRefunded:
    """The payment status became `refunded`."""

    name: ClassVar[str] = "order.refunded"


@attrs.frozen(kw_only=True)
class EventReported:
    """The host reported an event; `fires` says that a rule reacted to it for the first time (F4)."""

    name: ClassVar[str] = "event.reported"
    event: str
    product: str | None = None
    data: Mapping[str, object] = attrs.field(factory=dict)
    fires: bool = False

    @property
    def key(self) -> str:
        """The key under which the move is noted, so that the event moves the order only once for each product (F4)."""
        return self.event if self.product is None else f"{self.event}:{self.product}"


@attrs.frozen(kw_only=True)
class RuleSkipped:
    """A rule for this event did not fire, because it does not apply to the order's status (F4)."""

    name: ClassVar[str] = "rule.skipped"
    event: str
    status: str


class DueKind(StrEnum):
    """What the due work announces; several at one instant are announced in this order."""

    RENEWAL = "renewal"
    CHARGE = "charge"
    PAYMENT_UPCOMING = "payment_upcoming"
    PAYMENT_DUE = "payment_due"
    ACCESS_STARTED = "access_started"
    FREEZE_ENDED = "freeze_ended"
    ACCESS_EXPIRING = "access_expiring"
    ACCESS_ENDED = "access_ended"
    ACCESS_EXPIRED = "access_expired"
    PAYMENT_OVERDUE = "payment_overdue"


@attrs.frozen(kw_only=True)
class DueNoted:
    """Something fell due at `due_at`; it is announced only once for its key (P14).

    It `is_old` if that was too long ago for a letter.
    """

    name: ClassVar[str] = "due.noted"
    due: DueKind
    key: str
    due_at: datetime
    product: str | None = None
    payment: str | None = None
    is_old: bool = False


@attrs.frozen(kw_only=True)
class LetterSent:
    """A letter was sent again, by hand (N2)."""

    name: ClassVar[str] = "letter.sent"
    kind: str
    payment: str | None = None
    product: str | None = None


@attrs.frozen(kw_only=True)
class CertificateIssued:
    """A certificate was issued (C3).

    `issued_at` is given if it was issued before, and is now restored, or carried over from `carried_from` (C4).
    """

    name: ClassVar[str] = "certificate.issued"
    product: str
    number: int
    issued_at: datetime | None = None
    carried_from: str | None = None


@attrs.frozen(kw_only=True)
class CertificateRevoked:
    """A certificate was revoked by a full refund, or by hand with a `reason` (C4, C5).

    With `given_back_to` it was returned to the order from which it had been carried over.
    """

    name: ClassVar[str] = "certificate.revoked"
    product: str
    number: int
    reason: str | None = None
    given_back_to: str | None = None

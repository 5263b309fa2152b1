"""What happens to payments, attempts, refunds and subscriptions (P1-P14)."""

from datetime import datetime
from typing import ClassVar

import attrs

from kwiga_orders.commands import UNSET, Unset
from kwiga_orders.money import Money
from kwiga_orders.orders.state import Anomaly
from kwiga_orders.payments import Attempt, Method, Payment, PaymentKind, Refund

__all__ = [
    "AttemptRecorded",
    "PaymentAdded",
    "PaymentAnomaly",
    "PaymentEdited",
    "PaymentFailed",
    "PaymentFields",
    "PaymentPaid",
    "PaymentRefunded",
    "PaymentVoided",
    "RefundRecorded",
    "ReminderSent",
    "RenewalResumed",
    "RenewalStopped",
]


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
    """No more payments are made for the subscription, and why (P13).

    `by_hand`: a person stopped it, and `reason` is what they said; else it stopped by itself, and `reason` is
    `chargeback`, `refunded` or `charge_failed`.
    """

    name: ClassVar[str] = "renewal.stopped"
    by_hand: bool = True
    reason: str | None = None


@attrs.frozen(kw_only=True)
class RenewalResumed:
    """Payments are made for the subscription again (P13).

    Resumed by hand, `period` is the one that begins anew after the pause since `stopped_at`, and `cleared` names what
    had stopped the renewal by itself. Resumed by itself, it has none of these.
    """

    name: ClassVar[str] = "renewal.resumed"
    period: int | None = None
    stopped_at: datetime | None = None
    cleared: tuple[str, ...] = ()

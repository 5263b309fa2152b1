"""Events of payments, attempts, refunds and subscriptions (P1-P14)."""

from datetime import datetime
from typing import ClassVar

import attrs

from kwiga_orders.commands import UNSET, Unset
from kwiga_orders.money import Money
from kwiga_orders.orders.reports import Anomaly, Attention, Report
from kwiga_orders.payments import Attempt, Method, Payment, PaymentKind, Refund, VoidCause

__all__ = [
    "AttemptRecorded",
    "AttentionRaised",
    "AttentionResolved",
    "PaymentAdded",
    "PaymentAnomaly",
    "PaymentEdited",
    "PaymentFailed",
    "PaymentFields",
    "PaymentPaid",
    "PaymentRefunded",
    "PaymentUnmarked",
    "PaymentVoided",
    "RefundRecorded",
    "ReminderSent",
    "RenewalResumed",
    "RenewalStopped",
]


@attrs.frozen(kw_only=True)
class PaymentAdded:
    """A payment was added (P1)."""

    name: ClassVar[str] = "payment.added"
    payment: Payment
    notify: bool = False


@attrs.frozen(kw_only=True)
class PaymentFields:
    """The fields of a payment that an edit changed."""

    amount: Money | Unset = UNSET
    kind: PaymentKind | Unset = UNSET
    due_at: datetime | Unset = UNSET
    whole_day: bool | Unset = UNSET
    method: Method | Unset = UNSET
    gateway: str | None | Unset = UNSET
    closes_access: bool | Unset = UNSET
    comment: str | None | Unset = UNSET
    on_top: Money | None | Unset = UNSET
    said_on_top: bool | None | Unset = UNSET


@attrs.frozen(kw_only=True)
class PaymentEdited:
    """A payment was changed (P2)."""

    name: ClassVar[str] = "payment.edited"
    payment: str
    before: PaymentFields
    after: PaymentFields


@attrs.frozen(kw_only=True)
class PaymentVoided:
    """A payment was voided, so that it is no longer owed; with the cause (P2, O12)."""

    name: ClassVar[str] = "payment.voided"
    payment: str
    cause: VoidCause = "hand"


@attrs.frozen(kw_only=True)
class PaymentPaid:
    """A payment was paid, by hand or by the given attempt (P6); `amount` is the paid amount.

    `again` says that it was paid already, and that money kept out so far was accepted (P11).
    `report` is a gateway's report, here and in other events that have one: the fold evaluates it together with the
    reports before and after it (P11). Without a report the fold stores the row of the event unchanged.
    """

    name: ClassVar[str] = "payment.paid"
    payment: str
    paid_at: datetime
    amount: Money | None = None
    comment: str | None | Unset = UNSET
    attempt: Attempt | None = None
    report: Report | None = None
    again: bool = False


@attrs.frozen(kw_only=True)
class PaymentUnmarked:
    """A mark by hand was removed: the payment is as if it had never been marked paid (P6)."""

    name: ClassVar[str] = "payment.unmarked"
    payment: str
    amount: Money
    reason: str


@attrs.frozen(kw_only=True)
class PaymentFailed:
    """An attempt to pay failed (P4)."""

    name: ClassVar[str] = "payment.failed"
    payment: str
    attempt: Attempt
    report: Report | None = None


@attrs.frozen(kw_only=True)
class AttemptRecorded:
    """An attempt was started, or its outcome changed without changing whether the payment is paid (P4)."""

    name: ClassVar[str] = "attempt.recorded"
    payment: str
    attempt: Attempt
    report: Report | None = None


@attrs.frozen(kw_only=True)
class PaymentRefunded:
    """Money was refunded (P9)."""

    name: ClassVar[str] = "payment.refunded"
    payment: str
    refund: Refund
    report: Report | None = None


@attrs.frozen(kw_only=True)
class RefundRecorded:
    """A refund was requested or failed, or its line was `corrected` (P9, P10)."""

    name: ClassVar[str] = "refund.recorded"
    payment: str
    refund: Refund
    report: Report | None = None
    corrected: bool = False


@attrs.frozen(kw_only=True)
class PaymentAnomaly:
    """A gateway reported money that contradicts what is known (P11)."""

    name: ClassVar[str] = "payment.anomaly"
    anomaly: Anomaly
    report: Report | None = None


@attrs.frozen(kw_only=True)
class AttentionRaised:
    """An attention item was raised: a person must look at something (P16)."""

    name: ClassVar[str] = "attention.raised"
    item: Attention


@attrs.frozen(kw_only=True)
class AttentionResolved:
    """Attention items were resolved by a person, or cured by facts (`by_itself`) (P16)."""

    name: ClassVar[str] = "attention.resolved"
    items: tuple[str, ...]
    comment: str | None = None
    by_itself: bool = False


@attrs.frozen(kw_only=True)
class ReminderSent:
    """A reminder of an unpaid payment was sent (P14)."""

    name: ClassVar[str] = "reminder.sent"
    payment: str


@attrs.frozen(kw_only=True)
class RenewalStopped:
    """The renewal stopped: no more payments are made for the subscription (P13).

    With `by_hand` a person stopped it, and `reason` is their text; else it stopped by itself, and `reason` is
    `chargeback`, `refunded` or `charge_failed`.
    """

    name: ClassVar[str] = "renewal.stopped"
    by_hand: bool = True
    reason: str | None = None


@attrs.frozen(kw_only=True)
class RenewalResumed:
    """The renewal resumed: payments are made for the subscription again (P13).

    If a person resumed it, `period` is the first period after the pause that began at `stopped_at`, and `cleared` names
    the facts that had stopped the renewal by themselves. If it resumed by itself, these fields are empty.
    """

    name: ClassVar[str] = "renewal.resumed"
    period: int | None = None
    stopped_at: datetime | None = None
    cleared: tuple[str, ...] = ()

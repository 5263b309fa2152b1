"""Commands to payments, reports of gateways, attention items, and the renewal of subscriptions (P1-P17)."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

import attrs

from kwiga_orders.commands import UNSET, Unset, chosen_if_given
from kwiga_orders.money import Money
from kwiga_orders.orders.commands.about import OrderCommand, PaymentCommand
from kwiga_orders.payments import Method, Outcome, PaymentKind, SavedMeans
from kwiga_orders.periods import chosen, utc

__all__ = [
    "EACH",
    "AcceptAnomaly",
    "AddPayment",
    "EditPayment",
    "EditRefund",
    "KeepReport",
    "MarkPaid",
    "MarkUnpaid",
    "RefundPayment",
    "Remind",
    "Renew",
    "ReportAttempt",
    "ReportRefund",
    "ResolveAttention",
    "ResumeRenewal",
    "SendLetter",
    "StartAttempt",
    "StopRenewal",
    "VoidPayment",
]

EACH = "*"
"""In the command of a job it stands for the order's id; in a reminder, for the payment that is due first."""


@attrs.frozen(kw_only=True)
class AddPayment(OrderCommand):
    """Add a payment: one that is owed, or one that was just paid (P1)."""

    name: ClassVar[str] = "add_payment"
    amount: Decimal
    kind: PaymentKind = "regular"
    paid: bool = False
    due_at: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(chosen))
    method: Method = "cashless"
    gateway: str | None = None
    closes_access: bool = False
    comment: str | None = None
    notify: bool = False
    on_top: bool | None = None


@attrs.frozen(kw_only=True)
class EditPayment(PaymentCommand):
    """Change an unpaid payment, or the comment of a paid one (P2)."""

    name: ClassVar[str] = "edit_payment"
    amount: Decimal | Unset = UNSET
    kind: PaymentKind | Unset = UNSET
    due_at: date | datetime | Unset = attrs.field(default=UNSET, converter=chosen_if_given)
    method: Method | Unset = UNSET
    gateway: str | None | Unset = UNSET
    closes_access: bool | Unset = UNSET
    comment: str | None | Unset = UNSET
    on_top: bool | None | Unset = UNSET


@attrs.frozen(kw_only=True)
class VoidPayment(PaymentCommand):
    """Void an unpaid payment, so that it is no longer owed (P2)."""

    name: ClassVar[str] = "void_payment"


@attrs.frozen(kw_only=True)
class MarkPaid(PaymentCommand):
    """Note by hand that a payment was paid, now or at an earlier instant (P6)."""

    name: ClassVar[str] = "mark_paid"
    paid_at: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(chosen))
    comment: str | None = None


@attrs.frozen(kw_only=True)
class MarkUnpaid(PaymentCommand):
    """Remove a mark that was made by hand (P6)."""

    name: ClassVar[str] = "mark_unpaid"
    reason: str


@attrs.frozen(kw_only=True)
class AcceptAnomaly(PaymentCommand):
    """Accept money that a gateway reported in an unexpected amount (P11)."""

    name: ClassVar[str] = "accept_anomaly"
    reference: str


@attrs.frozen(kw_only=True)
class RefundPayment(PaymentCommand):
    """Refund money, perhaps for one line (P9, P10)."""

    name: ClassVar[str] = "refund_payment"
    amount: Decimal
    product: str | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class EditRefund(PaymentCommand):
    """Say which line a refund was for, or that it was for none (P9). `refund` is its id or its reference."""

    name: ClassVar[str] = "edit_refund"
    refund: str
    product: str | None


@attrs.frozen(kw_only=True)
class ResolveAttention(OrderCommand):
    """Resolve an attention item; without `item`, all of them (P16)."""

    name: ClassVar[str] = "resolve_attention"
    item: str | None = None
    comment: str | None = None


@attrs.frozen(kw_only=True)
class Remind(PaymentCommand):
    """Send a letter about an unpaid payment, at most once an hour (P14); `EACH`: about the one that is due first."""

    name: ClassVar[str] = "remind"


@attrs.frozen(kw_only=True)
class SendLetter(OrderCommand):
    """Send a letter again, by hand (N2).

    Without `payment`, a letter about owed money is about the payment that is due first; a letter about paid or refunded
    money is about the last payment it fits. Without `product` it is about all lines.
    """

    name: ClassVar[str] = "send_letter"
    kind: str
    payment: str | None = None
    product: str | None = None


@attrs.frozen(kw_only=True)
class StartAttempt(PaymentCommand):
    """Start an attempt to pay through the gateway (P4)."""

    name: ClassVar[str] = "start_attempt"


@attrs.frozen(kw_only=True)
class ReportAttempt(PaymentCommand):
    """A gateway's report on an attempt to pay; it may come twice, late, or out of order (P4, P11).

    `attempt` is our id of the attempt, if the gateway knows it; `gateway` is the reporting one, by default the
    payment's; `currency` is by default the order's; `means` is a saved card that the gateway can charge again.
    """

    name: ClassVar[str] = "report_attempt"
    reference: str
    outcome: Outcome
    amount: Decimal | None = None
    currency: str | None = None
    reason: str | None = None
    occurred_at: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(utc))
    attempt: str | None = None
    gateway: str | None = None
    means: SavedMeans | None = None


@attrs.frozen(kw_only=True)
class ReportRefund(PaymentCommand):
    """A gateway's report on a refund or a chargeback: a fact, also above the limit (P9, P10).

    `refund` is our id of the refund, if the gateway knows it; `currency` is by default the order's.
    """

    name: ClassVar[str] = "report_refund"
    reference: str
    amount: Decimal
    currency: str | None = None
    outcome: Outcome
    chargeback: bool = False
    occurred_at: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(utc))
    refund: str | None = None


@attrs.frozen(kw_only=True)
class KeepReport(PaymentCommand):
    """Keep a gateway's report that a rule refused, as an anomaly (P11); only the library itself gives this command."""

    name: ClassVar[str] = "keep_report"
    reference: str
    amount: Money | None = None
    of_refund: bool = False
    gateway: str


@attrs.frozen(kw_only=True)
class Renew(OrderCommand):
    """Make the payment of a subscription's next period, if it is due or requested `early` (P13)."""

    name: ClassVar[str] = "renew"
    early: bool = False


@attrs.frozen(kw_only=True)
class StopRenewal(OrderCommand):
    """Make no more payments for a subscription, and void the unpaid one; access stays until paid-through (P13)."""

    name: ClassVar[str] = "stop_renewal"
    reason: str | None = None


@attrs.frozen(kw_only=True)
class ResumeRenewal(OrderCommand):
    """Resume a subscription: the next period begins at paid-through or now, whichever is later (P13)."""

    name: ClassVar[str] = "resume_renewal"

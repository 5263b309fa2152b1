"""What can be asked of an order; one class a command, named as the wire names it.

A command names only what it changes (K2): a field that is `UNSET` stays as it is. Amounts are decimals in the
currency of the order or offer they belong to, and become `Money` when that is known.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal

import attrs

from kwiga_orders.checked import Checked
from kwiga_orders.commands import UNSET, Command, Unset, chosen_if_given
from kwiga_orders.errors import Fault
from kwiga_orders.funnel import COURSE_EVENTS
from kwiga_orders.money import Money
from kwiga_orders.offers import Discount
from kwiga_orders.orders.state import OrderType
from kwiga_orders.payments import Activation, Method, Outcome, PaymentKind, SavedMeans
from kwiga_orders.periods import Period, chosen, utc
from kwiga_orders.terms import UNCHANGED, TermsChange

__all__ = [
    "AcceptAnomaly",
    "AddLine",
    "AddNote",
    "AddPayment",
    "AddTask",
    "CancelOrder",
    "CompleteTask",
    "CopiedField",
    "CreateOrder",
    "EditLine",
    "EditOrder",
    "EditPayment",
    "EditRefund",
    "EditTask",
    "ExtendAccess",
    "FollowOffer",
    "FreezeAccess",
    "IssueCertificate",
    "KeepReport",
    "LineAsked",
    "MarkPaid",
    "MarkUnpaid",
    "MoveOrder",
    "OpenOffer",
    "OrderCommand",
    "RefundPayment",
    "Remind",
    "RemoveLine",
    "RemoveTask",
    "Renew",
    "ReopenOrder",
    "ReopenTask",
    "ReportAttempt",
    "ReportEvent",
    "ReportRefund",
    "ResolveAttention",
    "ResumeRenewal",
    "RevokeCertificate",
    "SendLetter",
    "SetAccessEnd",
    "StartAttempt",
    "StopRenewal",
    "TaskCommand",
    "UnfreezeAccess",
    "VoidPayment",
]


CopiedField = Literal[
    "price", "start", "duration", "scope", "delays", "checkpoints", "practices", "comments", "certificate"
]
"""A field in which a line of its own terms or price may differ from its offer (O7)."""


@attrs.frozen(kw_only=True)
class OrderCommand(Command):
    """A command to an existing order."""

    order: str


# Making and editing orders (O3-O13)


@attrs.frozen(kw_only=True)
class OpenOffer(Command):
    """Open an offer's page or form: makes a new order each time (O3)."""

    name: ClassVar[str] = "open_offer"
    offer: str
    contact: str
    payment_option: str | None = None
    source: str | None = None


@attrs.frozen(kw_only=True)
class NewPayment(Checked):
    """A payment of an order made by hand: what `AddPayment` adds, without the order (O4, P1)."""

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
class LineAsked(Checked):
    """A line of an order made by hand."""

    product: str
    price: Decimal
    terms: TermsChange = UNCHANGED
    curators: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class CreateOrder(Command):
    """Make an order by hand: of lines and a discount, or from an offer, which has both (O4).

    What is not named is as the offer says, else as usual; `payments` come beside those of the payment option.
    """

    name: ClassVar[str] = "create_order"
    contact: str
    lines: tuple[LineAsked, ...] = ()
    offer: str | None = None
    payment_option: str | None = None
    payments: tuple[NewPayment, ...] = ()
    source: str | None = None
    currency: str | None = None
    funnel: str | None = None
    status: str | None = None
    type: OrderType | None = None
    discount: Discount | None = None
    manager: str | None = None
    responsibles: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    comment: str | None = None
    opens_on: Activation | None = None

    def between(self) -> Iterator[Fault]:
        """Refuse an order that is made of nothing, or of lines and from an offer at once (O4)."""
        if (self.offer is None) is not bool(self.lines):
            yield Fault(path="lines", code="input.invalid", hint="either lines or an offer")
        if self.offer is not None and self.discount is not None:
            yield Fault(path="discount", code="input.invalid", hint="is that of the offer")
        if self.offer is None and self.payment_option is not None:
            yield Fault(path="payment_option", code="input.invalid", hint="is one of an offer")


@attrs.frozen(kw_only=True)
class EditOrder(OrderCommand):
    """Change what the staff notes of an order, or its discount (O2, O10)."""

    name: ClassVar[str] = "edit_order"
    manager: str | None | Unset = UNSET
    responsibles: tuple[str, ...] | Unset = UNSET
    tags: tuple[str, ...] | Unset = UNSET
    comment: str | None | Unset = UNSET
    discount: Discount | None | Unset = UNSET


@attrs.frozen(kw_only=True)
class EditLine(OrderCommand):
    """Change price, terms or curators of a line; of a line that followed its offer it makes a copy (O7)."""

    name: ClassVar[str] = "edit_line"
    product: str
    price: Decimal | Unset = UNSET
    terms: TermsChange = UNCHANGED
    curators: tuple[str, ...] | Unset = UNSET


@attrs.frozen(kw_only=True)
class AddLine(OrderCommand):
    """Add a product to an order (O13)."""

    name: ClassVar[str] = "add_line"
    product: str
    price: Decimal
    terms: TermsChange = UNCHANGED
    curators: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class RemoveLine(OrderCommand):
    """Take a product out of an order; the last one stays (O13)."""

    name: ClassVar[str] = "remove_line"
    product: str


@attrs.frozen(kw_only=True)
class FollowOffer(OrderCommand):
    """Put a line back to its offer, keeping its price; or only some of its fields, the price, too (O7)."""

    name: ClassVar[str] = "follow_offer"
    product: str
    fields: tuple[CopiedField, ...] = ()


@attrs.frozen(kw_only=True)
class MoveOrder(OrderCommand):
    """Move an order by hand, also into another funnel (F5)."""

    name: ClassVar[str] = "move_order"
    status: str | None = None
    funnel: str | None = None


@attrs.frozen(kw_only=True)
class CancelOrder(OrderCommand):
    """Cancel an order: closes its access and voids what is unpaid (O12)."""

    name: ClassVar[str] = "cancel_order"
    reason: str | None = None


@attrs.frozen(kw_only=True)
class ReopenOrder(OrderCommand):
    """Take a cancellation back (O12)."""

    name: ClassVar[str] = "reopen_order"
    reason: str | None = None


@attrs.frozen(kw_only=True)
class AddTask(OrderCommand):
    """Note something to do about an order (O14)."""

    name: ClassVar[str] = "add_task"
    title: str
    assignee: str | None = None
    due_at: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(chosen))


@attrs.frozen(kw_only=True)
class TaskCommand(OrderCommand):
    """A command to a task of an order."""

    task: str


@attrs.frozen(kw_only=True)
class CompleteTask(TaskCommand):
    """Note that a task is done (O14)."""

    name: ClassVar[str] = "complete_task"


@attrs.frozen(kw_only=True)
class EditTask(TaskCommand):
    """Change what is to be done, by whom, or until when (O14)."""

    name: ClassVar[str] = "edit_task"
    title: str | Unset = UNSET
    assignee: str | None | Unset = UNSET
    due_at: date | datetime | None | Unset = attrs.field(default=UNSET, converter=chosen_if_given)


@attrs.frozen(kw_only=True)
class ReopenTask(TaskCommand):
    """Note that a task is not done after all (O14)."""

    name: ClassVar[str] = "reopen_task"


@attrs.frozen(kw_only=True)
class RemoveTask(TaskCommand):
    """Take a task away (O14)."""

    name: ClassVar[str] = "remove_task"


@attrs.frozen(kw_only=True)
class AddNote(OrderCommand):
    """Note something for the team; it is never changed (O14)."""

    name: ClassVar[str] = "add_note"
    text: str


# Payments (P1-P14)


@attrs.frozen(kw_only=True)
class AddPayment(OrderCommand):
    """Add what is owed, or what was just paid (P1)."""

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
class PaymentCommand(OrderCommand):
    """A command to a payment of an order."""

    payment: str


@attrs.frozen(kw_only=True)
class EditPayment(PaymentCommand):
    """Change an unpaid payment; of a paid one only the comment (P2)."""

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
    """Give up an unpaid payment (P2)."""

    name: ClassVar[str] = "void_payment"


@attrs.frozen(kw_only=True)
class MarkPaid(PaymentCommand):
    """Note by hand that a payment was paid, now or at an earlier instant (P6)."""

    name: ClassVar[str] = "mark_paid"
    paid_at: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(chosen))
    comment: str | None = None


@attrs.frozen(kw_only=True)
class MarkUnpaid(PaymentCommand):
    """Take a mark by hand back (P6)."""

    name: ClassVar[str] = "mark_unpaid"
    reason: str


@attrs.frozen(kw_only=True)
class AcceptAnomaly(PaymentCommand):
    """Take money that a gateway reported as it came, though it is not what was expected (P11)."""

    name: ClassVar[str] = "accept_anomaly"
    reference: str


@attrs.frozen(kw_only=True)
class RefundPayment(PaymentCommand):
    """Give money back, perhaps for a line (P9, P10)."""

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
    """Say that a thing was looked at; without `item`, all of them (P16)."""

    name: ClassVar[str] = "resolve_attention"
    item: str | None = None
    comment: str | None = None


@attrs.frozen(kw_only=True)
class Remind(PaymentCommand):
    """Send a letter about an unpaid payment, at most once an hour (P14)."""

    name: ClassVar[str] = "remind"


@attrs.frozen(kw_only=True)
class SendLetter(OrderCommand):
    """Send a letter again, by hand (N2).

    Without `payment` it is about the one that is due first or, if it is about money that came or went, the last one it
    fits; without `product` it is about all lines.
    """

    name: ClassVar[str] = "send_letter"
    kind: str
    payment: str | None = None
    product: str | None = None


@attrs.frozen(kw_only=True)
class StartAttempt(PaymentCommand):
    """Begin to pay through the gateway (P4)."""

    name: ClassVar[str] = "start_attempt"


@attrs.frozen(kw_only=True)
class ReportAttempt(PaymentCommand):
    """What a gateway tells of an attempt to pay; may come twice, late, or out of order (P4, P11).

    `attempt` is our own id of it, if the gateway knows it; `gateway` the one that tells, by default the payment's;
    `currency` by default the order's; `means` what the gateway can charge again.
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
    """What a gateway tells of a refund or a chargeback: a fact, also above the limit (P9, P10).

    `refund` is our own id of it, if the gateway knows it; `currency` by default the order's.
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
    """Keep what a gateway reported and a rule refused to record, as an anomaly (P11); given by the library itself."""

    name: ClassVar[str] = "keep_report"
    reference: str
    amount: Money | None = None
    of_refund: bool = False
    gateway: str


@attrs.frozen(kw_only=True)
class Renew(OrderCommand):
    """Make the payment of a subscription's next period, if it is due or asked for `early` (P13)."""

    name: ClassVar[str] = "renew"
    early: bool = False


@attrs.frozen(kw_only=True)
class StopRenewal(OrderCommand):
    """Make no more payments for a subscription, and void the unpaid one; access stays until paid-through (P13)."""

    name: ClassVar[str] = "stop_renewal"
    reason: str | None = None


@attrs.frozen(kw_only=True)
class ResumeRenewal(OrderCommand):
    """Go on with a subscription: the next period begins at paid-through or now, whichever is later (P13)."""

    name: ClassVar[str] = "resume_renewal"


# Access (A9-A13)


@attrs.frozen(kw_only=True)
class AccessCommand(OrderCommand):
    """A command to the window of one line, or of all lines if no product is named; `reason` is why (A13)."""

    product: str | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class ExtendAccess(AccessCommand):
    """Move the end on by a period; if it passed, from now (A9)."""

    name: ClassVar[str] = "extend_access"
    by: Period


@attrs.frozen(kw_only=True)
class SetAccessEnd(AccessCommand):
    """Set the end to an instant, to the end of a day, or to none (A10, T5)."""

    name: ClassVar[str] = "set_access_end"
    at: date | datetime | None = attrs.field(converter=attrs.converters.optional(chosen))


@attrs.frozen(kw_only=True)
class FreezeAccess(AccessCommand):
    """Close access for a period, from now or a later date or instant; the end moves on by as much (A11, T5)."""

    name: ClassVar[str] = "freeze_access"
    period: Period
    starts_at: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(chosen))


@attrs.frozen(kw_only=True)
class UnfreezeAccess(AccessCommand):
    """End the freeze that is going on, else take back the next planned one (A11)."""

    name: ClassVar[str] = "unfreeze_access"


# What the host reports, certificates


@attrs.frozen(kw_only=True)
class ReportEvent(Command):
    """Something happened at the host: to an order, or to a contact with all its active orders (F3, F4).

    With a `product` it reaches only orders that have it; an event about a course must name one.
    """

    name: ClassVar[str] = "report_event"
    event: str
    order: str | None = None
    contact: str | None = None
    product: str | None = None
    data: Mapping[str, object] = attrs.field(factory=dict)

    def between(self) -> Iterator[Fault]:
        """Refuse an event that happened to nobody, or to both, and one about a course that names no product."""
        if (self.order is None) is (self.contact is None):
            yield Fault(path="", code="input.invalid", hint="either an order or a contact")
        if self.event in COURSE_EVENTS and self.product is None:
            yield Fault(path="product", code="input.invalid", hint="is required for an event about a course")


@attrs.frozen(kw_only=True)
class IssueCertificate(OrderCommand):
    """Issue a certificate, once per contact, product and order (C3)."""

    name: ClassVar[str] = "issue_certificate"
    product: str


@attrs.frozen(kw_only=True)
class RevokeCertificate(OrderCommand):
    """Revoke the certificate of a product, with a reason; it can be issued anew under a new number (C5)."""

    name: ClassVar[str] = "revoke_certificate"
    product: str
    reason: str

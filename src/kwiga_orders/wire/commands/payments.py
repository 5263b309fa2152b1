"""Commands to payments, what gateways report, what a person looks at, and the renewal of subscriptions (P1-P16)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from kwiga_orders import payments
from kwiga_orders.letter_kinds import LETTER_KINDS
from kwiga_orders.orders import commands as orders
from kwiga_orders.wire.commands.about import AboutOrder, AboutPayment
from kwiga_orders.wire.parts import optional
from kwiga_orders.wire.scalars import Amount, Currency, DateOrTime, Id, Instant, Note, Word, read_as

__all__ = [
    "AcceptAnomaly",
    "AddPayment",
    "EditPayment",
    "EditRefund",
    "Kind",
    "MarkPaid",
    "MarkUnpaid",
    "Method",
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

Kind = Literal["regular", "prepayment", "surcharge"]
"""What a payment is called; a label without effect (P1)."""

Method = Literal["cashless", "cash", "bank_transfer", "other"]
"""How a payment is paid (P1)."""

_Outcome = Annotated[Literal["failed", "succeeded", "unknown"], AfterValidator(read_as(payments.Outcome))]
_RefundOutcome = Annotated[
    Literal["pending", "failed", "succeeded", "unknown"], AfterValidator(read_as(payments.Outcome))
]
_Reference = Annotated[Id, Field(description="The gateway's own id of it.")]
_Own = Annotated[Id, Field(description="Our own id of it, if the gateway hands it back.")]
_Means = Annotated[
    Word,
    # pydantic cannot read how a checked class is called
    AfterValidator(lambda token: payments.SavedMeans(token)),  # noqa: PLW0108
    Field(description="The gateway's token to charge again."),
]


class AddPayment(AboutOrder[orders.AddPayment]):
    """Add a payment that is owed, or was just paid (P1)."""

    command: Literal["add_payment"]
    amount: Amount
    kind: Kind = Field("regular", description="A label for analytics, without effect.")
    paid: bool = Field(default=False, description="It is paid already.")
    due_at: DateOrTime | None = Field(None, description="By default now.")
    method: Method = "cashless"
    gateway: Id | None = None
    closes_access: bool = Field(default=False, description="Overdue, it closes access (P8).")
    comment: Note | None = None
    notify: bool = Field(default=False, description="A letter tells the contact of it (N2).")
    on_top: bool | None = Field(
        None,
        description="Whether all of it, or none, adds to the total; by default what it asks beyond the balance (P1).",
    )


class EditPayment(AboutPayment[orders.EditPayment]):
    """Change an unpaid payment; of a paid one only the comment (P2)."""

    command: Literal["edit_payment"]
    amount: Amount = optional()
    kind: Kind = optional()
    due_at: DateOrTime = optional()
    method: Method = optional()
    gateway: Id | None = optional()
    closes_access: bool = optional()
    comment: Note | None = optional()
    on_top: bool | None = optional()


class VoidPayment(AboutPayment[orders.VoidPayment]):
    """Give up an unpaid payment (P2)."""

    command: Literal["void_payment"]


class MarkPaid(AboutPayment[orders.MarkPaid]):
    """Note by hand that a payment was paid, now or at an earlier instant (P6)."""

    command: Literal["mark_paid"]
    paid_at: DateOrTime | None = Field(None, description="By default now; never in the future.")
    comment: Note | None = None


class MarkUnpaid(AboutPayment[orders.MarkUnpaid]):
    """Take a mark by hand back: the payment is as if it had never been marked paid (P6)."""

    command: Literal["mark_unpaid"]
    reason: Annotated[Note, Field(min_length=1, description="Why, for the staff.")]


class AcceptAnomaly(AboutPayment[orders.AcceptAnomaly]):
    """Accept money that a gateway reported, though it is not the expected amount (P11)."""

    command: Literal["accept_anomaly"]
    reference: _Reference


class RefundPayment(AboutPayment[orders.RefundPayment]):
    """Give money back, perhaps for a line (P9, P10)."""

    command: Literal["refund_payment"]
    amount: Amount
    product: Id | None = Field(None, description="The line it is given back for.")
    reason: Note | None = None


class EditRefund(AboutPayment[orders.EditRefund]):
    """Say which line a refund was for, or that it was for none (P9)."""

    command: Literal["edit_refund"]
    refund: Id = Field(description="The refund, by its id or its reference.")
    product: Id | None = Field(description="The line it is given back for; null: none.")


class ResolveAttention(AboutOrder[orders.ResolveAttention]):
    """Say that a thing was looked at, or all of them (P16)."""

    command: Literal["resolve_attention"]
    item: Annotated[Word, Field(min_length=1)] | None = Field(None, description="The thing, by its id; by default all.")
    comment: Note | None = None


class Remind(AboutPayment[orders.Remind]):
    """Send a letter about an unpaid payment, at most once an hour (P14)."""

    command: Literal["remind"]


class SendLetter(AboutOrder[orders.SendLetter]):
    """Send a letter again (N2)."""

    command: Literal["send_letter"]
    # Any text is read, since the refusal of a kind that is not there is a rule's; the schema says which there are.
    kind: Id = Field(
        description="The kind of letter, such as `access_granted`.", json_schema_extra={"enum": [*LETTER_KINDS]}
    )
    payment: Id | None = Field(None, description="By default the one due first, or the last one that the letter fits.")
    product: Id | None = Field(None, description="By default all lines.")


class StartAttempt(AboutPayment[orders.StartAttempt]):
    """Begin to pay through the gateway (P4)."""

    command: Literal["start_attempt"]


class ReportAttempt(AboutPayment[orders.ReportAttempt]):
    """A gateway's report on an attempt to pay; it may come twice, late, or out of order (P4, P11)."""

    command: Literal["report_attempt"]
    reference: _Reference
    outcome: _Outcome
    amount: Amount | None = None
    currency: Currency | None = Field(None, description="By default the order's.")
    reason: Note | None = None
    occurred_at: Instant | None = Field(None, description="By default now.")
    attempt: _Own | None = None
    gateway: Id | None = Field(None, description="The gateway that tells; by default the payment's.")
    means: _Means | None = None


class ReportRefund(AboutPayment[orders.ReportRefund]):
    """A gateway's report on a refund or a chargeback (P9, P10)."""

    command: Literal["report_refund"]
    reference: _Reference
    amount: Amount
    currency: Currency | None = Field(None, description="By default the order's.")
    outcome: _RefundOutcome
    chargeback: bool = False
    occurred_at: Instant | None = Field(None, description="By default now.")
    refund: _Own | None = None


class Renew(AboutOrder[orders.Renew]):
    """Make the payment of a subscription's next period, if it is due or asked for `early` (P13)."""

    command: Literal["renew"]
    early: bool = False


class StopRenewal(AboutOrder[orders.StopRenewal]):
    """Make no more payments for a subscription, and void the unpaid one; access stays until paid-through (P13)."""

    command: Literal["stop_renewal"]
    reason: Note | None = Field(None, description="Why, for the staff.")


class ResumeRenewal(AboutOrder[orders.ResumeRenewal]):
    """Go on with a subscription: the next period begins at paid-through or now, whichever is later (P13)."""

    command: Literal["resume_renewal"]

"""Commands for payments, refunds, reports of gateways, attention items, and the renewal of subscriptions (P1-P17)."""

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
"""The kind of a payment: a label without effect (P1)."""

Method = Literal["cashless", "cash", "bank_transfer", "other"]
"""How a payment is paid (P1)."""

_Outcome = Annotated[Literal["failed", "succeeded", "unknown"], AfterValidator(read_as(payments.Outcome))]
_RefundOutcome = Annotated[
    Literal["pending", "failed", "succeeded", "unknown"], AfterValidator(read_as(payments.Outcome))
]
_Reference = Annotated[Id, Field(description="The gateway's own id of it.")]
_Own = Annotated[Id, Field(description="Our id, if the gateway returns it.")]
_Means = Annotated[
    Word,
    # pydantic cannot inspect the signature of a checked class
    AfterValidator(lambda token: payments.SavedMeans(token)),  # noqa: PLW0108
    Field(description="The gateway's token for charging the same card or account again."),
]


class AddPayment(AboutOrder[orders.AddPayment]):
    """Add a payment that is owed or was just paid (P1)."""

    command: Literal["add_payment"]
    amount: Amount
    kind: Kind = Field("regular", description="A label for analytics, without effect.")
    paid: bool = Field(default=False, description="Whether the payment is already paid.")
    due_at: DateOrTime | None = Field(None, description="When the payment is due; by default now.")
    method: Method = "cashless"
    gateway: Id | None = None
    closes_access: bool = Field(
        default=False, description="Whether the payment closes access while it is overdue (P8)."
    )
    comment: Note | None = None
    notify: bool = Field(default=False, description="Whether a letter tells the contact about the payment (N2).")
    on_top: bool | None = Field(
        None,
        description="Whether all of it adds to the total, or nothing; by default the part beyond the balance (P1).",
    )


class EditPayment(AboutPayment[orders.EditPayment]):
    """Change an unpaid payment. Of a paid payment only the comment can change (P2)."""

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
    """Void an unpaid payment: it is not owed any more (P2)."""

    command: Literal["void_payment"]


class MarkPaid(AboutPayment[orders.MarkPaid]):
    """Mark a payment as paid by hand, now or at an earlier instant (P6)."""

    command: Literal["mark_paid"]
    paid_at: DateOrTime | None = Field(None, description="When it was paid, never in the future; by default now.")
    comment: Note | None = None


class MarkUnpaid(AboutPayment[orders.MarkUnpaid]):
    """Take back a mark by hand: the payment is as if it had never been marked as paid (P6)."""

    command: Literal["mark_unpaid"]
    reason: Annotated[Note, Field(min_length=1, description="The reason; only the staff sees it.")]


class AcceptAnomaly(AboutPayment[orders.AcceptAnomaly]):
    """Accept money that a gateway reported although its amount is not the expected one (P11)."""

    command: Literal["accept_anomaly"]
    reference: _Reference


class RefundPayment(AboutPayment[orders.RefundPayment]):
    """Refund money; it may be for one product of the order (P9, P10)."""

    command: Literal["refund_payment"]
    amount: Amount
    product: Id | None = Field(None, description="The product that the money is refunded for.")
    reason: Note | None = None


class EditRefund(AboutPayment[orders.EditRefund]):
    """Change which product a refund is for, or that it is for none (P9)."""

    command: Literal["edit_refund"]
    refund: Id = Field(description="The refund, by id or reference.")
    product: Id | None = Field(description="The product that the money is refunded for; null: none.")


class ResolveAttention(AboutOrder[orders.ResolveAttention]):
    """Resolve one attention item of an order, or all of them (P16)."""

    command: Literal["resolve_attention"]
    item: Annotated[Word, Field(min_length=1)] | None = Field(
        None, description="The item, by id; by default all items."
    )
    comment: Note | None = None


class Remind(AboutPayment[orders.Remind]):
    """Send a letter about an unpaid payment, at most once an hour (P14)."""

    command: Literal["remind"]


class SendLetter(AboutOrder[orders.SendLetter]):
    """Send a letter again (N2)."""

    command: Literal["send_letter"]
    # Any text is accepted here, because a rule refuses unknown kinds; the schema lists the kinds.
    kind: Id = Field(
        description="The kind of letter, such as `access_granted`.", json_schema_extra={"enum": [*LETTER_KINDS]}
    )
    payment: Id | None = Field(
        None, description="The payment; by default the one due first, or the last one that fits the letter."
    )
    product: Id | None = Field(None, description="The product; by default all products of the order.")


class StartAttempt(AboutPayment[orders.StartAttempt]):
    """Start an attempt to pay through the gateway (P4)."""

    command: Literal["start_attempt"]


class ReportAttempt(AboutPayment[orders.ReportAttempt]):
    """Report the outcome of an attempt to pay, as a gateway knows it; reports may repeat or come late (P4, P11)."""

    command: Literal["report_attempt"]
    reference: _Reference
    outcome: _Outcome
    amount: Amount | None = None
    currency: Currency | None = Field(None, description="The currency; by default that of the order.")
    reason: Note | None = None
    occurred_at: Instant | None = Field(None, description="When it happened; by default now.")
    attempt: _Own | None = None
    gateway: Id | None = Field(None, description="The gateway that reports; by default the one of the payment.")
    means: _Means | None = None


class ReportRefund(AboutPayment[orders.ReportRefund]):
    """Report a refund or a chargeback, as a gateway knows it (P9, P10)."""

    command: Literal["report_refund"]
    reference: _Reference
    amount: Amount
    currency: Currency | None = Field(None, description="The currency; by default that of the order.")
    outcome: _RefundOutcome
    chargeback: bool = False
    occurred_at: Instant | None = Field(None, description="When it happened; by default now.")
    refund: _Own | None = None


class Renew(AboutOrder[orders.Renew]):
    """Make the payment for the next period of a subscription if it is due, or before that with `early` (P13)."""

    command: Literal["renew"]
    early: bool = False


class StopRenewal(AboutOrder[orders.StopRenewal]):
    """Stop a subscription: no more payments, and its unpaid one becomes void. Access lasts until paid-through (P13)."""

    command: Literal["stop_renewal"]
    reason: Note | None = Field(None, description="The reason; only the staff sees it.")


class ResumeRenewal(AboutOrder[orders.ResumeRenewal]):
    """Resume a subscription: the next period begins at paid-through or now, whichever is later (P13)."""

    command: Literal["resume_renewal"]

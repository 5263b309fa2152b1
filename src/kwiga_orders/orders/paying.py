"""Payments by hand: adding, editing, voiding, marking paid, refunding and reminding.

Laws:

1. An unpaid payment can be edited; of a paid one only the comment (P2).
2. By hand, a void payment is not paid, a paid one is not paid again, and nothing is paid in the future (P6).
3. No more is refunded by hand than is left; what is in flight already counts (P9, P10).
"""

from collections.abc import Iterator
from decimal import Decimal

import attrs

from kwiga_orders.commands import UNSET, Unset
from kwiga_orders.errors import Refused
from kwiga_orders.money import Money
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import (
    AttemptRecorded,
    Event,
    PaymentAdded,
    PaymentEdited,
    PaymentFields,
    PaymentPaid,
    PaymentRefunded,
    PaymentVoided,
    RefundRecorded,
)
from kwiga_orders.orders.state import Order, payment_id
from kwiga_orders.payments import Attempt, Outcome, Payment, PaymentState, Refund
from kwiga_orders.periods import acts_at, begins

__all__ = [
    "add_payment",
    "edit_payment",
    "mark_paid",
    "positive_amount",
    "refund_payment",
    "start_attempt",
    "void_payment",
]


def add_payment(order: Order, command: asked.AddPayment, given: Context) -> Iterator[Event]:
    """Add what is owed, or what was just paid (P1).

    Raises:
        Refused: `money.too_precise`, `input.invalid` if the amount is not positive.
    """
    payment = Payment(
        id=payment_id(order, len(order.payments) + 1),
        amount=positive_amount(command.amount, order.currency),
        kind=command.kind,
        created_at=given.now,
        due_at=given.now if command.due_at is None else begins(command.due_at, zone=given.zone),
        method=command.method,
        gateway=command.gateway,
        closes_access=command.closes_access,
        comment=command.comment,
        by_hand=True,
    )
    yield PaymentAdded(payment=payment, notify=command.notify)
    if command.paid:
        yield PaymentPaid(payment=payment.id, paid_at=given.now)


def edit_payment(order: Order, command: asked.EditPayment, given: Context) -> Iterator[Event]:
    """Change an unpaid payment, or the comment of any (P2).

    Raises:
        Refused: `payment.not_editable` if it is paid, `payment.void`, `money.too_precise`.
    """
    payment = order.payment(command.payment)
    named: dict[str, object] = {}
    if not isinstance(command.amount, Unset):
        named["amount"] = positive_amount(command.amount, order.currency)
    if not isinstance(command.due_at, Unset):
        named["due_at"] = begins(command.due_at, zone=given.zone)
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for field in attrs.fields(PaymentFields):
        value = named.get(field.name, getattr(command, field.name))
        there = getattr(payment, field.name)
        if not isinstance(value, Unset) and value != there:
            before[field.name], after[field.name] = there, value
    _refuse_unless_editable(payment, set(after))
    if after:
        yield PaymentEdited(
            payment=payment.id,
            before=PaymentFields(**before),  # type: ignore[arg-type]
            after=PaymentFields(**after),  # type: ignore[arg-type]
        )


def _refuse_unless_editable(payment: Payment, fields: set[str]) -> None:
    if fields <= {"comment"} or payment.state is PaymentState.UNPAID:
        return
    if payment.is_void:
        raise Refused("payment.void", payment=payment.id)
    raise Refused("payment.not_editable", payment=payment.id, fields=sorted(fields - {"comment"}))


def void_payment(order: Order, command: asked.VoidPayment, _: Context) -> Iterator[Event]:
    """Give up an unpaid payment (P2).

    Raises:
        Refused: `payment.already_paid`, `payment.void`.
    """
    yield PaymentVoided(payment=_unpaid(order, command.payment).id)


def mark_paid(order: Order, command: asked.MarkPaid, given: Context) -> Iterator[Event]:
    """Note by hand that a payment was paid (P6).

    Raises:
        Refused: `payment.already_paid`, `payment.void`, `payment.in_future`.
    """
    payment = _unpaid(order, command.payment)
    paid_at = acts_at(command.paid_at, now=given.now, zone=given.zone)
    if paid_at > given.now:
        raise Refused("payment.in_future", payment=payment.id, paid_at=paid_at.isoformat())
    comment = UNSET if command.comment is None else command.comment
    yield PaymentPaid(payment=payment.id, paid_at=paid_at, comment=comment)


def refund_payment(order: Order, command: asked.RefundPayment, given: Context) -> Iterator[Event]:
    """Give money back: at once if it came by hand, through the gateway if it came through one (P9, P10).

    Raises:
        Refused: `refund.not_paid`, `refund.exceeds_paid`, `not_found`, `money.too_precise`.
    """
    payment = order.payment(command.payment)
    if payment.paid is None:
        raise Refused("refund.not_paid", payment=payment.id)
    amount = positive_amount(command.amount, order.currency)
    if amount > payment.refundable:
        raise Refused(
            "refund.exceeds_paid",
            payment=payment.id,
            asked=amount.amount,
            left=payment.refundable.amount,
            paid=payment.amount.amount,
            currency=order.currency,
        )
    refund = Refund(
        id=f"{payment.id}.r{len(payment.refunds) + 1}",
        amount=amount,
        at=given.now,
        product=None if command.product is None else order.line(command.product).product,
        reason=command.reason,
    )
    if payment.paid.by_gateway:
        yield RefundRecorded(payment=payment.id, refund=attrs.evolve(refund, outcome=Outcome.PENDING))
    else:
        yield PaymentRefunded(payment=payment.id, refund=refund)


def start_attempt(order: Order, command: asked.StartAttempt, given: Context) -> Iterator[Event]:
    """Begin to pay through the gateway; the link is made by its port (P3, P4).

    Raises:
        Refused: `payment.already_paid`, `payment.void`, `gateway.unavailable` if it is not paid through a gateway,
            `attempt.unresolved` while the outcome of another attempt is unknown.
    """
    payment = _unpaid(order, command.payment)
    if payment.gateway is None or payment.method != "cashless":
        raise Refused("gateway.unavailable", payment=payment.id)
    if any(attempt.outcome is Outcome.UNKNOWN for attempt in payment.attempts):
        raise Refused("attempt.unresolved", payment=payment.id)
    id = f"{payment.id}.a{len(payment.attempts) + 1}"
    attempt = Attempt(id=id, started_at=given.now, at=given.now, gateway=payment.gateway)
    yield AttemptRecorded(payment=payment.id, attempt=attempt)


def _unpaid(order: Order, id: str) -> Payment:
    payment = order.payment(id)
    if payment.is_void:
        raise Refused("payment.void", payment=id)
    if payment.paid is not None:
        raise Refused("payment.already_paid", payment=id)
    return payment


def positive_amount(amount: Decimal, currency: str) -> Money:
    """Give an amount of money.

    Raises:
        Refused: `input.invalid` if it is not positive, `money.too_precise`.
    """
    money = Money.of(amount, currency)
    if money.minor <= 0:
        raise Refused("input.invalid", field="amount", more_than=0)
    return money

"""Payments by hand: adding, editing, voiding, marking paid, refunding, reminding, and subscriptions.

Laws:

1. An unpaid payment can be edited; of a paid one only the comment (P2).
2. By hand, a void payment is not paid, a paid one is not paid again, and nothing is paid in the future (P6).
3. No more is refunded by hand than is left; what is in flight already counts (P9, P10).
4. A subscription gets one payment a renewal, when the next period is due, and none while it is stopped (P13).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

import attrs

from kwiga_orders.commands import UNSET, Unset
from kwiga_orders.errors import Refused
from kwiga_orders.money import Money
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.creating import payment_id
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
    ReminderSent,
    RenewalResumed,
    RenewalStopped,
)
from kwiga_orders.orders.state import Order, Subscription
from kwiga_orders.payments import Attempt, Outcome, Payment, PaymentState, Refund
from kwiga_orders.periods import later, utc, zone_named

__all__ = [
    "add_payment",
    "edit_payment",
    "mark_paid",
    "next_period",
    "period_due_at",
    "positive_amount",
    "refund_payment",
    "remind",
    "renew",
    "resume_renewal",
    "start_attempt",
    "stop_renewal",
    "void_payment",
]

_BETWEEN_REMINDERS = timedelta(hours=1)


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
        due_at=given.now if command.due_at is None else utc(command.due_at),
        method=command.method,
        gateway=command.gateway,
        closes_access=command.closes_access,
        comment=command.comment,
    )
    yield PaymentAdded(payment=payment, notify=command.notify)
    if command.paid:
        yield PaymentPaid(payment=payment.id, paid_at=given.now)


def edit_payment(order: Order, command: asked.EditPayment, _: Context) -> Iterator[Event]:
    """Change an unpaid payment, or the comment of any (P2).

    Raises:
        Refused: `payment.not_editable` if it is paid, `payment.void`, `money.too_precise`.
    """
    payment = order.payment(command.payment)
    amount = command.amount if isinstance(command.amount, Unset) else positive_amount(command.amount, order.currency)
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for field in attrs.fields(PaymentFields):
        value = amount if field.name == "amount" else getattr(command, field.name)
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
    paid_at = given.now if command.paid_at is None else utc(command.paid_at)
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


def remind(order: Order, command: asked.Remind, given: Context) -> Iterator[Event]:
    """Send a letter about an unpaid payment, at most once an hour (P14).

    Raises:
        Refused: `reminder.not_unpaid`, `reminder.too_soon`.
    """
    payment = order.payment(command.payment)
    if payment.state is not PaymentState.UNPAID:
        raise Refused("reminder.not_unpaid", payment=payment.id, state=payment.state.value)
    if payment.reminded_at is not None and given.now < payment.reminded_at + _BETWEEN_REMINDERS:
        again_at = payment.reminded_at + _BETWEEN_REMINDERS
        raise Refused("reminder.too_soon", payment=payment.id, again_at=again_at.isoformat())
    yield ReminderSent(payment=payment.id)


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


# Subscriptions (P13)


def renew(order: Order, _: asked.Renew, given: Context) -> Iterator[Event]:
    """Make the payment of the next period, if it is due, and begin to charge the means that were saved (P4, P13).

    Raises:
        Refused: `order.not_subscription`.
    """
    subscription = _subscription(order)
    following = next_period(order)
    if following is None or given.now < following[1]:
        return
    period, due_at = following
    periods = [payment for payment in order.payments if payment.period is not None]
    usual = periods[-1] if periods else None
    payment = Payment(
        id=payment_id(order, len(order.payments) + 1),
        amount=subscription.amount,
        created_at=given.now,
        due_at=due_at,
        method="cashless" if usual is None else usual.method,
        gateway=None if usual is None else usual.gateway,
        closes_access=period > 1,
        period=period,
    )
    yield PaymentAdded(payment=payment)
    is_over = period_due_at(order, subscription, period + 1) <= given.now
    saved = None if is_over or payment.method != "cashless" else _find_saved(order)
    if saved is not None:
        id = f"{payment.id}.a1"
        charge = Attempt(id=id, started_at=given.now, at=given.now, gateway=saved.gateway, means=saved.means)
        yield AttemptRecorded(payment=payment.id, attempt=charge)


def next_period(order: Order) -> tuple[int, datetime] | None:
    """Give the number of the period whose payment is made next, and when it is due; None if there is none (P13)."""
    subscription = order.subscription
    # O3: a twin that was superseded is the newer one's business, as long as nothing is paid for it
    if subscription is None or subscription.stopped_at is not None or order.superseded_by is not None:
        return None
    # P13: a period whose payment is void was missed; what follows begins with it
    made = {payment.period for payment in order.payments if not payment.is_void}
    period = next(number for number in count(1) if number not in made)
    if subscription.periods is not None and period > subscription.periods:
        return None
    return period, period_due_at(order, subscription, period)


def _find_saved(order: Order) -> Attempt | None:
    """Give the newest success of a period for which the gateway saved what it can charge again, if that may be done.

    P4: while the outcome of any attempt is unknown, nothing is charged automatically. Nor is it while an earlier period
    is owed, which would have to be paid first to give access, or after the staff made one void.
    """
    attempts = [attempt for payment in order.payments for attempt in payment.attempts]
    periods = [payment for payment in order.payments if payment.period is not None]
    is_unknown = any(attempt.outcome is Outcome.UNKNOWN for attempt in attempts)
    if is_unknown or any(payment.paid is None for payment in periods):
        return None
    successes = (payment.success for payment in periods)
    saved = [attempt for attempt in successes if attempt is not None and attempt.means is not None]
    return max(saved, key=lambda attempt: attempt.at, default=None)


def period_due_at(order: Order, subscription: Subscription, period: int) -> datetime:
    """Give when the payment of a period, counted from 1, is due: by the anchor, whatever was moved since (P13)."""
    if period == 1:
        return subscription.anchor
    return later(subscription.anchor, subscription.every, zone=zone_named(order.zone), count=period - 1)


def stop_renewal(order: Order, _: asked.StopRenewal, __: Context) -> Iterator[Event]:
    """Make no more payments; access stays until it is paid through (P13).

    Raises:
        Refused: `order.not_subscription`.
    """
    if _subscription(order).stopped_at is None:
        yield RenewalStopped()


def resume_renewal(order: Order, _: asked.ResumeRenewal, __: Context) -> Iterator[Event]:
    """Make payments again (P13).

    Raises:
        Refused: `order.not_subscription`.
    """
    if _subscription(order).stopped_at is not None:
        yield RenewalResumed()


def _subscription(order: Order) -> Subscription:
    if order.subscription is None:
        raise Refused("order.not_subscription", order=order.number)
    return order.subscription


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

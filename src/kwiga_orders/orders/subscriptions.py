"""Subscriptions: periods counted from the anchor, what they are paid through, and the payments of the next ones.

Home of P13.

Laws:

1. Period k begins k - 1 times `every` after the anchor: the order's creation, or the end of its trial.
2. Access lasts to the end of the last period that is paid, plus grace; paid late does not move the anchor.
3. A subscription gets one payment a renewal, when the next period is due, and none while it is stopped.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from kwiga_orders.errors import Refused
from kwiga_orders.money import Money
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import AttemptRecorded, Event, PaymentAdded, RenewalResumed, RenewalStopped
from kwiga_orders.orders.state import Order, Subscription, payment_id
from kwiga_orders.payments import Attempt, Outcome, Payment, PaymentOption, Subscribe
from kwiga_orders.periods import later, zone_named

__all__ = [
    "next_period",
    "paid_at",
    "paid_through",
    "period_due_at",
    "renew",
    "resume_renewal",
    "stop_renewal",
    "subscription_of",
]


def subscription_of(option: PaymentOption, currency: str, given: Context) -> Subscription | None:
    """Give the subscription that an order gets by choosing `option` now; None if that is no subscription."""
    if not isinstance(option, Subscribe):
        return None
    # P13: the end of a trial is the anchor
    trial = option.trial
    return Subscription(
        amount=Money.of(option.amount, currency),
        every=option.every,
        periods=option.periods,
        trial=trial is not None,
        anchor=given.now if trial is None else later(given.now, trial, zone=given.zone),
    )


def paid_through(order: Order, subscription: Subscription, at: datetime, zone: ZoneInfo) -> datetime:
    """Give the end of what was paid for a subscription by an instant."""
    # P13: paid late does not move the anchor; before the first period is paid it is the anchor itself
    paid = (one.paid for one in order.payments if one.period is not None)
    count = sum(fact is not None and fact.at <= at for fact in paid)
    return later(subscription.anchor, subscription.every, zone=zone, count=count) if count else subscription.anchor


def paid_at(order: Order) -> Iterator[datetime]:
    """Give the instants at which periods were paid: each may move the end of access."""
    paid = (one.paid for one in order.payments if one.period is not None)
    return (fact.at for fact in paid if fact is not None)


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

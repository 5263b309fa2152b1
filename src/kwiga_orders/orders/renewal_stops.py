"""What stops the renewal of a subscription, found from the facts (P13, P17).

Laws:

1. A person stops it by hand. Any chargeback, the full refund of the last paid period, and a charge that failed for the
   last time stop it by themselves.
2. What is no longer so stops nothing: a chargeback that was won wholly, a failed charge whose payment was paid.
3. A person who resumes it clears all that stopped it; only what comes later stops it again.
4. The order in which reports arrive makes no difference (P11).
"""

from collections.abc import Iterator
from datetime import datetime

import attrs

from kwiga_orders.money import Money
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Attempt, Outcome, Payment

__all__ = [
    "CHARGEBACK",
    "CHARGE_FAILED",
    "REFUNDED",
    "Stop",
    "failed_charges",
    "lost_at",
    "stopped_of",
    "stops_of",
    "won_back_at",
]

CHARGEBACK, REFUNDED, CHARGE_FAILED = "chargeback", "refunded", "charge_failed"
"""Reasons for which the renewal stops by itself."""


@attrs.frozen(kw_only=True)
class Stop:
    """What stops the renewal, since when, and why. `key` names the fact; a stop by hand has none."""

    at: datetime
    reason: str | None = None
    key: str | None = None


def stopped_of(order: Order) -> Stop | None:
    """Give what stopped the renewal of an order first; None if it is not stopped."""
    # The first stop counts, since the period that was running then is the last one.
    return min(stops_of(order), key=lambda stop: stop.at, default=None)


def stops_of(order: Order) -> list[Stop]:
    """Give all that stops the renewal of an order now."""
    subscription = order.subscription
    assert subscription is not None, "only a subscription has a renewal"
    # Law 3: what a person cleared by resuming stops nothing again.
    found = [stop for stop in _by_themselves(order) if stop.key not in subscription.cleared]
    if subscription.stopped is not None:
        found.append(Stop(at=subscription.stopped.at, reason=subscription.stopped.reason))
    return found


def lost_at(payment: Payment) -> datetime | None:
    """Give the instant at which a payment was given back in full, or charged back; None if it was not."""
    paid = payment.paid if payment.refunds else None
    if paid is None:
        return None
    gone = Money.zero(paid.amount.currency)
    # In the order of time: the instant at which the last part went is when all was gone.
    for taken_at, kept in sorted(
        (one.at if one.taken_at is None else one.taken_at, one.kept) for one in payment.refunds
    ):
        gone += kept
        if gone >= paid.amount:
            # A refund reported before its payment counts from the payment on (P9).
            return max(taken_at, paid.at)
    return None


def won_back_at(order: Order) -> list[datetime]:
    """Give the instants at which a chargeback was fully won, which resumed the renewal."""
    refunds = (refund for payment in order.payments for refund in payment.refunds)
    return [one.at for one in refunds if one.is_won]


def failed_charges(order: Order, payment: Payment) -> list[Attempt]:
    """Give the charges of saved means that failed since the renewal was resumed last, in order of time (P17)."""
    assert order.subscription is not None, "only the periods of a subscription are charged"
    failed: list[Attempt] = []
    for attempt in payment.attempts:
        if attempt.means is not None and attempt.outcome is Outcome.FAILED:
            failed.append(attempt)
            if _key_of_failure(attempt) in order.subscription.cleared:
                # Failures before a resumption are forgiven: the count of retries starts anew (law 3).
                failed.clear()
    return sorted(failed, key=lambda attempt: attempt.at)


def _key_of_failure(attempt: Attempt) -> str:
    return f"{CHARGE_FAILED}:{attempt.id}"


def _by_themselves(order: Order) -> Iterator[Stop]:
    for payment in order.payments:
        for refund in payment.refunds:
            # Any chargeback, also of a payment by hand: a customer who disputes is not charged again (law 1).
            if refund.chargeback and not refund.is_won:
                yield Stop(at=refund.at, reason=CHARGEBACK, key=f"{CHARGEBACK}:{refund.id}")
        if payment.period is not None:
            yield from _given_back(order, payment)
            assert order.subscription is not None
            failed = failed_charges(order, payment)
            # One failure more than there are retries: the first try is none.
            if payment.paid is None and len(failed) > len(order.subscription.retries):
                yield Stop(at=failed[-1].at, reason=CHARGE_FAILED, key=_key_of_failure(failed[-1]))


def _given_back(order: Order, payment: Payment) -> Iterator[Stop]:
    """Give the stop by a full refund, if no later period was paid then."""
    at = lost_at(payment)
    # A later period that was paid shows that the customer goes on (law 1).
    assert payment.period is not None, "only periods stop the renewal"
    if at is None or any(_is_paid_later(one, payment.period, at) for one in order.payments):
        return
    # The newest refund names the stop: one made after a resumption stops it again.
    by = max((one.id for one in payment.refunds if one.kept), key=lambda id: (len(id), id))
    yield Stop(at=at, reason=REFUNDED, key=f"{REFUNDED}:{by}")


def _is_paid_later(one: Payment, number: int, at: datetime) -> bool:
    is_later = one.period is not None and one.period > number
    lost = lost_at(one)
    return is_later and one.paid is not None and one.paid.at <= at and (lost is None or lost > at)

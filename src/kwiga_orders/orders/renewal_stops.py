"""The stops of a subscription's renewal, computed from facts (P13, P17).

Laws:

1. A person can stop it by hand. It stops by itself after any chargeback, the full refund of the last paid period, and
   the last failed try to charge.
2. A stop ends with its fact: when a chargeback is won in full, or the payment of a failed charge is paid.
3. A person who resumes it clears all stops; only later facts stop it again.
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
    """A stop of the renewal, since when, and why. `key` names its fact; a stop by hand has none."""

    at: datetime
    reason: str | None = None
    key: str | None = None


def stopped_of(order: Order) -> Stop | None:
    """Give the first stop of an order's renewal; None if it is not stopped."""
    # The first stop counts, because the period that was current then is the last one.
    return min(stops_of(order), key=lambda stop: stop.at, default=None)


def stops_of(order: Order) -> list[Stop]:
    """Give all current stops of an order's renewal."""
    subscription = order.subscription
    assert subscription is not None, "only a subscription has a renewal"
    # Law 3: facts that a person cleared by resuming do not stop it again.
    found = [stop for stop in _by_themselves(order) if stop.key not in subscription.cleared]
    if subscription.stopped is not None:
        found.append(Stop(at=subscription.stopped.at, reason=subscription.stopped.reason))
    return found


def lost_at(payment: Payment) -> datetime | None:
    """Give the instant at which a payment was refunded in full or charged back; None if it was not."""
    paid = payment.paid if payment.refunds else None
    if paid is None:
        return None
    gone = Money.zero(paid.amount.currency)
    # In the order of time, to find the refund after which nothing was left.
    for taken_at, kept in sorted(
        (one.at if one.taken_at is None else one.taken_at, one.kept) for one in payment.refunds
    ):
        gone += kept
        if gone >= paid.amount:
            # P9: a refund that was reported before its payment counts from the payment.
            return max(taken_at, paid.at)
    return None


def won_back_at(order: Order) -> list[datetime]:
    """Give the instants at which a chargeback was fully won, which resumed the renewal."""
    refunds = (refund for payment in order.payments for refund in payment.refunds)
    return [one.at for one in refunds if one.is_won]


def failed_charges(order: Order, payment: Payment) -> list[Attempt]:
    """Give the failed charges of a saved card since the last resumption of the renewal, in order of time (P17)."""
    assert order.subscription is not None, "only the periods of a subscription are charged"
    failed: list[Attempt] = []
    for attempt in payment.attempts:
        if attempt.means is not None and attempt.outcome is Outcome.FAILED:
            failed.append(attempt)
            if _key_of_failure(attempt) in order.subscription.cleared:
                # Law 3: failures before a resumption do not count.
                failed.clear()
    return sorted(failed, key=lambda attempt: attempt.at)


def _key_of_failure(attempt: Attempt) -> str:
    return f"{CHARGE_FAILED}:{attempt.id}"


def _by_themselves(order: Order) -> Iterator[Stop]:
    for payment in order.payments:
        for refund in payment.refunds:
            # Law 1: any chargeback, also of a payment by hand: a customer who disputes is not charged again.
            if refund.chargeback and not refund.is_won:
                yield Stop(at=refund.at, reason=CHARGEBACK, key=f"{CHARGEBACK}:{refund.id}")
        if payment.period is not None:
            yield from _given_back(order, payment)
            assert order.subscription is not None
            failed = failed_charges(order, payment)
            # One failure more than retries, because the first charge is not a retry.
            if payment.paid is None and len(failed) > len(order.subscription.retries):
                yield Stop(at=failed[-1].at, reason=CHARGE_FAILED, key=_key_of_failure(failed[-1]))


def _given_back(order: Order, payment: Payment) -> Iterator[Stop]:
    """Give the stop by a full refund, if no later period was paid then."""
    at = lost_at(payment)
    # Law 1: if a later period is paid, the renewal goes on.
    assert payment.period is not None, "only periods stop the renewal"
    if at is None or any(_is_paid_later(one, payment.period, at) for one in order.payments):
        return
    # The newest refund is the key, so that a refund after a resumption stops it again.
    by = max((one.id for one in payment.refunds if one.kept), key=lambda id: (len(id), id))
    yield Stop(at=at, reason=REFUNDED, key=f"{REFUNDED}:{by}")


def _is_paid_later(one: Payment, number: int, at: datetime) -> bool:
    is_later = one.period is not None and one.period > number
    lost = lost_at(one)
    return is_later and one.paid is not None and one.paid.at <= at and (lost is None or lost > at)

"""The amount that each payment of an order asks for, now and at any instant.

Home of P15. Laws:

1. An unpaid payment made by hand asks for its amount, whatever the balance.
2. The payments of a payment option together ask for the balance minus the payments by hand, and never for more. That
   sum fills the payment due last first. So cash or a discount lowers the payment that is due first.
3. A cancelled or superseded order asks for nothing. In a refunded order the payments of an option ask for nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import attrs

from kwiga_orders.money import Money
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Payment, PaymentState, PaymentStatus
from kwiga_orders.sums import Tally
from kwiga_orders.values import kept_with, maker

__all__ = ["AskedSpan", "asked_of", "asked_spans", "owed"]


@attrs.frozen(kw_only=True)
class AskedSpan:
    """A payment asks for `amount` during `[starts_at, ends_at)`; `ends_at` None means for ever."""

    starts_at: datetime
    ends_at: datetime | None = None
    amount: Money


def asked_of(order: Order) -> Mapping[str, Money]:
    """Give the amount that each payment of `order` asks for now, by id; payments that ask for nothing are left out."""
    # cached, because letters, cards and lists ask for each payment
    return kept_with(order, "_asked", _asked_now)


def _asked_now(order: Order) -> Mapping[str, Money]:
    # Law 3, decision 0020: a cancelled order asks for nothing.
    if order.cancelled_at is not None or order.superseded_by is not None:
        return {}
    unpaid = [payment for payment in order.payments if payment.state is PaymentState.UNPAID]
    return dict(_asked(unpaid, order.sums)) if unpaid else {}


def owed(order: Order) -> Money:
    """Give what `order` asks for now, all its payments together (P7)."""
    return Money.total(asked_of(order).values(), currency=order.currency)


def asked_spans(order: Order) -> Mapping[str, tuple[AskedSpan, ...]]:
    """Give the spans in which each payment asks for a positive amount, by its id and in order of time.

    They are computed from the facts known now, each at its own instant. If a payment asks for something now, its last
    span has no end.
    """
    found: dict[str, list[AskedSpan]] = {}
    asking: dict[str, tuple[datetime, Money]] = {}
    unpaid: dict[str, Payment] = {}
    asks_in_full = True
    for at, sums, started, settled in _moments(order):
        for id in settled:
            del unpaid[id]
        unpaid.update((payment.id, payment) for payment in started)
        asked_in_full, asks_in_full = asks_in_full, _covers(sums, unpaid.values())
        if asked_in_full and asks_in_full:
            # The usual case: only added and settled payments change, so the others need not be computed.
            now = {payment.id: payment.amount for payment in started}
            touched: Iterable[str] = (*settled, *now)
        else:
            # In the order of `order.payments`: of two payments due at one instant, the higher number counts as later.
            now = dict(_asked([one for one in order.payments if one.id in unpaid], sums))
            touched = (*asking, *now)
        for id in touched:
            amount, (starts_at, was) = now.get(id), asking.get(id, (at, None))
            if was is not None and amount != was:
                found.setdefault(id, []).append(_span(starts_at=starts_at, ends_at=at, amount=was))
                del asking[id]
            if amount is not None and amount != was:
                asking[id] = at, amount
    for id, (starts_at, amount) in asking.items():
        found.setdefault(id, []).append(_span(starts_at=starts_at, amount=amount))
    return {id: tuple(spans) for id, spans in found.items()}


_span = maker(AskedSpan)


def _asked(unpaid: Iterable[Payment], sums: Tally) -> Iterator[tuple[str, Money]]:
    """Share the balance among unpaid payments."""
    by_option: list[Payment] = []
    # Law 2: payments by hand take their share of the balance first.
    left = sums.balance.minor
    for payment in unpaid:
        if payment.by_hand:
            left -= payment.amount.minor
            yield payment.id, payment.amount
        else:
            by_option.append(payment)
    # Law 3: in a refunded order only payments by hand ask for money.
    if sums.status is PaymentStatus.REFUNDED:
        return
    if sum([payment.amount.minor for payment in by_option]) <= left:
        # the usual case: the balance covers all payments in full
        yield from [(payment.id, payment.amount) for payment in by_option]
        return
    # of two payments due at the same instant, the higher number counts as later
    for _, payment in sorted(enumerate(by_option), key=lambda one: (one[1].due_at, one[0]), reverse=True):
        asks = min(payment.amount.minor, left)
        if asks > 0:
            left -= asks
            yield payment.id, Money(asks, sums.total.currency)


def _covers(sums: Tally, unpaid: Iterable[Payment]) -> bool:
    """Tell whether the balance covers all these payments, so that each asks for its whole amount."""
    is_refunded = sums.status is PaymentStatus.REFUNDED
    options = [one.amount.minor for one in unpaid if not one.by_hand]
    by_hand = sum([one.amount.minor for one in unpaid if one.by_hand])
    return not options or (not is_refunded and sum(options) <= sums.balance.minor - by_hand)


def _moments(order: Order) -> Iterator[tuple[datetime, Tally, list[Payment], list[str]]]:
    """Give the instants at which the asked amounts may change, in order of time.

    Each comes with the sums from then on, the payments that begin to ask, and the ids of those that were settled.
    """
    # Law 3: a superseded order asks for nothing. The first edition did not store when an order was superseded.
    superseded_at = None if order.superseded_by is None else order.superseded_at or order.created_at
    closed_at = min((at for at in (order.cancelled_at, superseded_at) if at is not None), default=None)
    started: dict[datetime, list[Payment]] = {}
    settled: dict[datetime, list[str]] = {}
    for payment in order.payments:
        money = payment.money
        ends = [at for at in (money[0].at if money else None, payment.voided_at, closed_at) if at is not None]
        ends_at = min(ends, default=None)
        if ends_at is None or payment.created_at < ends_at:
            started.setdefault(payment.created_at, []).append(payment)
            if ends_at is not None:
                settled.setdefault(ends_at, []).append(payment.id)
    sums = {tally.at: tally for tally in order.tallies}
    current = order.tallies[0]
    for at in sorted({*sums, *started, *settled}):
        # The last of several sums at one instant counts.
        current = sums.get(at, current)
        yield at, current, started.get(at, []), settled.get(at, [])

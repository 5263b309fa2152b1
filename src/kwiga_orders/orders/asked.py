"""What an order asks for: how much of which payment, now and at every instant.

Home of P15. Laws:

1. An unpaid payment made by hand asks its amount, whatever the balance: adding it is asking.
2. The payments of a payment option together ask for what is left of the balance after the payments by hand, and never
   more. It is given to the payment due last first. So cash or a discount lowers the payment that is due first.
3. Nothing is asked of an order that is cancelled or superseded, nor by a payment option of one that is refunded.
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
    """A payment asks for `amount` during `[starts_at, ends_at)`; `ends_at` None is for ever."""

    starts_at: datetime
    ends_at: datetime | None = None
    amount: Money


def asked_of(order: Order) -> Mapping[str, Money]:
    """Give what each payment of `order` asks for now, by its id; a payment that asks for nothing is not there."""
    # a letter, a card or a list asks once for each payment
    return kept_with(order, "_asked", _asked_now)


def _asked_now(order: Order) -> Mapping[str, Money]:
    # Law 3. What is owed is settled when an order is cancelled (decision 0020).
    if order.cancelled_at is not None or order.superseded_by is not None:
        return {}
    unpaid = [payment for payment in order.payments if payment.state is PaymentState.UNPAID]
    return dict(_asked(unpaid, order.sums)) if unpaid else {}


def owed(order: Order) -> Money:
    """Give what `order` asks for now, all its payments together (P7)."""
    return Money.total(asked_of(order).values(), currency=order.currency)


def asked_spans(order: Order) -> Mapping[str, tuple[AskedSpan, ...]]:
    """Give the spans in which each payment asks for a positive amount, by its id and in order of time.

    They follow from the facts known now, each at its own instant. The last span of a payment that asks for something
    now has no end.
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
            # The usual case: only what was added or settled changes, however many parts the plan has.
            now = {payment.id: payment.amount for payment in started}
            touched: Iterable[str] = (*settled, *now)
        else:
            # The order of `order.payments`, since of two that are due at one instant the later number is last.
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
    """Share out what is left of the balance among unpaid payments."""
    by_option: list[Payment] = []
    # The balance is what money has not covered; every payment by hand takes its share first (law 2).
    left = sums.balance.minor
    for payment in unpaid:
        if payment.by_hand:
            left -= payment.amount.minor
            yield payment.id, payment.amount
        else:
            by_option.append(payment)
    # A refunded order owes nothing by its plan, only what somebody asked for by hand (law 3).
    if sums.status is PaymentStatus.REFUNDED:
        return
    if sum([payment.amount.minor for payment in by_option]) <= left:
        # the usual case: nothing relieves anything
        yield from [(payment.id, payment.amount) for payment in by_option]
        return
    # of two that are due at one instant the later number is last
    for _, payment in sorted(enumerate(by_option), key=lambda one: (one[1].due_at, one[0]), reverse=True):
        asks = min(payment.amount.minor, left)
        if asks > 0:
            left -= asks
            yield payment.id, Money(asks, sums.total.currency)


def _covers(sums: Tally, unpaid: Iterable[Payment]) -> bool:
    """Tell whether each of these payments asks for its whole amount, since all together stay within the balance."""
    is_refunded = sums.status is PaymentStatus.REFUNDED
    options = [one.amount.minor for one in unpaid if not one.by_hand]
    by_hand = sum([one.amount.minor for one in unpaid if one.by_hand])
    return not options or (not is_refunded and sum(options) <= sums.balance.minor - by_hand)


def _moments(order: Order) -> Iterator[tuple[datetime, Tally, list[Payment], list[str]]]:
    """Give the instants at which what is asked for may change, in order of time.

    Each comes with the sums from then on, the payments that begin to ask, and the ids of those that were settled.
    """
    # Law 3: from then on nothing is asked. An order of the first edition noted no instant of superseding.
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
        # Of several sums at one instant the last counts.
        current = sums.get(at, current)
        yield at, current, started.get(at, []), settled.get(at, [])

"""What an order asks for: how much of which payment, now and at every instant.

Home of P15. Laws:

1. An unpaid payment made by hand asks its amount, whatever the balance: adding it is asking.
2. Those made by a payment option ask together for what is left of the balance after those by hand, and never more.
   What is left goes to the one due last first, so that whatever relieves the order relieves what is due first.
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
    for at in _changes(order):
        now = dict(_asked_at(order, at))
        # A copy, since spans that end are taken out of `asking` in the loop.
        for id, (starts_at, amount) in [*asking.items()]:
            if now.get(id) != amount:
                found.setdefault(id, []).append(_span(starts_at=starts_at, ends_at=at, amount=amount))
                del asking[id]
        for id, amount in now.items():
            # `setdefault` keeps the beginning of a span whose amount is the same as before.
            asking.setdefault(id, (at, amount))
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


def _asked_at(order: Order, at: datetime) -> Iterator[tuple[str, Money]]:
    """Give what each payment asks for at an instant, by the facts known now."""
    # The first edition noted no instant of superseding: such an order counts as superseded from the beginning.
    superseded_at = order.superseded_at or order.created_at
    is_superseded = order.superseded_by is not None and superseded_at <= at
    if is_superseded or (order.cancelled_at is not None and order.cancelled_at <= at):
        return iter(())
    return _asked([payment for payment in order.payments if _is_unpaid(payment, at)], order.sums_at(at))


def _is_unpaid(payment: Payment, at: datetime) -> bool:
    is_paid = payment.paid is not None and payment.paid.at <= at
    return payment.created_at <= at and not is_paid and (payment.voided_at is None or at < payment.voided_at)


def _changes(order: Order) -> list[datetime]:
    """Give the instants at which what is asked for may change, in order."""
    # Only these instants can change the answer, so the spans between them need no look.
    found = {order.created_at, *(tally.at for tally in order.tallies)}
    for payment in order.payments:
        paid_at = None if payment.paid is None else payment.paid.at
        found.update(at for at in (payment.created_at, payment.voided_at, paid_at) if at is not None)
    found.update(at for at in (order.cancelled_at, order.superseded_at) if at is not None)
    return sorted(found)

"""Payments and refunds of an order with their instants and products, for the school's books.

The takings of V8. Laws:

1. Paid money counts at its own instant. A refund counts at its own instant, but never before the payment (P9). If a
   refund fails later, its money counts as negative refund at the instant of the failure.
2. Money that counts in no sum is left out: unpaid payments and anomalies (P11).
3. The parts of the products add up to the whole amount (M4).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from kwiga_orders.money import Money
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Payment

__all__ = ["Taking", "takings_of"]


class Taking(NamedTuple):
    """The part of a payment or refund for one product; amounts are minor units. `part` numbers the products from 0."""

    fact: str
    part: int
    at: datetime
    product: str
    currency: str
    kind: str
    gateway: str | None
    offer: str | None
    manager: str | None
    came: bool
    paid: int
    refunded: int


class _Fact(NamedTuple):
    """A payment or refund; `product` is the one that a refund names (P9)."""

    id: str
    at: datetime
    amount: Money
    gateway: str | None
    is_out: bool = False
    product: str | None = None


def takings_of(order: Order) -> Iterator[Taking]:
    """Give the payments and refunds of an order, with its current offer and manager."""
    # V8: if the order gets another manager, its money moves with it in the books.
    offer = None if order.origin is None else order.origin.offer
    for payment in order.payments:
        for fact in _facts_of(payment):
            for part, (product, share) in enumerate(_shares(order, fact)):
                yield Taking(
                    fact=fact.id,
                    part=part,
                    at=fact.at,
                    product=product,
                    currency=share.currency,
                    kind=payment.kind,
                    gateway=fact.gateway,
                    offer=offer,
                    manager=order.manager,
                    came=not fact.is_out,
                    paid=0 if fact.is_out else share.minor,
                    refunded=share.minor if fact.is_out else 0,
                )


def _facts_of(payment: Payment) -> Iterator[_Fact]:
    money = payment.money
    if not money:
        return
    # P6: the first success is the money of a mark by hand, so there are as many successes as amounts
    successes = sorted((one for one in payment.attempts if one.counts), key=lambda one: (one.at, one.reference or ""))
    gateways = [one.gateway or payment.gateway for one in successes] or [payment.gateway]
    # `strict`, because a difference would be a bug: money and gateways come from the same attempts.
    for number, (came, gateway) in enumerate(zip(money, gateways, strict=True)):
        yield _Fact(f"{payment.id}:{number}", came.at, came.amount, gateway)
    for refund in payment.refunds:
        gone = Money.zero(refund.amount.currency)
        key, gateway, product = f"{payment.id}:{refund.id}", gateways[0], refund.product
        if refund.taken_at is not None:
            gone = refund.amount
            yield _Fact(key, max(refund.taken_at, money[0].at), gone, gateway, is_out=True, product=product)
        # Law 1: money of a failed refund is booked at the failure, not removed from the past.
        if refund.kept != gone:
            back, at = refund.kept - gone, max(refund.at, money[0].at)
            yield _Fact(f"{key}:back", at, back, gateway, is_out=True, product=product)


def _shares(order: Order, fact: _Fact) -> Iterable[tuple[str, Money]]:
    """Divide an amount among the products by their prices; a refund that names a product counts only for that."""
    if fact.product is not None:
        return [(fact.product, fact.amount)]
    # If all prices are 0, the products have equal weights.
    weights = [line.price.minor for line in order.lines]
    shares = fact.amount.shared(weights if any(weights) else [1] * len(weights))
    return zip((line.product for line in order.lines), shares, strict=True)

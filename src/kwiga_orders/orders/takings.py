"""Money in and money back of an order, each on its own day, for the school's books.

The takings of V8. Laws:

1. Money that came counts at its own instant, money that went back at its own, and never before the money that it was
   (P9); what comes back after all counts against what went, when it comes.
2. What is in no sum is no takings: what is unpaid, what was kept out (P11).
3. The parts that fall to the products of an order add up to the whole (M4).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from kwiga_orders.money import Money
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Payment

__all__ = ["Taking", "takings_of"]


class Taking(NamedTuple):
    """What of a fact of money falls to a product; sums are minor units. `part` counts the products from 0."""

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
    """Money that came or went; `product` is the one that a refund names (P9)."""

    id: str
    at: datetime
    amount: Money
    gateway: str | None
    is_out: bool = False
    product: str | None = None


def takings_of(order: Order) -> Iterator[Taking]:
    """Give the money in and money back of an order; offer and manager are its current ones."""
    # Current ones: books by manager follow the order when it changes hands (V8).
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
    # the first success of a gateway is the money of a mark by hand, so they are as many (P6)
    successes = sorted((one for one in payment.attempts if one.counts), key=lambda one: (one.at, one.reference or ""))
    gateways = [one.gateway or payment.gateway for one in successes] or [payment.gateway]
    # `strict`: money and gateways come from the same attempts, so a difference would be our bug.
    for number, (came, gateway) in enumerate(zip(money, gateways, strict=True)):
        yield _Fact(f"{payment.id}:{number}", came.at, came.amount, gateway)
    for refund in payment.refunds:
        gone = Money.zero(refund.amount.currency)
        key, gateway, product = f"{payment.id}:{refund.id}", gateways[0], refund.product
        if refund.taken_at is not None:
            gone = refund.amount
            yield _Fact(key, max(refund.taken_at, money[0].at), gone, gateway, is_out=True, product=product)
        # What came back after all is booked when it came, not taken out of the past (law 1).
        if refund.kept != gone:
            back, at = refund.kept - gone, max(refund.at, money[0].at)
            yield _Fact(f"{key}:back", at, back, gateway, is_out=True, product=product)


def _shares(order: Order, fact: _Fact) -> Iterable[tuple[str, Money]]:
    """Divide an amount among the products by their prices; a refund that names a product counts for it alone."""
    if fact.product is not None:
        return [(fact.product, fact.amount)]
    # Prices of 0 only: equal weights, because something must carry the money.
    weights = [line.price.minor for line in order.lines]
    shares = fact.amount.shared(weights if any(weights) else [1] * len(weights))
    return zip((line.product for line in order.lines), shares, strict=True)

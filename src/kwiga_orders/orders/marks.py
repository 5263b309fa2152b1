"""Marks by hand that are taken back: the order is as if they had never been made (P6)."""

from functools import partial

from kwiga_orders.orders.rows import with_payment
from kwiga_orders.orders.state import Order
from kwiga_orders.values import changed

__all__ = ["unmarked"]


def unmarked(order: Order, payment: str) -> Order:
    """Remove the mark of a payment, and compute for each other mark the activation before it anew (P5)."""
    order = with_payment(order, payment, partial(changed, mark=None))
    marks = {one.id: one.mark for one in order.payments if one.mark is not None}
    for id in marks:
        order = with_payment(order, id, partial(changed, mark=None))
    # In the order of their making, because earlier marks may have activated the order.
    for id, mark in sorted(marks.items(), key=lambda one: one[1].version):
        floor = _known_in(order, mark.version).activated_at
        order = with_payment(order, id, partial(changed, mark=changed(mark, floor=floor)))
    return order


def _known_in(order: Order, version: int) -> Order:
    """Give the order without the reports, refunds and totals that were stored after a version of it."""
    payments = [
        changed(
            one,
            attempts=tuple([attempt for attempt in one.attempts if attempt.version <= version]),
            refunds=tuple([refund for refund in one.refunds if refund.version <= version]),
        )
        for one in order.payments
    ]
    totals = tuple([total for total in order.totals if total.version <= version])
    return changed(order, payments=tuple(payments), totals=totals)

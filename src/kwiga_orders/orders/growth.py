"""Bounds on the size of an order, so that every store can hold its sums and every page can show it (K5).

An order at or beyond a bound still accepts commands that do not make it grow.
"""

from kwiga_orders.bounds import LIST, MONEY, PAYMENTS, TASKS
from kwiga_orders.errors import Refused
from kwiga_orders.orders.state import Order

__all__ = ["refuse_too_large"]

_MOST = {"lines": LIST, "payments": PAYMENTS, "tasks": TASKS, "notes": TASKS}


def refuse_too_large(before: Order | None, after: Order) -> None:
    """Refuse a change that makes an order grow beyond a bound.

    Raises:
        Refused: `input.too_large`, `money.too_large`.
    """
    had, has = {} if before is None else _counts(before), _counts(after)
    for what, most in _MOST.items():
        # Only growth is refused: an order that already had as many passes.
        if most < has[what] > had.get(what, 0):
            raise Refused("input.too_large", order=after.number, what=what, most=most)
    # A sum can also grow without a new element, for example when a price is edited.
    if (much := _largest_sum(after)) > MONEY and (before is None or much > _largest_sum(before)):
        raise Refused("money.too_large", order=after.number, most=MONEY)


def _counts(order: Order) -> dict[str, int]:
    # P13: only payments by hand count, so that a subscription can renew for ever
    by_hand = sum(payment.period is None for payment in order.payments)
    return {
        "lines": len(order.lines),
        "payments": by_hand,
        "tasks": len(order.tasks),
        "notes": len(order.notes),
    }


def _largest_sum(order: Order) -> int:
    sums = order.sums
    return max(sums.total.minor, sums.paid.minor, sums.refunded.minor)

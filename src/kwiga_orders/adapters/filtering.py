"""The values that orders are filtered by, and what an order adds to sums: the same in every store.

Home of V1's filters. Laws:

1. An order must pass every filter, and passes a filter if it has one of its values. An empty filter passes all orders.
2. Windows of instants are half-open (T4). An order is due when a payment that asks for something is (P15).
3. An order that is cancelled or refunded adds nothing to a sum of totals; what was paid for it counts (P7).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from kwiga_orders.listing import OrderSearch
from kwiga_orders.money import Money
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Payment, PaymentStatus

__all__ = ["FLAGS", "SEVERAL", "SINGLE", "WINDOWS", "Filtered", "Worth", "due_at", "filtered", "matches", "worth_of"]

# The names are fields of `OrderSearch`, so that each store can read them with `getattr`.
SINGLE = (
    "funnel", "status", "payment_status", "type", "manager", "offer", "contact", "currency", "number",
)  # fmt: skip
"""Fields with one value for each order, by their names in `OrderSearch`."""

SEVERAL = ("responsible", "team", "tag", "product", "gateway", "payment_kind")
"""Fields that may have several values for an order."""

FLAGS = ("cancelled", "superseded", "overpaid", "needs_attention", "unassigned")
"""The fields that are true or false of an order."""

WINDOWS = ("created", "updated", "paid", "due")
"""Filters by time: one of the order's instants must lie in the window from `…_from` to `…_until`."""


@attrs.frozen(kw_only=True)
class Filtered:
    """The values of one order that filters compare."""

    single: Mapping[str, str | int | None]
    several: Mapping[str, Sequence[str]]
    flags: Mapping[str, bool]
    instants: Mapping[str, Sequence[datetime]]


def filtered(order: Order) -> Filtered:
    """Give the values of `order` that filters compare."""
    # An order is not found by the gateway or kind of a void payment.
    alive = [payment for payment in order.payments if not payment.is_void]
    asked = asked_of(order)
    return Filtered(
        single={
            "funnel": order.funnel,
            "status": order.status,
            "payment_status": order.payment_status.value,
            "type": order.type,
            "manager": order.manager,
            "offer": None if order.origin is None else order.origin.offer,
            "contact": order.contact,
            "currency": order.currency,
            "number": order.number,
        },
        several={
            "responsible": order.responsibles,
            "team": order.team,
            "tag": order.tags,
            "product": [line.product for line in order.lines],
            "gateway": sorted({name for payment in alive for name in _gateways(payment)}),
            "payment_kind": sorted({payment.kind for payment in alive}),
        },
        flags={
            "cancelled": order.cancelled_at is not None,
            "superseded": order.superseded_by is not None,
            "overpaid": order.sums.balance.minor < 0,
            "needs_attention": order.needs_attention,
            "unassigned": order.manager is None,
        },
        instants={
            "created": (order.created_at,),
            "updated": (order.updated_at,),
            # All paid payments, not only the last: "paid in March" means that any payment was paid in March.
            "paid": [payment.paid.at for payment in order.payments if payment.paid is not None],
            "due": [payment.due_at for payment in alive if payment.id in asked],
        },
    )


def _gateways(payment: Payment) -> set[str]:
    # A payment may have been tried through several gateways; the order is found by each of them.
    through = {attempt.gateway for attempt in payment.attempts}
    return {name for name in (payment.gateway, *through) if name}


def due_at(order: Order) -> datetime | None:
    """Give when the first payment that asks for something falls due; None if nothing is asked (P15)."""
    asked = asked_of(order)
    return min((payment.due_at for payment in order.payments if payment.id in asked), default=None)


def matches(order: Order, search: OrderSearch) -> bool:
    """Tell whether an order passes all filters of `search` but the text (V1)."""
    values = filtered(order)
    return (
        # Law 1: an empty filter passes all orders; otherwise one of its values must match.
        all(not (wanted := getattr(search, name)) or values.single[name] in wanted for name in SINGLE)
        and all(not (wanted := getattr(search, name)) or set(wanted) & set(values.several[name]) for name in SEVERAL)
        # None means no filter; True and False must be equal to the flag.
        and all(getattr(search, name) in (None, values.flags[name]) for name in FLAGS)
        and all(_is_any_within(values.instants[name], search, name) for name in WINDOWS)
    )


def _is_any_within(instants: Sequence[datetime], search: OrderSearch, name: str) -> bool:
    start, end = getattr(search, f"{name}_from"), getattr(search, f"{name}_until")
    if start is None and end is None:
        return True
    return any((start is None or start <= at) and (end is None or at < end) for at in instants)


@attrs.frozen(kw_only=True)
class Worth:
    """What an order adds to the sums of its lists: its total, the net amount paid, and the amount owed (P7, P15)."""

    total: Money
    paid: Money
    owed: Money


def worth_of(order: Order) -> Worth:
    """Give what `order` adds to sums: the home of P7's rule that boards count no cancelled or refunded orders."""
    sums = order.sums
    # Law 3: the total of a cancelled order is not counted, but the money paid for it is.
    is_counted = order.cancelled_at is None and sums.status is not PaymentStatus.REFUNDED
    return Worth(
        total=sums.total if is_counted else Money.zero(order.currency),
        paid=sums.net,
        owed=Money.total(asked_of(order).values(), currency=order.currency),
    )

"""What an order is filtered by, and what it counts for: the same values in every store.

Home of V1's filters. Laws:

1. Values of one filter are alternatives, filters add up; a filter that is not set lets everything pass.
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

# The names are those of `OrderSearch`, so that each store can go through them by `getattr`.
SINGLE = (
    "funnel", "status", "payment_status", "type", "manager", "offer", "contact", "currency", "number",
)  # fmt: skip
"""Fields with one value for each order, by their names in `OrderSearch`."""

SEVERAL = ("responsible", "team", "tag", "product", "gateway", "payment_kind")
"""Fields that may have several values for an order."""

FLAGS = ("cancelled", "superseded", "overpaid", "needs_attention", "unassigned")
"""The fields that are true or false of an order."""

WINDOWS = ("created", "updated", "paid", "due")
"""The instants that are filtered by a window, `_from` to `_until`: one of an order's instants must lie in it."""


@attrs.frozen(kw_only=True)
class Filtered:
    """The values of one order that filters look at."""

    single: Mapping[str, str | int | None]
    several: Mapping[str, Sequence[str]]
    flags: Mapping[str, bool]
    instants: Mapping[str, Sequence[datetime]]


def filtered(order: Order) -> Filtered:
    """Give the values of `order` that filters look at."""
    # A void payment is no reason to find an order by its gateway or kind.
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
            # Every payment that was paid, not only the last one: "paid in March" means any money in March.
            "paid": [payment.paid.at for payment in order.payments if payment.paid is not None],
            "due": [payment.due_at for payment in alive if payment.id in asked],
        },
    )


def _gateways(payment: Payment) -> set[str]:
    # A payment may have been tried through several gateways; each of them finds it.
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
        # An empty filter lets everything pass (law 1); values of one filter are alternatives.
        all(not (wanted := getattr(search, name)) or values.single[name] in wanted for name in SINGLE)
        and all(not (wanted := getattr(search, name)) or set(wanted) & set(values.several[name]) for name in SEVERAL)
        # None is "not asked", and True or False must be equal.
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
    """Give what `order` adds to sums; the home of P7's rule that boards count neither cancelled nor refunded orders."""
    sums = order.sums
    # Law 3: a cancelled sale is no sale, but money that came for it is in the till.
    is_counted = order.cancelled_at is None and sums.status is not PaymentStatus.REFUNDED
    return Worth(
        total=sums.total if is_counted else Money.zero(order.currency),
        paid=sums.net,
        owed=Money.total(asked_of(order).values(), currency=order.currency),
    )

"""What to ask gateways for, by orders as they are now (P3, P4, P10); nothing is decided or changed here."""

from collections.abc import Sequence

from kwiga_orders.asking import Asking, get_order, unsettled_orders
from kwiga_orders.changes import OutboxRow
from kwiga_orders.gateways import (
    Capabilities,
    ChargeRequest,
    GatewayFact,
    LinkRequest,
    RefundRequest,
    StateRequest,
    call_of,
    link_request,
    state_requests,
)

__all__ = ["call_for", "link_for", "states_of", "unsettled_after"]


def link_for(order: str, payment: str, *, attempt: str | None) -> Asking[tuple[str, LinkRequest]]:
    """Give the gateway of a payment, and what to ask it for (P3).

    Raises:
        NotFound: if there is no such order or payment.
        Refused: `payment.not_owed`, `gateway.unavailable`.
    """
    found = yield from get_order(order)
    owed = found.payment(payment)
    return owed.gateway or "", link_request(found, owed, attempt=attempt)


def call_for(row: OutboxRow, capabilities: Capabilities) -> Asking[ChargeRequest | RefundRequest | GatewayFact | None]:
    """Give what to ask a gateway for by a row of the outbox, as its order is now."""
    order = yield from get_order(row.order)
    return call_of(row, order, capabilities)


def states_of(order: str) -> Asking[list[tuple[str, StateRequest]]]:
    """Give what to ask gateways, each by its name, to learn what became of the payments of an order (P4).

    Raises:
        NotFound: if there is no such order.
    """
    return list(state_requests((yield from get_order(order))))


def unsettled_after(order: str, *, gateway: str, limit: int) -> Asking[Sequence[str]]:
    """Give the ids of the next orders that a gateway knows more of (P4)."""
    return (yield from unsettled_orders(gateway, after=order, limit=limit))

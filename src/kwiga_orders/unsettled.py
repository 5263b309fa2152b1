"""Open attempts and refunds of an order, and the requests to gateways for their outcomes (P4, P10)."""

from collections.abc import Iterator
from datetime import datetime

from kwiga_orders.gateways import StateRequest
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Attempt, Outcome, Payment, Refund

__all__ = ["opened_at", "state_request", "state_requests", "unsettled_at"]


def unsettled_at(order: Order) -> frozenset[str]:
    """Give the gateways with open items: attempts with unknown outcome, automatic charges, and pending refunds."""
    return frozenset(gateway for payment in order.payments for gateway, _ in _unsettled(payment))


def opened_at(order: Order) -> list[datetime]:
    """Give the instants at which the open attempts and refunds were started."""
    return [at for payment in order.payments for _, at in _unsettled(payment)]


def _unsettled(payment: Payment) -> Iterator[tuple[str, datetime]]:
    for attempt in payment.attempts:
        if attempt.outcome is Outcome.UNKNOWN or attempt.is_charging:
            yield attempt.gateway or payment.gateway or "", attempt.started_at
    for refund in payment.refunds:
        if refund.outcome in (Outcome.PENDING, Outcome.UNKNOWN):
            yield payment.paid_through or "", refund.at


def state_requests(order: Order) -> Iterator[tuple[str, StateRequest]]:
    """Give the requests to gateways, by name, for all facts about the payments of an order.

    All payments with a gateway are included, because a link may have been paid, or money charged back, without a
    report.
    """
    for payment in order.payments:
        names = (payment.gateway, *(one.gateway for one in payment.attempts))
        for gateway in dict.fromkeys(name for name in names if name is not None):
            yield gateway, state_request(payment)


def state_request(payment: Payment) -> StateRequest:
    """Give the request for all facts about a payment."""
    rows: tuple[Attempt | Refund, ...] = (*payment.attempts, *payment.refunds)
    return StateRequest(
        payment=payment.id,
        amount=payment.amount,
        references=tuple(one.reference for one in rows if one.reference is not None),
        keys=tuple(one.id for one in rows if one.reference is None),
    )

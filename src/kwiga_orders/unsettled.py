"""What has not ended at a gateway, and what to ask it to learn everything about the payments of an order (P4, P10)."""

from collections.abc import Iterator
from datetime import datetime

from kwiga_orders.gateways import StateRequest, earned_by
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Attempt, Outcome, Payment, Refund

__all__ = ["opened_at", "state_request", "state_requests", "unsettled_at"]


def unsettled_at(order: Order) -> frozenset[str]:
    """Name the gateways that know more: of attempts of unknown outcome, automatic charges, and refunds in flight."""
    return frozenset(gateway for payment in order.payments for gateway, _ in _unsettled(payment))


def opened_at(order: Order) -> list[datetime]:
    """Give since when there is what a gateway knows more of: instants of attempts and refunds, as `unsettled_at`."""
    return [at for payment in order.payments for _, at in _unsettled(payment)]


def _unsettled(payment: Payment) -> Iterator[tuple[str, datetime]]:
    for attempt in payment.attempts:
        if attempt.outcome is Outcome.UNKNOWN or attempt.is_charging:
            yield attempt.gateway or payment.gateway or "", attempt.started_at
    for refund in payment.refunds:
        if refund.outcome in (Outcome.PENDING, Outcome.UNKNOWN):
            yield earned_by(payment), refund.at


def state_requests(order: Order) -> Iterator[tuple[str, StateRequest]]:
    """Give what to ask gateways, each by its name, to learn everything about the payments of an order.

    Asked about is all that may have gone through one: a link may have been paid, or money charged back, unheard of.
    """
    for payment in order.payments:
        names = (payment.gateway, *(one.gateway for one in payment.attempts))
        for gateway in dict.fromkeys(name for name in names if name is not None):
            yield gateway, state_request(payment)


def state_request(payment: Payment) -> StateRequest:
    """Give what to ask a gateway to learn everything about a payment."""
    rows: tuple[Attempt | Refund, ...] = (*payment.attempts, *payment.refunds)
    return StateRequest(
        payment=payment.id,
        amount=payment.amount,
        references=tuple(one.reference for one in rows if one.reference is not None),
        keys=tuple(one.id for one in rows if one.reference is None),
    )

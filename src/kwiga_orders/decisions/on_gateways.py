"""Requests to gateways, from the current state of orders (P3, P4, P10); nothing is decided or changed here."""

from collections.abc import Mapping, Sequence
from datetime import date

from kwiga_orders.asking import (
    Asking,
    find_order,
    get_order,
    get_project,
    look_up,
    standing_contact,
    unsettled_orders,
)
from kwiga_orders.changes import OutboxRow
from kwiga_orders.decisions.loading import courses_of
from kwiga_orders.gateways import (
    Capabilities,
    ChargeRequest,
    GatewayFact,
    LinkRequest,
    RefundRequest,
    StateRequest,
    call_of,
    link_request,
    names_a_payment,
    order_of,
    payer_of,
)
from kwiga_orders.listing import TakenThrough
from kwiga_orders.lookups import PaidUnder
from kwiga_orders.periods import Window, begins, ends, zone_named
from kwiga_orders.reconciliation import Entry, by_reference
from kwiga_orders.turns import AskAgain
from kwiga_orders.unsettled import opened_at, state_request, state_requests

__all__ = [
    "call_for",
    "day_of",
    "entries_here",
    "link_for",
    "orders_under",
    "payment_under",
    "state_for",
    "states_of",
    "taken_through",
    "unsettled_after",
]


def link_for(order: str, payment: str, *, attempt: str | None) -> Asking[tuple[str, LinkRequest]]:
    """Give the gateway of a payment, and the request for a link (P3).

    Raises:
        NotFound: if there is no such order or payment.
        Refused: `payment.not_owed`, `gateway.unavailable`.
    """
    found = yield from get_order(order)
    owed = found.payment(payment)
    # V9: after a merge the payer is the remaining contact.
    contact = yield from standing_contact(found.contact)
    payer = payer_of(contact, (yield from get_project()))
    courses = yield from courses_of(line.product for line in found.lines)
    titles = {product: course.title for product, course in courses.items()}
    return owed.gateway or "", link_request(found, owed, attempt=attempt, payer=payer, titles=titles)


def call_for(row: OutboxRow, capabilities: Capabilities) -> Asking[ChargeRequest | RefundRequest | GatewayFact | None]:
    """Give the request of an outbox row, from the current state of its order."""
    order = yield from get_order(row.order)
    # The current state, because a refund may have been corrected since.
    return call_of(row, order, capabilities)


def states_of(order: str, again: AskAgain | None = None) -> Asking[list[tuple[str, StateRequest]]]:
    """Give the requests to gateways, by name, for the outcomes of an order's payments (P4).

    With `again` there are none unless it is time to ask about one of its open attempts and refunds.

    Raises:
        NotFound: if there is no such order.
    """
    found = yield from get_order(order)
    # Workers call this often, and mostly it is not time to ask.
    if again is not None and not any(map(again.is_time_for, opened_at(found))):
        return []
    return list(state_requests(found))


def state_for(payment: str) -> Asking[StateRequest | None]:
    """Give the request for the state of one payment; None if it is not in the project (P11)."""
    # The text may come from anybody who knows the URL of the webhook, so its form is checked first.
    order = (yield from find_order(order_of(payment))) if names_a_payment(payment) else None
    found = next((one for one in order.payments if one.id == payment), None) if order else None
    return None if found is None else state_request(found)


def payment_under(reference: str, *, gateway: str) -> Asking[str | None]:
    """Give the payment that was paid under a reference of a gateway; None if no payment was (P4)."""
    # The lookup also finds orders that were once paid with it; only an attempt that counts now is the answer.
    for id in (yield from look_up(PaidUnder(gateway=gateway, reference=reference))):
        order = yield from get_order(id)
        for payment in order.payments:
            if any(one.reference == reference and one.counts for one in payment.attempts):
                return payment.id
    return None


def entries_here(order: str, *, gateway: str) -> Asking[tuple[Mapping[tuple[bool, str], Entry], list[StateRequest]]]:
    """Give the entries of an order at a gateway, and the requests for the states of its payments.

    Both are empty if there is no such order.
    """
    found = yield from find_order(order)
    if found is None:
        return {}, []
    return by_reference(found, gateway), [request for name, request in state_requests(found) if name == gateway]


def orders_under(fact: GatewayFact, *, gateway: str) -> Asking[Sequence[str]]:
    """Give the orders to which a row of a gateway may belong: by its payment first, then by its references."""
    found = [order_of(fact.payment)] if names_a_payment(fact.payment) else []
    for reference in (fact.reference, fact.of):
        if reference is not None and (payment := (yield from payment_under(reference, gateway=gateway))) is not None:
            found.append(order_of(payment))
    return tuple(dict.fromkeys(found))


def day_of(day: date) -> Asking[Window]:
    """Give the window of a day as the clocks of the project show it (T5)."""
    zone = zone_named((yield from get_project()).timezone)
    return Window(starts_at=begins(day, zone=zone), ends_at=ends(day, zone=zone))


def taken_through(gateway: str, window: Window) -> Asking[Sequence[str]]:
    """Give the ids of orders with money paid or refunded through a gateway within a window."""
    assert window.ends_at is not None, "a day ends"
    lookup = TakenThrough(gateway=gateway, starts_at=window.starts_at, ends_at=window.ends_at)
    return (yield from look_up(lookup))


def unsettled_after(order: str, *, gateway: str, limit: int) -> Asking[Sequence[str]]:
    """Give the ids of the next orders with an open attempt or refund at a gateway (P4)."""
    return (yield from unsettled_orders(gateway, after=order, limit=limit))

"""What to ask gateways for, by orders as they are now (P3, P4, P10); nothing is decided or changed here."""

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
    """Give the gateway of a payment, and what to ask it for (P3).

    Raises:
        NotFound: if there is no such order or payment.
        Refused: `payment.not_owed`, `gateway.unavailable`.
    """
    found = yield from get_order(order)
    owed = found.payment(payment)
    # V9: after a merge the person to pay is the card that stays.
    contact = yield from standing_contact(found.contact)
    payer = payer_of(contact, (yield from get_project()))
    courses = yield from courses_of(line.product for line in found.lines)
    titles = {product: course.title for product, course in courses.items()}
    return owed.gateway or "", link_request(found, owed, attempt=attempt, payer=payer, titles=titles)


def call_for(row: OutboxRow, capabilities: Capabilities) -> Asking[ChargeRequest | RefundRequest | GatewayFact | None]:
    """Give what to ask a gateway for by a row of the outbox, as its order is now."""
    order = yield from get_order(row.order)
    # As the order is now: a refund that was corrected since must not go out in its old form.
    return call_of(row, order, capabilities)


def states_of(order: str, again: AskAgain | None = None) -> Asking[list[tuple[str, StateRequest]]]:
    """Give what to ask gateways, each by its name, to learn what became of the payments of an order (P4).

    With `again`, it is nothing unless it is time to ask about one of its open attempts and refunds.

    Raises:
        NotFound: if there is no such order.
    """
    found = yield from get_order(order)
    # The host asks often; most of the time no gateway has anything new to say.
    if again is not None and not any(map(again.is_time_for, opened_at(found))):
        return []
    return list(state_requests(found))


def state_for(payment: str) -> Asking[StateRequest | None]:
    """Give what to ask a gateway about one payment; None if it is not in the project (P11)."""
    # The text may come from anybody who knows the address of the webhook, so its form is checked first.
    order = (yield from find_order(order_of(payment))) if names_a_payment(payment) else None
    found = next((one for one in order.payments if one.id == payment), None) if order else None
    return None if found is None else state_request(found)


def payment_under(reference: str, *, gateway: str) -> Asking[str | None]:
    """Give the payment that was paid under a reference of a gateway; None if no payment was (P4)."""
    # The lookup says who was paid under it once; only one that counts now is the answer.
    for id in (yield from look_up(PaidUnder(gateway=gateway, reference=reference))):
        order = yield from get_order(id)
        for payment in order.payments:
            if any(one.reference == reference and one.counts for one in payment.attempts):
                return payment.id
    return None


def entries_here(order: str, *, gateway: str) -> Asking[tuple[Mapping[tuple[bool, str], Entry], list[StateRequest]]]:
    """Give what an order has under references of a gateway, and what to ask the gateway about each payment.

    Nothing of an order that is not there.
    """
    found = yield from find_order(order)
    if found is None:
        return {}, []
    return by_reference(found, gateway), [request for name, request in state_requests(found) if name == gateway]


def orders_under(fact: GatewayFact, *, gateway: str) -> Asking[Sequence[str]]:
    """Give the orders that a row of a gateway may belong to: by its payment first, then by its references."""
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
    """Give the ids of the orders of which money came, or went back, through a gateway within a window."""
    assert window.ends_at is not None, "a day ends"
    lookup = TakenThrough(gateway=gateway, starts_at=window.starts_at, ends_at=window.ends_at)
    return (yield from look_up(lookup))


def unsettled_after(order: str, *, gateway: str, limit: int) -> Asking[Sequence[str]]:
    """Give the ids of the next orders that a gateway knows more of (P4)."""
    return (yield from unsettled_orders(gateway, after=order, limit=limit))

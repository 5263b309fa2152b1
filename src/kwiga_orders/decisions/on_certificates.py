"""Decisions about certificates: issue, revoke by hand, and carry over or give back because of refunds."""

from collections.abc import Iterable

from kwiga_orders.access import Grant
from kwiga_orders.asking import Asking, get_contact, next_number, orders_of, progress_of
from kwiga_orders.certificate import find_heir, issue_certificate, revoke_certificate
from kwiga_orders.decisions.decision import Decision, decision_of, unchanged
from kwiga_orders.decisions.loading import courses_of, offers_for, order_for, with_facts
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.decide import OrderChange, apply
from kwiga_orders.orders.events import CertificateIssued, CertificateRevoked, Event
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.window import resolved

__all__ = ["certificates_moved", "issue", "revoke"]


def issue(command: asked.IssueCertificate, given: Context) -> Asking[Decision]:
    """Issue a certificate under the next number (C3)."""
    # The number is taken last, after everything that could refuse.
    order = yield from order_for(command)
    given = yield from with_facts(given, orders=(order,), products=(command.product,))
    number = yield from next_number("certificate")
    progress = yield from progress_of((yield from get_contact(order.contact)), command.product)
    events = issue_certificate(order, command, given, progress=progress, number=number)
    return (yield from _decided(order, events, command, given))


def revoke(command: asked.RevokeCertificate, given: Context) -> Asking[Decision]:
    """Revoke a certificate by hand (C5)."""
    order = yield from order_for(command)
    given = yield from with_facts(given, orders=(order,))
    return (yield from _decided(order, revoke_certificate(order, command, given), command, given))


def _decided(order: Order, events: Iterable[Event], command: asked.OrderCommand, given: Context) -> Asking[Decision]:
    change = apply(order, events, id=order.id, command=command.name, given=given)
    return unchanged(order) if change is None else (yield from decision_of([change], given))


def certificates_moved(change: OrderChange, command: asked.OrderCommand, given: Context) -> Asking[list[OrderChange]]:
    """Give the changes of the contact's other orders when an order loses certificates by a refund, or gets them back.

    An eligible order takes over a certificate with its number (C4). Commands that change no certificate load nothing.
    """
    found: dict[str, tuple[Order, list[Event]]] = {}
    for recorded in change.recorded:
        event = recorded.event
        # C4, C5: only a certificate that a refund revoked is taken over, not one that was revoked by hand.
        if isinstance(event, CertificateRevoked) and event.reason is None:
            other = yield from _heir_of(change.after, event, given)
            number, of = event.number, change.after
            issued_at = next(one.issued_at for one in of.certificates if one.number == number)
            moved: Event = CertificateIssued(
                product=event.product, number=number, issued_at=issued_at, carried_from=of.id
            )
        # A restored certificate has its old instant; the order that took it over gives it back.
        elif isinstance(event, CertificateIssued) and event.issued_at is not None:
            other = yield from _holder_of(change.after, event)
            moved = CertificateRevoked(product=event.product, number=event.number, given_back_to=change.after.id)
        else:
            continue
        # One order may take over several certificates, so its events are folded together.
        if other is not None:
            found.setdefault(other.id, (other, []))[1].append(moved)
    changes = (apply(order, events, id=order.id, command=command.name, given=given) for order, events in found.values())
    return [one for one in changes if one is not None]


def _heir_of(order: Order, event: CertificateRevoked, given: Context) -> Asking[Order | None]:
    product = event.product
    others = yield from orders_of(order.contact, product=product)
    orders = [other for other in others if other.id != order.id]
    courses = yield from courses_of((product,))
    # Without another order of the product, nobody can take it over.
    if not orders or product not in courses:
        return None
    offers = yield from offers_for(orders)
    progress = yield from progress_of((yield from get_contact(order.contact)), product)
    lines = [(other, other.line(product)) for other in orders]
    grants = [Grant(order=one, line=line, resolved=resolved(one, line, offers)) for one, line in lines]
    return find_heir(grants, course=courses[product], progress=progress, at=given.now)


def _holder_of(order: Order, event: CertificateIssued) -> Asking[Order | None]:
    """Give the other order that has a certificate of that number, if it is still valid."""
    product = event.product
    for other in (yield from orders_of(order.contact, product=product)):
        valid = [one.number for one in other.certificates if one.revoked_at is None]
        if other.id != order.id and event.number in valid:
            return other
    return None

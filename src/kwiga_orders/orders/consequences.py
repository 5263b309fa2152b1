"""What follows from what happened to an order: activation, the status of its money, revoked certificates, moves.

Laws:

1. Consequences come in the order of cause: the fact, activation, the status of the money, the move.
2. An event of money fires on each real change of the payment status, and on no other occasion (F4).
3. A trial begins without an event of money (P13).
4. Rules never cascade: a move is not itself an event for rules.
5. A host's event moves an order once, the first time a rule may; `every_time` rules always. An event about a course is
   one event for each product, and reaches only orders that have it.

Home of F4.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

import attrs

from kwiga_orders.errors import Refused
from kwiga_orders.funnel import COURSE_EVENTS, HOST_EVENTS, Funnel, Rule
from kwiga_orders.orders.commands import ReportEvent
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import (
    CertificateIssued,
    CertificateRevoked,
    Event,
    EventReported,
    OrderActivated,
    OrderCancelled,
    OrderMoved,
    OrderPaid,
    OrderPartiallyPaid,
    OrderPartiallyRefunded,
    OrderRefunded,
    OrderReopened,
    OrderSuperseded,
    PaymentFailed,
    RuleSkipped,
)
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import PaymentStatus

__all__ = ["FIRING", "answering", "consequences", "moves", "refuse_unreportable", "report_event"]

_MONEY: Mapping[PaymentStatus, type[OrderPaid | OrderPartiallyPaid | OrderPartiallyRefunded | OrderRefunded]] = {
    PaymentStatus.PARTIALLY_PAID: OrderPartiallyPaid,
    PaymentStatus.PAID: OrderPaid,
    PaymentStatus.PARTIALLY_REFUNDED: OrderPartiallyRefunded,
    PaymentStatus.REFUNDED: OrderRefunded,
}
FIRING = (OrderCancelled, OrderReopened, PaymentFailed, CertificateIssued)
"""Events to which rules may answer each time; those of money and of the host come beside them (F4)."""


def consequences(before: Order | None, after: Order, happened: Iterable[Event], given: Context) -> Iterator[Event]:
    """Give what follows from `happened`, which made `after` of `before` (None: the order was just made)."""
    was_activated, activated_at = None if before is None else before.activated_at, after.activated_at
    if activated_at is not None and activated_at != was_activated:
        yield OrderActivated(activated_at=activated_at, before=was_activated)
        if after.superseded_by is not None:
            yield OrderSuperseded(by=None)
    fired = [event.name for event in happened if isinstance(event, FIRING)]
    money = _money_event(before, after)
    if money is not None:
        yield money
        fired.append(money.name)
    if isinstance(money, OrderRefunded):
        yield from _revoked(after)
    yield from _moves_by(fired, after, given)


def _money_event(before: Order | None, after: Order) -> Event | None:
    was, status = PaymentStatus.UNPAID if before is None else before.payment_status, after.payment_status
    on_trial = before is None and after.subscription is not None and after.subscription.trial
    kind = _MONEY.get(status)
    return None if kind is None or was is status or on_trial else kind()


def _revoked(order: Order) -> Iterator[Event]:
    """A full refund revokes certificates (C4)."""
    for certificate in order.certificates:
        if certificate.revoked_at is None:
            yield CertificateRevoked(product=certificate.product, number=certificate.number)


def _moves_by(fired: Iterable[str], order: Order, given: Context) -> Iterator[Event]:
    funnel = given.get_funnel(order.funnel)
    status = order.status
    for event in fired:
        for moved in moves(event, funnel, status, funnel.rules_for(event)):
            if isinstance(moved, OrderMoved):
                status = moved.to_status
            yield moved


def moves(event: str, funnel: Funnel, status: str, rules: Iterable[Rule]) -> Iterator[Event]:
    """Give the move that the first rule which may fire makes; a firing skipped is noted (F4)."""
    skipped = False
    for rule in rules:
        if rule.may_fire_from(status):
            if rule.status != status:
                yield OrderMoved(
                    from_funnel=funnel.id, from_status=status, to_funnel=funnel.id, to_status=rule.status, by=event
                )
            return
        skipped = True
    if skipped:
        yield RuleSkipped(event=event, status=status)


def answering(reported: EventReported, funnel: Funnel, fired: Collection[str]) -> tuple[Rule, ...]:
    """Give the rules that answer to an event of the host; of one that moved the order before, `every_time` ones.

    `fired` holds the keys of the events that have moved the order.
    """
    # the first edition noted events about a course without their product: those have fired for all of them
    has_fired = reported.key in fired or reported.event in fired
    return tuple(rule for rule in funnel.rules_for(reported.event) if rule.every_time or not has_fired)


def refuse_unreportable(event: str, product: str | None) -> None:
    """Refuse a host that reports what happens in the library itself, or an event that nobody knows. Home of F3.

    Raises:
        Refused: `input.invalid`, also if an event about a course names no product.
    """
    if event not in HOST_EVENTS and not event.startswith("x."):
        raise Refused("input.invalid", field="event", event=event[:100])
    if event in COURSE_EVENTS and product is None:
        raise Refused("input.invalid", field="product", event=event)


def report_event(order: Order, command: ReportEvent, given: Context) -> Iterator[Event]:
    """Record what the host reports; a rule answers to it the first time it may, or every time (F4)."""
    funnel = given.get_funnel(order.funnel)
    reported = EventReported(event=command.event, product=command.product, data=command.data)
    rules = answering(reported, funnel, order.fired)
    fires = reported.key not in order.fired and any(rule.may_fire_from(order.status) for rule in rules)
    yield attrs.evolve(reported, fires=fires)
    yield from moves(command.event, funnel, order.status, rules)

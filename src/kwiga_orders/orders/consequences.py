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

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import attrs

from kwiga_orders.errors import Refused
from kwiga_orders.funnel import COURSE_EVENTS, HOST_EVENTS, Funnel, Rule
from kwiga_orders.orders.commands import ReportEvent
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import (
    AttentionRaised,
    AttentionResolved,
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

__all__ = ["answering", "consequences", "is_firing", "moves", "refuse_unreportable", "report_event"]

_MONEY: Mapping[PaymentStatus, type[OrderPaid | OrderPartiallyPaid | OrderPartiallyRefunded | OrderRefunded]] = {
    PaymentStatus.PARTIALLY_PAID: OrderPartiallyPaid,
    PaymentStatus.PAID: OrderPaid,
    PaymentStatus.PARTIALLY_REFUNDED: OrderPartiallyRefunded,
    PaymentStatus.REFUNDED: OrderRefunded,
}
_FIRING = (OrderCancelled, OrderReopened, PaymentFailed, CertificateIssued)


def consequences(before: Order | None, after: Order, happened: Sequence[Event], given: Context) -> Iterator[Event]:
    """Give what follows from `happened`, which made `after` of `before` (None: the order was just made)."""
    # Attention first: letters and rules that follow must see it.
    yield from _looked_at(before, after, happened)
    was_activated, activated_at = None if before is None else before.activated_at, after.activated_at
    if activated_at is not None and activated_at != was_activated:
        yield OrderActivated(activated_at=activated_at, before=was_activated)
        # Only a new opening is superseded; once it is activated after all, it counts again (O3).
        if after.superseded_by is not None:
            yield OrderSuperseded(by=None)
    fired = [event.name for event in happened if is_firing(event)]
    # A new order counts as unpaid before: one that costs nothing fires `order.paid` at once (F4).
    was, status = PaymentStatus.UNPAID if before is None else before.payment_status, after.payment_status
    on_trial = before is None and after.subscription is not None and after.subscription.trial
    # `UNPAID` has no event: a status that falls back to it fires nothing.
    kind = _MONEY.get(status)
    money = None if kind is None or was is status or on_trial else kind()
    if money is not None:
        yield money
        # Rules answer in the order of cause: to what happened, then to the status of the money.
        fired.append(money.name)
    if isinstance(money, OrderRefunded):
        for certificate in after.certificates:
            if certificate.revoked_at is None:
                yield CertificateRevoked(product=certificate.product, number=certificate.number)
    elif before is not None and before.payment_status is PaymentStatus.REFUNDED and _is_refund_undone(before, after):
        yield from _given_back(after)
    yield from _moves_by(fired, after, given)


def _looked_at(before: Order | None, after: Order, happened: Iterable[Event]) -> Iterator[Event]:
    """Say what a person must look at from now on, and what the facts have cured (P16)."""
    # Compared by value: an item that changed is raised again, one that stayed is not.
    were = () if before is None else before.attention
    yield from (AttentionRaised(item=item) for item in after.attention if item not in were)
    ids = {item.id for item in after.attention}
    # What a person resolved has an event of its own.
    ids.update(id for event in happened if isinstance(event, AttentionResolved) for id in event.items)
    gone = tuple(item.id for item in were if item.id not in ids)
    if gone:
        yield AttentionResolved(items=gone, by_itself=True)


def is_firing(event: Event) -> bool:
    """Tell whether rules may answer to an event each time, beside those of money and of the host (F4)."""
    # C4: a certificate that is given back or carried on was issued before
    is_old = isinstance(event, CertificateIssued) and event.issued_at is not None
    return isinstance(event, _FIRING) and not is_old


# A number revoked by hand carries a reason, and no refund that fails brings it back (C5).


def _is_refund_undone(before: Order, after: Order) -> bool:
    """Tell whether an order is no longer refunded because a refund failed, rather than because it was paid again."""
    return after.payment_status is not PaymentStatus.REFUNDED and after.sums.refunded < before.sums.refunded


def _given_back(order: Order) -> Iterator[Event]:
    """A refund that fails gives back the certificates that it has revoked, under their numbers (C4)."""
    newest = {one.product: one for one in sorted(order.certificates, key=lambda one: one.number)}
    for one in newest.values():
        if one.revoked_at is not None and one.reason is None:
            yield CertificateIssued(
                product=one.product, number=one.number, issued_at=one.issued_at, carried_from=one.carried_from
            )


def _moves_by(fired: Iterable[str], order: Order, given: Context) -> Iterator[Event]:
    funnel = given.get_funnel(order.funnel)
    status = order.status
    # Law 4: one walk over what fired; the moves that it makes are not appended to `fired`.
    for event in fired:
        for moved in moves(event, funnel, status, funnel.rules_for(event)):
            if isinstance(moved, OrderMoved):
                # The next event is judged from where this one left the order.
                status = moved.to_status
            yield moved


def moves(event: str, funnel: Funnel, status: str, rules: Iterable[Rule]) -> Iterator[Event]:
    """Give the move that the first rule which may fire makes; a firing skipped is noted (F4)."""
    skipped = False
    for rule in rules:
        if rule.may_fire_from(status):
            # The first rule that may fire ends the search, even if the order stands there already (F4).
            if rule.status != status:
                yield OrderMoved(
                    from_funnel=funnel.id, from_status=status, to_funnel=funnel.id, to_status=rule.status, by=event
                )
            return
        skipped = True
    # Noted only if some rule answers to the event, so that most events leave no trace.
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
    # `x.` is the host's own room: those events are never the library's, now or later (F3).
    if event not in HOST_EVENTS and not event.startswith("x."):
        raise Refused("input.invalid", field="event", event=event[:100])
    if event in COURSE_EVENTS and product is None:
        raise Refused("input.invalid", field="product", event=event)


def report_event(order: Order, command: ReportEvent, given: Context) -> Iterator[Event]:
    """Record what the host reports; a rule answers to it the first time it may, or every time (F4)."""
    funnel = given.get_funnel(order.funnel)
    reported = EventReported(event=command.event, product=command.product, data=command.data)
    rules = answering(reported, funnel, order.fired)
    # Judged before the moves, by the status the event met: this decides whether it is used up.
    fires = reported.key not in order.fired and any(rule.may_fire_from(order.status) for rule in rules)
    yield attrs.evolve(reported, fires=fires)
    yield from moves(command.event, funnel, order.status, rules)

"""Events that follow from other events of an order: activation, payment status, revoked certificates, moves.

Laws:

1. They come in the order of cause: the fact, activation, the payment status, the move.
2. An event of money fires at each real change of the payment status, and never otherwise (F4).
3. The start of a trial fires no event of money (P13).
4. Rules never cascade: a move does not fire rules.
5. An event of the host moves an order only once, the first time that a rule may fire; `every_time` rules fire always.
   Events about a course count separately for each product, and reach only orders that have it.

Home of F4.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import attrs

from kwiga_orders.errors import Refused
from kwiga_orders.funnel import COURSE_EVENTS, HOST_EVENTS, Funnel, Rule
from kwiga_orders.orders.attention import unconnected
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
    """Give the events that follow from `happened`, which changed `before` (None: a new order) into `after`."""
    # Attention comes first, so that later letters and rules see it.
    yield from _looked_at(before, after, happened)
    yield from unconnected(after, happened, given.gateways)
    was_activated, activated_at = None if before is None else before.activated_at, after.activated_at
    if activated_at is not None and activated_at != was_activated:
        yield OrderActivated(activated_at=activated_at, before=was_activated)
        # O3: an order that is activated is no longer superseded.
        if after.superseded_by is not None:
            yield OrderSuperseded(by=None)
    fired = [event.name for event in happened if is_firing(event)]
    # F4: a new order counts as unpaid before, so that a free order fires `order.paid` at once.
    was, status = PaymentStatus.UNPAID if before is None else before.payment_status, after.payment_status
    on_trial = before is None and after.subscription is not None and after.subscription.trial
    # `UNPAID` has no event, so going back to it fires nothing.
    kind = _MONEY.get(status)
    money = None if kind is None or was is status or on_trial else kind()
    if money is not None:
        yield money
        # Rules react first to what happened, then to the payment status.
        fired.append(money.name)
    if isinstance(money, OrderRefunded):
        for certificate in after.certificates:
            if certificate.revoked_at is None:
                yield CertificateRevoked(product=certificate.product, number=certificate.number)
    elif before is not None and before.payment_status is PaymentStatus.REFUNDED and _is_refund_undone(before, after):
        yield from _given_back(after)
    yield from _moves_by(fired, after, given)


def _looked_at(before: Order | None, after: Order, happened: Iterable[Event]) -> Iterator[Event]:
    """Give the events for new attention items, and for items that facts have cured (P16)."""
    # Compared by value: an item that changed is raised again, an unchanged one is not.
    were = () if before is None else before.attention
    yield from (AttentionRaised(item=item) for item in after.attention if item not in were)
    ids = {item.id for item in after.attention}
    # Items that a person resolved have their own event already.
    ids.update(id for event in happened if isinstance(event, AttentionResolved) for id in event.items)
    gone = tuple(item.id for item in were if item.id not in ids)
    if gone:
        yield AttentionResolved(items=gone, by_itself=True)


def is_firing(event: Event) -> bool:
    """Tell whether rules may react to each such event, beside events of money and of the host (F4)."""
    # C4: a certificate that is given back or carried over was issued before
    is_old = isinstance(event, CertificateIssued) and event.issued_at is not None
    return isinstance(event, _FIRING) and not is_old


# C5: a certificate revoked by hand has a reason, and a failed refund does not restore it.


def _is_refund_undone(before: Order, after: Order) -> bool:
    """Tell whether an order is no longer refunded because a refund failed, rather than because it was paid again."""
    return after.payment_status is not PaymentStatus.REFUNDED and after.sums.refunded < before.sums.refunded


def _given_back(order: Order) -> Iterator[Event]:
    """Give the events by which a failed refund restores the certificates that it had revoked (C4)."""
    newest = {one.product: one for one in sorted(order.certificates, key=lambda one: one.number)}
    for one in newest.values():
        if one.revoked_at is not None and one.reason is None:
            yield CertificateIssued(
                product=one.product, number=one.number, issued_at=one.issued_at, carried_from=one.carried_from
            )


def _moves_by(fired: Iterable[str], order: Order, given: Context) -> Iterator[Event]:
    funnel = given.get_funnel(order.funnel)
    status = order.status
    # Law 4: one pass over the fired events; the moves themselves are not added to `fired`.
    for event in fired:
        for moved in moves(event, funnel, status, funnel.rules_for(event)):
            if isinstance(moved, OrderMoved):
                # The next event starts from the status to which this one moved the order.
                status = moved.to_status
            yield moved


def moves(event: str, funnel: Funnel, status: str, rules: Iterable[Rule]) -> Iterator[Event]:
    """Give the move by the first rule that may fire; note rules that were skipped because of the status (F4)."""
    skipped = False
    for rule in rules:
        if rule.may_fire_from(status):
            # F4: the first rule that may fire counts, even if the order is in its status already.
            if rule.status != status:
                yield OrderMoved(
                    from_funnel=funnel.id, from_status=status, to_funnel=funnel.id, to_status=rule.status, by=event
                )
            return
        skipped = True
    # Noted only if some rule reacts to the event, so most events leave no row in the history.
    if skipped:
        yield RuleSkipped(event=event, status=status)


def answering(reported: EventReported, funnel: Funnel, fired: Collection[str]) -> tuple[Rule, ...]:
    """Give the rules for an event of the host; if the event moved the order before, only those with `every_time`.

    `fired` holds the keys of events that have moved the order.
    """
    # the first edition stored events about a course without their product; they count as fired for all products
    has_fired = reported.key in fired or reported.event in fired
    return tuple(rule for rule in funnel.rules_for(reported.event) if rule.every_time or not has_fired)


def refuse_unreportable(event: str, product: str | None) -> None:
    """Refuse an event of the library itself, or an unknown event, from the host. Home of F3.

    Raises:
        Refused: `input.invalid`, also if an event about a course names no product.
    """
    # F3: names that begin with `x.` belong to the host; the library will never use them.
    if event not in HOST_EVENTS and not event.startswith("x."):
        raise Refused("input.invalid", field="event", event=event[:100])
    if event in COURSE_EVENTS and product is None:
        raise Refused("input.invalid", field="product", event=event)


def report_event(order: Order, command: ReportEvent, given: Context) -> Iterator[Event]:
    """Record an event of the host; rules react to it the first time they may, or every time (F4)."""
    funnel = given.get_funnel(order.funnel)
    reported = EventReported(event=command.event, product=command.product, data=command.data)
    rules = answering(reported, funnel, order.fired)
    # Decided before the moves, by the status in which the event found the order.
    fires = reported.key not in order.fired and any(rule.may_fire_from(order.status) for rule in rules)
    yield attrs.evolve(reported, fires=fires)
    yield from moves(command.event, funnel, order.status, rules)

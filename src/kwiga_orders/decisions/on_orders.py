"""Decisions about orders: an existing one, a new one, its twins, or all orders of a host's event."""

from collections.abc import Iterator, Sequence

from kwiga_orders.asking import Asking, look_up, orders_of
from kwiga_orders.commands import Command
from kwiga_orders.decisions.decision import Decision, decision_of, unchanged
from kwiga_orders.decisions.loading import order_for, with_facts
from kwiga_orders.decisions.on_certificates import certificates_moved
from kwiga_orders.decisions.on_contacts import get_open_contact
from kwiga_orders.decisions.on_offers import refuse_stale
from kwiga_orders.errors import Refused
from kwiga_orders.lookups import NewestOpenings, PaidUnder, SubscriptionsTo, UnpaidTwins, WaitingTwins
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders import consequences, creating, editing
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.decide import OrderChange, apply, events_of
from kwiga_orders.orders.events import Event, OrderSuperseded
from kwiga_orders.orders.gateway_reports import gateway_of
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.subscriptions import second_subscription
from kwiga_orders.payments import Outcome, Subscribe
from kwiga_orders.values import changed

__all__ = ["create_order", "made_by_hand", "open_offer", "report_event", "to_order"]


def to_order(command: asked.OrderCommand, given: Context) -> Asking[Decision]:
    """Decide a command to one order by its rule."""
    order = yield from order_for(command)
    products_in = (command.product,) if isinstance(command, asked.AddLine | asked.EditLine) else ()
    given = yield from with_facts(given, orders=(order,), products=products_in)
    if isinstance(command, asked.ReportAttempt):
        # P4: the report means something else if another order was paid with this reference.
        given = changed(given, is_reused=(yield from _is_reused(order, command)))
    if isinstance(command, asked.ReopenOrder):
        given = changed(given, newer_twins=(yield from _newer_twins(order)))
    # O3: only a superseded order needs its newest opening.
    if isinstance(command, asked.CancelOrder) and order.superseded_by is not None:
        newest = yield from look_up(NewestOpenings(orders=(order.id,)))
        given = changed(given, newest_opening=newest.get(order.id))
    events = list(events_of(order, command, given))
    change = yield from _with_second(events, command, given, before=order)
    if change is None:
        return unchanged(order)
    if change.newly_waiting:
        # O3: looked up only here, because few commands undo an activation.
        given = changed(given, newer_twins=(yield from _newer_twins(order)))
        given_way = list(editing.give_way(change.after, given))
        change = apply(order, [*events, *given_way], id=order.id, command=command.name, given=given) or change
    order_changes = [change]
    # effects on other orders: payments of twins are voided (O3), certificates carried over (C4)
    if change.newly_activated and order.opened_from is not None:
        for twin in (yield from _unpaid_twins(change.after, order.opened_from)):
            order_changes += _some(
                apply(twin, editing.void_unpaid(twin, "superseded"), id=twin.id, command=command.name, given=given)
            )
    order_changes += yield from certificates_moved(change, command, given)
    return (yield from decision_of(order_changes, given))


def _is_reused(order: Order, command: asked.ReportAttempt) -> Asking[bool]:
    """Tell whether another order was paid with the reported reference (P4)."""
    if command.outcome is not Outcome.SUCCEEDED:
        return False
    gateway = gateway_of(order.payment(command.payment), command)
    found = yield from look_up(PaidUnder(gateway=gateway or "", reference=command.reference))
    return any(id != order.id for id in found)


def _with_second(
    events: list[Event], command: Command, given: Context, *, before: Order | None
) -> Asking[OrderChange | None]:
    """Give the change of an order by events; raise attention for a second subscription to an offer (P13)."""
    id = given.fresh_id if before is None else before.id
    # Applied first without the other subscriptions, which are loaded only if this one was activated.
    change = apply(before, events, id=id, command=command.name, given=given)
    if change is None or not change.newly_activated or change.after.subscription is None:
        return change
    others = yield from _subscriptions_like(change.after)
    seconds = list(second_subscription(change.after, others, given))
    # Applied again, so that the attention item belongs to the same command.
    return apply(before, [*events, *seconds], id=id, command=command.name, given=given) if seconds else change


def _subscriptions_like(order: Order) -> Asking[Sequence[Order]]:
    """Give the subscriptions of the same contact to the same offer."""
    if order.origin is None:
        return []
    return (yield from look_up(SubscriptionsTo(contact=order.contact, offer=order.origin.offer)))


def _unpaid_twins(order: Order, offer: str) -> Asking[Sequence[Order]]:
    """Give the earlier openings of the same contact and offer whose payments an activation voids (O3)."""
    return (yield from look_up(UnpaidTwins(contact=order.contact, offer=offer, before=order.number)))


# decision 0023: a reopened order is superseded by later openings
def _newer_twins(order: Order) -> Asking[tuple[Order, ...]]:
    """Give the later openings of the same contact and offer, in any state (O3)."""
    if order.opened_from is None:
        return ()
    twins = yield from orders_of(order.contact, offer=order.opened_from)
    return tuple(twin for twin in twins if twin.number > order.number and twin.opened_from is not None)


def open_offer(command: asked.OpenOffer, given: Context) -> Asking[Decision]:
    """Make a new order, which supersedes earlier waiting ones (O3)."""
    yield from get_open_contact(command.contact)
    given = yield from with_facts(given, offers=(command.offer,), makes_order=True)
    # K2: the version is that of the offer, because the order does not exist yet.
    refuse_stale(command, command.offer, given.get_offer(command.offer).version)
    given = yield from _knowing_trials(command.offer, command, given)
    new = yield from _with_second(list(creating.open_offer(command, given)), command, given, before=None)
    assert new is not None, "opening an offer makes an order"
    order_changes = [new]
    # decision 0044: superseded twins are not changed again; answers name the newest opening
    waiting = yield from look_up(WaitingTwins(contact=command.contact, offer=command.offer))
    twins = {twin.id: twin for twin in waiting}
    if new.newly_activated:
        twins |= {twin.id: twin for twin in (yield from _unpaid_twins(new.after, command.offer))}
    # By number, so that two openings at the same time cannot deadlock.
    for twin in sorted(twins.values(), key=lambda one: one.number):
        events: list[Event] = [OrderSuperseded(by=new.after.id)] if twin.superseded_by is None else []
        if new.newly_activated:
            events += editing.void_unpaid(twin, "superseded")
        order_changes += _some(apply(twin, events, id=twin.id, command=command.name, given=given))
    return (yield from decision_of(order_changes, given))


def _knowing_trials(offer: str, command: asked.OpenOffer | asked.CreateOrder, given: Context) -> Asking[Context]:
    """Load whether the contact has already had the trial, if the chosen option has one (P13)."""
    option = given.get_offer(offer).current.option(command.payment_option)
    if not isinstance(option, Subscribe) or option.trial is None:
        return given
    earlier = yield from look_up(SubscriptionsTo(contact=command.contact, offer=offer))
    return changed(given, had_trial=any(one.subscription is not None and one.subscription.trial for one in earlier))


def create_order(command: asked.CreateOrder, given: Context) -> Asking[Decision]:
    """Make an order by hand (O4)."""
    given, made = yield from made_by_hand(command, given)
    return (yield from decision_of([made], given))


def made_by_hand(command: asked.CreateOrder, given: Context) -> Asking[tuple[Context, OrderChange]]:
    """Give an order that is made by hand, and the context it was made in (O4)."""
    yield from get_open_contact(command.contact)
    products = tuple(line.product for line in command.lines)
    offers = () if command.offer is None else (command.offer,)
    given = yield from with_facts(given, products=products, offers=offers, makes_order=True)
    if command.offer is not None:
        refuse_stale(command, command.offer, given.get_offer(command.offer).version)
        given = yield from _knowing_trials(command.offer, command, given)
    made = yield from _with_second(list(creating.create_order(command, given)), command, given, before=None)
    assert made is not None, "creating an order makes one"
    # An import continues with the same order and context.
    return given, made


def report_event(command: asked.ReportEvent, given: Context) -> Asking[Decision]:
    """Record an event of the host for an order, or for all active orders of a contact (F3, F4)."""
    consequences.refuse_unreportable(command.event, command.product)
    orders = yield from _reported_orders(command)
    given = yield from with_facts(given, orders=orders)
    order_changes: list[OrderChange] = []
    for order in orders:
        events = consequences.report_event(order, command, given)
        order_changes += _some(apply(order, events, id=order.id, command=command.name, given=given))
    return (yield from decision_of(order_changes, given))


# decision 0015: an order is active if it is neither cancelled nor superseded
def _reported_orders(command: asked.ReportEvent) -> Asking[list[Order]]:
    """Give the order an event is about, or all active ones of a contact: neither cancelled nor superseded (F3)."""
    id, contact = command.order, command.contact
    if id is not None:
        # K2: a bare command, only to check the version.
        about = asked.OrderCommand(order=id, expected_version=command.expected_version)
        order = yield from order_for(about)
        if command.product is not None:
            # Called only to refuse a product that the order does not have.
            order.line(command.product)
        return [order]
    if contact is None:
        raise Refused("input.invalid", field="order")
    yield from get_open_contact(contact)
    orders = yield from orders_of(contact)
    active = (order for order in orders if order.cancelled_at is None and order.superseded_by is None)
    # F4: an event without a product is for all active orders.
    return [order for order in active if command.product in (None, *(line.product for line in order.lines))]


def _some(change: OrderChange | None) -> Iterator[OrderChange]:
    if change is not None:
        yield change

"""Decisions about orders: one, a new one, its twins, or all that a host's event concerns."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from kwiga_orders.asking import Asking, get_progress, next_number, orders_of
from kwiga_orders.certificate import issue_certificate
from kwiga_orders.changes import NOTHING, Receipt
from kwiga_orders.commands import Command
from kwiga_orders.decisions.gathering import (
    Decision,
    Moment,
    circumstances,
    decision_of,
    get_order,
    offer_of,
    refuse_unknown_contact,
)
from kwiga_orders.errors import Refused
from kwiga_orders.orders import adjusting, consequences, creating, editing, gateway_reports, paying, subscriptions
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.decide import OrderChange, apply
from kwiga_orders.orders.events import Event, OrderSuperseded
from kwiga_orders.orders.lifecycle import refuse_unless_alive
from kwiga_orders.orders.state import Order

__all__ = ["create_order", "made_by_hand", "open_offer", "report_event", "to_certificate", "to_order", "told"]

_RULES: Mapping[type[asked.OrderCommand], Callable[..., Iterator[Event]]] = {
    asked.EditOrder: editing.edit_order,
    asked.EditLine: editing.edit_line,
    asked.AddLine: editing.add_line,
    asked.RemoveLine: editing.remove_line,
    asked.FollowOffer: editing.follow_offer,
    asked.MoveOrder: editing.move_order,
    asked.CancelOrder: editing.cancel_order,
    asked.ReopenOrder: editing.reopen_order,
    asked.AddTask: editing.add_task,
    asked.CompleteTask: editing.complete_task,
    asked.AddPayment: paying.add_payment,
    asked.EditPayment: paying.edit_payment,
    asked.VoidPayment: paying.void_payment,
    asked.MarkPaid: paying.mark_paid,
    asked.RefundPayment: paying.refund_payment,
    asked.Remind: paying.remind,
    asked.StartAttempt: paying.start_attempt,
    asked.ReportAttempt: gateway_reports.report_attempt,
    asked.ReportRefund: gateway_reports.report_refund,
    asked.Renew: subscriptions.renew,
    asked.StopRenewal: subscriptions.stop_renewal,
    asked.ResumeRenewal: subscriptions.resume_renewal,
    asked.ExtendAccess: adjusting.extend_access,
    asked.SetAccessEnd: adjusting.set_access_end,
    asked.FreezeAccess: adjusting.freeze_access,
    asked.UnfreezeAccess: adjusting.unfreeze_access,
}


def to_order(command: asked.OrderCommand, moment: Moment) -> Asking[Decision]:
    """Let the rule that answers to a command decide about its order."""
    order = yield from get_order(command)
    given = yield from circumstances(command, moment, offers=offer_of(order), products=_products_in(command))
    events = list(_RULES[type(command)](order, command, given))
    if isinstance(command, asked.ReopenOrder):
        events += yield from _superseded_meanwhile(order)
    telling = apply(order, events, id=order.id, command=command.name, given=given)
    return (yield from _with_twins(order, telling, command, given))


def told(order: Order, command: asked.OrderCommand, given: Context) -> OrderChange | None:
    """Let the rule that answers to a command decide about an order of which all is known, and which has no twins (O3).

    Raises:
        Refused: as the rule does; `order.cancelled`, `order.not_cancelled` (O12).
    """
    refuse_unless_alive(order, command)
    return apply(order, _RULES[type(command)](order, command, given), id=order.id, command=command.name, given=given)


def _with_twins(order: Order, telling: OrderChange | None, command: Command, given: Context) -> Asking[Decision]:
    """Complete a decision about an order by what it does to twins, if it was activated by it (O3)."""
    if telling is None:
        return Decision(changes=NOTHING, receipt=Receipt(order=order.id, version=order.version))
    tellings = [telling]
    if telling.newly_activated and order.origin is not None:
        code = order.origin.offer
        twins = yield from orders_of(order.contact, offer=code)
        for twin in _older_waiting(telling.after, twins):
            tellings += _some(apply(twin, editing.void_unpaid(twin), id=twin.id, command=command.name, given=given))
    return decision_of(tellings, given)


def _older_waiting(order: Order, twins: Iterable[Order]) -> Iterator[Order]:
    """Give the earlier orders of the same contact and offer that are neither activated nor cancelled (O3)."""
    for twin in twins:
        if twin.number < order.number and twin.activated_at is None and twin.cancelled_at is None:
            yield twin


def _superseded_meanwhile(order: Order) -> Asking[list[Event]]:
    """A reopened order counts as never cancelled (T6): if it waits, the newest opening since took its place (O3)."""
    if order.origin is None or order.activated_at is not None:
        return []
    code = order.origin.offer
    twins = yield from orders_of(order.contact, offer=code)
    newest = twins[-1].id
    return [OrderSuperseded(by=newest)] if newest not in (order.id, order.superseded_by) else []


def to_certificate(command: asked.IssueCertificate, moment: Moment) -> Asking[Decision]:
    """Issue a certificate under the next number (C3)."""
    order = yield from get_order(command)
    given = yield from circumstances(command, moment, offers=offer_of(order), products=(command.product,))
    number = yield from next_number("certificate")
    progress = yield from get_progress(order.contact, command.product)
    events = issue_certificate(order, command, given, progress=progress, number=number)
    telling = apply(order, events, id=order.id, command=command.name, given=given)
    return (yield from _with_twins(order, telling, command, given))


def open_offer(command: asked.OpenOffer, moment: Moment) -> Asking[Decision]:
    """Make a new order; earlier ones that wait are superseded by it (O3)."""
    yield from refuse_unknown_contact(command.contact)
    given = yield from circumstances(command, moment, offers=(command.offer,), makes_order=True)
    new = apply(None, creating.open_offer(command, given), id=moment.fresh_id, command=command.name, given=given)
    assert new is not None, "opening an offer makes an order"
    twins = yield from orders_of(command.contact, offer=command.offer)
    tellings = [new]
    for twin in _older_waiting(new.after, twins):
        events: list[Event] = [OrderSuperseded(by=new.after.id)]
        if new.newly_activated:
            events += editing.void_unpaid(twin)
        tellings += _some(apply(twin, events, id=twin.id, command=command.name, given=given))
    return decision_of(tellings, given)


def create_order(command: asked.CreateOrder, moment: Moment) -> Asking[Decision]:
    """Make an order by hand (O4)."""
    given, made = yield from made_by_hand(command, moment)
    return decision_of([made], given)


def made_by_hand(command: asked.CreateOrder, moment: Moment) -> Asking[tuple[Context, OrderChange]]:
    """Give an order that is made by hand, and the circumstances it was made in (O4)."""
    yield from refuse_unknown_contact(command.contact)
    products = tuple(line.product for line in command.lines)
    given = yield from circumstances(command, moment, products=products, makes_order=True)
    made = apply(None, creating.create_order(command, given), id=moment.fresh_id, command=command.name, given=given)
    assert made is not None, "creating an order makes one"
    return given, made


def report_event(command: asked.ReportEvent, moment: Moment) -> Asking[Decision]:
    """Tell an order, or all active ones of a contact, what the host reports (F3, F4)."""
    consequences.refuse_internal(command.event)
    orders = yield from _reported_orders(command)
    codes = dict.fromkeys(code for order in orders for code in offer_of(order))
    given = yield from circumstances(command, moment, offers=codes)
    tellings: list[OrderChange] = []
    for order in orders:
        events = consequences.report_event(order, command, given)
        tellings += _some(apply(order, events, id=order.id, command=command.name, given=given))
    return decision_of(tellings, given)


def _reported_orders(command: asked.ReportEvent) -> Asking[list[Order]]:
    """Give the order an event is about, or all active ones of a contact: neither cancelled nor superseded (F3)."""
    id, contact = command.order, command.contact
    if id is not None:
        about = asked.OrderCommand(order=id, expected_version=command.expected_version)
        return [(yield from get_order(about))]
    if contact is None:
        raise Refused("input.invalid", field="order")
    yield from refuse_unknown_contact(contact)
    orders = yield from orders_of(contact)
    return [order for order in orders if order.cancelled_at is None and order.superseded_by is None]


def _some(telling: OrderChange | None) -> Iterator[OrderChange]:
    if telling is not None:
        yield telling


def _products_in(command: asked.OrderCommand) -> tuple[str, ...]:
    """Give the products whose outline a command needs: those whose terms it sets (L2)."""
    return (command.product,) if isinstance(command, asked.AddLine | asked.EditLine) else ()

"""What a decision is made of: the facts it gathers, and the changes that tellings add up to."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from kwiga_orders.asking import (
    Asking,
    all_funnels,
    find_contact,
    find_course,
    find_offer,
    find_order,
    get_project,
    next_number,
)
from kwiga_orders.changes import NOTHING, Changes, OutboxRow, Receipt
from kwiga_orders.commands import Command
from kwiga_orders.course import Course
from kwiga_orders.due import ViewContext, Windows, next_due
from kwiga_orders.errors import Conflict, NotFound
from kwiga_orders.gateways import calls
from kwiga_orders.letters import outbox_rows
from kwiga_orders.offers import Offer
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.decide import OrderChange
from kwiga_orders.orders.events import AttemptRecorded, Event, OrderCreated, PaymentAdded, TaskAdded
from kwiga_orders.orders.lifecycle import refuse_unless_alive
from kwiga_orders.orders.state import Order
from kwiga_orders.periods import utc
from kwiga_orders.values import maker

__all__ = [
    "Decision",
    "Moment",
    "circumstances",
    "courses_of",
    "decision_of",
    "get_order",
    "known_order",
    "next_due_of",
    "offer_of",
    "offers_of",
    "refuse_unknown_contact",
]


@attrs.frozen(kw_only=True)
class Moment:
    """When a command is decided, the id that an order it makes will get, and whether anybody is told of it (N1)."""

    now: datetime = attrs.field(converter=utc)
    fresh_id: str
    tells: bool = True


@attrs.frozen(kw_only=True)
class Decision:
    """What a command writes, and what is answered to who gave it."""

    changes: Changes
    receipt: Receipt


_circumstances, _changes, _receipt = maker(Context), maker(Changes), maker(Receipt)


def get_order(command: asked.OrderCommand) -> Asking[Order]:
    """Give the order a command is for, if it is the one the command was based on and takes such a command.

    Raises:
        NotFound: if there is none in the project (K6).
        Conflict: `order.conflict` with both versions (K2).
        Refused: `order.cancelled`, `order.not_cancelled` (O12).
    """
    order = yield from known_order(command.order)
    expected = command.expected_version
    if expected is not None and expected != order.version:
        raise Conflict("order.conflict", order=order.number, expected=expected, found=order.version)
    refuse_unless_alive(order, command)
    return order


def known_order(id: str) -> Asking[Order]:
    """Give an order of the project.

    Raises:
        NotFound: if there is none of that id (K6).
    """
    order = yield from find_order(id)
    if order is None:
        raise NotFound("order", id)
    return order


def offer_of(order: Order) -> tuple[str, ...]:
    """Give the code of the offer that an order was made from, if there is one."""
    return () if order.origin is None else (order.origin.offer,)


def refuse_unknown_contact(id: str) -> Asking[None]:
    """Refuse a contact that is not in the project (K6)."""
    contact = yield from find_contact(id)
    if contact is None:
        raise NotFound("contact", id)


def circumstances(
    command: Command,
    moment: Moment,
    *,
    offers: Iterable[str] = (),
    products: Iterable[str] = (),
    makes_order: bool = False,
) -> Asking[Context]:
    """Gather what a decision about orders may look at."""
    project = yield from get_project()
    funnels = yield from all_funnels()
    number = 0
    if makes_order:
        number = yield from next_number("order")
    return _circumstances(
        now=moment.now,
        actor=command.actor,
        project=project,
        fresh_id=moment.fresh_id,
        tells=moment.tells,
        number=number,
        funnels={funnel.id: funnel for funnel in funnels},
        offers=(yield from offers_of(offers)),
        courses=(yield from courses_of(products)),
    )


def courses_of(products: Iterable[str]) -> Asking[dict[str, Course]]:
    """Give the outlines of products, as far as the host has them."""
    found: dict[str, Course] = {}
    for product in products:
        course = yield from find_course(product)
        if course is not None:
            found[product] = course
    return found


def offers_of(codes: Iterable[str]) -> Asking[dict[str, Offer]]:
    """Give offers by code, as far as the project has them."""
    found: dict[str, Offer] = {}
    for code in codes:
        offer = yield from find_offer(code)
        if offer is not None:
            found[code] = offer
    return found


def decision_of(tellings: Sequence[OrderChange], given: Context) -> Decision:
    """Add up what a command did to orders; the first telling is the one its giver asked about."""
    if not tellings:
        return Decision(changes=NOTHING, receipt=Receipt())
    by = ViewContext(now=given.now, project=given.project, offers=given.offers)
    windows = [Windows(one.after, by) for one in tellings]
    changes = _changes(
        orders=tuple([one.after for one in tellings]),
        based_on={one.after.id: 0 if one.before is None else one.before.version for one in tellings},
        history=tuple([recorded for one in tellings for recorded in one.recorded]),
        outbox=_outbox(tellings, windows) if given.tells else (),
        next_due={one.order.id: next_due(one) for one in windows if _knows_windows(one.order, given)},
    )
    first = tellings[0]
    receipt = _receipt(
        order=first.after.id,
        version=first.after.version,
        events=tuple([recorded.event.name for recorded in changes.history]),
        made=_made(first.recorded[0].event),
    )
    return Decision(changes=changes, receipt=receipt)


def _outbox(tellings: Iterable[OrderChange], windows: Iterable[Windows]) -> tuple[OutboxRow, ...]:
    rows: list[OutboxRow] = []
    for telling, its in zip(tellings, windows, strict=True):
        rows += outbox_rows(telling.recorded, its)
        rows += calls(telling.after, telling.recorded)
    return tuple(rows)


def _knows_windows(order: Order, given: Context) -> bool:
    """Tell whether the offer was gathered that lines may follow; a command about something else moves no windows."""
    return order.origin is None or order.origin.offer in given.offers


def next_due_of(order: Order, given: Context) -> datetime | None:
    """Give when something next falls due for an order, by the offers that were gathered."""
    return next_due(Windows(order, ViewContext(now=given.now, project=given.project, offers=given.offers)))


def _made(event: Event) -> str | None:
    """Give the id of what a command made, if it made something."""
    match event:
        case OrderCreated():
            return event.order.id
        case PaymentAdded():
            return event.payment.id
        case AttemptRecorded():
            return event.attempt.id
        case TaskAdded():
            return event.task.id
    return None

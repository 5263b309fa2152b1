"""Load the data of a decision: its order, and everything that the order and the command refer to."""

from collections.abc import Iterable
from datetime import datetime

from kwiga_orders.asking import (
    Asking,
    all_funnels,
    connected_gateways,
    find_contact,
    find_course,
    find_offer,
    find_order,
    get_order,
    get_project,
    look_up,
    next_number,
)
from kwiga_orders.commands import Command
from kwiga_orders.course import Course
from kwiga_orders.errors import Conflict
from kwiga_orders.lookups import PinOf
from kwiga_orders.offers import Offer
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.lifecycle import refuse_unless_alive
from kwiga_orders.orders.state import Follows, Order
from kwiga_orders.periods import utc
from kwiga_orders.values import changed, maker

__all__ = [
    "context_for",
    "courses_of",
    "offer_of",
    "offers_by_code",
    "offers_for",
    "order_for",
    "with_facts",
    "with_pins",
]


_context = maker(Context)


def context_for(command: Command, *, now: datetime, fresh_id: str, notifies: bool = True) -> Asking[Context]:
    """Begin the context of a command: the instant, the actor, and the project."""
    # The order is read first, because a store reads the project with it in one message. Reading it again later costs
    # nothing.
    if isinstance(command, asked.OrderCommand):
        yield from find_order(command.order)
    elif isinstance(command, asked.OpenOffer | asked.CreateOrder):
        yield from find_contact(command.contact)
    return _context(
        # T1: everything is stored in UTC, whatever the host's clock gives.
        now=utc(now),
        actor=command.actor,
        project=(yield from get_project()),
        fresh_id=fresh_id,
        notifies=notifies,
        gateways=frozenset((yield from connected_gateways())),
    )


def with_facts(
    given: Context,
    *,
    orders: Iterable[Order] = (),
    offers: Iterable[str] = (),
    products: Iterable[str] = (),
    makes_order: bool = False,
) -> Asking[Context]:
    """Load funnels, the offers of orders, other offers, outlines, and the number of a new order."""
    funnels = yield from all_funnels()
    number = 0
    if makes_order:
        # Only if needed, because commands that take a number wait for each other.
        number = yield from next_number("order")
    return changed(
        given,
        number=number,
        funnels={funnel.id: funnel for funnel in funnels},
        # The second mapping wins: an offer named by the command needs no pins.
        offers={**(yield from offers_for(orders)), **(yield from offers_by_code(offers))},
        courses=(yield from courses_of(products)),
    )


def order_for(command: asked.OrderCommand) -> Asking[Order]:
    """Give the order of a command, if it has the version that the command names and accepts the command.

    Raises:
        NotFound: if there is none in the project (K6).
        Conflict: `order.conflict` with both versions. Home of K2.
        Refused: `order.cancelled`, `order.not_cancelled` (O12).
    """
    order = yield from get_order(command.order)
    expected = command.expected_version
    # K2 comes before the rules, because a decision on an old version is useless.
    if expected is not None and expected != order.version:
        raise Conflict("order.conflict", order=order.number, expected=expected, found=order.version)
    refuse_unless_alive(order, command)
    return order


def offer_of(order: Order) -> tuple[str, ...]:
    """Give the code of the offer that an order was made from, if there is one."""
    return () if order.origin is None else (order.origin.offer,)


def courses_of(products: Iterable[str]) -> Asking[dict[str, Course]]:
    """Give the outlines of products, as far as the host has them."""
    found: dict[str, Course] = {}
    for product in products:
        # An unknown product is left out; a rule that needs it will refuse it.
        course = yield from find_course(product)
        if course is not None:
            found[product] = course
    return found


def offers_for(orders: Iterable[Order]) -> Asking[dict[str, Offer]]:
    """Give the offers that orders were made from, by code, each with the pins of their lines (O6, O8)."""
    loaded: dict[str, Offer] = {}
    for order in orders:
        for code in offer_of(order):
            # An offer of several orders is loaded once, and gets the pins of all.
            if code not in loaded:
                loaded |= yield from offers_by_code((code,))
            if code in loaded:
                loaded[code] = yield from with_pins(loaded[code], order)
    return loaded


def with_pins(offer: Offer, order: Order) -> Asking[Offer]:
    """Load the pins of lines that no longer get the newest version of their offer (O8)."""
    # decision 0046: most lines have no pin, and load nothing
    for line in order.lines:
        source = line.source
        if not isinstance(source, Follows) or not offer.is_pinned(source.since, line.product):
            continue
        pin = yield from look_up(PinOf(offer=offer.code, product=line.product, since=source.since))
        # The same pin may serve several orders.
        if pin is not None and pin not in offer.pins:
            offer = changed(offer, pins=(*offer.pins, pin))
    return offer


def offers_by_code(codes: Iterable[str]) -> Asking[dict[str, Offer]]:
    """Give offers by code, as far as the project has them."""
    found: dict[str, Offer] = {}
    for code in codes:
        offer = yield from find_offer(code)
        if offer is not None:
            found[code] = offer
    return found

"""Loading what a decision needs: the order it is about, and what that order and the command refer to."""

from collections.abc import Iterable
from datetime import datetime

from kwiga_orders.asking import (
    Asking,
    all_funnels,
    connected_gateways,
    find_course,
    find_offer,
    get_order,
    get_project,
    next_number,
)
from kwiga_orders.commands import Command
from kwiga_orders.course import Course
from kwiga_orders.errors import Conflict
from kwiga_orders.offers import Offer
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.lifecycle import refuse_unless_alive
from kwiga_orders.orders.state import Order
from kwiga_orders.periods import utc
from kwiga_orders.values import changed, maker

__all__ = ["context_for", "courses_of", "offer_of", "offers_of", "order_for", "with_facts"]


_context = maker(Context)


def context_for(command: Command, *, now: datetime, fresh_id: str, notifies: bool = True) -> Asking[Context]:
    """Begin the context of a command: when it is decided, by whom, and in which school."""
    return _context(
        now=utc(now),
        actor=command.actor,
        project=(yield from get_project()),
        fresh_id=fresh_id,
        notifies=notifies,
        gateways=frozenset((yield from connected_gateways())),
    )


def with_facts(
    given: Context, *, offers: Iterable[str] = (), products: Iterable[str] = (), makes_order: bool = False
) -> Asking[Context]:
    """Load funnels, these offers and outlines, and the number of an order that is made, into a context."""
    funnels = yield from all_funnels()
    number = 0
    if makes_order:
        number = yield from next_number("order")
    return changed(
        given,
        number=number,
        funnels={funnel.id: funnel for funnel in funnels},
        offers=(yield from offers_of(offers)),
        courses=(yield from courses_of(products)),
    )


def order_for(command: asked.OrderCommand) -> Asking[Order]:
    """Give the order a command is for, if it is the one the command was based on and takes such a command.

    Raises:
        NotFound: if there is none in the project (K6).
        Conflict: `order.conflict` with both versions (K2).
        Refused: `order.cancelled`, `order.not_cancelled` (O12).
    """
    order = yield from get_order(command.order)
    expected = command.expected_version
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

"""How an order comes to be: by opening an offer, or by hand.

Laws:

1. Opening an offer makes a new order each time, with the prices and options of that moment (O3, O6).
2. An order made by hand passes the same checks (O4).
3. It starts in its funnel's initial status (F2); choosing a payment option makes the payments (P12).
4. A product stands at most once in an order (O13).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypedDict
from zoneinfo import ZoneInfo

from kwiga_orders.commands import Unset
from kwiga_orders.errors import Refused
from kwiga_orders.money import Money
from kwiga_orders.offers import Offer, OfferVersion
from kwiga_orders.orders.commands import AddLine, CreateOrder, LineAsked, OpenOffer
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import Event, OrderCreated, OrderSubscribed, PaymentAdded
from kwiga_orders.orders.state import Custom, Follows, Line, Order, OrderType, Origin, payment_id
from kwiga_orders.orders.subscriptions import offered, subscription_of
from kwiga_orders.payments import Full, Payment, PaymentOption, Planned, Subscribe, own_cost, planned
from kwiga_orders.terms import USUAL
from kwiga_orders.values import maker

__all__ = ["create_order", "new_line", "open_offer"]


_line, _order, _unpaid = maker(Line), maker(Order), maker(Payment)


class _Birth(TypedDict):
    id: str
    number: int
    zone: str
    created_at: datetime
    updated_at: datetime
    currency: str
    lines: tuple[Line, ...]


def open_offer(command: OpenOffer, given: Context) -> Iterator[Event]:
    """Make an order from an offer (O3).

    Raises:
        Refused: `offer.not_on_sale`, `offer.window_empty` (O9), `not_found`.
    """
    offer = given.get_offer(command.offer)
    offer.refuse_unless_on_sale(given.now, zone=given.zone)
    option = offered(offer.current.option(command.payment_option), given)
    order = _from_offer(offer, option, command.contact, given)
    yield OrderCreated(order=order)
    if order.subscription is not None:
        yield OrderSubscribed()
    gateway = given.gateway_for(option.gateway, offer.current.gateway)
    for n, part in enumerate(planned(option, price=order.agreed, anchor=given.now, zone=given.zone), start=1):
        yield PaymentAdded(payment=_payment(order, n, part, gateway, given))


def create_order(command: CreateOrder, given: Context) -> Iterator[Event]:
    """Make an order by hand (O4).

    Raises:
        Refused: `order.duplicate_product`, `money.too_precise`, `terms.window_empty`, `course.unknown_lesson`,
            `course.unknown_practice`, `not_found`.
    """
    _refuse_duplicates([line.product for line in command.lines])
    currency = command.currency or given.project.currency
    funnel = given.get_funnel(command.funnel)
    status = funnel.initial(subscribed=command.type == "subscription")
    lines = tuple(new_line(line, currency, given, zone=given.zone) for line in command.lines)
    order = Order(
        **_born(given, lines, currency),
        plan_difference=Money.zero(currency),
        contact=command.contact,
        type=command.type,
        funnel=funnel.id,
        status=status if command.status is None else funnel.open_status(command.status).id,
        opens_on=command.opens_on,
        discount=command.discount,
        manager=command.manager,
        responsibles=command.responsibles,
        tags=command.tags,
        comment=command.comment,
    )
    yield OrderCreated(order=order)
    if command.type == "subscription":
        yield OrderSubscribed()


def new_line(asked: LineAsked | AddLine, currency: str, given: Context, *, zone: ZoneInfo) -> Line:
    """Give the line that a command asks for: its terms are its own (O7).

    Raises:
        Refused: `not_found` if the host has no such product, `money.too_precise`, and what is wrong with its terms.
    """
    given.get_course(asked.product)
    terms = given.changed_terms(asked.terms, USUAL, product=asked.product, zone=zone)
    scope_set_at = None if isinstance(asked.terms.scope, Unset) else given.now
    source = Custom(terms=terms, scope_set_at=scope_set_at)
    return Line(product=asked.product, price=Money.of(asked.price, currency), source=source, curators=asked.curators)


def _from_offer(offer: Offer, option: PaymentOption, contact: str, given: Context) -> Order:
    version = offer.current
    funnel = given.get_funnel(version.funnel)
    subscription = subscription_of(option, given, gateway=given.gateway_for(option.gateway, version.gateway))
    prices = Money.total([item.price for item in version.items], currency=offer.currency)
    # M5: an option with a total of its own costs that, and the offer's discount does not apply to it
    own = own_cost(option, offer.currency)
    return _order(
        **_born(given, _following(version), offer.currency),
        contact=contact,
        type=_type_of(option),
        funnel=funnel.id,
        status=funnel.initial(subscribed=subscription is not None),
        opens_on=version.opens_on,
        origin=Origin(offer=offer.code, version=version.number, option=option.id),
        refund_policy=version.refund_policy,
        discount=version.discount if own is None else None,
        plan_difference=Money.zero(offer.currency) if own is None else own - prices,
        subscription=subscription,
    )


def _following(version: OfferVersion) -> tuple[Line, ...]:
    source = Follows(since=version.number)
    return tuple(
        [_line(product=item.product, price=item.price, source=source, curators=item.curators) for item in version.items]
    )


def _type_of(option: PaymentOption) -> OrderType:
    if isinstance(option, Subscribe):
        return "subscription"
    return "regular" if isinstance(option, Full) else "instalments"


def _born(given: Context, lines: tuple[Line, ...], currency: str) -> _Birth:
    """Give what every new order has in common."""
    return {
        "id": given.fresh_id,
        "number": given.number,
        "zone": given.project.timezone,
        "created_at": given.now,
        "updated_at": given.now,
        "currency": currency,
        "lines": lines,
    }


def _payment(order: Order, number: int, part: Planned, gateway: str | None, given: Context) -> Payment:
    return _unpaid(
        id=payment_id(order, number),
        amount=part.amount,
        created_at=given.now,
        due_at=part.due_at,
        whole_day=part.whole_day,
        gateway=gateway,
        closes_access=part.closes_access,
        period=part.period,
        grace=None if part.period is None else given.project.grace,
    )


def _refuse_duplicates(products: Sequence[str]) -> None:
    for product in products:
        if products.count(product) > 1:
            raise Refused("order.duplicate_product", product=product)

"""How an order comes to be: by opening an offer, or by hand.

Laws:

1. Opening an offer makes a new order each time, with the prices and options of that moment (O3, O6).
2. An order made by hand passes the same checks; from an offer it takes what the command does not name (O4).
3. It starts in its funnel's initial status (F2); choosing a payment option makes the payments (P12).
4. A product stands at most once in an order (O13).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TypedDict
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.commands import Unset
from kwiga_orders.errors import Refused
from kwiga_orders.money import Money
from kwiga_orders.offers import Offer, OfferState, OfferVersion
from kwiga_orders.orders import paying
from kwiga_orders.orders.commands import AddLine, AddPayment, CreateOrder, LineAsked, OpenOffer
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import Event, OrderCreated, OrderSubscribed, PaymentAdded, Recorded
from kwiga_orders.orders.evolve import evolve
from kwiga_orders.orders.state import Custom, Follows, Line, Order, OrderType, Origin, payment_id
from kwiga_orders.orders.subscriptions import offered, subscription_of
from kwiga_orders.payments import Full, Payment, PaymentOption, Subscribe, own_cost, planned
from kwiga_orders.terms import USUAL
from kwiga_orders.values import changed, maker

__all__ = ["create_order", "new_line", "open_offer"]


_line, _order, _origin = maker(Line), maker(Order), maker(Origin)
_unpaid, _recorded = maker(Payment), maker(Recorded)


class _Birth(TypedDict):
    id: str
    number: int
    zone: str
    created_at: datetime
    updated_at: datetime
    contact: str
    source: str | None


def open_offer(command: OpenOffer, given: Context) -> Iterator[Event]:
    """Make an order from an offer. Home of O3.

    Raises:
        Refused: `offer.not_on_sale`, `offer.window_empty` (O9), `not_found`.
    """
    offer = given.get_offer(command.offer)
    # Whether it is on sale comes before any other fault of the request (O9).
    offer.refuse_unless_on_sale(given.now, zone=given.zone)
    # A trial that this contact has had is taken out of the option, and the rest of it applies (P13).
    option = offered(offer.current.option(command.payment_option), given)
    yield from _sold(_from_offer(offer, option, command, given), offer, option, given)


def create_order(command: CreateOrder, given: Context) -> Iterator[Event]:
    """Make an order by hand, and its payments. Home of O4.

    Raises:
        Refused: `order.duplicate_product`, `money.too_precise`, `terms.window_empty`, `course.unknown_lesson`,
            `course.unknown_practice`, `status.archived`, `not_found`; `offer.not_on_sale` if the offer is archived,
            `offer.window_empty`, `money.currency_mismatch`; `order.not_subscription` of a subscription without an
            offer's option (O11); and what `add_payment` refuses.
    """
    from_offer = command.offer is not None
    made = list(_made_from_offer(command, given) if from_offer else _made_of_lines(command, given))
    # One at a time: each payment is judged by an order that has the ones before it.
    for payment in command.payments:
        # P1: how much of each is on top is decided with those before it
        order = evolve(
            None,
            [
                _recorded(
                    order=given.fresh_id, version=1, at=given.now, actor=given.actor, command=command.name, event=event
                )
                for event in made
            ],
        )
        # `recurse=False`, because the fields of a payment are values that must stay values.
        made += paying.add_payment(order, AddPayment(order=order.id, **attrs.asdict(payment, recurse=False)), given)
    yield from made


def _made_of_lines(command: CreateOrder, given: Context) -> Iterator[Event]:
    products = [line.product for line in command.lines]
    for product in products:
        # `count` is quadratic, and an order has a handful of lines.
        if products.count(product) > 1:
            raise Refused("order.duplicate_product", product=product)
    currency = command.currency or given.project.currency
    funnel = given.get_funnel(command.funnel)
    order = _order(
        **_born(command, given),
        currency=currency,
        lines=tuple(new_line(line, currency, given, zone=given.zone) for line in command.lines),
        discount=command.discount,
        plan_difference=Money.zero(currency),
        funnel=funnel.id,
        status="",
        # The status is filled in by `_named`, which knows what the command asks for.
    )
    yield OrderCreated(order=_named(order, command, given))


def _made_from_offer(command: CreateOrder, given: Context) -> Iterator[Event]:
    """Make what an offer makes; staff may sell a draft, and outside of the sales window (O4)."""
    offer = given.get_offer(command.offer or "")
    # Staff may sell what is not published yet, but nothing that was taken off sale for good (O9).
    if offer.state is OfferState.ARCHIVED:
        raise Refused("offer.not_on_sale", offer=offer.code, state=offer.state.value)
    # A currency that is named may only confirm the offer's: its prices are in that one (M2).
    if command.currency not in (None, offer.currency):
        raise Refused("money.currency_mismatch", expected=offer.currency, found=command.currency)
    offer.refuse_empty_windows(given.now, zone=given.zone)
    option = offered(offer.current.option(command.payment_option), given)
    order = _named(_from_offer(offer, option, command, given), command, given)
    yield from _sold(order, offer, option, given)


def _named(order: Order, command: CreateOrder, given: Context) -> Order:
    """Give a new order with what a person names of it (O4)."""
    subscribed = order.subscription is not None
    funnel = given.get_funnel(command.funnel or order.funnel)
    status = command.status
    return changed(
        order,
        type=_type_by_hand(order, command),
        funnel=funnel.id,
        # Named statuses pass the check for archived ones; the initial status needs none (F6).
        status=funnel.initial(subscribed=subscribed) if status is None else funnel.open_status(status).id,
        opens_on=command.opens_on or order.opens_on,
        manager=command.manager,
        responsibles=command.responsibles,
        tags=command.tags,
        comment=command.comment,
    )


def _type_by_hand(order: Order, command: CreateOrder) -> OrderType:
    """Give the type that a person names: only an offer's option makes a subscription, and nothing else. Home of O11."""
    if command.type is None or command.type == order.type:
        return order.type
    # O11: a subscription needs an option that says how often and how much.
    if command.type == "subscription":
        raise Refused("order.not_subscription")
    # Nor can the subscription that an option made be called something else.
    if order.type == "subscription":
        raise Refused("input.invalid", field="type", expected=order.type)
    return command.type


def _sold(order: Order, offer: Offer, option: PaymentOption, given: Context) -> Iterator[Event]:
    """Make the payments of a payment option with their order (P12)."""
    yield OrderCreated(order=order)
    if order.subscription is not None:
        yield OrderSubscribed()
    # P3: the option may name a gateway, else the offer, else the project.
    gateway = given.gateway_for(option.gateway, offer.current.gateway)
    for n, part in enumerate(planned(option, price=order.agreed, anchor=given.now, zone=given.zone), start=1):
        yield PaymentAdded(
            payment=_unpaid(
                id=payment_id(order, n),
                amount=part.amount,
                created_at=given.now,
                due_at=part.due_at,
                whole_day=part.whole_day,
                gateway=gateway,
                closes_access=part.closes_access,
                period=part.period,
                # The grace at the time of the sale is kept with the payment: later settings change no promise (P13).
                grace=None if part.period is None else given.project.grace,
            )
        )


def new_line(asked: LineAsked | AddLine, currency: str, given: Context, *, zone: ZoneInfo) -> Line:
    """Give the line that a command asks for: its terms are its own (O7).

    Raises:
        Refused: `not_found` if the host has no such product, `money.too_precise`, and what is wrong with its terms.
    """
    # Asked for its refusal: an order may not hold a product that the host does not have.
    given.get_course(asked.product)
    terms = given.changed_terms(asked.terms, USUAL, product=asked.product, zone=zone)
    scope_set_at = None if isinstance(asked.terms.scope, Unset) else given.now
    source = Custom(terms=terms, scope_set_at=scope_set_at)
    return Line(product=asked.product, price=Money.of(asked.price, currency), source=source, curators=asked.curators)


def _from_offer(offer: Offer, option: PaymentOption, command: OpenOffer | CreateOrder, given: Context) -> Order:
    version = offer.current
    funnel = given.get_funnel(version.funnel)
    subscription = subscription_of(option, given, gateway=given.gateway_for(option.gateway, version.gateway))
    prices = Money.total([item.price for item in version.items], currency=offer.currency)
    # M5: an option with a total of its own costs that, and the offer's discount does not apply to it
    own = own_cost(option, offer.currency)
    return _order(
        **_born(command, given),
        currency=offer.currency,
        lines=_following(version),
        type=_type_of(option),
        funnel=funnel.id,
        status=funnel.initial(subscribed=subscription is not None),
        opens_on=version.opens_on,
        # O3, O4: an order made by hand is no opening, and has no twins
        origin=_origin(
            offer=offer.code, version=version.number, option=option.id, by_hand=isinstance(command, CreateOrder)
        ),
        refund_policy=version.refund_policy,
        # M5: with a total of its own, prices and discount of the offer no longer make the price.
        discount=version.discount if own is None else None,
        # The difference is kept, not the total, so that lines edited later change the total with it.
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
    # A schedule is instalments, too: anything paid in parts (O11).
    return "regular" if isinstance(option, Full) else "instalments"


def _born(command: OpenOffer | CreateOrder, given: Context) -> _Birth:
    """Give what every new order has in common."""
    return {
        # T7: the order keeps the zone of this moment.
        "id": given.fresh_id,
        "number": given.number,
        "zone": given.project.timezone,
        "created_at": given.now,
        "updated_at": given.now,
        "contact": command.contact,
        "source": command.source,
    }

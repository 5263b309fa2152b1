"""Making an order: by opening an offer, or by hand.

Laws:

1. Opening an offer makes a new order each time, with the prices and options of that time (O3, O6).
2. An order made by hand passes the same checks; fields that the command does not name come from the offer (O4).
3. It starts in its funnel's initial status (F2); the chosen payment option makes its payments (P12).
4. A product can be in an order only once (O13).
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
    # O9: an offer that is not on sale is refused before any other fault.
    offer.refuse_unless_on_sale(given.now, zone=given.zone)
    # P13: if the contact has already had the trial, the option applies without it.
    option = offered(offer.current.option(command.payment_option), given)
    yield from _sold(_from_offer(offer, option, command, given), offer, option, given)


def create_order(command: CreateOrder, given: Context) -> Iterator[Event]:
    """Make an order by hand, and its payments. Home of O4.

    Raises:
        Refused: `order.duplicate_product`, `money.too_precise`, `terms.window_empty`, `course.unknown_lesson`,
            `course.unknown_practice`, `status.archived`, `not_found`; `offer.not_on_sale` if the offer is archived,
            `offer.window_empty`, `money.currency_mismatch`; `order.not_subscription` for a subscription without an
            offer's option (O11); and as `add_payment` does.
    """
    from_offer = command.offer is not None
    made = list(_made_from_offer(command, given) if from_offer else _made_of_lines(command, given))
    for payment in command.payments:
        # P1: one at a time, because the part on top of a payment depends on the payments before it
        order = evolve(
            None,
            [
                _recorded(
                    order=given.fresh_id, version=1, at=given.now, actor=given.actor, command=command.name, event=event
                )
                for event in made
            ],
        )
        # `recurse=False`, because nested values must not become dicts.
        made += paying.add_payment(order, AddPayment(order=order.id, **attrs.asdict(payment, recurse=False)), given)
    yield from made


def _made_of_lines(command: CreateOrder, given: Context) -> Iterator[Event]:
    products = [line.product for line in command.lines]
    for product in products:
        # `count` in a loop is quadratic, but an order has few lines.
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
        # `_named` sets the status.
    )
    yield OrderCreated(order=_named(order, command, given))


def _made_from_offer(command: CreateOrder, given: Context) -> Iterator[Event]:
    """Make an order from an offer; staff may also sell a draft, or outside of the sales window (O4)."""
    offer = given.get_offer(command.offer or "")
    # O9: staff may sell a draft, but not an archived offer.
    if offer.state is OfferState.ARCHIVED:
        raise Refused("offer.not_on_sale", offer=offer.code, state=offer.state.value)
    # M2: a named currency must be the offer's, because its prices are in that currency.
    if command.currency not in (None, offer.currency):
        raise Refused("money.currency_mismatch", expected=offer.currency, found=command.currency)
    offer.refuse_empty_windows(given.now, zone=given.zone)
    option = offered(offer.current.option(command.payment_option), given)
    order = _named(_from_offer(offer, option, command, given), command, given)
    yield from _sold(order, offer, option, given)


def _named(order: Order, command: CreateOrder, given: Context) -> Order:
    """Give a new order with the fields that the command names (O4)."""
    subscribed = order.subscription is not None
    funnel = given.get_funnel(command.funnel or order.funnel)
    status = command.status
    return changed(
        order,
        type=_type_by_hand(order, command),
        funnel=funnel.id,
        # F6: a named status must not be archived; the initial status never is.
        status=funnel.initial(subscribed=subscribed) if status is None else funnel.open_status(status).id,
        opens_on=command.opens_on or order.opens_on,
        manager=command.manager,
        responsibles=command.responsibles,
        tags=command.tags,
        comment=command.comment,
    )


def _type_by_hand(order: Order, command: CreateOrder) -> OrderType:
    """Give the type that the command names; only an offer's option makes a subscription. Home of O11."""
    if command.type is None or command.type == order.type:
        return order.type
    # O11: a subscription needs an option with its period and price.
    if command.type == "subscription":
        raise Refused("order.not_subscription")
    # O11: an order whose option makes a subscription can have no other type.
    if order.type == "subscription":
        raise Refused("input.invalid", field="type", expected=order.type)
    return command.type


def _sold(order: Order, offer: Offer, option: PaymentOption, given: Context) -> Iterator[Event]:
    """Make an order together with the payments of its payment option (P12)."""
    yield OrderCreated(order=order)
    if order.subscription is not None:
        yield OrderSubscribed()
    # P3: the option's gateway, else the offer's, else the project's.
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
                # P13: the grace is stored with the payment, so that later settings do not change it.
                grace=None if part.period is None else given.project.grace,
            )
        )


def new_line(asked: LineAsked | AddLine, currency: str, given: Context, *, zone: ZoneInfo) -> Line:
    """Give the line that a command describes; it has its own terms (O7).

    Raises:
        Refused: `not_found` if the host has no such product, `money.too_precise`, and faults of its terms.
    """
    # Called only to refuse a product that the host does not have.
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
    # M5: if the option has its own total, that is the cost, and the offer's discount does not apply
    own = own_cost(option, offer.currency)
    return _order(
        **_born(command, given),
        currency=offer.currency,
        lines=_following(version),
        type=_type_of(option),
        funnel=funnel.id,
        status=funnel.initial(subscribed=subscription is not None),
        opens_on=version.opens_on,
        # O3, O4: an order made by hand is not an opening, so it has no twins
        origin=_origin(
            offer=offer.code, version=version.number, option=option.id, by_hand=isinstance(command, CreateOrder)
        ),
        refund_policy=version.refund_policy,
        # M5: with the option's own total, the offer's discount does not apply.
        discount=version.discount if own is None else None,
        # The difference is stored, not the total, so that editing a line later changes the total.
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
    # O11: everything that is paid in parts is instalments, also a schedule.
    return "regular" if isinstance(option, Full) else "instalments"


def _born(command: OpenOffer | CreateOrder, given: Context) -> _Birth:
    """Give the fields of every new order."""
    return {
        # T7: the order keeps the project's current zone.
        "id": given.fresh_id,
        "number": given.number,
        "zone": given.project.timezone,
        "created_at": given.now,
        "updated_at": given.now,
        "contact": command.contact,
        "source": command.source,
    }

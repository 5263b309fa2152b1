"""Decisions about offers (O1, O8, O9)."""

from collections.abc import Sequence

import attrs

from kwiga_orders.asking import Asking, find_offer, get_offer
from kwiga_orders.changes import Changes, Receipt
from kwiga_orders.commands import Unset
from kwiga_orders.commands import given as named
from kwiga_orders.decisions.decision import Decision
from kwiga_orders.decisions.loading import with_facts
from kwiga_orders.due import windows_moved
from kwiga_orders.errors import Refused
from kwiga_orders.money import Money
from kwiga_orders.offers import (
    FULL_ONLY,
    ArchiveOffer,
    CreateOffer,
    EditOffer,
    Item,
    ItemAsked,
    Offer,
    OfferState,
    OfferVersion,
    discounted,
)
from kwiga_orders.orders.context import Context
from kwiga_orders.payments import Schedule, Subscribe, cost_of
from kwiga_orders.terms import AccessTerms, refuse_empty, refuse_unknown

__all__ = ["archive_offer", "create_offer", "edit_offer", "edited_offer", "selling_into"]


def create_offer(command: CreateOffer, given: Context) -> Asking[Decision]:
    """Make an offer under a code of its own (O1)."""
    there = yield from find_offer(command.code)
    if there is not None:
        raise Refused("offer.duplicate_code", offer=command.code)
    given = yield from with_facts(given, products=[item.product for item in command.items])
    return _decision(None, _created(command, given))


def edit_offer(command: EditOffer, given: Context) -> Asking[Decision]:
    """Make the next version of an offer (O8)."""
    before, after = yield from edited_offer(command, given)
    return _decision(before, after)


def edited_offer(command: EditOffer, given: Context) -> Asking[tuple[Offer, Offer]]:
    """Give an offer before and after an edit, which need not be carried out (O8)."""
    offer = yield from get_offer(command.offer)
    items = () if isinstance(command.items, Unset) else command.items
    given = yield from with_facts(given, products=[item.product for item in items])
    return offer, _edited(offer, command, given)


def archive_offer(command: ArchiveOffer, _: Context) -> Asking[Decision]:
    """Take an offer off sale for good (O9)."""
    offer = yield from get_offer(command.offer)
    return _decision(offer, _archived(offer))


def _decision(before: Offer | None, after: Offer) -> Decision:
    # O6: windows follow the offer live, so what falls due for its followers may have moved with them
    moved = before is not None and windows_moved(before, after)
    changes = Changes() if after == before else Changes(offers=(after,), due_anew=(after.code,) if moved else ())
    return Decision(changes=changes, receipt=Receipt(made=after.code, version=after.current.number))


def _created(command: CreateOffer, given: Context) -> Offer:
    """Make an offer (O1).

    Raises:
        Refused: `money.too_precise`, `terms.window_empty`, `course.unknown_lesson`, `course.unknown_practice`,
            `order.duplicate_product`, `not_found`, `input.invalid` for a subscription that costs nothing, or a
            schedule that names another total than its sum.
    """
    currency = command.currency or given.project.currency
    version = OfferVersion(
        number=1,
        made_at=given.now,
        title=command.title,
        items=_items(given, command.items, currency, ()),
        discount=command.discount,
        payment_options=command.payment_options or FULL_ONLY,
        funnel=given.get_funnel(command.funnel).id,
        sells_from=command.sells_from,
        sells_until=command.sells_until,
        opens_on=command.opens_on,
        refund_policy=command.refund_policy,
        quiet=command.quiet,
        gateway=command.gateway,
    )
    _refuse_odd_amounts(version, currency)
    return Offer(code=command.code, state=command.state, currency=currency, versions=(version,))


def _edited(offer: Offer, command: EditOffer, given: Context) -> Offer:
    """Make the next version of an offer, unless nothing changes (O8, K2).

    Raises:
        Refused: as `_created`.
    """
    now_has = offer.current
    items = now_has.items
    if not isinstance(command.items, Unset):
        items = _items(given, command.items, offer.currency, now_has.items)
    state, funnel = named(command.state, offer.state), named(command.funnel, now_has.funnel)
    # an archived offer may name a funnel that is gone; to be sold again it has to name one that is there
    if state is not OfferState.ARCHIVED or not isinstance(command.funnel, Unset):
        funnel = given.get_funnel(funnel).id
    version = attrs.evolve(
        now_has,
        title=named(command.title, now_has.title),
        items=items,
        discount=named(command.discount, now_has.discount),
        payment_options=named(command.payment_options, now_has.payment_options) or FULL_ONLY,
        funnel=funnel,
        sells_from=named(command.sells_from, now_has.sells_from),
        sells_until=named(command.sells_until, now_has.sells_until),
        opens_on=named(command.opens_on, now_has.opens_on),
        refund_policy=named(command.refund_policy, now_has.refund_policy),
        quiet=named(command.quiet, now_has.quiet),
        gateway=named(command.gateway, now_has.gateway),
    )
    if version == now_has and state is offer.state:
        return offer
    _refuse_odd_amounts(version, offer.currency)
    version = attrs.evolve(
        version,
        number=now_has.number + 1,
        made_at=given.now,
        reaches_followers=command.apply_to == "following_orders",
    )
    return attrs.evolve(offer, state=state, versions=(*offer.versions, version), revision=offer.revision + 1)


def _archived(offer: Offer) -> Offer:
    """Take an offer off sale for good (O9)."""
    if offer.state is OfferState.ARCHIVED:
        return offer
    return attrs.evolve(offer, state=OfferState.ARCHIVED, revision=offer.revision + 1)


def selling_into(offer: Offer, funnel: str) -> Offer:
    """Let an offer send new orders into another funnel, as the one it names is removed; no version tells of it (F6)."""
    current = attrs.evolve(offer.current, funnel=funnel)
    return attrs.evolve(offer, versions=(*offer.versions[:-1], current), revision=offer.revision + 1)


def _items(given: Context, asked: Sequence[ItemAsked], currency: str, before: Sequence[Item]) -> tuple[Item, ...]:
    """Give the items that a command asks for; a scope that is not named keeps its instant (L2)."""
    products = [item.product for item in asked]
    for product in products:
        if products.count(product) > 1:
            raise Refused("order.duplicate_product", product=product)
    known = {item.product: item for item in before}
    return tuple(_item(given, item, currency, known.get(item.product)) for item in asked)


def _item(given: Context, asked: ItemAsked, currency: str, before: Item | None) -> Item:
    refuse_unknown(asked.terms, given.get_course(asked.product))
    terms = asked.terms.applied_to(AccessTerms())
    had = None if before is None else before.terms
    refuse_empty(terms, before=had, paid_at=given.now, product=asked.product, zone=given.zone)
    named_now = not isinstance(asked.terms.scope, Unset)
    return Item(
        product=asked.product,
        price=Money.of(asked.price, currency),
        terms=terms,
        curators=asked.curators,
        scope_set_at=given.now if named_now or before is None else before.scope_set_at,
    )


def _refuse_odd_amounts(version: OfferVersion, currency: str) -> None:
    """Refuse amounts finer than the currency (M1), periods that cost nothing (P1), and a schedule that does not sum to
    the total it names (P12), before anything is sold.
    """
    price = Money.total((item.price for item in version.items), currency=currency)
    discounted(price, version.discount)
    for option in version.payment_options:
        cost = cost_of(option, price=price)
        if isinstance(option, Subscribe) and cost.minor <= 0:
            raise Refused("input.invalid", field="payment_options", option=option.id, least="more than 0")
        if isinstance(option, Schedule) and option.total is not None and option.total != cost.decimal:
            raise Refused("input.invalid", field="payment_options", option=option.id, total=cost.amount)

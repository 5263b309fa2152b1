"""Decisions about offers (O1, O8, O9).

Home of O1.
"""

from collections.abc import Iterable, Sequence

import attrs

from kwiga_orders.asking import Asking, find_offer, get_offer
from kwiga_orders.catalogue import CatalogueRow, offer_event
from kwiga_orders.changes import NOTHING, Changes, Receipt
from kwiga_orders.commands import Command, Unset
from kwiga_orders.commands import given as named
from kwiga_orders.decisions.decision import Decision
from kwiga_orders.decisions.loading import with_facts
from kwiga_orders.due import windows_moved
from kwiga_orders.errors import Conflict, NotFound, Refused
from kwiga_orders.money import Money
from kwiga_orders.offers import (
    FULL_ONLY,
    ArchiveOffer,
    CreateOffer,
    EditOffer,
    Item,
    ItemAsked,
    ItemChange,
    Offer,
    OfferState,
    OfferVersion,
    discounted,
)
from kwiga_orders.orders.context import Context
from kwiga_orders.payments import PaymentOption, Schedule, Subscribe, cost_of
from kwiga_orders.terms import AccessTerms, TermsChange, refuse_empty, refuse_unknown

__all__ = ["archive_offer", "create_offer", "edit_offer", "edited_offer", "offer_row", "refuse_stale", "selling_into"]


def create_offer(command: CreateOffer, given: Context) -> Asking[Decision]:
    """Make an offer under a code of its own (O1)."""
    there = yield from find_offer(command.code)
    if there is not None:
        raise Refused("offer.duplicate_code", offer=command.code)
    # K2: the version before is 0; naming another one is a conflict.
    refuse_stale(command, command.code, 0)
    given = yield from with_facts(given, products=[item.product for item in command.items])
    return _decision(None, _created(command, given), command, given)


def edit_offer(command: EditOffer, given: Context) -> Asking[Decision]:
    """Make the next version of an offer (O8)."""
    before, after = yield from edited_offer(command, given)
    return _decision(before, after, command, given)


def edited_offer(command: EditOffer, given: Context) -> Asking[tuple[Offer, Offer]]:
    """Give an offer before and after an edit, also for a preview (O8)."""
    offer = yield from get_offer(command.offer)
    refuse_stale(command, offer.code, offer.version)
    given = yield from with_facts(given, products=[item.product for item in command.items])
    return offer, _edited(offer, command, given)


def archive_offer(command: ArchiveOffer, given: Context) -> Asking[Decision]:
    """Archive an offer (O9)."""
    offer = yield from get_offer(command.offer)
    refuse_stale(command, offer.code, offer.version)
    if offer.state is OfferState.ARCHIVED:
        return Decision(changes=NOTHING, receipt=_receipt(offer))
    # decision 0045: every change of an offer makes a version, also archiving
    archived = attrs.evolve(offer.current, state=OfferState.ARCHIVED)
    return _decision(offer, _next(offer, archived, given), command, given)


def refuse_stale(command: Command, code: str, found: int) -> None:
    """Refuse a command that names another version of the offer than the stored one (K2).

    Raises:
        Conflict: `offer.conflict` with both versions.
    """
    expected = command.expected_version
    if expected is not None and expected != found:
        raise Conflict("offer.conflict", offer=code, expected=expected, found=found)


def _decision(before: Offer | None, after: Offer, command: Command, given: Context) -> Decision:
    # K2: an edit to the same values makes no version.
    if after == before:
        return Decision(changes=NOTHING, receipt=_receipt(after))
    row = offer_row(before, after, command.name, given)
    # O6: an edit may move the windows of orders that follow, and so their due items
    moved = before is not None and windows_moved(before, after)
    # Orders are checked again only if a window may have moved.
    changes = Changes(offers=(after,), catalogue=(row,), due_anew=(after.code,) if moved else ())
    return Decision(changes=changes, receipt=_receipt(after, row))


def _receipt(offer: Offer, *rows: CatalogueRow) -> Receipt:
    return Receipt(made=offer.code, version=offer.version, events=tuple(row.event.name for row in rows))


def offer_row(before: Offer | None, after: Offer, command: str, given: Context) -> CatalogueRow:
    """Give the row of history of a change of an offer (O15)."""
    return CatalogueRow(
        kind="offer",
        id=after.code,
        version=after.version,
        at=given.now,
        actor=given.actor,
        command=command,
        event=offer_event(before, after, archives=command == ArchiveOffer.name),
    )


def _created(command: CreateOffer, given: Context) -> Offer:
    """Make an offer (O1).

    Raises:
        Refused: `money.too_precise`, `terms.window_empty`, `course.unknown_lesson`, `course.unknown_practice`,
            `order.duplicate_product`, `not_found`, `gateway.unavailable`, `input.invalid` for a subscription that
            is free, or a schedule whose total is not its sum.
    """
    currency = command.currency or given.project.currency
    _refuse_twice(item.product for item in command.items)
    version = OfferVersion(
        number=1,
        made_at=given.now,
        made_by=given.actor,
        state=command.state,
        title=command.title,
        items=tuple(_new_item(item, currency, given) for item in command.items),
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
    # Only named gateways are checked, not the project's default.
    _refuse_unconnected(command.gateway, command.payment_options, given)
    return Offer(code=command.code, currency=currency, current=version)


def _edited(offer: Offer, command: EditOffer, given: Context) -> Offer:
    """Make the next version of an offer, unless nothing changes (O8, K2).

    Raises:
        Refused: as `_created`; `input.invalid` for a new product without a price, or if no product is left.
    """
    now_has = offer.current
    state, funnel = named(command.state, offer.state), named(command.funnel, now_has.funnel)
    # only an archived offer may name a removed funnel
    if state is not OfferState.ARCHIVED or not isinstance(command.funnel, Unset):
        funnel = given.get_funnel(funnel).id
    version = attrs.evolve(
        now_has,
        state=state,
        title=named(command.title, now_has.title),
        items=_changed_items(offer, command, given),
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
    # Compared before the number is raised.
    if version == now_has:
        return offer
    _refuse_odd_amounts(version, offer.currency)
    # Only gateways that the edit names are checked; the offer may keep one that is no longer connected.
    _refuse_unconnected(named(command.gateway, None), named(command.payment_options, ()), given)
    return _next(offer, version, given, reaches_followers=command.apply_to == "following_orders")


def _next(offer: Offer, version: OfferVersion, given: Context, *, reaches_followers: bool = True) -> Offer:
    """Give the offer with `version` as its next version, made now."""
    there = {item.product for item in version.items}
    # O8: lines of a removed product keep the last version with it
    pinned = [one.product for one in offer.current.items if not reaches_followers or one.product not in there]
    made = attrs.evolve(version, number=offer.version + 1, made_at=given.now, made_by=given.actor, pinned=tuple(pinned))
    return offer.followed_by(made)


def selling_into(offer: Offer, funnel: str, given: Context) -> Offer:
    """Give an offer that names another funnel, because its own is removed (F6)."""
    return _next(offer, attrs.evolve(offer.current, funnel=funnel), given)


# Items


def _changed_items(offer: Offer, command: EditOffer, given: Context) -> tuple[Item, ...]:
    """Give the items of an offer after a command: in their order, new ones last (O8)."""
    _refuse_twice(item.product for item in command.items)
    items = {item.product: item for item in offer.current.items}
    # Removed before changes, so that one command can remove a product and add it again.
    for product in command.remove_items:
        if product not in items:
            raise NotFound("product", product)
        del items[product]
    for change in command.items:
        if change.product in command.remove_items:
            raise Refused("input.invalid", field="remove_items", product=change.product)
        before = items.get(change.product)
        items[change.product] = _added(change, offer, given) if before is None else _changed(before, change, given)
    if not items:
        raise Refused("input.invalid", field="remove_items", offer=offer.code)
    return tuple(items.values())


def _refuse_twice(products: Iterable[str]) -> None:
    seen = set[str]()
    for product in products:
        if product in seen:
            raise Refused("order.duplicate_product", product=product)
        seen.add(product)


def _added(change: ItemChange, offer: Offer, given: Context) -> Item:
    if isinstance(change.price, Unset):
        raise Refused("input.invalid", field="price", product=change.product)
    asked = ItemAsked(
        product=change.product, price=change.price, terms=change.terms, curators=named(change.curators, ())
    )
    return _new_item(asked, offer.currency, given)


def _new_item(asked: ItemAsked, currency: str, given: Context) -> Item:
    return Item(
        product=asked.product,
        price=Money.of(asked.price, currency),
        terms=_terms(asked.product, asked.terms, None, given),
        curators=asked.curators,
        # L2: the scope of a new item is set now, so new lessons count from now.
        scope_set_at=given.now,
    )


def _changed(item: Item, change: ItemChange, given: Context) -> Item:
    return attrs.evolve(
        item,
        price=item.price if isinstance(change.price, Unset) else Money.of(change.price, item.price.currency),
        terms=_terms(item.product, change.terms, item.terms, given),
        curators=named(change.curators, item.curators),
        # L2: naming the scope sets it again, even to the same value
        scope_set_at=given.scope_set_at(change.terms, item.scope_set_at),
    )


def _terms(product: str, change: TermsChange, before: AccessTerms | None, given: Context) -> AccessTerms:
    if before is not None and change == TermsChange():
        # K2: terms that the edit does not name are not checked again.
        return before
    refuse_unknown(change, given.get_course(product))
    terms = change.applied_to(AccessTerms() if before is None else before)
    refuse_empty(terms, before=before, paid_at=given.now, product=product, zone=given.zone)
    return terms


def _refuse_unconnected(gateway: str | None, options: Sequence[PaymentOption], given: Context) -> None:
    """Refuse gateways that a command names and that are not connected (P3)."""
    for name in (gateway, *(option.gateway for option in options)):
        given.refuse_unconnected(name)


def _refuse_odd_amounts(version: OfferVersion, currency: str) -> None:
    """Refuse amounts finer than the currency (M1), periods that cost nothing (P1), and a schedule that does not sum to
    the total it names (P12), before anything is sold.
    """
    price = Money.total((item.price for item in version.items), currency=currency)
    # Called only to refuse a discount that is finer than the currency (M1).
    discounted(price, version.discount)
    for option in version.payment_options:
        cost = cost_of(option, price=price)
        if isinstance(option, Subscribe) and cost.minor <= 0:
            raise Refused("input.invalid", field="payment_options", option=option.id, least="more than 0")
        if isinstance(option, Schedule) and option.total is not None and option.total != cost.decimal:
            raise Refused("input.invalid", field="payment_options", option=option.id, total=cost.amount)

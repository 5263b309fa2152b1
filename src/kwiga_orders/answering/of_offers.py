"""Questions about offers: all of them, one as it is now, or an older version (O1, O8, V8)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from kwiga_orders import queries
from kwiga_orders.answering.naming import Names, names_for, staff_among
from kwiga_orders.asking import Asking, get_offer, look_up
from kwiga_orders.errors import NotFound
from kwiga_orders.folding import folded, words_of
from kwiga_orders.listing import LabelCounts
from kwiga_orders.lookups import AllOffers, OfferVersionAt, VersionsOf
from kwiga_orders.money import Money
from kwiga_orders.offers import AmountOff, Discount, Item, Offer, OfferState, OfferVersion
from kwiga_orders.views.plain import actor_name, actor_view, instant, plain
from kwiga_orders.views.school_shapes import DiscountView, OfferItemView, OfferVersionView, SoldOfferView

__all__ = ["answer_offer", "answer_offers"]

_STATES: Mapping[OfferState, Literal["draft", "published", "archived"]] = {
    OfferState.DRAFT: "draft",
    OfferState.PUBLISHED: "published",
    OfferState.ARCHIVED: "archived",
}


def answer_offers(query: queries.OffersQuery, _: datetime) -> Asking[list[SoldOfferView]]:
    """List offers by code."""
    # V3: texts are compared as in other searches; a school has few offers, so no index is needed.
    words = words_of(query.search or "")
    offers = [
        offer
        for offer in (yield from look_up(AllOffers()))
        if query.state in (None, offer.state)
        and all(word in folded(f"{offer.code} {offer.current.title}") for word in words)
    ]
    # One count for all offers instead of one query for each.
    counts = yield from _orders_from()
    cards = []
    for offer in offers:
        cards.append((yield from _card(offer, offer.current, counts)))
    return cards


def answer_offer(query: queries.OfferQuery, _: datetime) -> Asking[SoldOfferView]:
    """Give an offer; with a number, as that version of it was.

    Raises:
        NotFound: if there is no such offer, or it has no such version.
    """
    offer = yield from get_offer(query.offer)
    version: OfferVersion | None = offer.current
    if query.offer_version is not None:
        # decision 0046: an offer is loaded only with its newest version
        version = yield from look_up(OfferVersionAt(offer=offer.code, number=query.offer_version))
    if version is None:
        raise NotFound("version", str(query.offer_version))
    return (yield from _card(offer, version, (yield from _orders_from())))


def _orders_from() -> Asking[dict[str, int]]:
    counts = yield from look_up(LabelCounts(kind="offer"))
    return {one.value: one.count for one in counts}


def _card(offer: Offer, version: OfferVersion, counts: Mapping[str, int]) -> Asking[SoldOfferView]:
    versions = yield from look_up(VersionsOf(offer=offer.code))
    curators = (curator for item in version.items for curator in item.curators)
    names = yield from names_for(
        products=[item.product for item in version.items],
        people=(*curators, *staff_among(one.actor for one in versions)),
    )
    return SoldOfferView(
        code=offer.code,
        title=version.title,
        state=_STATES[version.state],
        currency=offer.currency,
        items=[_item(item, names) for item in version.items],
        discount=None if version.discount is None else _discount(version.discount, offer.currency),
        payment_options=[plain(option) for option in version.payment_options],
        funnel=version.funnel,
        funnel_name=None if version.funnel is None else names.funnel(version.funnel),
        sells_from=_day(version.sells_from),
        sells_until=_day(version.sells_until),
        opens_on=version.opens_on,
        refund_policy=version.refund_policy,
        quiet=sorted(version.quiet),
        gateway=version.gateway,
        version=version.number,
        versions=[
            OfferVersionView(
                version=one.version,
                at=instant(one.at),
                actor=actor_view(one.actor),
                actor_name=actor_name(one.actor, names.people),
            )
            for one in versions
        ],
        orders=counts.get(offer.code, 0),
    )


def _day(value: date | datetime | None) -> str | None:
    """Write a day, a local time or an instant, as it was chosen."""
    return None if value is None else str(plain(value))


def _item(item: Item, names: Names) -> OfferItemView:
    return OfferItemView(
        product=item.product,
        product_title=names.products.get(item.product),
        price=item.price.amount,
        terms=plain(item.terms),
        curators=list(item.curators),
        curator_names=[names.person(curator) for curator in item.curators],
    )


def _discount(discount: Discount, currency: str) -> DiscountView:
    """Write a discount as in a command: `{"percent": "10"}` or `{"amount": "100.00"}`."""
    if isinstance(discount, AmountOff):
        return DiscountView(amount=Money.of(discount.amount, currency).amount)
    return DiscountView(percent=str(discount.percent))

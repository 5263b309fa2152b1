"""The lookups of `lookups` in the store in memory: versions, pins, histories, twins, references."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from kwiga_orders.adapters.memory.state import ProjectState
from kwiga_orders.cursors import cursor_text, read_cursor
from kwiga_orders.lookups import (
    AllOffers,
    CatalogueHistory,
    CatalogueSearch,
    NewestOpenings,
    OfferVersionAt,
    PaidUnder,
    PinOf,
    SubscriptionsTo,
    UnpaidTwins,
    VersionMade,
    VersionsOf,
    WaitingTwins,
)
from kwiga_orders.offers import Offer, OfferVersion, Pin
from kwiga_orders.orders.state import Order

__all__ = ["OFFER_ANSWERS"]


def _all(state: ProjectState, _: AllOffers) -> Sequence[Offer]:
    return [state.offers[code] for code in sorted(state.offers)]


def _version(state: ProjectState, lookup: OfferVersionAt) -> OfferVersion | None:
    versions = state.offer_versions.get(lookup.offer, ())
    return next((one for one in versions if one.number == lookup.number), None)


def _versions(state: ProjectState, lookup: VersionsOf) -> Sequence[VersionMade]:
    versions = state.offer_versions.get(lookup.offer, ())
    return [VersionMade(version=one.number, at=one.made_at, actor=one.made_by) for one in versions]


def _pin(state: ProjectState, lookup: PinOf) -> Pin | None:
    before: OfferVersion | None = None
    for version in state.offer_versions.get(lookup.offer, ()):
        # O8: followers keep the version before the one that pinned the product.
        if version.number > lookup.since and lookup.product in version.pinned:
            item = None if before is None else before.find_item(lookup.product)
            if before is None or item is None:
                return None
            return Pin(product=lookup.product, since=lookup.since, number=before.number, item=item)
        before = version
    return None


def _history(state: ProjectState, search: CatalogueSearch) -> CatalogueHistory:
    kind = ("history", search.kind, search.id)
    start = 0 if search.after is None else cast(int, read_cursor(search.after, *kind, types=(int,))[0])
    # A forged cursor may be negative, which would slice from the end.
    rows = state.catalogue.get((search.kind, search.id), ())[max(start, 0) :]
    shown = rows if search.limit is None else rows[: search.limit]
    more = len(rows) > len(shown)
    return CatalogueHistory(rows=shown, next=cursor_text(*kind, start + len(shown)) if more else None)


def _waiting(state: ProjectState, lookup: WaitingTwins) -> Sequence[Order]:
    found = (state.orders[id] for id in state.waiting.get((lookup.contact, lookup.offer), ()))
    return sorted(found, key=lambda order: order.number)


def _unpaid(state: ProjectState, lookup: UnpaidTwins) -> Sequence[Order]:
    found = (state.orders[id] for id in state.unpaid.get((lookup.contact, lookup.offer), ()))
    return sorted((one for one in found if one.number < lookup.before), key=lambda order: order.number)


def _newest(state: ProjectState, lookup: NewestOpenings) -> Mapping[str, str]:
    asked = [state.orders[id] for id in lookup.orders if id in state.orders]
    newest: dict[tuple[str, str | None], Order] = {}
    for contact in {order.contact for order in asked}:
        for one in sorted((state.orders[id] for id in state.ids_of_contact[contact]), key=lambda order: order.number):
            # Orders come by number, so a newer opening overwrites an older one.
            newest[contact, one.opened_from] = one
    return {one.id: newest[one.contact, one.opened_from].id for one in asked if one.opened_from is not None}


def _paid_under(state: ProjectState, lookup: PaidUnder) -> Sequence[str]:
    return sorted(state.paid_under.get((lookup.gateway, lookup.reference), ()))


def _subscriptions(state: ProjectState, lookup: SubscriptionsTo) -> Sequence[Order]:
    orders = (state.orders[id] for id in state.ids_of_contact.get(lookup.contact, ()))
    return [one for one in orders if one.type == "subscription" and one.origin and one.origin.offer == lookup.offer]


OFFER_ANSWERS: Mapping[type[object], Callable[[ProjectState, Any], object]] = {
    AllOffers: _all,
    OfferVersionAt: _version,
    VersionsOf: _versions,
    PinOf: _pin,
    CatalogueSearch: _history,
    SubscriptionsTo: _subscriptions,
    WaitingTwins: _waiting,
    UnpaidTwins: _unpaid,
    NewestOpenings: _newest,
    PaidUnder: _paid_under,
}
"""Each lookup about offers, funnels and openings, with the function that answers it."""

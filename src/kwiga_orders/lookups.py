"""Queries about offers, funnels, openings and references, which a store answers by its indexes (`Records.look_up`)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import attrs

from kwiga_orders.catalogue import CatalogueRow
from kwiga_orders.listing import Lookup
from kwiga_orders.offers import Offer, OfferVersion, Pin
from kwiga_orders.orders.state import Order
from kwiga_orders.project import Actor

__all__ = [
    "AllOffers",
    "CatalogueHistory",
    "CatalogueSearch",
    "NewestOpenings",
    "OfferVersionAt",
    "PaidUnder",
    "PinOf",
    "SubscriptionsTo",
    "UnpaidTwins",
    "VersionMade",
    "VersionsOf",
    "WaitingTwins",
]


@attrs.frozen(kw_only=True)
class AllOffers(Lookup[Sequence[Offer]]):
    """All offers of the project, by code (V8)."""


@attrs.frozen(kw_only=True)
class OfferVersionAt(Lookup[OfferVersion | None]):
    """The version of an offer by its number; None if there is none (O8)."""

    offer: str
    number: int


@attrs.frozen(kw_only=True)
class VersionMade:
    """When a version of an offer was made, and by whom."""

    version: int
    at: datetime
    actor: Actor


@attrs.frozen(kw_only=True)
class VersionsOf(Lookup[Sequence[VersionMade]]):
    """All versions of an offer by number, without their content (O8)."""

    offer: str


@attrs.frozen(kw_only=True)
class PinOf(Lookup[Pin | None]):
    """The pinned item of a line that followed the offer since that version; None if no version pinned it (O8)."""

    offer: str
    product: str
    since: int


@attrs.frozen(kw_only=True)
class CatalogueHistory:
    """A page of the history of an offer or a funnel; `next` is the cursor of the page after it, if there is one."""

    rows: tuple[CatalogueRow, ...]
    next: str | None = None


@attrs.frozen(kw_only=True)
class CatalogueSearch(Lookup[CatalogueHistory]):
    """The history of an offer or a funnel, from the start or after a cursor; without a limit all of it (O15)."""

    kind: Literal["offer", "funnel"]
    id: str
    limit: int | None = None
    after: str | None = None


@attrs.frozen(kw_only=True)
class PaidUnder(Lookup[Sequence[str]]):
    """The ids of the orders that were paid under a reference of a gateway (P4)."""

    gateway: str
    reference: str


@attrs.frozen(kw_only=True)
class SubscriptionsTo(Lookup[Sequence[Order]]):
    """All subscriptions of a contact to an offer, by number, also ended and cancelled ones (P13)."""

    contact: str
    offer: str


@attrs.frozen(kw_only=True)
class WaitingTwins(Lookup[Sequence[Order]]):
    """The openings of an offer by a contact that the next one supersedes, by number (O3).

    They are neither activated nor cancelled, and not superseded yet.
    """

    contact: str
    offer: str


@attrs.frozen(kw_only=True)
class UnpaidTwins(Lookup[Sequence[Order]]):
    """The openings of an offer by a contact, before a number, that have unpaid payments to void, by number (O3).

    They are neither activated nor cancelled; superseded or not.
    """

    contact: str
    offer: str
    before: int


@attrs.frozen(kw_only=True)
class NewestOpenings(Lookup[Mapping[str, str]]):
    """For each of these orders, by id, the newest opening of the same offer by the same contact (O3)."""

    orders: tuple[str, ...]

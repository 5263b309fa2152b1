"""The lookups of `lookups` as SQL: versions of offers, pins, history, twins, references of payments."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import sqlalchemy as sa

from kwiga_orders.adapters.documents import CATALOGUE, OFFER_VERSIONS, OFFERS
from kwiga_orders.adapters.searching import instant_of
from kwiga_orders.adapters.sql.columns import reference_label
from kwiga_orders.adapters.sql.conditions import PROJECT, at_most
from kwiga_orders.adapters.sql.steps import Row, Steps, rows_of
from kwiga_orders.adapters.sql.tables import catalogue_history, labels, offer_pins, offer_versions, offers, orders
from kwiga_orders.cursors import cursor_text, read_cursor
from kwiga_orders.lookups import (
    AllOffers,
    CatalogueHistory,
    CatalogueSearch,
    NewestOpenings,
    OfferVersionAt,
    PaidUnder,
    PinOf,
    VersionMade,
    VersionsOf,
)
from kwiga_orders.offers import Offer, OfferVersion, Pin
from kwiga_orders.project import Actor

__all__ = ["OFFER_ANSWERS", "SUBSCRIPTIONS_TO", "UNPAID_TWINS", "WAITING_TWINS"]

_CODE: sa.BindParameter[str] = sa.bindparam("code")
_VERSIONS = (offer_versions.c.project == PROJECT, offer_versions.c.code == _CODE)
_ALL = (
    sa.select(offers.c.code, offers.c.schema, offers.c.document)
    .where(offers.c.project == PROJECT)
    .order_by(offers.c.code)
)
_VERSION = sa.select(offer_versions.c.schema, offer_versions.c.document).where(
    *_VERSIONS, offer_versions.c.number == sa.bindparam("number")
)
_MADE = (
    sa.select(*(offer_versions.c[name] for name in ("number", "made_at", "actor_kind", "actor_id")))
    .where(*_VERSIONS)
    .order_by(offer_versions.c.number)
)
_PINNED_BY = (
    sa.select(sa.func.min(offer_pins.c.number))
    .where(
        offer_pins.c.project == PROJECT,
        offer_pins.c.code == _CODE,
        offer_pins.c.product == sa.bindparam("product"),
        offer_pins.c.number > sa.bindparam("since"),
    )
    .scalar_subquery()
)
# the version before the first that pinned the line; both are found by an index
_PIN = sa.select(offer_versions.c.number, offer_versions.c.schema, offer_versions.c.document).where(
    *_VERSIONS, offer_versions.c.number == _PINNED_BY - 1
)
WAITING_TWINS = (
    sa.select(orders.c.id, orders.c.schema, orders.c.document)
    .where(
        orders.c.project == PROJECT,
        orders.c.contact == sa.bindparam("contact"),
        orders.c.waiting_for == sa.bindparam("offer"),
    )
    .order_by(orders.c.number)
)
"""Reads the openings of an offer by a contact that the next one supersedes (O3)."""
UNPAID_TWINS = (
    sa.select(orders.c.id, orders.c.schema, orders.c.document)
    .where(
        orders.c.project == PROJECT,
        orders.c.contact == sa.bindparam("contact"),
        orders.c.unpaid_for == sa.bindparam("offer"),
        orders.c.number < sa.bindparam("before"),
    )
    .order_by(orders.c.number)
)
"""Reads the openings of an offer by a contact, before a number, that have unpaid payments (O3)."""
SUBSCRIPTIONS_TO = (
    sa.select(orders.c.id, orders.c.schema, orders.c.document)
    .where(
        orders.c.project == PROJECT,
        orders.c.contact == sa.bindparam("contact"),
        orders.c.offer == sa.bindparam("offer"),
        # a literal, because a partial index is used only if the statement contains its condition
        orders.c.type == sa.literal_column("'subscription'"),
    )
    .order_by(orders.c.number)
)
"""Reads the subscriptions of a contact to an offer (P13)."""


def _all(project: str, _: AllOffers) -> Steps[Sequence[Offer]]:
    rows = yield from rows_of(_ALL, project=project)
    return [OFFERS.read(row["document"], schema=row["schema"], id=row["code"]) for row in rows]


def _version_in(row: Row, offer: str) -> OfferVersion:
    return OFFER_VERSIONS.read(row["document"], schema=row["schema"], id=offer)


def _version(project: str, lookup: OfferVersionAt) -> Steps[OfferVersion | None]:
    rows = yield from rows_of(_VERSION, project=project, code=lookup.offer, number=lookup.number)
    return next((_version_in(row, lookup.offer) for row in rows), None)


def _versions(project: str, lookup: VersionsOf) -> Steps[Sequence[VersionMade]]:
    rows = yield from rows_of(_MADE, project=project, code=lookup.offer)
    return [
        VersionMade(
            version=row["number"],
            at=instant_of(row["made_at"]),
            actor=Actor(kind=row["actor_kind"], id=row["actor_id"]),
        )
        for row in rows
    ]


def _pin(project: str, lookup: PinOf) -> Steps[Pin | None]:
    of = {"code": lookup.offer, "product": lookup.product, "since": lookup.since}
    for row in (yield from rows_of(_PIN, project=project, **of)):
        item = _version_in(row, lookup.offer).find_item(lookup.product)
        if item is not None:
            return Pin(product=lookup.product, since=lookup.since, number=row["number"], item=item)
    return None


def _history(project: str, search: CatalogueSearch) -> Steps[CatalogueHistory]:
    after = 0 if search.after is None else cast(int, read_cursor(search.after, *_kind(search), types=(int,))[0])
    statement = _history_page(None if search.limit is None else search.limit + 1)
    rows = yield from rows_of(statement, project=project, kind=search.kind, subject=search.id, after=after)
    shown = rows[: search.limit]
    found = tuple(CATALOGUE.read(row["document"], schema=row["schema"], id=search.id) for row in shown)
    return CatalogueHistory(
        rows=found, next=cursor_text(*_kind(search), shown[-1]["seq"]) if len(rows) > len(shown) else None
    )


def _kind(search: CatalogueSearch) -> tuple[str, str, str]:
    return "history", search.kind, search.id


@lru_cache(maxsize=64)
def _history_page(most: int | None) -> sa.Select[Any]:
    found = (
        sa.select(catalogue_history.c.seq, catalogue_history.c.schema, catalogue_history.c.document)
        .where(
            catalogue_history.c.project == PROJECT,
            catalogue_history.c.kind == sa.bindparam("kind"),
            catalogue_history.c.subject == sa.bindparam("subject"),
            catalogue_history.c.seq > sa.bindparam("after"),
        )
        .order_by(catalogue_history.c.seq)
    )
    return found if most is None else found.limit(at_most(most))


_PAID_UNDER = (
    sa.select(labels.c.order_id)
    .where(labels.c.project == PROJECT, labels.c.kind == sa.literal("reference"))
    .where(labels.c.value == sa.bindparam("value"))
    .order_by(labels.c.order_id)
)


def _paid_under(project: str, lookup: PaidUnder) -> Steps[Sequence[str]]:
    rows = yield from rows_of(_PAID_UNDER, project=project, value=reference_label(lookup.gateway, lookup.reference))
    return [row["order_id"] for row in rows]


_NEWER = orders.alias("newer")
_NEWEST = (
    sa.select(_NEWER.c.id)
    .where(
        _NEWER.c.project == orders.c.project,
        _NEWER.c.contact == orders.c.contact,
        _NEWER.c.opened_from == orders.c.opened_from,
    )
    .order_by(_NEWER.c.number.desc())
    .limit(1)
    .scalar_subquery()
)


def _newest_openings(project: str, lookup: NewestOpenings) -> Steps[Mapping[str, str]]:
    numbered = {f"id_{n}": id for n, id in enumerate(lookup.orders)}
    # The list is never empty: `newest_openings` answers that case itself.
    rows = yield from rows_of(_newest_of(len(numbered)), project=project, **numbered)
    return {row["id"]: row["newest"] for row in rows if row["newest"] is not None}


@lru_cache(maxsize=512)
def _newest_of(count: int) -> sa.Select[Any]:
    ids: list[sa.BindParameter[str]] = [sa.bindparam(f"id_{n}") for n in range(count)]
    return sa.select(orders.c.id, _NEWEST.label("newest")).where(orders.c.project == PROJECT, orders.c.id.in_(ids))


OFFER_ANSWERS: Mapping[type[object], Callable[[str, Any], Steps[object]]] = {
    AllOffers: _all,
    OfferVersionAt: _version,
    VersionsOf: _versions,
    PinOf: _pin,
    PaidUnder: _paid_under,
    NewestOpenings: _newest_openings,
    CatalogueSearch: _history,
}
"""Each lookup about offers and funnels, with the function that answers it."""

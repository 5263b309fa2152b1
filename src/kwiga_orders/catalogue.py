"""The history of offers and funnels, as of orders: who, when, what, from which command.

Laws:

1. Each command that changes an offer or a funnel adds one event, with the old values (O15).
2. Each such command raises the version by one; it starts at 1 (K2).

Home of O15.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import ClassVar, Literal, TypeVar

import attrs

from kwiga_orders.commands import UNSET, Unset
from kwiga_orders.funnel import Funnel, FunnelStatus, Rule
from kwiga_orders.offers import Discount, Item, Offer, OfferState, RefundPolicy
from kwiga_orders.payments import Activation, PaymentOption
from kwiga_orders.project import Actor

__all__ = [
    "CatalogueEvent",
    "CatalogueRow",
    "FunnelCreated",
    "FunnelEdited",
    "FunnelFields",
    "FunnelRemoved",
    "OfferArchived",
    "OfferCreated",
    "OfferEdited",
    "OfferFields",
    "funnel_event",
    "offer_event",
]

F = TypeVar("F", bound=attrs.AttrsInstance)


@attrs.frozen(kw_only=True)
class OfferFields:
    """The fields of an offer that a command changed."""

    title: str | Unset = UNSET
    state: OfferState | Unset = UNSET
    items: tuple[Item, ...] | Unset = UNSET
    discount: Discount | None | Unset = UNSET
    payment_options: tuple[PaymentOption, ...] | Unset = UNSET
    funnel: str | None | Unset = UNSET
    sells_from: date | datetime | None | Unset = UNSET
    sells_until: date | datetime | None | Unset = UNSET
    opens_on: Activation | Unset = UNSET
    refund_policy: RefundPolicy | Unset = UNSET
    quiet: frozenset[str] | Unset = UNSET
    gateway: str | None | Unset = UNSET


@attrs.frozen(kw_only=True)
class OfferCreated:
    """An offer was made (O1)."""

    name: ClassVar[str] = "offer.created"
    currency: str
    after: OfferFields


@attrs.frozen(kw_only=True)
class OfferEdited:
    """A new version of an offer was made; `pinned` names the products whose lines keep the version before (O8)."""

    name: ClassVar[str] = "offer.edited"
    before: OfferFields
    after: OfferFields
    pinned: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class OfferArchived:
    """An offer was archived: it is no longer sold (O9)."""

    name: ClassVar[str] = "offer.archived"
    before: OfferFields
    after: OfferFields


@attrs.frozen(kw_only=True)
class FunnelFields:
    """The fields of a funnel that a command changed."""

    title: str | Unset = UNSET
    statuses: tuple[FunnelStatus, ...] | Unset = UNSET
    rules: tuple[Rule, ...] | Unset = UNSET
    default: bool | Unset = UNSET


@attrs.frozen(kw_only=True)
class FunnelCreated:
    """A funnel was made (F1)."""

    name: ClassVar[str] = "funnel.created"
    after: FunnelFields


@attrs.frozen(kw_only=True)
class FunnelEdited:
    """A funnel, its statuses or rules were changed, or whether it is the default one (F6, F7)."""

    name: ClassVar[str] = "funnel.edited"
    before: FunnelFields
    after: FunnelFields


@attrs.frozen(kw_only=True)
class FunnelRemoved:
    """A funnel was removed (F6)."""

    name: ClassVar[str] = "funnel.removed"
    before: FunnelFields


CatalogueEvent = OfferCreated | OfferEdited | OfferArchived | FunnelCreated | FunnelEdited | FunnelRemoved
"""Any event of an offer or a funnel."""


@attrs.frozen(kw_only=True)
class CatalogueRow:
    """A row of the history of an offer (by its code) or a funnel; `version` is the version after the command."""

    kind: Literal["offer", "funnel"]
    id: str
    version: int
    at: datetime
    actor: Actor
    command: str
    event: CatalogueEvent


def offer_event(before: Offer | None, after: Offer, *, archives: bool = False) -> CatalogueEvent:
    """Give the event that changed `before` into `after`; `before` is None for a new offer."""
    now = _offer_fields(after)
    if before is None:
        return OfferCreated(currency=after.currency, after=now)
    # Only differing fields are kept, because full versions would repeat long titles and terms.
    was, now = _differing(_offer_fields(before), now)
    if archives:
        return OfferArchived(before=was, after=now)
    return OfferEdited(before=was, after=now, pinned=after.current.pinned)


def funnel_event(before: Funnel | None, after: Funnel | None) -> CatalogueEvent:
    """Give the event that changed `before` into `after`; None means that there was, or is, no funnel."""
    if before is None:
        assert after is not None, "something happened to a funnel"
        return FunnelCreated(after=_funnel_fields(after))
    if after is None:
        return FunnelRemoved(before=_funnel_fields(before))
    was, now = _differing(_funnel_fields(before), _funnel_fields(after))
    return FunnelEdited(before=was, after=now)


def _offer_fields(offer: Offer) -> OfferFields:
    version = offer.current
    # The fields have the same names in the version.
    return OfferFields(**{one.name: getattr(version, one.name) for one in attrs.fields(OfferFields)})


def _funnel_fields(funnel: Funnel) -> FunnelFields:
    return FunnelFields(title=funnel.name, statuses=funnel.statuses, rules=funnel.rules, default=funnel.default)


def _differing(before: F, after: F) -> tuple[F, F]:
    """Give the differing fields of both."""
    kind: Callable[..., F] = type(before)
    names = [one.name for one in attrs.fields(type(before)) if getattr(before, one.name) != getattr(after, one.name)]
    # `before` and `after` have the same fields, so that each change is a pair.
    was, now = ({name: getattr(one, name) for name in names} for one in (before, after))
    return kind(**was), kind(**now)

"""What happens to offers and funnels, recorded as what happens to orders is: who, when, what, from which command.

Laws:

1. Each command that changes an offer or a funnel leaves one event of it, with what was there before (O15).
2. Its version is one more with each such command, 1 when it is made (K2).

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
    """The fields of an offer that a change is about."""

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
    """Its next version was made; `pinned` names the products whose lines keep the version before (O8)."""

    name: ClassVar[str] = "offer.edited"
    before: OfferFields
    after: OfferFields
    pinned: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class OfferArchived:
    """It was taken off sale for good (O9)."""

    name: ClassVar[str] = "offer.archived"
    before: OfferFields
    after: OfferFields


@attrs.frozen(kw_only=True)
class FunnelFields:
    """The fields of a funnel that a change is about."""

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
    """A funnel, its statuses or its rules were changed, or it became, or ceased to be, the default one (F6, F7)."""

    name: ClassVar[str] = "funnel.edited"
    before: FunnelFields
    after: FunnelFields


@attrs.frozen(kw_only=True)
class FunnelRemoved:
    """It was removed (F6)."""

    name: ClassVar[str] = "funnel.removed"
    before: FunnelFields


CatalogueEvent = OfferCreated | OfferEdited | OfferArchived | FunnelCreated | FunnelEdited | FunnelRemoved
"""Everything that can happen to an offer or a funnel."""


@attrs.frozen(kw_only=True)
class CatalogueRow:
    """A row of the history of an offer, by its code, or of a funnel; `version` is the one after the command."""

    kind: Literal["offer", "funnel"]
    id: str
    version: int
    at: datetime
    actor: Actor
    command: str
    event: CatalogueEvent


def offer_event(before: Offer | None, after: Offer, *, archives: bool = False) -> CatalogueEvent:
    """Give the event that made `after` of `before`; None: the offer was made."""
    now = _offer_fields(after)
    if before is None:
        return OfferCreated(currency=after.currency, after=now)
    # Only what differs is kept: a history of full versions would repeat every long title and term.
    was, now = _differing(_offer_fields(before), now)
    if archives:
        return OfferArchived(before=was, after=now)
    return OfferEdited(before=was, after=now, pinned=after.current.pinned)


def funnel_event(before: Funnel | None, after: Funnel | None) -> CatalogueEvent:
    """Give the event that made `after` of `before`; None: the funnel was made, or removed."""
    if before is None:
        assert after is not None, "something happened to a funnel"
        return FunnelCreated(after=_funnel_fields(after))
    if after is None:
        return FunnelRemoved(before=_funnel_fields(before))
    was, now = _differing(_funnel_fields(before), _funnel_fields(after))
    return FunnelEdited(before=was, after=now)


def _offer_fields(offer: Offer) -> OfferFields:
    version = offer.current
    # The event's fields have the names of the version's, so one that is missing fails here at once.
    return OfferFields(**{one.name: getattr(version, one.name) for one in attrs.fields(OfferFields)})


def _funnel_fields(funnel: Funnel) -> FunnelFields:
    return FunnelFields(title=funnel.name, statuses=funnel.statuses, rules=funnel.rules, default=funnel.default)


def _differing(before: F, after: F) -> tuple[F, F]:
    """Give of both the fields that differ."""
    kind: Callable[..., F] = type(before)
    names = [one.name for one in attrs.fields(type(before)) if getattr(before, one.name) != getattr(after, one.name)]
    # `before` and `after` name the same fields, so that a reader sees each change as a pair.
    was, now = ({name: getattr(one, name) for name in names} for one in (before, after))
    return kind(**was), kind(**now)

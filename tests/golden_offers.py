"""The values behind the golden files of offers, funnels and their history."""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal

import attrs

from kwiga_orders.catalogue import (
    CatalogueEvent,
    CatalogueRow,
    FunnelCreated,
    FunnelEdited,
    FunnelFields,
    FunnelRemoved,
    OfferArchived,
    OfferCreated,
    OfferEdited,
    OfferFields,
)
from kwiga_orders.course import After, AtStart, CertificateConditions, OnDate
from kwiga_orders.funnel import Funnel, FunnelStatus, Rule
from kwiga_orders.offers import AmountOff, Item, Offer, OfferState, OfferVersion
from kwiga_orders.payments import DatedPart, Full, Parts, Schedule, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.project import Actor
from kwiga_orders.terms import AccessTerms, From, Only, OverrideCheckpoints, OverrideDelays, OverridePractices, Until
from tests.golden_payments import AT, DAY, uah

__all__ = ["EVERY_TERM", "OF_CATALOGUE"]

_STAFF = Actor(kind="staff", id="maria")
EVERY_TERM = AccessTerms(
    start=From(at=date(2026, 12, 1)),
    duration=Until(at=AT + 90 * DAY),
    scope=Only(modules=("m1",), lessons=("l5",), sections=("s1",), include_new=("m1",)),
    delays=OverrideDelays(
        modules={"m1": After(period=Period(months=1), at=time(9, 30))},
        lessons={"l1": AtStart(), "l2": OnDate(at=date(2026, 12, 24)), "l3": OnDate(at=AT)},
    ),
    checkpoints=OverrideCheckpoints(lessons=("l4",)),
    practices=OverridePractices(required=("p1", "p2")),
    comments="off",
    certificate=CertificateConditions(
        lessons_percent=80, required_practices=True, tests={"t1": 60}, not_before=date(2027, 1, 1), fully_paid=True
    ),
)
_VERSION = OfferVersion(
    number=2,
    made_at=AT,
    pinned=("python",),
    state=OfferState.ARCHIVED,
    title="Базовий",
    items=(Item(product="python", price=uah("900.00"), terms=EVERY_TERM, curators=("ira",), scope_set_at=AT),),
    discount=AmountOff(amount=Decimal("100.00")),
    payment_options=(
        Full(id="full", total=Decimal("1200.00")),
        Parts(id="parts", count=3, every=Period(months=1), total=Decimal("1300")),
        Schedule(
            id="plan",
            parts=(
                DatedPart(amount=Decimal("300.00")),
                DatedPart(amount=Decimal("600.00"), after=Period(days=30)),
                DatedPart(amount=Decimal("1.00"), on=date(2027, 3, 1)),
            ),
        ),
        Subscribe(id="sub", amount=Decimal("300"), every=Period(months=1), periods=12, trial=Period(days=7)),
    ),
    funnel="vip",
    sells_from=AT,
    sells_until=AT + DAY,
    opens_on="full_payment",
    refund_policy="close_line",
    quiet=frozenset({"payment_added", "access_granted"}),
)
_FULL_OFFER = Offer(code="basic", currency="UAH", current=_VERSION, pinned_at={"python": 2})
_NEWEST_VERSION = attrs.evolve(
    _VERSION, number=3, made_by=_STAFF, pinned=(), state=OfferState.PUBLISHED, gateway="wayforpay"
)
_FIELDS = OfferFields(**{one.name: getattr(_NEWEST_VERSION, one.name) for one in attrs.fields(OfferFields)})
_STATUSES = (FunnelStatus(id="call", name="Дзвінок", colour="#4c8", archived=True), FunnelStatus(id="x", name="X"))
_RULES = (Rule(event="x.called", status="x", only_from=("call",), every_time=True),)
_FUNNEL_FIELDS = FunnelFields(title="VIP", statuses=_STATUSES, rules=_RULES, default=True)
_CATALOGUE: tuple[CatalogueEvent, ...] = (
    OfferCreated(currency="UAH", after=_FIELDS),
    OfferEdited(before=OfferFields(gateway=None), after=OfferFields(gateway="stripe"), pinned=("python",)),
    OfferArchived(before=OfferFields(state=OfferState.DRAFT), after=OfferFields(state=OfferState.ARCHIVED)),
    FunnelCreated(after=_FUNNEL_FIELDS),
    FunnelEdited(before=FunnelFields(default=False), after=FunnelFields(default=True)),
    FunnelRemoved(before=_FUNNEL_FIELDS),
)
OF_CATALOGUE: Mapping[str, Mapping[str, object]] = {
    "offer": {
        "full": _FULL_OFFER,
        "least": Offer(code="free", currency="UAH", current=OfferVersion(number=1, made_at=AT, title="Free", items=())),
        "newest": Offer(code="basic", currency="UAH", current=_NEWEST_VERSION),
    },
    "offer_version": {
        "full": _NEWEST_VERSION,
        "least": OfferVersion(number=1, made_at=AT, title="Free", items=()),
    },
    "catalogue_row": {
        event.name: CatalogueRow(
            kind="offer" if event.name.startswith("offer") else "funnel",
            id="vip",
            version=3,
            at=AT,
            actor=_STAFF,
            command="any",
            event=event,
        )
        for event in _CATALOGUE
    },
    "funnel": {
        "full": Funnel(
            id="vip",
            name="VIP",
            statuses=_STATUSES,
            rules=_RULES,
            default=True,
            version=5,
        ),
        "least": Funnel(id="f", name="F", statuses=(FunnelStatus(id="s", name="S"),)),
    },
}
"""By the names of their schemas."""

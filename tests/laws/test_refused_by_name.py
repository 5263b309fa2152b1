"""Refusals that no other test meets: each has its code, and nothing is written."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kwiga_orders.errors import Refused
from kwiga_orders.money import Money
from kwiga_orders.offers import ArchiveOffer, CreateOffer, EditOffer, ItemAsked
from kwiga_orders.orders.commands import AddLine, CreateOrder, FollowOffer, FreezeAccess, LineAsked
from kwiga_orders.periods import Period, utc, zone_named
from kwiga_orders.terms import TermsChange, Until
from kwiga_orders.testing.school import School, local


def item(product: str = "python", terms: TermsChange = TermsChange()) -> ItemAsked:  # noqa: B008 - a frozen value
    """An item of an offer."""
    return ItemAsked(product=product, price=Decimal(10), terms=terms)


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ((item(), item()), "order.duplicate_product"),
        ((item("chess"),), "not_found"),
        ((item(terms=TermsChange(duration=Until(at=local("2026-10-01 10:00")))),), "terms.window_empty"),
    ],
)
def test_offers(items: tuple[ItemAsked, ...], code: str) -> None:
    """O1, A4: an offer sells each product once, products there are, and access that has not ended."""
    school = School().at("2026-11-01 10:00")
    school.teaches()
    with pytest.raises(Refused) as refused:
        school.does(CreateOffer(code="basic", title="Basic", items=items))

    assert refused.value.code == code


def test_archived_twice() -> None:
    """O9, K2: to archive what is archived changes nothing."""
    school = School()
    school.sells()
    school.does(ArchiveOffer(offer="basic"))
    with school.store.transaction("school", writes=False) as records:
        once = records.find_offer("basic")
    school.does(ArchiveOffer(offer="basic"))
    with school.store.transaction("school", writes=False) as records:
        assert records.find_offer("basic") == once


def test_nothing_to_follow() -> None:
    """O7: a line of an order made by hand has no offer, and one whose product left the offer has none any more."""
    school = School()
    school.sells()
    school.teaches(product="chat")
    line = LineAsked(product="python", price=Decimal(1))
    by_hand = school.does(CreateOrder(contact="olena", lines=(line,))).order
    opened = school.opens()
    school.does(AddLine(order=opened, product="chat", price=Decimal(1)))
    assert by_hand is not None

    for order, product in ((by_hand, "python"), (opened, "chat")):
        with pytest.raises(Refused) as refused:
            school.does(FollowOffer(order=order, product=product))
        assert refused.value.code == "not_found"
    school.does(EditOffer(offer="basic", title="New"))
    school.does(FollowOffer(order=opened, product="python"))


def test_a_freeze_in_the_past() -> None:
    """A11: a freeze begins now or later."""
    school = School().at("2026-11-01 10:00")
    school.sells()
    order = school.opens()
    school.pays(order)
    with pytest.raises(Refused) as refused:
        school.does(FreezeAccess(order=order, period=Period(days=1), starts_at=local("2026-11-01 09:59")))

    assert refused.value.code == "input.invalid"


def test_values_that_are_none() -> None:
    """T1, T2: a zone that is not, and an instant that no calendar can go on from."""
    for run in (lambda: zone_named("Mars/Olympus"), lambda: utc(datetime(9500, 1, 1, tzinfo=UTC))):
        with pytest.raises(Refused) as refused:
            run()
        assert refused.value.code == "input.invalid"


def test_money_as_numbers() -> None:
    """M1: an amount gives its decimal exactly, and is taken as often as asked."""
    assert Money(1050, "UAH").decimal == Decimal("10.50")
    assert Money(1050, "UAH").times(3) == Money(3150, "UAH")

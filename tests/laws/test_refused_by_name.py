"""Refusals that no other test meets: each has its code and the values that matter, and nothing is written."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kwiga_orders.errors import Corrupt, Detail, Refused
from kwiga_orders.money import Money, exponent_of
from kwiga_orders.offers import ArchiveOffer, CreateOffer, EditOffer, ItemAsked
from kwiga_orders.orders.commands import (
    AddLine,
    CreateOrder,
    EditPayment,
    FollowOffer,
    FreezeAccess,
    LineAsked,
    VoidPayment,
)
from kwiga_orders.orders.window import resolved
from kwiga_orders.periods import Period, day_or_utc, utc, zone_named
from kwiga_orders.plans.micros import micros
from kwiga_orders.terms import TermsChange, Until
from kwiga_orders.testing.school import School, local


def item(product: str = "python", terms: TermsChange = TermsChange()) -> ItemAsked:
    """An item of an offer."""
    return ItemAsked(product=product, price=Decimal(10), terms=terms)


@pytest.mark.parametrize(
    ("items", "code"),
    [
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


YEARS = {"first": 1900, "last": 9000}
NAIVE = datetime(2026, 11, 1, 10)
BEFORE, AFTER = datetime(1899, 12, 31, 23, tzinfo=UTC), datetime(9001, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("run", "code", "details"),
    [
        (lambda: exponent_of("UAHUAHUAH"), "input.invalid", {"currency": "UAHUAHUA"}),
        (lambda: Money.of("1.234", "UAH"), "money.too_precise", {"amount": "1.234", "currency": "UAH", "decimals": 2}),
        (lambda: Money.of("x" * 50, "UAH"), "input.invalid", {"amount": "x" * 40}),
        (lambda: Money.of("Infinity", "UAH"), "input.invalid", {"amount": "Infinity"}),
        (lambda: Money.of(0.5, "UAH"), "input.invalid", {"amount": "0.5"}),  # type: ignore[arg-type]
        (lambda: Money(100, "UAH").split(0), "input.invalid", {"parts": 0}),
        (lambda: Money(100, "UAH").shared((1, -1)), "input.invalid", {"weights": [1, -1]}),
        (lambda: utc(NAIVE), "time.naive", {"value": "2026-11-01T10:00:00"}),
        (lambda: micros(NAIVE), "time.naive", {"value": "2026-11-01T10:00:00"}),
        (lambda: utc(BEFORE), "time.out_of_range", {"value": "1899-12-31T23:00:00+00:00", **YEARS}),
        (lambda: utc(AFTER), "time.out_of_range", {"value": "9001-01-01T00:00:00+00:00", **YEARS}),
        (lambda: day_or_utc(BEFORE.date()), "time.out_of_range", {"value": "1899-12-31", **YEARS}),
        (lambda: day_or_utc(AFTER.date()), "time.out_of_range", {"value": "9001-01-01", **YEARS}),
        (lambda: zone_named("Mars/" + "x" * 64), "input.invalid", {"timezone": "Mars/" + "x" * 59}),
    ],
)
def test_the_values_that_matter(run: Callable[[], object], code: str, details: dict[str, Detail]) -> None:
    """K5: a refusal holds the values that matter; of a text that may be long, its beginning."""
    with pytest.raises(Refused) as refused:
        run()

    assert (refused.value.code, refused.value.details) == (code, details)


def test_the_first_and_the_last_that_are_taken() -> None:
    """T1, T2, M1: what lies just inside of the bounds is taken."""
    first, last = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 12, 31, 23, tzinfo=UTC)

    assert [utc(first), utc(last)] == [first, last]
    assert [day_or_utc(date(1900, 1, 1)), day_or_utc(date(9000, 12, 31))] == [first.date(), last.date()]
    assert (Period(days=3660).days, Period(months=120).months) == (3660, 120)
    assert Money.of("999999999999.99", "UAH").minor == 99_999_999_999_999
    assert Money.of("1." + "0" * 38, "UAH").minor == 100
    with pytest.raises(Refused):
        Money.of("1." + "0" * 39, "UAH")


def test_a_line_without_its_offer() -> None:
    """O6: a line that follows an offer is read with it, or not at all."""
    school = School()
    school.sells()
    order = school.order(school.opens())
    with pytest.raises(Corrupt) as corrupt:
        resolved(order, order.lines[0], {})

    assert (corrupt.value.code, corrupt.value.details["product"]) == ("line.without_offer", "python")


def test_a_void_payment_is_not_edited() -> None:
    """P2: an unpaid payment can be edited; what is void is not owed any more, so only its comment can."""
    school = School()
    school.sells()
    order = school.opens()
    school.does(VoidPayment(order=order, payment=f"{order}.1"))
    school.does(EditPayment(order=order, payment=f"{order}.1", comment="a mistake"))
    with pytest.raises(Refused) as refused:
        school.does(EditPayment(order=order, payment=f"{order}.1", amount=Decimal(1)))

    assert refused.value.code == "payment.void"


def test_money_as_numbers() -> None:
    """M1: an amount gives its decimal exactly, and is taken as often as asked."""
    assert Money(1050, "UAH").decimal == Decimal("10.50")
    assert Money(1050, "UAH").times(3) == Money(3150, "UAH")

"""What the strategies draw is what the docs say they draw: interesting states come often enough to be met."""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from importlib import import_module
from pathlib import Path
from time import process_time

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kwiga_orders.orders.state import Custom, EndSet, Extended, Frozen, Order
from kwiga_orders.payments import Full, Parts, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing import strategies
from kwiga_orders.testing.laws.of_access import plan_of
from kwiga_orders.testing.lives import Life
from kwiga_orders.testing.school import School
from kwiga_orders.testing.strategies import Learner
from tests.effort import is_thorough, times

MODULES = (
    "course",
    "terms",
    "payments",
    "periods",
    "money",
    "offers",
    "project",
    "orders.commands",
    "testing.strategies",
)
NAMES = {
    **{
        name: one
        for module in MODULES
        for name, one in vars(import_module(f"kwiga_orders.{module}")).items()
        if not name.startswith("__")
    },
    "Decimal": Decimal,
    "datetime": datetime,
}
"""What the text of a learner is evaluated with."""
PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "property-test-access.md"
ROW = re.compile(r"^\| ([^|]+) \| (\d+) % \|$", re.MULTILINE)


@cache
def drawn() -> list[Learner]:
    """Draw learners, always the same."""
    found: list[Learner] = []
    few = settings(
        max_examples=times(400, 2000), derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    few(given(strategies.learners(least=2, most=2))(lambda learner: found.append(learner)))()
    return found


def orders() -> list[Order]:
    """Give their orders."""
    return [grant.order for learner in drawn() for grant in learner.grants]


def of_orders(fits: Callable[[Order], bool]) -> float:
    """Give the share of orders that fit, in per cent."""
    return 100 * sum(map(fits, orders())) / len(orders())


def has(*kinds: type) -> Callable[[Order], bool]:
    """Tell whether something of these kinds was done to the window of an order."""
    return lambda order: any(isinstance(one, kinds) for line in order.lines for one in line.adjustments)


def overlaps(learner: Learner) -> bool:
    """Tell whether two grants are open at a time."""
    instants = [order.activated_at for order in (one.order for one in learner.grants) if order.activated_at is not None]
    return any(len(plan_of(learner).access(at).orders) > 1 for at in instants)


SHARES: dict[str, Callable[[], float]] = {
    "orders that were activated": lambda: of_orders(lambda order: order.activated_at is not None),
    "orders with an adjusted window": lambda: of_orders(has(Frozen, Extended, EndSet)),
    "orders that were frozen": lambda: of_orders(has(Frozen)),
    "orders with a payment that closes access": lambda: of_orders(
        lambda order: any(one.closes_access for one in order.payments)
    ),
    "orders with a refund or chargeback": lambda: of_orders(lambda order: any(one.refunds for one in order.payments)),
    "subscriptions": lambda: of_orders(lambda order: order.subscription is not None),
    "orders whose line follows an offer": lambda: of_orders(
        lambda order: not any(isinstance(line.source, Custom) for line in order.lines)
    ),
    "orders with several lines": lambda: of_orders(lambda order: len(order.lines) > 1),
    "learners of two orders with both open at a time": lambda: 100 * sum(map(overlaps, drawn())) / len(drawn()),
}


@pytest.mark.parametrize("state", SHARES)
def test_it_comes_as_often_as_the_docs_say(state: str) -> None:
    """At least a third of the share that 2 000 learners had: of 400 it varies with what is imported."""
    said = {name: int(share) for name, share in ROW.findall(PAGE.read_text(encoding="utf-8"))}
    found = SHARES[state]()

    assert said[state] / 3 <= found <= 2 * said[state]


def test_nothing_happens_before_its_order() -> None:
    """No order was adjusted, paid or refunded before it was made."""
    for order in orders():
        instants = [one.made_at for line in order.lines for one in line.adjustments]
        instants += [one.created_at for one in order.payments]
        assert all(order.created_at <= at for at in instants)


def test_a_weight_weighs() -> None:
    """`often` draws a branch as often as its weight says."""
    found: list[str] = []
    few = settings(max_examples=300, derandomize=True, database=None, phases=[Phase.generate])
    few(given(strategies.often((9, st.just("often")), (1, st.just("rare"))))(lambda one: found.append(one)))()

    assert 0.02 * len(found) <= found.count("rare") <= 0.25 * len(found)


def test_orders_of_an_offer_of_one_s_own() -> None:
    """`offer=`: each is opened from it, by any of its options, with its terms; `active=` says whether it is paid."""
    school = School().at("2026-09-01 10:00")
    every = Period(months=1)
    options = (
        Full(id="full"),
        Parts(id="parts", count=3, every=every),
        Subscribe(id="s", amount=Decimal(9), every=every),
    )
    school.sells(terms=TermsChange(duration=For(period=Period(days=400))), options=options)
    with school.store.transaction("school", writes=False) as records:
        offer = records.find_offer("basic")
    course = school.courses.find_course("school", "python")
    assert offer is not None
    assert course is not None
    seen: set[tuple[str | None, bool]] = set()

    @settings(max_examples=60)
    @given(data=st.data(), active=st.booleans())
    def holds(data: st.DataObject, active: bool) -> None:
        grant = data.draw(strategies.grants(course, offer=offer, project=school.project, active=active))
        assert grant.order.origin is not None
        assert grant.order.origin.offer == "basic"
        assert grant.resolved.terms == offer.current.items[0].terms
        assert (grant.order.activated_at is not None) == active
        seen.add((grant.order.origin.option, active))

    holds()
    assert len(seen) == 2 * len(options)
    with pytest.raises(ValueError, match="does not sell"):
        Life.opened(offer, attrs.evolve(course, product="sql"), project=school.project, at=school.now)


@settings(max_examples=times(20, 1000), phases=[Phase.generate], database=None)
@given(learner=strategies.learners(least=1))
def test_what_a_failure_shows_can_be_made_again(learner: Learner) -> None:
    """Each order once, as what happened to it; what has its default is left out; evaluated it is equal."""
    assert eval(repr(learner), NAMES) == learner


if is_thorough():
    # a busy machine says nothing of how fast they are
    def test_it_is_fast() -> None:
        """A hundred learners a second of the time of a processor."""
        drawn_so_far = [0]

        @settings(max_examples=300, derandomize=True, database=None, phases=[Phase.generate])
        @given(learner=strategies.learners())
        def draws(learner: Learner) -> None:
            drawn_so_far[0] += 1

        draws()
        before, drawn_so_far[0] = process_time(), 0
        draws()

        assert drawn_so_far[0] / (process_time() - before) >= 100

"""A8, P14, N2: what is due, over many stories: access never waits for it, and nothing is told of twice."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

import attrs
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.errors import Refused
from kwiga_orders.offers import EditOffer, ItemChange
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.payments import Parts
from kwiga_orders.periods import Period
from kwiga_orders.terms import For, TermsChange
from tests.laws.dues import MONTH, TEN_DAYS, noted, ran, school_with
from tests.laws.office import Office, edit, refund

_STEPS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.just("pay"), st.integers(1, 3)),
    st.tuples(st.just("move due date"), st.integers(1, 3)),
    st.tuples(st.sampled_from(["extend", "freeze", "unfreeze", "end", "no end"]), st.integers(1, 20)),
    st.tuples(st.sampled_from(["cancel", "reopen", "refund", "open again"]), st.just(1)),
    st.tuples(st.just("edit offer"), st.integers(1, 60)),
    st.tuples(st.just("grace"), st.integers(1, 10)),
)


def follow(school: Office, order: str, step: tuple[str, int]) -> None:
    """Take a step of a story; what is refused changes nothing."""
    name, number = step
    period = Period(days=max(number, 1))
    until = school.now + timedelta(days=number)
    item = ItemChange(product="python", price=Decimal(900), terms=TermsChange(duration=For(period=period)))
    commands = {
        "pay": asked.MarkPaid(order=order, payment=f"{order}.{number}"),
        "move due date": edit(order, min(number, 3), due_at=until),
        "extend": asked.ExtendAccess(order=order, by=period),
        "freeze": asked.FreezeAccess(order=order, period=period),
        "unfreeze": asked.UnfreezeAccess(order=order),
        "end": asked.SetAccessEnd(order=order, at=until),
        "no end": asked.SetAccessEnd(order=order, at=None),
        "cancel": asked.CancelOrder(order=order),
        "reopen": asked.ReopenOrder(order=order),
        "refund": refund(order, "300.00"),
        "open again": asked.OpenOffer(offer="basic", contact="olena"),
        "edit offer": EditOffer(offer="basic", items=(item,)),
    }
    if name == "wait":
        school.clock.set(until)
    elif name == "grace":
        school.store.save_project(attrs.evolve(school.project, grace=period))
    else:
        with suppress(Refused):
            school.does(commands[name])


def told_of(steps: Sequence[tuple[str, int]], *, runs: bool) -> tuple[Office, str]:
    """Play a story of an order in three parts, with or without running what is due after each step."""
    school = school_with()
    school.sells(price="900.00", options=[Parts(id="parts", count=3, every=MONTH)], terms=TEN_DAYS)
    order = school.opens()
    school.pays(order)
    for step in [("wait", 0), *steps]:
        follow(school, order, step)
        if runs:
            ran(school)
    return school, order


class TestA8DueWork:
    """Access is computed from facts when asked; no scheduled job is needed for it to be right."""

    @given(steps=st.lists(_STEPS, max_size=8))
    def test_access_never_waits(self, steps: list[tuple[str, int]]) -> None:
        """Whether what is due was run or not, access is the same at every instant."""
        (school, _), (other, _) = (told_of(steps, runs=runs) for runs in (True, False))
        instants = [school.now + timedelta(days=days) for days in range(-90, 90, 3)]

        plans = [one.orders.plan(contact="olena", product="python") for one in (school, other)]

        answers = [
            [
                (access.open, access.starts_at, access.ends_at, len(access.reasons))
                for access in map(plan.access, instants)
            ]
            for plan in plans
        ]
        assert answers[0] == answers[1]

    @given(steps=st.lists(_STEPS, max_size=10))
    def test_each_thing_once(self, steps: list[tuple[str, int]]) -> None:
        """P14, N2: run after every step, each key is noted once, nothing is left, and no letter is sent twice."""
        school, order = told_of(steps, runs=True)

        keys = [one.key for one in noted(school, order)]
        letters = [row.key for row in school.notifier.rows if row.kind == "letter"]
        assert sorted(keys) == sorted(set(keys)) == sorted(school.order(order).noted)
        assert sorted(letters) == sorted(set(letters))
        assert school.orders.due() == []
        assert school.orders.run_due() == 0
        assert replayed(school.history(order)) == school.order(order)

    @given(steps=st.lists(_STEPS, max_size=8), days=st.integers(0, 120))
    def test_what_is_indexed_is_what_is_due(self, steps: list[tuple[str, int]], days: int) -> None:
        """An order is found by the index whenever something is due for it, and after a run never before."""
        school, _ = told_of(steps, runs=False)
        until = school.now + timedelta(days=days)
        found = look_for_due(school, until)
        assert {item.order for item in school.orders.due(until, limit=1000)} <= set(found)

        ran(school)

        assert look_for_due(school, school.now) == []
        assert {item.order for item in school.orders.due(until, limit=1000)} == set(look_for_due(school, until))


def look_for_due(school: Office, until: datetime) -> Sequence[str]:
    """Give the orders that the store finds by that instant."""
    with school.store.transaction(school.project.id, writes=False) as records:
        return records.due_orders(until, limit=1000)

"""L9, L14: lessons that stay open: those that were begun, and those that an earlier order opened."""

from datetime import datetime

import attrs
import pytest
from hypothesis import given

from kwiga_orders.course import After, Course, Lesson, Practice
from kwiga_orders.offers import EditOffer, ItemChange
from kwiga_orders.orders import commands as asked
from kwiga_orders.periods import Period
from kwiga_orders.project import Project
from kwiga_orders.terms import (
    For,
    NoDelays,
    Only,
    OverrideCheckpoints,
    OverrideDelays,
    OverridePractices,
    TermsChange,
)
from kwiga_orders.testing.school import School, local
from kwiga_orders.testing.strategies import Learner, instants, learners
from tests.laws.learning import NOW, module, plan_of, studying

DAYS_7 = After(period=Period(days=7))


class TestL9:
    """A lesson that was completed, or that the host reports as begun, stays open against delays and checkpoints that
    are tightened later, as long as the product is open and the lesson is in scope and not closed
    (`grandfather_completed`, default true)."""

    TIGHTER = TermsChange(
        delays=OverrideDelays(lessons={"l2": After(period=Period(days=60))}),
        checkpoints=OverrideCheckpoints(lessons=("l1",)),
        practices=OverridePractices(required=("p1",)),
    )
    LESSONS = module(Lesson(id="l1", practices=(Practice(id="p1"),)), Lesson(id="l2"), Lesson(id="l3"))

    @pytest.mark.parametrize(("completed", "begun"), [(("l2",), ()), ((), ("l2",))])
    @pytest.mark.parametrize(
        ("grandfather", "is_open"),
        [(True, ("l1", "l2")), (False, ("l1",))],
    )
    def test_stays_open(
        self, grandfather: bool, is_open: tuple[str, ...], completed: tuple[str, ...], begun: tuple[str, ...]
    ) -> None:
        """The offer is tightened after l2 was done or begun: it stays open, l3 does not; without the rule neither."""
        project = Project(id="school", timezone="Europe/Kyiv", currency="UAH", grandfather_completed=grandfather)
        school, _ = studying(self.LESSONS, project=project)
        school.learns(*completed, begun=begun)
        assert school.lessons().open == ("l1", "l2", "l3")

        item = ItemChange(product="python", terms=self.TIGHTER)
        school.does(EditOffer(offer="basic", items=(item,)))

        assert school.lessons().open == is_open

    def test_not_against_scope_and_the_end(self) -> None:
        """Out of scope, or after the end, it is closed however complete."""
        scope = TermsChange(scope=Only(lessons=("l1",)), duration=For(period=Period(days=30)))
        school, _ = studying(self.LESSONS, terms=scope)
        school.learns("l1", "l2", begun=("l1", "l2"))

        assert school.lessons().open == ("l1",)
        assert school.lessons(at="2026-12-01 10:00").open == ()

    def test_what_the_course_no_longer_has(self) -> None:
        """The progress of a lesson outlives it, and opens no other one."""
        school, _ = studying(self.LESSONS, terms=self.TIGHTER)
        school.learns("l3", begun=("l0",))
        school.teaches(Lesson(id="l1"), Lesson(id="l2"))

        assert school.lessons().open == ("l1",)


class TestL14:
    """A lesson whose delay (or none) was over for a contact while an order of the product gave access and included it
    has none under every order of it that is activated later (project setting `keep_opened`, default true): who buys
    again goes on where they were."""

    LESSONS = module(
        Lesson(id="l0"), *(Lesson(id=f"l{n}", delay=After(period=Period(days=7 * n))) for n in (1, 2, 3, 4))
    )
    DAYS_20 = TermsChange(duration=For(period=Period(days=20)))

    def again(self, at: str, *, keep_opened: bool = True, terms: TermsChange = DAYS_20) -> School:
        """Buy for twenty days on 1 November, and for ever at a local time."""
        project = Project(id="school", timezone="Europe/Kyiv", currency="UAH", keep_opened=keep_opened)
        school, _ = studying(self.LESSONS, terms=terms, project=project)
        school.sells("again")
        school.at(at).pays(school.opens("again"))
        return school

    @pytest.mark.parametrize(("keep_opened", "is_open"), [(True, ("l0", "l1", "l2")), (False, ("l0",))])
    def test_after_the_first_has_ended(self, *, keep_opened: bool, is_open: tuple[str, ...]) -> None:
        """Two delays were over when the first order ended; the third was not, and is counted anew."""
        school = self.again("2027-01-10 10:00", keep_opened=keep_opened)

        assert school.lessons().open == is_open
        assert school.lessons().closed["l3"].opens_at == local("2027-01-31 10:00")

    def test_while_both_are_open(self) -> None:
        """What the first order opens after the second was activated stays open under it when the first ends."""
        school = self.again("2026-11-10 10:00")

        assert school.lessons(at="2026-11-15 09:59").open == ("l0", "l1")
        assert school.lessons(at="2026-11-15 10:00").open == ("l0", "l1", "l2")
        assert len(school.access(at="2026-11-21 10:00").orders) == 1
        assert school.lessons(at="2026-11-21 10:00").open == ("l0", "l1", "l2")
        assert school.lessons(at="2026-11-21 10:00").closed["l3"].opens_at == local("2026-12-01 10:00")

    def test_only_what_it_included(self) -> None:
        """A lesson out of the scope of the first order waits for its delay."""
        scope = attrs.evolve(self.DAYS_20, scope=Only(lessons=("l0", "l2")))

        assert self.again("2027-01-10 10:00", terms=scope).lessons().open == ("l0", "l2")

    def test_only_while_it_gave_access(self) -> None:
        """A delay that ran out while the first order was cancelled was never over for the contact."""
        school, first = studying(self.LESSONS)
        school.sells("again")
        school.at("2026-11-10 10:00").does(asked.CancelOrder(order=first))
        school.at("2026-12-20 10:00").pays(school.opens("again"))

        assert school.lessons().open == ("l0", "l1")

    def test_without_a_delay_in_the_first(self) -> None:
        """What had no delay in the first order has none in the second."""
        terms = attrs.evolve(self.DAYS_20, delays=NoDelays())

        assert self.again("2027-01-10 10:00", terms=terms).lessons().open == ("l0", "l1", "l2", "l3", "l4")

    def test_not_backwards(self) -> None:
        """An order that was activated earlier keeps its delays, though its number is higher."""
        school = School().at(NOW)
        school.has(Course(product="python", title="Python", modules=(self.LESSONS,)))
        school.sells("free", terms=TermsChange(delays=NoDelays(), duration=For(period=Period(days=5))))
        school.sells("slow")
        first, second = school.opens("free"), school.opens("slow")
        school.pays(second)
        school.at("2026-11-02 10:00").pays(first)

        assert school.lessons().open == ("l0", "l1", "l2", "l3", "l4")
        assert school.lessons(at="2026-11-07 10:00").open == ("l0",)

    def test_from_order_to_order(self) -> None:
        """Bought a third time, it is kept over the second order, which included nothing else."""
        school = self.again("2027-01-10 10:00")
        school.sells("third", terms=TermsChange(delays=OverrideDelays(lessons={"l2": DAYS_7})))
        school.does(asked.CancelOrder(order=school.access().orders[0]))
        school.at("2027-02-01 10:00").pays(school.opens("third"))

        assert "l2" in school.lessons().open

    @given(learner=learners(least=2), at=instants())
    def test_delays_only_ever_end_sooner(self, learner: Learner, at: datetime) -> None:
        """With the rule everything is open that is open without it."""
        with_rule, without = (
            plan_of(attrs.evolve(learner, project=attrs.evolve(learner.project, keep_opened=keeps)))
            for keeps in (True, False)
        )

        assert without.open_mask(at) & ~with_rule.open_mask(at) == 0

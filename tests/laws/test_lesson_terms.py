"""L7, L8, L10, L13: practices, checkpoints and comments as an order has them; what is late."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypedDict
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import assume, given
from typing_extensions import Unpack

from kwiga_orders.access import Grant
from kwiga_orders.course import After, Checkpoint, Course, Lesson, Module, Practice, Progress
from kwiga_orders.errors import Refused
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.window import resolved
from kwiga_orders.periods import Period
from kwiga_orders.plans import late_lessons
from kwiga_orders.project import Project
from kwiga_orders.terms import (
    Comments,
    Duration,
    For,
    NoPractices,
    Off,
    Only,
    OverrideCheckpoints,
    OverridePractices,
    Scope,
    TermsChange,
    Until,
)
from kwiga_orders.testing.school import School, local
from kwiga_orders.testing.strategies import Learner, instants, learners
from tests.laws.learning import NOW, bought, plan_of

KYIV = ZoneInfo("Europe/Kyiv")
MOMENT = timedelta(microseconds=1)


class Fields(TypedDict, total=False):
    """What an order says of its window and scope."""

    duration: Duration
    scope: Scope


def studying(
    *lessons: Lesson,
    terms: TermsChange = TermsChange(),
    comments: bool = False,
    project: Project | None = None,
) -> tuple[School, str]:
    """Give a school that teaches these lessons, and an order bought and paid on 1 November at ten."""
    school = School(project=project)
    school.teaches(*lessons, comments=comments)
    return bought(school, terms=terms)


class TestL7:
    """Practices: `as_course`, `none` (nothing required), `override` (exactly the listed ones are required)."""

    LESSONS = (
        Lesson(id="l1", practices=(Practice(id="p1"), Practice(id="p2", required=False)), checkpoint=Checkpoint()),
        Lesson(id="l2"),
    )

    @pytest.mark.parametrize(
        ("terms", "accepted", "is_open"),
        [
            (TermsChange(), "p1", True),
            (TermsChange(), "p2", False),
            (TermsChange(practices=NoPractices()), "", True),
            (TermsChange(practices=OverridePractices(required=("p2",))), "p2", True),
            (TermsChange(practices=OverridePractices(required=("p2",))), "p1", False),
            (TermsChange(practices=OverridePractices()), "", True),
        ],
    )
    def test_which_are_required(self, terms: TermsChange, accepted: str, is_open: bool) -> None:
        """The lesson after the checkpoint opens iff what these terms require is accepted."""
        school, _ = studying(*self.LESSONS, terms=terms)
        school.learns(practices={accepted: "accepted"} if accepted else {})

        assert ("l2" in school.lessons().open) is is_open

    def test_unknown_ones_are_refused(self) -> None:
        """A practice that the course does not have cannot be required."""
        with pytest.raises(Refused, match=r"course\.unknown_practice"):
            studying(*self.LESSONS, terms=TermsChange(practices=OverridePractices(required=("p9",))))


class TestL8:
    """Checkpoints: `as_course`, `off`, `override` (exactly the listed lessons; `release_on` as the course has it for
    that lesson, else `accepted`)."""

    LESSONS = (
        Lesson(id="l1", practices=(Practice(id="p1"),), checkpoint=Checkpoint(release_on="submitted")),
        Lesson(id="l2", practices=(Practice(id="p2"),)),
        Lesson(id="l3"),
    )

    @pytest.mark.parametrize(
        ("terms", "state", "is_open"),
        [
            (TermsChange(), "returned", "l1"),
            (TermsChange(), "submitted", "l1 l2 l3"),
            (TermsChange(checkpoints=Off()), "returned", "l1 l2 l3"),
            (TermsChange(checkpoints=OverrideCheckpoints(lessons=("l2",))), "submitted", "l1 l2"),
            (TermsChange(checkpoints=OverrideCheckpoints(lessons=("l2",))), "accepted", "l1 l2 l3"),
            (TermsChange(checkpoints=OverrideCheckpoints(lessons=("l1",))), "submitted", "l1 l2 l3"),
            (TermsChange(checkpoints=OverrideCheckpoints()), "returned", "l1 l2 l3"),
        ],
    )
    def test_where_they_stand(self, terms: TermsChange, state: str, is_open: str) -> None:
        """With both practices in one state, what lies behind a checkpoint opens as its release says."""
        school, _ = studying(*self.LESSONS, terms=terms)
        school.learns(practices={"p1": state, "p2": state})

        assert school.lessons().open == tuple(is_open.split())


class TestL10:
    """Comments: `as_course`, `on`, `off`; effective only if the course has comments and the product is open."""

    @pytest.mark.parametrize("in_course", [True, False])
    @pytest.mark.parametrize(("comments", "is_on"), [("as_course", True), ("on", True), ("off", False)])
    def test_effective(self, comments: Comments, *, is_on: bool, in_course: bool) -> None:
        """The order can turn them off, never on where the course has none."""
        school, _ = studying(terms=TermsChange(comments=comments), comments=in_course)

        assert school.access().comments is (is_on and in_course)

    def test_not_of_a_closed_product(self) -> None:
        """Frozen, comments are closed, too."""
        school, order = studying(comments=True)
        school.does(asked.FreezeAccess(order=order, period=Period(days=5)))

        assert not school.access().comments


class TestL13:
    """At sale, lessons that would open only after access ends are listed as warnings (an opening exactly at the end is
    too late; before activation it is judged as if activated at creation)."""

    LESSONS = tuple(Lesson(id=f"l{days}", delay=After(period=Period(days=days))) for days in (29, 30, 31))
    COURSE = Course(product="python", modules=(Module(id="m1", lessons=LESSONS),))

    def made(self, school: School, **terms: Unpack[Fields]) -> str:
        """Make an order by hand that costs 1000.00 and is not paid."""
        school.has(self.COURSE)
        line = asked.LineAsked(product="python", price=Decimal(1000), terms=TermsChange(**terms))
        order = school.does(asked.CreateOrder(contact="olena", lines=(line,))).order
        assert order is not None
        return order

    def late(self, school: School, id: str) -> tuple[str, ...]:
        """Give the late lessons of an order."""
        order = school.order(id)
        line = order.line("python")
        return late_lessons(Grant(order=order, line=line, resolved=resolved(order, line, {})), course=self.COURSE)

    def test_at_the_end_or_later(self) -> None:
        """Of 29, 30 and 31 days in 30 days of access the last two are late, paid or not."""
        school = School().at(NOW)
        order = self.made(school, duration=For(period=Period(days=30)))
        assert self.late(school, order) == ("l30", "l31")

        school.at("2026-12-20 10:00").does(asked.AddPayment(order=order, amount=Decimal(1000), paid=True))
        assert self.late(school, order) == ("l30", "l31")

    def test_before_activation_judged_from_creation(self) -> None:
        """Until 1 December what opens on that day is late; paid ten days later, so is what opens after 29 days."""
        school = School().at(NOW)
        order = self.made(school, duration=Until(at=local("2026-12-01 10:00")))
        assert self.late(school, order) == ("l30", "l31")

        school.at("2026-11-11 10:00").does(asked.AddPayment(order=order, amount=Decimal(1000), paid=True))
        assert self.late(school, order) == ("l29", "l30", "l31")

    def test_of_a_line_added_later(self) -> None:
        """O13: for a line that was added later, payment is not before it was there."""
        school = School().at(NOW)
        school.teaches("intro", product="sql")
        line = asked.LineAsked(product="sql", price=Decimal(1000))
        order = school.does(asked.CreateOrder(contact="olena", lines=(line,))).order
        assert order is not None
        school.has(self.COURSE)

        until = TermsChange(duration=Until(at=local("2026-12-01 10:00")))
        school.at("2026-11-11 10:00").does(
            asked.AddLine(order=order, product="python", price=Decimal(1000), terms=until)
        )

        assert self.late(school, order) == ("l29", "l30", "l31")

    def test_only_what_is_in_scope_and_what_was_done_counts(self) -> None:
        """What the order does not include is no warning; an extension takes the warning away."""
        school = School().at(NOW)
        order = self.made(school, duration=For(period=Period(days=30)), scope=Only(lessons=("l29", "l30")))
        assert self.late(school, order) == ("l30",)

        school.does(asked.AddPayment(order=order, amount=Decimal(1000), paid=True))
        school.does(asked.ExtendAccess(order=order, by=Period(days=1)))
        assert self.late(school, order) == ()

    def test_without_end_nothing_is_late(self) -> None:
        """For ever is long enough."""
        school = School().at(NOW)
        assert self.late(school, self.made(school)) == ()

    @given(learner=learners(least=1, most=1), at=instants())
    def test_what_is_late_never_opens(self, learner: Learner, at: datetime) -> None:
        """By itself, for somebody who has done nothing yet, a late lesson is closed at every instant."""
        grant = learner.grants[0]
        assume(grant.order.activated_at is not None)
        plan = plan_of(attrs.evolve(learner, progress=Progress()))
        for lesson in late_lessons(grant, course=learner.course):
            for instant in (at, local("2026-01-01 00:00")):
                decision = plan.lesson(lesson, instant)
                assert (decision.open, decision.opens_at) == (False, None)

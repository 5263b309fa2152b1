"""The plan says what the rules say: held against the plain model, which evaluates them one instant at a time."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kwiga_orders.course import After, Course, Lesson, Module
from kwiga_orders.periods import Period
from kwiga_orders.plans import OpenLessons
from kwiga_orders.project import Contact
from kwiga_orders.terms import Only, TermsChange
from kwiga_orders.testing.plain_access import PlainAccess, plain
from kwiga_orders.testing.school import School, local
from kwiga_orders.testing.strategies import Learner, instants, learners
from tests.effort import times
from tests.laws.learning import plan_of

MOMENT = timedelta(microseconds=1)

# every rule meets every other one here, so in the long form these try twice as hard as others
harder = settings(max_examples=times(1, 2) * settings().max_examples)


def plain_of(learner: Learner) -> PlainAccess:
    """Give the plain answers of a drawn learner."""
    return plain(learner.grants, project=learner.project, course=learner.course, progress=learner.progress)


def telling(model: PlainAccess, at: datetime) -> Iterator[datetime]:
    """Give the instants that tell: at and right before every change, and one more."""
    for change in model.changes:
        yield change - MOMENT
        yield change
    yield at


class TestPlan:
    """A plan answers every question, about every instant, as the rules do."""

    @harder
    @given(learner=learners(), at=instants())
    def test_access(self, learner: Learner, at: datetime) -> None:
        """Open or closed, the reasons, the window, the orders, comments, and the next change."""
        plan, model = plan_of(learner), plain_of(learner)

        for instant in telling(model, at):
            assert plan.access(instant) == model.access(instant), instant

    @harder
    @given(learner=learners(most=2), data=st.data())
    def test_lesson(self, learner: Learner, data: st.DataObject) -> None:
        """Each lesson, open or closed, with its reasons and when it opens; asked in any order."""
        plan, model = plan_of(learner), plain_of(learner)
        moments = data.draw(st.permutations(sorted(set(telling(model, data.draw(instants()))))))

        for instant in moments[:12]:
            for lesson in sorted(learner.course.lesson_ids()):
                assert plan.lesson(lesson, instant) == model.lesson(lesson, instant), (lesson, instant)

    @harder
    @given(learner=learners(most=2), data=st.data())
    def test_lessons(self, learner: Learner, data: st.DataObject) -> None:
        """All lessons at once are what each is by itself; so are the bits; sections are those of closed lessons."""
        plan, model = plan_of(learner), plain_of(learner)
        instant = data.draw(st.sampled_from(list(telling(model, data.draw(instants())))))
        decisions = {lesson.id: model.lesson(lesson.id, instant) for _, lesson in learner.course.lessons()}

        found = plan.lessons(instant)

        assert found.open == tuple(id for id, decision in decisions.items() if decision.open)
        assert found.closed == {id: decision for id, decision in decisions.items() if not decision.open}
        assert found.sections == model.sections(instant)
        assert plan.open_mask(instant) == sum(1 << n for n, one in enumerate(decisions.values()) if one.open)

    @harder
    @given(learner=learners(most=2), other=learners(most=2), at=instants())
    def test_open_lessons_of_a_class(self, learner: Learner, other: Learner, at: datetime) -> None:
        """A class is told plan by plan, at and around every change, what each plan tells of its lessons by itself."""
        plans = [plan_of(one) for one in (learner, other, learner)]
        together = OpenLessons.of(plans)

        for instant in telling(plain_of(learner), at):
            found = [plan.lessons(instant).open for plan in plans]
            ids = [[lesson.id for _, lesson in one.course.lessons()] for one in (learner, other, learner)]
            bits = [
                sum(1 << number for number, id in enumerate(course) if id in is_open)
                for course, is_open in zip(ids, found, strict=True)
            ]
            assert together.masks(instant) == bits, instant
            assert together.counts(instant) == list(map(len, found)), instant


class TestAClass:
    """Reports over a class, by example."""

    def test_a_week_of_two_learners(self) -> None:
        """L1: each counts what is open to them at the instant; who has paid nothing, nothing."""
        school = School().at("2026-11-01 10:00")
        lessons = (Lesson(id="l1"), Lesson(id="l2", delay=After(period=Period(days=7))))
        school.has(Course(product="python", modules=(Module(id="m1", lessons=lessons),)))
        school.sells()
        for contact, at in (("olena", "2026-11-01 10:00"), ("taras", "2026-11-03 10:00")):
            school.at(at).pays(school.opens(contact=contact))
        school.knows(Contact(id="ivan"))
        plans = [school.orders.plan(contact=one, product="python") for one in ("olena", "taras", "ivan")]

        found = OpenLessons.of(plans)

        assert found.counts(local("2026-11-01 10:00")) == [1, 0, 0]
        assert found.counts(local("2026-11-08 10:00")) == [2, 1, 0]
        assert found.masks(local("2026-11-10 10:00")) == [0b11, 0b11, 0]

    def test_two_orders_of_one_learner(self) -> None:
        """A6: of two orders with a lesson each, both lessons are open, to the plan and to the class."""
        school = School().at("2026-11-01 10:00")
        school.teaches("l1", "l2", "l3")
        for lesson in ("l1", "l3"):
            school.sells(lesson, terms=TermsChange(scope=Only(lessons=(lesson,))))
            school.pays(school.opens(lesson))
        plan = school.orders.plan(contact="olena", product="python")

        assert plan.open_mask(school.now) == 0b101
        assert OpenLessons.of([plan]).masks(school.now) == [0b101]

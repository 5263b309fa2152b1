"""A6, A12, L1-L3, L5, L6, P8, T1: access at the very instant, of the very lesson, by the very order."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from kwiga_orders.access import EntryKind, Reason, ReasonCode
from kwiga_orders.course import After, Checkpoint, Course, Lesson, Module, OnDate, Practice
from kwiga_orders.errors import Refused
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Parts
from kwiga_orders.periods import Period
from kwiga_orders.plans import Plan
from kwiga_orders.project import Project
from kwiga_orders.terms import For, Only, TermsChange
from kwiga_orders.testing.school import School, local

NOW = "2026-11-01 10:00"
MOMENT = timedelta(microseconds=1)
WEEK = After(period=Period(days=7))
LESSONS = (
    Lesson(id="l1", practices=(Practice(id="p1"),)),
    Lesson(id="l2", delay=WEEK, checkpoint=Checkpoint()),
    Lesson(id="l3", closes=OnDate(at=date(2026, 11, 20))),
)


def teaching(*lessons: Lesson) -> School:
    """Give a school that teaches these lessons, at ten on 1 November."""
    school = School().at(NOW)
    school.has(Course(product="python", title="Python", modules=(Module(id="m1", lessons=lessons),)))
    return school


def bought(school: School, code: str = "basic", terms: TermsChange = TermsChange()) -> str:
    """Sell the course on these terms, and give an order that is paid."""
    school.sells(code, terms=terms)
    order = school.opens(code)
    school.pays(order)
    return order


def plan_of(school: School) -> Plan:
    """Give what Olena may learn, and when."""
    return school.orders.plan(contact="olena", product="python")


def listed(school: School) -> list[tuple[datetime, EntryKind]]:
    """Give the schedule: what happens when."""
    return [(entry.at, entry.what) for entry in plan_of(school).schedule(school.now)]


class TestA6:
    """Each lesson is decided per grant and the most generous wins; a lesson that is closed takes its reasons of the
    grant that opens it soonest, else of the newest."""

    def test_each_order_has_lessons_of_its_own(self) -> None:
        """One order gives the first lesson, another one the second: both are open, the third is not."""
        school = teaching(Lesson(id="l1"), Lesson(id="l2"), Lesson(id="l3"))
        orders = [bought(school, id, TermsChange(scope=Only(lessons=(id,)))) for id in ("l1", "l2")]

        assert school.lessons().open == ("l1", "l2")
        assert school.lessons().closed["l3"].reasons == (Reason(ReasonCode.NOT_INCLUDED, orders[-1]),)

    def test_for_ever_is_the_longest(self) -> None:
        """An order without an end ends last, though a newer one has an end (L12)."""
        school = teaching()
        bought(school, "ever")
        bought(school, "short", TermsChange(duration=For(period=Period(days=5))))

        assert listed(school) == [(school.now, EntryKind.ACCESS_STARTS)]

    def test_the_latest_end_is_shown(self) -> None:
        """The older order ends last, or the newer one does."""
        school = teaching()
        for code, days, last in (("a", 20, 20), ("b", 10, 20), ("c", 30, 30)):
            bought(school, code, TermsChange(duration=For(period=Period(days=days))))
            assert school.access().ends_at == school.now + timedelta(days=last)


class TestP8:
    """A due payment closes access from its due date plus the project's grace period."""

    def test_grace_over_a_change_of_clocks(self) -> None:
        """Two days of grace end at the same local time."""
        project = Project(id="school", timezone="Europe/Kyiv", currency="UAH", grace=Period(days=2))
        school = School(project=project).at("2027-02-27 10:00")
        school.sells(options=[Parts(id="two", count=2, every=Period(months=1))])
        order = school.opens()
        school.pays(order)

        assert school.access().next_change_at == local("2027-03-29 10:00")


class TestL1:
    """A lesson is open iff the product is open, the lesson is in scope, its delay has elapsed, it has not closed, and
    every checkpoint before it is passed; all reasons that apply are told."""

    @pytest.mark.parametrize("lessons", [("l1", "l2", "l3"), ("l1", "l3"), ("l2", "l3"), ("l2",)])
    def test_asked_for_by_itself_and_with_all_others(self, lessons: tuple[str, ...]) -> None:
        """The decision is the same, at every instant that matters, and when it is asked for again."""
        school = teaching(*LESSONS)
        bought(school, terms=TermsChange(scope=Only(lessons=lessons), duration=For(period=Period(days=30))))
        plan = plan_of(school)
        changes = [local(at) for at in (NOW, "2026-11-08 10:00", "2026-11-20 00:00", "2026-12-01 10:00")]

        for at in [one for change in changes for one in (change, change - MOMENT, change)]:
            found = plan.lessons(at)
            for lesson in ("l1", "l2", "l3"):
                decision = plan.lesson(lesson, at)
                assert decision.open is (lesson in found.open)
                assert decision.open or decision == found.closed[lesson]
                assert bool(decision.reasons) is not decision.open

    def test_at_a_checkpoint(self) -> None:
        """The lesson that has it is not behind it; out of scope, that is its only reason."""
        school = teaching(*LESSONS)
        order = bought(school, terms=TermsChange(scope=Only(lessons=("l1", "l3"))))
        school.at("2026-11-09 10:00")

        assert {id: decision.reasons for id, decision in school.lessons().closed.items()} == {
            "l2": (Reason(ReasonCode.NOT_INCLUDED, order),),
            "l3": (Reason(ReasonCode.CHECKPOINT, order, checkpoint="l2", lessons=("l1",)),),
        }

    def test_frozen_when_it_would_open(self) -> None:
        """A freeze that begins just when a delay has elapsed does not move it, but it opens when the freeze ends."""
        school = teaching(Lesson(id="l1", delay=WEEK))
        order = bought(school)
        school.does(asked.FreezeAccess(order=order, period=Period(days=3), starts_at=local("2026-11-08 10:00")))

        assert school.lessons().closed["l1"].opens_at == local("2026-11-11 10:00")
        assert (local("2026-11-11 10:00"), EntryKind.LESSON_OPENS) in listed(school)

    def test_frozen_until_it_would_have_opened(self) -> None:
        """A fixed date at the end of a freeze is that instant."""
        school = teaching(Lesson(id="l1", delay=OnDate(at=local("2026-11-11 10:00"))))
        order = bought(school)
        school.does(asked.FreezeAccess(order=order, period=Period(days=3), starts_at=local("2026-11-08 10:00")))

        assert school.lessons().closed["l1"].opens_at == local("2026-11-11 10:00")


class TestL2:
    """A named module means the lessons it has when the order is made; what is added after that joins only if it says
    so."""

    def test_added_when_the_order_was_made(self) -> None:
        """At the very instant it is one that the module has; a moment later it is not."""
        made = local(NOW)
        school = teaching(Lesson(id="l1", added_at=made), Lesson(id="l2", added_at=made + MOMENT), Lesson(id="l3"))
        bought(school, terms=TermsChange(scope=Only(modules=("m1",))))

        assert school.lessons().open == ("l1", "l3")


class TestL3:
    """A delay is counted from the start of access, at an exact local time or at the participant's own."""

    def test_never_before_the_start(self) -> None:
        """In 2010 clocks in St John's showed the hour before 00:01 twice: who starts when they show 23:30 again has the
        midnight of the next day behind him.
        """
        school = School(project=Project(id="school", timezone="America/St_Johns", currency="CAD"))
        school.clock.set(datetime(2010, 11, 7, 3, 0, tzinfo=UTC))
        school.teaches(Lesson(id="l1", delay=After(period=Period(days=1), at=time(0))))
        bought(school)

        assert school.lessons().open == ("l1",)
        assert [(entry.at, entry.lesson) for entry in plan_of(school).schedule(school.now)] == [
            (school.now, "l1"),
            (school.now, None),
        ]

    @pytest.mark.parametrize("at", [None, time(10)])
    def test_frozen_over_a_change_of_clocks(self, at: time | None) -> None:
        """A12: a week on the wall clock moves it by a week."""
        school = teaching(Lesson(id="l1", delay=After(period=Period(days=30), at=at))).at("2027-03-20 10:00")
        order = bought(school)
        school.does(asked.FreezeAccess(order=order, period=Period(days=7), starts_at=local("2027-03-25 10:00")))

        assert school.lessons().closed["l1"].opens_at == local("2027-04-26 10:00")


class TestL6:
    """Practices in lessons out of scope never count."""

    def test_before_a_second_checkpoint(self) -> None:
        """What was left out between two checkpoints is not waited for, be the lesson before it in scope or not."""
        school = teaching(
            Lesson(id="l1", checkpoint=Checkpoint()),
            Lesson(id="l2", practices=(Practice(id="p2"),)),
            Lesson(id="l3", checkpoint=Checkpoint()),
            Lesson(id="l4"),
        )
        bought(school, terms=TermsChange(scope=Only(lessons=("l1", "l3", "l4"))))

        assert school.lessons().open == ("l1", "l3", "l4")


class TestT1:
    """A naive datetime is refused (`time.naive`)."""

    def test_asked_for_again(self) -> None:
        """Also about a lesson that was asked for before; the refusal holds what was asked for."""
        school = teaching(*LESSONS)
        plan = plan_of(school)
        for _ in range(2):
            with pytest.raises(Refused) as refused:
                plan.lesson("l1", datetime.fromisoformat(NOW))
            assert (refused.value.code, refused.value.details) == ("time.naive", {"value": "2026-11-01T10:00:00"})
            plan.lesson("l1", school.now)

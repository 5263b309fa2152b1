"""Laws of access and of lessons: held against the plain reading of the rules, and against algebra."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import attrs

from kwiga_orders.access import ReasonCode
from kwiga_orders.course import After, Checkpoint, Course, Lesson, Module, Practice, Progress, Release
from kwiga_orders.extras import extra
from kwiga_orders.orders import commands as asked
from kwiga_orders.periods import Period, later, zone_named
from kwiga_orders.plans import Plan, compile_plan
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing.laws import drawn
from kwiga_orders.testing.laws.desk import MOMENT, Desk
from kwiga_orders.testing.laws.law import Draw, Laws, Met, law
from kwiga_orders.testing.plain_access import PlainAccess, plain
from kwiga_orders.testing.strategies import Learner, instants, learners

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["AccessLaws", "LessonLaws"]

_DAY = timedelta(days=1)
_RELEASES: tuple[Release, ...] = ("accepted", "submitted")


def plan_of(learner: Learner) -> Plan:
    """Compile the plan of a drawn learner."""
    return compile_plan(learner.grants, project=learner.project, course=learner.course, progress=learner.progress)


def plain_of(learner: Learner) -> PlainAccess:
    """Give the plain reading of the rules for a drawn learner."""
    return plain(learner.grants, project=learner.project, course=learner.course, progress=learner.progress)


class AccessLaws(Laws):
    """A: who has access to a product, until when, and why not."""

    @law("A5")
    def test_answers_are_those_of_the_plain_reading(self, desk: Desk, draw: Draw, met: Met) -> None:
        """At and right before every instant at which anything could happen, whatever the orders."""
        learner = draw(learners(least=1, most=2), "learner")
        plan, model = plan_of(learner), plain_of(learner)
        met(any(grant.order.activated_at is not None for grant in learner.grants))

        for at in _telling(model, draw(instants(), "at")):
            assert plan.access(at) == model.access(at), at

    @law("A6")
    def test_more_grants_never_take_access_away(self, desk: Desk, draw: Draw, met: Met) -> None:
        """What is open with one order is open with two, lesson by lesson."""
        learner = draw(learners(least=2, most=2), "learner")
        fewer = plan_of(attrs.evolve(learner, grants=learner.grants[:1]))
        more = plan_of(learner)
        for at in sorted({draw(instants()), *plain_of(learner).changes}):
            if fewer.access(at).open:
                met()
                assert more.access(at).open
                assert set(fewer.lessons(at).open) <= set(more.lessons(at).open)

    @law("A7")
    def test_an_answer_holds_until_its_next_change(self, desk: Desk, draw: Draw, met: Met) -> None:
        """It is constant up to `next_change_at`, and changes there."""
        learner, at = draw(learners(least=1, most=2), "learner"), draw(instants(), "at")
        plan = plan_of(learner)
        now = plan.access(at)
        if now.next_change_at is not None:
            met()
            assert plan.access(now.next_change_at - MOMENT) == now
            assert plan.access(now.next_change_at) != now

    @law("A9")
    def test_an_extension_moves_the_end(self, desk: Desk, draw: Draw, met: Met) -> None:
        """It counts from the end, or from now if access has ended."""
        desk.at(draw(drawn.instants(), "paid at"))
        order = desk.bought(terms=TermsChange(duration=For(period=Period(days=30))))
        end = desk.access().ends_at
        desk.passes(_DAY * draw(st.integers(0, 60), "days later"))
        by = draw(drawn.of_days(), "by")
        desk.does(asked.ExtendAccess(order=order, by=by))
        assert end is not None
        met(end < desk.school.now)

        assert desk.access().ends_at == later(max(end, desk.school.now), by, zone=zone_named(desk.zone))

    @law("A10")
    def test_an_end_that_was_set_is_the_end(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Whatever the terms say, until it is set anew; without one there is none."""
        desk.at(draw(drawn.instants(), "paid at"))
        order = desk.bought(terms=TermsChange(duration=For(period=draw(drawn.of_days(), "for"))))
        at = desk.school.now + _DAY * draw(st.integers(1, 100), "ends in days")
        desk.does(asked.SetAccessEnd(order=order, at=at))
        met()

        assert desk.access().ends_at == at
        assert [desk.is_open(at - MOMENT), desk.is_open(at)] == [True, False]
        desk.does(asked.SetAccessEnd(order=order, at=None))
        assert desk.access().ends_at is None

    @law("A11")
    def test_what_is_frozen_is_given_back(self, desk: Desk, draw: Draw, met: Met) -> None:
        """During a freeze access is closed; the end moves by its length on the wall clock."""
        desk.at(draw(drawn.instants(), "paid at"))
        order = desk.bought(terms=TermsChange(duration=For(period=Period(days=60))))
        end, zone = desk.access().ends_at, zone_named(desk.zone)
        length = draw(drawn.of_days(50), "frozen for")
        desk.passes(_DAY * draw(st.integers(0, 20), "days later"))
        desk.does(asked.FreezeAccess(order=order, period=length))
        thawed_at = later(desk.school.now, length, zone=zone)
        met()
        assert end is not None
        assert (desk.codes(), desk.is_open(thawed_at - MOMENT), desk.is_open(thawed_at)) == (["frozen"], False, True)
        assert desk.access(thawed_at).ends_at == later(end, length, zone=zone)

        desk.does(asked.UnfreezeAccess(order=order))
        assert (desk.is_open(), desk.access().ends_at) == (True, end)

    @law("A11")
    def test_freezes_do_not_overlap(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A second freeze that begins within the first is refused."""
        order = desk.bought()
        length, wait = draw(drawn.of_days(20), "first"), draw(st.integers(0, 25), "days later")
        desk.does(asked.FreezeAccess(order=order, period=length))
        at = desk.school.now + timedelta(days=wait, hours=1)
        met(wait < length.days - 1)
        second = asked.FreezeAccess(order=order, period=Period(days=1), starts_at=at)

        assert (desk.refused(second) == "freeze.overlaps") is (
            at < later(desk.school.now, length, zone=zone_named(desk.zone))
        )

    @law("T6")
    def test_asking_changes_nothing(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The answer about an instant is the same before and after it, and however often it is asked."""
        desk.bought(terms=TermsChange(duration=For(period=draw(drawn.of_days(), "for"))))
        at = desk.school.now + _DAY * draw(st.integers(0, 90), "asked about")
        before = desk.access(at)
        desk.passes(_DAY * draw(st.integers(1, 90), "asked after"))
        met()

        assert desk.access(at) == before == desk.access(at)


class LessonLaws(Laws):
    """L: lessons, delays, checkpoints."""

    @law("L1")
    def test_lessons_are_those_of_the_plain_reading(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Open or closed, all reasons, and when time alone opens each."""
        learner = draw(learners(least=1, most=2), "learner")
        plan, model = plan_of(learner), plain_of(learner)
        at = draw(st.sampled_from(sorted(set(_telling(model, draw(instants()))))), "at")
        for lesson in sorted(learner.course.lesson_ids()):
            decision = plan.lesson(lesson, at)
            met(not decision.open)
            assert decision == model.lesson(lesson, at), lesson

    @law("L3")
    def test_a_delay_is_counted_from_the_start(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A lesson opens N days after the start at the learner's own time; frozen days come on top."""
        length, frozen = draw(drawn.of_days(40), "delay"), draw(st.integers(0, 9), "frozen days")
        lessons = (Lesson(id="l1"), Lesson(id="l2", delay=After(period=length)))
        desk.school.has(Course(product=desk.product, modules=(Module(id="m", lessons=lessons),)))
        desk.at(draw(drawn.instants(), "paid at"))
        order, paid_at = desk.bought(), desk.school.now
        if frozen:
            desk.does(asked.FreezeAccess(order=order, period=Period(days=frozen)))
        opens_at = later(paid_at, Period(days=length.days + frozen), zone=zone_named(desk.zone))
        plan = desk.school.orders.plan(contact=desk.contact, product=desk.product)
        met(bool(frozen))

        assert [plan.lesson("l2", at).open for at in (opens_at - MOMENT, opens_at)] == [False, True]
        assert plan.lesson("l1", opens_at).open

    @law("L6")
    def test_a_checkpoint_waits_for_what_is_required(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Lessons after it are closed until every required practice is accepted; optional ones never count."""
        required = draw(st.booleans(), "required")
        release: Release = draw(st.sampled_from(_RELEASES), "released on")
        state = draw(st.sampled_from(("not_started", "submitted", "returned", "accepted")), "state")
        first = Lesson(
            id="l1", practices=(Practice(id="p1", required=required),), checkpoint=Checkpoint(release_on=release)
        )
        desk.school.has(Course(product=desk.product, modules=(Module(id="m", lessons=(first, Lesson(id="l2"))),)))
        desk.bought()
        desk.school.learns(contact=desk.contact, product=desk.product, practices={"p1": state})
        enough = {"accepted"} if release == "accepted" else {"accepted", "submitted"}
        decision = desk.school.orders.plan(contact=desk.contact, product=desk.product).lesson("l2", desk.school.now)
        met(state not in enough)

        assert decision.open is (not required or state in enough)
        assert decision.open or [one.code for one in decision.reasons] == [ReasonCode.CHECKPOINT]

    @law("L9")
    def test_what_was_completed_stays(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Neither a delay nor a checkpoint closes a completed lesson, if the project keeps them."""
        learner, at = draw(learners(least=1, most=2), "learner"), draw(instants(), "at")
        done = Progress(contact="olena", product=learner.course.product, completed=learner.course.lesson_ids())
        learner = attrs.evolve(
            learner, progress=done, project=attrs.evolve(learner.project, grandfather_completed=True)
        )
        plan = plan_of(learner)
        if plan.access(at).open:
            met(bool(learner.course.lesson_ids()))
            for decision in plan.lessons(at).closed.values():
                codes = {reason.code for reason in decision.reasons}
                assert codes <= {ReasonCode.NOT_INCLUDED, ReasonCode.LESSON_CLOSED}

    @law("L14")
    def test_who_buys_again_goes_on(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A lesson that was open under an earlier order has no delay under a later one."""
        length = draw(drawn.of_days(20), "delay")
        lesson = Lesson(id="l1", delay=After(period=length))
        desk.school.has(Course(product=desk.product, modules=(Module(id="m", lessons=(lesson,)),)))
        offer = desk.offers(terms=TermsChange(duration=For(period=Period(days=30))))
        desk.pays(desk.opens(offer))
        desk.passes(_DAY * draw(st.integers(32, 90), "buys again after days"))
        desk.pays(desk.opens(offer))
        plan = desk.school.orders.plan(contact=desk.contact, product=desk.product)
        met()

        assert plan.lesson("l1", desk.school.now).open is desk.school.project.keep_opened


def _telling(model: PlainAccess, at: datetime) -> Iterator[datetime]:
    """Give the instants that tell: at and right before every change, and one more."""
    for change in model.changes:
        yield change - MOMENT
        yield change
    yield at

"""L1-L6, L9: which lessons of an open product are open, and why the others are not."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.access import Grant, LessonDecision, Lessons, Reason, ReasonCode
from kwiga_orders.course import After, AtStart, Checkpoint, Course, Delay, Lesson, Module, OnDate, Practice, Progress
from kwiga_orders.errors import Refused
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.window import Resolved
from kwiga_orders.periods import Period
from kwiga_orders.plans import compile_plan
from kwiga_orders.terms import (
    AccessTerms,
    NoDelays,
    Only,
    OverrideDelays,
    TermsChange,
)
from kwiga_orders.testing.school import School, local
from kwiga_orders.testing.strategies import Learner, instants, learners
from kwiga_orders.views.answers import lessons_view
from tests.laws.learning import NOW, module, plan_of, studying

MOMENT = timedelta(microseconds=1)
DAYS_7 = After(period=Period(days=7))
BEFORE, AFTER = local("2026-10-01 10:00"), local("2026-11-10 10:00")


def codes(lessons: Lessons) -> dict[str, list[str]]:
    """Give the codes of the reasons of each closed lesson."""
    return {id: [one.code.value for one in decision.reasons] for id, decision in lessons.closed.items()}


class TestL1:
    """A lesson is open iff the product is open, the lesson is in scope, its delay has elapsed, it has not closed, and
    every checkpoint before it is passed. Reasons: the product's, then `not_included`, `delayed`, `lesson_closed`,
    `checkpoint`; all that apply; of a closed product: its reasons, then those that can be told without a window. The
    first is the headline, and `opens_at` is given whenever time alone opens it."""

    LESSONS = module(
        Lesson(id="l1", checkpoint=Checkpoint(), practices=(Practice(id="p1"),)),
        Lesson(id="l2", delay=DAYS_7),
        Lesson(id="l3", delay=After(period=Period(days=9)), closes=After(period=Period(days=3))),
    )

    def test_all_that_apply_in_order(self) -> None:
        """Out of scope, delayed, closed again before it opened, and behind a checkpoint: four reasons."""
        school, _ = studying(self.LESSONS, terms=TermsChange(scope=Only(lessons=("l1", "l2"))))

        assert codes(school.lessons(at="2026-11-05 10:00")) == {
            "l2": ["delayed", "checkpoint"],
            "l3": ["not_included", "delayed", "lesson_closed", "checkpoint"],
        }

    def test_of_a_closed_product(self) -> None:
        """The product's reasons come first; delays and closings need a window, scope and checkpoints do not."""
        school, order = studying(self.LESSONS, terms=TermsChange(scope=Only(lessons=("l1", "l2"))))
        school.does(asked.FreezeAccess(order=order, period=Period(days=5)))

        assert codes(school.lessons()) == {
            "l1": ["frozen"],
            "l2": ["frozen", "checkpoint"],
            "l3": ["frozen", "not_included", "checkpoint"],
        }
        assert school.lessons().closed["l1"].opens_at == local("2026-11-06 10:00")
        assert school.lessons().closed["l2"].opens_at is None

    @given(learner=learners(most=2), at=instants())
    def test_opens_at_is_the_first_instant_at_which_it_is_open(self, learner: Learner, at: datetime) -> None:
        """Closed at every instant tried before it, open at it; without it, closed at every later one."""
        plan = plan_of(learner)
        for lesson, decision in plan.lessons(at).closed.items():
            opens_at = decision.opens_at
            if opens_at is None:
                assert not any(plan.lesson(lesson, at + timedelta(days=days)).open for days in (1, 30, 90, 400))
                continue
            assert at < opens_at
            assert plan.lesson(lesson, opens_at).open
            assert not plan.lesson(lesson, opens_at - MOMENT).open
            assert not plan.lesson(lesson, at + (opens_at - at) / 2).open

    @given(learner=learners(most=2), at=instants())
    def test_reasons_come_in_order(self, learner: Learner, at: datetime) -> None:
        """Those of the product are the first, and no code comes before one that it follows in the list."""
        plan = plan_of(learner)
        product = plan.access(at).reasons
        for decision in plan.lessons(at).closed.values():
            ranks = [list(ReasonCode).index(reason.code) for reason in decision.reasons]
            assert decision.reasons[: len(product)] == product
            assert ranks == sorted(ranks)
            assert ranks

    def test_an_unknown_lesson_is_not_included(self) -> None:
        """A question never refuses: what the course does not have is closed."""
        school, order = studying(self.LESSONS)
        decision = school.orders.plan(contact="olena", product="python").lesson("l9", school.now)

        assert decision == LessonDecision(False, (Reason(ReasonCode.NOT_INCLUDED, order),))
        nobody = school.orders.plan(contact="taras", product="python").lesson("l9", school.now)
        assert nobody == LessonDecision(False, (Reason(ReasonCode.NO_ORDER),))

    def test_as_bits(self) -> None:
        """The open lessons are the bits of their numbers, the lowest for the first one."""
        school, _ = studying(module(Lesson(id="l1"), Lesson(id="l2", delay=DAYS_7), Lesson(id="l3")))
        plan = school.orders.plan(contact="olena", product="python")

        assert [plan.open_mask(local(at)) for at in ("2026-11-01 09:59", NOW, "2026-11-08 10:00")] == [0, 0b101, 0b111]

    def test_a_naive_instant_is_refused(self) -> None:
        """T1 holds for questions, too, whether the lesson was asked for before or not."""
        plan = studying(self.LESSONS)[0].orders.plan(contact="olena", product="python")
        naive = datetime.fromisoformat(NOW)
        for _ in range(2):
            with pytest.raises(Refused, match=r"time\.naive"):
                plan.lesson("l1", naive)
            plan.lesson("l1", local(NOW))


class TestL2:
    """Scope: `all`, or `only` named modules, lessons, sections. A named module means the lessons it has when the order
    is made or when the scope was last set, whichever is later. Content added after that joins only with `include_new`:
    `true` everywhere in the course, a list in those modules. A named section opens that section under the same limits
    as its lesson. An unknown id is refused; naming the scope in an edit sets it anew, also with the same value."""

    COURSE = (
        module(Lesson(id="l1"), Lesson(id="l2", added_at=BEFORE), Lesson(id="l3", added_at=AFTER)),
        module(Lesson(id="l4", sections=("s1", "s2")), Lesson(id="l5", added_at=AFTER), id="m2"),
    )

    @pytest.mark.parametrize(
        ("scope", "is_open"),
        [
            (Only(modules=("m1",)), "l1 l2"),
            (Only(modules=("m1",), include_new=True), "l1 l2 l3 l5"),
            (Only(modules=("m1",), include_new=("m1",)), "l1 l2 l3"),
            (Only(modules=("m1",), include_new=("m2",)), "l1 l2 l5"),
            (Only(lessons=("l3", "l4")), "l3 l4"),
        ],
    )
    def test_what_joins(self, scope: Only, is_open: str) -> None:
        """What a module had when the order was made, what is named, and of new content what is let in."""
        school, _ = studying(*self.COURSE, terms=TermsChange(scope=scope))

        assert school.lessons(at="2026-12-01 10:00").open == tuple(is_open.split())

    def test_set_anew_it_takes_in_what_is_there_now(self) -> None:
        """The same scope named again in an edit has the lessons that joined meanwhile; another edit has not."""
        scope = TermsChange(scope=Only(modules=("m1",)))
        school, order = studying(*self.COURSE, terms=scope)
        school.at("2026-12-01 10:00")
        comments = TermsChange(comments="off")
        school.does(asked.EditLine(order=order, product="python", terms=comments))
        assert school.lessons().open == ("l1", "l2")

        school.does(asked.EditLine(order=order, product="python", terms=scope))
        assert school.lessons().open == ("l1", "l2", "l3")

    def test_a_line_added_later_has_what_was_there_then(self) -> None:
        """For a line added on 1 December, or whose scope was set then, the lessons of November were always there."""
        terms = TermsChange(scope=Only(modules=("m1",)))
        school, id = studying(*self.COURSE, terms=terms)
        december, order = local("2026-12-01 10:00"), school.order(id)
        line, its_own = order.line("python"), Resolved(terms=terms.applied_to(AccessTerms()))
        as_made = Grant(order=order, line=line, resolved=its_own)

        for grant, is_open in (
            (as_made, ("l1", "l2")),
            (attrs.evolve(as_made, line=attrs.evolve(line, added_at=december)), ("l1", "l2", "l3")),
            (attrs.evolve(as_made, resolved=attrs.evolve(its_own, scope_set_at=december)), ("l1", "l2", "l3")),
        ):
            course = Course(product="python", modules=self.COURSE)
            plan = compile_plan([grant], project=school.project, course=course, progress=Progress())
            assert plan.lessons(december).open == is_open

    def test_a_named_section_opens_without_its_lesson(self) -> None:
        """Only the section, at the instant at which its lesson would open, and until that closes."""
        lesson = Lesson(id="l4", sections=("s1", "s2"), delay=DAYS_7, closes=After(period=Period(days=20)))
        school, _ = studying(module(lesson), terms=TermsChange(scope=Only(sections=("s2",))))

        assert school.lessons(at="2026-11-08 09:59:59").sections == ()
        assert school.lessons(at="2026-11-08 10:00").sections == ("s2",)
        assert school.lessons(at="2026-11-08 10:00").open == ()
        assert school.lessons(at="2026-11-21 10:00").sections == ()

    def test_a_checkpoint_closes_the_section_with_its_lesson(self) -> None:
        """Behind one that is not passed the section is closed, too."""
        first = Lesson(id="l1", checkpoint=Checkpoint(), practices=(Practice(id="p1"),))
        scope = TermsChange(scope=Only(lessons=("l1",), sections=("s2",)))
        school, _ = studying(module(first, Lesson(id="l4", sections=("s1", "s2"))), terms=scope)
        assert school.lessons().sections == ()

        school.learns(practices={"p1": "accepted"})
        assert school.lessons().sections == ("s2",)

    def test_sections_of_open_lessons_are_not_listed(self) -> None:
        """They are open with their lesson."""
        school, _ = studying(*self.COURSE, terms=TermsChange(scope=Only(lessons=("l4",), sections=("s2",))))

        assert school.lessons().sections == ()

    def test_unknown_ids_are_refused(self) -> None:
        """Lessons, modules and sections that the course does not have."""
        school, order = studying(*self.COURSE)
        for scope in (Only(modules=("m9",)), Only(lessons=("l9",)), Only(sections=("s9",)), Only(include_new=("m9",))):
            with pytest.raises(Refused, match=r"course\.unknown_lesson"):
                school.does(asked.EditLine(order=order, product="python", terms=TermsChange(scope=scope)))

    def test_what_disappears_is_ignored(self) -> None:
        """A lesson that left the course is neither open nor closed, and the others stay as they are."""
        school, _ = studying(*self.COURSE, terms=TermsChange(scope=Only(lessons=("l1", "l4"))))
        school.has(Course(product="python", modules=(module(Lesson(id="l1"), Lesson(id="l2")),)))

        assert school.lessons().open == ("l1",)
        assert list(school.lessons().closed) == ["l2"]


class TestL3:
    """Delays: `as_course`, `none`, `override` (own delays; lessons not named there have none). Kinds: `at_start`;
    `after` N days or months from the start of access, at an exact local time or at the participant's own time; `on` a
    date. A lesson's own delay beats its module's. Never before the start of access."""

    @pytest.mark.parametrize(
        ("delay", "opens"),
        [
            (AtStart(), "2026-11-01 18:45"),
            (After(period=Period(days=7)), "2026-11-08 18:45"),
            (After(period=Period(months=1)), "2026-12-01 18:45"),
            (After(period=Period(days=7), at=time(9)), "2026-11-08 09:00"),
            (After(period=Period(days=7), at=time(23)), "2026-11-08 23:00"),
            (OnDate(at=date(2026, 11, 20)), "2026-11-20 00:00"),
            (OnDate(at=date(2026, 10, 1)), "2026-11-01 18:45"),
            (OnDate(at=local("2026-11-20 10:30")), "2026-11-20 10:30"),
        ],
    )
    def test_kinds(self, delay: Delay, opens: str) -> None:
        """Each opens at its instant and not a moment earlier."""
        school = School().at("2026-11-01 18:45")
        school.teaches(Lesson(id="l1", delay=delay))
        school.sells()
        school.pays(school.opens())
        plan = school.orders.plan(contact="olena", product="python")

        assert plan.lesson("l1", local(opens)).open
        assert not plan.lesson("l1", local(opens) - MOMENT).open

    COURSE = (
        module(Lesson(id="l1"), Lesson(id="l2", delay=AtStart()), Lesson(id="l3", delay=DAYS_7), delay=DAYS_7),
        module(Lesson(id="l4", delay=DAYS_7), id="m2"),
    )

    @pytest.mark.parametrize(
        ("terms", "is_open"),
        [
            (TermsChange(), "l2"),
            (TermsChange(delays=NoDelays()), "l1 l2 l3 l4"),
            (TermsChange(delays=OverrideDelays()), "l1 l2 l3 l4"),
            (TermsChange(delays=OverrideDelays(lessons={"l1": DAYS_7})), "l2 l3 l4"),
            (TermsChange(delays=OverrideDelays(modules={"m1": DAYS_7}, lessons={"l1": AtStart()})), "l1 l4"),
        ],
    )
    def test_whose_delay_it_is(self, terms: TermsChange, is_open: str) -> None:
        """The lesson's own, else its module's; the order's own instead of the course's; those not named have none."""
        school, _ = studying(*self.COURSE, terms=terms)

        assert school.lessons().open == tuple(is_open.split())


class TestL4:
    """With several kinds of limits the latest binds; the explanation names each with its instant."""

    def test_each_with_its_instant(self) -> None:
        """Frozen over the opening: the reason names the freeze; later the delay; it opens when the later is over."""
        lesson = Lesson(id="l1", delay=OnDate(at=date(2026, 11, 20)))
        school, order = studying(module(lesson), module(Lesson(id="l2", closes=DAYS_7), id="m2"))
        school.does(asked.FreezeAccess(order=order, period=Period(days=10)))

        frozen = school.lessons().closed["l1"]
        delayed = school.lessons(at="2026-11-12 10:00").closed["l1"]
        closed = school.lessons(at="2026-12-01 10:00").closed["l2"]

        assert [reason.until for reason in frozen.reasons] == [local("2026-11-11 10:00")]
        assert [reason.until for reason in delayed.reasons] == [local("2026-11-20 00:00")]
        assert [reason.until for reason in closed.reasons] == [local("2026-11-18 10:00")]
        assert frozen.opens_at == delayed.opens_at == local("2026-11-20 00:00")

    def test_the_later_of_freeze_and_date_binds(self) -> None:
        """A date within the freeze opens with the end of the freeze."""
        school, order = studying(module(Lesson(id="l1", delay=OnDate(at=date(2026, 11, 5)))))
        school.does(asked.FreezeAccess(order=order, period=Period(days=10)))

        assert school.lessons().closed["l1"].opens_at == local("2026-11-11 10:00")

    def test_of_several_orders_the_one_that_opens_it_soonest_speaks(self) -> None:
        """Two open orders hold a lesson up until different days: the sooner is named, though its order is older."""
        lesson = Lesson(id="l1", delay=DAYS_7)
        school, first = studying(module(lesson))
        school.sells("slow", terms=TermsChange(delays=OverrideDelays(lessons={"l1": After(period=Period(days=20))})))
        school.pays(school.opens("slow"))

        decision = school.lessons().closed["l1"]
        assert decision.reasons == (Reason(ReasonCode.DELAYED, first, local("2026-11-08 10:00")),)


class TestL5:
    """A lesson may also close: `after` or `on`, same arithmetic (`on` a date: at 00:00 of it). `none` cancels closings
    too, `override` keeps the course's."""

    @pytest.mark.parametrize(
        ("closes", "closed_at"),
        [
            (DAYS_7, "2026-11-08 10:00"),
            (After(period=Period(days=7), at=time(20)), "2026-11-08 20:00"),
            (OnDate(at=date(2026, 12, 1)), "2026-12-01 00:00"),
        ],
    )
    def test_closes_at_its_instant(self, closes: Delay, closed_at: str) -> None:
        """Open right before it, closed for good from it on, also for those who completed it."""
        school, _ = studying(module(Lesson(id="l1", closes=closes)))
        school.learns("l1")
        plan = school.orders.plan(contact="olena", product="python")

        assert plan.lesson("l1", local(closed_at) - MOMENT).open
        decision = plan.lesson("l1", local(closed_at))
        assert [(one.code.value, one.until) for one in decision.reasons] == [("lesson_closed", local(closed_at))]
        assert decision.opens_at is None

    def test_whose_closing_it_is(self) -> None:
        """Without delays nothing closes; with own delays the course's closings stay."""
        for terms, is_open in (
            (TermsChange(delays=NoDelays()), ("l1",)),
            (TermsChange(delays=OverrideDelays()), ()),
        ):
            school, _ = studying(module(Lesson(id="l1", closes=DAYS_7)), terms=terms)
            assert school.lessons(at="2026-11-09 10:00").open == is_open


class TestL6:
    """A checkpoint stands at a lesson. Lessons after it (in course order, across modules) are closed until every
    required practice in lessons from the previous checkpoint up to and including its own lesson is accepted.
    `release_on: submitted` lets a submitted one pass until it is returned. A checkpoint with nothing required to wait
    for passes. Practices in lessons out of scope never count."""

    @staticmethod
    def course(release: Checkpoint) -> tuple[Module, ...]:
        """Give two checkpoints over four lessons in two modules, each lesson but the last with a practice."""
        return (
            module(
                Lesson(id="l1", practices=(Practice(id="p1"), Practice(id="extra", required=False))),
                Lesson(id="l2", practices=(Practice(id="p2"),), checkpoint=release),
            ),
            module(
                Lesson(id="l3", practices=(Practice(id="p3"),), checkpoint=release),
                Lesson(id="l4"),
                id="m2",
            ),
        )

    @pytest.mark.parametrize(
        ("practices", "is_open"),
        [
            ({}, "l1 l2"),
            ({"p1": "accepted"}, "l1 l2"),
            ({"p2": "accepted"}, "l1 l2"),
            ({"p1": "accepted", "p2": "submitted"}, "l1 l2"),
            ({"p1": "accepted", "p2": "accepted"}, "l1 l2 l3"),
            ({"p3": "accepted"}, "l1 l2"),
            ({"p1": "accepted", "p2": "accepted", "p3": "accepted"}, "l1 l2 l3 l4"),
        ],
    )
    def test_waits_for_what_lies_before_it(self, practices: dict[str, str], is_open: str) -> None:
        """For all required practices since the previous checkpoint, its own lesson included, and for no other."""
        school, _ = studying(*self.course(Checkpoint()))
        school.learns(practices=practices)

        assert school.lessons().open == tuple(is_open.split())
        assert {code for reasons in codes(school.lessons()).values() for code in reasons} <= {"checkpoint"}

    @pytest.mark.parametrize(("state", "is_passed"), [("submitted", True), ("returned", False), ("accepted", True)])
    def test_released_on_submission(self, state: str, is_passed: bool) -> None:
        """Handed in it passes, until it is returned."""
        school, _ = studying(*self.course(Checkpoint(release_on="submitted")))
        school.learns(practices={"p1": state, "p2": state})

        assert ("l3" in school.lessons().open) is is_passed

    def test_nothing_to_wait_for_passes(self) -> None:
        """A checkpoint whose practices are not required, or out of scope, holds nothing up."""
        scope = TermsChange(scope=Only(lessons=("l3", "l4")))
        school, _ = studying(*self.course(Checkpoint()), terms=scope)
        school.learns(practices={"p3": "accepted"})

        assert school.lessons().open == ("l3", "l4")

    def test_the_reason_says_what_to_do(self) -> None:
        """Each checkpoint that is not passed is a reason: where it stands, and which lessons it waits for."""
        school, order = studying(*self.course(Checkpoint()))
        first = Reason(ReasonCode.CHECKPOINT, order, checkpoint="l2", lessons=("l1", "l2"))
        second = Reason(ReasonCode.CHECKPOINT, order, checkpoint="l3", lessons=("l3",))

        closed = school.lessons().closed
        assert {id: decision.reasons for id, decision in closed.items()} == {"l3": (first,), "l4": (first, second)}
        school.learns(practices={"p1": "accepted"})
        assert school.lessons().closed["l3"].reasons == (attrs.evolve(first, lessons=("l2",)),)
        school.learns(practices={"p1": "accepted", "p2": "accepted"})
        assert school.lessons().closed["l4"].reasons == (second,)

    def test_each_code_once(self) -> None:
        """The view of a lesson names each code once, and beside it every reason with what belongs to it (L1)."""
        school, order = studying(*self.course(Checkpoint()))

        closed = lessons_view(school.lessons(), Course(product="python"))["closed"]["l4"]

        assert closed["reasons"] == ["checkpoint"]
        assert [(one["code"], one["order"], one["checkpoint"], one["lessons"]) for one in closed["why"]] == [
            ("checkpoint", order, "l2", ["l1", "l2"]),
            ("checkpoint", order, "l3", ["l3"]),
        ]

    def test_time_does_not_pass_it(self) -> None:
        """Behind a checkpoint there is no instant at which time alone opens it."""
        school, _ = studying(*self.course(Checkpoint()))

        assert {decision.opens_at for decision in school.lessons().closed.values()} == {None}


class TestDecisions:
    """One lesson, all lessons and bits are three ways to ask the same."""

    @given(learner=learners(most=2), data=st.data())
    def test_asking_again_gives_the_same(self, learner: Learner, data: st.DataObject) -> None:
        """Whatever was asked before, a plan answers as a fresh one does, also in another zone's time."""
        plan = plan_of(learner)
        lessons = sorted(learner.course.lesson_ids()) or ["l1"]
        for _ in range(6):
            at, lesson = data.draw(instants()), data.draw(st.sampled_from(lessons))
            expected = plan_of(learner).lesson(lesson, at)

            found: LessonDecision = plan.lesson(lesson, at.astimezone(ZoneInfo("America/New_York")))
            assert found == expected
            assert plan.lesson(lesson, at) == expected

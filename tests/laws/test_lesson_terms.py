"""L7, L8, L10, L12, L13: practices, checkpoints and comments as an order has them; its schedule; what is late."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypedDict
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import assume, given
from typing_extensions import Unpack

from kwiga_orders.access import EntryKind, Grant, ReasonCode
from kwiga_orders.course import After, Checkpoint, Course, Lesson, Module, OnDate, Practice, Progress
from kwiga_orders.errors import Refused
from kwiga_orders.money import Money
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.window import resolved
from kwiga_orders.payments import Parts, TotalSet
from kwiga_orders.periods import Period
from kwiga_orders.plans import Plan, compile_plan, late_lessons
from kwiga_orders.project import Project
from kwiga_orders.terms import (
    AfterPayment,
    Comments,
    Duration,
    For,
    From,
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

NOW = "2026-11-01 10:00"
KYIV = ZoneInfo("Europe/Kyiv")
MOMENT = timedelta(microseconds=1)


class Fields(TypedDict, total=False):
    """What an order says of its window and scope."""

    duration: Duration
    scope: Scope


def studying(
    *lessons: Lesson,
    terms: TermsChange = TermsChange(),  # noqa: B008 - a frozen value
    comments: bool = False,
    project: Project | None = None,
) -> tuple[School, str]:
    """Give a school that teaches these lessons, and an order bought and paid on 1 November at ten."""
    school = School(project=project).at(NOW)
    school.teaches(*lessons, comments=comments)
    school.sells(terms=terms)
    order = school.opens()
    school.pays(order)
    return school, order


def plan_of(learner: Learner) -> Plan:
    """Compile the plan of a drawn learner."""
    return compile_plan(learner.grants, project=learner.project, course=learner.course, progress=learner.progress)


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


def listed(school: School, start: str) -> list[tuple[str, str, str | None]]:
    """Give the schedule from a local time on, as local time, kind and lesson."""
    plan = school.orders.plan(contact="olena", product="python")
    shown = ((entry.at.astimezone(KYIV), entry) for entry in plan.schedule(local(start), at=school.now))
    return [(at.strftime("%m-%d %H:%M"), entry.what.value, entry.lesson) for at, entry in shown]


class TestL12:
    """The whole schedule of a contact for a product can be asked as data: every opening, closing, expiry, in order."""

    TERMS = TermsChange(start=AfterPayment(delay=Period(days=1)), duration=For(period=Period(days=30)))

    def test_everything_in_order(self) -> None:
        """Start, openings, closings, a freeze and the end; at one instant by kind, then in course order; what would
        open at the end or later, or is out of scope, does not."""
        school, order = studying(
            Lesson(id="l1"),
            Lesson(id="l2", delay=OnDate(at=date(2026, 11, 12)), closes=After(period=Period(days=15))),
            Lesson(id="l3", delay=After(period=Period(days=7), at=time(9))),
            Lesson(id="l4"),
            Lesson(id="l5", delay=After(period=Period(days=30))),
            Lesson(id="l6"),
            terms=attrs.evolve(self.TERMS, scope=Only(lessons=("l1", "l2", "l3", "l4", "l5"))),
        )
        freeze = asked.FreezeAccess(order=order, period=Period(days=5), starts_at=local("2026-11-11 10:00"))
        school.does(freeze)

        assert listed(school, "2026-11-01 00:00") == [
            ("11-02 10:00", "lesson_opens", "l1"),
            ("11-02 10:00", "lesson_opens", "l4"),
            ("11-02 10:00", "access_starts", None),
            ("11-09 09:00", "lesson_opens", "l3"),
            ("11-11 10:00", "freeze_starts", None),
            ("11-16 10:00", "lesson_opens", "l2"),
            ("11-16 10:00", "freeze_ends", None),
            ("11-22 10:00", "lesson_closes", "l2"),
            ("12-07 10:00", "access_ends", None),
        ]

    def test_what_closes_during_a_freeze(self) -> None:
        """A lesson that closes on a date closes on it, frozen or not: it does not open again when the freeze ends."""
        school, order = studying(Lesson(id="l1", closes=OnDate(at=date(2026, 11, 12))), terms=self.TERMS)
        freeze = asked.FreezeAccess(order=order, period=Period(days=5), starts_at=local("2026-11-11 10:00"))
        school.does(freeze)

        assert listed(school, "2026-11-10 00:00") == [
            ("11-11 10:00", "freeze_starts", None),
            ("11-12 00:00", "lesson_closes", "l1"),
            ("11-16 10:00", "freeze_ends", None),
            ("12-07 10:00", "access_ends", None),
        ]

    def test_from_an_instant_on(self) -> None:
        """What lies before it is left out, what lies at it is not."""
        school, _ = studying(Lesson(id="l1"), terms=self.TERMS)

        assert [what for _, what, _ in listed(school, "2026-11-02 10:00")] == [
            "lesson_opens",
            "access_starts",
            "access_ends",
        ]
        assert [what for _, what, _ in listed(school, "2026-11-02 10:01")] == ["access_ends"]

    def test_payments_that_will_close_access(self) -> None:
        """Each unpaid one with the instant at which it closes, grace included; they take nothing else out."""
        project = Project(id="school", timezone="Europe/Kyiv", currency="UAH", grace=Period(days=3))
        school = School(project=project).at(NOW)
        school.teaches(Lesson(id="l1", delay=After(period=Period(days=40))))
        school.sells(options=(Parts(id="three", count=3, every=Period(months=1)),))
        order = school.opens()
        school.pays(order)
        school.pays(order, 2)

        assert listed(school, NOW) == [
            ("11-01 10:00", "access_starts", None),
            ("12-11 10:00", "lesson_opens", "l1"),
            ("01-04 10:00", "payment_due", None),
        ]

    def test_of_several_orders_the_open_one_that_ends_last(self) -> None:
        """The older one if it lasts longer; else the one that speaks."""
        school, _ = studying(terms=self.TERMS)
        school.sells("short", terms=TermsChange(duration=For(period=Period(days=5))))
        school.pays(school.opens("short"))
        school.sells("later", terms=TermsChange(start=From(at=date(2026, 12, 20))))
        school.pays(school.opens("later"))

        assert [at for at, *_ in listed(school, NOW)] == ["11-01 10:00", "11-06 10:00"]
        school.at("2026-11-03 10:00")
        assert [at for at, *_ in listed(school, NOW)] == ["11-02 10:00", "12-02 10:00"]
        school.sells("long", terms=TermsChange(duration=For(period=Period(days=40))))
        school.pays(school.opens("long"))
        assert [at for at, *_ in listed(school, NOW)] == ["11-03 10:00", "12-13 10:00"]
        school.at("2026-12-15 10:00")
        assert [at for at, *_ in listed(school, NOW)] == ["12-20 00:00"]

    def test_nothing_but_payments_comes_after_the_end(self) -> None:
        """A freeze that was planned is left out once an end is set before it; so is all of a window that is empty."""
        school, order = studying(Lesson(id="l1"))
        freeze = asked.FreezeAccess(order=order, period=Period(days=5), starts_at=local("2026-12-01 10:00"))
        school.does(freeze)
        school.does(asked.SetAccessEnd(order=order, at=local("2026-11-20 10:00")))
        assert [what for _, what, _ in listed(school, NOW)] == ["lesson_opens", "access_starts", "access_ends"]

        school.does(asked.SetAccessEnd(order=order, at=local("2026-10-01 10:00")))
        assert listed(school, NOW) == listed(school, "2026-01-01 10:00") == []

    def test_what_gives_no_access_has_none(self) -> None:
        """Neither an unpaid order, nor a cancelled one, nor nobody."""
        school = School().at(NOW)
        school.teaches("l1")
        assert listed(school, NOW) == []
        school.sells()
        order = school.opens()
        assert listed(school, NOW) == []
        school.pays(order)
        assert len(listed(school, NOW)) == 2
        school.does(asked.CancelOrder(order=order))
        assert listed(school, NOW) == []

    @given(learner=learners(least=1, most=1))
    def test_lessons_open_and_close_when_it_says(self, learner: Learner) -> None:
        """With nothing done, nothing owed and no checkpoints, the openings and closings listed are those of the plan:
        closed right before an opening and open at it, and the other way round, unless a freeze has it closed."""
        learner = _unhindered(learner)
        plan = plan_of(learner)
        entries = plan.schedule(local("2026-01-01 00:00"), at=local("2029-01-01 00:00"))

        for entry in entries:
            if entry.lesson is not None:
                opens = entry.what is EntryKind.LESSON_OPENS
                before = plan.lesson(entry.lesson, entry.at - MOMENT)
                assert plan.lesson(entry.lesson, entry.at).open is opens
                assert before.open is not opens or (
                    not opens and {one.code for one in before.reasons} == {ReasonCode.FROZEN}
                )
        opened = {entry.lesson for entry in entries if entry.what is EntryKind.LESSON_OPENS}
        start = learner.grants[0].order.created_at - MOMENT
        assert opened == {id for id, one in plan.lessons(start).closed.items() if one.opens_at is not None}

    @given(learner=learners(), at=instants())
    def test_in_order(self, learner: Learner, at: datetime) -> None:
        """By instant, then by kind; only lessons have a lesson; nothing lies before the instant asked from."""
        entries = plan_of(learner).schedule(at)

        assert list(entries) == sorted(entries, key=lambda entry: (entry.at, list(EntryKind).index(entry.what)))
        for entry in entries:
            assert entry.at >= at
            assert (entry.lesson is not None) == (entry.what in (EntryKind.LESSON_OPENS, EntryKind.LESSON_CLOSES))


def _unhindered(learner: Learner) -> Learner:
    """Give a learner whose only order is free of charge, and whom no checkpoint stops."""
    grant = learner.grants[0]
    free = (TotalSet(at=grant.order.created_at, version=1, total=Money.zero("UAH")),)
    order = attrs.evolve(grant.order, totals=free, payments=(), subscription=None, cancelled_at=None)
    terms = attrs.evolve(grant.resolved.terms, checkpoints=Off())
    resolved = attrs.evolve(grant.resolved, terms=terms)
    return attrs.evolve(learner, grants=(attrs.evolve(grant, order=order, resolved=resolved),), progress=Progress())


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

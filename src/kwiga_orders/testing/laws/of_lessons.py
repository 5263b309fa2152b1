"""Laws of lessons: compared with a plain reading of the rules, and each limit by itself."""

from datetime import timedelta
from decimal import Decimal

import attrs

from kwiga_orders.access import EntryKind, ReasonCode
from kwiga_orders.course import After, Checkpoint, Course, Lesson, Module, Practice, Progress, Release
from kwiga_orders.extras import extra
from kwiga_orders.orders import commands as asked
from kwiga_orders.periods import Period, later, zone_named
from kwiga_orders.plans import Plan
from kwiga_orders.queries import OrderQuery
from kwiga_orders.terms import (
    Comments,
    For,
    NoDelays,
    NoPractices,
    Off,
    Only,
    OverrideCheckpoints,
    OverridePractices,
    Practices,
    TermsChange,
)
from kwiga_orders.testing.laws import drawn
from kwiga_orders.testing.laws.desk import MOMENT, Desk
from kwiga_orders.testing.laws.law import Draw, Laws, Met, law
from kwiga_orders.testing.laws.of_access import plain_of, plan_of, telling
from kwiga_orders.testing.strategies import instants, learners

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["LessonLaws"]

_DAY = timedelta(days=1)
_RELEASES: tuple[Release, ...] = ("accepted", "submitted")


class LessonLaws(Laws):
    """L: lessons, delays, checkpoints."""

    @law("L1")
    def test_lessons_are_those_of_the_plain_reading(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The plan and the plain reading agree on open lessons, all reasons, and when time alone opens a lesson."""
        learner = draw(learners(least=1, most=2), "learner")
        plan, model = plan_of(learner), plain_of(learner)
        at = draw(st.sampled_from(sorted(set(telling(model, draw(instants()))))), "at")
        for lesson in sorted(learner.course.lesson_ids()):
            decision = plan.lesson(lesson, at)
            met(not decision.open)
            assert decision == model.lesson(lesson, at), lesson

    @law("L3")
    def test_a_delay_is_counted_from_the_start(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A lesson opens N days after the start, at the learner's own time of day; frozen days are added."""
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
        """Lessons after a checkpoint are closed until required practices are accepted; optional ones never count."""
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
        """Neither a delay nor a checkpoint closes a completed lesson, if the project keeps such lessons open."""
        learner = draw(learners(least=1, most=2), "learner")
        changes, before = sorted({*plain_of(learner).changes, draw(instants())}), plan_of(learner)
        # an instant at which access is open, if there is one; other instants say nothing here
        at = draw(st.sampled_from([one for one in changes if before.access(one).open] or changes), "at")
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

    def teaches(self, desk: Desk, *lessons: Lesson, comments: bool = False) -> None:
        """Give the product one module with these lessons."""
        desk.school.has(Course(product=desk.product, comments=comments, modules=(Module(id="m", lessons=lessons),)))

    def plan(self, desk: Desk) -> Plan:
        """Give the learner's plan."""
        return desk.school.orders.plan(contact=desk.contact, product=desk.product)

    @law("L2")
    def test_what_is_new_joins_only_if_that_is_said(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A named module means the lessons it had then; lessons added later are included only with `include_new`."""
        choices: tuple[bool | tuple[str, ...], ...] = (False, True, ("m",), ("other",))
        include_new = draw(st.sampled_from(choices), "include new")
        first, later_on = Lesson(id="l1"), desk.school.now + _DAY * draw(st.integers(-2, 5), "added")
        module = Module(id="m", lessons=(first, Lesson(id="l2", added_at=later_on)))
        other = Module(id="other", lessons=(Lesson(id="l3"), Lesson(id="l4", added_at=later_on)))
        desk.school.has(Course(product=desk.product, modules=(module, other)))
        made_at = desk.school.now
        desk.bought(terms=TermsChange(scope=Only(modules=("m",), include_new=include_new)))
        desk.passes(_DAY * 10)
        is_new = later_on > made_at
        met(is_new)
        found = set(self.plan(desk).lessons(desk.school.now).open)
        joins = {"l2"} if not is_new or include_new is True or include_new == ("m",) else set()
        joins |= {"l4"} if is_new and (include_new is True or include_new == ("other",)) else set()

        assert found == {"l1"} | joins

    @law("L2")
    def test_a_scope_is_what_it_names(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A scope includes the named lessons, and named sections without their lessons; unknown ids are refused."""
        lessons = tuple(Lesson(id=f"l{n}", sections=(f"s{n}",)) for n in range(4))
        self.teaches(desk, *lessons)
        named = draw(st.sets(st.sampled_from([one.id for one in lessons])), "lessons")
        sections = draw(st.sets(st.sampled_from(("s0", "s1", "s2", "s3"))), "sections")
        desk.bought(terms=TermsChange(scope=Only(lessons=tuple(sorted(named)), sections=tuple(sorted(sections)))))
        met(bool(sections) and 0 < len(named) < 4)
        found = self.plan(desk).lessons(desk.school.now)

        assert set(found.open) == named
        assert set(found.sections) == {one for one in sections if f"l{one[1]}" not in named}
        gone = TermsChange(scope=Only(lessons=("gone",)))
        line = asked.LineAsked(product=desk.product, price=Decimal(1), terms=gone)
        assert desk.refused(asked.CreateOrder(contact=desk.contact, lines=(line,))) == "course.unknown_lesson"

    @law("L4")
    def test_the_latest_limit_binds(self, desk: Desk, draw: Draw, met: Met) -> None:
        """With a delay and a freeze, a lesson opens when both are over; both are reported with their instants."""
        delay, frozen = draw(st.integers(1, 20), "delay"), draw(st.integers(1, 20), "frozen")
        self.teaches(desk, Lesson(id="l1", delay=After(period=Period(days=delay))))
        order = desk.bought()
        paid_at = desk.school.now
        desk.does(asked.FreezeAccess(order=order, period=Period(days=frozen)))
        decision = self.plan(desk).lesson("l1", desk.school.now)
        met()
        opens_at = later(paid_at, Period(days=delay + frozen), zone=zone_named(desk.zone))

        assert (decision.open, decision.opens_at) == (False, opens_at)
        assert [one.code.value for one in decision.reasons] == ["frozen"]
        delayed = self.plan(desk).lesson("l1", opens_at - MOMENT)
        assert [(one.code.value, one.until) for one in delayed.reasons] == [("delayed", opens_at)]

    @law("L5")
    def test_a_lesson_closes_again(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A lesson closes N days after the start; with `NoDelays` it does not close."""
        length, without = draw(drawn.of_days(), "closes after"), draw(st.booleans(), "without delays")
        self.teaches(desk, Lesson(id="l1", closes=After(period=length)))
        desk.at(draw(drawn.instants(), "paid at"))
        desk.bought(terms=TermsChange(delays=NoDelays()) if without else TermsChange())
        closes_at = later(desk.school.now, length, zone=zone_named(desk.zone))
        met(not without)

        found = [self.plan(desk).lesson("l1", at) for at in (closes_at - MOMENT, closes_at)]
        assert [one.open for one in found] == [True, without]
        assert [one.code.value for one in found[1].reasons] == ([] if without else ["lesson_closed"])

    @law("L7")
    def test_terms_say_what_is_required(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Required are the practices of the course, none, or exactly the listed ones, as the terms say."""
        practices = (Practice(id="p1"), Practice(id="p2", required=False))
        self.teaches(desk, Lesson(id="l1", practices=practices, checkpoint=Checkpoint()), Lesson(id="l2"))
        choices: dict[str, Practices] = {
            "none": NoPractices(),
            "p1": OverridePractices(required=("p1",)),
            "p2": OverridePractices(required=("p2",)),
        }
        chosen = draw(st.sampled_from(("as course", *choices)), "practices")
        done = draw(st.sampled_from(((), ("p1",), ("p2",), ("p1", "p2"))), "accepted")
        desk.bought(terms=TermsChange() if chosen == "as course" else TermsChange(practices=choices[chosen]))
        desk.school.learns(contact=desk.contact, product=desk.product, practices=dict.fromkeys(done, "accepted"))
        required = {"as course": {"p1"}, "none": set[str](), "p1": {"p1"}, "p2": {"p2"}}[chosen]
        met(chosen == "p2" and "p2" not in done)

        assert self.plan(desk).lesson("l2", desk.school.now).open is (required <= set(done))

    @law("L8")
    def test_terms_say_where_checkpoints_stand(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Checkpoints are those of the course, none, or at exactly the listed lessons; `release_on` is the course's."""
        release: Release = draw(st.sampled_from(_RELEASES), "released on")
        practices = (Practice(id="p1"),)
        self.teaches(
            desk,
            Lesson(id="l1", practices=practices, checkpoint=Checkpoint(release_on=release)),
            Lesson(id="l2", practices=(Practice(id="p2"),)),
            Lesson(id="l3"),
        )
        listed = draw(st.sampled_from((None, "off", ("l1",), ("l2",))), "checkpoints")
        state = draw(st.sampled_from(("not_started", "submitted", "accepted")), "state of all practices")
        terms = TermsChange()
        if listed == "off":
            terms = TermsChange(checkpoints=Off())
        elif isinstance(listed, tuple):
            terms = TermsChange(checkpoints=OverrideCheckpoints(lessons=listed))
        desk.bought(terms=terms)
        desk.school.learns(contact=desk.contact, product=desk.product, practices={"p1": state, "p2": state})
        stands = {None: "l1", "off": None, ("l1",): "l1", ("l2",): "l2"}[listed]
        enough = {"accepted", release} if stands == "l1" else {"accepted"}
        passes = stands is None or state in enough
        found = {id: self.plan(desk).lesson(id, desk.school.now).open for id in ("l1", "l2", "l3")}
        met(not passes)

        assert found == {"l1": True, "l2": passes or stands == "l2", "l3": passes}

    @law("L9")
    def test_what_was_begun_stays(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A begun or completed lesson stays open against a delay that is set later, if the project keeps them open."""
        keeps = draw(st.booleans(), "grandfathered")
        desk.sets(grandfather_completed=keeps)
        self.teaches(desk, Lesson(id="l1"), Lesson(id="l2"))
        desk.bought()
        done = draw(st.sampled_from(("begun", "completed", "nothing")), "l1 was")
        desk.school.learns(
            *["l1"] * (done == "completed"),
            contact=desk.contact,
            product=desk.product,
            begun=["l1"] * (done == "begun"),
        )
        late = After(period=Period(days=5))
        self.teaches(desk, Lesson(id="l1", delay=late), Lesson(id="l2", delay=late))
        met(keeps and done == "begun")

        kept = {"l1"} if keeps and done != "nothing" else set[str]()
        assert set(self.plan(desk).lessons(desk.school.now).open) == kept

    @law("L10")
    def test_comments_are_as_the_most_generous_has_them(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Comments are on, off or as in the course, never if the course has none; one of several orders is enough."""
        has, choices = draw(st.booleans(), "the course has them"), tuple[Comments, ...](("as_course", "on", "off"))
        several = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=2), "comments")
        self.teaches(desk, Lesson(id="l1"), comments=has)
        for one in several:
            desk.bought(terms=TermsChange(comments=one))
        met(has and "off" in several and len(set(several)) > 1)

        assert desk.access().comments is (has and several != ["off"] * len(several))

    @law("L12")
    def test_the_schedule_has_each_change(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Every lesson opens at its instant in the schedule, and access ends at its end."""
        delays = draw(st.lists(st.integers(1, 20), min_size=1, max_size=3, unique=True), "delays")
        length = draw(st.integers(5, 30), "for")
        lessons = [Lesson(id=f"l{n}", delay=After(period=Period(days=days))) for n, days in enumerate(delays)]
        self.teaches(desk, *lessons)
        desk.bought(terms=TermsChange(duration=For(period=Period(days=length))))
        plan, zone, paid_at = self.plan(desk), zone_named(desk.zone), desk.school.now
        met(min(delays) < length <= max(delays) or len(delays) > 1)
        entries = plan.schedule(paid_at)
        opens = {one.lesson: one.at for one in entries if one.what is EntryKind.LESSON_OPENS}
        ends = [one.at for one in entries if one.what is EntryKind.ACCESS_ENDS]

        assert opens == {
            lesson.id: later(paid_at, Period(days=days), zone=zone)
            for lesson, days in zip(lessons, delays, strict=True)
            if days < length
        }
        assert ends == [later(paid_at, Period(days=length), zone=zone)]

    @law("L13")
    def test_what_opens_too_late_is_told(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Lessons that would open only after access has ended, or exactly at its end, are reported as late."""
        delay, length = draw(st.integers(1, 12), "delay"), draw(st.integers(1, 12), "for")
        self.teaches(desk, Lesson(id="l1", delay=After(period=Period(days=delay))), Lesson(id="l2"))
        order = desk.bought(terms=TermsChange(duration=For(period=Period(days=length))))
        met(delay >= length)

        late = desk.school.orders.ask(OrderQuery(order=order))["lines"][0]["late_lessons"]
        assert late == (["l1"] if delay >= length else [])

"""A9-A13: what moves the end of access by hand: extensions, set ends, freezes."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.access import Grant
from kwiga_orders.commands import Command
from kwiga_orders.course import After, Delay, Lesson, OnDate
from kwiga_orders.errors import Refused
from kwiga_orders.money import Money
from kwiga_orders.offers import EditOffer, ItemChange
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders import events as happened
from kwiga_orders.orders.state import EndSet, Extended, Frozen
from kwiga_orders.orders.window import LineWindow, line_window
from kwiga_orders.payments import Subscribe
from kwiga_orders.periods import Period, later, shifted, wall_length, zone_named
from kwiga_orders.project import Actor, Project
from kwiga_orders.sums import TotalSet
from kwiga_orders.terms import AfterPayment, For, TermsChange, Until
from kwiga_orders.testing.school import School, local
from kwiga_orders.testing.strategies import Learner, courses, grants, instants, learners, periods
from tests.laws.learning import plan_of

FAR = datetime(2099, 1, 1, tzinfo=UTC)


def bought(
    *lessons: Lesson,
    terms: TermsChange = TermsChange(duration=For(period=Period(days=90))),
) -> tuple[School, str]:
    """Give a school, and an order bought and paid in it on 1 November at ten, for 90 days."""
    school = School().at("2026-11-01 10:00")
    if lessons:
        school.teaches(*lessons)
    school.sells(terms=terms)
    order = school.opens()
    school.pays(order)
    return school, order


def refused(school: School, command: Command) -> str:
    """Give the code with which a command is refused."""
    with pytest.raises(Refused) as caught:
        school.does(command)
    return caught.value.code


def opens_at(school: School, lesson: str) -> datetime | None:
    """Give when a lesson opens that is closed now."""
    return school.lessons().closed[lesson].opens_at


def window_of(grant: Grant) -> LineWindow:
    """Give the window of a grant as it stands when all is known."""
    window = line_window(grant.order, grant.line, grant.resolved.terms, grace=None, at=FAR)
    assert window is not None
    return window


def adjusted(grant: Grant, *more: Extended | EndSet | Frozen) -> Grant:
    """Give a grant to whose window more was done."""
    return attrs.evolve(grant, line=attrs.evolve(grant.line, adjustments=(*grant.line.adjustments, *more)))


@st.composite
def ending(draw: st.DrawFn) -> Grant:
    """Draw a grant that is activated and ends, whatever was done to its window before."""
    grant = draw(courses().flatmap(grants))
    adjustments = tuple(one for one in grant.line.adjustments if not isinstance(one, EndSet) or one.at is not None)
    duration = draw(st.builds(For, period=periods()) | st.builds(Until, at=instants()))
    free = (TotalSet(at=grant.order.created_at, version=1, total=Money.zero("UAH")),)
    return Grant(
        order=attrs.evolve(grant.order, totals=free, payments=(), subscription=None),
        line=attrs.evolve(grant.line, adjustments=adjustments),
        resolved=attrs.evolve(grant.resolved, terms=attrs.evolve(grant.resolved.terms, duration=duration)),
    )


class TestA9:
    """Extend by N days or months: from the end it finds; if access already ended, from now. Refused if there is no end
    (`access.no_end`)."""

    @given(grant=ending(), by=periods(), made_at=instants())
    def test_from_the_end_it_finds_or_from_now(self, grant: Grant, by: Period, made_at: datetime) -> None:
        """Whatever was done before, the end moves on by the period on the wall clock of its zone."""
        before = window_of(grant).ends_at
        assert before is not None

        after = window_of(adjusted(grant, Extended(made_at=made_at, by=by))).ends_at

        assert after == later(max(before, made_at), by, zone=zone_named(grant.order.zone))

    def test_refused_without_end(self) -> None:
        """There is nothing to extend for ever, nor before activation."""
        school, order = bought(terms=TermsChange())
        assert refused(school, asked.ExtendAccess(order=order, by=Period(days=7))) == "access.no_end"
        unpaid = school.opens()
        assert refused(school, asked.ExtendAccess(order=unpaid, by=Period(days=7))) == "access.not_started"

    def test_a_subscription_counts_grace_as_time_before_the_end(self) -> None:
        """Extended within grace, paid-through moves on from itself; after it, from now."""
        for day, ends_at in (("03", "2026-12-11 10:00"), ("05", "2026-12-15 10:00")):
            project = Project(id="school", timezone="Europe/Kyiv", currency="UAH", grace=Period(days=3))
            school = School(project=project).at("2026-11-01 10:00")
            school.sells(options=(Subscribe(id="sub", amount=Decimal(300), every=Period(months=1)),))
            order = school.opens()
            school.pays(order)

            school.at(f"2026-12-{day} 10:00").does(asked.ExtendAccess(order=order, by=Period(days=7)))

            assert school.access().ends_at == local(ends_at)


class TestA10:
    """Set end to any instant or to none. Later edits of an offer's duration no longer move an explicitly set end."""

    @pytest.mark.parametrize("end", [local("2027-03-01 12:00"), local("2026-11-02 12:00"), None])
    def test_stays_where_it_is(self, end: datetime | None) -> None:
        """Whatever the offer says from then on."""
        school, order = bought()
        school.does(asked.SetAccessEnd(order=order, at=end))
        for days in (5, 300):
            terms = TermsChange(duration=For(period=Period(days=days)))
            item = ItemChange(product="python", terms=terms)
            school.does(EditOffer(offer="basic", items=(item,)))
            assert school.access().ends_at == end

    def test_replaces_what_a_subscription_is_paid_through(self) -> None:
        """The explicit end is the only one: access goes on after paid-through, and has then expired (P13)."""
        school = School().at("2026-11-01 10:00")
        school.sells(options=(Subscribe(id="sub", amount=Decimal(300), every=Period(months=1)),))
        order = school.opens()
        school.pays(order)
        school.does(asked.SetAccessEnd(order=order, at=local("2027-02-01 10:00")))

        assert school.access(at="2027-01-15 10:00").open
        assert [one.code.value for one in school.access(at="2027-02-01 10:00").reasons] == ["expired"]


class TestA11:
    """Freeze from now (or a later instant) for N days or months. During it access is closed (`frozen`); the end,
    however it came about, moves by the frozen length; lesson delays and closings counted in days or months move by the
    frozen lengths that began before them, fixed dates do not. Unfreeze early: only the time actually frozen counts. A
    freeze that begins before the end counts whole, what lies before the start does not count. Overlapping freezes are
    refused; a freeze that has not begun can be cancelled without trace in the dates."""

    @pytest.mark.parametrize("terms", [TermsChange(duration=Until(at=date(2026, 12, 31))), TermsChange()])
    def test_moves_the_end_however_it_came_about(self, terms: TermsChange) -> None:
        """A date, and an end that was set by hand: both move by as much."""
        school, order = bought(terms=terms)
        if terms == TermsChange():
            school.does(asked.SetAccessEnd(order=order, at=local("2027-01-01 00:00")))

        school.at("2026-11-10 10:00").does(asked.FreezeAccess(order=order, period=Period(days=10)))

        assert school.access().ends_at == local("2027-01-11 00:00")
        assert [(one.code.value, one.until) for one in school.access().reasons] == [
            ("frozen", local("2026-11-20 10:00"))
        ]

    @given(learner=learners(), at=instants())
    def test_frozen_for_no_time_changes_nothing(self, learner: Learner, at: datetime) -> None:
        """A freeze of no length leaves every answer as it was."""
        nothing = Frozen(made_at=at, starts_at=at, ends_at=at)
        with_it = attrs.evolve(learner, grants=tuple(adjusted(grant, nothing) for grant in learner.grants))

        for instant in (at, at + timedelta(days=15), at + timedelta(days=60)):
            assert plan_of(with_it).access(instant) == plan_of(learner).access(instant)
            assert plan_of(with_it).lessons(instant) == plan_of(learner).lessons(instant)

    @given(period=periods(), planned=st.booleans())
    def test_unfrozen_at_once_leaves_no_trace(self, period: Period, *, planned: bool) -> None:
        """Frozen and unfrozen at the same instant, or taken back before it began: all is as before."""
        school, order = bought(Lesson(id="l1", delay=After(period=Period(days=30))))
        before = school.access(), school.lessons()
        starts_at = local("2026-11-20 10:00") if planned else None
        school.does(asked.FreezeAccess(order=order, period=period, starts_at=starts_at))
        assert school.access() != before[0]

        school.does(asked.UnfreezeAccess(order=order))

        assert (school.access(), school.lessons()) == before

    def test_unfreezing_ends_the_one_that_is_going_on_else_takes_back_the_next(self) -> None:
        """First the freeze that is going on, then the planned one; then there is none."""
        school, order = bought()
        school.at("2026-11-10 10:00").does(asked.FreezeAccess(order=order, period=Period(days=10)))
        planned = asked.FreezeAccess(order=order, period=Period(days=5), starts_at=local("2026-12-01 10:00"))
        school.does(planned)
        assert school.access().ends_at == local("2027-02-14 10:00")

        school.at("2026-11-12 10:00").does(asked.UnfreezeAccess(order=order))
        assert school.access().ends_at == local("2027-02-06 10:00")
        school.does(asked.UnfreezeAccess(order=order))
        assert school.access().ends_at == local("2027-02-01 10:00")
        assert refused(school, asked.UnfreezeAccess(order=order)) == "freeze.none"

    @pytest.mark.parametrize(
        ("delay", "opens"),
        [
            (After(period=Period(days=9)), "2026-11-10 10:00"),
            (After(period=Period(days=10)), "2026-11-21 16:00"),
            (After(period=Period(days=40)), "2026-12-21 16:00"),
            (After(period=Period(months=1)), "2026-12-11 16:00"),
            (After(period=Period(days=10), at=time(9)), "2026-11-22 09:00"),
            (After(period=Period(days=10), at=time(18)), "2026-11-22 18:00"),
            (OnDate(at=date(2026, 12, 1)), "2026-12-01 00:00"),
        ],
    )
    def test_moves_what_is_counted_and_began_later(self, delay: Delay, opens: str) -> None:
        """Frozen for ten days and six hours from 10 November at noon: what opened before stays, what is counted moves
        by as much, with an exact time up to the next such time, and dates stay."""
        school, order = bought(Lesson(id="l1", delay=delay), Lesson(id="l2", closes=delay))
        school.at("2026-11-10 12:00").does(asked.FreezeAccess(order=order, period=Period(days=20)))
        school.at("2026-11-20 18:00").does(asked.UnfreezeAccess(order=order))
        plan = school.orders.plan(contact="olena", product="python")

        instant = local(opens)
        assert plan.lesson("l1", instant).open
        assert not plan.lesson("l1", instant - timedelta(seconds=1)).open
        assert not plan.lesson("l2", instant).open
        assert plan.lesson("l2", instant - timedelta(seconds=1)).open

    def test_lengths_are_summed_before_the_exact_time_is_sought(self) -> None:
        """Two freezes of twelve hours move 09:00 by one day, not by two."""
        school, order = bought(Lesson(id="l1", delay=After(period=Period(days=20), at=time(9))))
        for day in ("05", "10"):
            school.at(f"2026-11-{day} 08:00").does(asked.FreezeAccess(order=order, period=Period(days=2)))
            school.at(f"2026-11-{day} 20:00").does(asked.UnfreezeAccess(order=order))

        assert opens_at(school, "l1") == local("2026-11-22 09:00")

    def test_what_lies_before_the_start_does_not_count(self) -> None:
        """Frozen for ten days of which three lie before the start: the end moves by seven."""
        terms = TermsChange(start=AfterPayment(delay=Period(days=3)), duration=For(period=Period(days=30)))
        school, order = bought(terms=terms)

        school.does(asked.FreezeAccess(order=order, period=Period(days=10)))

        assert school.access().ends_at == local("2026-12-11 10:00")

    def test_begun_before_the_end_it_counts_whole(self) -> None:
        """A freeze of ten days, one day before the end, moves it by ten days; one from the end on is refused."""
        school, order = bought(terms=TermsChange(duration=For(period=Period(days=30))))
        freeze = asked.FreezeAccess(order=order, period=Period(days=10))
        at_the_end = attrs.evolve(freeze, starts_at=local("2026-12-01 10:00"))
        assert refused(school, at_the_end) == "freeze.after_end"

        school.at("2026-11-30 10:00").does(freeze)
        assert school.access().ends_at == local("2026-12-11 10:00")

    def test_overlaps_are_refused_and_touching_is_fine(self) -> None:
        """A freeze may begin at the instant at which another ends, and no earlier."""
        school, order = bought()
        freeze = asked.FreezeAccess(order=order, period=Period(days=10))
        school.does(freeze)

        assert refused(school, attrs.evolve(freeze, starts_at=local("2026-11-11 09:59"))) == "freeze.overlaps"
        school.does(attrs.evolve(freeze, starts_at=local("2026-11-11 10:00")))
        assert school.access().ends_at == local("2027-02-19 10:00")

    def test_from_a_day(self) -> None:
        """It begins at 00:00 of that day in the zone of the order (T5)."""
        school, order = bought()
        school.does(asked.FreezeAccess(order=order, period=Period(days=5), starts_at=date(2026, 11, 10)))

        assert school.access().next_change_at == local("2026-11-10 00:00")

    def test_the_contact_is_notified(self) -> None:
        """A letter tells of the freeze, another of its end."""
        school, order = bought()
        school.does(asked.FreezeAccess(order=order, period=Period(days=10)))
        school.at("2026-11-03 10:00").does(asked.UnfreezeAccess(order=order))

        assert school.notifier.letters[-2:] == ["access_frozen", "access_unfrozen"]


class TestA12:
    """The frozen length is what really was frozen, measured on the wall clock of the zone, never negative: frozen 7
    days across a DST change moves the end by 7 days at the same local time."""

    @given(grant=ending(), period=periods(), days=st.integers(-90, 40))
    def test_the_end_moves_by_what_clocks_measured(self, grant: Grant, period: Period, days: int) -> None:
        """For any grant, by any freeze that begins before its end, and by none that begins later."""
        zone, before = zone_named(grant.order.zone), window_of(grant)
        assert before.ends_at is not None
        starts_at = before.ends_at + timedelta(days=days)
        freeze = Frozen(made_at=starts_at, starts_at=starts_at, ends_at=later(starts_at, period, zone=zone))

        after = window_of(adjusted(grant, freeze)).ends_at

        length = wall_length(max(starts_at, before.starts_at), freeze.ends_at, zone=zone) if days < 0 else timedelta()
        assert after == shifted(before.ends_at, length, zone=zone)

    def test_across_a_change_of_clocks(self) -> None:
        """Seven days around the night of 28 March: the end keeps its local time."""
        school = School().at("2027-03-20 10:00")
        school.sells(terms=TermsChange(duration=For(period=Period(days=30))))
        order = school.opens()
        school.pays(order)

        school.at("2027-03-25 12:00").does(asked.FreezeAccess(order=order, period=Period(days=7)))

        assert school.access().ends_at == local("2027-04-26 10:00")

    def test_a_month_from_31_january_is_28_days(self) -> None:
        """The month ends on 28 February, so the end moves by 28 days."""
        school, order = bought()
        school.at("2027-01-30 10:00")
        freeze = asked.FreezeAccess(order=order, period=Period(months=1), starts_at=local("2027-01-31 09:00"))
        school.does(asked.ExtendAccess(order=order, by=Period(days=10)))
        school.does(freeze)

        # without the freeze it ends on 9 February
        assert school.access().ends_at == local("2027-03-09 10:00")


class TestA13:
    """Extend, freeze and set-end are dated records with actor and reason; the end is the fold of them over the computed
    one, in the order they were made, so it stays right when the offer's terms change later. A command over all lines is
    refused as a whole if one line refuses."""

    def test_the_end_stays_right_when_the_offer_changes(self) -> None:
        """An extension and a freeze made under 90 days are folded over the 30 days of today."""
        school, order = bought()
        school.does(asked.ExtendAccess(order=order, by=Period(days=7)))
        school.does(asked.FreezeAccess(order=order, period=Period(days=10)))
        assert school.access().ends_at == local("2027-02-16 10:00")

        item = ItemChange(product="python", terms=TermsChange(duration=For(period=Period(days=30))))
        school.does(EditOffer(offer="basic", items=(item,)))
        assert school.access().ends_at == local("2026-12-18 10:00")

    def test_a_freeze_that_an_edit_leaves_after_the_end(self) -> None:
        """It was planned within 90 days; of the 30 days of today it takes nothing, and gives nothing (A11)."""
        school, order = bought()
        school.does(asked.FreezeAccess(order=order, period=Period(days=5), starts_at=local("2026-12-01 10:00")))
        assert school.access().ends_at == local("2027-02-04 10:00")

        item = ItemChange(product="python", terms=TermsChange(duration=For(period=Period(days=30))))
        school.does(EditOffer(offer="basic", items=(item,)))
        assert school.access().ends_at == local("2026-12-01 10:00")

    def test_in_the_order_they_were_made(self) -> None:
        """Right after an end is set it is the end, though a freeze is going on; what comes later moves it again."""
        school, order = bought()
        school.does(asked.FreezeAccess(order=order, period=Period(days=10)))
        school.at("2026-11-03 10:00").does(asked.SetAccessEnd(order=order, at=local("2027-01-01 10:00")))
        assert school.access().ends_at == local("2027-01-01 10:00")

        school.does(asked.ExtendAccess(order=order, by=Period(days=7)))
        assert school.access().ends_at == local("2027-01-08 10:00")

    def test_all_lines_or_none(self) -> None:
        """One line has no end, so the whole command is refused; one product alone can be extended."""
        school = School().at("2026-11-01 10:00")
        school.teaches(product="python")
        school.teaches(product="sql")
        days = TermsChange(duration=For(period=Period(days=30)))
        lines = (
            asked.LineAsked(product="python", price=Decimal(0), terms=days),
            asked.LineAsked(product="sql", price=Decimal(0)),
        )
        order = school.does(asked.CreateOrder(contact="olena", lines=lines)).order
        assert order is not None

        assert refused(school, asked.ExtendAccess(order=order, by=Period(days=7))) == "access.no_end"
        assert school.access().ends_at == local("2026-12-01 10:00")
        school.does(asked.ExtendAccess(order=order, product="python", by=Period(days=7)))
        assert school.access().ends_at == local("2026-12-08 10:00")

    def test_records_say_who_when_and_why(self) -> None:
        """Each is kept with the instant it was made, in order; why a freeze was ended is told by the history."""
        school, order = bought()
        ira, week = Actor(kind="staff", id="ira"), Period(days=7)
        second, third, fourth, fifth = (local(f"2026-11-0{day} 10:00") for day in (2, 3, 4, 5))
        school.at("2026-11-02 10:00").does(asked.ExtendAccess(order=order, by=week, actor=ira, reason="was ill"))
        school.at("2026-11-03 10:00").does(asked.SetAccessEnd(order=order, at=None, actor=ira, reason="a gift"))
        school.at("2026-11-04 10:00").does(asked.FreezeAccess(order=order, period=week, actor=ira, reason="is ill"))
        school.at("2026-11-05 10:00").does(asked.UnfreezeAccess(order=order, actor=ira, reason="is well"))

        assert school.order(order).line("python").adjustments == (
            Extended(made_at=second, by=week, actor=ira, reason="was ill"),
            EndSet(made_at=third, at=None, actor=ira, reason="a gift"),
            Frozen(made_at=fourth, starts_at=fourth, ends_at=fifth, actor=ira, reason="is ill", lifted=True),
        )
        unfrozen = happened.AccessUnfrozen(product="python", starts_at=fourth, reason="is well")
        assert school.history(order)[-1].event == unfrozen

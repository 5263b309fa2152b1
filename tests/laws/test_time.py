"""T: time. Calendars are hard in every zone, so the laws are tried in every zone there is."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import ModuleType
from typing import get_args, get_type_hints
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from kwiga_orders import course, funnel, offers, terms
from kwiga_orders.codec import decode, encode
from kwiga_orders.course import CertificateConditions, Lesson, OnDate
from kwiga_orders.errors import InvalidInput, Refused
from kwiga_orders.offers import CreateOffer, EditOffer, ItemAsked
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import DatedPart, Outcome
from kwiga_orders.periods import Period, Window, at_local, begins, ends, later, next_local_time, utc
from kwiga_orders.plans import OpenLessons
from kwiga_orders.project import Project
from kwiga_orders.queries import OrderQuery
from kwiga_orders.terms import AfterPayment, For, From, TermsChange, Until
from kwiga_orders.testing.school import School, local
from tests.laws.calendars import MOMENT, ZONES, ClockChange, changes, clock_changes, exists, instants, wall, zones

KYIV = ZoneInfo("Europe/Kyiv")
ITEMS = (ItemAsked(product="python", price=Decimal(10)),)


class TestT1:
    """Every instant is timezone-aware. A naive datetime is refused (`time.naive`), except where a person chooses.

    Stored and sent as UTC.
    """

    NAIVE = datetime(2026, 12, 31, 18, 0)
    IN_KYIV = datetime.fromisoformat("2026-12-31T18:00:00+02:00")

    @given(at=instants(), zone=zones())
    def test_utc_is_the_same_instant(self, at: datetime, zone: ZoneInfo) -> None:
        """An aware instant keeps its place in time and is in UTC."""
        assert utc(at.astimezone(zone)) == at
        assert utc(at.astimezone(zone)).tzinfo is UTC

    MADE_BY_RULES = {offers.Item, offers.OfferVersion}
    TAKES_AN_INSTANT: tuple[Callable[[datetime], attrs.AttrsInstance], ...] = (
        lambda at: Lesson(id="l1", added_at=at),
        lambda at: asked.ReportAttempt(
            order="o1", payment="o1.1", reference="r", outcome=Outcome.FAILED, occurred_at=at
        ),
        lambda at: asked.ReportRefund(
            order="o1", payment="o1.1", reference="r", outcome=Outcome.FAILED, amount=Decimal(10), occurred_at=at
        ),
    )
    TAKES_WHAT_A_PERSON_CHOOSES: tuple[Callable[[date], attrs.AttrsInstance], ...] = (
        lambda at: Until(at=at),
        lambda at: From(at=at),
        lambda at: OnDate(at=at),
        lambda at: CertificateConditions(not_before=at),
        lambda at: DatedPart(amount=Decimal(10), on=at),
        lambda at: CreateOffer(code="basic", title="Basic", items=ITEMS, sells_from=at),
        lambda at: CreateOffer(code="basic", title="Basic", items=ITEMS, sells_until=at),
        lambda at: EditOffer(offer="basic", sells_from=at),
        lambda at: EditOffer(offer="basic", sells_until=at),
        lambda at: asked.SetAccessEnd(order="o1", at=at),
        lambda at: asked.FreezeAccess(order="o1", period=Period(days=3), starts_at=at),
        lambda at: asked.AddPayment(order="o1", amount=Decimal(10), due_at=at),
        lambda at: asked.EditPayment(order="o1", payment="o1.1", due_at=at),
        lambda at: asked.MarkPaid(order="o1", payment="o1.1", paid_at=at),
        lambda at: asked.AddTask(order="o1", title="Call", due_at=at),
        lambda at: asked.EditTask(order="o1", task="o1.t1", due_at=at),
        lambda at: asked.NewPayment(amount=Decimal(10), due_at=at),
    )

    @pytest.mark.parametrize("made", TAKES_AN_INSTANT)
    def test_naive_is_refused_wherever_an_instant_is_taken(
        self, made: Callable[[datetime], attrs.AttrsInstance]
    ) -> None:
        """What takes an instant refuses a naive one, and keeps an aware one in UTC."""
        with pytest.raises(InvalidInput) as refusal:
            made(self.NAIVE)
        assert refusal.value.code == "time.naive"

        value = made(self.IN_KYIV)
        kept = [one for one in attrs.astuple(value, recurse=False) if isinstance(one, datetime)]
        assert [(one, one.tzinfo) for one in kept] == [(self.IN_KYIV, UTC)]

    @pytest.mark.parametrize("made", TAKES_WHAT_A_PERSON_CHOOSES)
    def test_what_a_person_chooses(self, made: Callable[[date], attrs.AttrsInstance]) -> None:
        """What a person chooses is a date or a local time, kept as it is, or an instant, kept in UTC."""
        for value, kept in (
            (self.NAIVE, self.NAIVE),
            (self.NAIVE.replace(fold=1), self.NAIVE),
            (date(2026, 12, 31), date(2026, 12, 31)),
            (self.IN_KYIV, self.IN_KYIV.astimezone(UTC)),
        ):
            found = [one for one in attrs.astuple(made(value), recurse=False) if isinstance(one, date)]
            assert [repr(one) for one in found] == [repr(kept)]

    @given(at=instants(), zone=zones())
    def test_a_local_time_is_what_the_clocks_show(self, at: datetime, zone: ZoneInfo) -> None:
        """A local time begins and ends when the clocks of the project's zone show it first (T3)."""
        local_time = wall(at, zone)

        assert begins(local_time, zone=zone) == ends(local_time, zone=zone) == at_local(local_time, zone=zone)

    @given(at=st.datetimes(datetime(1900, 1, 1), datetime(9000, 12, 31)))
    def test_a_local_time_is_stored_as_it_is(self, at: datetime) -> None:
        """Written and read again, a local time is the same, and no instant."""
        terms = From(at=at)

        assert decode(encode(terms, From), From) == terms

    def test_every_instant_of_a_command_is_tried(self) -> None:
        """The lists above have every command, and every value of terms and courses, that takes an instant."""
        tried = {type(made(self.IN_KYIV)) for made in (*self.TAKES_AN_INSTANT, *self.TAKES_WHAT_A_PERSON_CHOOSES)}
        values = [kind for module in (asked, offers, funnel, terms, course) for kind in values_in(module)]
        takers = {
            kind
            for kind in (*values, DatedPart)
            if any(datetime in get_args(hint) or hint is datetime for hint in get_type_hints(kind).values())
        }

        assert tried == takers - self.MADE_BY_RULES

    def test_questions_and_clocks(self) -> None:
        """Questions refuse a naive instant too, and so does a decision whose clock tells one."""
        school = School()
        school.sells()
        school.opens()
        plan = school.orders.plan(contact="olena", product="python")
        school.clock.shown = self.NAIVE

        asked = (plan.access, plan.lessons, plan.schedule, plan.open_mask)
        for ask in (*asked, lambda at: plan.lesson("l1", at), OpenLessons.of([plan]).masks):
            with pytest.raises(Refused, match=r"time\.naive"):
                ask(self.NAIVE)
        with pytest.raises(Refused, match=r"time\.naive"):
            school.opens()

    def test_sent_as_utc(self) -> None:
        """The views write instants in UTC."""
        school = School().at("2026-07-01 10:00")
        school.sells()

        view = school.orders.ask(OrderQuery(order=school.opens()))

        assert isinstance(view, dict)
        assert view["created_at"] == "2026-07-01T07:00:00Z"


def values_in(module: ModuleType) -> Iterator[type[attrs.AttrsInstance]]:
    """Give the classes of values that a module, or a package, defines."""
    for value in vars(module).values():
        if isinstance(value, type) and attrs.has(value) and f"{value.__module__}.".startswith(f"{module.__name__}."):
            yield value


class TestT2:
    """ "N days" and "N months" keep the local time of day; months clamp and are counted from the anchor."""

    @given(anchor=instants(), days=st.integers(1, 3660), zone=zones())
    def test_days_keep_the_local_time(self, anchor: datetime, days: int, zone: ZoneInfo) -> None:
        """N days later clocks show the same time of day, on a day that is N days later."""
        expected = wall(anchor, zone) + timedelta(days=days)
        assume(exists(expected, zone))

        assert wall(later(anchor, Period(days=days), zone=zone), zone) == expected

    @given(anchor=instants(), months=st.integers(1, 120), zone=zones())
    def test_months_keep_the_local_time_and_clamp(self, anchor: datetime, months: int, zone: ZoneInfo) -> None:
        """N months later it is the same day of the month, or its last if it has no such day."""
        shown = wall(anchor, zone)
        year, month = divmod(shown.year * 12 + shown.month - 1 + months, 12)
        day = min(shown.day, monthrange(year, month + 1)[1])
        expected = shown.replace(year=year, month=month + 1, day=day)
        assume(exists(expected, zone))

        assert wall(later(anchor, Period(months=months), zone=zone), zone) == expected

    @given(anchor=instants(), every=st.integers(1, 12), count=st.integers(1, 10), zone=zones())
    def test_months_never_drift(self, anchor: datetime, every: int, count: int, zone: ZoneInfo) -> None:
        """The n-th period is counted from the anchor: n times N months are n·N months."""
        assert later(anchor, Period(months=every), zone=zone, count=count) == later(
            anchor, Period(months=every * count), zone=zone
        )

    @pytest.mark.parametrize(
        ("months", "expected"),
        [(1, "2027-02-28 10:00"), (2, "2027-03-31 10:00"), (3, "2027-04-30 10:00"), (13, "2028-02-29 10:00")],
    )
    def test_from_the_last_of_january(self, months: int, expected: str) -> None:
        """31 January + 1 month is the end of February, + 2 months is 31 March."""
        anchor = local("2027-01-31 10:00")

        assert later(anchor, Period(months=months), zone=KYIV) == local(expected)

    def test_a_week_over_a_change_of_clocks(self) -> None:
        """Seven days after 10:00 it is 10:00, be it after 167 hours."""
        assert later(local("2027-03-25 10:00"), Period(days=7), zone=KYIV) == local("2027-04-01 10:00")
        assert later(local("2027-03-25 10:00"), Period(days=7), zone=KYIV, count=3) == local("2027-04-15 10:00")

    @example(days=5, months=-1)
    @example(days=-1, months=5)
    @example(days=0, months=121)
    @example(days=3661, months=0)
    @given(days=st.integers(-5, 5_000), months=st.integers(-5, 200))
    def test_a_period_has_one_unit(self, days: int, months: int) -> None:
        """Either 1 to 3660 days or 1 to 120 months; anything else is refused (`period.unit`)."""
        allowed = (months == 0 and 1 <= days <= 3660) or (days == 0 and 1 <= months <= 120)

        if allowed:
            assert (Period(days=days, months=months).days, Period(days=days, months=months).months) == (days, months)
        else:
            with pytest.raises(InvalidInput, match=r"period\.unit"):
                Period(days=days, months=months)

    def test_the_project_has_one_zone(self) -> None:
        """A day in the school's zone is what counts, wherever the learner is."""
        school = School(project=Project(id="school", timezone="America/New_York", currency="USD"))
        school.at("2026-10-31 10:00").sells(terms=TermsChange(duration=For(period=Period(days=1))))
        school.pays(school.opens())

        assert school.access().ends_at == local("2026-11-01 10:00", zone="America/New_York")


class TestT3:
    """A local time that does not exist moves forward by the gap; one that exists twice is the first."""

    @given(change=clock_changes(), part=st.integers(0, 999_999))
    def test_gaps_and_folds(self, change: ClockChange, part: int) -> None:
        """What is skipped is that much later; what is shown twice is meant the first time."""
        shown = change.first_odd + change.length * part / 1_000_000
        found = at_local(shown, zone=change.zone)

        if change.forward:
            assert wall(found, change.zone) == shown + change.length
            assert found >= change.at
        else:
            assert wall(found, change.zone) == shown
            assert change.at - change.length <= found < change.at

    def test_the_first_of_two_whichever_is_said(self) -> None:
        """A wall time that was read from the second one means the first, too."""
        again = datetime(2027, 10, 31, 3, 30, fold=1)

        assert at_local(again, zone=KYIV) == at_local(again.replace(fold=0), zone=KYIV) == local("2027-10-31 03:30")
        assert at_local(again, zone=KYIV).tzinfo is UTC

    def test_every_zone(self) -> None:
        """So it is at the beginning of what is skipped, or shown twice, in each zone in two years."""
        found = [change for name in ZONES for year in (2026, 2027) for change in changes(ZoneInfo(name), year)]

        assert len(found) > 400
        for change in found:
            expected = change.at if change.forward else change.at - change.length
            assert at_local(change.first_odd, zone=change.zone) == expected, change

    @given(at=instants(), zone=zones())
    def test_all_other_times_are_unambiguous(self, at: datetime, zone: ZoneInfo) -> None:
        """An instant is found again by what clocks showed, unless they showed it earlier, too."""
        found = at_local(wall(at, zone), zone=zone)

        assert wall(found, zone) == wall(at, zone)
        assert found <= at

    @given(at=instants(), clock=st.times(), zone=zones())
    def test_the_next_local_time(self, at: datetime, clock: time, zone: ZoneInfo) -> None:
        """The next 09:00 is at or after the instant, shows 09:00 if that day has one, and nothing earlier does."""
        found = next_local_time(at, clock, zone=zone)
        days = (wall(at, zone).date() + timedelta(days=n) for n in (-1, 0, 1))
        candidates = [at_local(datetime.combine(day, clock), zone=zone) for day in days]

        assert found >= at
        assert found in candidates
        assert not any(at <= other < found for other in candidates[1:])

    @pytest.mark.parametrize(
        ("after", "clock", "found"),
        [
            ("2027-03-20 09:00", time(9), "2027-03-20 09:00"),
            ("2027-03-20 08:59", time(9), "2027-03-20 09:00"),
            ("2027-03-20 09:00:00.000001", time(9), "2027-03-21 09:00"),
            ("2027-03-28 02:00", time(3, 30), "2027-03-28 04:30"),
        ],
    )
    def test_the_next_local_time_in_kyiv(self, after: str, clock: time, found: str) -> None:
        """The instant itself, or later that day, or the next day; what clocks skip comes later by the gap."""
        assert next_local_time(local(after), clock, zone=KYIV) == local(found)

    @pytest.mark.parametrize(
        ("shown", "instant"),
        [
            ("2027-03-28 03:30", "2027-03-28T01:30:00+00:00"),  # skipped: 04:30 in summer time
            ("2027-10-31 03:30", "2027-10-31T00:30:00+00:00"),  # twice: the first, still summer time
        ],
    )
    def test_in_kyiv(self, shown: str, instant: str) -> None:
        """Clocks are put forward over 03:30 in spring and show it twice in autumn."""
        assert local(shown) == datetime.fromisoformat(instant)


class TestT4:
    """Every period is half-open `[start, end)`: open at `start`, closed at `end`."""

    @given(start=instants(), length=st.timedeltas(timedelta(), timedelta(days=90)), at=instants())
    def test_windows(self, start: datetime, length: timedelta, at: datetime) -> None:
        """A window holds its start and not its end; of no length it holds nothing."""
        window = Window(start, start + length)

        assert window.holds(at) == (start <= at < start + length)
        assert not window.holds(start + length)
        assert window.holds(start) != window.is_empty()
        assert window.is_empty() == (not length)
        assert Window(start).holds(start + length)

    def test_a_day(self) -> None:
        """Of a day in November the first instant is in it, the last is in it, and the end is not."""
        midnight = local("2026-11-02 00:00")
        day = Window(local("2026-11-01 00:00"), midnight)

        assert [day.holds(at) for at in (day.starts_at - MOMENT, day.starts_at)] == [False, True]
        assert [day.holds(at) for at in (midnight - MOMENT, midnight)] == [True, False]
        assert not day.is_empty()
        assert Window(day.starts_at, day.starts_at).is_empty()
        assert not Window(day.starts_at).is_empty()

    @given(
        delay=st.integers(1, 40).map(lambda days: Period(days=days)),
        lasts=st.integers(1, 6).map(lambda months: Period(months=months)),
        frozen=st.integers(1, 20).map(lambda days: Period(days=days)),
    )
    def test_access_and_freezes(self, delay: Period, lasts: Period, frozen: Period) -> None:
        """Access opens at its start and is closed at its end; a freeze closes at its start and opens at its end."""
        school = School()
        school.sells(terms=TermsChange(start=AfterPayment(delay=delay), duration=For(period=lasts)))
        order = school.opens()
        school.pays(order)
        starts = school.access().starts_at
        assert starts is not None
        school.does(asked.FreezeAccess(order=order, period=frozen, starts_at=starts + timedelta(days=3)))
        plan = school.orders.plan(contact="olena", product="python")
        ends = plan.access(starts).ends_at
        thawed = plan.access(starts + timedelta(days=3)).next_change_at
        assert ends is not None
        assert thawed is not None

        for boundary, opens in ((starts, True), (starts + timedelta(days=3), False), (thawed, True), (ends, False)):
            assert plan.access(boundary).open is opens
            assert plan.access(boundary - MOMENT).open is not opens


class TestT5:
    """ "Until a date" includes that date; "from a date" starts at 00:00 local of it; a time means that instant."""

    DATES = st.dates(date(1975, 1, 1), date(2090, 1, 1))

    @given(day=DATES, zone=zones(), part=st.floats(0, 1, exclude_max=True))
    def test_until_a_date_is_inclusive(self, day: date, zone: ZoneInfo, part: float) -> None:
        """It ends at 00:00 of the next day: all of the date is before it, nothing of an earlier local day is after."""
        ended = ends(day, zone=zone)
        inside = begins(day, zone=zone) + (ended - begins(day, zone=zone)) * part

        assert ended == at_local(datetime.combine(day + timedelta(days=1), time.min), zone=zone)
        assert ended == begins(day + timedelta(days=1), zone=zone)
        assert wall(ended - MOMENT, zone).date() <= day
        if inside < ended:
            assert wall(inside, zone).date() <= day
        assert wall(ended, zone).date() > day

    @given(day=DATES, zone=zones())
    def test_from_a_date(self, day: date, zone: ZoneInfo) -> None:
        """It begins with the first instant at which clocks show that day, or a later one if the day was skipped."""
        began = begins(day, zone=zone)

        assert wall(began, zone).date() >= day
        assert wall(began - MOMENT, zone).date() < day
        if exists(datetime.combine(day, time.min), zone):
            assert wall(began, zone) == datetime.combine(day, time.min)

    @given(at=instants(), zone=zones())
    def test_with_a_time_it_is_that_instant(self, at: datetime, zone: ZoneInfo) -> None:
        """An instant is neither widened nor narrowed."""
        assert (begins(at.astimezone(zone), zone=zone), ends(at.astimezone(zone), zone=zone)) == (at, at)

    @pytest.mark.parametrize(
        ("until", "last_open"),
        [
            (date(2026, 12, 31), "2026-12-31 23:59:59.999999"),
            (local("2026-12-31 18:00"), "2026-12-31 17:59:59.999999"),
        ],
    )
    def test_access_until(self, until: date, last_open: str) -> None:
        """Sold until New Year's Eve, the lessons of that evening are open."""
        school = School()
        school.sells(terms=TermsChange(duration=Until(at=until)))
        school.pays(school.opens())

        assert school.access(at=last_open).open
        assert school.orders.plan(contact="olena", product="python").access(local(last_open) + MOMENT).open is False

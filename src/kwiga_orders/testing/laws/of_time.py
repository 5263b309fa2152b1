"""Laws of time: local times, months, and days as people mean them."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.extras import extra
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome, Parts
from kwiga_orders.periods import Period, at_local, wall_length
from kwiga_orders.queries import AccessQuery
from kwiga_orders.terms import AfterPayment, For, From, TermsChange, Until
from kwiga_orders.testing.laws import drawn
from kwiga_orders.testing.laws.desk import MOMENT, Desk, code_of
from kwiga_orders.testing.laws.law import Draw, Laws, Met, law
from kwiga_orders.testing.strategies import zones

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["TimeLaws"]

CHANGES = {
    "Europe/Kyiv": (datetime.fromisoformat("2026-03-29 03:30"), datetime.fromisoformat("2026-10-25 03:30")),
    "America/New_York": (datetime.fromisoformat("2026-03-08 02:30"), datetime.fromisoformat("2026-11-01 01:30")),
    "Australia/Lord_Howe": (datetime.fromisoformat("2026-10-04 02:15"), datetime.fromisoformat("2026-04-05 01:45")),
    "Asia/Beirut": (datetime.fromisoformat("2026-03-29 00:30"), datetime.fromisoformat("2026-10-24 23:30")),
}
"""Local times that do not exist, and local times that occur twice."""


class TimeLaws(Laws):
    """T: time."""

    @law("T2")
    def test_months_are_counted_from_the_anchor(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Parts fall due at the same local time, whole months after creation, at most on the last day of the month."""
        now, count = draw(drawn.instants(), "made at"), draw(st.integers(2, 6), "parts")
        desk.at(now)
        order = desk.order(desk.sold(option=Parts(id="parts", count=count, every=Period(months=1))))
        met(now.day > 28)

        assert [one.due_at for one in order.payments] == [
            drawn.months_after(now, number, desk.zone) for number in range(count)
        ]

    @law("T2")
    def test_days_are_those_of_the_wall_clock(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Access for N days ends at the local time of day at which it started."""
        now, length = draw(drawn.instants(), "paid at"), draw(drawn.of_days(), "for")
        desk.at(now)
        desk.bought(terms=TermsChange(duration=For(period=length)))
        zone = ZoneInfo(desk.zone)
        wall = now.astimezone(zone).replace(tzinfo=None) + timedelta(days=length.days)
        ends_at = wall.replace(tzinfo=zone).astimezone(UTC)
        met()

        assert desk.access().ends_at == ends_at

    @law("T3")
    def test_a_time_that_does_not_exist_moves_forward(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A local time in a gap moves forward by the gap; of a time that occurs twice, the first counts."""
        name = draw(st.sampled_from(sorted(CHANGES)), "zone")
        zone, (missing, twice) = ZoneInfo(name), CHANGES[name]
        before = (missing - timedelta(hours=3)).replace(tzinfo=zone).utcoffset()
        first, second = (twice.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        assert before is not None
        met()

        assert at_local(missing, zone=zone) == (missing - before).replace(tzinfo=UTC)
        assert at_local(missing, zone=zone).astimezone(zone).replace(tzinfo=None) > missing
        assert at_local(twice, zone=zone) == min(first.astimezone(UTC), second.astimezone(UTC))

    @law("T4")
    def test_a_window_is_half_open(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Access is open at its start and just before its end; it is closed at its end and just before its start."""
        desk.at(draw(drawn.instants(), "paid at"))
        start = AfterPayment(delay=draw(drawn.of_days(), "after"))
        desk.bought(terms=TermsChange(start=start, duration=For(period=draw(drawn.of_days(), "for"))))
        starts_at, ends_at = desk.access().starts_at, desk.access().ends_at
        assert starts_at is not None
        assert ends_at is not None
        met()

        found = [desk.is_open(at) for at in (starts_at - MOMENT, starts_at, ends_at - MOMENT, ends_at)]
        assert found == [False, True, True, False]

    @law("T5")
    def test_until_a_day_includes_it(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Access from a day starts at its first instant; access until a day ends with its last."""
        desk.at(draw(drawn.instants(), "paid at"))
        first = desk.school.now.date() + timedelta(days=draw(st.integers(2, 40), "from"))
        last = first + timedelta(days=draw(st.integers(0, 40), "lasts"))
        desk.bought(terms=TermsChange(start=From(at=first), duration=Until(at=last)))
        zone = ZoneInfo(desk.zone)
        starts_at, ends_at = (_midnight(day, zone) for day in (first, last + timedelta(days=1)))
        met()

        found = [desk.is_open(at) for at in (starts_at - MOMENT, starts_at, ends_at - MOMENT, ends_at)]
        assert found == [False, True, True, False]

    @law("T8")
    def test_no_fact_lies_in_the_future(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A gateway's report about the future counts as now; a person's is refused."""
        desk.at(draw(drawn.instants(), "now"))
        order, now = desk.sold(), desk.school.now
        at = now + timedelta(seconds=draw(st.integers(1, 10**6), "ahead"))
        met()

        assert desk.refused(asked.MarkPaid(order=order, payment=f"{order}.1", paid_at=at)) == "payment.in_future"
        desk.does(desk.report(order, Outcome.SUCCEEDED, at=at))
        assert desk.order(order).activated_at == now

    @law("T1")
    def test_an_instant_has_an_offset(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An instant without offset is refused in every query; the same instant has the same answer in every zone."""
        desk.bought(terms=TermsChange(duration=For(period=draw(drawn.of_days(), "for"))))
        at = desk.school.now + timedelta(days=draw(st.integers(0, 70), "days later"))
        query = AccessQuery(contact=desk.contact, product=desk.product, at=at)
        elsewhere = attrs.evolve(query, at=at.astimezone(ZoneInfo(draw(zones(), "zone"))))
        met()

        assert desk.school.orders.ask(elsewhere) == desk.school.orders.ask(query)
        assert code_of(partial(desk.access, at.replace(tzinfo=None))) == "time.naive"

    @law("T7")
    def test_a_new_zone_moves_nothing_that_was_fixed(self, desk: Desk, draw: Draw, met: Met) -> None:
        """When the project moves to another zone, ends of access, payments and freezes keep their instants."""
        desk.at(draw(drawn.instants(), "paid at"))
        zone = ZoneInfo(desk.zone)
        wall = desk.school.now.astimezone(zone).replace(tzinfo=None) + timedelta(days=200)
        desk.bought(
            option=Parts(id="p", count=3, every=Period(months=1)),
            terms=TermsChange(duration=For(period=Period(days=200))),
        )
        order = desk.order(desk.sold(option=Parts(id="p", count=3, every=Period(months=1))))
        before = desk.access()
        desk.sets(timezone=draw(zones(), "new zone"))
        met(ZoneInfo(desk.zone) != zone)

        assert desk.access() == before
        assert desk.access().ends_at == wall.replace(tzinfo=zone).astimezone(UTC)
        assert desk.order(order.id) == order

    @law("A12")
    def test_what_was_frozen_is_measured_on_the_wall_clock(self, desk: Desk, draw: Draw, met: Met) -> None:
        """From a local time to the same local time N days later are N days, whatever the clock changes."""
        zone, day = ZoneInfo(draw(zones(), "zone")), draw(drawn.days(), "day")
        count = draw(st.integers(0, 60), "days")
        starts_at, ends_at = (
            datetime.combine(one, time(12), tzinfo=zone).astimezone(UTC) for one in (day, day + timedelta(days=count))
        )
        met(bool(count))

        assert wall_length(starts_at, ends_at, zone=zone) == timedelta(days=count)
        assert not wall_length(ends_at, starts_at, zone=zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)

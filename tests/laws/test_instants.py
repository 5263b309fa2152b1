"""T2, T3, A11: instants and wall times as integers say what calendars say."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from kwiga_orders.periods import at_local, next_local_time
from kwiga_orders.plans.micros import (
    ALWAYS,
    NEVER,
    LocalTime,
    clock_micros,
    instant_of,
    length_micros,
    micros,
    naive_micros,
    wall_of,
)
from tests.laws.calendars import MOMENT, changes

YEAR = [datetime(2027, 1, 1, 3, 30) + timedelta(days=n, hours=n % 5) for n in range(366)]
ZONED = ["Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo"]


class TestT2:
    """Calendar arithmetic is that of the zone's wall clock; a count of microseconds is the same, and faster."""

    def test_counts(self) -> None:
        """From 1970 on, to the microsecond, and back."""
        at = datetime(1970, 1, 2, 0, 0, 1, 5, tzinfo=UTC)
        later = datetime(2027, 6, 1, 12, 30, 15, 999_999, tzinfo=UTC)

        assert (micros(at), type(micros(at))) == (86_401_000_005, int)
        assert naive_micros(at.replace(tzinfo=None)) == 86_401_000_005
        assert [instant_of(micros(one)) for one in (at, later)] == [at, later]
        assert wall_of(naive_micros(later.replace(tzinfo=None))) == later.replace(tzinfo=None)
        assert length_micros(timedelta(hours=1)) == 3_600_000_000
        assert clock_micros(time(1, 2, 3, 4)) == 3_723_000_004
        assert ALWAYS < micros(datetime.min.replace(tzinfo=UTC)) < micros(datetime.max.replace(tzinfo=UTC)) < NEVER

    @pytest.mark.parametrize("name", ZONED)
    def test_every_day_of_a_year(self, name: str) -> None:
        """The instant of a local time, what clocks show at it, and the next such time of day, over all changes."""
        zone = ZoneInfo(name)
        local = LocalTime(zone)
        for shown in YEAR:
            at = at_local(shown, zone=zone)
            assert local.instant(naive_micros(shown)) == micros(at)
            assert wall_of(local.wall(at)) == at.astimezone(zone).replace(tzinfo=None)
            for clock in (time(0), time(3, 30), time(23, 59, 59, 999_999)):
                assert local.next_clock(naive_micros(shown), clock) == micros(next_local_time(at, clock, zone=zone))

    @pytest.mark.parametrize(
        ("name", "shown", "found"),
        [
            ("Pacific/Auckland", datetime(2027, 9, 25, 16), datetime(2027, 9, 26, 9)),
            ("Africa/Cairo", datetime(2026, 10, 29, 19), datetime(2026, 10, 30, 18)),
        ],
    )
    def test_offsets_of_today_do_not_tell_tomorrow(self, name: str, shown: datetime, found: datetime) -> None:
        """A11: they are kept for twelve days at a time, and here clocks change on the first of the next twelve."""
        zone = ZoneInfo(name)

        assert LocalTime(zone).next_clock(naive_micros(shown), found.time()) == micros(at_local(found, zone=zone))

    @pytest.mark.parametrize("name", ZONED[:3])
    def test_around_each_change_of_clocks(self, name: str) -> None:
        """T3: what is skipped comes later by the gap, and of what is shown twice the first counts."""
        zone = ZoneInfo(name)
        for change in changes(zone, 2027):
            for shown in (change.first_odd, change.first_odd + change.length):
                for wall in (shown - MOMENT, shown, shown + MOMENT):
                    assert LocalTime(zone).instant(naive_micros(wall)) == micros(at_local(wall, zone=zone))

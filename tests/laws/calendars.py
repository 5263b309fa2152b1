"""Zones, instants, and what clocks show: for the laws of time."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import attrs
from hypothesis import assume
from hypothesis import strategies as st

__all__ = ["MOMENT", "ZONES", "ClockChange", "changes", "clock_changes", "exists", "instants", "wall", "zones"]

ZONES = sorted(available_timezones())
MOMENT = timedelta(microseconds=1)


def zones() -> st.SearchStrategy[ZoneInfo]:
    """Draw any zone that this machine knows."""
    return st.sampled_from(ZONES).map(ZoneInfo)


def instants() -> st.SearchStrategy[datetime]:
    """Draw an instant of the years in which schools are online, and of those in which zones were strange."""
    return st.datetimes(datetime(1970, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


def wall(at: datetime, zone: ZoneInfo) -> datetime:
    """Give what clocks in a zone show at an instant."""
    return at.astimezone(zone).replace(tzinfo=None)


def exists(shown: datetime, zone: ZoneInfo) -> bool:
    """Tell whether clocks in a zone ever show that."""
    readings = (shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return any(wall(at, zone) == shown for at in readings)


@attrs.frozen
class ClockChange:
    """An instant at which the clocks of a zone are put forward or back."""

    zone: ZoneInfo
    at: datetime

    @property
    def _jump(self) -> timedelta:
        return _offset(self.at, self.zone) - _offset(self.at - MOMENT, self.zone)

    @property
    def forward(self) -> bool:
        """Whether clocks skip a while, rather than show it twice."""
        return self._jump > timedelta()

    @property
    def length(self) -> timedelta:
        """How long that while is."""
        return abs(self._jump)

    @property
    def first_odd(self) -> datetime:
        """The first local time that is skipped, or shown twice."""
        return wall(self.at, self.zone) - (self.length if self.forward else timedelta())


@cache
def changes(zone: ZoneInfo, year: int) -> tuple[ClockChange, ...]:
    """Find the clock changes of a year, by looking every few days."""
    days = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=5 * n) for n in range(74)]
    return tuple(
        ClockChange(zone, _between(earlier, later, zone))
        for earlier, later in pairwise(days)
        if _offset(earlier, zone) != _offset(later, zone)
    )


def _between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    while after - before > MOMENT:
        middle = before + (after - before) / 2
        before, after = (middle, after) if _offset(middle, zone) == _offset(before, zone) else (before, middle)
    return after


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    ahead = at.astimezone(zone).utcoffset()
    assert ahead is not None
    return ahead


@st.composite
def clock_changes(draw: st.DrawFn) -> ClockChange:
    """Draw a clock change of the last decades."""
    found = changes(draw(zones()), draw(st.integers(1975, 2036)))
    assume(found)
    return draw(st.sampled_from(found))

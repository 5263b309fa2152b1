"""Instants and wall times as integers, so that questions are only comparisons.

An instant is a count of microseconds since 1970 in UTC, a wall time the same count of what clocks in a zone show.

Laws:

1. `instant_of(micros(x)) == x`, to the microsecond.
2. `LocalTime.instant` is `periods.at_local`, and `LocalTime.next_clock` is `periods.next_local_time`, in integers.
"""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.errors import Refused
from kwiga_orders.periods import at_local, next_local_time

__all__ = [
    "ALWAYS",
    "DAY",
    "NEVER",
    "LocalTime",
    "clock_micros",
    "instant_of",
    "length_micros",
    "micros",
    "naive_micros",
    "wall_of",
]

ALWAYS = -(1 << 62)
"""Before every instant."""

NEVER = 1 << 62
"""After every instant."""

DAY = 86_400_000_000
"""Microseconds of a day on the wall clock."""

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WALL_EPOCH = _EPOCH.replace(tzinfo=None)
_CELL = 40
_PROBES = 8
"""Offsets are cached for cells of 2^40 µs, 12.7 days. No zone has changed its offset twice within four days, so
checking each eighth of a cell finds every change."""


def micros(at: datetime) -> int:
    """Give an instant as microseconds since 1970.

    Raises:
        Refused: `time.naive` if it says nothing of its zone (T1).
    """
    try:
        # Floor division of timedeltas is exact; floats would lose microseconds.
        return (at - _EPOCH) // _MICROSECOND
    except TypeError:
        raise Refused("time.naive", value=at.isoformat()) from None


# The same few instants are asked for again and again, and making a datetime costs more than a lookup.
@lru_cache(maxsize=1 << 12)
def instant_of(at: int) -> datetime:
    """Give the instant of a count of microseconds, in UTC."""
    return _EPOCH + at * _MICROSECOND


def naive_micros(wall: datetime) -> int:
    """Give a naive wall time as microseconds."""
    return (wall - _WALL_EPOCH) // _MICROSECOND


def wall_of(wall: int) -> datetime:
    """Give the naive wall time of a count of microseconds."""
    return _WALL_EPOCH + wall * _MICROSECOND


def length_micros(length: timedelta) -> int:
    """Give a length in microseconds."""
    return length // _MICROSECOND


def clock_micros(clock: time) -> int:
    """Give a time of day as microseconds since midnight."""
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1_000_000 + clock.microsecond


@attrs.frozen
class LocalTime:
    """The wall clock of a zone; it keeps the offsets it has looked up."""

    zone: ZoneInfo
    _offsets: dict[int, int] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    def wall(self, at: datetime) -> int:
        """Give what clocks show at an instant."""
        return naive_micros(at.astimezone(self.zone).replace(tzinfo=None))

    def instant(self, wall: int) -> int:
        """Give the instant of a local time; a skipped one moves forward, of a repeated one the first counts (T3)."""
        offset = self._offsets.get(wall >> _CELL)
        # Cells with a change of the offset are not cached: each time in them is computed by the zone.
        if offset is None:
            offset = _steady_offset(self.zone, wall >> _CELL)
            if offset is None:
                return micros(at_local(wall_of(wall), zone=self.zone))
            self._offsets[wall >> _CELL] = offset
        return wall - offset

    def next_clock(self, wall: int, clock: time) -> int:
        """Give the first instant at which clocks show the time of day `clock`, from the instant of `wall` on (A11)."""
        offset = _steady_offset(self.zone, wall >> _CELL)
        # The next day must be in the same cell, because another cell may have another offset.
        if offset is None or (wall + DAY) >> _CELL != wall >> _CELL:
            return micros(next_local_time(instant_of(self.instant(wall)), clock, zone=self.zone))
        shown = wall - wall % DAY + clock_micros(clock)
        return (shown if shown >= wall else shown + DAY) - offset


@lru_cache(maxsize=1 << 16)
def _steady_offset(zone: ZoneInfo, cell: int) -> int | None:
    """Give the offset of a zone in a cell of wall time; None if it changes there."""
    # Both ends of the cell and each eighth of it: see `_PROBES`.
    walls = (wall_of(((cell * _PROBES + n) << _CELL) // _PROBES) for n in range(_PROBES + 1))
    offsets = {zone.utcoffset(wall) for wall in walls}
    offset = offsets.pop()
    assert offset is not None, "every zone has an offset"
    return None if offsets else offset // _MICROSECOND

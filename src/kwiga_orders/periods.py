"""Calendar arithmetic: periods of days or months, local times, windows.

Laws (T1-T5, A12):

1. Every instant is timezone-aware and stored in UTC. A naive datetime is refused, except where a person chooses it:
   then it is a local time of the project's zone, as a date is a local day (T5).
2. The local time of day stays the same: seven days after 10:00 is 10:00, across any change of summer time.
3. Months are counted from the anchor and clamped to the end of the month, so they never drift.
4. A local time that does not exist moves forward by the gap; if a local time occurs twice, the first one counts.
5. Windows are half-open; "until a date" includes that date, "from a date" begins with it.
6. The length between two instants is measured on the wall clock, and is never negative.

`dateutil.relativedelta` adds months to naive wall times; the zone only converts a wall time to an instant.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs
from dateutil.relativedelta import relativedelta

from kwiga_orders._moved import answers_for
from kwiga_orders.bounds import FIRST_YEAR, LAST_YEAR
from kwiga_orders.checked import Checked
from kwiga_orders.errors import Fault, InvalidInput, Refused

__all__ = [
    "Period",
    "Window",
    "acts_at",
    "at_local",
    "begins",
    "chosen",
    "day_or_utc",
    "ends",
    "later",
    "next_local_time",
    "shifted",
    "utc",
    "wall_length",
    "zone_named",
]

_MOST_DAYS, _MOST_MONTHS = 3660, 120


@attrs.frozen(kw_only=True)
class Period(Checked):
    """A length of calendar time: 1 to 3660 days or 1 to 120 months, never both.

    Raises:
        InvalidInput: `period.unit` if not exactly one of the two is given, or it is out of range.
    """

    days: int = 0
    months: int = 0

    def __attrs_post_init__(self) -> None:
        # Checked here, also for stored values, because all arithmetic depends on it.
        days, months = self.days, self.months
        if days < 0 or months < 0 or (days > 0) is (months > 0):
            raise InvalidInput([Fault(path="", code="period.unit", hint="either days or months")])
        if days > _MOST_DAYS or months > _MOST_MONTHS:
            hint = f"1 to {_MOST_DAYS} days or 1 to {_MOST_MONTHS} months"
            raise InvalidInput([Fault(path="", code="period.unit", hint=hint)])

    def after(self, wall: datetime, *, count: int = 1) -> datetime:
        """Give the naive wall time `count` periods after `wall`, all counted at once from it (T2)."""
        # Days need no relativedelta, which takes eight times as long as a timedelta.
        return wall + (_months(self.months * count) if self.months else timedelta(days=self.days * count))


# decision 0004: months are relativedelta on naive wall times
@lru_cache(maxsize=1024)
def _months(months: int) -> relativedelta:
    # Cached, because making a relativedelta takes as long as adding it, and a school uses only a few periods.
    return relativedelta(months=months)


@attrs.frozen
class Window:
    """Open from `starts_at` up to, and not including, `ends_at`; None means for ever. Home of T4."""

    starts_at: datetime
    ends_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether `at` lies in the window."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)

    def is_empty(self) -> bool:
        """Tell whether no instant lies in the window (A4)."""
        return self.ends_at is not None and self.ends_at <= self.starts_at


def utc(value: datetime) -> datetime:
    """Give the same instant in UTC. Home of T1.

    Raises:
        Refused: `time.naive` if it has no UTC offset, `time.out_of_range` outside of the years 1900 to 9000.
    """
    if value.utcoffset() is None:
        raise Refused("time.naive", value=value.isoformat())
    # The years are bounded, so that adding any period stays within the range of `datetime`.
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise _out_of_range(value)
    return value.astimezone(UTC)


def _out_of_range(value: date) -> Refused:
    return Refused("time.out_of_range", value=value.isoformat(), first=FIRST_YEAR, last=LAST_YEAR)


def day_or_utc(value: date | datetime) -> date | datetime:
    """Leave a date unchanged, and convert an instant to UTC (T1, T5).

    Raises:
        Refused: as `utc`.
    """
    return utc(value) if isinstance(value, datetime) else chosen(value)


def chosen(value: date | datetime) -> date | datetime:
    """Leave a date or a local time unchanged, and convert an instant to UTC (T1, T5).

    Raises:
        Refused: `time.out_of_range` outside of the years 1900 to 9000.
    """
    if isinstance(value, datetime):
        if value.utcoffset() is not None:
            return utc(value)
        # T3: of a local time that occurs twice the first counts, so `fold` is dropped
        value = value.replace(tzinfo=None, fold=0)
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise _out_of_range(value)
    return value


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    # Cached, because looking up a zone reads a file.
    """Give the IANA zone of that name (T2).

    Raises:
        Refused: `input.invalid` if there is none.
    """
    try:
        return ZoneInfo(name)
    # `OSError`: for example the name of a folder; `ValueError`: a name with NUL or "..".
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # Cut, because the text comes from outside and is repeated in the message.
        raise Refused("input.invalid", timezone=name[:64]) from None


def later(anchor: datetime, period: Period, *, zone: ZoneInfo, count: int = 1) -> datetime:
    """Give the instant `count` periods after `anchor` on the wall clock of `zone`, in UTC. Home of T2.

    Raises:
        Refused: `time.out_of_range` if no calendar has it.
    """
    try:
        return at_local(period.after(_wall(anchor, zone), count=count), zone=zone)
    except (OverflowError, ValueError):
        raise _out_of_range(anchor) from None


def at_local(wall: datetime, *, zone: ZoneInfo) -> datetime:
    """Give the instant at which clocks in `zone` show the naive `wall`, in UTC. Home of T3."""
    # fold=0 takes the first of two equal times; a missing time gets the offset before the gap, so it lands after it.
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def begins(value: date | datetime, *, zone: ZoneInfo) -> datetime:
    """Give the instant at which "from `value`" begins: 00:00 local of a date, a local time, or that instant (T5)."""
    if isinstance(value, datetime):
        return _instant_of(value, zone)
    return at_local(datetime.combine(value, time.min), zone=zone)


def ends(value: date | datetime, *, zone: ZoneInfo) -> datetime:
    """Give the instant at which "until `value`" ends: 00:00 local of the day after a date, else as `begins`.

    Home of T5.
    """
    if isinstance(value, datetime):
        return _instant_of(value, zone)
    return at_local(datetime.combine(value + timedelta(days=1), time.min), zone=zone)


def acts_at(value: date | datetime | None, *, now: datetime, zone: ZoneInfo) -> datetime:
    """Give the instant at which a date in a command takes effect: today and None mean `now`, another day its 00:00.

    Home of the second half of T8.
    """
    # Today means now, so that a command with today's date does not act at 00:00.
    if value is None or value == _wall(now, zone).date():
        return now
    return begins(value, zone=zone)


def _instant_of(value: datetime, zone: ZoneInfo) -> datetime:
    return at_local(value, zone=zone) if value.tzinfo is None else utc(value)


def wall_length(starts_at: datetime, ends_at: datetime, *, zone: ZoneInfo) -> timedelta:
    """Measure from one instant to another on the wall clock of `zone`; never negative. Home of A12."""
    # When clocks were put back, a later instant may show an earlier time.
    if ends_at <= starts_at:
        return timedelta()
    return max(_wall(ends_at, zone) - _wall(starts_at, zone), timedelta())


def shifted(instant: datetime, length: timedelta, *, zone: ZoneInfo) -> datetime:
    """Give the instant `length` after `instant` on the wall clock of `zone`, in UTC (A12).

    Raises:
        Refused: `time.out_of_range` if no calendar has it.
    """
    # A length of zero must not move an ambiguous local time to its first occurrence.
    if not length:
        return instant
    try:
        return at_local(_wall(instant, zone) + length, zone=zone)
    except (OverflowError, ValueError):
        raise _out_of_range(instant) from None


def next_local_time(instant: datetime, clock: time, *, zone: ZoneInfo) -> datetime:
    """Give the first instant at or after `instant` at which clocks in `zone` show `clock`, in UTC (A11)."""
    day = _wall(instant, zone).date()
    today = at_local(datetime.combine(day, clock), zone=zone)
    # Today's `clock` may be after `instant`, also because of a gap or an overlap.
    if today >= instant:
        return today
    return at_local(datetime.combine(day + timedelta(days=1), clock), zone=zone)


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


if not TYPE_CHECKING:
    __getattr__ = answers_for(__name__, {"moved": "kwiga_orders.periods:shifted"})

"""Values that laws draw: instants where calendars are hard, and amounts that cannot be divided evenly."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from kwiga_orders.extras import extra
from kwiga_orders.offers import PercentOff
from kwiga_orders.periods import Period

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["NASTY_DAYS", "all_off", "amounts", "days", "instants", "months_after", "of_days", "of_months"]

NASTY_DAYS = (
    date(2026, 1, 31), date(2026, 8, 31), date(2027, 1, 30), date(2028, 2, 29), date(2026, 12, 31),
    date(2026, 3, 28), date(2026, 10, 24), date(2026, 11, 15), date(2026, 5, 3),
)  # fmt: skip
"""Last days of months, 29 February, and the days before the clock changes."""


def days() -> st.SearchStrategy[date]:
    """Draw a day: one of the hard days, or up to two days later."""
    return st.builds(lambda day, by: day + timedelta(days=by), st.sampled_from(NASTY_DAYS), st.integers(0, 2))


def instants() -> st.SearchStrategy[datetime]:
    """Draw an instant on such a day."""
    clocks = st.sampled_from((time(8), time(0, 30), time(10, 15, 7, 250_000), time(20)))
    return st.builds(lambda day, clock: datetime.combine(day, clock, tzinfo=UTC), days(), clocks)


def amounts() -> st.SearchStrategy[int]:
    """Draw a price in minor units; few of them are round."""
    return st.sampled_from((1000, 999, 1001, 50, 33_333, 100_000)) | st.integers(10, 200_000)


def all_off() -> PercentOff:
    """Give a discount of 100 per cent."""
    return PercentOff(percent=Decimal(100))


def of_days(most: int = 60) -> st.SearchStrategy[Period]:
    """Draw a period of days."""
    return st.integers(1, most).map(lambda count: Period(days=count))


def of_months(most: int = 4) -> st.SearchStrategy[Period]:
    """Draw a period of months."""
    return st.integers(1, most).map(lambda count: Period(months=count))


def months_after(anchor: datetime, count: int, zone: str) -> datetime:
    """Add months to the local time by hand: the same day, or the last day of a shorter month (T2, T3)."""
    wall = anchor.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    years, month = divmod(wall.month - 1 + count, 12)
    year, month = wall.year + years, month + 1
    day = min(wall.day, monthrange(year, month)[1])
    return wall.replace(year=year, month=month, day=day, tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)

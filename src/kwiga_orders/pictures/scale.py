"""From instants to places: the scale of a timeline, its ticks, and lanes in which labels do not overlap."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.locale.catalogue import Catalogue
from kwiga_orders.pictures.widths import text_width

__all__ = ["Lanes", "Scale", "Tick"]

_GAP = 10.0
"""The least room between two labels."""


@attrs.frozen
class Tick:
    """A place on the axis, and what is written there."""

    x: float
    label: str


@attrs.frozen(kw_only=True)
class Scale:
    """Places instants of `[first, last]` between `left` and `right`; what lies outside is put at the edge."""

    first: datetime
    last: datetime
    left: float
    right: float
    zone: ZoneInfo

    def place(self, at: datetime) -> float:
        """Give the place of an instant."""
        share = (at - self.first) / (self.last - self.first)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def ticks(self, words: Catalogue, size: float) -> list[Tick]:
        """Give the ticks of the finest step whose labels have room, beginning with hours and ending with centuries."""
        for step in _STEPS:
            ticks = self._ticks(step, words)
            if ticks is None:
                continue
            rooms = [later.x - one.x for one, later in pairwise(ticks)]
            widest = max((text_width(one.label, size) for one in ticks), default=0.0)
            if min(rooms, default=widest + _GAP) >= widest + _GAP:
                halves = {one: text_width(one.label, size) / 2 for one in ticks}
                return [one for one in ticks if self.left <= one.x - halves[one] <= self.right - 2 * halves[one]]
        return []

    def _ticks(self, step: "_Step", words: Catalogue) -> list[Tick] | None:
        """Give the ticks of a step; None if there are far too many to have room."""
        most = (self.right - self.left) / _GAP
        if (self.last - self.first) / step.about > most:
            return None
        begin, end = (at.astimezone(self.zone).replace(tzinfo=None) for at in (self.first, self.last))
        places = [(at, at.replace(tzinfo=self.zone).astimezone(UTC)) for at in step.instants(begin, end)]
        return [Tick(self.place(at), step.label(local, words)) for local, at in places if self.first <= at <= self.last]


@attrs.frozen(kw_only=True)
class _Step:
    hours: int = 0
    days: int = 0
    months: int = 0

    @property
    def about(self) -> timedelta:
        return timedelta(hours=self.hours, days=self.days + 30 * self.months)

    def instants(self, begin: datetime, end: datetime) -> Iterator[datetime]:
        """Give the local times on the step, from the last one before the beginning to the end."""
        day = begin.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.months:
            number = begin.year * 12 + begin.month - 1
            number -= number % self.months
            # Years have an end in Python, and nobody needs a tick beyond it.
            while number < 12 * 9000 and (at := day.replace(year=number // 12, month=number % 12 + 1, day=1)) <= end:
                yield at
                number += self.months
            return
        if self.days == 7:
            day -= timedelta(days=day.weekday())
        elif self.days > 1:
            # Counted from a fixed day, so that the ticks do not depend on where the picture begins.
            day -= timedelta(days=day.toordinal() % self.days)
        while day <= end:
            yield day
            day += timedelta(hours=self.hours, days=self.days)

    def label(self, at: datetime, words: Catalogue) -> str:
        """Write a tick as short as it can be told apart."""
        if self.hours:
            return f"{at:%H:%M}" if at.hour else _day(at.date(), words)
        if self.days:
            return _day(at.date(), words)
        if self.months % 12 == 0:
            return str(at.year)
        month = words.get(f"month_short.{at.month}")
        # January alone says the year, so that the others stay short.
        return f"{month} {at.year}" if at.month == 1 else month


def _day(day: date, words: Catalogue) -> str:
    return f"{day.day}\u00a0{words.get(f'month_short.{day.month}')}"


_STEPS = (
    *(_Step(hours=hours) for hours in (1, 3, 6, 12)),
    *(_Step(days=days) for days in (1, 2, 7, 14)),
    *(_Step(months=months) for months in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000)),
)


@attrs.define
class Lanes:
    """Lines of labels below each other: a label goes into the first line in which it has room."""

    left: float
    right: float
    most: int
    _taken: list[list[tuple[float, float]]] = attrs.field(factory=list, init=False)

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self._taken)

    def place(self, x: float, width: float) -> tuple[int, float] | None:
        """Give the line of a label around `x`, and where it begins; None if no line has room for it."""
        begin = min(max(x - width / 2, self.left), self.right - width)
        if begin < self.left:
            return None
        for number in range(self.most):
            if number == len(self._taken):
                self._taken.append([])
            if all(begin + width + _GAP <= left or right + _GAP <= begin for left, right in self._taken[number]):
                self._taken[number].append((begin, begin + width))
                return number, begin
        return None

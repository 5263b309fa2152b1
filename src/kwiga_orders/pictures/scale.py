"""Maps instants to positions: the scale of a timeline, its ticks, and lanes in which labels do not overlap."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.locale.catalogue import Catalogue
from kwiga_orders.pictures.widths import text_width

__all__ = ["Lanes", "Scale", "Tick"]

_GAP = 10.0
"""The smallest gap between two labels."""


@attrs.frozen
class Tick:
    """A position on the axis and its label."""

    x: float
    label: str


@attrs.frozen(kw_only=True)
class Scale:
    """Maps instants of `[first, last]` to positions from `left` to `right`; instants outside are put at the edge."""

    first: datetime
    last: datetime
    left: float
    right: float
    zone: ZoneInfo

    def place(self, at: datetime) -> float:
        """Give the position of an instant."""
        share = (at - self.first) / (self.last - self.first)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def ticks(self, words: Catalogue, size: float) -> list[Tick]:
        """Give the ticks of the finest step whose labels fit. The steps range from hours to centuries."""
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
        """Give the ticks of a step; None if there are far too many to fit."""
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
        """Give the local times of the step, from the last one before `begin` up to `end`."""
        day = begin.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.months:
            number = begin.year * 12 + begin.month - 1
            number -= number % self.months
            # Python's dates end with the year 9999, and nobody needs a tick beyond it.
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
        """Write the shortest label that tells a tick from its neighbours."""
        if self.hours:
            return f"{at:%H:%M}" if at.hour else _day(at.date(), words)
        if self.days:
            return _day(at.date(), words)
        if self.months % 12 == 0:
            return str(at.year)
        month = words.get(f"month_short.{at.month}")
        # Only January shows the year, so that the other labels stay short.
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
    """Lines of labels below each other. A label goes into the first line that has room for it."""

    left: float
    right: float
    most: int
    _taken: list[list[tuple[float, float]]] = attrs.field(factory=list, init=False)

    @property
    def count(self) -> int:
        """The number of lines in use."""
        return len(self._taken)

    def place(self, x: float, width: float) -> tuple[int, float] | None:
        """Give the line for a label centred at `x`, and where the label begins; None if no line has room."""
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

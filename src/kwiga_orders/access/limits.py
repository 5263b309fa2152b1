"""What limits the lessons of one grant: scope, delays, closings, checkpoints.

Laws:

1. A lesson is limited by scope, delay, closing and checkpoints each by itself; all that apply bind (L1, L4).
2. Delays are counted on the wall clock of the zone the grant was given in, from the start of access (L3, T7).
3. A freeze that began before a counted instant moves it; fixed dates stay (A11).
4. What was completed is held up neither by delays nor by checkpoints (L9).

Lessons are numbered in course order; a set of lessons is an integer with the bits of their numbers.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

import attrs
from dateutil.relativedelta import relativedelta

from kwiga_orders.access.instants import (
    DAY,
    NEVER,
    LocalTime,
    clock_micros,
    length_micros,
    micros,
    naive_micros,
    wall_of,
)
from kwiga_orders.access.standing import Grant
from kwiga_orders.course import After, Checkpoint, Course, Delay, Lesson, Module, OnDate, Practice, Progress
from kwiga_orders.orders.state import Line
from kwiga_orders.periods import Period, begins, wall_length, zone_named
from kwiga_orders.terms import (
    AccessTerms,
    All,
    AsCourse,
    NoPractices,
    OverrideCheckpoints,
    OverrideDelays,
    OverridePractices,
)

__all__ = ["LessonLimits", "Outline", "is_required", "limits_of", "scope_of"]

_Placed = tuple[Module, Lesson]
_FindDelay = Callable[[Module, Lesson], Delay | None]


@attrs.frozen
class Outline:
    """The lessons of a course in order, with their modules, and the number of each."""

    course: Course
    lessons: tuple[_Placed, ...]
    numbers: dict[str, int] = attrs.field(eq=False)

    @classmethod
    def of(cls, course: Course) -> "Outline":
        """Number the lessons of a course; of two with one id the first counts."""
        lessons = tuple(course.lessons())
        numbers = {lesson.id: number for number, (_, lesson) in reversed(list(enumerate(lessons)))}
        return cls(course, lessons, numbers)


@attrs.frozen
class LessonLimits:
    """The limits of all lessons of a grant, by number; `opens` and `closes` in microseconds.

    `scope` has the lessons in scope, `locked` those behind a checkpoint that is not passed, `freed` those that were
    completed and are held up by neither delays nor checkpoints. `closes` is None if no lesson closes. While there is
    no start of access, nothing ever opens.
    """

    starts: int
    scope: int
    locked: int
    freed: int
    opens: list[int]
    closes: list[int] | None

    def opening(self, number: int) -> int:
        """Give the instant from which on no delay holds the lesson up."""
        return self.starts if self.freed >> number & 1 else self.opens[number]

    def closing(self, number: int) -> int:
        """Give the instant at which the lesson closes, or NEVER."""
        return NEVER if self.closes is None else self.closes[number]

    def includes(self, number: int) -> bool:
        """Tell whether the lesson is in scope."""
        return bool(self.scope >> number & 1)

    def is_locked(self, number: int) -> bool:
        """Tell whether a checkpoint before the lesson is not passed."""
        return bool(self.locked >> number & 1)


def limits_of(
    grant: Grant, outline: Outline, progress: Progress, *, starts_at: datetime | None, grandfather: bool
) -> LessonLimits:
    """Compute the limits of all lessons under a grant whose access starts at `starts_at`, if it does."""
    terms = grant.resolved.terms
    scope = scope_of(grant, outline)
    freed = _mask(lesson.id in progress.completed for _, lesson in outline.lessons) if grandfather else 0
    locked = _locked(terms, outline, progress, scope) & ~freed
    if starts_at is None:
        return LessonLimits(NEVER, scope, locked, freed, [NEVER] * len(outline.lessons), None)
    count = _Counting.of(grant, starts_at)
    return LessonLimits(
        count.starts, scope, locked, freed, _opens(terms, outline, count), _closes(terms, outline, count)
    )


def _mask(bits: Iterator[bool]) -> int:
    mask = 0
    for number, bit in enumerate(bits):
        if bit:
            mask |= 1 << number
    return mask


# Scope (L2)


def scope_of(grant: Grant, outline: Outline) -> int:
    """Give the lessons that a grant covers, as bits (L2)."""
    scope = grant.resolved.terms.scope
    if isinstance(scope, All):
        return (1 << len(outline.lessons)) - 1
    named_at = max(filter(None, (grant.order.created_at, grant.line.added_at, grant.resolved.scope_set_at)))

    def included(module: Module, lesson: Lesson) -> bool:
        if lesson.id in scope.lessons:
            return True
        if lesson.added_at is None or lesson.added_at <= named_at:
            return module.id in scope.modules
        new = scope.include_new
        return new if isinstance(new, bool) else module.id in new

    return _mask(included(module, lesson) for module, lesson in outline.lessons)


# Delays and closings (L3, L5, A11)


@attrs.frozen
class _Counting:
    """Counts periods from the start of access, and moves what it counted by the freezes."""

    local: LocalTime
    starts: int
    starts_wall: int
    freezes: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, grant: Grant, starts_at: datetime) -> "_Counting":
        zone = zone_named(grant.order.zone)
        local = LocalTime(zone)

        def moves(line: Line) -> Iterator[tuple[int, int]]:
            for freeze in line.freezes:
                # A11: what lies before the start does not count
                length = wall_length(max(freeze.starts_at, starts_at), freeze.ends_at, zone=zone)
                yield micros(freeze.starts_at), length_micros(length)

        return cls(local, micros(starts_at), local.wall(starts_at), tuple(moves(grant.line)))

    def instant(self, delay: Delay) -> int:
        """Give the instant that a delay or a closing names; not before the start of access."""
        if isinstance(delay, After):
            return max(self.starts, self._after(delay))
        if isinstance(delay, OnDate):
            return max(self.starts, micros(begins(delay.at, zone=self.local.zone)))
        return self.starts

    def _after(self, delay: After) -> int:
        wall = self._wall_after(delay.period)
        if delay.at is not None:
            wall += clock_micros(delay.at) - wall % DAY
        at = self.local.instant(wall)
        frozen = 0
        for starts, length in self.freezes:
            if starts >= at:
                break
            frozen += length
            at = self.local.instant(wall + frozen)
        # A11: all lengths are summed first, then comes the next such local time
        return self.local.next_clock(wall + frozen, delay.at) if frozen and delay.at is not None else at

    def _wall_after(self, period: Period) -> int:
        if period.days:
            return self.starts_wall + period.days * DAY
        return naive_micros(wall_of(self.starts_wall) + relativedelta(months=period.months))


def _opens(terms: AccessTerms, outline: Outline, count: _Counting) -> list[int]:
    find = _delay_finder(terms)
    if find is None:
        return [count.starts] * len(outline.lessons)
    opens = []
    for module, lesson in outline.lessons:
        delay = find(module, lesson)
        opens.append(count.starts if delay is None else count.instant(delay))
    return opens


def _delay_finder(terms: AccessTerms) -> _FindDelay | None:
    delays = terms.delays
    if isinstance(delays, AsCourse):
        return lambda module, lesson: module.delay if lesson.delay is None else lesson.delay
    if isinstance(delays, OverrideDelays):
        return lambda module, lesson: delays.lessons.get(lesson.id) or delays.modules.get(module.id)
    return None


def _closes(terms: AccessTerms, outline: Outline, count: _Counting) -> list[int] | None:
    if not isinstance(terms.delays, AsCourse | OverrideDelays):
        return None
    delays = [lesson.closes for _, lesson in outline.lessons]
    if not any(delays):
        return None
    return [NEVER if delay is None else count.instant(delay) for delay in delays]


# Checkpoints and practices (L6-L8)


def _locked(terms: AccessTerms, outline: Outline, progress: Progress, scope: int) -> int:
    """Give all lessons after the first checkpoint that is not passed."""
    waiting: list[str] = []
    for number, (_, lesson) in enumerate(outline.lessons):
        if scope >> number & 1:
            waiting += (practice.id for practice in lesson.practices if is_required(practice, terms))
        checkpoint = _checkpoint_at(lesson, terms)
        if checkpoint is None:
            continue
        enough = ("accepted",) if checkpoint.release_on == "accepted" else ("accepted", "submitted")
        if any(progress.practices.get(id, "not_started") not in enough for id in waiting):
            return -1 << (number + 1)
        waiting = []
    return 0


def is_required(practice: Practice, terms: AccessTerms) -> bool:
    """Tell whether the terms require a practice (L7)."""
    if isinstance(terms.practices, OverridePractices):
        return practice.id in terms.practices.required
    return practice.required and not isinstance(terms.practices, NoPractices)


def _checkpoint_at(lesson: Lesson, terms: AccessTerms) -> Checkpoint | None:
    if isinstance(terms.checkpoints, OverrideCheckpoints):
        # L8: release as the course has it for that lesson, else on acceptance
        return (lesson.checkpoint or Checkpoint()) if lesson.id in terms.checkpoints.lessons else None
    return lesson.checkpoint if isinstance(terms.checkpoints, AsCourse) else None

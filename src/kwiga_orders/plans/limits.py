"""What limits the lessons of one grant: scope, delays, closings, checkpoints.

Laws:

1. A lesson is limited by scope, delay, closing and checkpoints each by itself; all that apply bind (L1, L4).
2. Delays are counted on the wall clock of the zone the grant was given in, from the start of access (L3, T7).
3. A freeze that began before a counted instant moves it; fixed dates stay (A11).
4. What was completed is held up neither by delays nor by checkpoints (L9).

Lessons are numbered in course order; a set of lessons is an integer with the bits of their numbers.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property

import attrs

from kwiga_orders.course import Checkpoint, Course, Delay, Lesson, Module, Practice, Progress
from kwiga_orders.plans.counting import Counting
from kwiga_orders.plans.micros import NEVER
from kwiga_orders.plans.timeline import Grant
from kwiga_orders.terms import (
    AccessTerms,
    All,
    AsCourse,
    NoPractices,
    OverrideCheckpoints,
    OverrideDelays,
    OverridePractices,
)

__all__ = ["LessonLimits", "Outline", "elapsing", "is_required", "limits_of", "scope_of"]


@attrs.frozen
class Outline:
    """The lessons of a course in order, with their modules."""

    course: Course
    lessons: tuple[tuple[Module, Lesson], ...]

    @classmethod
    def of(cls, course: Course) -> "Outline":
        """Number the lessons of a course."""
        return cls(course, tuple([(module, lesson) for module in course.modules for lesson in module.lessons]))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the lessons, in order."""
        return tuple([lesson.id for _, lesson in self.lessons])

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each lesson by its id."""
        return {lesson.id: number for number, (_, lesson) in enumerate(self.lessons)}


@attrs.frozen
class LessonLimits:
    """The limits of all lessons of a grant, by number; instants in microseconds.

    `scope` has the lessons in scope, `locked` those behind a checkpoint that is not passed, `reach` those that time
    alone opens. `opens` is when no delay holds a lesson up any more, `closes` when it closes, or NEVER; `delays` is
    `opens` whatever was completed. Without a start of access nothing ever opens.
    """

    scope: int
    locked: int
    opens: list[int]
    closes: list[int]
    delays: list[int]
    reach: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "reach", self.scope & ~self.locked)

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
    freed = [outline.numbers[id] for id in progress.completed if id in outline.numbers] if grandfather else []
    locked = _locked(terms, outline, progress, scope) & ~sum(1 << number for number in freed)
    if starts_at is None:
        never = [NEVER] * len(outline.lessons)
        return LessonLimits(scope, locked, never, never, never)
    counting = Counting.of(grant.line, starts_at, zone=grant.order.zone)
    delays = elapsing(counting, terms, outline)
    closes = counting.instants(_closes(terms, outline), otherwise=NEVER)
    opens = delays.copy()
    for number in freed:
        opens[number] = counting.starts
    return LessonLimits(scope, locked, opens, closes, delays)


# Scope (L2)


def scope_of(grant: Grant, outline: Outline) -> int:
    """Give the lessons that the scope of a grant has (L2); of all, every bit is set."""
    scope = grant.resolved.terms.scope
    if isinstance(scope, All):
        return -1
    named_at = max(filter(None, (grant.order.created_at, grant.line.added_at, grant.resolved.scope_set_at)))

    def included(module: Module, lesson: Lesson) -> bool:
        if lesson.id in scope.lessons:
            return True
        if lesson.added_at is None or lesson.added_at <= named_at:
            return module.id in scope.modules
        new = scope.include_new
        return new if isinstance(new, bool) else module.id in new

    return sum(1 << number for number, placed in enumerate(outline.lessons) if included(*placed))


# Delays and closings (L3, L5)


def elapsing(counting: Counting, terms: AccessTerms, outline: Outline) -> list[int]:
    """Give when the delay of each lesson has elapsed, whatever was completed (L3)."""
    return counting.instants(_delays(terms, outline), otherwise=counting.starts)


def _delays(terms: AccessTerms, outline: Outline) -> list[Delay | None]:
    delays = terms.delays
    if isinstance(delays, AsCourse):
        return [module.delay if lesson.delay is None else lesson.delay for module, lesson in outline.lessons]
    if isinstance(delays, OverrideDelays):
        own, of_module = delays.lessons, delays.modules
        return [own.get(lesson.id) or of_module.get(module.id) for module, lesson in outline.lessons]
    return [None] * len(outline.lessons)


def _closes(terms: AccessTerms, outline: Outline) -> list[Delay | None]:
    # L5: without delays there are no closings either; own delays leave them as they are
    if isinstance(terms.delays, AsCourse | OverrideDelays):
        return [lesson.closes for _, lesson in outline.lessons]
    return [None] * len(outline.lessons)


# Checkpoints and practices (L6-L8)


def _locked(terms: AccessTerms, outline: Outline, progress: Progress, scope: int) -> int:
    """Give all lessons after the first checkpoint that is not passed."""
    checkpoints = _checkpoints(terms, outline)
    if not any(checkpoints):
        return 0
    first = 0
    for number, checkpoint in enumerate(checkpoints):
        if checkpoint is None:
            continue
        since = [lesson for n, (_, lesson) in enumerate(outline.lessons[first : number + 1], first) if scope >> n & 1]
        waiting = [one.id for lesson in since for one in lesson.practices if is_required(one, terms)]
        if not _is_passed(checkpoint, waiting, progress):
            return -1 << (number + 1)
        first = number + 1
    return 0


def _checkpoints(terms: AccessTerms, outline: Outline) -> list[Checkpoint | None]:
    if isinstance(terms.checkpoints, AsCourse):
        return [lesson.checkpoint for _, lesson in outline.lessons]
    listed = terms.checkpoints.lessons if isinstance(terms.checkpoints, OverrideCheckpoints) else ()
    # L8: release as the course has it for that lesson, else on acceptance
    return [(lesson.checkpoint or Checkpoint()) if lesson.id in listed else None for _, lesson in outline.lessons]


def _is_passed(checkpoint: Checkpoint, practices: Iterable[str], progress: Progress) -> bool:
    enough = ("accepted",) if checkpoint.release_on == "accepted" else ("accepted", "submitted")
    return all(progress.practices.get(id) in enough for id in practices)


def is_required(practice: Practice, terms: AccessTerms) -> bool:
    """Tell whether terms require a practice of the course (L7)."""
    if isinstance(terms.practices, OverridePractices):
        return practice.id in terms.practices.required
    return practice.required and not isinstance(terms.practices, NoPractices)

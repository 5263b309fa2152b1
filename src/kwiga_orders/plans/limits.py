"""The limits of the lessons of one grant, as bits and integers: scope, delays, closings, checkpoints.

Lessons are numbered in course order; a set of lessons is an integer with the bits of their numbers. The rules are those
of `access` (L2-L9); counting days and months in integers is in `counting`.
"""

from datetime import datetime
from functools import cached_property, partial

import attrs

from kwiga_orders.access import (
    Checkpointed,
    Grant,
    Placed,
    checkpoints_ahead,
    closings_of,
    delays_of,
    freed_lessons,
    is_included,
)
from kwiga_orders.course import Course, Progress
from kwiga_orders.plans.counting import Counting
from kwiga_orders.plans.micros import NEVER
from kwiga_orders.project import Project
from kwiga_orders.terms import AccessTerms, All

__all__ = ["LessonLimits", "Outline", "limits_of", "opening_instants", "scope_of"]


@attrs.frozen
class Outline:
    """The lessons of a course in order, with their modules."""

    course: Course
    lessons: tuple[Placed, ...]

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

    `scope` has the lessons in scope, `locked` those behind a checkpoint that is not passed, `timed` those that open by
    time alone; `ahead` are the checkpoints that are not passed. `opens` is when the delay of a lesson is over, `closes`
    when it closes, or NEVER. Without a start of access no lesson ever opens.
    """

    scope: int
    locked: int
    ahead: tuple[Checkpointed, ...]
    opens: list[int]
    closes: list[int]
    timed: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        # Computed once: every question about a lesson begins with this set.
        object.__setattr__(self, "timed", self.scope & ~self.locked)

    def includes(self, number: int) -> bool:
        """Tell whether the lesson is in scope."""
        return bool(self.scope >> number & 1)

    def is_locked(self, number: int) -> bool:
        """Tell whether a checkpoint before the lesson is not passed."""
        return bool(self.locked >> number & 1)


def limits_of(
    grant: Grant, outline: Outline, progress: Progress, *, starts_at: datetime | None, project: Project
) -> LessonLimits:
    """Compute the limits of all lessons of a grant whose access starts at `starts_at`; None if it never starts."""
    terms = grant.terms
    scope = scope_of(grant, outline)
    # Progress may name lessons that the course no longer has.
    freed = [outline.numbers[id] for id in freed_lessons(progress, project) if id in outline.numbers]
    is_in_scope = partial(_has, scope)
    ahead = tuple(checkpoints_ahead(terms, outline.lessons, progress, is_in_scope=is_in_scope))
    # All bits above the first open checkpoint: the lessons behind it, however many there are.
    locked = -1 << (ahead[0].number + 1) if ahead else 0
    # L9: lessons that were completed or begun stay unlocked.
    locked &= ~sum(1 << number for number in freed)
    if starts_at is None:
        never = [NEVER] * len(outline.lessons)
        return LessonLimits(scope, locked, ahead, never, never)
    counting = Counting.of(grant.line, starts_at, zone=grant.order.zone)
    opens = opening_instants(counting, terms, outline)
    closes = counting.instants(closings_of(terms, outline.lessons), otherwise=NEVER)
    # L9: they have no delay, so they open with access itself.
    for number in freed:
        opens[number] = counting.starts
    return LessonLimits(scope, locked, ahead, opens, closes)


def _has(scope: int, number: int) -> bool:
    return bool(scope >> number & 1)


def scope_of(grant: Grant, outline: Outline) -> int:
    """Give the lessons in scope of a grant; for the whole course every bit is set, also for lessons added later."""
    if isinstance(grant.terms.scope, All):
        # L2: all bits, so that lessons that are added later are in scope, too.
        return -1
    return sum(1 << number for number, placed in enumerate(outline.lessons) if is_included(grant, *placed))


def opening_instants(counting: Counting, terms: AccessTerms, outline: Outline) -> list[int]:
    """Give when the delay of each lesson is over, without regard to progress."""
    return counting.instants(delays_of(terms, outline.lessons), otherwise=counting.starts)

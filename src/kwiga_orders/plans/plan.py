"""A plan: the facts of a contact and a product, compiled once and asked often.

Laws:

1. A plan is a function of its grants, the project, the course and the progress; nothing else is ever looked at.
2. Calendars are reckoned with when compiling only; asking is looking up and comparing.
3. Questions answer for every instant, past or future, and never refuse (T6).

A page of a course asks for its lessons again and again, so a decision is kept together with the stretch of time for
which it holds. What is kept only saves time: it is always what would be found anew.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property

import attrs

from kwiga_orders.course import Course, Progress
from kwiga_orders.errors import Refused
from kwiga_orders.plans.answers import Access, Entry, LessonDecision, Lessons, Reason, ReasonCode
from kwiga_orders.plans.grant_plan import CompiledGrant, right_of
from kwiga_orders.plans.limits import Outline
from kwiga_orders.plans.micros import ALWAYS, NEVER, instant_of, micros
from kwiga_orders.plans.product_plan import NO_ORDER, Span, spans_of
from kwiga_orders.plans.schedule import entries_of
from kwiga_orders.plans.timeline import Grant
from kwiga_orders.project import Project

__all__ = ["Plan", "compile_plan"]

_OPEN = LessonDecision(open=True)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_Kept = tuple[datetime, datetime, LessonDecision]


@attrs.frozen
class Plan:
    """What a contact may learn of a product, and when; made by `compile_plan`.

    Instants that are asked about must be aware.

    Raises:
        Refused: `time.naive` if an instant says nothing of its zone (T1).
    """

    _project: Project
    _outline: Outline
    _rights: tuple[CompiledGrant, ...]
    _kept: dict[str, _Kept] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    def access(self, at: datetime) -> Access:
        """Tell whether the product is open at an instant, and why not (A1-A12)."""
        return self._stretch(micros(at)).access

    def lesson(self, lesson: str, at: datetime) -> LessonDecision:
        """Tell whether a lesson is open at an instant, and why not; one that is unknown is not included (L1-L9)."""
        kept = self._kept.get(lesson)
        try:
            if kept is not None and kept[0] <= at < kept[1]:
                return kept[2]
        except TypeError:
            raise Refused("time.naive", value=at.isoformat()) from None
        return self._find(lesson, micros(at))

    def lessons(self, at: datetime) -> Lessons:
        """Tell which lessons and sections are open at an instant, and why the others are not."""
        instant = micros(at)
        stretch = self._stretch(instant)
        mask = stretch.mask(instant)
        is_open: list[str] = []
        closed: dict[str, LessonDecision] = {}
        for number, id in enumerate(self._outline.ids):
            if mask >> number & 1:
                is_open.append(id)
            else:
                closed[id] = self._closed(number, instant, stretch)
        return Lessons(open=tuple(is_open), closed=closed, sections=self._sections(stretch, mask, instant))

    def open_mask(self, at: datetime) -> int:
        """Give the open lessons as bits, the lowest for the first lesson of the course."""
        instant = micros(at)
        return self._stretch(instant).mask(instant)

    def schedule(self, start: datetime, *, at: datetime | None = None) -> tuple[Entry, ...]:
        """List from `start` on what time alone opens and closes, of the order that speaks at `at` (L12).

        Without `at`, the order that speaks at `start`.
        """
        stretch = self._stretch(micros(start if at is None else at))
        right = _longest(stretch) if stretch.open else stretch.speaker
        if right is None:
            return ()
        entries = entries_of(right, self._outline, grace=self._project.grace, known_at=stretch.starts)
        return tuple(entry for entry in entries if entry.at >= start)

    @property
    def stretches(self) -> Sequence[Span]:
        """The stretches of time in which no grant changes, from ever on."""
        return self._times[1]

    @cached_property
    def _times(self) -> tuple[list[int], list[Span]]:
        """The stretches of time in which no grant changes, and where each begins."""
        stretches = spans_of(self._rights, has_comments=self._outline.course.comments)
        return [stretch.starts for stretch in stretches], stretches

    def _stretch(self, at: int) -> Span:
        starts, stretches = self._times
        return stretches[bisect_right(starts, at) - 1]

    def _sections(self, stretch: Span, mask: int, at: int) -> tuple[str, ...]:
        if not any(right.sections for right in stretch.open):
            return ()
        return tuple(
            section
            for number, (_, lesson) in enumerate(self._outline.lessons)
            if not mask >> number & 1
            for section in lesson.sections
            if any(section in one.sections and one.has_within_limits(number, at) for one in stretch.open)
        )

    def _find(self, lesson: str, at: int) -> LessonDecision:
        number = self._outline.numbers.get(lesson)
        stretch = self._stretch(at)
        if number is None:
            return _unknown(stretch)
        decision = self._decide(number, at, stretch)
        starts, ends = self._held(number, at)
        self._kept[lesson] = (_bound(starts), _bound(ends), decision)
        return decision

    def _decide(self, number: int, at: int, stretch: Span) -> LessonDecision:
        for right in stretch.open:
            if right.is_open(number, at):
                return _OPEN
        return self._closed(number, at, stretch)

    def _closed(self, number: int, at: int, stretch: Span) -> LessonDecision:
        speaker = stretch.speaker
        if speaker is None:
            if not stretch.open:
                return LessonDecision(False, (NO_ORDER,))
            speaker = _lesson_speaker(stretch.open, number, at)
        opens = NEVER
        for right in self._rights:
            opening = right.next_opening(number, at)
            if opening < opens:
                opens = opening
        reasons = speaker.reasons(number, at, stretch.access.reasons)
        return LessonDecision(False, reasons, None if opens == NEVER else instant_of(opens))

    def _held(self, number: int, at: int) -> tuple[int, int]:
        """Give the stretch of time around an instant in which nothing about a lesson changes."""
        changes, _ = self._times
        index = bisect_right(changes, at)
        starts, ends = changes[index - 1], changes[index] if index < len(changes) else NEVER
        for right in self._rights:
            for change in (right.limits.opens[number], right.limits.closes[number]):
                if starts < change <= at:
                    starts = change
                elif at < change < ends:
                    ends = change
        return starts, ends


def compile_plan(grants: Iterable[Grant], *, project: Project, course: Course, progress: Progress) -> Plan:
    """Compile all grants that a contact has of a product; of none, the plan of a contact without orders."""
    outline = Outline.of(course)
    by_number = sorted(grants, key=lambda grant: grant.order.number)
    rights = (right_of(grant, project=project, outline=outline, progress=progress) for grant in by_number)
    return Plan(project, outline, tuple(rights))


def _lesson_speaker(rights: Sequence[CompiledGrant], number: int, at: int) -> CompiledGrant:
    """Choose whose reasons a closed lesson takes: where it opens soonest, else the newest (A6)."""
    return min(rights, key=lambda right: (right.next_opening(number, at), -right.grant.order.number))


def _longest(stretch: Span) -> CompiledGrant:
    """Choose the open grant that ends last, for ever wins; of equals the newest (L12)."""

    def rank(right: CompiledGrant) -> tuple[datetime, int]:
        window = right.timeline.at(stretch.starts).window
        ends = _LAST if window is None or window.end is None else window.end
        return ends, right.grant.order.number

    return max(stretch.open, key=rank)


def _unknown(stretch: Span) -> LessonDecision:
    if not stretch.access.orders:
        return LessonDecision(False, stretch.access.reasons)
    reason = Reason(ReasonCode.NOT_INCLUDED, stretch.access.orders[-1])
    return LessonDecision(False, (*stretch.access.reasons, reason))


def _bound(at: int) -> datetime:
    return _FIRST if at == ALWAYS else _LAST if at == NEVER else instant_of(at)

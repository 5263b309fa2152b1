"""A plan: the access of a contact to a product, compiled once for many questions.

Laws:

1. A plan is a pure function of its grants, the project, the course and the progress: no job has to run for an answer
   to be right. Home of A8.
2. Only compiling does calendar arithmetic; questions only look up and compare.
3. Questions have an answer for every instant, past or future, and never refuse (T6).

A page of a course asks for the same lessons again and again, so a decision is cached with the span of time in which it
holds. The cache only saves time.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property

import attrs

from kwiga_orders.access import Access, Entry, Grant, LessonDecision, Lessons, Reason, ReasonCode, speaking_rank
from kwiga_orders.course import Course, Progress
from kwiga_orders.plans.grant_plan import CompiledGrant, Facts, compile_grants
from kwiga_orders.plans.limits import Outline
from kwiga_orders.plans.micros import ALWAYS, NEVER, instant_of, micros
from kwiga_orders.plans.product_plan import Span, Spans
from kwiga_orders.plans.schedule import entries_of
from kwiga_orders.project import Project

__all__ = ["Plan", "compile_plan"]

_OPEN = LessonDecision(open=True)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_Cached = tuple[datetime, datetime, LessonDecision]
_NOT_CACHED: _Cached = (_LAST, _FIRST, _OPEN)
"""A cache entry that is valid at no instant."""


@attrs.frozen
class Plan:
    """What a contact may learn of a product, and when; made by `compile_plan`.

    Instants that are asked about must be aware.

    Raises:
        Refused: `time.naive` if an instant says nothing of its zone (T1).
    """

    _facts: Facts
    _grants: tuple[CompiledGrant, ...]
    _cache: dict[str, _Cached] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    def access(self, at: datetime) -> Access:
        """Tell whether the product is open at an instant, and why not (A1-A12)."""
        return self.spans.at(micros(at)).access

    def lesson(self, lesson: str, at: datetime) -> LessonDecision:
        """Tell whether a lesson is open at an instant, and why not; one that is unknown is not included (L1-L9)."""
        starts, ends, decision = self._cache.get(lesson, _NOT_CACHED)
        try:
            if starts <= at < ends:
                return decision
        except TypeError:
            # Comparing a naive instant raises, so nothing is checked in advance; `micros` below refuses it.
            pass
        return self._find(lesson, micros(at))

    def lessons(self, at: datetime) -> Lessons:
        """Tell which lessons and sections are open at an instant, and why the others are not."""
        instant = micros(at)
        span = self.spans.at(instant)
        mask = span.mask(instant)
        is_open: list[str] = []
        closed: dict[str, LessonDecision] = {}
        for number, id in enumerate(self._facts.outline.ids):
            if mask >> number & 1:
                is_open.append(id)
            else:
                closed[id] = self._closed(number, instant, span)
        return Lessons(open=tuple(is_open), closed=closed, sections=self._sections(span, mask, instant))

    def open_mask(self, at: datetime) -> int:
        """Give the open lessons as bits, the lowest for the first lesson of the course."""
        instant = micros(at)
        return self.spans.at(instant).mask(instant)

    def schedule(self, start: datetime, *, at: datetime | None = None) -> tuple[Entry, ...]:
        """List what opens and closes by time alone from `start` on (L12).

        It assumes that payments due after `at`, by default `start`, are paid in time.
        """
        now = start if at is None else at
        entries = entries_of([one.grant for one in self._grants], self._facts, now=instant_of(micros(now)))
        return tuple([entry for entry in entries if entry.at >= start])

    @cached_property
    def spans(self) -> Spans:
        """The spans of time in which no grant changes; the first one has no start."""
        return Spans.of(self._grants, has_comments=self._facts.outline.course.comments)

    def _sections(self, span: Span, mask: int, at: int) -> tuple[str, ...]:
        if not any(grant.sections for grant in span.open):
            return ()
        # L2: an open section of a closed lesson needs a scope that names sections; most name none.
        return tuple(
            section
            for number, (_, lesson) in enumerate(self._facts.outline.lessons)
            if not mask >> number & 1
            for section in lesson.sections
            if any(section in one.sections and one.has_within_limits(number, at) for one in span.open)
        )

    def _find(self, lesson: str, at: int) -> LessonDecision:
        number = self._facts.outline.numbers.get(lesson)
        span = self.spans.at(at)
        if number is None:
            # Without any order, no scope leaves the lesson out.
            if not span.access.orders:
                return LessonDecision(False, span.access.reasons)
            reason = Reason(ReasonCode.NOT_INCLUDED, span.access.orders[-1])
            return LessonDecision(False, (*span.access.reasons, reason))
        decision = self._decide(number, at, span)
        starts, ends = self._held(number, at)
        self._cache[lesson] = (_bound(starts), _bound(ends), decision)
        return decision

    def _decide(self, number: int, at: int, span: Span) -> LessonDecision:
        # A6: the most generous grant wins, so one grant that has the lesson open is enough.
        for grant in span.open:
            if grant.is_open(number, at):
                return _OPEN
        return self._closed(number, at, span)

    def _closed(self, number: int, at: int, span: Span) -> LessonDecision:
        speaker = span.speaker
        if speaker is None:
            if not span.open:
                return LessonDecision(False, span.access.reasons)
            # A6: the open grant that opens the lesson soonest gives the reasons
            speaker = min(span.open, key=lambda one: speaking_rank(one.timeline.at(at), one.next_opening(number, at)))
        opens = NEVER
        for grant in self._grants:
            # decision 0014: `opens_at` is the soonest opening over all grants, not that of the grant that speaks
            opening = grant.next_opening(number, at)
            if opening < opens:
                opens = opening
        reasons = speaker.reasons(number, at, span.access.reasons)
        return LessonDecision(False, reasons, None if opens == NEVER else instant_of(opens))

    def _held(self, number: int, at: int) -> tuple[int, int]:
        """Give the span around an instant in which the answer for a lesson stays the same."""
        starts, ends = self.spans.bounds(at)
        for grant in self._grants:
            # Only the limits of this lesson matter.
            for change in (grant.limits.opens[number], grant.limits.closes[number]):
                if change <= at:
                    starts = max(starts, change)
                else:
                    ends = min(ends, change)
        return starts, ends


def compile_plan(grants: Iterable[Grant], *, project: Project, course: Course, progress: Progress) -> Plan:
    """Compile all grants of a contact for a product; there may be none."""
    facts = Facts(project=project, outline=Outline.of(course), progress=progress)
    return Plan(facts, compile_grants(grants, facts))


def _bound(at: int) -> datetime:
    return _FIRST if at == ALWAYS else _LAST if at == NEVER else instant_of(at)

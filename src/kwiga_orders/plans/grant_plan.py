"""One grant, compiled: how it stands, and what limits each of its lessons.

Laws:

1. Under one grant a lesson is open iff the grant is, the lesson is in scope, its delay has elapsed, it has not closed,
   and no checkpoint locks it (L1).
2. Of a closed grant a lesson takes the reasons, and then those that can be told without a window (L1).
3. Every reason that is an instant names it (L4).
"""

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from operator import xor

import attrs

from kwiga_orders.course import Progress
from kwiga_orders.plans.answers import Reason, ReasonCode
from kwiga_orders.plans.limits import LessonLimits, Outline, limits_of
from kwiga_orders.plans.micros import ALWAYS, NEVER, instant_of
from kwiga_orders.plans.timeline import Grant, Timeline, timeline_of
from kwiga_orders.project import Project
from kwiga_orders.terms import Only

__all__ = ["CompiledGrant", "right_of"]


@attrs.frozen
class CompiledGrant:
    """A grant with all that follows from it; `order` is the id of its order."""

    order: str
    grant: Grant
    timeline: Timeline
    limits: LessonLimits
    _kept: dict[int, tuple[Reason, ...]] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    @property
    def comments(self) -> bool:
        """Whether its terms leave comments on where the course has them (L10)."""
        return self.grant.resolved.terms.comments != "off"

    @cached_property
    def sections(self) -> frozenset[str]:
        """The sections that its scope names (L2)."""
        scope = self.grant.resolved.terms.scope
        return frozenset(scope.sections) if isinstance(scope, Only) else frozenset()

    @cached_property
    def _masks(self) -> tuple[list[int], list[int]]:
        """The lessons that nothing but the product may close, from each instant on."""
        limits = self.limits
        toggled = {ALWAYS: 0}
        for number, (opens, closes) in enumerate(zip(limits.opens, limits.closes, strict=True)):
            if opens < closes:
                bit = limits.reach & 1 << number
                toggled[opens] = toggled.get(opens, 0) | bit
                toggled[closes] = toggled.get(closes, 0) | bit
        starts = sorted(toggled)
        return starts, list(accumulate([toggled[start] for start in starts], xor))

    @property
    def changes(self) -> list[int]:
        """The instants from each of which on other lessons are open, as far as the product is; the first is ALWAYS."""
        return self._masks[0]

    def mask(self, at: int) -> int:
        """Give the lessons that are open at an instant at which the grant is."""
        starts, masks = self._masks
        return masks[bisect_right(starts, at) - 1]

    def is_open(self, number: int, at: int) -> bool:
        """Tell whether a lesson is open at an instant at which the grant is."""
        limits = self.limits
        return limits.opens[number] <= at < limits.closes[number] and bool(limits.reach >> number & 1)

    def has_within_limits(self, number: int, at: int) -> bool:
        """Tell whether a lesson is neither delayed, nor closed, nor locked, in scope or not (L2)."""
        limits = self.limits
        return limits.opens[number] <= at < limits.closes[number] and not limits.is_locked(number)

    def reasons(self, number: int, at: int, of_product: tuple[Reason, ...]) -> tuple[Reason, ...]:
        """Give why a lesson is closed under this grant, with the reasons that the grant has at `at` (L1)."""
        limits = self.limits
        timed = () if of_product else self._timed(number, at)
        if limits.reach >> number & 1:
            return of_product or timed
        outside = () if limits.includes(number) else self._not_included
        return of_product + outside + timed + (self._checkpoint if limits.is_locked(number) else ())

    def _timed(self, number: int, at: int) -> tuple[Reason, ...]:
        opens, closes = self.limits.opens[number], self.limits.closes[number]
        delayed = self._delayed(opens) if at < opens else ()
        return delayed if at < closes else (*delayed, Reason(ReasonCode.LESSON_CLOSED, self.order, instant_of(closes)))

    def _delayed(self, opens: int) -> tuple[Reason, ...]:
        # lessons that open together share their reason
        kept = self._kept.get(opens)
        if kept is None:
            kept = self._kept[opens] = (Reason(ReasonCode.DELAYED, self.order, instant_of(opens)),)
        return kept

    @cached_property
    def _not_included(self) -> tuple[Reason, ...]:
        return (Reason(ReasonCode.NOT_INCLUDED, self.order),)

    @cached_property
    def _checkpoint(self) -> tuple[Reason, ...]:
        return (Reason(ReasonCode.CHECKPOINT, self.order),)

    def next_opening(self, number: int, after: int) -> int:
        """Give the first instant later than `after`, at which it is closed, that opens a lesson; or NEVER."""
        limits = self.limits
        if not limits.reach >> number & 1:
            return NEVER
        opens, closes = limits.opens[number], limits.closes[number]
        for starts, ends in self.timeline.open:
            at = opens if opens > starts else starts
            if after < at < ends and at < closes:
                return at
        return NEVER


def right_of(grant: Grant, *, project: Project, outline: Outline, progress: Progress) -> CompiledGrant:
    """Compile a grant."""
    timeline = timeline_of(grant, grace=project.grace)
    limits = limits_of(
        grant, outline, progress, starts_at=timeline.starts_at, grandfather=project.grandfather_completed
    )
    return CompiledGrant(grant.order.id, grant, timeline, limits)

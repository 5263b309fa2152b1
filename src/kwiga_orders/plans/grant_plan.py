"""One grant, compiled: its timeline, and the limits of each of its lessons."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from operator import attrgetter, xor

import attrs

from kwiga_orders.access import Grant, Reason, ReasonCode, kept_open, lesson_reasons
from kwiga_orders.course import Progress
from kwiga_orders.orders.window import payment_of
from kwiga_orders.plans.limits import LessonLimits, Outline, limits_of
from kwiga_orders.plans.micros import ALWAYS, NEVER, instant_of, micros
from kwiga_orders.plans.timeline import Choosing, Timeline, timeline_of
from kwiga_orders.project import Project
from kwiga_orders.terms import Only

__all__ = ["CompiledGrant", "Facts", "Giving", "compile_grants"]

_ALL: Mapping[str, Choosing] = {}

Giving = Callable[[Timeline], list[tuple[int, int]]]
"""Tells in which spans of time an order gave access."""


@attrs.frozen
class CompiledGrant:
    """A grant with its timeline and its limits; `order` is the id of its order.

    `gave` has the spans in which it gives access as far as later orders go on from it (L14).
    """

    order: str
    grant: Grant
    timeline: Timeline
    limits: LessonLimits
    gave: list[tuple[int, int]]
    _delays_found: dict[int, tuple[Reason, ...]] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    @property
    def activated(self) -> int:
        """When it was activated, or NEVER."""
        paid_at = payment_of(self.grant.order, self.grant.line)
        # L14 sorts by this; an order that was never activated comes last.
        return NEVER if paid_at is None else micros(paid_at)

    @cached_property
    def sections(self) -> frozenset[str]:
        """The sections that its scope names (L2)."""
        scope = self.grant.terms.scope
        return frozenset(scope.sections) if isinstance(scope, Only) else frozenset()

    @cached_property
    def _masks(self) -> tuple[list[int], list[int]]:
        """The lessons that are open whenever the product is, from each instant on."""
        limits = self.limits
        toggled = {ALWAYS: 0}
        # A set of bits per instant, built by toggling each lesson at its opening and at its closing.
        for number, opens in enumerate(limits.opens):
            closes = limits.closes[number]
            # A lesson that closes before it opens is never open; toggling it would open it in between.
            if opens < closes:
                bit = limits.timed & 1 << number
                toggled[opens] = toggled.get(opens, 0) | bit
                toggled[closes] = toggled.get(closes, 0) | bit
        starts = sorted(toggled)
        # Running xor turns the toggles into the set that is open from each instant on.
        return starts, list(accumulate([toggled[start] for start in starts], xor))

    @property
    def changes(self) -> list[int]:
        """The instants at which the set of open lessons changes while the product is open; the first is ALWAYS."""
        return self._masks[0]

    def mask(self, at: int) -> int:
        """Give the lessons that are open at an instant at which the grant is open."""
        starts, masks = self._masks
        # The first change is ALWAYS, so there is a mask for every instant.
        return masks[bisect_right(starts, at) - 1]

    def is_open(self, number: int, at: int) -> bool:
        """Tell whether a lesson is open at an instant at which the grant is open."""
        limits = self.limits
        return limits.opens[number] <= at < limits.closes[number] and bool(limits.timed >> number & 1)

    def has_within_limits(self, number: int, at: int) -> bool:
        """Tell whether a lesson is neither delayed, nor closed, nor locked, in scope or not (L2)."""
        limits = self.limits
        return limits.opens[number] <= at < limits.closes[number] and not limits.is_locked(number)

    def reasons(self, number: int, at: int, of_product: tuple[Reason, ...]) -> tuple[Reason, ...]:
        """Give why a lesson is closed under this grant, with the reasons that the grant has at `at`."""
        limits = self.limits
        if limits.timed >> number & 1:
            # the usual case, decided without a call: in scope and not locked
            return of_product or self._timed(number, at)
        return lesson_reasons(
            of_product,
            outside=() if limits.includes(number) else self._not_included,
            timed=self._timed(number, at),
            # L6: the checkpoints before this lesson that are not passed
            locked=self._checkpoints[: sum(one.number < number for one in self.limits.ahead)]
            if limits.is_locked(number)
            else (),
        )

    def _timed(self, number: int, at: int) -> tuple[Reason, ...]:
        opens, closes = self.limits.opens[number], self.limits.closes[number]
        # NEVER means that there is no window; then only the product gives reasons.
        delayed = self._delayed(opens) if at < opens < NEVER else ()
        return delayed if at < closes else (*delayed, Reason(ReasonCode.LESSON_CLOSED, self.order, instant_of(closes)))

    def _delayed(self, opens: int) -> tuple[Reason, ...]:
        # lessons that open together share their reason
        found = self._delays_found.get(opens)
        if found is None:
            found = self._delays_found[opens] = (Reason(ReasonCode.DELAYED, self.order, instant_of(opens)),)
        return found

    @cached_property
    def _not_included(self) -> tuple[Reason, ...]:
        return (Reason(ReasonCode.NOT_INCLUDED, self.order),)

    @cached_property
    def _checkpoints(self) -> tuple[Reason, ...]:
        return tuple(
            [
                Reason(ReasonCode.CHECKPOINT, self.order, checkpoint=one.lesson, lessons=one.waits_for)
                for one in self.limits.ahead
            ]
        )

    def next_opening(self, number: int, after: int) -> int:
        """Give the first instant after `after`, when the lesson is closed, at which it opens; or NEVER."""
        limits = self.limits
        # Time alone does not open lessons out of scope or behind a checkpoint.
        if not limits.timed >> number & 1:
            return NEVER
        opens, closes = limits.opens[number], limits.closes[number]
        for starts, ends in self.timeline.open:
            # A lesson opens with its delay, or with the grant if that comes later.
            at = opens if opens > starts else starts
            if after < at < ends and at < closes:
                return at
        return NEVER

    def without_checkpoints(self) -> "CompiledGrant":
        """Give the grant as if every checkpoint were passed."""
        return attrs.evolve(self, limits=attrs.evolve(self.limits, locked=0, ahead=()))

    def first_open(self, number: int) -> int:
        """Give the first instant at which the grant is open, includes a lesson, and its delay is over; or NEVER."""
        if not self.limits.includes(number):
            return NEVER
        over = self.limits.opens[number]
        return next((max(over, starts) for starts, ends in self.gave if over < ends), NEVER)

    def going_on_from(self, earlier: Sequence["CompiledGrant"]) -> "CompiledGrant":
        """Give the grant without the delays that were already over under earlier grants (L14)."""
        starts_at = self.timeline.starts_at
        # Without an earlier order, or a start, nothing was kept open (L14).
        if not earlier or starts_at is None:
            return self
        starts = micros(starts_at)
        opens = [
            kept_open(own, starts=starts, opened=min([grant.first_open(number) for grant in earlier]))
            for number, own in enumerate(self.limits.opens)
        ]
        return attrs.evolve(self, limits=attrs.evolve(self.limits, opens=opens))


@attrs.frozen(kw_only=True)
class Facts:
    """The data for compiling the grants of a contact and a product."""

    project: Project
    outline: Outline
    progress: Progress


def compile_grants(
    grants: Iterable[Grant],
    facts: Facts,
    *,
    counts: Mapping[str, Choosing] = _ALL,
    gave: Giving = attrgetter("open"),
) -> tuple[CompiledGrant, ...]:
    """Compile the grants of one contact and product, in order of their orders' numbers.

    `counts` says for each order which blocks count; without an entry all of them do (L12). `gave` says when each gives
    access as far as later orders go on from it (L14).
    """
    by_number = sorted(grants, key=lambda grant: grant.order.number)
    compiled = [_compiled(grant, facts, counts.get(grant.order.id), gave) for grant in by_number]
    if not facts.project.keep_opened:
        return tuple(compiled)
    found: dict[int, CompiledGrant] = {}
    # L14, decision 0041: in the order of activation, so that each grant keeps what the earlier ones kept
    for place, one in sorted(enumerate(compiled), key=lambda placed: placed[1].activated):
        earlier = [other for other in found.values() if other.activated < one.activated]
        found[place] = one.going_on_from(earlier)
    return tuple([found[place] for place in range(len(compiled))])


def _compiled(grant: Grant, facts: Facts, counts: Choosing | None, gave: Giving) -> CompiledGrant:
    project = facts.project
    timeline = timeline_of(grant, grace=project.grace, counts=counts)
    limits = limits_of(grant, facts.outline, facts.progress, starts_at=timeline.starts_at, project=project)
    return CompiledGrant(grant.order.id, grant, timeline, limits, gave(timeline))

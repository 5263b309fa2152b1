"""Combine the grants of one product into one answer for each span of time.

Home of A7. Law: an answer is constant until its `next_change_at` and different from then on; None if it never changes
by time alone.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

import attrs

from kwiga_orders.access import NO_ORDER, Access, closed_access, open_access, speaking_rank
from kwiga_orders.plans.grant_plan import CompiledGrant
from kwiga_orders.plans.micros import ALWAYS, NEVER, instant_of
from kwiga_orders.values import changed

__all__ = ["OpenSpan", "Span", "Spans"]


@attrs.frozen
class OpenSpan:
    """A span of time from `starts` on, in which the status of no grant changes, with the grants that are open."""

    starts: int
    open: tuple[CompiledGrant, ...]

    def mask(self, at: int) -> int:
        """Give the lessons that are open at an instant within it, as bits."""
        mask = 0
        for grant in self.open:
            mask |= grant.mask(at)
        return mask

    def masks(self, until: int) -> Iterator[tuple[int, int]]:
        """Give the lessons that are open from its start on, and after each change up to `until`."""
        starts = self.starts
        # The start of the span counts as a change, for the first mask.
        within = {max(at, starts) for grant in self.open for at in grant.changes if at < until}
        return ((at, self.mask(at)) for at in sorted({starts, *within}))


@attrs.frozen
class Span(OpenSpan):
    """A span with the answer for it.

    `speaker` is the grant that gives the reasons. If the product is closed, A6 chooses it; if the product is open,
    there is a speaker only if exactly one grant is open.
    """

    speaker: CompiledGrant | None
    access: Access


@attrs.frozen
class Spans:
    """The merged timelines of the grants of one product, in order of number; the first span has no start.

    The answer for a span is computed at the first question, because most spans are never needed.
    """

    grants: tuple[CompiledGrant, ...]
    has_comments: bool
    starts: list[int]
    _spans: dict[int, Span] = attrs.field(factory=dict, init=False, eq=False, repr=False)
    _answers: dict[int, Access] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    @classmethod
    def of(cls, grants: Sequence[CompiledGrant], *, has_comments: bool) -> "Spans":
        """Merge the timelines of grants."""
        starts = sorted({ALWAYS}.union(*[grant.timeline.starts for grant in grants]))
        return cls(tuple(grants), has_comments, starts)

    def at(self, at: int) -> Span:
        """Give the span that an instant lies in."""
        number = bisect_right(self.starts, at) - 1
        span = self._spans.get(number)
        if span is None:
            start, answer = self.starts[number], self._answer(number)
            is_open = self._open(start)
            match is_open:
                case (only,):
                    # A single open grant gives the reasons of closed lessons: no other grant can open them.
                    speaker: CompiledGrant | None = only
                case ():
                    speaker = self._speaker(start)
                case _:
                    speaker = None
            later = range(number + 1, len(self.starts))
            # A7: the next change is the next span with another answer, which need not be the next span.
            change = next((self.starts[other] for other in later if self._answer(other) != answer), None)
            access = answer if change is None else changed(answer, next_change_at=instant_of(change))
            span = self._spans[number] = Span(start, is_open, speaker, access)
        return span

    def bounds(self, at: int) -> tuple[int, int]:
        """Give the start and the end of the span that an instant lies in."""
        number = bisect_right(self.starts, at)
        return self.starts[number - 1], self.starts[number] if number < len(self.starts) else NEVER

    def opened(self) -> Iterator[tuple[OpenSpan, int]]:
        """Give every span with its end and its open grants."""
        for start, until in zip(self.starts, [*self.starts[1:], NEVER], strict=True):
            yield OpenSpan(start, self._open(start)), until

    def _open(self, start: int) -> tuple[CompiledGrant, ...]:
        return tuple([grant for grant in self.grants if grant.timeline.is_open(start)])

    def _answer(self, number: int) -> Access:
        """Give the answer for a span without its next change."""
        answer = self._answers.get(number)
        if answer is None:
            answer = self._answers[number] = self._put_together(self.starts[number])
        return answer

    def _put_together(self, start: int) -> Access:
        is_open = self._open(start)
        if is_open:
            return open_access([grant.timeline.at(start) for grant in is_open], has_comments=self.has_comments)
        speaker = self._speaker(start)
        return NO_ORDER if speaker is None else closed_access(speaker.timeline.at(start))

    def _speaker(self, at: int) -> CompiledGrant | None:
        def rank(grant: CompiledGrant) -> tuple[bool, int, bool, int]:
            return speaking_rank(grant.timeline.at(at), grant.timeline.next_open(at))

        return min(self.grants, key=rank, default=None)

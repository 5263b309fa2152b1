"""The grants of one product as one answer, span by span.

Home of A7. Law: an answer is constant up to its next change, and changes at it; if it never changes by itself, it names
none.
"""

from collections.abc import Iterator, Sequence

import attrs

from kwiga_orders.access import NO_ORDER, Access, closed_access, open_access, speaking_rank
from kwiga_orders.plans.grant_plan import CompiledGrant
from kwiga_orders.plans.micros import ALWAYS, instant_of
from kwiga_orders.values import changed

__all__ = ["Span", "spans_of"]


@attrs.frozen
class Span:
    """A span of time from `starts` on, in which the status of no grant changes.

    `speaker` is the grant whose reasons count: of a closed product the one that speaks (A6); of an open one the only
    one, if it is.
    """

    starts: int
    open: tuple[CompiledGrant, ...]
    speaker: CompiledGrant | None
    access: Access

    def mask(self, at: int) -> int:
        """Give the lessons that are open at an instant within it, as bits."""
        mask = 0
        for grant in self.open:
            mask |= grant.mask(at)
        return mask

    def masks(self, until: int) -> Iterator[tuple[int, int]]:
        """Give the lessons that are open from its start on, and after each change up to `until`."""
        starts = self.starts
        within = {at for grant in self.open for at in grant.changes if starts < at < until}
        return ((at, self.mask(at)) for at in sorted({starts, *within}))


def spans_of(grants: Sequence[CompiledGrant], *, has_comments: bool) -> list[Span]:
    """Merge the timelines of grants, which are in order of number; the first span is from ever."""
    starts = sorted({ALWAYS}.union(*[grant.timeline.starts for grant in grants]))
    found: list[Span] = []
    last: Access | None = None
    change: int | None = None
    follower: int | None = None
    # from the last one back, since the next change of each is found among those that follow it
    for start in reversed(starts):
        is_open = tuple([grant for grant in grants if not grant.timeline.at(start).reasons])
        speaker = None if is_open else _speaker(grants, start)
        answer = _answer(is_open, speaker, start, has_comments=has_comments)
        if answer != last:
            last, change = answer, follower
        access = answer if change is None else changed(answer, next_change_at=instant_of(change))
        only = is_open[0] if len(is_open) == 1 else speaker
        found.append(Span(start, is_open, only, access))
        follower = start
    return found[::-1]


def _answer(is_open: Sequence[CompiledGrant], speaker: CompiledGrant | None, at: int, *, has_comments: bool) -> Access:
    if is_open:
        return open_access([grant.timeline.at(at) for grant in is_open], has_comments=has_comments)
    return NO_ORDER if speaker is None else closed_access(speaker.timeline.at(at))


def _speaker(grants: Sequence[CompiledGrant], at: int) -> CompiledGrant | None:
    if len(grants) == 1:
        return grants[0]
    return min(
        grants, key=lambda grant: speaking_rank(grant.timeline.at(at), grant.timeline.next_open(at)), default=None
    )

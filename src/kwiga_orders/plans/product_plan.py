"""Several grants of one product as one answer.

Laws (A6, A7):

1. The product is open if any grant is; more grants never take access away.
2. Open, it rests on all open grants: the earliest start and the latest end among them, for ever wins.
3. Closed, one grant speaks: the one that opens soonest by itself, else the newest activated one, else the newest.
   Superseded twins and cancelled orders speak only if nothing else is there.
4. The answer is constant up to its next change, and changes at it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from kwiga_orders.orders.window import LineWindow
from kwiga_orders.plans.answers import Access, Reason, ReasonCode
from kwiga_orders.plans.grant_plan import CompiledGrant
from kwiga_orders.plans.micros import ALWAYS, instant_of

__all__ = ["Span", "spans_of"]

NO_ORDER = Reason(ReasonCode.NO_ORDER)
"""A contact without any order for the product (A1)."""


@attrs.frozen
class Span:
    """A stretch of time from `starts` on, in which no grant changes.

    `speaker` is whose reasons count: of a closed product the one of law 3; of an open one the only one, if it is.
    """

    starts: int
    open: tuple[CompiledGrant, ...]
    speaker: CompiledGrant | None
    access: Access

    def mask(self, at: int) -> int:
        """Give the lessons that are open at an instant within it, as bits."""
        mask = 0
        for right in self.open:
            mask |= right.mask(at)
        return mask


_Answer = tuple[bool, tuple[Reason, ...], datetime | None, datetime | None, tuple[str, ...], bool]
"""Open, reasons, start, end, orders, comments: the whole answer but its next change."""


def spans_of(rights: Sequence[CompiledGrant], *, has_comments: bool) -> list[Span]:
    """Merge the timelines of `rights`, which are in order of number; the first stretch is from ever."""
    starts = sorted({ALWAYS}.union(*[right.timeline.starts for right in rights]))
    found: list[Span] = []
    last: _Answer | None = None
    change: int | None = None
    follower: int | None = None
    # from the last one back, since the next change of each is found among those that follow it
    for start in reversed(starts):
        is_open = tuple([right for right in rights if not right.timeline.at(start).reasons])
        speaker = _speaker(is_open or rights, start)
        answer = _open(is_open, start, has_comments=has_comments) if is_open else _closed(speaker, start)
        if answer != last:
            last, change = answer, follower
        speaks = None if len(is_open) > 1 else speaker
        found.append(Span(start, is_open, speaks, _access(answer, change)))
        follower = start
    return found[::-1]


def _access(answer: _Answer, change: int | None) -> Access:
    is_open, reasons, starts_at, ends_at, orders, comments = answer
    return Access(
        open=is_open,
        reasons=reasons,
        starts_at=starts_at,
        ends_at=ends_at,
        next_change_at=None if change is None else instant_of(change),
        orders=orders,
        comments=comments,
    )


def _open(rights: Sequence[CompiledGrant], at: int, *, has_comments: bool) -> _Answer:
    windows = [window for right in rights if (window := right.timeline.at(at).window) is not None]
    starts_at = min([window.starts_at for window in windows])
    comments = has_comments and any(right.comments for right in rights)
    return True, (), starts_at, _latest(windows), tuple([right.order for right in rights]), comments


def _latest(windows: Iterable[LineWindow]) -> datetime | None:
    latest = None
    for window in windows:
        if window.end is None:
            return None
        latest = window.end if latest is None else max(latest, window.end)
    return latest


def _closed(speaker: CompiledGrant | None, at: int) -> _Answer:
    if speaker is None:
        return False, (NO_ORDER,), None, None, (), False
    standing = speaker.timeline.at(at)
    window = standing.window
    if window is None:
        return False, standing.reasons, None, None, (speaker.order,), False
    return False, standing.reasons, window.starts_at, window.end, (speaker.order,), False


def _speaker(rights: Sequence[CompiledGrant], at: int) -> CompiledGrant | None:
    if len(rights) == 1:
        return rights[0]
    first_hand = [right for right in rights if not _is_second_choice(right, at)]
    return min(first_hand or rights, key=lambda right: _rank(right, at), default=None)


def _is_second_choice(right: CompiledGrant, at: int) -> bool:
    return right.grant.order.superseded_by is not None or right.timeline.at(at).is_cancelled


def _rank(right: CompiledGrant, at: int) -> tuple[int, bool, int]:
    """Rank by what opens soonest, then the activated, then the newest."""
    return right.timeline.next_open(at), right.timeline.at(at).window is None, -right.grant.order.number

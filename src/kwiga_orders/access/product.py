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

from kwiga_orders.access.answers import Access, Reason, ReasonCode
from kwiga_orders.access.instants import ALWAYS, instant_of
from kwiga_orders.access.rights import Right

__all__ = ["Stretch", "stretches_of"]

NO_ORDER = Reason(ReasonCode.NO_ORDER)
"""A contact without any order for the product (A1)."""


@attrs.frozen
class Stretch:
    """A stretch of time from `starts` on, in which no grant changes; closed, `speaker` speaks, if there is one."""

    starts: int
    open: tuple[Right, ...]
    speaker: Right | None
    access: Access


def stretches_of(rights: Sequence[Right], *, has_comments: bool) -> list[Stretch]:
    """Merge the timelines of `rights`, which are in order of number; the first stretch is from ever."""
    starts = sorted({ALWAYS}.union(*(right.timeline.starts for right in rights)))
    stretches = [_stretch(rights, start, has_comments=has_comments) for start in starts]
    return _with_next_change(stretches)


def _stretch(rights: Sequence[Right], at: int, *, has_comments: bool) -> Stretch:
    is_open = tuple(right for right in rights if right.timeline.at(at).is_open)
    if is_open:
        return Stretch(at, is_open, None, _open(is_open, at, has_comments=has_comments))
    speaker = _speaker(rights, at)
    access = Access(open=False, reasons=(NO_ORDER,)) if speaker is None else _closed(speaker, at)
    return Stretch(at, (), speaker, access)


def _open(rights: Sequence[Right], at: int, *, has_comments: bool) -> Access:
    windows = [window for right in rights if (window := right.timeline.at(at).window) is not None]
    return Access(
        open=True,
        starts_at=min(window.starts_at for window in windows),
        ends_at=_latest(window.end for window in windows),
        orders=tuple(right.order for right in rights),
        comments=has_comments and any(right.comments for right in rights),
    )


def _latest(ends: Iterable[datetime | None]) -> datetime | None:
    latest = None
    for end in ends:
        if end is None:
            return None
        latest = end if latest is None else max(latest, end)
    return latest


def _closed(speaker: Right, at: int) -> Access:
    standing = speaker.timeline.at(at)
    return Access(
        open=False,
        reasons=standing.reasons,
        starts_at=None if standing.window is None else standing.window.starts_at,
        ends_at=None if standing.window is None else standing.window.end,
        orders=(speaker.order,),
    )


def _speaker(rights: Sequence[Right], at: int) -> Right | None:
    first_hand = [right for right in rights if not _is_second_choice(right, at)]
    return min(first_hand or rights, key=lambda right: _rank(right, at), default=None)


def _is_second_choice(right: Right, at: int) -> bool:
    return right.grant.order.superseded_by is not None or right.timeline.at(at).is_cancelled


def _rank(right: Right, at: int) -> tuple[int, bool, int]:
    """Rank by what opens soonest, then the activated, then the newest."""
    return right.timeline.next_open(at), right.timeline.at(at).window is None, -right.grant.order.number


def _with_next_change(stretches: list[Stretch]) -> list[Stretch]:
    found = stretches[-1:]
    for stretch, follower in zip(reversed(stretches[:-1]), reversed(stretches[1:]), strict=True):
        is_same = stretch.access == follower.access
        change = found[-1].access.next_change_at if is_same else instant_of(follower.starts)
        found.append(attrs.evolve(stretch, access=attrs.evolve(stretch.access, next_change_at=change)))
    return found[::-1]

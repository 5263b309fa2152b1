"""Events of lines and of their windows of access (O7, O13, A9-A13)."""

from datetime import datetime
from typing import ClassVar

import attrs

from kwiga_orders.commands import UNSET, Unset
from kwiga_orders.money import Money
from kwiga_orders.orders.state import Line, Terms
from kwiga_orders.periods import Period

__all__ = [
    "AccessEndSet",
    "AccessExtended",
    "AccessFrozen",
    "AccessUnfrozen",
    "LineAdded",
    "LineEdited",
    "LineFields",
    "LineFollowed",
    "LineRemoved",
]


@attrs.frozen(kw_only=True)
class LineAdded:
    """A product was added (O13)."""

    name: ClassVar[str] = "line.added"
    line: Line


@attrs.frozen(kw_only=True)
class LineFields:
    """The fields of a line that an edit changed."""

    price: Money | Unset = UNSET
    source: Terms | Unset = UNSET
    curators: tuple[str, ...] | Unset = UNSET


@attrs.frozen(kw_only=True)
class LineEdited:
    """Price, terms or curators of a line changed (O7, L11)."""

    name: ClassVar[str] = "line.edited"
    product: str
    before: LineFields
    after: LineFields


@attrs.frozen(kw_only=True)
class LineRemoved:
    """A product was removed (O13)."""

    name: ClassVar[str] = "line.removed"
    product: str


@attrs.frozen(kw_only=True)
class LineFollowed:
    """A line follows its offer again, from that version on (O7)."""

    name: ClassVar[str] = "line.followed"
    product: str
    since: int


@attrs.frozen(kw_only=True)
class AccessExtended:
    """The end of a line's access was extended (A9)."""

    name: ClassVar[str] = "access.extended"
    product: str
    by: Period
    reason: str | None = None


@attrs.frozen(kw_only=True)
class AccessEndSet:
    """The end of a line's access was set (A10)."""

    name: ClassVar[str] = "access.end_set"
    product: str
    at: datetime | None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class AccessFrozen:
    """A line's access was frozen, now or from a later instant (A11)."""

    name: ClassVar[str] = "access.frozen"
    product: str
    starts_at: datetime
    ends_at: datetime
    reason: str | None = None


@attrs.frozen(kw_only=True)
class AccessUnfrozen:
    """The freeze of a line with the start `starts_at` was ended early, or cancelled before it began (A11)."""

    name: ClassVar[str] = "access.unfrozen"
    product: str
    starts_at: datetime
    reason: str | None = None

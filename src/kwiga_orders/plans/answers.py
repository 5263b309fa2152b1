"""What the questions about access answer: open, or closed with every reason and the instants that belong to them.

Answers are values; they hold no text (N3) and are the same however often they are asked for.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import attrs

__all__ = ["Access", "Entry", "EntryKind", "LessonDecision", "Lessons", "Reason", "ReasonCode"]


class ReasonCode(StrEnum):
    """Why something is closed, in the order in which reasons are given (A5, L1)."""

    NO_ORDER = "no_order"
    ORDER_CANCELLED = "order_cancelled"
    REFUNDED = "refunded"
    LINE_REFUNDED = "line_refunded"
    NOT_PAID = "not_paid"
    NOT_STARTED = "not_started"
    EXPIRED = "expired"
    SUBSCRIPTION_LAPSED = "subscription_lapsed"
    FROZEN = "frozen"
    PAYMENT_DUE = "payment_due"
    NOT_INCLUDED = "not_included"
    DELAYED = "delayed"
    LESSON_CLOSED = "lesson_closed"
    CHECKPOINT = "checkpoint"


@attrs.frozen
class Reason:
    """One reason: its code, the order it comes from, the instant that belongs to it, the payment that is due (A5).

    `until` is the start, the end that passed, the end of the freeze, the opening or the closing of a lesson (L4).
    """

    code: ReasonCode
    order: str | None = None
    until: datetime | None = None
    payment: str | None = None


@attrs.frozen(kw_only=True)
class Access:
    """Whether a product is open, on which orders that rests, and why not (A5, A6).

    It is constant up to `next_change_at` and changes at it; None: it never changes by itself (A7).
    """

    open: bool
    reasons: tuple[Reason, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    next_change_at: datetime | None = None
    orders: tuple[str, ...] = ()
    comments: bool = False


@attrs.frozen
class LessonDecision:
    """Whether a lesson is open, why not, and when time alone opens it (L1)."""

    open: bool
    reasons: tuple[Reason, ...] = ()
    opens_at: datetime | None = None


@attrs.frozen(kw_only=True)
class Lessons:
    """All lessons of a product: the open ones in course order, the closed ones with the decision on each.

    `sections` are the open sections of closed lessons (L2).
    """

    open: tuple[str, ...]
    closed: Mapping[str, LessonDecision]
    sections: tuple[str, ...]


class EntryKind(StrEnum):
    """What happens at an instant of the schedule, in the order in which things at one instant are listed (L12)."""

    LESSON_OPENS = "lesson_opens"
    LESSON_CLOSES = "lesson_closes"
    ACCESS_STARTS = "access_starts"
    ACCESS_ENDS = "access_ends"
    FREEZE_STARTS = "freeze_starts"
    FREEZE_ENDS = "freeze_ends"
    PAYMENT_DUE = "payment_due"


@attrs.frozen
class Entry:
    """One entry of a schedule (L12)."""

    at: datetime
    what: EntryKind
    lesson: str | None = None

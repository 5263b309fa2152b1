"""Who may learn what, and when: the rules of access.

Laws:

1. Only an activated order gives access, within its window, unless something blocks it (A1-A5).
2. If access is closed, all reasons are given, in a fixed order; the first is the headline (A5, L1).
3. Blocks are independent: lifting one never lifts another (A5).
4. Several orders may give one product. An additional order never takes access away (A6).
5. A lesson is open if its product is, it is in scope, its delay is over, it has not closed, and every checkpoint
   before it is passed (L1-L8).
6. No rule reads a clock and no job has to run: a question can be about any instant (T6, A8).

`plans` compiles these definitions into integers, bits and change points, because a page of a course asks a hundred
questions. `orders.window` computes the window of a line (A2, A3, A9-A13).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders._moved import answers_for
from kwiga_orders.course import After, AtStart, Checkpoint, Delay, Lesson, Module, Practice, Progress
from kwiga_orders.money import Money
from kwiga_orders.orders.asked import asked_spans
from kwiga_orders.orders.refunds import closed_by_refund, refunded_spans
from kwiga_orders.orders.state import Frozen, Line, Order
from kwiga_orders.orders.window import LineWindow, Resolved, windows_known
from kwiga_orders.payments import Payment, overdue_at
from kwiga_orders.periods import Period, at_local, begins, later, next_local_time, wall_length, zone_named
from kwiga_orders.project import Project
from kwiga_orders.terms import AccessTerms, All, AsCourse, NoPractices, OverrideCheckpoints, OverrideDelays
from kwiga_orders.values import maker

if not TYPE_CHECKING:  # in the first edition these were here, too
    _MOVED = {
        **dict.fromkeys(("OpenLessons", "Plan", "compile_plan", "late_lessons"), "kwiga_orders.plans"),
        **dict.fromkeys(("lessons_in_scope", "required_practices"), "kwiga_orders.certificate"),
    }
    __getattr__ = answers_for(__name__, _MOVED)

__all__ = [
    "NO_ORDER",
    "Access",
    "Block",
    "Checkpointed",
    "Entry",
    "EntryKind",
    "Grant",
    "GrantStatus",
    "LessonDecision",
    "Lessons",
    "Placed",
    "Reason",
    "ReasonCode",
    "Reasons",
    "blocks_of",
    "checkpoints_ahead",
    "closed_access",
    "closes_access_at",
    "closings_of",
    "counted",
    "delays_of",
    "freed_lessons",
    "is_included",
    "is_required",
    "kept_open",
    "lesson_reasons",
    "open_access",
    "reasons_at",
    "speaking_rank",
    "windows_of",
]


# Answers and reasons (A5, L1). They hold no text (N3).


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
    """One reason: its code, its order, and details that depend on the code (A5).

    `until` is the start of access, its past end, the end of a freeze, or the opening or closing of a lesson (L4).
    `payment` is the overdue one, with the amount it asks for, and `since` is when it closed access (P8). `checkpoint`
    is the lesson of the checkpoint, `lessons` are those with practices still to do (L6).
    """

    code: ReasonCode
    order: str | None = None
    until: datetime | None = None
    payment: str | None = None
    asked: Money | None = None
    since: datetime | None = None
    checkpoint: str | None = None
    lessons: tuple[str, ...] = ()


Reasons = tuple[Reason, ...]
"""In order (A5, L1)."""


@attrs.frozen(kw_only=True)
class Access:
    """Whether a product is open, by which orders, and why not (A5, A6).

    The answer is the same until `next_change_at`, when it changes; None means that it never changes by time alone (A7).
    """

    open: bool
    reasons: Reasons = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    next_change_at: datetime | None = None
    orders: tuple[str, ...] = ()
    comments: bool = False


@attrs.frozen
class LessonDecision:
    """Whether a lesson is open, why not, and when it opens by time alone (L1)."""

    open: bool
    reasons: Reasons = ()
    opens_at: datetime | None = None


@attrs.frozen(kw_only=True)
class Lessons:
    """All lessons of a product: the open ones in course order, the closed ones, open sections of closed ones (L2)."""

    open: tuple[str, ...]
    closed: Mapping[str, LessonDecision]
    sections: tuple[str, ...]


class EntryKind(StrEnum):
    """What happens at an instant of the schedule, in the order in which entries of one instant are listed (L12)."""

    LESSON_OPENS = "lesson_opens"
    LESSON_CLOSES = "lesson_closes"
    ACCESS_STARTS = "access_starts"
    ACCESS_ENDS = "access_ends"
    FREEZE_STARTS = "freeze_starts"
    FREEZE_ENDS = "freeze_ends"
    PAYMENT_DUE = "payment_due"


@attrs.frozen
class Entry:
    """One entry of a schedule; `after_checkpoint` is the lesson whose checkpoint must be passed before (L12)."""

    at: datetime
    what: EntryKind
    lesson: str | None = None
    after_checkpoint: str | None = None
    order: str | None = None
    payment: str | None = None


# One grant: its window, and what blocks it (A1-A5, P8, P9)


@attrs.frozen(kw_only=True)
class Grant:
    """The access that a line of an order gives, with the line's current terms."""

    order: Order
    line: Line
    resolved: Resolved

    @property
    def terms(self) -> AccessTerms:
        """The access terms of the line."""
        return self.resolved.terms


@attrs.frozen
class Block:
    """A reason that closes a grant during `[starts_at, ends_at)`; None means without start or without end."""

    starts_at: datetime | None
    ends_at: datetime | None
    reason: Reason

    def holds(self, at: datetime) -> bool:
        """Tell whether it applies at an instant."""
        return (self.starts_at is None or self.starts_at <= at) and (self.ends_at is None or at < self.ends_at)


@attrs.frozen
class GrantStatus:
    """The status of a grant at an instant: open if there are no reasons. Before activation there is no window."""

    grant: Grant
    reasons: Reasons
    window: LineWindow | None


def reasons_at(grant: Grant, at: datetime, *, grace: Period | None) -> Reasons:
    """Give the reasons that close a grant at an instant, in order; none if it is open."""
    windows = windows_of(grant, grace=grace)
    return tuple([block.reason for block in blocks_of(grant, windows, grace=grace) if block.holds(at)])


def windows_of(grant: Grant, *, grace: Period | None) -> list[tuple[datetime, LineWindow]]:
    """Give the windows of a grant, each with the instant when it became known; only a subscription has several (T6)."""
    return windows_known(grant.order, grant.line, grant.terms, grace=grace)


def blocks_of(grant: Grant, windows: Sequence[tuple[datetime, LineWindow]], *, grace: Period | None) -> Iterator[Block]:
    """Give all blocks of a grant, in the order in which reasons are given. Home of A1 and A5."""
    order = grant.order
    if order.cancelled_at is not None:
        yield Block(order.cancelled_at, None, Reason(ReasonCode.ORDER_CANCELLED, order.id))
    for span in refunded_spans(order):
        yield Block(span.starts_at, span.ends_at, Reason(ReasonCode.REFUNDED, order.id))
    for span in closed_by_refund(order, grant.line.product):
        yield Block(span.starts_at, span.ends_at, Reason(ReasonCode.LINE_REFUNDED, order.id))
    yield Block(None, order.activated_at, Reason(ReasonCode.NOT_PAID, order.id))
    if order.activated_at is None:
        # A5: without a window there are no further reasons
        return
    yield from _around_windows(order.id, windows)
    for freeze in grant.line.freezes:
        reason = Reason(ReasonCode.FROZEN, order.id, freeze.ends_at)
        yield Block(max(freeze.starts_at, order.activated_at), freeze.ends_at, reason)
    yield from _payments_due(order, grace, order.activated_at)


def _around_windows(order: str, windows: Sequence[tuple[datetime, LineWindow]]) -> Iterator[Block]:
    """Give the blocks before the start and after the end (A2, A3), and for the lapses of a subscription (P13)."""
    for number, (known_at, window) in enumerate(windows, start=1):
        until = windows[number][0] if number < len(windows) else None
        expired = Reason(ReasonCode.EXPIRED, order, window.ends_at)
        if window.is_empty():
            # A4: a window that an edit of the offer made empty counts as ended at any instant
            yield Block(known_at, until, expired)
        elif number == 1 or known_at < window.starts_at:
            reason = Reason(ReasonCode.NOT_STARTED, order, window.starts_at)
            yield Block(known_at, _earliest(until, window.starts_at), reason)
        if window.ends_at is not None and not window.is_empty():
            yield Block(max(known_at, window.ends_at), until, expired)
        for lapse in window.lapses:
            reason = Reason(ReasonCode.SUBSCRIPTION_LAPSED, order, lapse.until)
            yield Block(max(known_at, lapse.starts_at), _earliest(until, lapse.ends_at), reason)


def closes_access_at(order: Order, payment: Payment, grace: Period | None) -> datetime:
    """Give when a payment that asks for money closes access: when it is overdue and grace is over. Home of P8."""
    zone = zone_named(order.zone)
    due_at = overdue_at(payment, zone)
    # P8: a payment that is added with a past due date does not close access before it was added.
    return max(due_at if grace is None else later(due_at, grace, zone=zone), payment.created_at)


def _payments_due(order: Order, grace: Period | None, activated_at: datetime) -> Iterator[Block]:
    """Give the blocks by overdue payments that ask for money, by due date; two payments are two reasons (A5)."""
    # P13: the payment of a period never closes access; the lapse does
    closing = [payment for payment in order.payments if payment.closes_access and payment.period is None]
    if not closing:
        return
    asked = asked_spans(order)
    for payment in sorted(closing, key=attrgetter("due_at")):
        spans = [one for one in asked.get(payment.id, ()) if one.ends_at is None or payment.due_at < one.ends_at]
        if not spans:
            continue  # paid in time, as most are
        since = closed_from = closes_access_at(order, payment, grace)
        last_end = None
        for span in spans:
            # If two spans touch, only the amount changed and `since` stays; after a gap `since` is new.
            if span.starts_at != last_end:
                since = max(closed_from, span.starts_at)
            last_end = span.ends_at
            reason = _reason(ReasonCode.PAYMENT_DUE, order.id, None, payment.id, asked=span.amount, since=since)
            yield _block(max(closed_from, span.starts_at, activated_at), span.ends_at, reason)


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)


# Several grants of one product (A6)

Instant = TypeVar("Instant", datetime, int)

NO_ORDER = Access(open=False, reasons=(Reason(ReasonCode.NO_ORDER),))
"""The answer for a contact without any order for the product (A1)."""


def open_access(statuses: Sequence[GrantStatus], *, has_comments: bool) -> Access:
    """Give the answer for an open product, from all open grants in order of number (A6). Home of L10."""
    windows = [status.window for status in statuses if status.window is not None]
    ends = [window.end for window in windows]
    return _access(
        open=True,
        starts_at=min([window.starts_at for window in windows]),
        # A6: the earliest start and the latest end; for ever wins
        ends_at=None if None in ends else max([end for end in ends if end is not None]),
        orders=tuple([status.grant.order.id for status in statuses]),
        # one grant that does not switch comments off is enough
        comments=has_comments and any(status.grant.terms.comments != "off" for status in statuses),
    )


def closed_access(status: GrantStatus) -> Access:
    """Give the answer for a closed product, with the reasons of one grant (A6)."""
    window = status.window
    return _access(
        open=False,
        reasons=status.reasons,
        starts_at=None if window is None else window.starts_at,
        ends_at=None if window is None else window.end,
        orders=(status.grant.order.id,),
    )


def speaking_rank(status: GrantStatus, opens: Instant) -> tuple[bool, Instant, bool, int]:
    """Rank grants: the lowest one gives the reasons of a closed product. Home of A6.

    That is the one that opens soonest by time alone (`opens`), else the newest activated one, else the newest order.
    Superseded twins and cancelled orders come after all others.
    """
    order = status.grant.order
    is_cancelled = any(reason.code is ReasonCode.ORDER_CANCELLED for reason in status.reasons)
    is_second_choice = order.superseded_by is not None or is_cancelled
    return is_second_choice, opens, status.window is None, -order.number


_access, _block, _reason = maker(Access), maker(Block), maker(Reason)


# Lessons: what is in scope (L2)

Placed = tuple[Module, Lesson]
"""A lesson with its module."""


def is_included(grant: Grant, module: Module, lesson: Lesson) -> bool:
    """Tell whether a lesson is in scope. Home of L2."""
    scope = grant.terms.scope
    if isinstance(scope, All) or lesson.id in scope.lessons:
        return True
    # a named module includes the lessons it had when the order or line was made, or when the scope was last set
    named_at = max(filter(None, (grant.order.created_at, grant.line.added_at, grant.resolved.scope_set_at)))
    if lesson.added_at is None or lesson.added_at <= named_at:
        return module.id in scope.modules
    return scope.include_new if isinstance(scope.include_new, bool) else module.id in scope.include_new


# When lessons open and close (L3-L5)


def delays_of(terms: AccessTerms, lessons: Sequence[Placed]) -> list[Delay | None]:
    """Give the delay of each lesson, None for no delay: its own, else its module's. Home of L3."""
    delays = terms.delays
    if isinstance(delays, AsCourse):
        return [module.delay if lesson.delay is None else lesson.delay for module, lesson in lessons]
    if isinstance(delays, OverrideDelays):
        own, of_module = delays.lessons, delays.modules
        return [own.get(lesson.id) or of_module.get(module.id) for module, lesson in lessons]
    return [None] * len(lessons)


def closings_of(terms: AccessTerms, lessons: Sequence[Placed]) -> list[Delay | None]:
    """Give when each lesson closes, None for never; terms without delays have no closings. Home of L5."""
    if isinstance(terms.delays, AsCourse | OverrideDelays):
        return [lesson.closes for _, lesson in lessons]
    return [None] * len(lessons)


def counted(delay: Delay | None, *, starts_at: datetime, freezes: Iterable[Frozen], zone: ZoneInfo) -> datetime:
    """Give the instant of a delay or a closing, counted from the start of access (L3, L5).

    A delay by a period has the local time of day of the start, or the time of day that it names. Freezes that began
    before it move it: first by the sum of their lengths, then to the next such time of day (A11). A delay until a date
    stays. No instant is before the start of access. `freezes` are sorted by their beginning.
    """
    if delay is None or isinstance(delay, AtStart):
        return starts_at
    if not isinstance(delay, After):
        return max(starts_at, begins(delay.at, zone=zone))
    # T2: calendar periods are counted on the wall clock; only the result becomes an instant.
    wall = delay.period.after(starts_at.astimezone(zone).replace(tzinfo=None))
    if delay.at is not None:
        wall = datetime.combine(wall.date(), delay.at)
    frozen = timedelta()
    for freeze in freezes:
        if freeze.starts_at < at_local(wall + frozen, zone=zone):
            # A11: frozen time before the start does not count
            frozen += wall_length(max(freeze.starts_at, starts_at), freeze.ends_at, zone=zone)
    instant = at_local(wall + frozen, zone=zone)
    if frozen and delay.at is not None:
        instant = next_local_time(instant, delay.at, zone=zone)
    # L3: a named date may lie before access starts, but nothing opens before that.
    return max(starts_at, instant)


def freed_lessons(progress: Progress, project: Project) -> frozenset[str]:
    """Give the lessons that neither a delay nor a checkpoint closes: those completed or begun. Home of L9."""
    return progress.completed | progress.begun if project.grandfather_completed else frozenset()


def kept_open(own: Instant, *, starts: Instant, opened: Instant) -> Instant:
    """Give when the delay of a lesson is over, if an earlier activated order may have opened the lesson. Home of L14.

    In this order alone the delay is over at `own`, and access starts at `starts`. In the earlier order the lesson was
    first open at `opened`; from then on this order has no delay either (decision 0041).
    """
    return min(own, max(starts, opened))


# Checkpoints and practices (L6-L8)


def is_required(practice: Practice, terms: AccessTerms) -> bool:
    """Tell whether terms require a practice of the course. Home of L7."""
    if isinstance(terms.practices, AsCourse):
        return practice.required
    return not isinstance(terms.practices, NoPractices) and practice.id in terms.practices.required


def _checkpoints(terms: AccessTerms, lessons: Sequence[Placed]) -> list[Checkpoint | None]:
    """Give the checkpoint at each lesson, None if it has none. Home of L8."""
    if isinstance(terms.checkpoints, AsCourse):
        return [lesson.checkpoint for _, lesson in lessons]
    listed = terms.checkpoints.lessons if isinstance(terms.checkpoints, OverrideCheckpoints) else ()
    # L8: its release is the one in the course, by default acceptance
    return [(lesson.checkpoint or Checkpoint()) if lesson.id in listed else None for _, lesson in lessons]


@attrs.frozen
class Checkpointed:
    """A checkpoint that is not passed: the number and id of its lesson, and the lessons with practices still to do."""

    number: int
    lesson: str
    waits_for: tuple[str, ...]


def checkpoints_ahead(
    terms: AccessTerms, lessons: Sequence[Placed], progress: Progress, *, is_in_scope: Callable[[int], bool]
) -> list[Checkpointed]:
    """List the checkpoints that are not passed; all lessons after the first of them are closed. Home of L6.

    Each waits for the required practices of the lessons after the checkpoint before it, up to its own lesson. Practices
    out of scope never count. A checkpoint without practices is passed.
    """
    found: list[Checkpointed] = []
    checkpoints = _checkpoints(terms, lessons)
    if not any(checkpoints):
        return found
    first = 0
    for number, checkpoint in enumerate(checkpoints):
        if checkpoint is None:
            continue
        enough = ("accepted",) if checkpoint.release_on == "accepted" else ("accepted", "submitted")
        placed = enumerate(lessons[first : number + 1], first)
        since = [lesson for n, (_, lesson) in placed if lesson.practices and is_in_scope(n)]
        waits_for = [
            lesson.id
            for lesson in since
            if any(is_required(one, terms) and progress.practices.get(one.id) not in enough for one in lesson.practices)
        ]
        if waits_for:
            found.append(Checkpointed(number, lessons[number][1].id, tuple(waits_for)))
        first = number + 1
    return found


# The reasons of a closed lesson (L1, L4)


def lesson_reasons(of_product: Reasons, *, outside: Reasons, timed: Reasons, locked: Reasons) -> Reasons:
    """Give the reasons of a closed lesson; if the product is closed, only those without a window. Home of L1 and L4."""
    return of_product + outside + (() if of_product else timed) + locked

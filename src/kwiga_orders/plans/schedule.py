"""What time alone opens and closes, as a list: the schedule, and what opens too late.

Laws:

1. The schedule is of one order, and in order of instants (L12).
2. It tells what time does: progress, checkpoints and unpaid payments take nothing out of it.
3. Whatever would open at the end of access, or after it, is late (L13).
"""

from collections.abc import Iterator

from kwiga_orders.access import Entry, EntryKind, Grant, ReasonCode, closes_access_at
from kwiga_orders.course import Course
from kwiga_orders.orders.window import LineWindow, payment_of, window_if_paid
from kwiga_orders.payments import PaymentState
from kwiga_orders.periods import Period
from kwiga_orders.plans.counting import Counting
from kwiga_orders.plans.grant_plan import CompiledGrant
from kwiga_orders.plans.limits import Outline, opening_instants, scope_of
from kwiga_orders.plans.micros import NEVER, instant_of, micros

__all__ = ["entries_of", "late_lessons"]

_NO_MATTER_OF_TIME = {
    ReasonCode.ORDER_CANCELLED,
    ReasonCode.REFUNDED,
    ReasonCode.LINE_REFUNDED,
    ReasonCode.NOT_PAID,
}
"""What closes an order for good, as far as is known, so that its schedule is empty."""

_RANK = {kind: rank for rank, kind in enumerate(EntryKind)}


def entries_of(compiled: CompiledGrant, outline: Outline, *, grace: Period | None, known_at: int) -> list[Entry]:
    """List everything that time does to a grant as it stands at `known_at`, in order (L12)."""
    window = compiled.timeline.statuses[-1].window
    if window is None or any(one.code in _NO_MATTER_OF_TIME for one in compiled.timeline.at(known_at).reasons):
        return []
    entries = [*_of_window(compiled, outline, window), *_of_payments(compiled.grant, grace)]
    # the sort is stable: what comes at one instant stays in the order of the course
    return sorted(entries, key=lambda entry: (entry.at, _RANK[entry.what]))


def _of_window(compiled: CompiledGrant, outline: Outline, window: LineWindow) -> Iterator[Entry]:
    if window.end is not None and window.end <= window.starts_at:
        return
    yield from _of_lessons(compiled, outline, NEVER if window.end is None else micros(window.end))
    yield Entry(window.starts_at, EntryKind.ACCESS_STARTS)
    if window.end is not None:
        yield Entry(window.end, EntryKind.ACCESS_ENDS)
    for freeze in compiled.grant.line.freezes:
        if window.end is None or freeze.starts_at < window.end:
            yield Entry(freeze.starts_at, EntryKind.FREEZE_STARTS)
            yield Entry(freeze.ends_at, EntryKind.FREEZE_ENDS)


def _of_lessons(compiled: CompiledGrant, outline: Outline, ends: int) -> Iterator[Entry]:
    freezes = [(micros(freeze.starts_at), micros(freeze.ends_at)) for freeze in compiled.grant.line.freezes]
    for number, (_, lesson) in enumerate(outline.lessons):
        opens, closes = _thawed(compiled.limits.opens[number], freezes), compiled.limits.closes[number]
        if not compiled.limits.includes(number) or opens >= min(ends, closes):
            continue
        yield Entry(instant_of(opens), EntryKind.LESSON_OPENS, lesson.id)
        if closes < ends:
            yield Entry(instant_of(closes), EntryKind.LESSON_CLOSES, lesson.id)


def _thawed(opens: int, freezes: list[tuple[int, int]]) -> int:
    """Give when a lesson opens that is held up by a freeze."""
    for starts, ends in freezes:
        if starts <= opens < ends:
            opens = ends
    return opens


def _of_payments(grant: Grant, grace: Period | None) -> Iterator[Entry]:
    for payment in grant.order.payments:
        if payment.closes_access and payment.state is PaymentState.UNPAID:
            yield Entry(closes_access_at(grant.order, payment, grace), EntryKind.PAYMENT_DUE)


def late_lessons(grant: Grant, *, course: Course) -> tuple[str, ...]:
    """List the lessons in scope that would open only when access has ended (L13).

    Before activation it is judged as if the order had been activated at its creation. What a subscription is paid
    through moves with each payment, so it makes nothing late; the end of its terms does.
    """
    order = grant.order
    paid_at = payment_of(order, grant.line) or max(filter(None, (order.created_at, grant.line.added_at)))
    window = window_if_paid(order, grant.line, grant.terms, paid_at=paid_at, grace=None, at=paid_at)
    if window.ends_at is None:
        return ()
    outline, ends = Outline.of(course), micros(window.ends_at)
    opens = opening_instants(Counting.of(grant.line, window.starts_at, zone=order.zone), grant.terms, outline)
    scope = scope_of(grant, outline)
    return tuple(id for number, id in enumerate(outline.ids) if scope >> number & 1 and opens[number] >= ends)

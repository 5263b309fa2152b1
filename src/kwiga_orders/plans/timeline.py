"""How a grant stands from instant to instant: open, or closed with all reasons that apply.

Laws:

1. Each reason is a stretch of time `[from, until)` that follows from facts; lifting one never lifts another (A5).
2. Before activation only what is left without a window is told: cancelled, refunded, not paid (A1, A5).
3. What has a moment acts from it; what shapes the window is known for all of it (T6).
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import attrs

from kwiga_orders.orders import subscriptions
from kwiga_orders.orders.state import Line, Order
from kwiga_orders.orders.window import LineWindow, Resolved, payment_of, window_if_paid
from kwiga_orders.payments import Payment, PaymentStatus
from kwiga_orders.periods import Period, later, zone_named
from kwiga_orders.plans.answers import Reason, ReasonCode
from kwiga_orders.plans.micros import ALWAYS, NEVER, micros

__all__ = ["Grant", "GrantStatus", "Timeline", "closes_access_at", "timeline_of"]


@attrs.frozen(kw_only=True)
class Grant:
    """The right of access that a line of an order gives, on the terms the line has now."""

    order: Order
    line: Line
    resolved: Resolved


@attrs.frozen
class GrantStatus:
    """A grant during a stretch of time: open if there are no reasons; no window before activation."""

    reasons: tuple[Reason, ...]
    window: LineWindow | None

    @property
    def is_cancelled(self) -> bool:
        """Whether its order is cancelled: the first reason of all that an order can have (A5)."""
        return bool(self.reasons) and self.reasons[0].code is ReasonCode.ORDER_CANCELLED


@attrs.frozen
class Timeline:
    """All standings of a grant, each from its instant in `starts` up to the next one; the first is from ever."""

    starts: tuple[int, ...]
    standings: tuple[GrantStatus, ...]
    open: tuple[tuple[int, int], ...]

    def at(self, at: int) -> GrantStatus:
        """Give the standing at an instant."""
        return self.standings[bisect_right(self.starts, at) - 1]

    @property
    def starts_at(self) -> datetime | None:
        """When access starts, if it ever does: the same from activation on."""
        window = self.standings[-1].window
        return None if window is None else window.starts_at

    def next_open(self, after: int) -> int:
        """Give the first instant later than `after` at which it opens by itself, or NEVER."""
        return next((starts for starts, _ in self.open if starts > after), NEVER)


_Block = tuple[int, int, Reason]
"""From an instant up to another one a reason applies."""

_Windows = list[tuple[int, LineWindow]]
"""Windows with the instant from which on each is what is known."""


def timeline_of(grant: Grant, *, grace: Period | None) -> Timeline:
    """Find how a grant stands at every instant."""
    windows = _windows(grant, grace)
    blocks = [block for block in _blocks(grant, windows, grace) if block[0] < block[1]]
    changes = {ALWAYS}
    changes.update([start for start, _ in windows])
    for start, end, _ in blocks:
        changes.update((start, end))
    starts = sorted(changes - {NEVER})
    standings = [_standing(blocks, windows, start) for start in starts]
    return Timeline(tuple(starts), tuple(standings), tuple(_open(starts, standings)))


def _standing(blocks: list[_Block], windows: _Windows, at: int) -> GrantStatus:
    window = None
    for start, known in windows:
        if start <= at:
            window = known
    return GrantStatus(tuple([reason for start, end, reason in blocks if start <= at < end]), window)


def _open(starts: list[int], standings: list[GrantStatus]) -> Iterator[tuple[int, int]]:
    """Give the stretches of time in which nothing closes the grant; those that touch are one."""
    since: int | None = None
    for start, standing in zip(starts, standings, strict=True):
        if standing.reasons and since is not None:
            yield since, start
            since = None
        elif since is None and not standing.reasons:
            since = start
    if since is not None:
        yield since, NEVER


def _windows(grant: Grant, grace: Period | None) -> _Windows:
    """Give the windows, from activation on; of a subscription each paid period may give another one (P13)."""
    order, line, terms = grant.order, grant.line, grant.resolved.terms
    paid_at = payment_of(order, line)
    if order.activated_at is None or paid_at is None:
        return []
    changes = {order.activated_at}
    if order.subscription is not None:
        changes.update(max(at, order.activated_at) for at in subscriptions.paid_at(order))
    return [
        (micros(at), window_if_paid(order, line, terms, paid_at=paid_at, grace=grace, at=at)) for at in sorted(changes)
    ]


def _blocks(grant: Grant, windows: _Windows, grace: Period | None) -> Iterator[_Block]:
    """Give everything that closes a grant, in the order in which reasons are told (A5)."""
    order = grant.order
    activated = NEVER if order.activated_at is None else micros(order.activated_at)
    if order.cancelled_at is not None:
        yield (micros(order.cancelled_at), NEVER, Reason(ReasonCode.ORDER_CANCELLED, order.id))
    yield from _refunds(order, grant.line)
    yield (ALWAYS, activated, Reason(ReasonCode.NOT_PAID, order.id))
    yield from _limits_of_windows(order.id, windows)
    for freeze in grant.line.freezes:
        reason = Reason(ReasonCode.FROZEN, order.id, freeze.ends_at)
        yield (max(micros(freeze.starts_at), activated), micros(freeze.ends_at), reason)
    for starts_at, payment in _overdue(order, grace):
        reason = Reason(ReasonCode.PAYMENT_DUE, order.id, None, payment.id)
        yield (max(micros(starts_at), activated), _settled(payment), reason)


def _refunds(order: Order, line: Line) -> Iterator[_Block]:
    refunded = Reason(ReasonCode.REFUNDED, order.id)
    steps = [(micros(step.at), step.status) for step in order.tallies]
    for (starts, status), (ends, _) in pairwise([*steps, (NEVER, None)]):
        if status is PaymentStatus.REFUNDED:
            yield (starts, ends, refunded)
    at = _line_refunded_at(order, line)
    if at is not None:
        yield (micros(at), NEVER, Reason(ReasonCode.LINE_REFUNDED, order.id))


def _line_refunded_at(order: Order, line: Line) -> datetime | None:
    """Find when a refund that was a partial one closed the line it names (P9)."""
    if order.refund_policy != "close_line":
        return None
    partial = (step for step in order.tallies if step.status is not PaymentStatus.REFUNDED)
    return next((step.at for step in partial if step.refunds == line.product), None)


def _limits_of_windows(order: str, windows: _Windows) -> Iterator[_Block]:
    """Give what lies before the start and after the end, of each window as long as it is what is known."""
    if not windows:
        return
    activated, first = windows[0]
    if first.is_empty():
        # A4: what an edit of the offer made empty has ended, whenever it is asked about
        yield (activated, NEVER, Reason(ReasonCode.EXPIRED, order, first.ends_at))
    else:
        yield (activated, micros(first.starts_at), Reason(ReasonCode.NOT_STARTED, order, first.starts_at))
        if first.ends_at is not None:
            ends = max(activated, micros(first.ends_at))
            yield (ends, NEVER, Reason(ReasonCode.EXPIRED, order, first.ends_at))
    for (start, window), (until, _) in pairwise([*windows, (NEVER, first)]):
        if window.lapses_at is not None:
            reason = Reason(ReasonCode.SUBSCRIPTION_LAPSED, order, window.lapses_at)
            yield (max(start, micros(window.lapses_at)), until, reason)


def _overdue(order: Order, grace: Period | None) -> list[tuple[datetime, Payment]]:
    """Give the payments that close access with the instant from which on they do, by due date (P8, A5)."""
    closing = [payment for payment in order.payments if payment.closes_access]
    return [(closes_access_at(order, one, grace), one) for one in sorted(closing, key=lambda one: one.due_at)]


def closes_access_at(order: Order, payment: Payment, grace: Period | None) -> datetime:
    """Give the instant from which on a payment closes access as long as it is unpaid (P8)."""
    due_at = payment.due_at if grace is None else later(payment.due_at, grace, zone=zone_named(order.zone))
    return max(due_at, payment.created_at)


def _settled(payment: Payment) -> int:
    """Give the instant from which on a payment is not owed: paid, or void."""
    paid = NEVER if payment.paid is None else micros(payment.paid.at)
    return paid if payment.voided_at is None else min(paid, micros(payment.voided_at))

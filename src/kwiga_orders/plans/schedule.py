"""The schedule of a contact for a product: what opens and closes by time alone, freezes, and due payments.

Home of L12. Laws:

1. It is for the product, over all orders. Access and lessons have an entry whenever they open or close by time alone.
2. It assumes that every payment is made in time: a due payment closes nothing, and a subscription that is renewed does
   not lapse. Actions of persons, such as a cancellation, are not listed (decision 0040).
3. If lessons open and close together with the product, only their first opening is listed.
4. A lesson behind a checkpoint that is not passed is listed when it would open and close after passing, with that
   checkpoint.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from kwiga_orders.access import Block, Entry, EntryKind, Grant, ReasonCode, blocks_of, windows_of
from kwiga_orders.bounds import PERIODS
from kwiga_orders.course import Course
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.paid_periods import periods_of
from kwiga_orders.orders.state import EndSet, Line, Order, Subscription
from kwiga_orders.orders.subscriptions import next_period
from kwiga_orders.orders.window import payment_of, window_if_paid
from kwiga_orders.payments import Mark, Payment
from kwiga_orders.periods import later, zone_named
from kwiga_orders.plans.counting import Counting
from kwiga_orders.plans.grant_plan import CompiledGrant, Facts, Giving, compile_grants
from kwiga_orders.plans.limits import Outline, opening_instants, scope_of
from kwiga_orders.plans.micros import instant_of, micros
from kwiga_orders.plans.product_plan import Spans
from kwiga_orders.plans.timeline import Choosing, Timeline, timeline_of
from kwiga_orders.values import changed

__all__ = ["entries_of", "late_lessons"]

_FOR_GOOD = frozenset(
    {
        ReasonCode.ORDER_CANCELLED,
        ReasonCode.REFUNDED,
        ReasonCode.LINE_REFUNDED,
        ReasonCode.NOT_PAID,
        ReasonCode.EXPIRED,
        ReasonCode.SUBSCRIPTION_LAPSED,
    }
)
"""Blocks during which a freeze of the same grant is not listed."""

_RANK = {kind: rank for rank, kind in enumerate(EntryKind)}


# decision 0040: an entry is an instant at which the answer changes by time alone. The grants are compiled again for it,
# because the usual plan does not assume that payments are made.
def entries_of(grants: Sequence[Grant], facts: Facts, *, now: datetime) -> list[Entry]:
    """List the whole schedule, assuming that payments due after `now` are paid in time."""
    kept = [attrs.evolve(grant, order=_keeping(grant.order, now)) for grant in grants]
    # A subscription that still has a next period goes on for ever; one with a number of periods has all of them now.
    counts = {one.order.id: _paid_for_ever if next_period(one.order) else _paid_in_time for one in kept}
    compiled = compile_grants(kept, facts, counts=counts, gave=_until(now, grants, facts))
    timed = _timed(compiled, facts, counts) | _paid_after(now, grants, kept)
    entries = [*_changes(compiled, facts, timed), *_freezes(compiled), *_payments(grants)]
    numbers = facts.outline.numbers
    # the sort is stable: freezes and payments of one instant stay in order of their orders
    return sorted(entries, key=lambda one: (one.at, _RANK[one.what], one.lesson and numbers[one.lesson]))


# Assuming that due payments are paid in time


def _paid_in_time(block: Block) -> bool:
    return block.reason.code is not ReasonCode.PAYMENT_DUE


def _paid_for_ever(block: Block) -> bool:
    has_no_end = block.ends_at is None and block.reason.code is ReasonCode.SUBSCRIPTION_LAPSED
    return _paid_in_time(block) and not has_no_end


def _keeping(order: Order, now: datetime) -> Order:
    asked = asked_of(order)

    def paid(payment: Payment) -> Payment:
        # decision 0040: a payment that was already due, in an order that is not activated, is not assumed as paid
        falls_due = payment.due_at > now or (payment.period is not None and order.activated_at is not None)
        if payment.id not in asked or not falls_due:
            return payment
        mark = Mark(at=payment.due_at, version=order.version, amount=asked[payment.id])
        return changed(payment, mark=mark)

    kept = changed(order, payments=tuple([paid(payment) for payment in order.payments])) if asked else order
    return _with_periods_to_come(kept)


def _with_periods_to_come(order: Order) -> Order:
    """Give a subscription with all the periods it still has, or with the next one; it does not lapse after that (P13).

    They are paid when the next one falls due: paid early, the others keep their dates. But a period that lifts an end
    that was set is paid when it begins, because the end counts until then (A10).
    """
    # Law 2, for subscriptions.
    subscription, following = order.subscription, next_period(order)
    if subscription is None or following is None:
        return order
    ends = [at for line in order.lines if (at := _set_end(line)) is not None]
    # For one that goes on for ever one more period is enough, unless a later one lifts an end that was set.
    last = subscription.periods or following.number + _until_set(order, subscription, following.due_at, ends)
    to_come = range(following.number, last + 1)
    kept = _paying(order, dict.fromkeys(to_come, following.due_at))
    starts = {span.number: span.starts_at for span in periods_of(kept).spans if span.number in to_come}
    lifting = next((at for at in starts.values() if ends and at >= max(ends)), None)
    if lifting is None:
        return kept
    # Those after it are paid with it, so that there are few instants at which a window changes, however many they are.
    due = {number: following.due_at if at < min(ends) else min(at, lifting) for number, at in starts.items()}
    return _paying(order, due)


def _set_end(line: Line) -> datetime | None:
    """Give the end that was set last, None if there is none."""
    return next((one.at for one in reversed(line.adjustments) if isinstance(one, EndSet)), None)


def _until_set(order: Order, subscription: Subscription, due_at: datetime, ends: Sequence[datetime]) -> int:
    """Give how many periods after the next one, which is due at `due_at`, begin before all ends that were set."""
    zone = zone_named(order.zone)
    # No further than the most periods that a subscription may name: an end may be set for the year 9000.
    ahead = (later(due_at, subscription.every, zone=zone, count=count) for count in range(PERIODS))
    return next((count for count, at in enumerate(ahead) if not ends or at >= max(ends)), 0)


def _paying(order: Order, due: Mapping[int, datetime]) -> Order:
    """Give a subscription with these periods, each paid when it is due."""
    to_come = [
        Payment(
            id=f"{order.id}:{number}",
            amount=order.agreed,
            created_at=at,
            due_at=at,
            period=number,
            mark=Mark(at=at, version=order.version, amount=order.agreed),
        )
        for number, at in due.items()
    ]
    return changed(order, payments=(*order.payments, *to_come))


def _paid_after(now: datetime, grants: Iterable[Grant], kept: Iterable[Grant]) -> frozenset[int]:
    """Give the instants after `now` at which payments are assumed: what opens or closes then does so by itself."""
    found: set[int] = set()
    for grant, keeping in zip(grants, kept, strict=True):
        paid = {payment.id for payment in grant.order.payments if payment.paid is not None}
        assumed = (one.paid.at for one in keeping.order.payments if one.paid is not None and one.id not in paid)
        found.update(micros(at) for at in assumed if at > now)
    return frozenset(found)


def _until(now: datetime, grants: Iterable[Grant], facts: Facts) -> Giving:
    """Give what tells when an order gave access: up to `now` by the facts, and as assumed only from then on (L14)."""
    real = {grant.order.id: grant for grant in grants}
    until = micros(now)

    def gave(assumed: Timeline) -> list[tuple[int, int]]:
        known = timeline_of(real[assumed.grant.order.id], grace=facts.project.grace)
        past = [(starts, min(ends, until)) for starts, ends in known.open if starts < until]
        return past + [(max(starts, until), ends) for starts, ends in assumed.open if until < ends]

    return gave


# Openings and closings


def _changes(compiled: Sequence[CompiledGrant], facts: Facts, timed: Container[int]) -> Iterator[Entry]:
    has_comments = facts.outline.course.comments
    found = list(_flips(Spans.of(compiled, has_comments=has_comments), timed, facts.outline))
    yield from found
    # The second pass is only for lessons behind checkpoints that are not passed.
    if not any(grant.limits.locked & grant.limits.scope for grant in compiled):
        return
    listed = set(found)
    passed = [grant.without_checkpoints() for grant in compiled]
    for entry in _flips(Spans.of(passed, has_comments=has_comments), timed, facts.outline):
        # Law 4: an entry that is listed already does not depend on the checkpoint.
        if entry not in listed and entry.lesson is not None:
            number = facts.outline.numbers[entry.lesson]
            yield attrs.evolve(entry, after_checkpoint=_checkpoint_before(number, micros(entry.at), compiled))


def _timed(compiled: Sequence[CompiledGrant], facts: Facts, counts: Mapping[str, Choosing]) -> frozenset[int]:
    """Give the instants at which something changes by time alone."""
    found: set[int] = set()
    grace = facts.project.grace
    for one in compiled:
        found.update(one.changes)
        # If a period was paid late, its lapse ended by the payment and not by time.
        late = _paid_late(one.grant.order)
        for block in filter(counts[one.order], blocks_of(one.grant, windows_of(one.grant, grace=grace), grace=grace)):
            code, starts_at, ends_at = block.reason.code, block.starts_at, block.ends_at
            # A block that ends at or before its start never applies.
            if code in _BEGINS_BY_TIME and starts_at is not None and (ends_at is None or starts_at < ends_at):
                found.add(micros(starts_at))
            if code in _ENDS_BY_TIME and ends_at is not None and ends_at not in late:
                found.add(micros(ends_at))
    return frozenset(found)


_BEGINS_BY_TIME = frozenset({ReasonCode.EXPIRED, ReasonCode.SUBSCRIPTION_LAPSED, ReasonCode.FROZEN})
_ENDS_BY_TIME = frozenset({ReasonCode.NOT_STARTED, ReasonCode.SUBSCRIPTION_LAPSED, ReasonCode.FROZEN})


def _paid_late(order: Order) -> set[datetime]:
    """Give the instants at which periods were paid late, so that a lapse ended by the payment and not by time."""
    paid = ((one.paid.at, one.due_at) for one in order.payments if one.period is not None and one.paid is not None)
    return {at for at, due_at in paid if at > due_at}


def _flips(spans: Spans, timed: Container[int], outline: Outline) -> Iterator[Entry]:
    """Give an entry for each opening and closing by time alone."""
    before = ever = 0
    was_open = False
    for span, until in spans.opened():
        is_open = bool(span.open)
        for at, mask in span.masks(until):
            if at in timed:
                # law 3: together with the product, only the first opening of a lesson is listed
                opened = mask & ~before & (-1 if was_open else ~ever)
                yield from _of_lessons(opened, at, EntryKind.LESSON_OPENS, outline)
                yield from _of_lessons(before & ~mask if is_open else 0, at, EntryKind.LESSON_CLOSES, outline)
                if is_open is not was_open:
                    yield Entry(instant_of(at), EntryKind.ACCESS_STARTS if is_open else EntryKind.ACCESS_ENDS)
            before, ever, was_open = mask, ever | mask, is_open


def _of_lessons(mask: int, at: int, what: EntryKind, outline: Outline) -> Iterator[Entry]:
    if mask:
        yield from (Entry(instant_of(at), what, id) for number, id in enumerate(outline.ids) if mask >> number & 1)


def _checkpoint_before(number: int, at: int, compiled: Iterable[CompiledGrant]) -> str | None:
    """Give the lesson of the first checkpoint before a lesson that would open or close at an instant."""
    behind = [grant for grant in compiled if grant.limits.is_locked(number) and grant.limits.includes(number)]
    is_open = (grant for grant in behind if any(starts <= at <= ends for starts, ends in grant.timeline.open))
    return next((grant.limits.ahead[0].lesson for grant in is_open), None)


# Freezes and payments


def _freezes(compiled: Iterable[CompiledGrant]) -> Iterator[Entry]:
    for one in compiled:
        for freeze in one.grant.line.freezes:
            starts, ends = micros(freeze.starts_at), micros(freeze.ends_at)
            if not _is_closed_for_good(one, starts):
                yield Entry(freeze.starts_at, EntryKind.FREEZE_STARTS, order=one.order)
            # One microsecond before the end, because at the end itself the freeze is over.
            if not _is_closed_for_good(one, ends - 1):
                yield Entry(freeze.ends_at, EntryKind.FREEZE_ENDS, order=one.order)


def _is_closed_for_good(compiled: CompiledGrant, at: int) -> bool:
    return any(reason.code in _FOR_GOOD for reason in compiled.timeline.at(at).reasons)


def _payments(grants: Iterable[Grant]) -> Iterator[Entry]:
    for grant in sorted(grants, key=lambda one: one.order.number):
        order = grant.order
        asked = asked_of(order)
        for payment in order.payments:
            if payment.id in asked:
                yield Entry(payment.due_at, EntryKind.PAYMENT_DUE, order=order.id, payment=payment.id)


def late_lessons(grant: Grant, *, course: Course) -> tuple[str, ...]:
    """List the lessons in scope that would open only after access has ended. Home of L13.

    Before activation it assumes that the order was activated at its creation. In a subscription only the end by its
    terms counts, because paid-through moves with each payment.
    """
    order = grant.order
    paid_at = payment_of(order, grant.line) or max(filter(None, (order.created_at, grant.line.added_at)))
    # L13: grace does not matter here, because only the end by the terms counts
    window = window_if_paid(order, grant.line, grant.terms, paid_at=paid_at, grace=None, at=paid_at)
    if window.ends_at is None:
        return ()
    outline, ends = Outline.of(course), micros(window.ends_at)
    opens = opening_instants(Counting.of(grant.line, window.starts_at, zone=order.zone), grant.terms, outline)
    scope = scope_of(grant, outline)
    return tuple(id for number, id in enumerate(outline.ids) if scope >> number & 1 and opens[number] >= ends)

"""The spans in which a refund closes access: to the whole order, or to the line that the refund names.

Home of P9's closing: access, due work and letters all use it. Laws:

1. A full refund closes all lines while the payment status is `refunded`.
2. With `close_line` a partial refund that names a line closes that line, whatever the amount.
3. The line opens again when a payment brings the balance to 0 or less, or when the line is removed and added again.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from kwiga_orders.errors import NotFound
from kwiga_orders.orders.paid_periods import periods_of
from kwiga_orders.orders.state import Order, Subscription
from kwiga_orders.payments import PaymentStatus
from kwiga_orders.periods import Window, later, zone_named
from kwiga_orders.sums import Tally

__all__ = ["closed_by_refund", "refunded_spans"]


def refunded_spans(order: Order) -> tuple[Window, ...]:
    """Give the spans of time in which `order` is refunded, which closes all its lines.

    In a subscription the trial stays open (P7). After the renewal was resumed, the order counts as lapsed until the
    next period is paid, no longer as refunded (P13).
    """
    spans = _merged(_refunded(order.tallies))
    if order.subscription is not None:
        resumed = [pause.resumed_at for pause in order.subscription.pauses]
        # In a subscription the trial and a resumption shorten these spans.
        spans = _between(spans, _trial_ends_at(order, order.subscription), resumed)
    return tuple(spans)


def _trial_ends_at(order: Order, subscription: Subscription) -> datetime | None:
    ends_at = periods_of(order).spans[0].ends_at if subscription.trial else None
    if ends_at is None or subscription.grace is None:
        return ends_at
    # P13: the trial has grace, as any period.
    return later(ends_at, subscription.grace, zone=zone_named(order.zone))


def _between(spans: Iterable[Window], trial_ends_at: datetime | None, resumed: Sequence[datetime]) -> Iterator[Window]:
    """Cut spans to the part after the trial and before the resumption of the renewal."""
    for span in spans:
        starts_at = span.starts_at if trial_ends_at is None else max(span.starts_at, trial_ends_at)
        # A resumption before the refund does not count.
        ends = [at for at in (span.ends_at, *resumed) if at is not None and at >= span.starts_at]
        ends_at = min(ends, default=None)
        # If the trial ends after the span, nothing is left.
        if ends_at is None or starts_at < ends_at:
            yield Window(starts_at, ends_at)


def closed_by_refund(order: Order, product: str) -> tuple[Window, ...]:
    """Give the spans in which a refund that names `product` closes its line, in addition to `refunded_spans`."""
    if order.refund_policy != "close_line":
        return ()
    # None for a line that the order was made with: every refund may close it.
    added_at = _added_at(order, product)
    spans = (_until_paid(order.tallies, number) for number in _closing(order.tallies, product))
    # O13: a line that was removed and added again is a new line
    found = [span for span in spans if added_at is None or span.starts_at >= added_at]
    return tuple(_merged(found))


def _refunded(tallies: Sequence[Tally]) -> Iterator[Window]:
    for tally, following in pairwise([*tallies, None]):
        assert tally is not None
        ends_at = None if following is None else following.at
        # If two tallies have the same instant, the first was never in effect.
        if tally.status is PaymentStatus.REFUNDED and tally.at != ends_at:
            yield Window(tally.at, ends_at)


def _closing(tallies: Sequence[Tally], product: str) -> Iterator[int]:
    """Give the numbers of the tallies that a partial refund of `product` made."""
    for number, tally in enumerate(tallies):
        # A full refund is in `refunded_spans` already.
        if tally.product == product and tally.status is not PaymentStatus.REFUNDED:
            yield number


def _until_paid(tallies: Sequence[Tally], number: int) -> Window:
    """Give the span from a refund to the instant at which the order was paid again."""
    refund = tallies[number]
    for tally in tallies[number + 1 :]:
        # Law 3: both conditions, because a lower price that brings the balance to 0 is not a payment.
        if tally.paid > refund.paid and tally.balance.minor <= 0:
            return Window(refund.at, tally.at)
    return Window(refund.at)


def _added_at(order: Order, product: str) -> datetime | None:
    try:
        return order.line(product).added_at
    # A refund may name a line that was removed.
    except NotFound:
        return None


def _merged(spans: Sequence[Window] | Iterator[Window]) -> Iterator[Window]:
    """Join spans that touch or overlap; they come in order of their starts."""
    last: Window | None = None
    for span in spans:
        if last is None:
            last = span
        elif last.ends_at is None or span.starts_at <= last.ends_at:
            ends_at = None if last.ends_at is None or span.ends_at is None else max(last.ends_at, span.ends_at)
            last = Window(last.starts_at, ends_at)
        else:
            yield last
            last = span
    if last is not None:
        yield last

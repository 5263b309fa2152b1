"""The due work: payments, start and end of access, ends of freezes, and renewals of subscriptions.

Laws:

1. Access never depends on it: the due work only makes events and letters, and renews subscriptions (A8).
2. Each due item has a stable key, under which its order notes it, so that it happens once. If a due date or an end is
   moved, the item has a new key; but an end that moves back before a noted end is not announced again.
3. Due items are computed from the facts known now, for any instant (T6, P14).
4. A cancelled or superseded order has no due items, nor has one that was opened from an offer and never paid. A fully
   refunded order has only those of payments that still ask for money, and of a resumed renewal.
5. Only a payment that asks for money is due or overdue (P15). A payment that was due when it was made gets no reminder,
   nor does one that is charged automatically. While it is being charged, it is neither overdue nor lapsed.
6. After a long outage, or an import, no letter is sent about items that were due more than a week ago; they are noted.
7. In the project's quiet hours no letter falls due; it waits for their end. Everything else happens on time (N2).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

import attrs

from kwiga_orders.codec import iso_text
from kwiga_orders.offers import Offer
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.commands import OrderCommand, Renew, ReportEvent
from kwiga_orders.orders.consequences import report_event
from kwiga_orders.orders.context import Context, ViewContext
from kwiga_orders.orders.events import DueKind, DueNoted, Event, Recorded
from kwiga_orders.orders.evolve import evolve, followed
from kwiga_orders.orders.refunds import closed_by_refund, refunded_spans
from kwiga_orders.orders.state import Line, Order
from kwiga_orders.orders.subscriptions import charge, next_charge, next_period, renew, unpaid_period
from kwiga_orders.orders.window import LineWindow, line_window, resolved
from kwiga_orders.payments import Payment, overdue_at
from kwiga_orders.periods import later, zone_named
from kwiga_orders.project import Project, QuietHours
from kwiga_orders.values import changed, maker

__all__ = [
    "DueItem",
    "RunDue",
    "Windows",
    "due_items",
    "is_moved",
    "next_due",
    "run_due",
    "windows_moved",
]

# The most items that one command does for an order; the next command does the rest.
_MOST_AT_ONCE = 500
# Law 6: a letter about something older would confuse more than help.
_NEWS_FOR = timedelta(days=7)
# Items of one instant are sorted in the order of the enum.
_RANK = {kind: rank for rank, kind in enumerate(DueKind)}
_REPORTED = {
    DueKind.ACCESS_STARTED: "access.started",
    DueKind.ACCESS_ENDED: "access.expired",
    DueKind.ACCESS_EXPIRED: "access.expired",
    DueKind.PAYMENT_OVERDUE: "payment.overdue",
}
"""The due items that are events for rules (F3)."""
_LETTERS = frozenset(
    {
        DueKind.PAYMENT_UPCOMING,
        DueKind.PAYMENT_DUE,
        DueKind.FREEZE_ENDED,
        DueKind.ACCESS_EXPIRING,
        DueKind.ACCESS_EXPIRED,
    }
)
"""The due items that send a letter (N2)."""


@attrs.frozen(kw_only=True)
class DueItem:
    """An item that falls due at an instant; `key` is stable, and unique within its order."""

    due: DueKind
    key: str
    order: str
    at: datetime
    product: str | None = None
    payment: str | None = None


class DueList(list[DueItem]):
    """The due items; `unreadable` names the orders that cannot be read, whose items are missing."""

    unreadable: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class RunDue(OrderCommand):
    """Note everything that has fallen due for an order; only the library gives this command."""

    name: ClassVar[str] = "run_due"


# Questions


@attrs.frozen
class Windows:
    """The windows of the lines of an order, each computed once, at its first use."""

    # Cached, because computing a window is slow and several kinds of due items need the same one.

    order: Order
    by: ViewContext
    _known: dict[str, LineWindow | None] = attrs.field(factory=dict, init=False, repr=False, eq=False)

    def of(self, line: Line) -> LineWindow | None:
        """Give the window of a line; None while the order is not activated (A1)."""
        if line.product not in self._known:
            self._known[line.product] = self._reckoned(line)
        return self._known[line.product]

    def _reckoned(self, line: Line) -> LineWindow | None:
        order, by = self.order, self.by
        activated_at = order.activated_at
        if activated_at is None:
            return None
        terms = resolved(order, line, by.offers).terms
        # a gateway's clock may be fast
        return line_window(order, line, terms, grace=by.project.grace, at=max(by.now, activated_at))


_item = maker(DueItem)


def due_items(order: Order, by: ViewContext, *, until: datetime) -> list[DueItem]:
    """List the due items of an order up to an instant that are not noted, the longest due first."""
    found = [item for item in _items(Windows(order, by)) if item.at <= until]
    return sorted(found, key=lambda item: (item.at, _RANK[item.due]))


def next_due(windows: Windows) -> datetime | None:
    """Give the first instant, past or future, of a due item that is not noted; None if there is none."""
    return min([item.at for item in _items(windows)], default=None)


def is_moved(before: Project, after: Project) -> bool:
    """Tell whether a change of a project's settings may move due items of its orders."""
    # All settings on which due instants depend; if one is missing here, `next_due` becomes wrong.
    was, now = ((one.grace, one.notice, one.remind_before, one.quiet_hours, one.timezone) for one in (before, after))
    return was != now


def windows_moved(before: Offer, after: Offer) -> bool:
    """Tell whether an edit of an offer may move windows of the orders that follow it (O8)."""
    for was in before.current.items:
        now = after.current.find_item(was.product)
        # Lines of a pinned product keep their version.
        is_followed = was.product not in after.current.pinned
        if now is not None and is_followed and not now.terms.has_window_of(was.terms):
            return True
    return False


def _items(windows: Windows) -> list[DueItem]:
    order, by = windows.order, windows.by
    is_over = order.cancelled_at is not None or order.superseded_by is not None
    # O4: one that was made by hand from an offer was sold
    is_only_opened = order.opened_from is not None and order.activated_at is None and not order.sums.paid
    is_idle = is_over or is_only_opened
    if is_idle:
        return []
    found = [*_of_renewal(order), *_of_payments(order, by)]
    # P9: while the order is refunded, its access neither starts nor ends
    if all(span.ends_at is not None for span in refunded_spans(order)):
        for line in order.lines:
            found += _of_line(order, line, windows)
    # Noted items are removed first, so that quiet hours are computed only for the others.
    found = [one for one in found if not _is_noted(order, one)]
    if by.project.quiet_hours is None:
        return found
    waiting = [each for one in found for each in _kept_quiet(one, by.project.quiet_hours, by)]
    # Again, because the quiet hours gave the end of access a second key, which may be noted already.
    return [one for one in waiting if not _is_noted(order, one)]


def _is_noted(order: Order, item: DueItem) -> bool:
    """Tell whether an item is noted; an end of access also if a later end is noted (law 2)."""
    if item.key in order.noted:
        return True
    if item.due not in (DueKind.ACCESS_EXPIRED, DueKind.ACCESS_ENDED):
        return False
    # Refunds, removed marks and shorter terms move an end back: access that has ended does not end again.
    prefix = f"{item.due}:{item.product}:"
    noted = [key.removeprefix(prefix) for key in order.noted if key.startswith(prefix)]
    # UTC instants sort as texts. An instant has three colons, which tells it from the rest of a longer product id.
    return any(end.count(":") == 3 and end > item.key.removeprefix(prefix) for end in noted)


def _kept_quiet(item: DueItem, quiet: QuietHours, by: ViewContext) -> Iterator[DueItem]:
    """Let an item that sends a letter wait for the end of the quiet hours (N2, decision 0039).

    The time of sending counts, so a worker that is late sends nothing at night either. The end of access is also an
    event, which is noted on time under its own key.
    """
    # The letter would be sent now, if the item was due before.
    sent_at = max(item.at, by.now)
    at = quiet.delayed(sent_at, zone=zone_named(by.project.timezone))
    if item.due not in _LETTERS or at == sent_at:
        yield item
        return
    if item.due is DueKind.ACCESS_EXPIRED:
        # Only the letter waits; the event of the end is on time.
        yield changed(item, due=DueKind.ACCESS_ENDED, key=_ended_key(item.key))
    yield changed(item, at=at)


def _ended_key(key: str) -> str:
    return key.replace(DueKind.ACCESS_EXPIRED, DueKind.ACCESS_ENDED, 1)


# Payments (P1, P13-P15, P17)


def _of_payments(order: Order, by: ViewContext) -> Iterator[DueItem]:
    # P17: a payment that will be charged automatically gets a charge instead of a reminder.
    charged, zone = next_charge(order), zone_named(order.zone)
    asked = asked_of(order)
    # P15: only payments that ask for money
    by_id = {payment.id: payment for payment in order.payments}
    for payment in map(by_id.__getitem__, asked):
        if _is_charging(payment):
            continue
        # Law 5: no reminder of a payment that was due when it was made, except for a period of a subscription.
        is_awaited = payment.due_at > payment.created_at or (
            payment.period is not None and payment.created_at > order.created_at
        )
        # A payment with a past due date is overdue from its creation.
        late_at = max(overdue_at(payment, zone), payment.created_at)
        yield from _upcoming(order, payment, by)
        # P17: no reminder of an automatic charge. An attempt with `means` was one, whose failure has its own letter.
        will_be_charged = charged is not None and charged.payment == payment.id
        if is_awaited and not will_be_charged and not any(attempt.means for attempt in payment.attempts):
            yield _payment_item(DueKind.PAYMENT_DUE, order, payment, payment.due_at)
        if is_awaited or late_at > payment.created_at:
            yield _payment_item(DueKind.PAYMENT_OVERDUE, order, payment, late_at)
    if charged is not None and charged.payment in asked:
        key = f"{DueKind.CHARGE}:{charged.payment}:{iso_text(charged.at)}"
        yield _item(due=DueKind.CHARGE, key=key, order=order.id, at=charged.at, payment=charged.payment)


def _upcoming(order: Order, payment: Payment, by: ViewContext) -> Iterator[DueItem]:
    """Give the letters before the due date of a payment, if the project has them (P14)."""
    before = by.project.remind_before
    if before is not None and by.now < payment.due_at:
        # In the project's zone, not the order's, because it is a setting of the project.
        at = later(payment.due_at, before, zone=zone_named(by.project.timezone), count=-1)
        # a payment that was added later than that needs no second letter
        if payment.created_at < at:
            yield _payment_item(DueKind.PAYMENT_UPCOMING, order, payment, at)


def _is_charging(payment: Payment) -> bool:
    return any(attempt.is_charging for attempt in payment.attempts)


def _payment_item(due: DueKind, order: Order, payment: Payment, at: datetime) -> DueItem:
    # Law 2: with the due date in the key, a payment is announced again when it is moved.
    key = f"{due}:{payment.id}:{iso_text(payment.due_at)}"
    return _item(due=due, key=key, order=order.id, at=at, payment=payment.id)


def _of_renewal(order: Order) -> Iterator[DueItem]:
    following = next_period(order)
    if following is not None:
        key = f"{DueKind.RENEWAL}:{following.number}:{iso_text(following.due_at)}"
        yield _item(due=DueKind.RENEWAL, key=key, order=order.id, at=following.due_at)


# Access (A2, A3, A11, P13)


def _of_line(order: Order, line: Line, windows: Windows) -> Iterator[DueItem]:
    # P9: while a refund closes the line, its access neither starts nor ends
    is_closed = any(span.ends_at is None for span in closed_by_refund(order, line.product))
    window = None if is_closed else windows.of(line)
    if window is None:
        return
    # A4: an empty window has no start.
    if window.end is None or window.starts_at < window.end:
        # No instant in this key, because access starts only once, even if its start is moved.
        key = f"{DueKind.ACCESS_STARTED}:{line.product}"
        yield _line_item(DueKind.ACCESS_STARTED, key, order, line, window.starts_at)
    yield from _of_freezes(order, line, window, windows.by.now)
    yield from _of_end(order, line, window, windows.by)


def _of_freezes(order: Order, line: Line, window: LineWindow, now: datetime) -> Iterator[DueItem]:
    for freeze in line.freezes:
        # No letter if the freeze ends after the window, or if a person lifted it.
        is_within = window.end is None or max(freeze.ends_at, now) < window.end
        if is_within and window.starts_at < freeze.ends_at and not freeze.lifted:
            key = f"{DueKind.FREEZE_ENDED}:{line.product}:{iso_text(freeze.starts_at)}"
            yield _line_item(DueKind.FREEZE_ENDED, key, order, line, freeze.ends_at)


def _of_end(order: Order, line: Line, window: LineWindow, by: ViewContext) -> Iterator[DueItem]:
    if window.end is None:
        return
    # P13: access of a subscription that will be renewed does not end at paid-through
    is_renewed = next_period(order) is not None or unpaid_period(order) is not None
    # So then only the end by its terms is announced.
    announced = window.ends_at if is_renewed else window.end
    if announced is not None and by.now < announced:
        at = later(announced, by.project.notice, zone=zone_named(order.zone), count=-1)
        # No letter that access ends soon before access has started.
        if window.starts_at < at:
            yield _end_item(DueKind.ACCESS_EXPIRING, order, line, announced, at=at)
    if window.end == window.ends_at:
        # The end of an empty window is noted at its start.
        yield _end_item(DueKind.ACCESS_EXPIRED, order, line, window.end, at=max(window.end, window.starts_at))
    # Law 5: while a charge has no outcome, the subscription has not lapsed.
    elif not any(map(_is_charging, order.payments)):
        for lapse in window.lapses:
            at = max(lapse.starts_at, window.starts_at)
            yield _end_item(DueKind.ACCESS_EXPIRED, order, line, at, at=at)


def _end_item(due: DueKind, order: Order, line: Line, end: datetime, *, at: datetime) -> DueItem:
    return _line_item(due, f"{due}:{line.product}:{iso_text(end)}", order, line, at)


def _line_item(due: DueKind, key: str, order: Order, line: Line, at: datetime) -> DueItem:
    return _item(due=due, key=key, order=order.id, at=at, product=line.product)


# Doing the due work


def run_due(order: Order, given: Context) -> Iterator[Event]:
    """Note all due items of an order, one after another, and do the work of each."""
    # Counted over all rounds, because a renewal may make further items due.
    left = _MOST_AT_ONCE
    while left and (items := due_items(order, given.view, until=given.now)):
        for item in items[:left]:
            events = list(_carried_out(order, item, given))
            yield from events
            # the order after these events, in which the same command finds further due items
            version = order.version + 1
            recorded = [
                Recorded(
                    order=order.id, version=version, at=given.now, actor=given.actor, command=RunDue.name, event=event
                )
                for event in events
            ]
            # only renewals and charges can change the other due items; after any other item they need not be computed
            # again
            changes_what_is_due = item.due in (DueKind.RENEWAL, DueKind.CHARGE)
            order = (evolve if changes_what_is_due else followed)(order, recorded)
            left -= 1
            if changes_what_is_due:
                break


def _carried_out(order: Order, item: DueItem, given: Context) -> Iterator[Event]:
    yield DueNoted(
        due=item.due,
        key=item.key,
        due_at=item.at,
        product=item.product,
        payment=item.payment,
        is_old=given.now - item.at > _NEWS_FOR,
    )
    if item.due is DueKind.RENEWAL:
        yield from renew(order, Renew(order=order.id), given)
    if item.due is DueKind.CHARGE and item.payment is not None:
        yield from charge(order, order.payment(item.payment), given)
    # If the letter waited for quiet hours, the event was noted under the other key before.
    ended = changed(item, due=DueKind.ACCESS_ENDED, key=_ended_key(item.key))
    is_reported = item.due is DueKind.ACCESS_EXPIRED and _is_noted(order, ended)
    if item.due in _REPORTED and not is_reported:
        about = {"payment": item.payment, "product": item.product}
        data = {name: value for name, value in about.items() if value is not None}
        yield from report_event(order, ReportEvent(event=_REPORTED[item.due], order=order.id, data=data), given)

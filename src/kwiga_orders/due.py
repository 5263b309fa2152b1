"""What falls due by itself: payments, the start and the end of access, ends of freezes, renewals of subscriptions.

Laws:

1. Access never depends on it: what falls due makes events and letters, and renews subscriptions; no more (A8).
2. Everything that falls due has a key, which stays the same. Its order notes it under that key, so it happens once. A
   due date or an end that is moved has a new key, but an end that moves back behind a noted one ends nothing anew.
3. What falls due follows from the facts known now, and can be asked for any instant (T6, P14).
4. Nothing falls due for a cancelled or superseded order, nor for one that was opened from an offer and never paid
   anything. For a fully refunded order only payments that are still asked for fall due, and a renewal that was resumed.
5. Only a payment that asks for something is due or overdue (P15). One that was due when it was made needs no reminder,
   nor does one that is charged automatically. While it is being charged, it is neither overdue nor lapsed.
6. After a long outage, or an import, nobody gets a letter about what fell due more than a week ago; it is noted.
7. In the project's quiet hours no letter falls due: it waits for their end. What else happens, happens on time (N2).
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
from kwiga_orders.orders.subscriptions import NextCharge, charge, next_charge, next_period, renew, unpaid_period
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

# One commit of a long-neglected order stays within this many events; the rest is done by the next command.
_MOST_AT_ONCE = 500
# Law 6: a week, because a letter about something older confuses more than it helps.
_NEWS_FOR = timedelta(days=7)
# Items of one instant are listed in the order of the enum, so that two runs list them alike.
_RANK = {kind: rank for rank, kind in enumerate(DueKind)}
_REPORTED = {
    DueKind.ACCESS_STARTED: "access.started",
    DueKind.ACCESS_ENDED: "access.expired",
    DueKind.ACCESS_EXPIRED: "access.expired",
    DueKind.PAYMENT_OVERDUE: "payment.overdue",
}
"""What is an event for rules (F3)."""
_LETTERS = frozenset(
    {
        DueKind.PAYMENT_UPCOMING,
        DueKind.PAYMENT_DUE,
        DueKind.FREEZE_ENDED,
        DueKind.ACCESS_EXPIRING,
        DueKind.ACCESS_EXPIRED,
    }
)
"""What sends a letter (N2)."""


@attrs.frozen(kw_only=True)
class DueItem:
    """Something that falls due at an instant; `key` is stable, and unique within its order."""

    due: DueKind
    key: str
    order: str
    at: datetime
    product: str | None = None
    payment: str | None = None


class DueList(list[DueItem]):
    """The items that fall due; `unreadable` names the orders that cannot be read, whose items are missing."""

    unreadable: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class RunDue(OrderCommand):
    """Note everything that has fallen due for an order; only the library gives this command."""

    name: ClassVar[str] = "run_due"


# Questions


@attrs.frozen
class Windows:
    """The windows of the lines of an order, each computed once, when it is asked for first."""

    # Computing a window folds payments and freezes, and several kinds of due work ask for the same one.

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
    """List what falls due for an order by an instant, past or future, and is not noted, the longest due first."""
    found = [item for item in _items(Windows(order, by)) if item.at <= until]
    return sorted(found, key=lambda item: (item.at, _RANK[item.due]))


def next_due(windows: Windows) -> datetime | None:
    """Give the first instant, past or future, at which something falls due that is not noted; None if never."""
    return min([item.at for item in _items(windows)], default=None)


def is_moved(before: Project, after: Project) -> bool:
    """Tell whether a change of a project's settings may move what falls due for its orders."""
    # All settings that any due instant depends on. One that is left out here would leave `next_due` stale.
    was, now = ((one.grace, one.notice, one.remind_before, one.quiet_hours, one.timezone) for one in (before, after))
    return was != now


def windows_moved(before: Offer, after: Offer) -> bool:
    """Tell whether an edit of an offer may move windows of the orders that follow it (O8)."""
    for was in before.current.items:
        now = after.current.find_item(was.product)
        # A pinned line keeps its version, so the edit cannot move its window.
        is_followed = was.product not in after.current.pinned
        if now is not None and is_followed and not now.terms.has_window_of(was.terms):
            return True
    return False


def _items(windows: Windows) -> list[DueItem]:
    order, by = windows.order, windows.by
    is_over = order.cancelled_at is not None or order.superseded_by is not None
    is_only_opened = order.origin is not None and order.activated_at is None and not order.sums.paid
    is_idle = is_over or is_only_opened
    if is_idle:
        return []
    found = [*_of_renewal(order), *_of_payments(order, by)]
    # P9: as long as it is refunded its access neither starts nor ends
    if all(span.ends_at is not None for span in refunded_spans(order)):
        for line in order.lines:
            found += _of_line(order, line, windows)
    # Noted keys go first: quiet hours are then computed for what is still open only.
    found = [one for one in found if not _is_noted(order, one)]
    if by.project.quiet_hours is None:
        return found
    waiting = [each for one in found for each in _kept_quiet(one, by.project.quiet_hours, by)]
    # Once more, since the end of access has got a second key by now, which may be noted already.
    return [one for one in waiting if not _is_noted(order, one)]


def _is_noted(order: Order, item: DueItem) -> bool:
    """Tell whether an item is noted; of the end of access, whether that end or a later one is (law 2)."""
    if item.key in order.noted:
        return True
    if item.due not in (DueKind.ACCESS_EXPIRED, DueKind.ACCESS_ENDED):
        return False
    # Money taken back, a mark taken back or shorter terms move an end back: whoever has no access loses none.
    prefix = f"{item.due}:{item.product}:"
    noted = [key.removeprefix(prefix) for key in order.noted if key.startswith(prefix)]
    # Instants of one zone are in order as texts; the three colons of one tell it from the rest of a longer product id.
    return any(end.count(":") == 3 and end > item.key.removeprefix(prefix) for end in noted)


def _kept_quiet(item: DueItem, quiet: QuietHours, by: ViewContext) -> Iterator[DueItem]:
    """Let an item that sends a letter wait for the end of the quiet hours (N2, decision 0039).

    Quiet hours count by the worker's own clock: a worker that is late sends nothing at night either. The end of
    access is an event, too, and is noted on time under a key of its own.
    """
    # A worker that comes late must judge the hour at which the letter would really leave.
    sent_at = max(item.at, by.now)
    at = quiet.delayed(sent_at, zone=zone_named(by.project.timezone))
    if item.due not in _LETTERS or at == sent_at:
        yield item
        return
    if item.due is DueKind.ACCESS_EXPIRED:
        # The event keeps its instant; only the letter waits.
        yield changed(item, due=DueKind.ACCESS_ENDED, key=_ended_key(item.key))
    yield changed(item, at=at)


def _ended_key(key: str) -> str:
    return key.replace(DueKind.ACCESS_EXPIRED, DueKind.ACCESS_ENDED, 1)


# Payments (P1, P13-P15, P17)


def _of_payments(order: Order, by: ViewContext) -> Iterator[DueItem]:
    # The payment that saved means will be charged for gets a charge instead of a reminder (P17).
    charged, zone = next_charge(order), zone_named(order.zone)
    asked = asked_of(order)
    # P15: what asks for nothing does not fall due
    by_id = {payment.id: payment for payment in order.payments}
    for payment in map(by_id.__getitem__, asked):
        if _is_charging(payment):
            continue
        # What was due when it was asked for was asked for face to face: law 5. The next period of a subscription was
        # not.
        is_awaited = payment.due_at > payment.created_at or (
            payment.period is not None and payment.created_at > order.created_at
        )
        # A payment with a due date in the past is late from its creation on, not before.
        late_at = max(overdue_at(payment, zone), payment.created_at)
        yield from _upcoming(order, payment, by)
        if is_awaited and not _is_charged(payment, charged):
            yield _payment_item(DueKind.PAYMENT_DUE, order, payment, payment.due_at)
        if is_awaited or late_at > payment.created_at:
            yield _payment_item(DueKind.PAYMENT_OVERDUE, order, payment, late_at)
    if charged is not None and charged.payment in asked:
        key = f"{DueKind.CHARGE}:{charged.payment}:{iso_text(charged.at)}"
        yield _item(due=DueKind.CHARGE, key=key, order=order.id, at=charged.at, payment=charged.payment)


def _is_charged(payment: Payment, charged: NextCharge | None) -> bool:
    """Tell whether what was saved has been, or will be, charged for a payment: then nobody is reminded (P17)."""
    # An attempt with `means` was an automatic charge: its failure has a letter of its own.
    will_be = charged is not None and charged.payment == payment.id
    return will_be or any(attempt.means for attempt in payment.attempts)


def _upcoming(order: Order, payment: Payment, by: ViewContext) -> Iterator[DueItem]:
    """Give when a letter says that a payment will fall due, if the project asks for that (P14)."""
    before = by.project.remind_before
    if before is not None and by.now < payment.due_at:
        # Counted in the project's zone, not in that of the order: a notice is the school's setting.
        at = later(payment.due_at, before, zone=zone_named(by.project.timezone), count=-1)
        # what was added later than that needs no second letter
        if payment.created_at < at:
            yield _payment_item(DueKind.PAYMENT_UPCOMING, order, payment, at)


def _is_charging(payment: Payment) -> bool:
    return any(attempt.is_charging for attempt in payment.attempts)


def _payment_item(due: DueKind, order: Order, payment: Payment, at: datetime) -> DueItem:
    # The due date is part of the key, so that a payment that was moved is announced again (law 2).
    key = f"{due}:{payment.id}:{iso_text(payment.due_at)}"
    return _item(due=due, key=key, order=order.id, at=at, payment=payment.id)


def _of_renewal(order: Order) -> Iterator[DueItem]:
    following = next_period(order)
    if following is not None:
        key = f"{DueKind.RENEWAL}:{following.number}:{iso_text(following.due_at)}"
        yield _item(due=DueKind.RENEWAL, key=key, order=order.id, at=following.due_at)


# Access (A2, A3, A11, P13)


def _of_line(order: Order, line: Line, windows: Windows) -> Iterator[DueItem]:
    # P9: as long as a refund closes the line, its access neither starts nor ends
    is_closed = any(span.ends_at is None for span in closed_by_refund(order, line.product))
    window = None if is_closed else windows.of(line)
    if window is None:
        return
    # An empty window has no start worth an event (A4).
    if window.end is None or window.starts_at < window.end:
        # No instant in this key: access starts once, whenever the start is moved to.
        key = f"{DueKind.ACCESS_STARTED}:{line.product}"
        yield _line_item(DueKind.ACCESS_STARTED, key, order, line, window.starts_at)
    yield from _of_freezes(order, line, window, windows.by.now)
    yield from _of_end(order, line, window, windows.by)


def _of_freezes(order: Order, line: Line, window: LineWindow, now: datetime) -> Iterator[DueItem]:
    for freeze in line.freezes:
        # No letter about a freeze that outlasts the window, nor about one that a person lifted.
        is_within = window.end is None or max(freeze.ends_at, now) < window.end
        if is_within and window.starts_at < freeze.ends_at and not freeze.lifted:
            key = f"{DueKind.FREEZE_ENDED}:{line.product}:{iso_text(freeze.starts_at)}"
            yield _line_item(DueKind.FREEZE_ENDED, key, order, line, freeze.ends_at)


def _of_end(order: Order, line: Line, window: LineWindow, by: ViewContext) -> Iterator[DueItem]:
    if window.end is None:
        return
    # P13: a subscription that goes on is renewed in time; its access does not end with what is paid so far
    is_renewed = next_period(order) is not None or unpaid_period(order) is not None
    # P13: with a period still to come, only the last end of the subscription is announced as the end.
    announced = window.ends_at if is_renewed else window.end
    if announced is not None and by.now < announced:
        at = later(announced, by.project.notice, zone=zone_named(order.zone), count=-1)
        # A window shorter than the notice gets no letter "ends soon" before it began.
        if window.starts_at < at:
            yield _end_item(DueKind.ACCESS_EXPIRING, order, line, announced, at=at)
    if window.end == window.ends_at:
        # An empty window ends before it starts; its end is noted no earlier than its start.
        yield _end_item(DueKind.ACCESS_EXPIRED, order, line, window.end, at=max(window.end, window.starts_at))
    # While a gateway may still report success the subscription has not lapsed yet (law 5).
    elif not any(map(_is_charging, order.payments)):
        for lapse in window.lapses:
            at = max(lapse.starts_at, window.starts_at)
            yield _end_item(DueKind.ACCESS_EXPIRED, order, line, at, at=at)


def _end_item(due: DueKind, order: Order, line: Line, end: datetime, *, at: datetime) -> DueItem:
    return _line_item(due, f"{due}:{line.product}:{iso_text(end)}", order, line, at)


def _line_item(due: DueKind, key: str, order: Order, line: Line, at: datetime) -> DueItem:
    return _item(due=due, key=key, order=order.id, at=at, product=line.product)


# Carrying out


def run_due(order: Order, given: Context) -> Iterator[Event]:
    """Note everything that has fallen due for an order, one after another, and do what belongs to it."""
    # Counts down over all rounds, not per round: a renewal may keep making due what is done next.
    left = _MOST_AT_ONCE
    while left and (items := due_items(order, given.view, until=given.now)):
        for item in items[:left]:
            events = list(_carried_out(order, item, given))
            yield from events
            # the order as the events left it: what falls due next by the same command is found in it
            version = order.version + 1
            recorded = [
                Recorded(
                    order=order.id, version=version, at=given.now, actor=given.actor, command=RunDue.name, event=event
                )
                for event in events
            ]
            # what makes or charges a payment may change what is due; all else leaves sums and the other items as they
            # are, so a large order is summed and looked through once, not once an item
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
    # The end that waited for quiet hours was reported under its other key already.
    ended = changed(item, due=DueKind.ACCESS_ENDED, key=_ended_key(item.key))
    is_reported = item.due is DueKind.ACCESS_EXPIRED and _is_noted(order, ended)
    if item.due in _REPORTED and not is_reported:
        about = {"payment": item.payment, "product": item.product}
        data = {name: value for name, value in about.items() if value is not None}
        yield from report_event(order, ReportEvent(event=_REPORTED[item.due], order=order.id, data=data), given)

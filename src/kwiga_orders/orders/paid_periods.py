"""The start and end of each period of a subscription, and the start of the next one (P13).

They are computed by one walk over the periods in order, from facts only: payments, refunds, extensions, freezes,
pauses, and the price of a period. The laws are those of `orders.subscriptions`, the home of P13.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.money import Money
from kwiga_orders.orders.end_of_access import EndOfAccess
from kwiga_orders.orders.renewal_stops import lost_at, stopped_of, won_back_at
from kwiga_orders.orders.state import EndSet, Extended, Frozen, Order, Subscription
from kwiga_orders.payments import Payment
from kwiga_orders.periods import Period, later, zone_named
from kwiga_orders.values import kept_with

__all__ = ["PeriodSpan", "Periods", "amount_at", "periods_of"]


@attrs.frozen(kw_only=True)
class PeriodSpan:
    """A period that gave access: `[starts_at, ends_at)`; `ends_at` None means for ever.

    Number 0 is the trial. `paid_at` is None if the period was free; `lost_at` is when its money was refunded in full or
    charged back.
    """

    number: int
    starts_at: datetime
    ends_at: datetime | None
    paid_at: datetime | None = None
    lost_at: datetime | None = None

    def counts(self, at: datetime) -> bool:
        """Tell whether the period was paid by an instant, and its money not refunded by then."""
        return (self.paid_at is None or self.paid_at <= at) and (self.lost_at is None or at < self.lost_at)


@attrs.frozen(kw_only=True)
class Periods:
    """The periods of a subscription that gave access, in order, and the number of the next one.

    `next_at` is when the next one begins; None if free periods go on for ever.
    """

    spans: tuple[PeriodSpan, ...]
    next_number: int
    next_at: datetime | None


def periods_of(order: Order) -> Periods:
    """Give the periods of a subscription by the facts known now."""
    # Cached with the order, because status, access and due work all need them.
    return kept_with(order, "_periods", _walked)


def _walked(order: Order) -> Periods:
    subscription = order.subscription
    assert subscription is not None, "only a subscription has periods"
    # the first edition made a new payment for a void period: the newer payment of a period counts
    made = {payment.period: payment for payment in order.payments if payment.period is not None}
    settled = [number for number, payment in made.items() if payment.paid is not None or payment.voided_at is not None]
    # The next payment has the number after the highest settled one.
    number = max(settled, default=0) + 1
    walk = _Walk.begin(order, subscription)
    for earlier in range(1, number):
        walk.pass_period(earlier, made.get(earlier))
    # P13: free periods have no payment; the walk passes them up to the first period with a price.
    while number not in made and walk.following is not None:
        if walk.is_next_free(number):
            # A free period may last for ever only if no payment of a later period exists.
            walk.pass_free(number, is_last=len(settled) == len(made))
            number += 1
        elif walk.resumed:
            # A period that has a price before a pause may be free after it, so all pauses are tried.
            walk.resume()
        else:
            due = walk.following
            walk.go_on()
            # Time given after it was due moves it, maybe to where it costs nothing.
            if walk.following == due:
                break
    walk.go_on()
    following = walk.following
    return Periods(
        spans=tuple([one.span for one in walk.held]),
        next_number=number,
        next_at=None if following is None else following.at,
    )


@attrs.frozen
class _Boundary:
    """An instant between two periods: `count` times `every` after an anchor."""

    at: datetime
    anchor: datetime
    count: int = 0


def _anchor(at: datetime) -> _Boundary:
    """Give a boundary from which later ones are counted."""
    return _Boundary(at, at)


@attrs.define(eq=False)
class _Held:
    """A period whose end later facts may still move; without an `end` it lasts for ever."""

    number: int
    starts_at: datetime
    end: _Boundary | None
    paid_at: datetime | None = None
    lost_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        assert self.end is not None, "nothing is paid or resumed while periods cost nothing for ever"
        return self.end.at

    @property
    def span(self) -> PeriodSpan:
        return PeriodSpan(
            number=self.number,
            starts_at=self.starts_at,
            ends_at=None if self.end is None else self.end.at,
            paid_at=self.paid_at,
            lost_at=self.lost_at,
        )


_Move = Extended | Frozen


@attrs.frozen
class _Resumed:
    """A resumption of the renewal at an instant: by hand before the period `number`, or by itself if that is None.

    `stopped_at` is when the pause began; if it ended by itself, only its end is known, and `stopped_at` is the same.
    """

    at: datetime
    stopped_at: datetime
    number: int | None = None

    def comes_before(self, number: int, settled_at: datetime | None) -> bool:
        """Tell whether it comes before the period `number`, whose payment was settled at an instant or is not (P6)."""
        if self.number is not None:
            return self.number <= number
        return settled_at is None or self.at < settled_at


@attrs.define(kw_only=True, eq=False)
# decision 0047: no date of a period is stored; one walk over the facts finds them all
class _Walk:
    """The walk: the periods so far, and the adjustments and resumptions still to apply.

    The next period begins `passing` times `every` after the end of `base`.
    """

    order: Order
    subscription: Subscription
    zone: ZoneInfo
    grace: Period | None
    base: _Held | _Boundary
    held: list[_Held]
    pending: list[_Move]
    resumed: list[_Resumed]
    passing: int = 0

    @classmethod
    def begin(cls, order: Order, subscription: Subscription) -> "_Walk":
        """Begin at the anchor, with the trial if there is one."""
        anchor = _anchor(subscription.anchor)
        # Law 1: the trial is period 0 and ends at the anchor from which periods are counted.
        trial = _Held(0, order.created_at, anchor)
        return cls(
            order=order,
            subscription=subscription,
            zone=zone_named(order.zone),
            grace=subscription.grace,
            base=trial if subscription.trial else anchor,
            held=[trial] if subscription.trial else [],
            # A10: a set end does not move periods; the window of access applies it.
            pending=[one for one in subscription.adjustments if not isinstance(one, EndSet)],
            resumed=sorted(_resumed(order, subscription), key=lambda one: one.at),
        )

    # Boundaries

    @property
    def following(self) -> _Boundary | None:
        """Where the next period begins; None: a period without end is running."""
        base = self.base.end if isinstance(self.base, _Held) else self.base
        return None if base is None else self._after(base, self.passing)

    def _after(self, boundary: _Boundary, count: int = 1) -> _Boundary:
        if not count:
            return boundary
        count += boundary.count
        # T2: counted from the anchor, not from the boundary before, so that the 31st comes back after February.
        at = later(boundary.anchor, self.subscription.every, zone=self.zone, count=count)
        return _Boundary(at, boundary.anchor, count)

    def _next(self) -> _Boundary:
        following = self.following
        assert following is not None, "nothing is paid while periods cost nothing for ever"
        return following

    def _covering(self, at: datetime) -> _Held | None:
        """Find the last period whose money was not refunded or charged back by an instant."""
        return next((one for one in reversed(self.held) if one.lost_at is None or at < one.lost_at), None)

    # One period

    def pass_period(self, number: int, payment: Payment | None) -> None:
        """Pass a period whose payment is settled, or that is free."""
        if payment is None:
            self._reach_free()
            self.pass_free(number, is_last=False)
        elif payment.paid is not None:
            self._resume_before(number, payment.paid.at)
            # P5: a payment dated before the order counts from the order's creation, as in the sums.
            self._pass_paid(payment, max(payment.paid.at, self.order.created_at))
        else:
            self._resume_before(number, payment.voided_at)
            self._adjust(lambda: self._passes_at(payment))
            # Law 4: a void payment, or one whose mark was removed: its period gives no access, other dates stay.
            self.passing += 1

    def _passes_at(self, payment: Payment) -> datetime:
        # extensions made while the payment was unpaid moved the period's start; once void, its dates stay
        begins = self._next().at
        return begins if payment.voided_at is None else max(begins, payment.voided_at)

    def _pass_paid(self, payment: Payment, paid_at: datetime) -> None:
        self._adjust(lambda: self._start(paid_at, payment.grace).at)
        start = self._start(paid_at, payment.grace)
        # P13: the grace that was stored with the payment
        self.grace = payment.grace
        assert payment.period is not None
        self._hold(_Held(payment.period, start.at, self._after(start), paid_at, lost_at(payment)))

    def pass_free(self, number: int, *, is_last: bool) -> None:
        """Pass a free period; the last one lasts for ever if nothing ends it."""
        start = self._next()
        # Nothing ends it: no number of periods, no later price, no stop, and no pause.
        is_endless = (
            is_last
            and self.subscription.periods is None
            and self.subscription.amounts[-1].at <= start.at
            and stopped_of(self.order) is None
            and not self.resumed
        )
        self._hold(_Held(number, start.at, None if is_endless else self._after(start)))

    def _hold(self, period: _Held) -> None:
        self.held.append(period)
        self.base, self.passing = period, 0

    def _start(self, paid_at: datetime, grace: Period | None) -> _Boundary:
        """The start of a period that was paid at an instant: its due date, or the payment if access had lapsed."""
        following = self._next()
        # Law 2: if it was paid in time, or while access was open, the dates stay.
        return following if paid_at <= following.at or self._is_open(paid_at, grace) else _anchor(paid_at)

    def _is_open(self, at: datetime, grace: Period | None) -> bool:
        covering = self._covering(at)
        if covering is None:
            return False
        rules = EndOfAccess(zone=self.zone, starts_at=covering.starts_at, grace=grace)
        return rules.is_before(at, covering.ends_at) or self._is_open_by_hand(at)

    def _is_open_by_hand(self, at: datetime) -> bool:
        """Tell whether a set end keeps access open at an instant (A10)."""
        # Only ends set by that instant, or an end that was set later would change the past.
        made = [one for one in self.subscription.adjustments if one.made_at <= at]
        end = EndOfAccess(zone=self.zone, starts_at=self.order.created_at).after(made, None)
        return end is not None and at < end

    # Free periods

    def is_next_free(self, number: int) -> bool:
        """Tell whether the next period, `number`, is free, after applying everything before it."""
        self._reach_free()
        at, periods, stop = self._next().at, self.subscription.periods, stopped_of(self.order)
        # No period begins before activation or after the last period.
        is_there = self.order.activated_at is not None and (periods is None or number <= periods)
        return is_there and (stop is None or at < stop.at) and not amount_at(self.subscription, at)

    # Pauses, extensions and freezes

    def go_on(self) -> None:
        """Apply all resumptions and adjustments before the next period, which is not settled."""
        while self.resumed:
            self.resume()
        self._adjust(lambda: None)

    def resume(self) -> None:
        """Continue after the next pause."""
        self._begin_again(self.resumed[0])

    def _resume_before(self, number: int, settled_at: datetime | None) -> None:
        for resumed in self.resumed:
            if resumed.comes_before(number, settled_at):
                self._begin_again(resumed)

    def _reach_free(self) -> None:
        """Apply everything before the next period, which is free; it does not begin while the renewal is stopped."""
        while True:
            # Only adjustments before its start: later ones move its own end.
            self._adjust(lambda: self._next().at)
            resumed = next((one for one in self.resumed if one.stopped_at <= self._next().at), None)
            if resumed is None:
                return
            self._begin_again(resumed)

    def _begin_again(self, resumed: _Resumed) -> None:
        """Continue after a pause: at paid-through, or at the resumption if that is later."""
        # P13: earlier resumptions do not count: a chargeback won during a pause by hand does not end the pause.
        self.resumed = [one for one in self.resumed if one.at > resumed.at]
        self._adjust(lambda: resumed.at)
        covering = self._covering(resumed.at)
        is_covered = covering is not None and resumed.at <= covering.ends_at
        self.base = covering if covering is not None and is_covered else _anchor(resumed.at)
        self.passing = 0

    def _adjust(self, limit: Callable[[], datetime | None]) -> None:
        """Apply the adjustments before a limit, in the order in which they were made (A13)."""
        while True:
            # `limit` is a function, because each applied adjustment may move it.
            until = limit()
            one = next((one for one in self.pending if self._applies(one, until)), None)
            if one is None:
                return
            self.pending.remove(one)
            self._apply(one)

    def _applies(self, one: _Move, until: datetime | None) -> bool:
        at = _position(one)
        covering = self._covering(at)
        if covering is None or covering.end is None:
            # before the first payment adjustments move the first period; after all money was lost, an extension
            # gives access of its own
            moves = bool(self.held) and isinstance(one, Extended)
        else:
            # A11: a freeze that begins after the end belongs to the next period
            moves = isinstance(one, Extended) or self._rules(covering).is_before(at, covering.end.at)
        return moves and (until is None or at < until)

    def _apply(self, one: _Move) -> None:
        """Move the end of the current or last period, and with it the periods after it."""
        at = _position(one)
        covering = self._covering(at)
        if covering is None:
            assert isinstance(one, Extended)
            # A9: after all money was lost, an extension gives a span of its own, from when it was made.
            covering = _Held(0, at, _anchor(at))
            self.held.append(covering)
        rules, end = self._rules(covering), covering.end
        # A freeze without access, or access for ever: nothing moves.
        if end is None or (moved := rules.moved(end.at, one)) == end.at:
            return
        following, covering.end = self._next(), _anchor(moved)
        if covering is not self.base or not rules.is_before(at, end.at):
            # an extension made after the end does not move periods that passed without access
            self.base, self.passing = max(following, covering.end, key=lambda one: one.at), 0

    def _rules(self, period: _Held) -> EndOfAccess:
        return EndOfAccess(zone=self.zone, starts_at=period.starts_at, grace=self.grace)


def _position(one: _Move) -> datetime:
    # A13: an extension acts when it is made, a freeze when it begins.
    return one.made_at if isinstance(one, Extended) else one.starts_at


def _resumed(order: Order, subscription: Subscription) -> Iterator[_Resumed]:
    for pause in subscription.pauses:
        yield _Resumed(pause.resumed_at, pause.stopped_at, pause.period)
    # A chargeback that was won resumes the renewal by itself, without a command.
    for at in won_back_at(order):
        yield _Resumed(at, stopped_at=at)


def amount_at(subscription: Subscription, at: datetime) -> Money:
    """Give the price of a period at an instant."""
    first, *others = subscription.amounts
    return [first.amount, *(one.amount for one in others if one.at <= at)][-1]

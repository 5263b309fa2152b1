"""From when to when each period of a subscription runs, and when the next one begins (P13).

One walk over the periods in their order, by the facts alone: payments, what was given back, extensions and freezes,
pauses, and what a period cost. The laws are those of `orders.subscriptions`, the home of P13.
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
    """A period that gave access: `[starts_at, ends_at)`; `ends_at` None is for ever.

    Number 0 is the trial. `paid_at` is None where nothing had to be paid; `lost_at` is when it was given back in full
    or charged back.
    """

    number: int
    starts_at: datetime
    ends_at: datetime | None
    paid_at: datetime | None = None
    lost_at: datetime | None = None

    def counts(self, at: datetime) -> bool:
        """Tell whether it was paid by an instant, and the money not taken back by then."""
        return (self.paid_at is None or self.paid_at <= at) and (self.lost_at is None or at < self.lost_at)


@attrs.frozen(kw_only=True)
class Periods:
    """The periods of a subscription that gave access, in order, and the number of the next one.

    It begins at `next_at`; None if none will, since periods that cost nothing go on for ever.
    """

    spans: tuple[PeriodSpan, ...]
    next_number: int
    next_at: datetime | None


def periods_of(order: Order) -> Periods:
    """Give the periods of a subscription by the facts known now."""
    # Cached with the order: status, access and due work of one page all walk the same periods.
    return kept_with(order, "_periods", _walked)


def _walked(order: Order) -> Periods:
    subscription = order.subscription
    assert subscription is not None, "only a subscription has periods"
    # the first edition made a void period again: of two payments of one period the newer counts
    made = {payment.period: payment for payment in order.payments if payment.period is not None}
    settled = [number for number, payment in made.items() if payment.paid is not None or payment.voided_at is not None]
    # A settled payment settles its number; the one after the highest is the next to be made.
    number = max(settled, default=0) + 1
    walk = _Walk.begin(order, subscription)
    for earlier in range(1, number):
        walk.pass_period(earlier, made.get(earlier))
    # P13: free periods need no payment, so the walk passes them without one, up to the first that costs.
    while number not in made and walk.following is not None:
        if walk.is_next_free(number):
            # For ever only if no payment follows it: an unpaid one is of a period that is still to come.
            walk.pass_free(number, is_last=len(settled) == len(made))
            number += 1
        elif walk.resumed:
            # What costs something before a pause may be free after it, so all pauses are tried.
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
    """An instant between two periods: so many times `every` after an anchor."""

    at: datetime
    anchor: datetime
    count: int = 0


def _anchor(at: datetime) -> _Boundary:
    """Give a boundary that is the anchor of those after it."""
    return _Boundary(at, at)


@attrs.define(eq=False)
class _Held:
    """A period that what comes later may still move; without an `end` it lasts for ever."""

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
    """That renewal was resumed at an instant: by hand before the period of that number, else by itself.

    `stopped_at` is when the pause began; of one that ended by itself only its end is known.
    """

    at: datetime
    stopped_at: datetime
    number: int | None = None

    def comes_before(self, number: int, settled_at: datetime | None) -> bool:
        """Tell whether it comes before a period whose payment was settled at that instant; None: not yet (P6)."""
        if self.number is not None:
            return self.number <= number
        return settled_at is None or self.at < settled_at


@attrs.define(kw_only=True, eq=False)
# decision 0047: no date of a period is stored; one walk over the facts finds them all
class _Walk:
    """The walk: the periods so far, and what is still to be applied. The next one begins `passing` after `base`."""

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
        # The trial is period 0, and lasts until the anchor from which period 1 is counted (law 1).
        trial = _Held(0, order.created_at, anchor)
        return cls(
            order=order,
            subscription=subscription,
            zone=zone_named(order.zone),
            grace=subscription.grace,
            base=trial if subscription.trial else anchor,
            held=[trial] if subscription.trial else [],
            # An end that was set is no move of a period: access takes it into account on its own (A10).
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
        # Always from the anchor, never from the boundary before: so the 31st comes back after February (T2).
        at = later(boundary.anchor, self.subscription.every, zone=self.zone, count=count)
        return _Boundary(at, boundary.anchor, count)

    def _next(self) -> _Boundary:
        following = self.following
        assert following is not None, "nothing is paid while periods cost nothing for ever"
        return following

    def _covering(self, at: datetime) -> _Held | None:
        """Find the last period whose money had not been taken back by an instant."""
        # The last that still counts: what was charged back carries nothing.
        return next((one for one in reversed(self.held) if one.lost_at is None or at < one.lost_at), None)

    # One period

    def pass_period(self, number: int, payment: Payment | None) -> None:
        """Pass a period whose payment is settled, or that cost nothing."""
        if payment is None:
            self._reach_free()
            self.pass_free(number, is_last=False)
        elif payment.paid is not None:
            self._resume_before(number, payment.paid.at)
            # A date noted before the order existed counts from its creation, as in the sums (P5).
            self._pass_paid(payment, max(payment.paid.at, self.order.created_at))
        else:
            self._resume_before(number, payment.voided_at)
            self._adjust(lambda: self._passes_at(payment))
            # Void, or its mark was taken back: it passes without access, the dates of the others stay (law 4).
            self.passing += 1

    def _passes_at(self, payment: Payment) -> datetime:
        # time given while it was unpaid moved its start; once it is void it keeps its dates
        begins = self._next().at
        return begins if payment.voided_at is None else max(begins, payment.voided_at)

    def _pass_paid(self, payment: Payment, paid_at: datetime) -> None:
        self._adjust(lambda: self._start(paid_at, payment.grace).at)
        start = self._start(paid_at, payment.grace)
        # Grace as it was when the payment was made: the promise of that time (P13).
        self.grace = payment.grace
        assert payment.period is not None
        self._hold(_Held(payment.period, start.at, self._after(start), paid_at, lost_at(payment)))

    def pass_free(self, number: int, *, is_last: bool) -> None:
        """Pass a period that costs nothing; the last one lasts for ever if nothing can change that."""
        start = self._next()
        # For ever only if nothing ends it: no number of periods, no price to come, no stop, and no pause.
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
        """Where a period paid at an instant begins: where it is due, or with the payment if access had lapsed."""
        following = self._next()
        # Law 2: in time, or with access still open, the dates are kept; else it begins with the money.
        return following if paid_at <= following.at or self._is_open(paid_at, grace) else _anchor(paid_at)

    def _is_open(self, at: datetime, grace: Period | None) -> bool:
        covering = self._covering(at)
        return covering is not None and (self._is_within(covering, at, grace) or self._is_open_by_hand(at))

    def _is_within(self, covering: _Held, at: datetime, grace: Period | None) -> bool:
        rules = EndOfAccess(zone=self.zone, starts_at=covering.starts_at, grace=grace)
        return rules.is_before(at, covering.ends_at)

    def _is_open_by_hand(self, at: datetime) -> bool:
        """Tell whether an end that was set keeps access open at an instant (A10)."""
        # Only ends known at that instant, or an end set later would open the past.
        made = [one for one in self.subscription.adjustments if one.made_at <= at]
        end = EndOfAccess(zone=self.zone, starts_at=self.order.created_at).after(made, None)
        return end is not None and at < end

    # What costs nothing

    def is_next_free(self, number: int) -> bool:
        """Tell whether the next period, of that number, begins without a payment, after all that comes before it."""
        self._reach_free()
        at, periods, stop = self._next().at, self.subscription.periods, stopped_of(self.order)
        # Before activation nothing begins by itself, and after the last period nothing follows.
        is_there = self.order.activated_at is not None and (periods is None or number <= periods)
        return is_there and (stop is None or at < stop.at) and not amount_at(self.subscription, at)

    # Pauses, extensions and freezes

    def go_on(self) -> None:
        """Apply all that is known to come before the next period, which is not settled."""
        while self.resumed:
            self.resume()
        self._adjust(lambda: None)

    def resume(self) -> None:
        """Begin again after the next pause that is left."""
        self._begin_again(self.resumed[0])

    def _resume_before(self, number: int, settled_at: datetime | None) -> None:
        for resumed in self.resumed:
            if resumed.comes_before(number, settled_at):
                self._begin_again(resumed)

    def _reach_free(self) -> None:
        """Apply all that comes before the next period, which costs nothing; while renewal is stopped nobody gets it."""
        while True:
            # Only what comes before it: what is done while it runs moves its own end.
            self._adjust(lambda: self._next().at)
            resumed = next((one for one in self.resumed if one.stopped_at <= self._next().at), None)
            if resumed is None:
                return
            self._begin_again(resumed)

    def _begin_again(self, resumed: _Resumed) -> None:
        """Begin again after a pause: at paid-through, or with the resumption if that is later."""
        # Earlier ones say nothing any more: a chargeback won within a pause by hand does not end that (P13).
        self.resumed = [one for one in self.resumed if one.at > resumed.at]
        self._adjust(lambda: resumed.at)
        covering = self._covering(resumed.at)
        is_covered = covering is not None and resumed.at <= covering.ends_at
        self.base = covering if covering is not None and is_covered else _anchor(resumed.at)
        self.passing = 0

    def _adjust(self, limit: Callable[[], datetime | None]) -> None:
        """Apply what comes before a limit, which may move with it, in the order in which it was made (A13)."""
        while True:
            # `limit` is asked anew in each round: what was applied may have moved it.
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
            # before anything was paid it moves the first period; once all is lost an extension gives access from then
            moves = bool(self.held) and isinstance(one, Extended)
        else:
            # A11: a freeze that begins after the end is of the next period, if it lasts that long
            moves = isinstance(one, Extended) or self._rules(covering).is_before(at, covering.end.at)
        return moves and (until is None or at < until)

    def _apply(self, one: _Move) -> None:
        """Move the end of the period that is running, or has run out; what follows moves along."""
        at = _position(one)
        covering = self._covering(at)
        if covering is None:
            assert isinstance(one, Extended)
            # An extension after everything was lost opens a span of its own, as a gift, from when it was made (A9).
            covering = _Held(0, at, _anchor(at))
            self.held.append(covering)
        rules, end = self._rules(covering), covering.end
        # A freeze outside of access, or an end without limit: nothing to move.
        if end is None or (moved := rules.moved(end.at, one)) == end.at:
            return
        following, covering.end = self._next(), _anchor(moved)
        if covering is not self.base or not rules.is_before(at, end.at):
            # time given after the end leaves the dates of those that pass without access alone
            self.base, self.passing = max(following, covering.end, key=lambda one: one.at), 0

    def _rules(self, period: _Held) -> EndOfAccess:
        return EndOfAccess(zone=self.zone, starts_at=period.starts_at, grace=self.grace)


def _position(one: _Move) -> datetime:
    # A13: an extension acts when it is made, a freeze when it begins.
    return one.made_at if isinstance(one, Extended) else one.starts_at


def _resumed(order: Order, subscription: Subscription) -> Iterator[_Resumed]:
    for pause in subscription.pauses:
        yield _Resumed(pause.resumed_at, pause.stopped_at, pause.period)
    # A chargeback that was won resumes the renewal by itself, with no command that could say so.
    for at in won_back_at(order):
        yield _Resumed(at, stopped_at=at)


def amount_at(subscription: Subscription, at: datetime) -> Money:
    """Give what a period cost at an instant."""
    first, *others = subscription.amounts
    return [first.amount, *(one.amount for one in others if one.at <= at)][-1]

"""What an order is: lines, payments, adjustments of access, and where it stands in its funnel."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Literal

import attrs

from kwiga_orders.errors import NotFound
from kwiga_orders.money import Money
from kwiga_orders.offers import Discount, RefundPolicy, discounted
from kwiga_orders.orders.reports import Anomaly, Attention, Heard
from kwiga_orders.payments import RETRIES, Activation, Payment, PaymentState, PaymentStatus
from kwiga_orders.periods import Period
from kwiga_orders.project import Actor
from kwiga_orders.sums import Tally, TotalSet, first_opened, tallies
from kwiga_orders.terms import USUAL, AccessTerms
from kwiga_orders.values import changed, kept

__all__ = [
    "Adjustment",
    "AmountSet",
    "Certificate",
    "Custom",
    "EndSet",
    "Extended",
    "Follows",
    "Frozen",
    "Line",
    "Note",
    "Order",
    "OrderType",
    "Origin",
    "Pause",
    "Stopped",
    "Subscription",
    "Task",
    "Terms",
    "payment_id",
    "unpaid_for",
    "waiting_for",
]

OrderType = Literal["regular", "subscription", "instalments"]
"""How an order is paid (O11)."""


@attrs.frozen(kw_only=True)
class Follows:
    """The line takes its terms from the offer, live, since that version (O6)."""

    kind: ClassVar[str] = "follows"
    since: int


@attrs.frozen(kw_only=True)
class Custom:
    """The line has terms of its own, which no edit of the offer reaches (O7)."""

    kind: ClassVar[str] = "custom"
    terms: AccessTerms = USUAL
    scope_set_at: datetime | None = None


Terms = Follows | Custom
"""Whose terms a line has (O6)."""


@attrs.frozen(kw_only=True)
class Extended:
    """The end was moved on by a period (A9, A13)."""

    kind: ClassVar[str] = "extended"
    made_at: datetime
    by: Period
    actor: Actor = Actor()
    reason: str | None = None


@attrs.frozen(kw_only=True)
class EndSet:
    """The end was set to an instant, or to none (A10, A13)."""

    kind: ClassVar[str] = "end_set"
    made_at: datetime
    at: datetime | None
    actor: Actor = Actor()
    reason: str | None = None


@attrs.frozen(kw_only=True)
class Frozen:
    """Access was frozen for `[starts_at, ends_at)`; if it was `lifted` early, `ends_at` is the real end (A11)."""

    kind: ClassVar[str] = "frozen"
    made_at: datetime
    starts_at: datetime
    ends_at: datetime
    actor: Actor = Actor()
    lifted: bool = False
    reason: str | None = None


Adjustment = Extended | EndSet | Frozen
"""What was done to the window of a line, and when (A13)."""


@attrs.frozen(kw_only=True)
class Line:
    """One product of an order: its price, the source of its terms, and the adjustments of its window.

    `added_at` is None for the lines an order was made with (O13).
    """

    product: str
    price: Money
    source: Terms
    curators: tuple[str, ...] = ()
    added_at: datetime | None = None
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def freezes(self) -> tuple[Frozen, ...]:
        """The freezes, by their beginning."""
        freezes = [one for one in self.adjustments if isinstance(one, Frozen)]
        # Sorted here and not when stored: adjustments apply in the order they were made (A13), freezes close in that of
        # time.
        return tuple(sorted(freezes, key=lambda freeze: freeze.starts_at))


@attrs.frozen(kw_only=True)
class Origin:
    """The offer and the payment option an order was opened from (O3), or made from `by_hand`, without twins (O4)."""

    offer: str
    version: int
    option: str
    by_hand: bool = False


@attrs.frozen(kw_only=True)
class Stopped:
    """That the renewal was stopped by hand, since when, and why (P13)."""

    at: datetime
    reason: str | None = None


@attrs.frozen(kw_only=True)
class Pause:
    """Renewal was stopped for `[stopped_at, resumed_at)`; `period` is the one that begins again after it (P13)."""

    stopped_at: datetime
    resumed_at: datetime
    period: int


@attrs.frozen(kw_only=True)
class AmountSet:
    """What a period costs from an instant on; the first one counts for all time before, too (P13)."""

    at: datetime
    amount: Money


@attrs.frozen(kw_only=True)
class Subscription:
    """Periods of one `every`, counted from the anchor (P13).

    `retries` are the periods after which a failed charge is tried again (P17), `grace` the project's when the order was
    made, `gateway` what the first payment takes after a trial. `stopped` is a stop by hand, `cleared` names what had
    stopped the renewal by itself until it was resumed. `adjustments` are those of all its lines; `adjusted` is the
    version of the order that made the last one.
    """

    every: Period
    anchor: datetime
    periods: int | None = None
    trial: bool = False
    grace: Period | None = None
    retries: tuple[Period, ...] = RETRIES
    gateway: str | None = None
    stopped: Stopped | None = None
    pauses: tuple[Pause, ...] = ()
    cleared: frozenset[str] = frozenset()
    adjustments: tuple[Adjustment, ...] = ()
    adjusted: int = 0
    amounts: tuple[AmountSet, ...] = ()


@attrs.frozen(kw_only=True)
class Note:
    """What somebody of the team noted of an order (O14)."""

    id: str
    at: datetime
    actor: Actor
    text: str


@attrs.frozen(kw_only=True)
class Task:
    """Something for the team to do about an order (O14)."""

    id: str
    title: str
    assignee: str | None = None
    due_at: datetime | None = None
    completed_at: datetime | None = None


@attrs.frozen(kw_only=True)
class Certificate:
    """A certificate that was issued, and perhaps revoked; a `reason` says that it was by hand (C3-C5).

    `carried_from` is the order under which it was issued, if this one carries it on.
    """

    product: str
    number: int
    issued_at: datetime
    revoked_at: datetime | None = None
    reason: str | None = None
    carried_from: str | None = None


class _Kept:
    """Cache slots for values computed once an order."""

    __slots__ = ("_activated_at", "_asked", "_periods", "_tallies")


@attrs.frozen(kw_only=True)
class Order(_Kept):
    """The conditions under which a contact has access to one or more products, and what is paid for it. Home of O2.

    `zone` is the IANA zone it was given in, so a change of the project's zone moves nothing. Home of T7.
    `plan_difference` is what the payment option costs more or less than the lines (M5). `superseded_at` is when a newer
    opening took its place, also if it was activated after all. `fired` has the keys of the host's events that have
    moved it (F4), `noted` those of what fell due and is noted (P14). `attention` is what a person must look at (P16);
    `heard` has the reports of gateways that are weighed together (P11). `taken_out` names products that it had once.
    `source` is where an opening came from (O3); `tasks_removed` counts those whose ids are not used again.
    """

    id: str
    number: int
    contact: str
    currency: str
    zone: str
    created_at: datetime
    type: OrderType = "regular"
    funnel: str
    status: str
    manager: str | None = None
    responsibles: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    comment: str | None = None
    notes: tuple[Note, ...] = ()
    tasks: tuple[Task, ...] = ()
    tasks_removed: int = 0
    source: str | None = None
    origin: Origin | None = None
    opens_on: Activation = "first_payment"
    refund_policy: RefundPolicy = "keep"
    lines: tuple[Line, ...]
    discount: Discount | None = None
    plan_difference: Money
    payments: tuple[Payment, ...] = ()
    totals: tuple[TotalSet, ...] = ()
    subscription: Subscription | None = None
    superseded_by: str | None = None
    superseded_at: datetime | None = None
    cancelled_at: datetime | None = None
    certificates: tuple[Certificate, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    attention: tuple[Attention, ...] = ()
    heard: Heard | None = None
    taken_out: frozenset[str] = frozenset()
    fired: frozenset[str] = frozenset()
    noted: frozenset[str] = frozenset()
    version: int = 0
    updated_at: datetime

    @property
    def opened_from(self) -> str | None:
        """The offer that it is an opening of, by its code; one made by hand has no twins (O3, O4)."""
        return None if self.origin is None or self.origin.by_hand else self.origin.offer

    def line(self, product: str) -> Line:
        """Give the line of that product.

        Raises:
            NotFound: if the order has none.
        """
        for line in self.lines:
            if line.product == product:
                return line
        raise NotFound("product", product)

    def payment(self, id: str) -> Payment:
        """Give the payment of that id.

        Raises:
            NotFound: if the order has none.
        """
        for payment in self.payments:
            # A plain loop: an order has few payments, and a mapping would have to be kept with every copy.
            if payment.id == id:
                return payment
        raise NotFound("payment", id)

    @property
    def is_copied(self) -> bool:
        """Whether it came from an offer, and a line has terms or a price of its own (O7)."""
        return self.origin is not None and any(isinstance(line.source, Custom) for line in self.lines)

    @property
    def price(self) -> Money:
        """The sum of the prices of its lines."""
        return Money.total([line.price for line in self.lines], currency=self.currency)

    @property
    def plan_adds(self) -> Money:
        """What the payment option adds to the prices, or takes off: never more than they are (M5)."""
        # M5: an option may cost less than the lines, but never less than nothing.
        return max(self.plan_difference, -self.price)

    @property
    def discount_amount(self) -> Money:
        """What the discount takes off: never more than the order costs (M4, M5)."""
        if self.discount is None:
            return Money.zero(self.currency)
        # The plan's difference comes before the discount: a percentage is taken of what is really charged (M4).
        return discounted(self.price + self.plan_adds, self.discount)

    @property
    def agreed(self) -> Money:
        """What prices, discount and plan come to; of a subscription, the amount of one period (M5, P13)."""
        agreed = self.price
        # Most orders have neither difference nor discount, and each sum of money costs.
        if self.plan_difference:
            agreed += self.plan_adds
        return agreed if self.discount is None else agreed - self.discount_amount

    @property
    def on_top(self) -> Money:
        """What payments by hand asked beyond the balance, as long as they are not void (P1)."""
        added = [payment for payment in self.payments if payment.by_hand and not payment.is_void]
        if self.subscription is not None:
            # P13: what is added to a subscription is on top of its periods
            return Money.total([payment.amount for payment in added], currency=self.currency)
        return Money.total([one.on_top for one in added if one.on_top is not None], currency=self.currency)

    @property
    def total(self) -> Money:
        """What the order costs: prices - discount + plan difference + on top, never negative. Home of M5.

        Of a subscription it is the sum of its payments that are not void, whatever came for them (P13).
        """
        if self.subscription is not None:
            owed = [payment.amount for payment in self.payments if not payment.is_void]
            return Money.total(owed, currency=self.currency)
        return self.agreed + self.on_top

    # decision 0011: sums, status and activation are folds over facts, so the order of arrival does not matter
    @kept("payments", "totals", "subscription")
    def tallies(self) -> list[Tally]:
        """Its sums from instant to instant, by the facts of money known now (P5, T6)."""
        return tallies(self.payments, self.totals, subscribed=self.subscription is not None)

    @kept("payments", "totals", "opens_on", "subscription")
    def activated_at(self) -> datetime | None:
        """When it was activated, if it was. Home of P5: the first instant at which money reaches what opens it."""
        if self.subscription is not None:
            if self.subscription.trial:
                # A trial opens at once, without money (P13).
                return self.created_at
            periods = [payment for payment in self.payments if payment.period is not None]
            # P13: what is paid beside the periods opens no subscription; nor is it free because its first period is.
            return first_opened(tallies(_floored(periods), self.totals), self.opens_on, may_be_free=False)
        if any(payment.mark is not None and payment.mark.floor is not None for payment in self.payments):
            # Recomputed only where a mark by hand has a floor: the cached tallies know nothing of floors.
            return first_opened(tallies(_floored(self.payments), self.totals), self.opens_on)
        return first_opened(self.tallies, self.opens_on)

    @property
    def sums(self) -> Tally:
        """Its sums now, all facts taken together (P7)."""
        return self.tallies[-1]

    @property
    def payment_status(self) -> PaymentStatus:
        """Its payment status now (P7)."""
        return self.sums.status

    @property
    def team(self) -> tuple[str, ...]:
        """Its manager and its responsibles: the people of the staff whose own order it is (K8)."""
        return self.responsibles if self.manager is None else (self.manager, *self.responsibles)

    @property
    def needs_attention(self) -> bool:
        """Whether there is something that a person must look at (P16)."""
        return bool(self.attention)

    def sums_at(self, at: datetime) -> Tally:
        """Give its sums at an instant (T6)."""
        # The first tally holds for all time before the order, too, so there is always an answer.
        found = self.tallies[0]
        for step in self.tallies[1:]:
            if step.at <= at:
                found = step
        return found


def waiting_for(order: Order) -> str | None:
    """Give the offer of an opening that the next opening supersedes: one that waits and is not superseded (O3)."""
    return _twin_of(order) if order.superseded_by is None else None


def unpaid_for(order: Order) -> str | None:
    """Give the offer of an opening whose payments are voided when a newer one is activated (O3)."""
    is_unpaid = any(payment.state is PaymentState.UNPAID for payment in order.payments)
    return _twin_of(order) if is_unpaid else None


def _twin_of(order: Order) -> str | None:
    return order.opened_from if order.activated_at is None and order.cancelled_at is None else None


def payment_id(order: Order, number: int) -> str:
    """Give the id of the payment of that number, counted from 1: as unguessable as the order's own. Home of O5."""
    # decision 0010: parts are called after their order, so no store has to make their ids
    return f"{order.id}.{number}"


def _floored(payments: Iterable[Payment]) -> list[Payment]:
    """Give payments with marks by hand that do not move an activation that had happened before them (P5)."""
    return [_floored_one(payment) for payment in payments]


def _floored_one(payment: Payment) -> Payment:
    mark = payment.mark
    # A mark dated later than the floor moves nothing, so the payment stays the same object.
    if mark is None or mark.floor is None or mark.floor <= mark.at:
        return payment
    return changed(payment, mark=changed(mark, at=mark.floor))

"""The state of an order: lines, payments, adjustments of access, and its status in the funnel."""

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
    """The line follows its offer: it takes the terms from the offer at each read, since that version (O6)."""

    kind: ClassVar[str] = "follows"
    since: int


@attrs.frozen(kw_only=True)
class Custom:
    """The line has its own terms, which edits of the offer do not change (O7)."""

    kind: ClassVar[str] = "custom"
    terms: AccessTerms = USUAL
    scope_set_at: datetime | None = None


Terms = Follows | Custom
"""The source of a line's terms (O6)."""


@attrs.frozen(kw_only=True)
class Extended:
    """The end was extended by a period (A9, A13)."""

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
"""An adjustment of a line's window by hand (A13)."""


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
        # Sorted here, because adjustments are stored in the order of their making (A13).
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
    """A stop of the renewal by hand, with its instant and reason (P13)."""

    at: datetime
    reason: str | None = None


@attrs.frozen(kw_only=True)
class Pause:
    """The renewal was stopped for `[stopped_at, resumed_at)`; `period` is the first one after it (P13)."""

    stopped_at: datetime
    resumed_at: datetime
    period: int


@attrs.frozen(kw_only=True)
class AmountSet:
    """The price of a period from an instant on; the first one also counts for all time before (P13)."""

    at: datetime
    amount: Money


@attrs.frozen(kw_only=True)
class Subscription:
    """Periods of one `every`, counted from the anchor (P13).

    `retries` are the periods after which a failed charge is tried again (P17). `grace` is the project's grace when the
    order was made, `gateway` that of the first payment after a trial. `stopped` is a stop by hand; `cleared` names the
    facts that had stopped the renewal until it was resumed. `adjustments` are those of all lines; `adjusted` is the
    version of the order with the last one.
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
    """A note of the team about an order (O14)."""

    id: str
    at: datetime
    actor: Actor
    text: str


@attrs.frozen(kw_only=True)
class Task:
    """A task of the team about an order (O14)."""

    id: str
    title: str
    assignee: str | None = None
    due_at: datetime | None = None
    completed_at: datetime | None = None


@attrs.frozen(kw_only=True)
class Certificate:
    """A certificate that was issued, and perhaps revoked; with a `reason`, it was revoked by hand (C3-C5).

    `carried_from` is the order that issued it, if it was carried over to this order.
    """

    product: str
    number: int
    issued_at: datetime
    revoked_at: datetime | None = None
    reason: str | None = None
    carried_from: str | None = None


class _Kept:
    """Cache slots for values that are computed once for each order."""

    __slots__ = ("_activated_at", "_asked", "_periods", "_tallies")


@attrs.frozen(kw_only=True)
class Order(_Kept):
    """An order: a contact's access to one or more products, its conditions, and the payments for it. Home of O2.

    `zone` is the IANA zone of the project when the order was made; a later change of the project's zone does not affect
    the order. Home of T7. `plan_difference` is how much more or less than the lines the payment option costs (M5).
    `superseded_at` is when a newer opening superseded the order; it stays if the order is activated later. `fired` has
    the keys of the host's events that have moved the order (F4), `noted` the keys of announced due dates (P14).
    `attention` has the items that a person must look at (P16). `heard` has the gateway reports that are evaluated
    together (P11). `taken_out` names removed products. `source` says where an opening came from (O3). `tasks_removed`
    counts removed tasks, so that their ids are not used again.
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
        """The code of the offer if the order is an opening of it; an order made by hand has no twins (O3, O4)."""
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
            # A loop, because an order has few payments and a mapping would be built for every copy of the order.
            if payment.id == id:
                return payment
        raise NotFound("payment", id)

    @property
    def is_copied(self) -> bool:
        """Whether the order was made from an offer and a line has its own terms or price (O7)."""
        return self.origin is not None and any(isinstance(line.source, Custom) for line in self.lines)

    @property
    def price(self) -> Money:
        """The sum of the prices of its lines."""
        return Money.total([line.price for line in self.lines], currency=self.currency)

    @property
    def plan_adds(self) -> Money:
        """The amount that the payment option adds to the prices, or subtracts from them (M5)."""
        # M5: it cannot make the cost negative.
        return max(self.plan_difference, -self.price)

    @property
    def discount_amount(self) -> Money:
        """The amount of the discount, at most the cost of the order (M4, M5)."""
        if self.discount is None:
            return Money.zero(self.currency)
        # M4: the option's difference is added first, so that a percentage is of the amount really charged.
        return discounted(self.price + self.plan_adds, self.discount)

    @property
    def agreed(self) -> Money:
        """The cost by prices, option and discount; in a subscription, of one period (M5, P13)."""
        agreed = self.price
        # Checked first, because most orders have neither and each sum of money takes time.
        if self.plan_difference:
            agreed += self.plan_adds
        return agreed if self.discount is None else agreed - self.discount_amount

    @property
    def on_top(self) -> Money:
        """The sum of what is on top of all payments (P1)."""
        parts = map(self.on_top_of, self.payments)
        return Money.total([part for part in parts if part is not None], currency=self.currency)

    def on_top_of(self, payment: Payment) -> Money | None:
        """Give the part of a payment by hand that is on top; None of any other, and of one that is void (P1)."""
        if not payment.by_hand or payment.is_void:
            return None
        # P13: in a subscription every payment by hand is on top
        return payment.on_top if self.subscription is None else payment.amount

    @property
    def total(self) -> Money:
        """The total: prices - discount + plan difference + on top, never negative. Home of M5.

        In a subscription it is the sum of the payments that are not void, paid or not (P13).
        """
        if self.subscription is not None:
            owed = [payment.amount for payment in self.payments if not payment.is_void]
            return Money.total(owed, currency=self.currency)
        return self.agreed + self.on_top

    # decision 0011: sums, status and activation are computed from facts, so their order of arrival does not matter
    @kept("payments", "totals", "subscription")
    def tallies(self) -> list[Tally]:
        """The sums of the order from instant to instant, by the facts about money known now (P5, T6)."""
        return tallies(self.payments, self.totals, subscribed=self.subscription is not None)

    @kept("payments", "totals", "opens_on", "subscription")
    def activated_at(self) -> datetime | None:
        """When the order was activated, or None. Home of P5: the first instant at which money reached `opens_on`."""
        if self.subscription is not None:
            if self.subscription.trial:
                # A trial opens at once, without money (P13).
                return self.created_at
            periods = [payment for payment in self.payments if payment.period is not None]
            # P13: only payments of periods activate a subscription, and it is not free if only its first period is.
            return first_opened(tallies(_floored(periods), self.totals), self.opens_on, may_be_free=False)
        if any(payment.mark is not None and payment.mark.floor is not None for payment in self.payments):
            # Computed again only if a mark by hand has a floor, because the cached tallies ignore floors.
            return first_opened(tallies(_floored(self.payments), self.totals), self.opens_on)
        return first_opened(self.tallies, self.opens_on)

    @property
    def sums(self) -> Tally:
        """The current sums of the order, from all facts (P7)."""
        return self.tallies[-1]

    @property
    def payment_status(self) -> PaymentStatus:
        """The current payment status (P7)."""
        return self.sums.status

    @property
    def team(self) -> tuple[str, ...]:
        """The manager and the responsibles: the staff for whom this counts as an own order (K8)."""
        return self.responsibles if self.manager is None else (self.manager, *self.responsibles)

    @property
    def needs_attention(self) -> bool:
        """Whether there are attention items (P16)."""
        return bool(self.attention)

    def sums_at(self, at: datetime) -> Tally:
        """Give the sums at an instant (T6)."""
        # The first tally also counts for all time before the order.
        found = self.tallies[0]
        for step in self.tallies[1:]:
            if step.at <= at:
                found = step
        return found


def waiting_for(order: Order) -> str | None:
    """Give the offer of an opening that the next one would supersede: it waits and is not superseded (O3)."""
    return _twin_of(order) if order.superseded_by is None else None


def unpaid_for(order: Order) -> str | None:
    """Give the offer of an opening whose payments would be voided if a newer opening is activated (O3)."""
    is_unpaid = any(payment.state is PaymentState.UNPAID for payment in order.payments)
    return _twin_of(order) if is_unpaid else None


def _twin_of(order: Order) -> str | None:
    return order.opened_from if order.activated_at is None and order.cancelled_at is None else None


def payment_id(order: Order, number: int) -> str:
    """Give the id of the payment of that number, counted from 1: as unguessable as the order's own. Home of O5."""
    # decision 0010: ids of parts begin with the order's id, so that stores need not make them
    return f"{order.id}.{number}"


def _floored(payments: Iterable[Payment]) -> list[Payment]:
    """Give payments whose marks by hand count no earlier than their floor: the activation before the mark (P5)."""
    return [_floored_one(payment) for payment in payments]


def _floored_one(payment: Payment) -> Payment:
    mark = payment.mark
    # A mark dated after its floor stays the same object.
    if mark is None or mark.floor is None or mark.floor <= mark.at:
        return payment
    return changed(payment, mark=changed(mark, at=mark.floor))

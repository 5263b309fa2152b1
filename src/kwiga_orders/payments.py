"""Payments, attempts, refunds, and the payment options of an offer.

Laws:

1. Payments, attempts and refunds are facts with their own instants; states are derived from them (P2, P4, P10).
2. A payment goes unpaid → paid → partially refunded → refunded, or unpaid → void (P2).
3. The money of a payment is its mark by hand and each success of a gateway; but the first success of a payment that was
   marked by hand is the money of the mark (P4, P6).
4. The payments of an option sum to its total; each part of a plan closes access when it is overdue (P12).
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.checked import Checked
from kwiga_orders.errors import Fault
from kwiga_orders.money import Money
from kwiga_orders.periods import Period, begins, chosen, ends, later

__all__ = [
    "RETRIES",
    "Activation",
    "Attempt",
    "DatedPart",
    "Full",
    "Mark",
    "Method",
    "MoneyIn",
    "Outcome",
    "Paid",
    "Parts",
    "Payment",
    "PaymentKind",
    "PaymentOption",
    "PaymentState",
    "PaymentStatus",
    "Planned",
    "Refund",
    "SavedMeans",
    "Schedule",
    "Subscribe",
    "VoidCause",
    "cost_of",
    "due_from",
    "overdue_at",
    "own_cost",
    "planned",
]

PaymentKind = Literal["regular", "prepayment", "surcharge"]
"""A label for analytics, without any effect (P1)."""

Method = Literal["cashless", "cash", "bank_transfer", "other"]
"""How it is paid; `cashless` is on the platform (P1)."""

Activation = Literal["first_payment", "full_payment"]
"""The amount that activates an order: any paid amount, or its total (P5)."""

VoidCause = Literal["hand", "cancelled", "superseded", "stopped"]
"""Why a payment is void; reopening an order restores payments that cancelling voided (O12)."""


class Outcome(StrEnum):
    """How an attempt or a refund ended (P4, P10)."""

    PENDING = "pending"
    UNKNOWN = "unknown"
    FAILED = "failed"
    SUCCEEDED = "succeeded"


class PaymentState(StrEnum):
    """The state of a payment (P2)."""

    UNPAID = "unpaid"
    VOID = "void"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class PaymentStatus(StrEnum):
    """The payment status of an order (P7)."""

    UNPAID = "unpaid"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


@attrs.frozen
class SavedMeans(Checked):
    """A saved card or account that a gateway can charge again, by the gateway's token; `repr` leaves it out (P13)."""

    token: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Attempt:
    """One attempt to pay (P4). `at` is when it ended, or started if it has not ended.

    `amount` is the paid amount if it succeeded, else the amount with which it was started. `outdated` says that the
    payment was edited since, so that the old amount no longer pays it (P3). `kept_out` says that its money counts in no
    sum, because of its amount, currency or reference (P11). `version` is the order's version at the success, which
    orders facts of the same instant. `means` is the card that the gateway saved or, for an automatic charge, the card
    that is charged.
    """

    id: str
    started_at: datetime
    amount: Money | None = None
    outdated: bool = False
    reference: str | None = None
    outcome: Outcome = Outcome.PENDING
    at: datetime
    reason: str | None = None
    kept_out: bool = False
    version: int = 0
    gateway: str | None = None
    means: SavedMeans | None = None

    @property
    def is_charging(self) -> bool:
        """Whether this is an automatic charge that has not ended."""
        return self.means is not None and self.outcome is Outcome.PENDING

    @property
    def counts(self) -> bool:
        """Whether its money counts in the sums."""
        return self.outcome is Outcome.SUCCEEDED and not self.kept_out


@attrs.frozen(kw_only=True)
class Refund:
    """A refund or chargeback (P9, P10). `at` is when it ended, or was requested if it has not ended.

    If it failed after it had succeeded, `done_at` is the instant of the success. `returned` is the amount that came
    back from a won chargeback. `amount_at` is the latest instant for which a gateway reported the amount, if that is
    not `at` (P11). `version` is as for an attempt.
    """

    id: str
    amount: Money
    at: datetime
    outcome: Outcome = Outcome.SUCCEEDED
    reference: str | None = None
    product: str | None = None
    reason: str | None = None
    chargeback: bool = False
    done_at: datetime | None = None
    returned: Money | None = None
    amount_at: datetime | None = None
    version: int = 0

    @property
    def taken_at(self) -> datetime | None:
        """When the money was refunded, even if it came back later; None if never."""
        return self.at if self.outcome is Outcome.SUCCEEDED else self.done_at

    @property
    def kept(self) -> Money:
        """The refunded amount that did not come back: zero if it failed, the rest of a partly won chargeback."""
        if self.outcome is Outcome.SUCCEEDED:
            return self.amount
        if self.outcome is Outcome.FAILED and self.chargeback and self.returned is not None:
            return max(self.amount - self.returned, Money.zero(self.amount.currency))
        return Money.zero(self.amount.currency)

    @property
    def held(self) -> Money:
        """The amount that it takes from the refundable amount of the payment; a pending refund counts, too (P10)."""
        return self.amount if self.outcome in (Outcome.PENDING, Outcome.UNKNOWN) else self.kept

    @property
    def is_won(self) -> bool:
        """Whether it is a chargeback that was fully won (P10)."""
        return self.chargeback and self.outcome is Outcome.FAILED and not self.kept


@attrs.frozen(kw_only=True)
class Mark:
    """A mark by hand that a payment was paid (P6): when, how much, and the order's version of the mark.

    `floor` is the activation of the order before the mark: a mark with an earlier date does not move it (P5).
    """

    at: datetime
    version: int
    amount: Money
    floor: datetime | None = None


@attrs.frozen
class MoneyIn:
    """Money paid for a payment, by hand or, with a `reference`, through a gateway (P4, P6)."""

    at: datetime
    version: int
    amount: Money
    reference: str | None = None


@attrs.frozen(kw_only=True)
class Paid:
    """When a payment was paid, and the sum of its money."""

    at: datetime
    amount: Money
    by_gateway: bool = False


@attrs.frozen(kw_only=True)
class Payment:
    """An amount that is owed once. Home of P1.

    With `whole_day` it can be paid during the whole day of its due date. `by_hand` says that a person added it, not a
    payment option (P15). `on_top` is the part that it adds to the total until it is void; `said_on_top` is the part
    that the person named. `period` numbers the payments of a subscription from 1, and `grace` is the project's grace
    when such a payment was made (P13).
    """

    id: str
    amount: Money
    kind: PaymentKind = "regular"
    created_at: datetime
    due_at: datetime
    whole_day: bool = False
    method: Method = "cashless"
    gateway: str | None = None
    closes_access: bool = False
    comment: str | None = None
    by_hand: bool = False
    on_top: Money | None = None
    said_on_top: bool | None = None
    period: int | None = None
    grace: Period | None = None
    voided_at: datetime | None = None
    voided_by: VoidCause = "hand"
    mark: Mark | None = None
    attempts: tuple[Attempt, ...] = ()
    refunds: tuple[Refund, ...] = ()
    reminded_at: datetime | None = None

    @property
    def success(self) -> Attempt | None:
        """The attempt that paid it: the earliest success (P11)."""
        return min(self._successes(), key=_by_instant, default=None)

    def _successes(self) -> Iterator[Attempt]:
        return (attempt for attempt in self.attempts if attempt.counts)

    @property
    def money(self) -> tuple[MoneyIn, ...]:
        """All money paid for it, in order of time (P4).

        The first success of a gateway for a payment that was marked by hand is the money of the mark (P6).
        """
        if not self.attempts:
            return () if self.mark is None else (_noted(self.mark),)
        came = [_come(one, self.amount) for one in sorted(self._successes(), key=_by_instant)]
        return tuple(came) if self.mark is None else (_noted(self.mark), *came[1:])

    @property
    def paid(self) -> Paid | None:
        """When it was paid and the sum of its money, two successes included; None if it is not paid (P4)."""
        money = self.money
        if not money:
            return None
        amount = Money.total([one.amount for one in money], currency=self.amount.currency)
        return Paid(at=money[0].at, amount=amount, by_gateway=self.success is not None)

    @property
    def paid_through(self) -> str | None:
        """The gateway through which it was paid, and which refunds it; its own if no success named one."""
        success = self.success
        return (None if success is None else success.gateway) or self.gateway

    @property
    def refunded(self) -> Money:
        """The sum of successful refunds (P9)."""
        return Money.total([refund.kept for refund in self.refunds], currency=self.amount.currency)

    @property
    def refundable(self) -> Money:
        """The amount that can still be refunded by hand, without pending refunds (P10). May be negative."""
        currency = self.amount.currency
        came = Money.total([one.amount for one in self.money], currency=currency)
        return came - Money.total([refund.held for refund in self.refunds], currency=currency)

    @property
    def state(self) -> PaymentState:
        """The state, derived from its facts. Home of P2. A void payment for which money came counts as paid (P6)."""
        paid = self.paid
        if paid is None:
            return PaymentState.VOID if self.voided_at is not None else PaymentState.UNPAID
        if not self.refunds or (refunded := self.refunded).minor <= 0:
            return PaymentState.PAID
        return PaymentState.PARTIALLY_REFUNDED if refunded < paid.amount else PaymentState.REFUNDED

    @property
    def is_void(self) -> bool:
        """Whether nothing is owed for it any more, and nothing was paid (P2)."""
        return self.voided_at is not None and self.paid is None


def _by_instant(attempt: Attempt) -> tuple[datetime, str]:
    # P11: at equal instants the reference decides, so that the order of arrival does not matter
    return attempt.at, attempt.reference or ""


def _noted(mark: Mark) -> MoneyIn:
    return MoneyIn(mark.at, mark.version, mark.amount)


def _come(attempt: Attempt, owed: Money) -> MoneyIn:
    amount = owed if attempt.amount is None else attempt.amount
    return MoneyIn(attempt.at, attempt.version, amount, attempt.reference)


def due_from(due: date | datetime, zone: ZoneInfo) -> tuple[datetime, bool]:
    """Give the due instant, and whether the payment can be paid during that whole day (P1, T5)."""
    return begins(due, zone=zone), not isinstance(due, datetime)


def overdue_at(payment: Payment, zone: ZoneInfo) -> datetime:
    """Give the instant from which `payment` is overdue if it is unpaid; `zone` is that of its order (P1).

    If it is due on a date, that is the next midnight (T5), otherwise the due instant.
    """
    if not payment.whole_day:
        return payment.due_at
    return ends(payment.due_at.astimezone(zone).date(), zone=zone)


@attrs.frozen(kw_only=True)
class Full(Checked):
    """Everything at once (P12)."""

    kind: ClassVar[str] = "full"
    id: str
    total: Decimal | None = None
    gateway: str | None = None


@attrs.frozen(kw_only=True)
class Parts(Checked):
    """`count` equal parts, one every period (P12)."""

    kind: ClassVar[str] = "parts"
    id: str
    count: int
    every: Period
    total: Decimal | None = None
    gateway: str | None = None


@attrs.frozen(kw_only=True)
class DatedPart(Checked):
    """A part of a schedule: due a period after the order's creation, or on a date; without both, at once (P12)."""

    amount: Decimal
    after: Period | None = None
    on: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(chosen))

    def between(self) -> Iterator[Fault]:
        """Refuse a part that is due twice."""
        if self.after is not None and self.on is not None:
            yield Fault(path="", code="input.invalid", hint="either after a period or on a date")


@attrs.frozen(kw_only=True)
class Schedule(Checked):
    """A list of amounts with due dates; a named total must be their sum (P12)."""

    kind: ClassVar[str] = "schedule"
    id: str
    parts: tuple[DatedPart, ...]
    total: Decimal | None = None
    gateway: str | None = None


RETRIES = (Period(days=1), Period(days=3), Period(days=5))
"""The default retries of a failed charge, counted from the first failure (P17)."""


@attrs.frozen(kw_only=True)
class Subscribe(Checked):
    """An amount per period, for a number of periods or without end, perhaps after a trial (P12, P13).

    `retries` are the periods after the first failure at which the saved card is charged again (P17).
    """

    kind: ClassVar[str] = "subscription"
    id: str
    amount: Decimal
    every: Period
    periods: int | None = None
    trial: Period | None = None
    retries: tuple[Period, ...] = RETRIES
    gateway: str | None = None


PaymentOption = Full | Parts | Schedule | Subscribe
"""How an offer can be paid (P12)."""


@attrs.frozen
class Planned:
    """A payment that an option makes: its amount, due date, and whether it closes access when overdue."""

    amount: Money
    due_at: datetime
    whole_day: bool = False
    closes_access: bool = False
    period: int | None = None


def cost_of(option: PaymentOption, *, price: Money) -> Money:
    """Give the cost of `option` for an order of `price`; for a subscription, of one period (M5, P12).

    Raises:
        Refused: `money.too_precise` if an amount is finer than the currency of `price`.
    """
    own = own_cost(option, price.currency)
    return price if own is None else own


def own_cost(option: PaymentOption, currency: str) -> Money | None:
    """Give the option's own total or amount; None if it costs the price of the lines (M5)."""
    if isinstance(option, Schedule):
        return Money.total([Money.of(part.amount, currency) for part in option.parts], currency=currency)
    amount = option.amount if isinstance(option, Subscribe) else option.total
    return None if amount is None else Money.of(amount, currency)


# decision 0024: an option's own total and dates count, even if the prices differ
def planned(option: PaymentOption, *, price: Money, anchor: datetime, zone: ZoneInfo) -> tuple[Planned, ...]:
    """Give the payments that `option` makes for an order of `price`, dated from its creation. Home of P12."""
    cost = cost_of(option, price=price)
    if isinstance(option, Subscribe):
        # P13: with a trial nothing is paid at creation
        found = [] if option.trial is not None else [Planned(cost, anchor, period=1)]
    elif isinstance(option, Full):
        found = [Planned(cost, anchor)]
    elif isinstance(option, Parts):
        found = list(_parts(option, cost, anchor, zone))
    else:
        found = [_dated(part, price.currency, anchor, zone) for part in option.parts]
    # a part of zero makes no payment
    return tuple(one for one in found if one.amount)


def _parts(option: Parts, cost: Money, anchor: datetime, zone: ZoneInfo) -> Iterator[Planned]:
    for number, amount in enumerate(cost.split(option.count)):
        due_at = anchor if number == 0 else later(anchor, option.every, zone=zone, count=number)
        yield Planned(amount, due_at, whole_day=number == 0, closes_access=True)


def _dated(part: DatedPart, currency: str, anchor: datetime, zone: ZoneInfo) -> Planned:
    amount = Money.of(part.amount, currency)
    if part.after is not None and part.on is None:
        return Planned(amount, later(anchor, part.after, zone=zone), closes_access=True)
    due_at, whole_day = (anchor, True) if part.on is None else due_from(part.on, zone)
    if due_at <= anchor:
        # parts dated on or before the day of the sale can be paid during that day
        return Planned(amount, anchor, whole_day=True, closes_access=True)
    return Planned(amount, due_at, whole_day=whole_day, closes_access=True)

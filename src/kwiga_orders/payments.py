"""What is owed and what was paid: payments, attempts, refunds, payment options, and the status they add up to.

Laws:

1. Payments, attempts and refunds are facts with instants of their own; sums and states are folds over them,
   the same in whichever order they arrive (P5, P11).
2. The payment status of an order is derived, never set (P7).
3. A payment goes unpaid → paid → partially refunded → refunded, or unpaid → void (P2).
4. A late `failed` of one attempt never undoes a `succeeded` of another (P4).
5. The payments of an option sum to its total; each but the first closes access when it is overdue (P12).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from operator import itemgetter
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.money import Money
from kwiga_orders.periods import Period, begins, chosen, ends, later
from kwiga_orders.values import maker

__all__ = [
    "RETRIES",
    "Activation",
    "Attempt",
    "DatedPart",
    "Full",
    "Method",
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
    "Tally",
    "TotalSet",
    "cost_of",
    "first_opened",
    "overdue_at",
    "planned",
    "status_of",
    "tallies",
]

PaymentKind = Literal["regular", "prepayment", "surcharge"]
"""A label for analytics, without effect (P1)."""

Method = Literal["cashless", "cash", "bank_transfer", "other"]
"""How it is paid; `cashless` is on the platform (P1)."""

Activation = Literal["first_payment", "full_payment"]
"""What opens an order: any paid amount, or its total (P5)."""


class Outcome(StrEnum):
    """How an attempt or a refund ended, from the least to the most certain (P4, P10)."""

    PENDING = "pending"
    UNKNOWN = "unknown"
    FAILED = "failed"
    SUCCEEDED = "succeeded"

    @property
    def certainty(self) -> int:
        """Rank it: a report never replaces a more certain one."""
        return list(Outcome).index(self)


class PaymentState(StrEnum):
    """Where a payment is in its life (P2)."""

    UNPAID = "unpaid"
    VOID = "void"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class PaymentStatus(StrEnum):
    """What the payments of an order add up to (P7)."""

    UNPAID = "unpaid"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


@attrs.frozen
class SavedMeans:
    """A card or an account that a gateway can charge again, by the gateway's own token; it is never shown (P13)."""

    token: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Attempt:
    """One try to pay (P4). `at` is when it started or, once it ended, when that was.

    `gateway` is the one it goes through. `means` is what the gateway saved when it succeeded; of an automatic charge,
    it is what is charged.
    """

    id: str
    started_at: datetime
    reference: str | None = None
    outcome: Outcome = Outcome.PENDING
    at: datetime
    reason: str | None = None
    gateway: str | None = None
    means: SavedMeans | None = None

    @property
    def is_charging(self) -> bool:
        """Whether it is an automatic charge that has not ended."""
        return self.means is not None and self.outcome is Outcome.PENDING


@attrs.frozen(kw_only=True)
class Refund:
    """Money on its way back, or back (P9, P10). `at` is when it was asked for or, once it ended, when that was."""

    id: str
    amount: Money
    at: datetime
    outcome: Outcome = Outcome.SUCCEEDED
    reference: str | None = None
    product: str | None = None
    reason: str | None = None
    chargeback: bool = False


@attrs.frozen(kw_only=True)
class Paid:
    """That and when a payment was paid; `version` of the order that learned of it breaks ties in time (P5)."""

    at: datetime
    version: int
    by_gateway: bool = False


@attrs.frozen(kw_only=True)
class Payment:
    """What is owed once (P1). `period` numbers the payments of a subscription from 1 (P13); `grace` is the project's
    when the payment of a period was made.

    `whole_day` says that it can be paid all the day on which it falls due. `by_hand` tells a payment that a person
    added from one that a payment option made (P15).
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
    period: int | None = None
    grace: Period | None = None
    voided_at: datetime | None = None
    paid: Paid | None = None
    attempts: tuple[Attempt, ...] = ()
    refunds: tuple[Refund, ...] = ()
    reminded_at: datetime | None = None

    @property
    def success(self) -> Attempt | None:
        """The attempt that paid it: of several, the earliest success (P11)."""
        successes = (attempt for attempt in self.attempts if attempt.outcome is Outcome.SUCCEEDED)
        return min(successes, key=lambda attempt: attempt.at, default=None)

    @property
    def refunded(self) -> Money:
        """What went back, as far as it succeeded (P9)."""
        done = (refund.amount for refund in self.refunds if refund.outcome is Outcome.SUCCEEDED)
        return Money.total(done, currency=self.amount.currency)

    @property
    def refundable(self) -> Money:
        """What is left to refund by hand; a refund in flight already counts (P10). Below zero after a chargeback."""
        taken = (refund.amount for refund in self.refunds if refund.outcome is not Outcome.FAILED)
        return self.amount - Money.total(taken, currency=self.amount.currency)

    @property
    def state(self) -> PaymentState:
        """Where it is in its life, from its facts (P2). Money that came for a void payment made it paid (P6)."""
        if self.paid is None:
            return PaymentState.VOID if self.voided_at is not None else PaymentState.UNPAID
        if not self.refunds or (refunded := self.refunded).minor <= 0:
            return PaymentState.PAID
        return PaymentState.PARTIALLY_REFUNDED if refunded < self.amount else PaymentState.REFUNDED

    @property
    def is_void(self) -> bool:
        """Whether nothing is owed for it any more, and nothing was paid (P2)."""
        return self.state is PaymentState.VOID


def overdue_at(payment: Payment, zone: ZoneInfo) -> datetime:
    """Give the instant from which `payment` is overdue if it is unpaid; `zone` is that of its order.

    Home of P1's due date: what falls due on a day is overdue from the next midnight (T5), all else at once.
    """
    if not payment.whole_day:
        return payment.due_at
    return ends(payment.due_at.astimezone(zone).date(), zone=zone)


@attrs.frozen(kw_only=True)
class TotalSet:
    """The total of an order from an instant on; the first one counts for all time before, too (P5)."""

    at: datetime
    version: int
    total: Money


@attrs.frozen
class Tally:
    """The sums of an order from an instant on: paid gross, refunded, total (P7). Of several at one, the last counts.

    `refunds` is the product that a refund names which made them (P9).
    """

    at: datetime
    paid: Money
    refunded: Money
    total: Money
    refunds: str | None = None

    @property
    def net(self) -> Money:
        """Paid less refunded."""
        return self.paid - self.refunded

    @property
    def balance(self) -> Money:
        """What is still owed; below zero it is overpaid (P7)."""
        return self.total - self.net

    @property
    def status(self) -> PaymentStatus:
        """The payment status that follows (P7)."""
        return status_of(self)


def status_of(sums: Tally) -> PaymentStatus:
    """Derive the payment status from the sums: R, N and T as in P7."""
    refunded, total = sums.refunded.minor, sums.total.minor
    net = sums.paid.minor - refunded
    if refunded > 0 and net <= 0:
        return PaymentStatus.REFUNDED
    if refunded > 0 and net < total:
        return PaymentStatus.PARTIALLY_REFUNDED
    if net >= total:
        return PaymentStatus.PAID
    return PaymentStatus.UNPAID if net == 0 else PaymentStatus.PARTIALLY_PAID


_tally = maker(Tally)


def tallies(payments: Iterable[Payment], totals: Sequence[TotalSet]) -> list[Tally]:
    """Fold the facts of money in the order of their own instants (P5); the first tally is that of creation.

    At one instant money that came counts before money that went back, so the order of arrival does not matter.
    """
    first, *others = totals
    zero = Money.zero(first.total.currency)
    steps = [_tally(first.at, zero, zero, first.total)]
    for at, _, _, fact in sorted(_facts_of_money(payments, others), key=_by_instant):
        last = steps[-1]
        if isinstance(fact, TotalSet):
            steps.append(_tally(at, last.paid, last.refunded, fact.total))
        elif isinstance(fact, Refund):
            steps.append(_tally(at, last.paid, last.refunded + fact.amount, last.total, fact.product))
        else:
            steps.append(_tally(at, last.paid + fact, last.refunded, last.total))
    return steps


_FactOfMoney = tuple[datetime, bool, int, Money | Refund | TotalSet]
_by_instant = itemgetter(0, 1, 2)


def _facts_of_money(payments: Iterable[Payment], totals: Iterable[TotalSet]) -> Iterator[_FactOfMoney]:
    for payment in payments:
        paid = payment.paid
        if paid is None:
            continue
        yield paid.at, False, paid.version, payment.amount
        for refund in payment.refunds:
            if refund.outcome is Outcome.SUCCEEDED:
                # P9: one that arrives before the payment's own success counts from that success on
                yield max(refund.at, paid.at), True, paid.version, refund
    for total in totals:
        yield total.at, False, total.version, total


def first_opened(steps: Iterable[Tally], opens_on: Activation) -> datetime | None:
    """Find the first instant at which net paid money reaches what opens the order (P5)."""
    for step in steps:
        net, total = step.paid.minor - step.refunded.minor, step.total.minor
        if total <= 0 and net >= 0:
            return step.at
        if net > 0 and (opens_on == "first_payment" or net >= total):
            return step.at
    return None


@attrs.frozen(kw_only=True)
class Full:
    """Everything at once (P12)."""

    kind: ClassVar[str] = "full"
    id: str
    total: Decimal | None = None
    gateway: str | None = None


@attrs.frozen(kw_only=True)
class Parts:
    """`count` equal parts, one every period (P12)."""

    kind: ClassVar[str] = "parts"
    id: str
    count: int
    every: Period
    total: Decimal | None = None
    gateway: str | None = None


@attrs.frozen(kw_only=True)
class DatedPart:
    """A part of a schedule: due a period after the anchor, or on a date; with neither, now (P12)."""

    amount: Decimal
    after: Period | None = None
    on: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(chosen))


@attrs.frozen(kw_only=True)
class Schedule:
    """A list of amounts and when each is due; its total, if it is named, is their sum (P12)."""

    kind: ClassVar[str] = "schedule"
    id: str
    parts: tuple[DatedPart, ...]
    total: Decimal | None = None
    gateway: str | None = None


RETRIES = (Period(days=1), Period(days=3), Period(days=5))
"""When a charge that failed is tried again, counted from the first failure, if an option does not say (P17)."""


@attrs.frozen(kw_only=True)
class Subscribe:
    """An amount per period, for a number of periods or without end, perhaps after a trial (P12, P13).

    `retries` are the periods after the first failure at which a saved means is charged again; none: never (P17).
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
    """A payment that choosing an option makes: how much, when due, and whether it closes access when overdue."""

    amount: Money
    due_at: datetime
    closes_access: bool
    period: int | None = None


def cost_of(option: PaymentOption, *, price: Money) -> Money:
    """Give what choosing `option` costs for an order of `price`; of a subscription, a period (M5, P12).

    Raises:
        Refused: `money.too_precise` if an amount is finer than the currency of `price`.
    """
    if isinstance(option, Schedule):
        amounts = [Money.of(part.amount, price.currency) for part in option.parts]
        return Money.total(amounts, currency=price.currency)
    amount = option.amount if isinstance(option, Subscribe) else option.total
    return price if amount is None else Money.of(amount, price.currency)


def planned(option: PaymentOption, *, price: Money, anchor: datetime, zone: ZoneInfo) -> tuple[Planned, ...]:
    """Give the payments that choosing `option` makes for an order of `price`, dated from its creation (P12)."""
    cost = cost_of(option, price=price)
    if isinstance(option, Subscribe):
        # P13: with a trial nothing is paid at creation
        return () if option.trial is not None else (Planned(cost, anchor, closes_access=False, period=1),)
    if isinstance(option, Full):
        dated = [(cost, anchor)]
    elif isinstance(option, Parts):
        instants = [anchor, *(later(anchor, option.every, zone=zone, count=n) for n in range(1, option.count))]
        dated = list(zip(cost.split(option.count), instants, strict=True))
    else:
        dated = [(Money.of(part.amount, price.currency), _due(part, anchor, zone)) for part in option.parts]
    return tuple(Planned(amount, due_at, closes_access=n > 0) for n, (amount, due_at) in enumerate(dated) if amount)


def _due(part: DatedPart, anchor: datetime, zone: ZoneInfo) -> datetime:
    if part.on is not None:
        return begins(part.on, zone=zone)
    return anchor if part.after is None else later(anchor, part.after, zone=zone)

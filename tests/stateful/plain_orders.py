"""Orders on paper: what each is owed, has got, and where it stands, by the rules and nothing else.

No events, no history: only what is so now. Amounts are kopiykas. What gateways reported is told to the books; what
comes of reports is held against laws of its own (`tests.laws.test_any_reports`).
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import attrs

from kwiga_orders import offers
from kwiga_orders.payments import Outcome, Subscribe

__all__ = [
    "MONEY_EVENTS",
    "PlainAttempt",
    "PlainCertificate",
    "PlainMark",
    "PlainOrder",
    "PlainPayment",
    "PlainRefund",
    "PlainTotal",
]

MONEY_EVENTS = {
    "partially_paid": "order.partially_paid",
    "paid": "order.paid",
    "partially_refunded": "order.partially_refunded",
    "refunded": "order.refunded",
}

_Fact = tuple[datetime, int, bool, int]
"""When something happened, in which version it was noted, and whether money went away; and how much."""


@attrs.define
class PlainAttempt:
    """A try to pay; of a success that counts, what came and in which version of the order it was noted."""

    outcome: Outcome
    at: datetime
    reference: str = ""
    came: int = 0
    version: int = 0


@attrs.define
class PlainRefund:
    """Money that went back, or is to: `kept` is what is gone, `held` what cannot be refunded again."""

    at: datetime
    kept: int
    held: int
    version: int = 0
    has_reference: bool = False


@attrs.define
class PlainMark:
    """A mark that it was paid, by hand; `floor` is when the order was activated before."""

    at: datetime
    amount: int
    version: int
    floor: datetime | None = None


@attrs.define
class PlainPayment:
    """What is owed once."""

    amount: int
    due_at: datetime
    created_at: datetime
    closes_access: bool = False
    gateway: str | None = None
    method: str = "cashless"
    comment: str | None = None
    by_hand: bool = False
    said: bool | None = None
    on_top: int = 0
    period: int | None = None
    void: str | None = None
    mark: PlainMark | None = None
    reminded_at: datetime | None = None
    attempts: list[PlainAttempt] = attrs.field(factory=list)
    refunds: list[PlainRefund] = attrs.field(factory=list)

    @property
    def successes(self) -> list[PlainAttempt]:
        """What came through gateways, in order of time."""
        return sorted((one for one in self.attempts if one.came), key=lambda one: (one.at, one.reference))

    @property
    def money(self) -> list[tuple[datetime, int, int]]:
        """When what came: a mark by hand takes the first success of a gateway for its own (P6)."""
        came = [(one.at, one.version, one.came) for one in self.successes]
        return came if self.mark is None else [(self.mark.at, self.mark.version, self.mark.amount), *came[1:]]

    @property
    def paid(self) -> int:
        """What came."""
        return sum(amount for _, _, amount in self.money)

    @property
    def refunded(self) -> int:
        """What went back."""
        return sum(refund.kept for refund in self.refunds)

    @property
    def state(self) -> str:
        """Where it is in its life (P2)."""
        if not self.money:
            return "unpaid" if self.void is None else "void"
        if self.refunded <= 0:
            return "paid"
        return "partially_refunded" if self.refunded < self.paid else "refunded"

    def facts(self, created_at: datetime, *, floored: bool) -> Iterator[_Fact]:
        """Give what came and went, each at its own instant, none before the order was made (P5)."""
        money = self.money
        for n, (at, version, amount) in enumerate(money):
            floor = self.mark.floor if floored and n == 0 and self.mark is not None else None
            yield max(at, created_at, floor or at), version, False, amount
        if money:
            since, noted = max(money[0][0], created_at), money[0][1]
            for refund in self.refunds:
                # a refund that was told of before the money counts from when that came (P9)
                yield max(refund.at, since), max(refund.version, noted), True, -refund.kept


@attrs.define
class PlainTotal:
    """What the order cost from an instant on, and what of that opens it."""

    at: datetime
    version: int
    total: int
    opens: int


@attrs.define
class PlainCertificate:
    """What a contact has earned; one that is carried on keeps its number (C4)."""

    product: str
    number: int
    revoked: bool = False


@attrs.define
class PlainOrder:
    """An order: prices, payments, and where it stands."""

    contact: str
    offer: str | None
    opens_on: str
    prices: dict[str, int]
    discount: offers.Discount | None
    own_total: int | None
    funnel: str
    status: str
    created_at: datetime
    subscription: Subscribe | None = None
    payments: list[PlainPayment] = attrs.field(factory=list)
    totals: list[PlainTotal] = attrs.field(factory=list)
    tasks: int = 0
    cancelled: bool = False
    superseded: bool = False
    fired: set[tuple[str, str | None]] = attrs.field(factory=set)
    certificates: list[PlainCertificate] = attrs.field(factory=list)
    difference: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.difference = 0 if self.own_total is None else self.own_total - sum(self.prices.values())

    # What it costs (M5)

    @property
    def agreed(self) -> int:
        """What prices, discount and plan come to; of a subscription, one period."""
        cost = max(0, sum(self.prices.values()) + self.difference)
        if isinstance(self.discount, offers.PercentOff):
            exact = Decimal(cost) * self.discount.percent / 100
            return cost - int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
        return cost

    @property
    def on_top(self) -> int:
        """What payments by hand add as long as they are not void; to a subscription, all they ask (P1, P13)."""
        added = [payment for payment in self.payments if payment.by_hand and payment.state != "void"]
        return sum(one.on_top if self.subscription is None else one.amount for one in added)

    @property
    def total(self) -> int:
        """What it costs (M5, P13)."""
        if self.subscription is None:
            return self.agreed + self.on_top
        return sum(payment.amount for payment in self._counted if payment.state != "void")

    # What came (P7)

    @property
    def _counted(self) -> list[PlainPayment]:
        """The payments that count: of a subscription not the periods that were given back."""
        return [payment for payment in self.payments if not self._is_given_back(payment)]

    def _is_given_back(self, payment: PlainPayment) -> bool:
        is_period = self.subscription is not None and payment.period is not None
        return is_period and 0 < payment.paid <= payment.refunded

    @property
    def paid(self) -> int:
        """What came in."""
        return sum(payment.paid for payment in self._counted)

    @property
    def refunded(self) -> int:
        """What went back of what came in."""
        return sum(payment.refunded for payment in self._counted if payment.paid)

    @property
    def balance(self) -> int:
        """What is left to pay; less than nothing if it is overpaid."""
        return self.total - self.paid + self.refunded

    @property
    def payment_status(self) -> str:
        """What it adds up to (P7)."""
        periods = [one for one in self.payments if one.period is not None and one.state != "void"]
        if self.subscription is not None and self.payments:
            if all(payment.state == "void" for payment in self.payments):
                return "unpaid"
            if periods and all(map(self._is_given_back, periods)):
                return "refunded"
        total, net = self.total, self.paid - self.refunded
        if self.refunded > 0 and total > 0 and net < total:
            return "refunded" if net <= 0 else "partially_refunded"
        if total == 0 or net >= total:
            return "paid"
        return "unpaid" if net == 0 else "partially_paid"

    @property
    def asked(self) -> list[int]:
        """What each payment asks for (P15)."""
        asks = [0] * len(self.payments)
        if self.cancelled or self.superseded:
            return asks
        unpaid = [(one.due_at, n) for n, one in enumerate(self.payments) if one.state == "unpaid"]
        for _, n in unpaid:
            asks[n] = self.payments[n].amount if self.payments[n].by_hand else 0
        left = 0 if self.payment_status == "refunded" else self.balance - sum(asks)
        for _, n in sorted(unpaid, reverse=True):
            if not self.payments[n].by_hand:
                asks[n] = max(0, min(self.payments[n].amount, left))
                left -= asks[n]
        return asks

    # What opens it (P5)

    def known_in(self, version: int) -> "PlainOrder":
        """Give the order with what was known of it in a version: what was told later is not in it."""
        payments = [
            attrs.evolve(
                one,
                attempts=[attempt for attempt in one.attempts if attempt.version <= version],
                refunds=[refund for refund in one.refunds if refund.version <= version],
            )
            for one in self.payments
        ]
        return attrs.evolve(self, payments=payments, totals=[one for one in self.totals if one.version <= version])

    @property
    def activated_at(self) -> datetime | None:
        """When net paid money first reached what opens it, each fact taken at its own instant (P5)."""
        if self.subscription is not None and self.subscription.trial is not None:
            return self.created_at
        facts = [(one.at, one.version, False, one) for one in self.totals[1:]]
        paying = [one for one in self.payments if self.subscription is None or one.period is not None]
        money = [fact for payment in paying for fact in payment.facts(self.created_at, floored=True)]
        gross, net, opens, free_since = 0, 0, self.totals[0].opens, None
        may_be_free = self.subscription is None
        steps: list[tuple[datetime, int, bool, PlainTotal | int]] = [*facts, *money]
        for at, _, is_out, what in [(self.created_at, 0, False, 0), *sorted(steps, key=lambda step: step[:3])]:
            if isinstance(what, PlainTotal):
                opens = what.opens
            else:
                gross, net = gross + (0 if is_out else what), net + what
            is_free = may_be_free and opens <= 0 <= net
            free_since = (free_since or at) if is_free or (free_since and gross) else None
            if free_since and gross:
                return free_since
            if net > 0 and (self.opens_on == "first_payment" or net >= opens):
                return at
        return free_since

    # Certificates and voids

    def is_earned(self, at: datetime) -> bool:
        """Tell whether it gives certificates: it is fully paid, whatever was given back out of goodwill (C1, C2)."""
        is_active = self.activated_at is not None and self.activated_at <= at and not self.cancelled
        return is_active and self.payment_status != "refunded" and self.paid >= self.total

    def has_certificate(self, product: str) -> bool:
        """Tell whether a certificate for a product stands (C3)."""
        return any(one.product == product and not one.revoked for one in self.certificates)

    def void_unpaid(self, cause: str) -> None:
        """Give up what is owed."""
        for payment in self.payments:
            if payment.state == "unpaid":
                payment.void = cause

"""Orders on paper: what each is owed, has got, and where it stands, by the rules and nothing else.

No events, no versions, no history: only what is so now. Amounts are kopiykas.
"""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import attrs

from kwiga_orders import offers
from kwiga_orders.payments import Outcome, Subscribe

__all__ = ["MONEY_EVENTS", "PlainAttempt", "PlainCertificate", "PlainOrder", "PlainPayment", "PlainRefund"]

MONEY_EVENTS = {
    "partially_paid": "order.partially_paid",
    "paid": "order.paid",
    "partially_refunded": "order.partially_refunded",
    "refunded": "order.refunded",
}


@attrs.define
class PlainAttempt:
    """A try to pay."""

    reference: str | None
    at: datetime
    outcome: Outcome = Outcome.PENDING


@attrs.define
class PlainRefund:
    """Money that went back, or is to."""

    amount: int
    at: datetime
    outcome: Outcome
    reference: str | None = None


@attrs.define
class PlainPayment:
    """What is owed once."""

    amount: int
    due_at: datetime
    closes_access: bool = False
    gateway: str | None = None
    method: str = "cashless"
    comment: str | None = None
    period: int | None = None
    void: bool = False
    paid_at: datetime | None = None
    paid_step: int = 0
    by_gateway: bool = False
    reminded_at: datetime | None = None
    attempts: list[PlainAttempt] = attrs.field(factory=list)
    refunds: list[PlainRefund] = attrs.field(factory=list)

    @property
    def refunded(self) -> int:
        """What went back."""
        return sum(refund.amount for refund in self.refunds if refund.outcome is Outcome.SUCCEEDED)

    @property
    def state(self) -> str:
        """Where it is in its life (P2)."""
        if self.paid_at is None:
            return "void" if self.void else "unpaid"
        if self.refunded == 0:
            return "paid"
        return "partially_refunded" if self.refunded < self.amount else "refunded"


@attrs.define
class PlainCertificate:
    """What a contact has earned."""

    product: str
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
    subscription: Subscribe | None = None
    payments: list[PlainPayment] = attrs.field(factory=list)
    totals: list[tuple[datetime, int, int]] = attrs.field(factory=list)
    tasks: int = 0
    cancelled: bool = False
    superseded: bool = False
    fired: set[tuple[str, str | None]] = attrs.field(factory=set)
    certificates: list[PlainCertificate] = attrs.field(factory=list)
    difference: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.difference = 0 if self.own_total is None else self.own_total - self._price

    @property
    def _price(self) -> int:
        price = sum(self.prices.values())
        if isinstance(self.discount, offers.PercentOff):
            exact = Decimal(price) * self.discount.percent / 100
            return price - int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
        return price

    @property
    def total(self) -> int:
        """What it costs (M5, P13)."""
        if self.subscription is None:
            return self.agreed
        # what is void is not owed; a subscription of which every period is void has not become free
        owed = [payment for payment in self.payments if payment.state != "void"]
        owed = owed or [payment for payment in self.payments if payment.period is not None][-1:]
        return sum(payment.amount for payment in owed)

    @property
    def agreed(self) -> int:
        """What prices, discount and plan come to; of a subscription, one period."""
        return max(0, self._price + self.difference)

    @property
    def paid(self) -> int:
        """What came in."""
        return sum(payment.amount for payment in self.payments if payment.paid_at is not None)

    @property
    def refunded(self) -> int:
        """What went back of what came in."""
        return sum(payment.refunded for payment in self.payments if payment.paid_at is not None)

    @property
    def payment_status(self) -> str:
        """What it adds up to (P7)."""
        net = self.paid - self.refunded
        if self.refunded > 0 and net <= 0:
            return "refunded"
        if self.refunded > 0 and net < self.total:
            return "partially_refunded"
        if net >= self.total:
            return "paid"
        return "unpaid" if net == 0 else "partially_paid"

    @property
    def activated_at(self) -> datetime | None:
        """When net paid money first reached what opens it, each fact taken at its own instant (P5)."""
        facts: list[tuple[datetime, bool, int, int, int | None]] = []
        for payment in self.payments:
            if payment.paid_at is not None:
                facts.append((payment.paid_at, False, payment.paid_step, payment.amount, None))
                back = [refund for refund in payment.refunds if refund.outcome is Outcome.SUCCEEDED]
                facts += ((max(r.at, payment.paid_at), True, payment.paid_step, -r.amount, None) for r in back)
        facts += ((at, False, step, 0, total) for at, step, total in self.totals[1:])
        net, total = 0, self.totals[0][2]
        if total == 0:
            return self.totals[0][0]
        for at, _, _, came, new_total in sorted(facts, key=lambda fact: fact[:3]):
            net, total = net + came, total if new_total is None else new_total
            if (total == 0 and net >= 0) or (net > 0 and (self.opens_on == "first_payment" or net >= total)):
                return at
        return None

    def has_certificate(self, product: str) -> bool:
        """Tell whether a certificate for a product stands (C3)."""
        return any(one.product == product and not one.revoked for one in self.certificates)

    def revoke_certificates(self) -> None:
        """Take back what all money was given back for (C4)."""
        for one in self.certificates:
            one.revoked = True

    def void_unpaid(self) -> None:
        """Give up what is owed."""
        for payment in self.payments:
            payment.void = payment.void or payment.state == "unpaid"

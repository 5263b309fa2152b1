"""The sums of an order's payments, from instant to instant.

Laws:

1. Sums are computed from the facts about money in the order of their own instants, not of reporting (P5, P11).
2. A total that was stored later counts from its instant on, even if an earlier stored total has a later instant (T8).
3. The payment status is computed from the sums, never set (P7).
4. In a subscription, periods that were refunded in full count in no sum (P7).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter

import attrs

from kwiga_orders.money import Money
from kwiga_orders.payments import Activation, Payment, PaymentStatus
from kwiga_orders.values import maker

__all__ = ["Tally", "TotalSet", "first_opened", "tallies"]


@attrs.frozen(kw_only=True)
class TotalSet:
    """The total of an order from an instant on; the first one also counts for all time before (P5).

    `on_top` is the part that is not needed for activation: the parts of payments by hand that are on top (P1).
    """

    at: datetime
    version: int
    total: Money
    on_top: Money | None = None


@attrs.frozen
class Tally:
    """The sums of an order from an instant on: gross paid, refunded, total. The last of several at one instant counts.

    `opens` is the total without the parts on top (P5). `product` is the one named by the refund that made these sums
    (P9). `given_back` is the sum of a subscription's fully refunded periods, which count in no other sum. `said` is the
    status of a subscription whose periods are all void or all refunded (P7).
    """

    at: datetime
    paid: Money
    refunded: Money
    total: Money
    opens: Money
    product: str | None = None
    given_back: Money | None = None
    said: PaymentStatus | None = None

    @property
    def net(self) -> Money:
        """Paid less refunded."""
        return self.paid - self.refunded

    @property
    def balance(self) -> Money:
        """The amount still owed; negative if overpaid (P7)."""
        return self.total - self.net

    @property
    def overpaid(self) -> Money:
        """The amount paid beyond the total (P7)."""
        return max(-self.balance, Money.zero(self.total.currency))

    @property
    def shown_refunded(self) -> Money:
        """The refunded amount, including fully refunded periods (P7)."""
        return self.refunded if self.given_back is None else self.refunded + self.given_back

    @property
    def status(self) -> PaymentStatus:
        """The payment status, computed from refunded, gross paid, net paid and total. Home of P7."""
        if self.said is not None:
            return self.said
        refunded, total = self.refunded.minor, self.total.minor
        net = self.paid.minor - refunded
        if refunded > 0 and total > 0:
            if net <= 0:
                return PaymentStatus.REFUNDED
            if net < total:
                return PaymentStatus.PARTIALLY_REFUNDED
        if total == 0 or net >= total:
            return PaymentStatus.PAID
        return PaymentStatus.UNPAID if net == 0 else PaymentStatus.PARTIALLY_PAID


_tally = maker(Tally)


@attrs.frozen
class _Fact:
    """A payment, a refund or a new total; `change` is added to the sum."""

    at: datetime
    version: int
    is_out: bool = False
    payment: int = -1
    reference: str = ""
    change: Money | None = None
    product: str | None = None
    total: TotalSet | None = None


# decision 0012: gateways report whole seconds, so equal instants are common; then payments count before refunds. The
# reference is last and only makes the order unique.
_in_order = attrgetter("at", "version", "is_out", "payment", "reference")


def tallies(payments: Sequence[Payment], totals: Sequence[TotalSet], *, subscribed: bool = False) -> list[Tally]:
    """Compute the sums in the order of the facts' own instants (P5); the first tally is that of creation.

    At one instant, facts of older versions count first, and payments before refunds, so the order of arrival does not
    matter.
    """
    first, *others = _holding(totals)
    zero = Money.zero(first.total.currency)
    # P5: the first tally also counts for all time before the order.
    steps = [_tally(first.at, zero, zero, first.total, _opening(first))]
    facts = [*_facts_of_money(payments, first.at), *(_Fact(one.at, one.version, total=one) for one in others)]
    for fact in sorted(facts, key=_in_order):
        last = steps[-1]
        if fact.total is not None:
            steps.append(_tally(fact.at, last.paid, last.refunded, fact.total.total, _opening(fact.total)))
        elif fact.is_out:
            assert fact.change is not None
            refunded = last.refunded + fact.change
            steps.append(_tally(fact.at, last.paid, refunded, last.total, last.opens, fact.product))
        else:
            assert fact.change is not None
            steps.append(_tally(fact.at, last.paid + fact.change, last.refunded, last.total, last.opens))
    # Law 4 is only for subscriptions, and says something else only of payments that are void or were refunded.
    is_adjusted = subscribed and any(one.refunds or one.voided_at is not None for one in payments)
    return [_of_periods(step, payments) for step in steps] if is_adjusted else steps


def _holding(totals: Sequence[TotalSet]) -> list[TotalSet]:
    """Give the totals in effect, each from its instant on; a later stored one wins. Home of T8."""
    # The usual case, because most orders never change their total.
    if len(totals) == 1:
        return [*totals]
    found: list[TotalSet] = []
    # From the newest back: a total is dropped if a later stored one has an earlier instant.
    for total in reversed(totals):
        # a slow clock may date a total before the order; it counts from the order's creation
        at = max(total.at, totals[0].at)
        if not found or at <= found[-1].at:
            found.append(total if at == total.at else attrs.evolve(total, at=at))
    return found[::-1]


def _opening(total: TotalSet) -> Money:
    return total.total if total.on_top is None else total.total - total.on_top


def _facts_of_money(payments: Iterable[Payment], created_at: datetime) -> Iterator[_Fact]:
    for number, payment in enumerate(payments):
        money = payment.money
        for one in money:
            # a payment dated before the order counts from the order's creation
            at = max(one.at, created_at)
            yield _Fact(at, one.version, False, number, one.reference or "", one.amount)
        if money and payment.refunds:
            yield from _facts_of_refunds(payment, number, max(money[0].at, created_at), money[0].version)


def _facts_of_refunds(payment: Payment, number: int, paid_at: datetime, version: int) -> Iterator[_Fact]:
    """Give the facts of refunds, and of money that came back from refunds that failed later.

    P9: a refund that was reported before the payment counts from the payment.
    """
    for refund in payment.refunds:
        # Never before the payment, which would make the sums negative.
        base = (max(refund.version, version), True, number, refund.reference or refund.id)
        taken_at = refund.taken_at
        gone = Money.zero(refund.amount.currency)
        if taken_at is not None:
            gone = refund.amount
            yield _Fact(max(taken_at, paid_at), *base, gone, refund.product)
        # Money that came back is a separate fact, at the instant of the failure.
        if refund.kept != gone:
            yield _Fact(max(refund.at, paid_at), *base, refund.kept - gone)


def _of_periods(step: Tally, payments: Iterable[Payment]) -> Tally:
    """Remove fully refunded periods from the sums of a subscription (P7)."""
    made = [one for one in payments if one.created_at <= step.at]
    # P6: a void payment for which money came counts as paid.
    owed = [one for one in made if one.voided_at is None or one.voided_at > step.at or _came_by(one, step.at)]
    if not owed:
        # P7: without any payment it is the trial; if all payments are void, it is unpaid.
        return attrs.evolve(step, said=PaymentStatus.UNPAID) if made else step
    periods = [one for one in owed if one.period is not None]
    # Asked for every period at the instant of every fact: those without a refund cost nothing.
    back = [one for one in periods if one.refunds and _is_given_back(one, step.at)]
    if not back:
        return step
    zero = Money.zero(step.total.currency)
    paid = sum((_came_by(one, step.at) for one in back), zero)
    refunded = sum((_went_by(one, step.at) for one in back), zero)
    amount = sum((one.amount for one in back), zero)
    # P7: refunded periods are subtracted from the totals, so that only the other periods count.
    return attrs.evolve(
        step,
        paid=step.paid - paid,
        refunded=step.refunded - refunded,
        total=step.total - amount,
        opens=step.opens - amount,
        given_back=refunded,
        # P7: refunded only if all periods are refunded.
        said=PaymentStatus.REFUNDED if len(back) == len(periods) else None,
    )


def _is_given_back(payment: Payment, at: datetime) -> bool:
    came = _came_by(payment, at)
    # `>=`, because more than the payment may be refunded (a chargeback with fees).
    return came.minor > 0 and _went_by(payment, at) >= came


def _came_by(payment: Payment, at: datetime) -> Money:
    return Money.total([one.amount for one in payment.money if one.at <= at], currency=payment.amount.currency)


def _went_by(payment: Payment, at: datetime) -> Money:
    """Give how much of a payment was refunded at an instant, without refunds that failed."""
    gone = Money.zero(payment.amount.currency)
    # The number and version do not matter here, because only instants and amounts are read.
    for fact in _facts_of_refunds(payment, 0, payment.money[0].at, 0):
        assert fact.change is not None
        if fact.at <= at:
            gone += fact.change
    return gone


def first_opened(steps: Iterable[Tally], opens_on: Activation, *, may_be_free: bool = True) -> datetime | None:
    """Find the first instant at which net paid money reaches the amount that activates the order (P5).

    A total of 0 activates it only if the total stays 0 or something is paid meanwhile, so that a mistake in the price
    has no lasting effect. Without `may_be_free` a total of 0 does not activate it.
    """
    # The instant from which the order is free; it counts as activated then, unless the total rises later (P5).
    free_since: datetime | None = None
    for step in steps:
        net, opens = step.paid.minor - step.refunded.minor, step.opens.minor
        if may_be_free and opens <= 0 and net >= 0:
            free_since = step.at if free_since is None else free_since
        # The total rose before anything was paid, so being free did not activate it.
        elif step.paid.minor == 0:
            free_since = None
        # Something was paid while it was free: it was activated when it became free.
        if free_since is not None and step.paid.minor > 0:
            return free_since
        if net > 0 and (opens_on == "first_payment" or net >= opens):
            return step.at
    return free_since

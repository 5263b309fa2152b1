"""What the payments of an order add up to, from instant to instant.

Laws:

1. Sums are folds over the money facts, ordered by their own instants, whichever was reported first (P5, P11).
2. Of the totals, the one stored last holds from its instant on, whatever instant an older one bears (T8).
3. The payment status is derived from the sums, never set (P7).
4. Of a subscription, periods that were given back in full are in no sum (P7).
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
    """The total of an order from an instant on; the first one counts for all time before, too (P5).

    `on_top` is what of it opens nothing: what payments by hand asked beyond the balance (P1).
    """

    at: datetime
    version: int
    total: Money
    on_top: Money | None = None


@attrs.frozen
class Tally:
    """The sums of an order from an instant on: paid gross, refunded, total. Of several at one, the last counts.

    `opens` is the total without what is on top (P5). `product` is what the refund names that made them (P9).
    `given_back` is what was refunded of a subscription's periods that are in no sum; `said` is the status of a
    subscription whose periods are all void, or were all given back (P7).
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
        """What is still owed; below zero it is overpaid (P7)."""
        return self.total - self.net

    @property
    def overpaid(self) -> Money:
        """What was paid beyond the total (P7)."""
        return max(-self.balance, Money.zero(self.total.currency))

    @property
    def shown_refunded(self) -> Money:
        """What was refunded, periods that were given back in full included (P7)."""
        return self.refunded if self.given_back is None else self.refunded + self.given_back

    @property
    def status(self) -> PaymentStatus:
        """The payment status that follows from R, G, N and T. Home of P7."""
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
    """Money in or money back of a payment, or a total that was set; `change` is added to the sum."""

    at: datetime
    version: int
    is_out: bool = False
    payment: int = -1
    reference: str = ""
    change: Money | None = None
    product: str | None = None
    total: TotalSet | None = None


# decision 0012: gateways report in whole seconds, so ties are common; money in counts before money back
# The reference comes last and only makes the order total: two runs must fold alike.
_in_order = attrgetter("at", "version", "is_out", "payment", "reference")


def tallies(payments: Sequence[Payment], totals: Sequence[TotalSet], *, subscribed: bool = False) -> list[Tally]:
    """Fold the facts of money in the order of their own instants (P5); the first tally is that of creation.

    Of two at one instant the one of the older version counts first, and money that came before money that went back, so
    the order of arrival does not matter.
    """
    first, *others = _holding(totals)
    zero = Money.zero(first.total.currency)
    # The first tally stands for all time before the order, too, so that any instant has one (P5).
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
    # Only subscriptions are counted by period; for all others the pass would cost and change nothing.
    return [_of_periods(step, payments) for step in steps] if subscribed else steps


def _holding(totals: Sequence[TotalSet]) -> list[TotalSet]:
    """Give the totals that hold, each from its instant on; what was stored last wins over any other. Home of T8."""
    # The usual case: most orders never change their total.
    if len(totals) == 1:
        return [*totals]
    found: list[TotalSet] = []
    # From the newest back: one that is overtaken by a later-stored, earlier-dated total is dropped.
    for total in reversed(totals):
        # a clock that is behind may set a total before the order was made: it holds from its creation on
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
            # a date that is older than the order itself counts from its creation
            at = max(one.at, created_at)
            yield _Fact(at, one.version, False, number, one.reference or "", one.amount)
        if money and payment.refunds:
            yield from _facts_of_refunds(payment, number, max(money[0].at, created_at), money[0].version)


def _facts_of_refunds(payment: Payment, number: int, paid_at: datetime, version: int) -> Iterator[_Fact]:
    """Give the money that went back, and that came back from refunds that failed after all.

    P9: a refund that was reported before the payment's own success counts from that success on.
    """
    for refund in payment.refunds:
        # Never before the money came: a refund of nothing would make the sums negative.
        base = (max(refund.version, version), True, number, refund.reference or refund.id)
        taken_at = refund.taken_at
        gone = Money.zero(refund.amount.currency)
        if taken_at is not None:
            gone = refund.amount
            yield _Fact(max(taken_at, paid_at), *base, gone, refund.product)
        # What came back after all is a fact of its own, at the instant at which that became known.
        if refund.kept != gone:
            yield _Fact(max(refund.at, paid_at), *base, refund.kept - gone)


def _of_periods(step: Tally, payments: Iterable[Payment]) -> Tally:
    """Take the periods that were given back in full out of the sums of a subscription (P7)."""
    made = [one for one in payments if one.created_at <= step.at]
    # P6: money that came for a void payment made it paid, so it still counts.
    owed = [one for one in made if not _is_void_at(one, step.at)]
    if not owed:
        # P7: without any payment it is the trial, and the sums speak; if all are void, nothing was paid for.
        return attrs.evolve(step, said=PaymentStatus.UNPAID) if made else step
    periods = [one for one in owed if one.period is not None]
    back = [one for one in periods if _is_given_back(one, step.at)]
    if not back:
        return step
    zero = Money.zero(step.total.currency)
    paid = sum((_came_by(one, step.at) for one in back), zero)
    refunded = sum((_went_by(one, step.at) for one in back), zero)
    amount = sum((one.amount for one in back), zero)
    # The totals shrink by what was given back, so that the periods left over are judged on their own (P7).
    return attrs.evolve(
        step,
        paid=step.paid - paid,
        refunded=step.refunded - refunded,
        total=step.total - amount,
        opens=step.opens - amount,
        given_back=refunded,
        # P7: refunded as a whole only if no period is left that was not given back.
        said=PaymentStatus.REFUNDED if len(back) == len(periods) else None,
    )


def _is_void_at(payment: Payment, at: datetime) -> bool:
    return payment.voided_at is not None and payment.voided_at <= at and not _came_by(payment, at)


def _is_given_back(payment: Payment, at: datetime) -> bool:
    came = _came_by(payment, at)
    # More than came may go back (a chargeback with fees), hence not equality.
    return came.minor > 0 and _went_by(payment, at) >= came


def _came_by(payment: Payment, at: datetime) -> Money:
    return Money.total([one.amount for one in payment.money if one.at <= at], currency=payment.amount.currency)


def _went_by(payment: Payment, at: datetime) -> Money:
    """Give how much of a payment was refunded at an instant, without refunds that failed."""
    gone = Money.zero(payment.amount.currency)
    # The payment's own number and version do not matter here: only instants and amounts are read.
    for fact in _facts_of_refunds(payment, 0, payment.money[0].at, 0):
        assert fact.change is not None
        if fact.at <= at:
            gone += fact.change
    return gone


def first_opened(steps: Iterable[Tally], opens_on: Activation, *, may_be_free: bool = True) -> datetime | None:
    """Find the first instant at which net paid money reaches what opens the order (P5).

    A total of 0 opens only as long as it stays 0 or something is paid meanwhile: a slip gives nothing away for ever.
    Without `may_be_free` it does not open at all.
    """
    # Since when the order costs nothing; it opens from then on, if nothing contradicts it later (P5).
    free_since: datetime | None = None
    for step in steps:
        net, opens = step.paid.minor - step.refunded.minor, step.opens.minor
        if may_be_free and opens <= 0 and net >= 0:
            free_since = step.at if free_since is None else free_since
        # The total rose before anything was paid: the slip gives nothing away.
        elif step.paid.minor == 0:
            free_since = None
        # Paid while it was free: it was open from the beginning of that span on.
        if free_since is not None and step.paid.minor > 0:
            return free_since
        if net > 0 and (opens_on == "first_payment" or net >= opens):
            return step.at
    return free_since

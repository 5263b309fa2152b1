"""What a gateway reports of attempts and refunds: facts that may come twice, late, or out of order.

Laws (P4, P6, P9-P11):

1. Any order and any repetition of the same reports gives the same sums and states.
2. An outcome only ever becomes more certain: pending, unknown, failed, succeeded.
3. Another amount than the one known is kept and flagged, and changes no sum.
4. A success is recorded also for a void payment, a refund also above what was paid.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import attrs

from kwiga_orders.money import Money
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import (
    AttemptRecorded,
    Event,
    PaymentAnomaly,
    PaymentFailed,
    PaymentPaid,
    PaymentRefunded,
    RefundRecorded,
)
from kwiga_orders.orders.paying import positive_amount
from kwiga_orders.orders.state import Anomaly, Order
from kwiga_orders.payments import Attempt, Outcome, Payment, PaymentState, Refund
from kwiga_orders.periods import utc

__all__ = ["report_attempt", "report_refund"]


def report_attempt(order: Order, command: asked.ReportAttempt, given: Context) -> Iterator[Event]:
    """Record what became of an attempt to pay (P4, P6, P11)."""
    payment = order.payment(command.payment)
    if command.outcome is Outcome.SUCCEEDED and command.amount is not None:
        amount = Money.of(command.amount, command.currency or order.currency)
        if amount != payment.amount:
            yield from _anomaly(order, payment, command.reference, amount, given)
            return
    known = _find_attempt(payment, command, given)
    attempt = _told(known, command, given, gateway=command.gateway or known.gateway or _gateway(payment, command))
    if attempt == known and known in payment.attempts:
        return
    yield _attempt_event(payment, attempt, is_news=attempt.outcome is not known.outcome)


def _attempt_event(payment: Payment, attempt: Attempt, *, is_news: bool) -> Event:
    if attempt.outcome is Outcome.SUCCEEDED and payment.paid is None:
        return PaymentPaid(payment=payment.id, paid_at=attempt.at, attempt=attempt)
    if attempt.outcome is Outcome.FAILED and is_news and payment.state is PaymentState.UNPAID:
        return PaymentFailed(payment=payment.id, attempt=attempt)
    # P4: what comes late, or again, changes nothing but the row of its attempt
    return AttemptRecorded(payment=payment.id, attempt=attempt)


def _find_attempt(payment: Payment, command: asked.ReportAttempt, given: Context) -> Attempt:
    """Find the attempt by reference, else the oldest one that nothing was told of, else begin one (P4).

    Among those, the one that the gateway names comes first, then those that go through it.
    """
    for attempt in payment.attempts:
        if attempt.reference == command.reference:
            return attempt
    waiting = [one for one in payment.attempts if one.reference is None]
    if waiting:
        return min(waiting, key=lambda one: (one.id != command.attempt, one.gateway != _gateway(payment, command)))
    id = f"{payment.id}.a{len(payment.attempts) + 1}"
    return Attempt(id=id, started_at=given.now, at=given.now, reference=command.reference)


def _gateway(payment: Payment, command: asked.ReportAttempt) -> str | None:
    """Give the gateway that tells of an attempt."""
    return command.gateway or payment.gateway or (command.actor.id if command.actor.kind == "gateway" else None)


def _told(known: Attempt, command: asked.ReportAttempt, given: Context, *, gateway: str | None) -> Attempt:
    """Give the attempt as it is known after a report: the most certain one counts, of equals the earliest (P11)."""
    at = _occurred(command.occurred_at, given)
    attempt = attrs.evolve(known, reference=command.reference, gateway=gateway, means=command.means or known.means)
    is_more_certain = command.outcome.certainty > known.outcome.certainty
    if is_more_certain or (command.outcome is known.outcome and at < known.at):
        return attrs.evolve(attempt, outcome=command.outcome, at=at, reason=command.reason)
    return attempt


def report_refund(order: Order, command: asked.ReportRefund, given: Context) -> Iterator[Event]:
    """Record what became of a refund, or that the money was charged back (P9, P10).

    Raises:
        Refused: `input.invalid` if the amount is not positive: such a report says nothing.
    """
    payment = order.payment(command.payment)
    amount = positive_amount(command.amount, command.currency or order.currency)
    known = _find_refund(payment.refunds, command, amount)
    if amount.currency != order.currency or (known is not None and known.amount != amount):
        yield from _anomaly(order, payment, command.reference, amount, given)
        return
    at = _occurred(command.occurred_at, given)
    if known is None:
        refund = Refund(
            id=f"{payment.id}.r{len(payment.refunds) + 1}",
            amount=amount,
            at=at,
            outcome=command.outcome,
            reference=command.reference,
            chargeback=command.chargeback,
        )
    else:
        refund = _settled(known, command, at)
    if refund != known:
        is_back = refund.outcome is Outcome.SUCCEEDED and (known is None or known.outcome is not Outcome.SUCCEEDED)
        yield (PaymentRefunded if is_back else RefundRecorded)(payment=payment.id, refund=refund)


def _find_refund(refunds: Sequence[Refund], command: asked.ReportRefund, amount: Money) -> Refund | None:
    """Find the refund by reference, else the oldest one asked for by hand that waits for its answer (P10).

    Of those that wait, the one that the gateway names comes first. A chargeback answers to nothing that was asked for.
    """
    for refund in refunds:
        if refund.reference == command.reference:
            return refund
    waiting = (one for one in refunds if one.reference is None and one.outcome is Outcome.PENDING)
    alike = (one for one in waiting if one.amount == amount and not command.chargeback)
    return min(alike, key=lambda one: one.id != command.refund, default=None)


def _settled(known: Refund, command: asked.ReportRefund, at: datetime) -> Refund:
    refund = attrs.evolve(known, reference=command.reference, chargeback=known.chargeback or command.chargeback)
    is_more_certain = command.outcome.certainty > known.outcome.certainty
    if is_more_certain or (command.outcome is known.outcome and at < known.at):
        return attrs.evolve(refund, outcome=command.outcome, at=at)
    return refund


def _anomaly(order: Order, payment: Payment, reference: str, amount: Money, given: Context) -> Iterator[Event]:
    """Keep what contradicts what is known, once (P11)."""
    if any((a.payment, a.reference, a.amount) == (payment.id, reference, amount) for a in order.anomalies):
        return
    yield PaymentAnomaly(anomaly=Anomaly(payment=payment.id, reference=reference, amount=amount, at=given.now))


def _occurred(occurred_at: datetime | None, given: Context) -> datetime:
    return given.now if occurred_at is None else utc(occurred_at)

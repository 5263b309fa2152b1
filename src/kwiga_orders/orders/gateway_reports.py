"""What a gateway reports of attempts and refunds: facts that may come twice, late, or out of order.

Laws (P4, P6, P9-P11):

1. A report is recorded if it teaches something; what is known already changes nothing, not even the version.
2. What it means is found by weighing it with the reports around it (`weighing`); its event is named by what it changed.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

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
from kwiga_orders.orders.reports import Anomaly, AttemptReport, AttentionCode, RefundReport, Report
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.weighing import weighed
from kwiga_orders.payments import Attempt, Outcome, Payment, PaymentState, Refund
from kwiga_orders.periods import utc

__all__ = ["gateway_of", "keep_report", "report_attempt", "report_refund"]

Row = TypeVar("Row", Attempt, Refund)


# decisions 0013, 0026: a late failure touches its attempt only, and only money that came can contradict
def report_attempt(order: Order, command: asked.ReportAttempt, given: Context) -> Iterator[Event]:
    """Record what became of an attempt to pay (P4, P6, P11).

    Raises:
        Refused: `money.too_precise`.
    """
    payment = order.payment(command.payment)
    currency = command.currency or order.currency
    report = AttemptReport(
        payment=payment.id,
        reference=command.reference,
        outcome=command.outcome,
        at=_occurred(command.occurred_at, given),
        told_at=given.now,
        amount=None if command.amount is None else Money.of(command.amount, currency),
        # A currency is kept only where it contradicts the order's; else the amount says it.
        currency=currency if command.amount is None and currency != order.currency else None,
        reason=command.reason,
        key=command.attempt,
        gateway=gateway_of(payment, command),
        means=command.means,
        reused=given.is_reused,
    )
    yield from _recorded(order, payment, report)


def gateway_of(payment: Payment, command: asked.ReportAttempt) -> str | None:
    """Give the gateway that reports an attempt."""
    # The last resort names the reporter itself: a gateway that reports through its own actor.
    return command.gateway or payment.gateway or (command.actor.id if command.actor.kind == "gateway" else None)


def report_refund(order: Order, command: asked.ReportRefund, given: Context) -> Iterator[Event]:
    """Record what became of a refund, or that the money was charged back (P9, P10).

    Raises:
        Refused: `input.invalid` if the amount is not positive: such a report says nothing; `money.too_precise`.
    """
    payment = order.payment(command.payment)
    report = RefundReport(
        payment=payment.id,
        reference=command.reference,
        outcome=command.outcome,
        at=_occurred(command.occurred_at, given),
        told_at=given.now,
        # Zero or less would pass all sums unnoticed, and can only be a mistake of the adapter.
        amount=positive_amount(command.amount, command.currency or order.currency),
        chargeback=command.chargeback,
        key=command.refund,
    )
    yield from _recorded(order, payment, report)


def keep_report(order: Order, command: asked.KeepReport, given: Context) -> Iterator[Event]:
    """Keep a report that no rule can record, once: a person looks at it, and no sum changes (P11, P16)."""
    # decision 0052: a fact of money is never thrown away, so what no rule can record is kept as an anomaly
    amount, payment = command.amount, order.payment(command.payment)
    is_foreign = amount is not None and amount.currency != order.currency
    anomaly = Anomaly(
        payment=payment.id,
        reference=command.reference,
        amount=amount,
        at=given.now,
        code=AttentionCode.OTHER_CURRENCY if is_foreign else AttentionCode.OTHER_AMOUNT,
        of_refund=command.of_refund,
        gateway=command.gateway,
    )
    # K1: the same report again, whenever it comes, is not kept twice.
    if all(attrs.evolve(one, at=anomaly.at) != anomaly for one in order.anomalies):
        yield PaymentAnomaly(anomaly=anomaly)


def _occurred(occurred_at: datetime | None, given: Context) -> datetime:
    # T8: an instant later than now, from a clock that runs fast, counts as now
    return given.now if occurred_at is None else min(utc(occurred_at), given.now)


def _recorded(order: Order, before: Payment, report: Report) -> Iterator[Event]:
    found = weighed(order, report)
    # Weighing gives the very same object if the report taught nothing (law 1).
    if found is order:
        return
    after = found.payment(before.id)
    # An anomaly outranks the rest: money that counts in no sum must be seen.
    anomaly = _find_anomaly(order, found, report)
    if anomaly is not None:
        yield PaymentAnomaly(anomaly=anomaly, report=report)
    elif isinstance(report, AttemptReport):
        yield _of_attempt(before, after, report)
    else:
        refund = _row(after.refunds, report.reference)
        was = next((one for one in before.refunds if one.id == refund.id), None)
        # The event is named by the step to `succeeded`; any other news is only recorded.
        is_back = refund.outcome is Outcome.SUCCEEDED and (was is None or was.outcome is not Outcome.SUCCEEDED)
        kind = PaymentRefunded if is_back else RefundRecorded
        yield kind(payment=after.id, refund=refund, report=report)


def _find_anomaly(order: Order, found: Order, report: Report) -> Anomaly | None:
    """Give what is kept because of a report: new, or known already where the report made no row."""
    # The newest of them: weighing appends in the order in which it finds them.
    new = [anomaly for anomaly in found.anomalies if anomaly not in order.anomalies]
    if new:
        return new[-1]
    payment = found.payment(report.payment)
    rows: tuple[Attempt | Refund, ...] = (*payment.attempts, *payment.refunds)
    # A row bears the reference, so the report was understood and nothing was kept because of it.
    if any(row.reference == report.reference for row in rows):
        return None
    return next(one for one in found.anomalies if one.reference == report.reference)


def _of_attempt(before: Payment, after: Payment, report: AttemptReport) -> Event:
    attempt = _row(after.attempts, report.reference)
    # Paid by this very report: the event carries what came altogether.
    if before.paid is None and after.paid is not None:
        paid = after.paid
        return PaymentPaid(payment=after.id, paid_at=paid.at, amount=paid.amount, attempt=attempt, report=report)
    was = next((one for one in before.attempts if one.id == attempt.id), None)
    is_news = was is None or was.outcome is not attempt.outcome
    # F4: `payment.failed` fires for what is still unpaid, once an attempt, and never for what came late.
    if attempt.outcome is Outcome.FAILED and is_news and after.state is PaymentState.UNPAID:
        return PaymentFailed(payment=after.id, attempt=attempt, report=report)
    # P4: what comes late, or again, changes nothing but the row of its attempt
    return AttemptRecorded(payment=after.id, attempt=attempt, report=report)


def _row(rows: tuple[Row, ...], reference: str) -> Row:
    return next(row for row in rows if row.reference == reference)

"""Commands by which gateways report attempts and refunds: facts that may come twice, late, or out of order.

Laws (P4, P6, P9-P11):

1. A report is recorded if it says something new; otherwise nothing changes, not even the version.
2. `weighing` evaluates a report together with the reports before and after it; its event is named by what it changed.
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


# decisions 0013, 0026: a late failure changes only its attempt; only paid money can be an anomaly
def report_attempt(order: Order, command: asked.ReportAttempt, given: Context) -> Iterator[Event]:
    """Record the outcome of an attempt to pay (P4, P6, P11).

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
        # The currency is kept only if there is no amount and it differs from the order's.
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
    # If neither command nor payment name one, the actor may be the gateway itself.
    return command.gateway or payment.gateway or (command.actor.id if command.actor.kind == "gateway" else None)


def report_refund(order: Order, command: asked.ReportRefund, given: Context) -> Iterator[Event]:
    """Record the outcome of a refund, or a chargeback (P9, P10).

    Raises:
        Refused: `input.invalid` if the amount is not positive; `money.too_precise`.
    """
    payment = order.payment(command.payment)
    report = RefundReport(
        payment=payment.id,
        reference=command.reference,
        outcome=command.outcome,
        at=_occurred(command.occurred_at, given),
        told_at=given.now,
        # An amount of zero or less can only be a mistake of the adapter, and no sum would show it.
        amount=positive_amount(command.amount, command.currency or order.currency),
        chargeback=command.chargeback,
        key=command.refund,
    )
    yield from _recorded(order, payment, report)


def keep_report(order: Order, command: asked.KeepReport, given: Context) -> Iterator[Event]:
    """Keep a report that no rule can record as an anomaly, once; no sum changes (P11, P16)."""
    # decision 0052: facts about money are never thrown away
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
    # K1: the same report is not kept twice, whenever it comes again.
    if all(attrs.evolve(one, at=anomaly.at) != anomaly for one in order.anomalies):
        yield PaymentAnomaly(anomaly=anomaly)


def _occurred(occurred_at: datetime | None, given: Context) -> datetime:
    # T8: an instant in the future, from a fast clock, counts as now
    return given.now if occurred_at is None else min(utc(occurred_at), given.now)


def _recorded(order: Order, before: Payment, report: Report) -> Iterator[Event]:
    found = weighed(order, report)
    # Law 1: weighing returns the same object if the report says nothing new.
    if found is order:
        return
    after = found.payment(before.id)
    # The event of an anomaly comes first, because money that counts in no sum must be noticed.
    anomaly = _find_anomaly(order, found, report)
    if anomaly is not None:
        yield PaymentAnomaly(anomaly=anomaly, report=report)
    elif isinstance(report, AttemptReport):
        yield _of_attempt(before, after, report)
    else:
        refund = _row(after.refunds, report.reference)
        was = next((one for one in before.refunds if one.id == refund.id), None)
        # Only the change to `succeeded` is `payment.refunded`; other changes are only recorded.
        is_back = refund.outcome is Outcome.SUCCEEDED and (was is None or was.outcome is not Outcome.SUCCEEDED)
        kind = PaymentRefunded if is_back else RefundRecorded
        yield kind(payment=after.id, refund=refund, report=report)


def _find_anomaly(order: Order, found: Order, report: Report) -> Anomaly | None:
    """Give the anomaly of a report: a new one, or a known one if the report made no row."""
    # The last one, because weighing appends anomalies in the order of the reports.
    new = [anomaly for anomaly in found.anomalies if anomaly not in order.anomalies]
    if new:
        return new[-1]
    payment = found.payment(report.payment)
    rows: tuple[Attempt | Refund, ...] = (*payment.attempts, *payment.refunds)
    # A row has the reference, so the report was recorded there and made no anomaly.
    if any(row.reference == report.reference for row in rows):
        return None
    return next(one for one in found.anomalies if one.reference == report.reference)


def _of_attempt(before: Payment, after: Payment, report: AttemptReport) -> Event:
    attempt = _row(after.attempts, report.reference)
    # This report paid the payment: the event has the whole paid amount.
    if before.paid is None and after.paid is not None:
        paid = after.paid
        return PaymentPaid(payment=after.id, paid_at=paid.at, amount=paid.amount, attempt=attempt, report=report)
    was = next((one for one in before.attempts if one.id == attempt.id), None)
    is_news = was is None or was.outcome is not attempt.outcome
    # F4: `payment.failed` fires once for each attempt, and only while the payment is unpaid.
    if attempt.outcome is Outcome.FAILED and is_news and after.state is PaymentState.UNPAID:
        return PaymentFailed(payment=after.id, attempt=attempt, report=report)
    # P4: a late or repeated report changes only the row of its attempt
    return AttemptRecorded(payment=after.id, attempt=attempt, report=report)


def _row(rows: tuple[Row, ...], reference: str) -> Row:
    return next(row for row in rows if row.reference == reference)

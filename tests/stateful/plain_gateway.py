"""What a gateway tells of a payment, on paper (P4, P9-P11)."""

from datetime import datetime
from decimal import Decimal

from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome
from tests.stateful.plain_orders import PlainAttempt, PlainPayment, PlainRefund

__all__ = ["attempt_reported", "refund_reported"]

RANKS = (Outcome.PENDING, Outcome.UNKNOWN, Outcome.FAILED, Outcome.SUCCEEDED)


def attempt_reported(payment: PlainPayment, command: asked.ReportAttempt, *, now: datetime, step: int) -> list[str]:
    """Book what became of an attempt; give the events that fire."""
    is_success = command.outcome is Outcome.SUCCEEDED
    if is_success and command.amount is not None and command.amount != Decimal(payment.amount) / 100:
        return []
    attempt = _attempt(payment, command.reference, now)
    attempt.reference = command.reference
    was = attempt.outcome
    if not _teaches(command.outcome, command.occurred_at or now, attempt.outcome, attempt.at):
        return []
    attempt.outcome, attempt.at = command.outcome, command.occurred_at or now
    if is_success and payment.paid_at is None:
        payment.paid_at, payment.paid_step, payment.by_gateway = attempt.at, step, True
    elif is_success and payment.by_gateway and payment.paid_at is not None:
        payment.paid_at = min(payment.paid_at, attempt.at)
    failed_now = attempt.outcome is Outcome.FAILED and was is not Outcome.FAILED
    return ["payment.failed"] if failed_now and payment.state == "unpaid" else []


def _teaches(told: Outcome, told_at: datetime, known: Outcome, known_at: datetime) -> bool:
    """Tell whether a report is more certain than what is known, or tells of an earlier instant."""
    return RANKS.index(told) > RANKS.index(known) or (told is known and told_at < known_at)


def _attempt(payment: PlainPayment, reference: str, now: datetime) -> PlainAttempt:
    """Find an attempt by reference, else the oldest pending one without, else begin one (P4)."""
    for attempt in payment.attempts:
        if attempt.reference == reference:
            return attempt
    for attempt in payment.attempts:
        if attempt.reference is None and attempt.outcome is Outcome.PENDING:
            return attempt
    payment.attempts.append(PlainAttempt(reference, now))
    return payment.attempts[-1]


def refund_reported(payment: PlainPayment, command: asked.ReportRefund, amount: int, *, now: datetime) -> None:
    """Book what became of a refund, or of a chargeback."""
    at = command.occurred_at or now
    known = next((refund for refund in payment.refunds if refund.reference == command.reference), None)
    if known is None and not command.chargeback:
        waiting = (one for one in payment.refunds if one.reference is None and one.outcome is Outcome.PENDING)
        known = next((refund for refund in waiting if refund.amount == amount), None)
    if known is None:
        payment.refunds.append(PlainRefund(amount, at, command.outcome, command.reference))
    elif known.amount == amount:
        known.reference = command.reference
        if _teaches(command.outcome, at, known.outcome, known.at):
            known.outcome, known.at = command.outcome, at

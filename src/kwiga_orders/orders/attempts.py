"""Apply a report of an attempt to its payment. Home of P4.

Laws:

1. A report belongs to the attempt with its reference, else to the one with its key, else to the oldest waiting attempt
   that no other report names. If there is none, the report makes a new attempt.
2. An outcome only becomes more certain: pending, unknown, failed, succeeded.
3. Money in another amount or currency, or under a reference of another payment, is kept as an anomaly and counts in no
   sum (P11).
4. Two successes of one payment under two references mean that it was paid twice.
"""

from collections.abc import Collection

from kwiga_orders.money import Money
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.attention import money_code, raised
from kwiga_orders.orders.reports import Anomaly, Around, AttemptReport, AttentionCode
from kwiga_orders.orders.rows import item_of, put_attempt, reported_id, with_anomaly
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Attempt, Outcome, Payment
from kwiga_orders.values import changed

__all__ = ["weigh_attempt"]

_CERTAINTY = (Outcome.PENDING, Outcome.UNKNOWN, Outcome.FAILED, Outcome.SUCCEEDED)
"""From the least to the most certain: a late `failed` never undoes a `succeeded`."""


def weigh_attempt(order: Order, report: AttemptReport, around: Around) -> Order:
    """Give the order after a report of an attempt."""
    payment = order.payment(report.payment)
    known = _find_attempt(payment, report, around.named)
    row = (
        Attempt(id=reported_id(payment.id, "a", report.reference), started_at=report.at, at=report.at)
        if known is None
        else known
    )
    row = changed(
        row,
        # Our own attempt gets the gateway's reference from its first report.
        reference=report.reference,
        gateway=report.gateway or row.gateway or payment.gateway,
        means=report.means or row.means,
    )
    if report.outcome is Outcome.SUCCEEDED:
        return _weigh_success(order, row, report, version=around.version, is_known=known is not None)
    # decision 0013: a late failure changes only its own attempt, not a payment that another attempt paid
    ended = _ended(row, report)
    order = put_attempt(order, payment.id, ended)
    if ended.outcome is Outcome.UNKNOWN and row.outcome is not Outcome.UNKNOWN:
        order = raised(order, item_of(AttentionCode.UNKNOWN_OUTCOME, report, None))
    # Raised only when the outcome becomes `unknown`: a repeated report must not raise a resolved item again.
    return order


def _find_attempt(payment: Payment, report: AttemptReport, named: Collection[str]) -> Attempt | None:
    """Find the attempt by reference, else by key, else the oldest one without a report (P4).

    Among those without a report, attempts through the reporting gateway come first.
    """
    for attempt in payment.attempts:
        if attempt.reference == report.reference:
            return attempt
    waiting = [
        # An attempt whose key another report has belongs to that report, however late that comes.
        one
        for one in payment.attempts
        if one.reference is None and (one.id == report.key or one.id not in named)
    ]
    gateway = report.gateway or payment.gateway
    # False sorts first: the attempt with the key, then those through the same gateway, then the oldest.
    return min(waiting, key=lambda one: (one.id != report.key, one.gateway != gateway), default=None)


def _ended(row: Attempt, report: AttemptReport) -> Attempt:
    """Give the attempt after a report: the most certain outcome counts, and the earliest of equal outcomes."""
    # P11: certainty decides before time, so that the order in which reports arrive does not matter.
    certain, known = (_CERTAINTY.index(outcome) for outcome in (report.outcome, row.outcome))
    if certain > known or (certain == known and report.at < row.at):
        return changed(row, outcome=report.outcome, at=report.at, reason=report.reason)
    return row


def _weigh_success(order: Order, row: Attempt, report: AttemptReport, *, version: int, is_known: bool) -> Order:
    payment = order.payment(report.payment)
    # For a success without an amount, assume the amount with which the attempt was started.
    amount = (
        report.amount if report.amount is not None else row.amount or asked_of(order).get(payment.id) or payment.amount
    )
    code = _why_kept_out(order, payment, row, report, amount)
    if code is not None:
        if is_known and not row.counts:
            # the attempt has an outcome now, so it is not charged or asked about again
            kept = changed(row, outcome=Outcome.SUCCEEDED, kept_out=True, at=report.at, reason=None)
            order = put_attempt(order, payment.id, kept)
        return _keep_out(order, report, code, amount, attempt=row.id)
    if row.counts:
        # P11: a repeated success may have an earlier instant, and the earliest counts.
        return put_attempt(order, payment.id, changed(row, at=min(row.at, report.at)))
    paid = changed(
        row,
        outcome=Outcome.SUCCEEDED,
        kept_out=False,
        at=report.at,
        reason=report.reason,
        amount=amount,
        version=version,
    )
    after = put_attempt(order, payment.id, paid)
    # `order` is the state before this money, `after` the state with it.
    odd = money_code(order, after, payment, paid.at)
    return after if odd is None else raised(after, item_of(odd, report, amount))


def _why_kept_out(
    order: Order, payment: Payment, row: Attempt, report: AttemptReport, amount: Money
) -> AttentionCode | None:
    """Tell why the money of a success counts in no sum; None if it counts (M2, P4, P11)."""
    # M2: the currency is compared first, because amounts in two currencies cannot be compared.
    if (report.currency or amount.currency) != order.currency:
        return AttentionCode.OTHER_CURRENCY
    # The attempt counts already: the same amount is a repeated report, another amount contradicts it.
    if row.counts:
        return None if amount == (row.amount or payment.amount) else AttentionCode.OTHER_AMOUNT
    if report.reused or _is_reused(order, report, row.gateway):
        return AttentionCode.REUSED_REFERENCE
    return None if amount in _right_amounts(order, payment, row) else AttentionCode.OTHER_AMOUNT


def _is_reused(order: Order, report: AttemptReport, gateway: str | None) -> bool:
    """Tell whether another payment of the order was paid under the same reference of the same gateway."""
    others = (payment for payment in order.payments if payment.id != report.payment)
    rows = (attempt for payment in others for attempt in payment.attempts)
    return any(one.counts and one.reference == report.reference and one.gateway == gateway for one in rows)


def _right_amounts(order: Order, payment: Payment, row: Attempt) -> set[Money | None]:
    """Give the accepted amounts of a success: the payment's, the asked one, the attempt's, and the one already paid."""
    # P3: after the payment was edited, the old amount is no longer accepted.
    begun = None if row.outdated else row.amount
    came = {one.amount for one in payment.attempts if one.counts}
    return {payment.amount, asked_of(order).get(payment.id), begun, *came}


def _keep_out(order: Order, report: AttemptReport, code: AttentionCode, amount: Money, *, attempt: str) -> Order:
    """Keep contradicting money as an anomaly, once (P11)."""
    # An assumed amount is not kept if the currency is another one.
    is_told = report.amount is not None or code is not AttentionCode.OTHER_CURRENCY
    anomaly = Anomaly(
        payment=report.payment,
        reference=report.reference,
        amount=amount if is_told else None,
        at=report.told_at,
        code=code,
        attempt=attempt,
        gateway=report.gateway,
    )
    return with_anomaly(order, anomaly)

"""Apply a report of a refund or a chargeback to its payment. Home of P10.

Laws:

1. A report belongs to the refund with its reference, else to the one with its key, else to the oldest waiting refund by
   hand with the same amount that no other report names. If there is none, the report makes a new refund. A chargeback
   never belongs to a refund by hand.
2. An outcome only becomes more certain: pending, unknown, succeeded, failed. If a refund fails after it succeeded, the
   money is the school's again: it bounced, or the chargeback was won.
3. If one reference is reported with two amounts, the later report counts; at the same instant, the larger amount (P11).
"""

from collections.abc import Collection

from kwiga_orders.money import Money
from kwiga_orders.orders.attention import raised
from kwiga_orders.orders.reports import Anomaly, Around, AttentionCode, RefundReport
from kwiga_orders.orders.rows import about, is_reported, item_of, put_refund, reported_id, with_anomaly
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Outcome, Payment, Refund
from kwiga_orders.values import changed

__all__ = ["weigh_refund"]

_CERTAINTY = (Outcome.PENDING, Outcome.UNKNOWN, Outcome.SUCCEEDED, Outcome.FAILED)
"""From the least to the most certain: nothing changes a `failed` refund."""


def weigh_refund(order: Order, report: RefundReport, around: Around) -> Order:
    """Give the order after a report of a refund."""
    payment = order.payment(report.payment)
    # M2: amounts in two currencies cannot be compared, so this report changes no refund.
    if report.amount.currency != order.currency:
        return with_anomaly(order, _refund_anomaly(report, AttentionCode.OTHER_CURRENCY, report.amount))
    known = _find_refund(payment, report, around.named)
    # P5: the version before the report orders facts of the same instant.
    if known is None:
        row = _made(payment, report, around.version)
        return _flagged(put_refund(order, payment.id, row), report, None, row)
    # P10: the report of a won chargeback has the amount that came back, which may differ
    is_won = (known.chargeback or report.chargeback) and report.outcome is Outcome.FAILED
    if known.amount != report.amount and not is_won:
        if not is_reported(known):
            # a refund by hand keeps the amount that a person requested
            return with_anomaly(order, _refund_anomaly(report, AttentionCode.OTHER_AMOUNT, report.amount))
        order, known = _with_larger(order, known, report, around)
    row = _settled_refund(known, report)
    is_newest = report.amount == row.amount and report.at > (row.amount_at or row.at)
    # P11: the instant of the latest amount is needed only if the reference was reported with several amounts.
    if is_newest and report.reference in around.disputed:
        row = changed(row, amount_at=report.at)
    return _flagged(put_refund(order, payment.id, row), report, known, row)


def _find_refund(payment: Payment, report: RefundReport, named: Collection[str]) -> Refund | None:
    """Find the refund by reference, else by key, else the oldest waiting one by hand with the same amount (P10).

    A chargeback never belongs to a refund by hand, and a refund whose key another report has belongs to that report.
    """
    for refund in payment.refunds:
        if refund.reference == report.reference:
            return refund
    # A refund with a reference already has its report.
    waiting = [one for one in payment.refunds if one.reference is None and one.outcome is Outcome.PENDING]
    for refund in waiting:
        if refund.id == report.key:
            return refund
    # Without a key only the amount tells refunds apart.
    alike = (one for one in waiting if one.amount == report.amount and one.id not in named and not report.chargeback)
    return next(alike, None)


def _made(payment: Payment, report: RefundReport, version: int) -> Refund:
    is_won = report.chargeback and report.outcome is Outcome.FAILED
    return Refund(
        id=reported_id(payment.id, "r", report.reference),
        amount=report.amount,
        at=report.at,
        outcome=report.outcome,
        reference=report.reference,
        chargeback=report.chargeback,
        returned=report.amount if is_won else None,
        version=version,
    )


def _with_larger(order: Order, known: Refund, report: RefundReport, around: Around) -> tuple[Order, Refund]:
    """Give a refund that was reported with two amounts the right one, and keep the other as an anomaly (law 3)."""
    is_told = (report.reference, known.amount) in around.amounts
    if known.outcome is Outcome.FAILED and known.returned == known.amount and not is_told:
        # only the win of this chargeback was reported before, with the amount that came back
        return order, changed(known, amount=report.amount)
    other = _refund_anomaly(report, AttentionCode.OTHER_AMOUNT, report.amount)
    if about(other) in around.kept:
        # this amount is an anomaly already, and a person may have acted on that
        return order, known
    # Law 3: pairs compare first the instant, then the amount.
    if (report.at, report.amount.minor) < (known.amount_at or known.at, known.amount.minor):
        return with_anomaly(order, other), known
    lesser = _refund_anomaly(report, AttentionCode.OTHER_AMOUNT, known.amount)
    return with_anomaly(order, lesser), changed(known, amount=report.amount, amount_at=report.at)


def _settled_refund(known: Refund, report: RefundReport) -> Refund:
    """Give the refund after a report."""
    row = changed(known, reference=report.reference, chargeback=known.chargeback or report.chargeback)
    certain, was = (_CERTAINTY.index(outcome) for outcome in (report.outcome, known.outcome))
    if report.outcome is Outcome.FAILED and row.chargeback:
        row = changed(row, returned=report.amount)
    # A more certain outcome replaces the known one.
    if certain > was:
        done_at = known.taken_at
        # A refund cannot fail before it was made.
        at = report.at if done_at is None else max(report.at, done_at)
        return changed(
            row, outcome=report.outcome, at=at, done_at=done_at if report.outcome is Outcome.FAILED else None
        )
    if certain == was:
        # P11: the earliest report counts, except that a bounced refund keeps the instant of the bounce.
        return changed(row, at=min(known.at, report.at) if known.done_at is None else known.at)
    if known.outcome is Outcome.FAILED and report.outcome is Outcome.SUCCEEDED:
        done_at = report.at if known.done_at is None else min(known.done_at, report.at)
        # The success was reported after the failure that undid it: only its instant is stored.
        return changed(row, done_at=done_at, at=max(known.at, done_at))
    return row


def _flagged(order: Order, report: RefundReport, known: Refund | None, row: Refund) -> Order:
    """Raise the attention items of a refund that was just reported (P16)."""
    for code in _refund_codes(order, report, known, row):
        order = raised(order, item_of(code, report, None if code is AttentionCode.UNKNOWN_OUTCOME else row.amount))
    return order


def _refund_codes(order: Order, report: RefundReport, known: Refund | None, row: Refund) -> list[AttentionCode]:
    codes = []
    # Raised only by the first report that calls it a chargeback.
    if row.chargeback and not (known is not None and known.chargeback):
        codes.append(AttentionCode.CHARGEBACK)
    was_bounced = known is not None and known.outcome is Outcome.FAILED and known.done_at is not None
    if row.outcome is Outcome.FAILED and row.done_at is not None and not row.chargeback and not was_bounced:
        codes.append(AttentionCode.REFUND_BOUNCED)
    if row.outcome is Outcome.UNKNOWN and (known is None or known.outcome is not Outcome.UNKNOWN):
        codes.append(AttentionCode.UNKNOWN_OUTCOME)
    payment = order.payment(report.payment)
    limit = 0 if payment.paid is None else payment.paid.amount.minor
    # Raised only if the outcome changed, so that a repeated report does not raise it again.
    is_news = known is None or known.outcome is not row.outcome
    if row.outcome is Outcome.SUCCEEDED and is_news and payment.refunded.minor > limit:
        codes.append(AttentionCode.REFUND_ABOVE_LIMIT)
    return codes


def _refund_anomaly(report: RefundReport, code: AttentionCode, amount: Money) -> Anomaly:
    return Anomaly(
        payment=report.payment,
        reference=report.reference,
        amount=amount,
        at=report.told_at,
        code=code,
        of_refund=True,
    )

"""Commands to refunds by hand: refund money, and say which line it was for.

Laws:

1. No more is refunded by hand than is left; pending refunds count already (P9, P10).
2. Money that was paid by hand is refunded at once; money paid through a gateway is refunded by it and confirmed (P10).
3. A refund names a line of the order, perhaps a removed one, or no line (P9).
"""

from collections.abc import Iterator

import attrs

from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import Event, PaymentPaid, PaymentRefunded, RefundRecorded
from kwiga_orders.orders.paying import positive_amount
from kwiga_orders.orders.reports import Anomaly, AttentionCode
from kwiga_orders.orders.rows import is_reported, reported_id
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Attempt, Outcome, Payment, Refund

__all__ = ["accept_anomaly", "edit_refund", "refund_payment"]


def refund_payment(order: Order, command: asked.RefundPayment, given: Context) -> Iterator[Event]:
    """Refund money: at once if it was paid by hand, through the gateway if it was paid through one (P9, P10).

    Raises:
        Refused: `refund.not_paid`, `refund.exceeds_paid`, `money.too_precise`.
        NotFound: if the order never had a line of that product.
    """
    payment = order.payment(command.payment)
    paid = payment.paid
    if paid is None:
        raise Refused("refund.not_paid", payment=payment.id)
    amount = positive_amount(command.amount, order.currency)
    # P10: pending refunds are subtracted, so that two refunds cannot exceed the payment.
    if amount > payment.refundable:
        raise Refused(
            "refund.exceeds_paid",
            payment=payment.id,
            asked=amount.amount,
            left=payment.refundable.amount,
            paid=paid.amount.amount,
            currency=order.currency,
        )
    # only our own refunds are numbered; those that a gateway reported have ids from their references
    asked_for = [one for one in payment.refunds if not is_reported(one)]
    refund = Refund(
        id=f"{payment.id}.r{len(asked_for) + 1}",
        amount=amount,
        at=given.now,
        # P10: only the gateway knows whether its refund succeeded; a refund by hand is done when it is noted.
        outcome=Outcome.PENDING if paid.by_gateway else Outcome.SUCCEEDED,
        product=_product(order, command.product),
        reason=command.reason,
    )
    yield (RefundRecorded if paid.by_gateway else PaymentRefunded)(payment=payment.id, refund=refund)


def _product(order: Order, product: str | None) -> str | None:
    if product is not None and product not in order.taken_out:
        # P9: raises `NotFound`, unless the line was removed.
        order.line(product)
    return product


def edit_refund(order: Order, command: asked.EditRefund, _: Context) -> Iterator[Event]:
    """Correct which line a refund was for (P9).

    Raises:
        NotFound: if the payment has no such refund, or the order never had a line of that product.
    """
    payment = order.payment(command.payment)
    product = _product(order, command.product)
    for refund in payment.refunds:
        # Staff may name our id or the gateway's reference.
        if command.refund in (refund.id, refund.reference):
            # K2: naming the same line again changes nothing.
            if refund.product != product:
                corrected = attrs.evolve(refund, product=product)
                yield RefundRecorded(payment=payment.id, refund=corrected, corrected=True)
            return
    raise NotFound("refund", command.refund)


def accept_anomaly(order: Order, command: asked.AcceptAnomaly, _: Context) -> Iterator[Event]:
    """Accept an anomaly: the payment is paid with that amount, at the instant of the report (P11).

    Raises:
        Refused: `payment.no_anomaly` if nothing was kept under that reference, `money.currency_mismatch`.
    """
    payment = order.payment(command.payment)
    of = (payment.id, command.reference)
    kept = [one for one in order.anomalies if not one.of_refund and (one.payment, one.reference) == of]
    if not kept:
        raise Refused("payment.no_anomaly", payment=payment.id, reference=command.reference)
    # the last of several reported amounts counts
    anomaly = max(kept, key=lambda one: one.at)
    # M2: an amount in another currency cannot count in the order's sums.
    if anomaly.code is AttentionCode.OTHER_CURRENCY or anomaly.amount is None:
        found = "" if anomaly.amount is None else anomaly.amount.currency
        raise Refused("money.currency_mismatch", expected=order.currency, found=found)
    row = _row_of(payment, anomaly)
    # The attempt may have failed or been kept out until now; accepting makes it a success.
    attempt = attrs.evolve(row, outcome=Outcome.SUCCEEDED, amount=anomaly.amount, at=anomaly.at, kept_out=False)
    again = payment.paid is not None
    yield PaymentPaid(payment=payment.id, paid_at=anomaly.at, amount=anomaly.amount, attempt=attempt, again=again)


def _row_of(payment: Payment, anomaly: Anomaly) -> Attempt:
    """Give the attempt of an anomaly, or a new one."""
    for attempt in payment.attempts:
        if attempt.reference == anomaly.reference:
            return attempt
    return Attempt(
        id=reported_id(payment.id, "a", anomaly.reference or ""),
        started_at=anomaly.at,
        at=anomaly.at,
        reference=anomaly.reference,
        gateway=anomaly.gateway or payment.gateway,
    )

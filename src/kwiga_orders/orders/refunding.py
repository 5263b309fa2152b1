"""Refunds by hand: giving money back, and saying which line it was for.

Laws:

1. No more is refunded by hand than is left; what is in flight already counts (P9, P10).
2. Money that came by hand goes back at once; money of a gateway goes back through the gateway, which confirms it (P10).
3. A refund names a line of the order, also one that was taken out, or none (P9).
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
    """Give money back: at once if it came by hand, through the gateway if it came through one (P9, P10).

    Raises:
        Refused: `refund.not_paid`, `refund.exceeds_paid`, `money.too_precise`.
        NotFound: if the order never had a line of that product.
    """
    payment = order.payment(command.payment)
    paid = payment.paid
    if paid is None:
        raise Refused("refund.not_paid", payment=payment.id)
    amount = positive_amount(command.amount, order.currency)
    # What is in flight is held back already, so two refunds at once cannot exceed the payment (P10).
    if amount > payment.refundable:
        raise Refused(
            "refund.exceeds_paid",
            payment=payment.id,
            asked=amount.amount,
            left=payment.refundable.amount,
            paid=paid.amount.amount,
            currency=order.currency,
        )
    # refunds that a gateway reported are named by its references; ours are numbered
    asked_for = [one for one in payment.refunds if not is_reported(one)]
    refund = Refund(
        id=f"{payment.id}.r{len(asked_for) + 1}",
        amount=amount,
        at=given.now,
        # P10: only the gateway knows whether its money went back; money by hand is counted out on the table.
        outcome=Outcome.PENDING if paid.by_gateway else Outcome.SUCCEEDED,
        product=_product(order, command.product),
        reason=command.reason,
    )
    yield (RefundRecorded if paid.by_gateway else PaymentRefunded)(payment=payment.id, refund=refund)


def _product(order: Order, product: str | None) -> str | None:
    if product is not None and product not in order.taken_out:
        # Asked for its `NotFound`; a line that was taken out may still be named (P9).
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
        # Staff sees our id or the gateway's reference, whichever the page shows.
        if command.refund in (refund.id, refund.reference):
            # K2: naming the line it has already changes nothing.
            if refund.product != product:
                corrected = attrs.evolve(refund, product=product)
                yield RefundRecorded(payment=payment.id, refund=corrected, corrected=True)
            return
    raise NotFound("refund", command.refund)


def accept_anomaly(order: Order, command: asked.AcceptAnomaly, _: Context) -> Iterator[Event]:
    """Accept money of a gateway as it came: the payment is paid with it, at the instant of its report (P11).

    Raises:
        Refused: `payment.no_anomaly` if nothing was kept under that reference, `money.currency_mismatch`.
    """
    payment = order.payment(command.payment)
    of = (payment.id, command.reference)
    kept = [one for one in order.anomalies if not one.of_refund and (one.payment, one.reference) == of]
    if not kept:
        raise Refused("payment.no_anomaly", payment=payment.id, reference=command.reference)
    # of several reported amounts the last one counts
    anomaly = max(kept, key=lambda one: one.at)
    # An amount in another currency has no place in the sums of the order (M2).
    if anomaly.code is AttentionCode.OTHER_CURRENCY or anomaly.amount is None:
        found = "" if anomaly.amount is None else anomaly.amount.currency
        raise Refused("money.currency_mismatch", expected=order.currency, found=found)
    row = _row_of(payment, anomaly)
    # The attempt may be known as failed or kept out; accepting makes it the success that it was.
    attempt = attrs.evolve(row, outcome=Outcome.SUCCEEDED, amount=anomaly.amount, at=anomaly.at, kept_out=False)
    yield PaymentPaid(payment=payment.id, paid_at=anomaly.at, amount=anomaly.amount, attempt=attempt)


def _row_of(payment: Payment, anomaly: Anomaly) -> Attempt:
    """Give the attempt that an anomaly is of, or one for it."""
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

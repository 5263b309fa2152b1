"""The payments of an order, for the staff and for the customer, and the order's attention items."""

from collections.abc import Mapping

from kwiga_orders.money import Money
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.context import ViewContext
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Outcome, Payment, Refund, overdue_at
from kwiga_orders.periods import zone_named
from kwiga_orders.views.plain import amount, instant, maybe_instant
from kwiga_orders.views.shapes import (
    AttemptView,
    AttentionView,
    CustomerPaymentView,
    PaymentView,
    RefundView,
)

__all__ = ["attention_views", "customer_payment_views", "payment_views"]

_Asked = Mapping[str, Money]


def payment_views(order: Order, context: ViewContext) -> list[PaymentView]:
    """Give the payments of an order for the staff (P1-P4). The amount of a paid one is the received amount."""
    asked = asked_of(order)
    return [_payment(order, payment, asked, context) for payment in order.payments]


def _payment(order: Order, payment: Payment, asked: _Asked, context: ViewContext) -> PaymentView:
    paid = payment.paid
    nothing = Money.zero(order.currency)
    return PaymentView(
        id=payment.id,
        state=payment.state.value,
        kind=payment.kind,
        # More or less than planned may have been received, and the received amount is on the customer's bank statement.
        amount=amount(payment.amount if paid is None else paid.amount),
        asked=amount(asked.get(payment.id, nothing)),
        payable=_is_payable(payment, asked, context),
        on_top=amount(order.on_top_of(payment) or nothing),
        refunded=amount(payment.refunded),
        created_at=instant(payment.created_at),
        due_at=instant(payment.due_at),
        overdue_at=instant(overdue_at(payment, zone_named(order.zone))),
        paid_at=maybe_instant(None if paid is None else paid.at),
        method=payment.method,
        gateway=payment.gateway,
        closes_access=payment.closes_access,
        attempts=[
            AttemptView(
                id=attempt.id,
                reference=attempt.reference,
                outcome=attempt.outcome.value,
                at=instant(attempt.at),
                reason=attempt.reason,
            )
            # in the order they ended, whichever was reported first (P11); those that still wait come after them
            for attempt in sorted(
                payment.attempts,
                key=lambda one: (one.outcome is Outcome.PENDING, one.at, one.reference or "", one.id),
            )
        ],
        # in the order they happened, whichever was reported first (P11)
        refunds=[
            _refund(refund) for refund in sorted(payment.refunds, key=lambda one: (one.at, one.reference or "", one.id))
        ],
        comment=payment.comment,
    )


def _is_payable(payment: Payment, asked: _Asked, context: ViewContext) -> bool:
    """Tell whether a payment has a payment link: it asks for money, and its gateway is connected (P3)."""
    # Without connected gateways the host makes the links itself (decision 0037).
    is_connected = payment.gateway is not None and (not context.gateways or payment.gateway in context.gateways)
    return payment.id in asked and payment.method == "cashless" and is_connected


def _refund(refund: Refund) -> RefundView:
    return RefundView(
        id=refund.id,
        amount=amount(refund.amount),
        at=instant(refund.at),
        outcome=refund.outcome.value,
        reference=refund.reference,
        product=refund.product,
        reason=refund.reason,
        chargeback=refund.chargeback,
    )


def customer_payment_views(order: Order, context: ViewContext) -> list[CustomerPaymentView]:
    """Give the payments of an order for the customer (V5)."""
    asked = asked_of(order)
    return [_customer_payment(order, payment, asked, context) for payment in order.payments]


def _customer_payment(order: Order, payment: Payment, asked: _Asked, context: ViewContext) -> CustomerPaymentView:
    paid = payment.paid
    return CustomerPaymentView(
        id=payment.id,
        state=payment.state.value,
        amount=amount(payment.amount if paid is None else paid.amount),
        asked=amount(asked.get(payment.id, Money.zero(order.currency))),
        payable=_is_payable(payment, asked, context),
        due_at=instant(payment.due_at),
        overdue_at=instant(overdue_at(payment, zone_named(order.zone))),
        paid_at=maybe_instant(None if paid is None else paid.at),
    )


def attention_views(order: Order) -> list[AttentionView]:
    """Give what needs a person's attention, in the order in which it came up (P16)."""
    return [
        AttentionView(
            id=item.id,
            code=item.code.value,
            at=instant(item.at),
            payment=item.payment,
            reference=item.reference,
            amount=None if item.amount is None else amount(item.amount),
            currency=None if item.amount is None else item.amount.currency,
        )
        for item in order.attention
    ]

"""The customer's views: an allow-list of fields, so that no internal data can appear (V5)."""

from typing import TypedDict

from kwiga_orders.views.school_shapes import PeriodView
from kwiga_orders.views.sum_shapes import OrderSums

__all__ = ["CustomerLineView", "CustomerOrderView", "CustomerPaymentView", "CustomerSubscriptionView"]


class CustomerLineView(TypedDict):
    """What the customer sees of a product that they ordered (V5)."""

    product: str
    title: str
    starts_at: str | None
    ends_at: str | None


class CustomerPaymentView(TypedDict):
    """What the customer sees of a payment (V5)."""

    id: str
    state: str
    amount: str
    asked: str
    payable: bool
    due_at: str
    overdue_at: str
    paid_at: str | None


class CustomerSubscriptionView(TypedDict):
    """What the customer sees of a subscription. The reason for a stop is only for the staff (V5, P13)."""

    period_amount: str
    every: PeriodView
    paid_through: str | None
    next_due_at: str | None
    stopped_at: str | None


class CustomerOrderView(OrderSums):
    """All that the customer sees of an order (V5)."""

    id: str
    number: int
    created_at: str
    payment_status: str
    lines: list[CustomerLineView]
    payments: list[CustomerPaymentView]
    subscription: CustomerSubscriptionView | None
    cancelled: bool

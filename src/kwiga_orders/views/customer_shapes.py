"""The customer's views: an allow-list of fields, so nothing internal can slip in (V5)."""

from typing import TypedDict

from kwiga_orders.views.sum_shapes import OrderSums

__all__ = ["CustomerLineView", "CustomerOrderView", "CustomerPaymentView"]


class CustomerLineView(TypedDict):
    """What the customer sees of a product they ordered (V5)."""

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


class CustomerOrderView(OrderSums):
    """What the customer sees of an order: this, and nothing else (V5)."""

    id: str
    number: int
    created_at: str
    payment_status: str
    lines: list[CustomerLineView]
    payments: list[CustomerPaymentView]
    cancelled: bool

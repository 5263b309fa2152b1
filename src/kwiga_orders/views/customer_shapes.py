"""The customer's views: an allow-list of fields, so nothing internal can slip in (V5)."""

from typing import TypedDict

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


class CustomerOrderView(TypedDict):
    """What the customer sees of an order: this, and nothing else (V5)."""

    id: str
    number: int
    created_at: str
    payment_status: str
    price: str
    discount: str
    plan_difference: str
    on_top: str
    total: str
    paid: str
    refunded: str
    balance: str
    owed: str
    overpaid: str
    currency: str
    lines: list[CustomerLineView]
    payments: list[CustomerPaymentView]
    cancelled: bool

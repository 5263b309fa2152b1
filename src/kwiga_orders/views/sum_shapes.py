"""The sums of an order, which its card shows to the staff and the customer (M5)."""

from typing import TypedDict

__all__ = ["OrderSums"]


class OrderSums(TypedDict):
    """The cost of an order, what was paid, and what is left, as amounts in one currency (M5)."""

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

"""Base classes of commands to an order and to a payment."""

import attrs

from kwiga_orders.commands import Command

__all__ = [
    "OrderCommand",
    "PaymentCommand",
]


@attrs.frozen(kw_only=True)
class OrderCommand(Command):
    """A command to an existing order."""

    order: str


@attrs.frozen(kw_only=True)
class PaymentCommand(OrderCommand):
    """A command to a payment of an order."""

    payment: str

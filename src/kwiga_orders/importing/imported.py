"""An imported order as its line describes it; its facts must not lie in the future."""

from datetime import date, datetime
from decimal import Decimal

import attrs

from kwiga_orders.errors import Refused
from kwiga_orders.offers import Discount
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.state import OrderType
from kwiga_orders.payments import Activation, Method, PaymentKind
from kwiga_orders.project import Locale

__all__ = ["ImportedOrder", "ImportedPayment", "ImportedPerson", "ImportedRefund", "refuse_future"]


@attrs.frozen(kw_only=True)
class ImportedRefund:
    """A refund that was made in the old system, under its reference there (P9)."""

    reference: str
    amount: Decimal
    occurred_at: datetime | None = None
    chargeback: bool = False


@attrs.frozen(kw_only=True)
class ImportedPayment:
    """A payment that is owed, or was paid at `paid_at`. Without `on_top`, P1 decides as for an order made by hand."""

    amount: Decimal
    kind: PaymentKind = "regular"
    due_at: date | datetime | None = None
    paid_at: datetime | None = None
    method: Method = "cashless"
    gateway: str | None = None
    closes_access: bool = False
    comment: str | None = None
    on_top: bool | None = None
    refunds: tuple[ImportedRefund, ...] = ()


@attrs.frozen(kw_only=True)
class ImportedPerson:
    """The person who ordered. A contact is made from it if there is none with that id yet."""

    name: str = ""
    email: str = ""
    phone: str = ""
    locale: Locale | None = None


@attrs.frozen(kw_only=True)
class ImportedOrder:
    """An order from another system, under its `key` there. Without `created_at` it is created now."""

    key: str
    contact: str
    person: ImportedPerson | None = None
    created_at: datetime | None = None
    lines: tuple[asked.LineAsked, ...]
    currency: str | None = None
    funnel: str | None = None
    status: str | None = None
    type: OrderType = "regular"
    discount: Discount | None = None
    manager: str | None = None
    responsibles: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    comment: str | None = None
    opens_on: Activation = "first_payment"
    payments: tuple[ImportedPayment, ...] = ()
    cancelled_at: datetime | None = None


def refuse_future(order: ImportedOrder, now: datetime) -> None:
    """Refuse an order with a fact in the future (P6)."""
    # The rules accept any instant in the past, so the future must be refused here (P6).
    for payment in order.payments:
        if payment.paid_at is not None and payment.paid_at > now:
            raise Refused("payment.in_future", paid_at=payment.paid_at.isoformat())
    refunded = (refund.occurred_at for payment in order.payments for refund in payment.refunds)
    for at in (order.created_at, order.cancelled_at, *refunded):
        if at is not None and at > now:
            raise Refused("input.invalid", order=order.key, at=at.isoformat())

"""An order as an import brings it in, and what is refused in it."""

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
    """Money that was given back, a fact under the reference of the one who gave it back (P9)."""

    reference: str
    amount: Decimal
    occurred_at: datetime | None = None
    chargeback: bool = False


@attrs.frozen(kw_only=True)
class ImportedPayment:
    """What is owed, or was paid at `paid_at`; whether it is on top is decided as by hand if it is not said (P1)."""

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
    """Who ordered; made a contact if there is none under that id yet."""

    name: str = ""
    email: str = ""
    phone: str = ""
    locale: Locale | None = None


@attrs.frozen(kw_only=True)
class ImportedOrder:
    """An order that was made elsewhere, under the `key` it has there; `created_at` is now if it is not named."""

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
    """Refuse what has not happened yet (P6)."""
    # The rules take any instant in the past, so the future must be refused here (P6).
    for payment in order.payments:
        if payment.paid_at is not None and payment.paid_at > now:
            raise Refused("payment.in_future", paid_at=payment.paid_at.isoformat())
    refunded = (refund.occurred_at for payment in order.payments for refund in payment.refunds)
    for at in (order.created_at, order.cancelled_at, *refunded):
        if at is not None and at > now:
            raise Refused("input.invalid", order=order.key, at=at.isoformat())

"""Read-only models of the tables, for joins and filters in the ORM of the site. Only commands change orders.

Money is in minor units, as in the tables; instants are aware datetimes. Use these models for sums over many orders. For
the state of one order, such as its access, use `orders_for`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from django.db import models

__all__ = ["Contact", "InstantField", "Order", "OrderProduct", "Payment"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class InstantField(models.BigIntegerField):
    """An aware datetime, stored as microseconds since 1970."""

    def from_db_value(self, value: int | None, *_: object) -> datetime | None:
        """Give the instant that a column holds."""
        return None if value is None else _EPOCH + value * _MICROSECOND

    def get_prep_value(self, value: Any) -> int | None:
        """Give the value that the column holds for an instant."""
        return (value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else super().get_prep_value(value)


class _Read(models.Model):
    class Meta:
        abstract = True
        managed = False
        default_permissions = ("view",)

    def save(self, *_: Any, **__: Any) -> NoReturn:
        """Raise TypeError: only commands write these tables."""
        raise TypeError("orders are changed by commands: orders_for(…).execute(…)")

    delete = save

    def __str__(self) -> str:
        return str(self.pk)


class Contact(_Read):
    """A contact as it is searched: name and e-mail in lower case, digits of the phone; `is_gone` is 1 once erased."""

    pk = models.CompositePrimaryKey("project", "id")
    project = models.TextField()
    id = models.TextField()
    name = models.TextField()
    email = models.TextField()
    phone = models.TextField()
    is_gone = models.SmallIntegerField()

    class Meta(_Read.Meta):
        db_table = "kwiga_contacts"


class Order(_Read):
    """An order with its status and sums."""

    id = models.TextField(primary_key=True)
    project = models.TextField()
    number = models.BigIntegerField()
    contact = models.TextField()
    person = models.ForeignObject(
        Contact, models.DO_NOTHING, ("project", "contact"), ("project", "id"), related_name="orders"
    )
    offer = models.TextField(null=True)
    funnel = models.TextField()
    status = models.TextField()
    payment_status = models.TextField()
    type = models.TextField()
    manager = models.TextField(null=True)
    currency = models.TextField()
    total = models.BigIntegerField()
    paid = models.BigIntegerField()
    owed = models.BigIntegerField()
    created_at = InstantField()
    updated_at = InstantField()
    activated_at = InstantField(null=True)
    due_at = InstantField(null=True)

    class Meta(_Read.Meta):
        db_table = "kwiga_orders"
        ordering = ("-created_at", "-number")

    def __str__(self) -> str:
        return str(self.number)


class Payment(_Read):
    """A payment: when it falls due (while it asks for money), and when it was paid."""

    id = models.TextField(primary_key=True, db_column="payment")
    project = models.TextField()
    order = models.ForeignKey(Order, models.DO_NOTHING, related_name="payments", db_constraint=False)
    due_at = InstantField(null=True)
    paid_at = InstantField(null=True)

    class Meta(_Read.Meta):
        db_table = "kwiga_order_payments"


class OrderProduct(_Read):
    """A product that a contact has through an order. Whether it is open now is a question for access."""

    pk = models.CompositePrimaryKey("project", "contact", "product", "order_id")
    project = models.TextField()
    contact = models.TextField()
    product = models.TextField()
    order = models.ForeignKey(Order, models.DO_NOTHING, related_name="products", db_constraint=False)

    class Meta(_Read.Meta):
        db_table = "kwiga_order_products"

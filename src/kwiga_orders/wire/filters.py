"""The filters that select orders: for lists, boards, counts, and jobs for many orders (V1, V10)."""

from typing import Annotated, Generic, Literal, TypeVar

import attrs
from pydantic import Field

from kwiga_orders.listing import OrderFilters
from kwiga_orders.wire.parts import Part
from kwiga_orders.wire.scalars import Currency, DateOrInstant, Id, OneOrMany, Word

__all__ = ["Filter", "Filters"]

Q_co = TypeVar("Q_co", covariant=True)

_PaymentStatus = Literal["unpaid", "partially_paid", "paid", "partially_refunded", "refunded"]
_PaymentKind = Literal["regular", "prepayment", "surcharge"]
_Number = Annotated[int, Field(ge=1, lt=2**63)]
_Type = Literal["regular", "subscription", "instalments"]


class FilterFields(Part[Q_co], Generic[Q_co]):
    """Filters for orders. Each filter is a value or a list of values; days are days in the project's time zone (V1)."""

    status: OneOrMany[Id] = ()
    payment_status: OneOrMany[_PaymentStatus] = ()
    type: OneOrMany[_Type] = ()
    manager: OneOrMany[Id] = ()
    responsible: OneOrMany[Id] = ()
    team: OneOrMany[Id] = Field(
        (), description="Only orders of this person, as manager or responsible, or of any in a list (K8)."
    )
    tag: OneOrMany[Id] = ()
    product: OneOrMany[Id] = ()
    offer: OneOrMany[Id] = ()
    contact: OneOrMany[Id] = ()
    currency: OneOrMany[Currency] = ()
    number: OneOrMany[_Number] = Field(
        (), description="Only orders with exactly this number; `search` finds the beginning of a number."
    )
    gateway: OneOrMany[Id] = Field(
        (), description="Only orders with a payment through this gateway, or through any in a list."
    )
    payment_kind: OneOrMany[_PaymentKind] = ()
    cancelled: bool | None = None
    superseded: bool | None = Field(
        None, description="Only superseded orders (true), or only others (false); left out: both (O3)."
    )
    overpaid: bool | None = Field(
        None, description="Only overpaid orders (true), or only others (false); left out: both (P7)."
    )
    needs_attention: bool | None = Field(
        None, description="Only orders that need a person's attention (true), or only others (false) (P16)."
    )
    unassigned: bool | None = Field(
        None, description="Only orders without a manager (true), or only orders with one (false)."
    )
    created_from: DateOrInstant | None = None
    created_until: DateOrInstant | None = None
    updated_from: DateOrInstant | None = None
    updated_until: DateOrInstant | None = None
    paid_from: DateOrInstant | None = None
    paid_until: DateOrInstant | None = None
    due_from: DateOrInstant | None = None
    due_until: DateOrInstant | None = None
    search: Word | None = Field(None, description="A part of the order number, name, e-mail or phone (V3).")


class Filter(FilterFields[OrderFilters]):
    """Filters for orders, without a query."""

    funnel: OneOrMany[Id] = ()


class Filters(FilterFields[Q_co], Generic[Q_co]):
    """A query about the orders that the filters select."""

    def named(self) -> dict[str, object]:
        """Give the fields that the document names, with all filters as one value."""
        # V1: an empty filter means the same as one that is left out, so only named ones are passed on.
        mine = (name for name in _FILTERS if name in self.model_fields_set and name not in self.handed_on)
        return {**super().named(), "filters": OrderFilters(**{name: getattr(self, name) for name in mine})}


_FILTERS = tuple(field.name for field in attrs.fields(OrderFilters))

"""Which orders: the filters of lists, the board, counts, and jobs for many orders (V1, V10)."""

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
    """Which orders: each filter is a value or a list of values; days are those of the project's zone (V1)."""

    status: OneOrMany[Id] = ()
    payment_status: OneOrMany[_PaymentStatus] = ()
    type: OneOrMany[_Type] = ()
    manager: OneOrMany[Id] = ()
    responsible: OneOrMany[Id] = ()
    team: OneOrMany[Id] = Field((), description="Manager or responsible (K8).")
    tag: OneOrMany[Id] = ()
    product: OneOrMany[Id] = ()
    offer: OneOrMany[Id] = ()
    contact: OneOrMany[Id] = ()
    currency: OneOrMany[Currency] = ()
    number: OneOrMany[_Number] = Field((), description="Exactly; the beginning of one is searched for.")
    gateway: OneOrMany[Id] = Field((), description="Where a payment of it is, or was, to be paid.")
    payment_kind: OneOrMany[_PaymentKind] = ()
    cancelled: bool | None = None
    superseded: bool | None = Field(None, description="Whether a newer opening of its offer took its place (O3).")
    overpaid: bool | None = Field(None, description="Whether more was paid than it costs (P7).")
    needs_attention: bool | None = Field(None, description="Whether a person must look at something (P16).")
    unassigned: bool | None = Field(None, description="Whether it has no manager.")
    created_from: DateOrInstant | None = None
    created_until: DateOrInstant | None = None
    updated_from: DateOrInstant | None = None
    updated_until: DateOrInstant | None = None
    paid_from: DateOrInstant | None = None
    paid_until: DateOrInstant | None = None
    due_from: DateOrInstant | None = None
    due_until: DateOrInstant | None = None
    search: Word | None = Field(None, description="Number, name, e-mail or phone (V3).")


class Filter(FilterFields[OrderFilters]):
    """Which orders, by themselves."""

    funnel: OneOrMany[Id] = ()


class Filters(FilterFields[Q_co], Generic[Q_co]):
    """A question about the orders that filters leave."""

    def named(self) -> dict[str, object]:
        """Give the fields that the document names, the filters among them as one value."""
        # Only what is named: an empty filter and one that is left out mean the same (V1).
        mine = (name for name in _FILTERS if name in self.model_fields_set and name not in self.handed_on)
        return {**super().named(), "filters": OrderFilters(**{name: getattr(self, name) for name in mine})}


_FILTERS = tuple(field.name for field in attrs.fields(OrderFilters))

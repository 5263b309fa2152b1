"""Commands to make, edit, move and cancel orders, and to their lines (O3-O13, F5)."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal

import attrs

from kwiga_orders.checked import Checked
from kwiga_orders.commands import UNSET, Command, Unset
from kwiga_orders.errors import Fault
from kwiga_orders.offers import Discount
from kwiga_orders.orders.commands.about import OrderCommand
from kwiga_orders.orders.state import OrderType
from kwiga_orders.payments import Activation, Method, PaymentKind
from kwiga_orders.periods import chosen
from kwiga_orders.terms import UNCHANGED, TermsChange

__all__ = [
    "AddLine",
    "CancelOrder",
    "CopiedField",
    "CreateOrder",
    "EditLine",
    "EditOrder",
    "FollowOffer",
    "LineAsked",
    "MoveOrder",
    "NewPayment",
    "OpenOffer",
    "RemoveLine",
    "ReopenOrder",
]


CopiedField = Literal[
    "price", "start", "duration", "scope", "delays", "checkpoints", "practices", "comments", "certificate"
]
"""A field in which a line may differ from its offer (O7)."""


@attrs.frozen(kw_only=True)
class OpenOffer(Command):
    """Open an offer's page or form: makes a new order each time (O3)."""

    name: ClassVar[str] = "open_offer"
    offer: str
    contact: str
    payment_option: str | None = None
    source: str | None = None


@attrs.frozen(kw_only=True)
class NewPayment(Checked):
    """A payment of an order made by hand: what `AddPayment` adds, without the order (O4, P1)."""

    amount: Decimal
    kind: PaymentKind = "regular"
    paid: bool = False
    due_at: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(chosen))
    method: Method = "cashless"
    gateway: str | None = None
    closes_access: bool = False
    comment: str | None = None
    notify: bool = False
    on_top: bool | None = None


@attrs.frozen(kw_only=True)
class LineAsked(Checked):
    """A line of an order made by hand."""

    product: str
    price: Decimal
    terms: TermsChange = UNCHANGED
    curators: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class CreateOrder(Command):
    """Make an order by hand: from lines and a discount, or from an offer, which has both (O4).

    Fields that are not named come from the offer, else from the defaults. `payments` are added to those of the payment
    option.
    """

    name: ClassVar[str] = "create_order"
    contact: str
    lines: tuple[LineAsked, ...] = ()
    offer: str | None = None
    payment_option: str | None = None
    payments: tuple[NewPayment, ...] = ()
    source: str | None = None
    currency: str | None = None
    funnel: str | None = None
    status: str | None = None
    type: OrderType | None = None
    discount: Discount | None = None
    manager: str | None = None
    responsibles: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    comment: str | None = None
    opens_on: Activation | None = None

    def between(self) -> Iterator[Fault]:
        """Refuse an order that has neither lines nor an offer, or has both (O4)."""
        if (self.offer is None) is not bool(self.lines):
            yield Fault(path="lines", code="input.invalid", hint="either lines or an offer")
        if self.offer is not None and self.discount is not None:
            yield Fault(path="discount", code="input.invalid", hint="is that of the offer")
        if self.offer is None and self.payment_option is not None:
            yield Fault(path="payment_option", code="input.invalid", hint="is one of an offer")


@attrs.frozen(kw_only=True)
class EditOrder(OrderCommand):
    """Change the staff's fields of an order, or its discount (O2, O10)."""

    name: ClassVar[str] = "edit_order"
    manager: str | None | Unset = UNSET
    responsibles: tuple[str, ...] | Unset = UNSET
    tags: tuple[str, ...] | Unset = UNSET
    comment: str | None | Unset = UNSET
    discount: Discount | None | Unset = UNSET


@attrs.frozen(kw_only=True)
class EditLine(OrderCommand):
    """Change price, terms or curators of a line; a line that followed its offer gets its own terms (O7)."""

    name: ClassVar[str] = "edit_line"
    product: str
    price: Decimal | Unset = UNSET
    terms: TermsChange = UNCHANGED
    curators: tuple[str, ...] | Unset = UNSET


@attrs.frozen(kw_only=True)
class AddLine(OrderCommand):
    """Add a product to an order (O13)."""

    name: ClassVar[str] = "add_line"
    product: str
    price: Decimal
    terms: TermsChange = UNCHANGED
    curators: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class RemoveLine(OrderCommand):
    """Take a product out of an order; the last one stays (O13)."""

    name: ClassVar[str] = "remove_line"
    product: str


@attrs.frozen(kw_only=True)
class FollowOffer(OrderCommand):
    """Make a line follow its offer again and keep its price, or reset only the named fields to the offer's (O7)."""

    name: ClassVar[str] = "follow_offer"
    product: str
    fields: tuple[CopiedField, ...] = ()


@attrs.frozen(kw_only=True)
class MoveOrder(OrderCommand):
    """Move an order by hand, also into another funnel (F5)."""

    name: ClassVar[str] = "move_order"
    status: str | None = None
    funnel: str | None = None


@attrs.frozen(kw_only=True)
class CancelOrder(OrderCommand):
    """Cancel an order: closes its access and voids its unpaid payments (O12)."""

    name: ClassVar[str] = "cancel_order"
    reason: str | None = None


@attrs.frozen(kw_only=True)
class ReopenOrder(OrderCommand):
    """Undo a cancellation (O12)."""

    name: ClassVar[str] = "reopen_order"
    reason: str | None = None

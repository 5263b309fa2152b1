"""Commands that make, edit, move and cancel orders (O3-O13, F5), and issue certificates (C3)."""

from typing import Annotated, Literal

from pydantic import Field

from kwiga_orders.orders import commands as orders
from kwiga_orders.wire.commands.about import AboutLine, AboutOrder, Asked
from kwiga_orders.wire.objects import Activation, Discount
from kwiga_orders.wire.parts import Part, optional
from kwiga_orders.wire.scalars import Amount, Currency, DateOrTime, Id, Many, Note, Some, Title
from kwiga_orders.wire.terms import AccessTerms

__all__ = [
    "AddLine",
    "AddTask",
    "CancelOrder",
    "CompleteTask",
    "CreateOrder",
    "EditLine",
    "EditOrder",
    "FollowOffer",
    "IssueCertificate",
    "MoveOrder",
    "OpenOffer",
    "RemoveLine",
    "ReopenOrder",
    "RevokeCertificate",
]


class OpenOffer(Asked[orders.OpenOffer]):
    """Open an offer's page or form: makes a new order each time (O3)."""

    command: Literal["open_offer"]
    offer: Id = Field(description="The offer, by its code.")
    contact: Id
    payment_option: Id | None = Field(None, description="By default the first of the offer.")


class Line(Part[orders.LineAsked]):
    """A line of an order made by hand."""

    product: Id
    price: Amount
    terms: AccessTerms = optional("By default the whole course, after payment, for ever.")
    curators: Many[Id] = ()


class CreateOrder(Asked[orders.CreateOrder]):
    """Make an order by hand (O4)."""

    command: Literal["create_order"]
    contact: Id
    lines: Some[Line]
    currency: Currency | None = Field(None, description="By default that of the project.")
    funnel: Id | None = Field(None, description="By default the project's default funnel.")
    status: Id | None = Field(None, description="By default the initial one of the funnel.")
    type: Literal["regular", "subscription", "instalments"] = "regular"
    discount: Discount | None = None
    manager: Id | None = None
    responsibles: Many[Id] = ()
    tags: Many[Id] = ()
    comment: Note | None = Field(None, description="For the staff only (V5).")
    opens_on: Activation = "first_payment"


class EditOrder(AboutOrder[orders.EditOrder]):
    """Change what the staff notes of an order, or its discount (O2, O10)."""

    command: Literal["edit_order"]
    manager: Id | None = optional()
    responsibles: Many[Id] = optional()
    tags: Many[Id] = optional()
    comment: Note | None = optional("For the staff only (V5).")
    discount: Discount | None = optional()


class EditLine(AboutLine[orders.EditLine]):
    """Change price, terms or curators of a line; one that followed its offer becomes a copy (O7)."""

    command: Literal["edit_line"]
    price: Amount = optional()
    terms: AccessTerms = optional("Only the fields named in it change.")
    curators: Many[Id] = optional()


class AddLine(AboutLine[orders.AddLine]):
    """Add a product to an order (O13)."""

    command: Literal["add_line"]
    price: Amount
    terms: AccessTerms = optional("By default the whole course, after payment, for ever.")
    curators: Many[Id] = ()


class RemoveLine(AboutLine[orders.RemoveLine]):
    """Take a product out of an order; the last one stays (O13)."""

    command: Literal["remove_line"]


class FollowOffer(AboutLine[orders.FollowOffer]):
    """Put a line back to its offer; its price stays (O7)."""

    command: Literal["follow_offer"]


class MoveOrder(AboutOrder[orders.MoveOrder]):
    """Move an order by hand, also into another funnel (F5)."""

    command: Literal["move_order"]
    status: Id | None = Field(None, description="By default the one mapped to the order's payment status there.")
    funnel: Id | None = Field(None, description="By default the funnel it is in.")


class CancelOrder(AboutOrder[orders.CancelOrder]):
    """Cancel an order: closes its access and voids what is unpaid (O12)."""

    command: Literal["cancel_order"]
    reason: Note | None = None


class ReopenOrder(AboutOrder[orders.ReopenOrder]):
    """Take a cancellation back (O12)."""

    command: Literal["reopen_order"]
    reason: Note | None = None


class AddTask(AboutOrder[orders.AddTask]):
    """Note something to do about an order (O2)."""

    command: Literal["add_task"]
    title: Title
    assignee: Id | None = None
    due_at: DateOrTime | None = None


class CompleteTask(AboutOrder[orders.CompleteTask]):
    """Note that a task is done (O2)."""

    command: Literal["complete_task"]
    task: Id = Field(description="The task, by its id.")


class IssueCertificate(AboutOrder[orders.IssueCertificate]):
    """Issue a certificate, once per contact, product and order (C3)."""

    command: Literal["issue_certificate"]
    product: Id


class RevokeCertificate(AboutOrder[orders.RevokeCertificate]):
    """Revoke the certificate of a product; it can be issued anew under a new number (C5)."""

    command: Literal["revoke_certificate"]
    product: Id
    reason: Annotated[Note, Field(min_length=1, description="Why, for the history.")]

"""Commands that make, edit, move and cancel orders (O3-O13, F5), and those for tasks, notes and certificates."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field

from kwiga_orders.orders import commands as orders
from kwiga_orders.wire.commands.about import AboutLine, AboutOrder, Asked
from kwiga_orders.wire.commands.payments import Kind, Method
from kwiga_orders.wire.faults import INVALID, Complaint
from kwiga_orders.wire.objects import Activation, Discount
from kwiga_orders.wire.parts import LinkedPart, Part, optional
from kwiga_orders.wire.scalars import Amount, Currency, DateOrTime, Id, Many, Note, Title
from kwiga_orders.wire.terms import AccessTerms

__all__ = [
    "AddLine",
    "AddNote",
    "AddTask",
    "CancelOrder",
    "CompleteTask",
    "CreateOrder",
    "EditLine",
    "EditOrder",
    "EditTask",
    "FollowOffer",
    "IssueCertificate",
    "MoveOrder",
    "OpenOffer",
    "RemoveLine",
    "RemoveTask",
    "ReopenOrder",
    "ReopenTask",
    "RevokeCertificate",
]


C_co = TypeVar("C_co", bound=orders.TaskCommand, covariant=True)

_Source = Annotated[
    Id | None,
    Field(
        description="Where the order came from: `page`, `form`, `widget`, `import`, `api`, or a text of the host (O3)."
    ),
]


class OpenOffer(Asked[orders.OpenOffer]):
    """Open an offer: every opening makes a new order (O3)."""

    command: Literal["open_offer"]
    offer: Id = Field(description="The offer, by code.")
    contact: Id
    payment_option: Id | None = Field(
        None, description="The payment option, by id; by default the first one of the offer."
    )
    source: _Source = None


class NewPayment(Part[orders.NewPayment]):
    """A payment of an order that is made by hand: owed, or just paid (P1)."""

    amount: Amount
    kind: Kind = Field("regular", description="A label for analytics, without effect.")
    paid: bool = Field(default=False, description="Whether the payment is already paid.")
    due_at: DateOrTime | None = Field(None, description="When the payment is due; by default now.")
    method: Method = "cashless"
    gateway: Id | None = None
    closes_access: bool = Field(
        default=False, description="Whether the payment closes access while it is overdue (P8)."
    )
    comment: Note | None = None
    notify: bool = Field(default=False, description="Whether a letter tells the contact about the payment.")
    on_top: bool | None = Field(
        None, description="Whether all of it adds to the total, or nothing; by default the part beyond the total."
    )


class Line(Part[orders.LineAsked]):
    """A line of an order that is made by hand."""

    product: Id
    price: Amount
    terms: AccessTerms = optional("The terms of access; by default the whole course, after payment, for ever.")
    curators: Many[Id] = ()


class CreateOrder(Asked[orders.CreateOrder], LinkedPart[orders.CreateOrder]):
    """Make an order by hand, from its own lines or from an offer (O4)."""

    command: Literal["create_order"]
    contact: Id
    lines: Many[Line] = Field(
        (), description="The lines of the order. Give either lines (with or without a discount) or an offer."
    )
    offer: Id | None = Field(None, description="The offer, by code. It gives the lines, the discount and the payments.")
    payment_option: Id | None = Field(
        None, description="The payment option, by id; by default the first one of the offer."
    )
    payments: Many[NewPayment] = Field((), description="Payments in addition to those of the offer.")
    currency: Currency | None = Field(
        None, description="The currency; by default that of the offer, else of the project."
    )
    funnel: Id | None = Field(
        None, description="The funnel; by default that of the offer, else the project's default funnel."
    )
    status: Id | None = Field(None, description="The status; by default the initial status of the funnel.")
    type: Literal["regular", "subscription", "instalments"] | None = Field(
        None, description="The type; by default that of the payment option. A subscription needs a payment option."
    )
    discount: Discount | None = None
    manager: Id | None = None
    responsibles: Many[Id] = ()
    tags: Many[Id] = ()
    comment: Note | None = Field(None, description="A comment that only the staff sees (V5).")
    opens_on: Activation | None = Field(
        None, description="What activates the order; by default as in the offer, else `first_payment`."
    )
    source: _Source = None

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report an order without lines and offer, or with both (O4)."""
        from_offer = document.get("offer") is not None
        if from_offer is bool(document.get("lines")):
            yield Complaint(("lines",), INVALID, "either lines or an offer")
        if from_offer and document.get("discount") is not None:
            yield Complaint(("discount",), INVALID, "is that of the offer")
        if not from_offer and document.get("payment_option") is not None:
            yield Complaint(("payment_option",), INVALID, "is one of an offer")


class EditOrder(AboutOrder[orders.EditOrder]):
    """Change the staff's fields of an order, such as manager, tags and comment, or its discount (O2, O10)."""

    command: Literal["edit_order"]
    manager: Id | None = optional()
    responsibles: Many[Id] = optional()
    tags: Many[Id] = optional()
    comment: Note | None = optional("A comment that only the staff sees (V5).")
    discount: Discount | None = optional()


class EditLine(AboutLine[orders.EditLine]):
    """Change price, terms or curators of a line. A line that followed its offer becomes a custom copy (O7)."""

    command: Literal["edit_line"]
    price: Amount = optional()
    terms: AccessTerms = optional("The terms of access; only the named fields change.")
    curators: Many[Id] = optional()


class AddLine(AboutLine[orders.AddLine]):
    """Add a product to an order (O13)."""

    command: Literal["add_line"]
    price: Amount
    terms: AccessTerms = optional("The terms of access; by default the whole course, after payment, for ever.")
    curators: Many[Id] = ()


class RemoveLine(AboutLine[orders.RemoveLine]):
    """Remove a product from an order; the last line cannot be removed (O13)."""

    command: Literal["remove_line"]


class FollowOffer(AboutLine[orders.FollowOffer]):
    """Let a line follow its offer again, with its own price; or copy only some fields from the offer (O7)."""

    command: Literal["follow_offer"]
    fields: Many[orders.CopiedField] = Field(
        (), description="Only these fields take the values of the offer; the price can be one of them."
    )


class MoveOrder(AboutOrder[orders.MoveOrder]):
    """Move an order to another status by hand, also in another funnel (F5)."""

    command: Literal["move_order"]
    status: Id | None = Field(
        None, description="The status; by default the one that belongs to the order's payment status in that funnel."
    )
    funnel: Id | None = Field(None, description="The funnel; by default the present one.")


class CancelOrder(AboutOrder[orders.CancelOrder]):
    """Cancel an order: closes its access and voids its unpaid payments (O12)."""

    command: Literal["cancel_order"]
    reason: Note | None = None


class ReopenOrder(AboutOrder[orders.ReopenOrder]):
    """Reverse a cancellation (O12)."""

    command: Literal["reopen_order"]
    reason: Note | None = None


class AddTask(AboutOrder[orders.AddTask]):
    """Add a task to an order (O14)."""

    command: Literal["add_task"]
    title: Title
    assignee: Id | None = None
    due_at: DateOrTime | None = None


class AboutTask(AboutOrder[C_co], Generic[C_co]):
    """A command for a task of an order."""

    task: Id = Field(description="The task, by id.")


class CompleteTask(AboutTask[orders.CompleteTask]):
    """Mark a task as done (O14)."""

    command: Literal["complete_task"]


class EditTask(AboutTask[orders.EditTask]):
    """Change the title, the assignee or the due date of a task (O14)."""

    command: Literal["edit_task"]
    title: Title = optional()
    assignee: Id | None = optional()
    due_at: DateOrTime | None = optional()


class ReopenTask(AboutTask[orders.ReopenTask]):
    """Mark a task as not done again (O14)."""

    command: Literal["reopen_task"]


class RemoveTask(AboutTask[orders.RemoveTask]):
    """Remove a task (O14)."""

    command: Literal["remove_task"]


class AddNote(AboutOrder[orders.AddNote]):
    """Add a note for the staff. Notes never change (O14)."""

    command: Literal["add_note"]
    text: Annotated[Note, Field(min_length=1)]


class IssueCertificate(AboutOrder[orders.IssueCertificate]):
    """Issue a certificate; there is one for each contact, product and order (C3)."""

    command: Literal["issue_certificate"]
    product: Id


class RevokeCertificate(AboutOrder[orders.RevokeCertificate]):
    """Revoke the certificate of a product. It can be issued again with a new number (C5)."""

    command: Literal["revoke_certificate"]
    product: Id
    reason: Annotated[Note, Field(min_length=1, description="The reason, for the history.")]

"""Commands that make, edit, move and cancel orders (O3-O13, F5), and issue certificates (C3)."""

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
    Field(description="Where it came from: `page`, `form`, `widget`, `import`, `api`, or any text of the host (O3)."),
]


class OpenOffer(Asked[orders.OpenOffer]):
    """Open an offer's page or form: makes a new order each time (O3)."""

    command: Literal["open_offer"]
    offer: Id = Field(description="The offer, by its code.")
    contact: Id
    payment_option: Id | None = Field(None, description="By default the first of the offer.")
    source: _Source = None


class NewPayment(Part[orders.NewPayment]):
    """A payment of an order made by hand: owed, or just paid (P1)."""

    amount: Amount
    kind: Kind = Field("regular", description="A label for analytics, without effect.")
    paid: bool = Field(default=False, description="It is paid already.")
    due_at: DateOrTime | None = Field(None, description="By default now.")
    method: Method = "cashless"
    gateway: Id | None = None
    closes_access: bool = Field(default=False, description="Overdue, it closes access (P8).")
    comment: Note | None = None
    notify: bool = Field(default=False, description="Whether a letter says so.")
    on_top: bool | None = Field(None, description="Whether it adds to the total; by default what is beyond it does.")


class Line(Part[orders.LineAsked]):
    """A line of an order made by hand."""

    product: Id
    price: Amount
    terms: AccessTerms = optional("By default the whole course, after payment, for ever.")
    curators: Many[Id] = ()


class CreateOrder(Asked[orders.CreateOrder], LinkedPart[orders.CreateOrder]):
    """Make an order by hand, of lines of its own or from an offer (O4)."""

    command: Literal["create_order"]
    contact: Id
    lines: Many[Line] = Field((), description="Either these, and perhaps a discount, or an offer.")
    offer: Id | None = Field(None, description="The offer, by its code: lines, discount and payments are as it says.")
    payment_option: Id | None = Field(None, description="By default the first of the offer.")
    payments: Many[NewPayment] = Field((), description="Beside those that an offer makes.")
    currency: Currency | None = Field(None, description="By default that of the offer, else of the project.")
    funnel: Id | None = Field(None, description="By default that of the offer, else the project's default funnel.")
    status: Id | None = Field(None, description="By default the initial one of the funnel.")
    type: Literal["regular", "subscription", "instalments"] | None = Field(
        None, description="By default what the payment option makes it; a subscription needs one."
    )
    discount: Discount | None = None
    manager: Id | None = None
    responsibles: Many[Id] = ()
    tags: Many[Id] = ()
    comment: Note | None = Field(None, description="For the staff only (V5).")
    opens_on: Activation | None = Field(None, description="By default that of the offer, else `first_payment`.")
    source: _Source = None

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report an order that is made of nothing, or of lines and from an offer at once (O4)."""
        from_offer = document.get("offer") is not None
        if from_offer is bool(document.get("lines")):
            yield Complaint(("lines",), INVALID, "either lines or an offer")
        if from_offer and document.get("discount") is not None:
            yield Complaint(("discount",), INVALID, "is that of the offer")
        if not from_offer and document.get("payment_option") is not None:
            yield Complaint(("payment_option",), INVALID, "is one of an offer")


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
    """Put a line back to its offer, where its price stays; or only some of its fields (O7)."""

    command: Literal["follow_offer"]
    fields: Many[orders.CopiedField] = Field((), description="Only these take the offer's values, the price, too.")


class MoveOrder(AboutOrder[orders.MoveOrder]):
    """Move an order by hand, also into another funnel (F5)."""

    command: Literal["move_order"]
    status: Id | None = Field(None, description="By default the one mapped to the order's payment status there.")
    funnel: Id | None = Field(None, description="By default the funnel it is in.")


class CancelOrder(AboutOrder[orders.CancelOrder]):
    """Cancel an order: closes its access and voids its unpaid payments (O12)."""

    command: Literal["cancel_order"]
    reason: Note | None = None


class ReopenOrder(AboutOrder[orders.ReopenOrder]):
    """Take a cancellation back (O12)."""

    command: Literal["reopen_order"]
    reason: Note | None = None


class AddTask(AboutOrder[orders.AddTask]):
    """Note something to do about an order (O14)."""

    command: Literal["add_task"]
    title: Title
    assignee: Id | None = None
    due_at: DateOrTime | None = None


class AboutTask(AboutOrder[C_co], Generic[C_co]):
    """A command to a task of an order."""

    task: Id = Field(description="The task, by its id.")


class CompleteTask(AboutTask[orders.CompleteTask]):
    """Note that a task is done (O14)."""

    command: Literal["complete_task"]


class EditTask(AboutTask[orders.EditTask]):
    """Change the title, the assignee or the due date of a task (O14)."""

    command: Literal["edit_task"]
    title: Title = optional()
    assignee: Id | None = optional()
    due_at: DateOrTime | None = optional()


class ReopenTask(AboutTask[orders.ReopenTask]):
    """Note that a task is not done after all (O14)."""

    command: Literal["reopen_task"]


class RemoveTask(AboutTask[orders.RemoveTask]):
    """Take a task away (O14)."""

    command: Literal["remove_task"]


class AddNote(AboutOrder[orders.AddNote]):
    """Note something for the team; it is never changed (O14)."""

    command: Literal["add_note"]
    text: Annotated[Note, Field(min_length=1)]


class IssueCertificate(AboutOrder[orders.IssueCertificate]):
    """Issue a certificate, once per contact, product and order (C3)."""

    command: Literal["issue_certificate"]
    product: Id


class RevokeCertificate(AboutOrder[orders.RevokeCertificate]):
    """Revoke the certificate of a product; it can be issued again under a new number (C5)."""

    command: Literal["revoke_certificate"]
    product: Id
    reason: Annotated[Note, Field(min_length=1, description="Why, for the history.")]

"""What commands have in common: the actor, and the order, line, payment or funnel that they change.

Every command may have an actor, an idempotency key (K1), and the version that it is based on (K2).
"""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field

from kwiga_orders import project
from kwiga_orders.commands import Command
from kwiga_orders.wire.parts import Part, optional
from kwiga_orders.wire.scalars import Id, Note

__all__ = ["AboutAccess", "AboutFunnel", "AboutLine", "AboutOrder", "AboutPayment", "Actor", "Asked"]

C_co = TypeVar("C_co", bound=Command, covariant=True)


class Actor(Part[project.Actor]):
    """Who gives a command (O10)."""

    kind: Literal["staff", "customer", "gateway", "host"]
    id: Id = Field("", description="The id of the person; by default nobody in particular.")


class Asked(Part[C_co], Generic[C_co]):
    """The fields that every command may have."""

    actor: Actor = optional("Who gives the command; by default the host itself.")
    idempotency_key: Id | None = Field(
        None, description="A command that is repeated with the same key is executed only once (K1)."
    )
    expected_version: Annotated[int, Field(ge=0)] | None = Field(
        None, description="The version of the order that the command is based on. Any other version is refused (K2)."
    )


class AboutOrder(Asked[C_co], Generic[C_co]):
    """A command for an existing order."""

    order: Id = Field(description="The order, by id.")


class AboutLine(AboutOrder[C_co], Generic[C_co]):
    """A command for a line of an order."""

    product: Id = Field(description="The line, by product.")


class AboutPayment(AboutOrder[C_co], Generic[C_co]):
    """A command for a payment of an order."""

    payment: Id = Field(description="The payment, by id.")


class AboutAccess(AboutOrder[C_co], Generic[C_co]):
    """A command for the window of access of a line, or of all lines (A13)."""

    product: Id | None = Field(None, description="The line, by product; by default all lines.")
    reason: Note | None = Field(None, description="The reason; only the staff sees it.")


class AboutFunnel(Asked[C_co], Generic[C_co]):
    """A command for an existing funnel."""

    funnel: Id = Field(description="The funnel, by id.")

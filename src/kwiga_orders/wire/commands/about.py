"""What commands have in common: who gives them, and what they are about.

Every command may carry who gives it, a key to repeat it safely (K1), and the version it is based on (K2).
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
    id: Id = Field("", description="By default nobody in particular.")


class Asked(Part[C_co], Generic[C_co]):
    """What every command may carry."""

    actor: Actor = optional("Who gives the command; by default the host itself.")
    idempotency_key: Id | None = Field(None, description="Repeated with the same key, it acts once (K1).")
    expected_version: Annotated[int, Field(ge=0)] | None = Field(
        None, description="The version of the order that the command is based on; another one is refused (K2)."
    )


class AboutOrder(Asked[C_co], Generic[C_co]):
    """A command to an existing order."""

    order: Id = Field(description="The order, by its id.")


class AboutLine(AboutOrder[C_co], Generic[C_co]):
    """A command to a line of an order."""

    product: Id = Field(description="The line, by its product.")


class AboutPayment(AboutOrder[C_co], Generic[C_co]):
    """A command to a payment of an order."""

    payment: Id = Field(description="The payment, by its id.")


class AboutAccess(AboutOrder[C_co], Generic[C_co]):
    """A command to the window of access of a line, or of all lines (A13)."""

    product: Id | None = Field(None, description="The line, by its product; without it, all lines.")
    reason: Note | None = Field(None, description="Why, for the staff.")


class AboutFunnel(Asked[C_co], Generic[C_co]):
    """A command to an existing funnel."""

    funnel: Id = Field(description="The funnel, by its id.")

"""Commands to funnels (F6), and events that a host reports (F3)."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import AliasChoices, Field

from kwiga_orders import funnel as funnels
from kwiga_orders.orders import commands as orders
from kwiga_orders.wire.commands.about import AboutFunnel, Asked
from kwiga_orders.wire.faults import INVALID, Complaint
from kwiga_orders.wire.objects import Funnel, Rule
from kwiga_orders.wire.parts import LinkedPart, optional
from kwiga_orders.wire.scalars import ById, Event, FreeJson, Id, Many, Pair, Some, Title, Word

__all__ = [
    "AddStatus",
    "CreateFunnel",
    "EditFunnel",
    "EditStatus",
    "RemoveFunnel",
    "RemoveStatus",
    "ReorderStatuses",
    "ReportEvent",
]


class CreateFunnel(Asked[funnels.CreateFunnel], Funnel):
    """Make a funnel (F1)."""

    command: Literal["create_funnel"]


class EditFunnel(AboutFunnel[funnels.EditFunnel]):
    """Rename a funnel, change its rules, or make it the default one (F6, F7)."""

    command: Literal["edit_funnel"]
    title: Title = optional(alias="name")
    rules: Many[Rule] = optional("All rules; those left out are gone.")
    default: bool = optional()


class RemoveFunnel(AboutFunnel[funnels.RemoveFunnel]):
    """Remove a funnel that is not the default one (F6)."""

    command: Literal["remove_funnel"]
    move_to: ById[Pair[Id]] = Field(
        default_factory=dict, description="Of each status the funnel and status for its orders."
    )


class AddStatus(AboutFunnel[funnels.AddStatus]):
    """Add a status at the end of a funnel, or before another one (F6)."""

    command: Literal["add_status"]
    id: Id
    title: Title = Field(alias="name")
    colour: Word | None = None
    before: Id | None = Field(None, description="By default it comes last.")


class EditStatus(AboutFunnel[funnels.EditStatus]):
    """Rename, recolour or archive a status (F6)."""

    command: Literal["edit_status"]
    id: Id = Field(validation_alias=AliasChoices("id", "status"), description="Its id; `status` is understood, too.")
    title: Title = optional(alias="name")
    colour: Word | None = optional()
    archived: bool = optional("An archived status takes no new orders.")


class ReorderStatuses(AboutFunnel[funnels.ReorderStatuses]):
    """Put the statuses of a funnel in another order (F6)."""

    command: Literal["reorder_statuses"]
    statuses: Some[Id] = Field(description="All statuses of the funnel.")


class RemoveStatus(AboutFunnel[funnels.RemoveStatus]):
    """Remove a status that is not the last one (F6)."""

    command: Literal["remove_status"]
    status: Id
    move_to: Id | None = Field(None, description="The status of the same funnel where its orders and rules go.")


class ReportEvent(Asked[orders.ReportEvent], LinkedPart[orders.ReportEvent]):
    """Something happened at the host: to an order, or to a contact with all its active orders (F3, F4)."""

    command: Literal["report_event"]
    event: Event
    order: Id | None = None
    contact: Id | None = None
    product: Id | None = Field(None, description="Only orders that have it; needed by events about a course.")
    data: FreeJson = Field(default_factory=dict, description="What the host wants to keep with it.")

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report an event that happened to nobody, or to both, and one about a course that names no product."""
        if (document.get("order") is None) == (document.get("contact") is None):
            yield Complaint((), INVALID, "either an order or a contact")
        event = document.get("event")
        if isinstance(event, str) and event in funnels.COURSE_EVENTS and document.get("product") is None:
            yield Complaint(("product",), INVALID, "is required for an event about a course")

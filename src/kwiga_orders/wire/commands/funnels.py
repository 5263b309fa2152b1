"""Commands for funnels (F6), and events that a host reports (F3)."""

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
    """Rename a funnel, change its rules, or make it the default funnel (F6, F7)."""

    command: Literal["edit_funnel"]
    title: Title = optional(alias="name")
    rules: Many[Rule] = optional("All rules of the funnel; they replace the old ones.")
    default: bool = optional()


class RemoveFunnel(AboutFunnel[funnels.RemoveFunnel]):
    """Remove a funnel that is not the default funnel (F6)."""

    command: Literal["remove_funnel"]
    move_to: ById[Pair[Id]] = Field(
        default_factory=dict, description="For each status, the funnel and the status that its orders move to."
    )


class AddStatus(AboutFunnel[funnels.AddStatus]):
    """Add a status at the end of a funnel, or before another status (F6)."""

    command: Literal["add_status"]
    id: Id
    title: Title = Field(alias="name")
    colour: Word | None = None
    before: Id | None = Field(
        None, description="The status before which it is inserted; by default it is added at the end."
    )


class EditStatus(AboutFunnel[funnels.EditStatus]):
    """Rename, recolour or archive a status (F6)."""

    command: Literal["edit_status"]
    id: Id = Field(
        validation_alias=AliasChoices("id", "status"),
        description="The id of the status; the name `status` is accepted, too.",
    )
    title: Title = optional(alias="name")
    colour: Word | None = optional()
    archived: bool = optional("Whether the status is archived: it takes no new orders.")


class ReorderStatuses(AboutFunnel[funnels.ReorderStatuses]):
    """Change the order of the statuses of a funnel (F6)."""

    command: Literal["reorder_statuses"]
    statuses: Some[Id] = Field(description="All statuses of the funnel, in the new order.")


class RemoveStatus(AboutFunnel[funnels.RemoveStatus]):
    """Remove a status; the last one of a funnel cannot be removed (F6)."""

    command: Literal["remove_status"]
    status: Id
    move_to: Id | None = Field(None, description="The status of the same funnel that its orders and rules move to.")


class ReportEvent(Asked[orders.ReportEvent], LinkedPart[orders.ReportEvent]):
    """Report an event of the host that happened to an order, or to a contact and all their active orders (F3, F4)."""

    command: Literal["report_event"]
    event: Event
    order: Id | None = None
    contact: Id | None = None
    product: Id | None = Field(None, description="Only orders with this product; required for events about a course.")
    data: FreeJson = Field(default_factory=dict, description="The host's own data about the event.")

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report an event without an order or contact, or with both, and an event about a course without a product."""
        if (document.get("order") is None) == (document.get("contact") is None):
            yield Complaint((), INVALID, "either an order or a contact")
        event = document.get("event")
        if isinstance(event, str) and event in funnels.COURSE_EVENTS and document.get("product") is None:
            yield Complaint(("product",), INVALID, "is required for an event about a course")

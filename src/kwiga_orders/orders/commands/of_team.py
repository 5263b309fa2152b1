"""Commands to the team's notes and tasks of an order (O14)."""

from datetime import date, datetime
from typing import ClassVar

import attrs

from kwiga_orders.commands import UNSET, Unset, chosen_if_given
from kwiga_orders.orders.commands.about import OrderCommand
from kwiga_orders.periods import chosen

__all__ = [
    "AddNote",
    "AddTask",
    "CompleteTask",
    "EditTask",
    "RemoveTask",
    "ReopenTask",
    "TaskCommand",
]


@attrs.frozen(kw_only=True)
class AddNote(OrderCommand):
    """Add a note for the team; notes are never changed (O14)."""

    name: ClassVar[str] = "add_note"
    text: str


@attrs.frozen(kw_only=True)
class AddTask(OrderCommand):
    """Add a task to an order (O14)."""

    name: ClassVar[str] = "add_task"
    title: str
    assignee: str | None = None
    due_at: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(chosen))


@attrs.frozen(kw_only=True)
class TaskCommand(OrderCommand):
    """A command to a task of an order."""

    task: str


@attrs.frozen(kw_only=True)
class CompleteTask(TaskCommand):
    """Complete a task (O14)."""

    name: ClassVar[str] = "complete_task"


@attrs.frozen(kw_only=True)
class EditTask(TaskCommand):
    """Change the title, the assignee or the due date of a task (O14)."""

    name: ClassVar[str] = "edit_task"
    title: str | Unset = UNSET
    assignee: str | None | Unset = UNSET
    due_at: date | datetime | None | Unset = attrs.field(default=UNSET, converter=chosen_if_given)


@attrs.frozen(kw_only=True)
class ReopenTask(TaskCommand):
    """Reopen a completed task (O14)."""

    name: ClassVar[str] = "reopen_task"


@attrs.frozen(kw_only=True)
class RemoveTask(TaskCommand):
    """Remove a task (O14)."""

    name: ClassVar[str] = "remove_task"

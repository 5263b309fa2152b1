"""What the team notes about an order, and what it has to do about it (O14)."""

from datetime import datetime
from typing import ClassVar

import attrs

from kwiga_orders.commands import UNSET, Unset
from kwiga_orders.orders.state import Task

__all__ = ["NoteAdded", "TaskAdded", "TaskCompleted", "TaskEdited", "TaskFields", "TaskRemoved", "TaskReopened"]


@attrs.frozen(kw_only=True)
class NoteAdded:
    """Somebody noted something."""

    name: ClassVar[str] = "note.added"
    note: str
    text: str


@attrs.frozen(kw_only=True)
class TaskAdded:
    """Something to do was noted."""

    name: ClassVar[str] = "task.added"
    task: Task


@attrs.frozen(kw_only=True)
class TaskCompleted:
    """It is done."""

    name: ClassVar[str] = "task.completed"
    task: str


@attrs.frozen(kw_only=True)
class TaskFields:
    """The fields of a task that an edit changed."""

    title: str | Unset = UNSET
    assignee: str | None | Unset = UNSET
    due_at: datetime | None | Unset = UNSET


@attrs.frozen(kw_only=True)
class TaskEdited:
    """The title, the assignee or the due date of a task was changed."""

    name: ClassVar[str] = "task.edited"
    task: str
    before: TaskFields
    after: TaskFields


@attrs.frozen(kw_only=True)
class TaskReopened:
    """It is not done after all."""

    name: ClassVar[str] = "task.reopened"
    task: str


@attrs.frozen(kw_only=True)
class TaskRemoved:
    """Nobody has to do it any more."""

    name: ClassVar[str] = "task.removed"
    task: str

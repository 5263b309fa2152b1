"""Events of the team's notes and tasks (O14)."""

from datetime import datetime
from typing import ClassVar

import attrs

from kwiga_orders.commands import UNSET, Unset
from kwiga_orders.orders.state import Task

__all__ = ["NoteAdded", "TaskAdded", "TaskCompleted", "TaskEdited", "TaskFields", "TaskRemoved", "TaskReopened"]


@attrs.frozen(kw_only=True)
class NoteAdded:
    """A note was added."""

    name: ClassVar[str] = "note.added"
    note: str
    text: str


@attrs.frozen(kw_only=True)
class TaskAdded:
    """A task was added."""

    name: ClassVar[str] = "task.added"
    task: Task


@attrs.frozen(kw_only=True)
class TaskCompleted:
    """A task was completed."""

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
    """A completed task was reopened."""

    name: ClassVar[str] = "task.reopened"
    task: str


@attrs.frozen(kw_only=True)
class TaskRemoved:
    """A task was removed."""

    name: ClassVar[str] = "task.removed"
    task: str

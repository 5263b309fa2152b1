"""Commands and folds of notes and tasks of the team.

Laws:

1. Beside its comment an order has notes: who, when, text. They are never changed.
2. A task can be edited, completed, reopened and removed; a command that makes no difference changes nothing (K2).
3. The id of a removed task is not used again.

Home of O14.
"""

from collections.abc import Callable, Iterator, Mapping

import attrs

from kwiga_orders.commands import Unset
from kwiga_orders.errors import NotFound
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import (
    Event,
    NoteAdded,
    Recorded,
    TaskAdded,
    TaskCompleted,
    TaskEdited,
    TaskFields,
    TaskRemoved,
    TaskReopened,
)
from kwiga_orders.orders.state import Note, Order, Task
from kwiga_orders.periods import begins
from kwiga_orders.values import changed, changed_by

__all__ = [
    "TEAM_FOLDS",
    "add_note",
    "add_task",
    "complete_task",
    "edit_task",
    "remove_task",
    "reopen_task",
]


def add_note(order: Order, command: asked.AddNote, _: Context) -> Iterator[Event]:
    """Add a note for the team."""
    # Notes are never removed, so their count gives a new number.
    yield NoteAdded(note=f"{order.id}.n{len(order.notes) + 1}", text=command.text)


def add_task(order: Order, command: asked.AddTask, given: Context) -> Iterator[Event]:
    """Add a task; a due date without a time means the beginning of the day (T5)."""
    # Law 3: removed tasks count, so that no id is used again.
    number = 1 + len(order.tasks) + order.tasks_removed
    due_at = None if command.due_at is None else begins(command.due_at, zone=given.zone)
    task = Task(id=f"{order.id}.t{number}", title=command.title, assignee=command.assignee, due_at=due_at)
    yield TaskAdded(task=task)


def edit_task(order: Order, command: asked.EditTask, given: Context) -> Iterator[Event]:
    """Change the named fields of a task.

    Raises:
        NotFound: if the order has no such task.
    """
    task = _task(order, command.task)
    due_at = command.due_at
    if due_at is not None and not isinstance(due_at, Unset):
        # T5: a date means the beginning of the day.
        due_at = begins(due_at, zone=given.zone)
    named = {"title": command.title, "assignee": command.assignee, "due_at": due_at}
    after = {
        name: value for name, value in named.items() if not isinstance(value, Unset) and value != getattr(task, name)
    }
    if after:
        before = {name: getattr(task, name) for name in after}
        yield TaskEdited(task=task.id, before=_fields(before), after=_fields(after))


def _fields(values: Mapping[str, object]) -> TaskFields:
    kind: Callable[..., TaskFields] = TaskFields
    return kind(**values)


def complete_task(order: Order, command: asked.CompleteTask, _: Context) -> Iterator[Event]:
    """Complete a task; completing it again changes nothing.

    Raises:
        NotFound: if the order has no such task.
    """
    task = _task(order, command.task)
    # K2: a completed task keeps its first instant.
    if task.completed_at is None:
        yield TaskCompleted(task=task.id)


def reopen_task(order: Order, command: asked.ReopenTask, _: Context) -> Iterator[Event]:
    """Reopen a completed task.

    Raises:
        NotFound: if the order has no such task.
    """
    task = _task(order, command.task)
    if task.completed_at is not None:
        yield TaskReopened(task=task.id)


def remove_task(order: Order, command: asked.RemoveTask, _: Context) -> Iterator[Event]:
    """Remove a task, completed or not.

    Raises:
        NotFound: if the order has no such task.
    """
    yield TaskRemoved(task=_task(order, command.task).id)


def _task(order: Order, id: str) -> Task:
    for task in order.tasks:
        if task.id == id:
            return task
    raise NotFound("task", id)


# Folds


def _note_added(order: Order, recorded: Recorded, event: NoteAdded) -> Order:
    note = Note(id=event.note, at=recorded.at, actor=recorded.actor, text=event.text)
    return changed(order, notes=(*order.notes, note))


def _task_added(order: Order, _: Recorded, event: TaskAdded) -> Order:
    return changed(order, tasks=(*order.tasks, event.task))


def _with_task(order: Order, id: str, **fields: object) -> Order:
    tasks = (changed_by(one, fields) if one.id == id else one for one in order.tasks)
    return changed(order, tasks=tuple(tasks))


def _task_completed(order: Order, recorded: Recorded, event: TaskCompleted) -> Order:
    return _with_task(order, event.task, completed_at=recorded.at)


def _task_reopened(order: Order, _: Recorded, event: TaskReopened) -> Order:
    return _with_task(order, event.task, completed_at=None)


def _task_edited(order: Order, _: Recorded, event: TaskEdited) -> Order:
    values = {field.name: getattr(event.after, field.name) for field in attrs.fields(TaskFields)}
    return _with_task(order, event.task, **{name: one for name, one in values.items() if not isinstance(one, Unset)})


def _task_removed(order: Order, _: Recorded, event: TaskRemoved) -> Order:
    tasks = tuple(task for task in order.tasks if task.id != event.task)
    return changed(order, tasks=tasks, tasks_removed=order.tasks_removed + 1)


TEAM_FOLDS: Mapping[type, Callable[..., Order]] = {
    NoteAdded: _note_added,
    TaskAdded: _task_added,
    TaskCompleted: _task_completed,
    TaskReopened: _task_reopened,
    TaskEdited: _task_edited,
    TaskRemoved: _task_removed,
}
"""How each of these events changes an order."""

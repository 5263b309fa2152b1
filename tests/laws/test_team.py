"""O14: notes and tasks, for the team."""

from collections.abc import Callable
from datetime import date

import pytest

from kwiga_orders.errors import InvalidInput
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.commands import AddNote, AddTask, CompleteTask, EditTask, RemoveTask, ReopenTask
from kwiga_orders.project import Actor
from kwiga_orders.testing.school import local
from kwiga_orders.views.shapes import TaskView
from tests.laws.office import Office

IRA = Actor(kind="staff", id="ira")
ABOUT_TASKS: list[Callable[[str, str], asked.TaskCommand]] = [
    lambda order, task: CompleteTask(order=order, task=task),
    lambda order, task: ReopenTask(order=order, task=task),
    lambda order, task: EditTask(order=order, task=task, title="x"),
    lambda order, task: RemoveTask(order=order, task=task),
]


def placed() -> tuple[Office, str]:
    """A school with one order."""
    school = Office()
    school.at("2026-11-01 10:00")
    return school, school.makes(comment="calls in the evening")


def tasks(school: Office, order: str) -> list[TaskView]:
    """The tasks on the staff's card."""
    return school.card(order)["tasks"]


def task_of(school: Office, order: str, title: str = "call back") -> str:
    """Add a task; give its id."""
    made = school.does(AddTask(order=order, title=title, assignee="ira", due_at=local("2026-11-02 09:00"))).made
    assert made is not None
    return made


class TestO14:
    """Beside the one internal comment an order has notes: who, when, text, never changed, for the team only. Tasks can
    be edited, completed, reopened and removed.
    """

    def test_notes_are_added_one_by_one(self) -> None:
        """Each says who and when; the comment is another thing, and stays."""
        school, order = placed()
        first = school.does(AddNote(order=order, text="wants a discount", actor=IRA)).made
        school.at("2026-11-02 10:00").does(AddNote(order=order, text="agreed\non ten per cent"))
        school.does(asked.EditOrder(order=order, comment=None))

        notes = school.card(order)["notes"]
        assert [(one["text"], one["actor"]) for one in notes] == [
            ("wants a discount", {"kind": "staff", "id": "ira"}),
            ("agreed\non ten per cent", {"kind": "host", "id": ""}),
        ]
        assert [one.at for one in school.order(order).notes] == [local("2026-11-01 10:00"), local("2026-11-02 10:00")]
        assert (notes[0]["id"], len({one["id"] for one in notes})) == (first, 2)
        assert school.events(order)[-3:-1] == ["note.added", "note.added"]

    def test_a_note_says_something(self) -> None:
        """An empty one is no note."""
        with pytest.raises(InvalidInput):
            AddNote(order="o1", text="")

    def test_a_task_is_edited_field_by_field(self) -> None:
        """What is not named stays; what is there already changes nothing (K2)."""
        school, order = placed()
        task = task_of(school, order)
        school.does(EditTask(order=order, task=task, title="write"))
        school.does(EditTask(order=order, task=task, assignee=None, due_at=date(2026, 11, 5)))
        version = school.order(order).version
        school.does(EditTask(order=order, task=task, title="write", due_at=local("2026-11-05 00:00")))

        (only,) = tasks(school, order)
        assert (only["title"], only["assignee"]) == ("write", None)
        assert school.order(order).tasks[0].due_at == local("2026-11-05 00:00")
        assert school.order(order).version == version

    def test_completed_and_reopened(self) -> None:
        """When it was done is kept until it is not; each counts once."""
        school, order = placed()
        task = task_of(school, order)
        school.at("2026-11-03 10:00").does(CompleteTask(order=order, task=task))
        school.at("2026-11-04 10:00").does(CompleteTask(order=order, task=task))
        assert school.order(order).tasks[0].completed_at == local("2026-11-03 10:00")
        school.does(ReopenTask(order=order, task=task))
        school.does(ReopenTask(order=order, task=task))

        assert tasks(school, order)[0]["done_at"] is None
        names = ["task.added", "task.completed", "task.reopened"]
        assert [name for name in school.events(order) if name.startswith("task.")] == names

    def test_removed_it_is_gone(self) -> None:
        """Its id is never used again, however many are removed and added."""
        school, order = placed()
        first, second = task_of(school, order), task_of(school, order, "write")
        school.does(RemoveTask(order=order, task=first))
        assert [one["id"] for one in tasks(school, order)] == [second]
        school.does(RemoveTask(order=order, task=second))
        third = task_of(school, order, "meet")

        assert third not in {first, second}
        assert [one["title"] for one in tasks(school, order)] == ["meet"]

    @pytest.mark.parametrize("about", ABOUT_TASKS)
    def test_what_is_not_there(self, about: Callable[[str, str], asked.TaskCommand]) -> None:
        """A task that was removed is not found, nor is one that never was."""
        school, order = placed()
        task = task_of(school, order)
        school.does(RemoveTask(order=order, task=task))

        assert school.refused(about(order, task)) == "not_found"
        assert school.refused(about(order, "gone")) == "not_found"

"""Writes what happened at a school as a case file, so that a failure is kept as a test.

school.opens(); school.pays(...)
Path("late.case.json").write_text(case_of(school, "Paid late, closed", expects=[(query, {"open": True})]))
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from kwiga_orders.codec import Json, iso_text
from kwiga_orders.commands import Command
from kwiga_orders.course import Course, Progress
from kwiga_orders.orders.commands import CreateOrder, OpenOffer
from kwiga_orders.project import Contact, Project
from kwiga_orders.wire.writing import write_command, write_value

__all__ = ["Expected", "Happened", "Told", "case_of"]

Expected = tuple[Mapping[str, Json], Json]
"""A query as a document of the wire, and what must be in its answer."""


@attrs.frozen(kw_only=True)
class Happened:
    """One step of what happened: a command with its result, progress, a course outline, or a run of the worker."""

    at: datetime
    command: Command | None = None
    made: str | None = None
    refused: str | None = None
    progress: Progress | None = None
    course: Course | None = None

    def document(self) -> dict[str, Json]:
        """Give the step as in a case file; ids that the school made become names of the case."""
        step: dict[str, Json] = {"at": iso_text(self.at)}
        if self.command is not None:
            done = write_command(self.command)
            if self.made is not None and isinstance(self.command, OpenOffer | CreateOrder):
                done["as"] = self.made
            return step | {"do": done} | ({} if self.refused is None else {"refused": self.refused})
        if self.progress is not None:
            return step | {"progress": write_value(self.progress)}
        if self.course is not None:
            return step | {"course": write_value(self.course)}
        return step | {"run_due": True, "relay": True}


@attrs.define
class Told:
    """Everything that happened at a school, in order, and what it began with."""

    project: Project
    contacts: dict[str, Contact] = attrs.field(factory=dict)
    courses: dict[str, Course] = attrs.field(factory=dict)
    gateways: list[str] = attrs.field(factory=list)
    steps: list[Happened] = attrs.field(factory=list)

    def has(self, course: Course, at: datetime) -> None:
        """Record an outline; that of a new product becomes part of the start of the case."""
        if course.product in self.courses:
            self.steps.append(Happened(at=at, course=course))
        else:
            self.courses[course.product] = course


def case_of(
    told: Told,
    title: str,
    *,
    rules: Sequence[str] = (),
    expects: Sequence[Expected] = (),
    at: datetime | None = None,
) -> str:
    """Give what happened as the text of a case file.

    `expects` adds queries (as documents of the wire), each with its expected answer.
    They are asked at `at`, by default at the instant of the last step.
    """
    steps: list[Json] = [dict(step) for step in _steps(told, expects, at)]
    case: dict[str, Json] = {
        "title": title,
        "rules": [*rules],
        "project": write_value(told.project),
        "courses": [write_value(one) for one in told.courses.values()],
        "contacts": [write_value(one) for one in told.contacts.values()],
        "gateways": [*told.gateways],
        "steps": steps,
    }
    return json.dumps(case, ensure_ascii=False, indent=1) + "\n"


def _steps(told: Told, expects: Sequence[Expected], at: datetime | None) -> Iterator[Mapping[str, Json]]:
    for happened in told.steps:
        yield happened.document()
    last = at or (told.steps[-1].at if told.steps else None)
    assert last is not None, "nothing has happened yet, so say at which instant to ask"
    for query, answer in expects:
        yield {"at": iso_text(last), "ask": dict(query), "is": answer}

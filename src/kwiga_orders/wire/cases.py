"""Case files: stories with expectations, read from JSON.

A step gives a command, asks something, or tells of a learner's progress or of a course's new outline. What it does is
kept as the document it is, because it names things that are only made when the story runs; so it is read twice,
here for its faults, and when it runs for its values.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

import attrs
from pydantic import Field, TypeAdapter, ValidationError

from kwiga_orders import course as outline
from kwiga_orders import project as school
from kwiga_orders.codec import Json
from kwiga_orders.errors import InvalidInput
from kwiga_orders.funnel import CreateFunnel
from kwiga_orders.offers import CreateOffer
from kwiga_orders.wire.commands import read_command
from kwiga_orders.wire.faults import INVALID, Complaint, repeated
from kwiga_orders.wire.objects import Contact, Funnel, Offer, Project
from kwiga_orders.wire.outlines import Course, Progress
from kwiga_orders.wire.parts import LinkedPart, optional
from kwiga_orders.wire.queries import read_query
from kwiga_orders.wire.scalars import Id, Instant, Many, Some, Title

__all__ = ["Case", "CaseFile", "CaseStep", "Step", "read_case", "without_name"]

_ACTIONS = ("do", "ask", "progress", "course")
_EXPECTATIONS = ("is", "never", "refused")
_OUT_OF_PLACE = {"ask": (), "do": ("is", "never")}
_NAME: TypeAdapter[str] = TypeAdapter(Id)

V = TypeVar("V")


@attrs.frozen(kw_only=True)
class Step:
    """One step of a story, at its instant: something done, asked or told, and what is expected of it."""

    at: datetime
    do: Mapping[str, Json] | None = None
    ask: Mapping[str, Json] | None = None
    progress: outline.Progress | None = None
    course: outline.Course | None = None
    refused: str | None = None
    expected: Json = None
    is_expected: bool = False
    never: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Case:
    """A story: the school, what it has to begin with, and the steps."""

    title: str
    rules: tuple[str, ...] = ()
    project: school.Project
    courses: tuple[outline.Course, ...] = ()
    funnels: tuple[CreateFunnel, ...] = ()
    offers: tuple[CreateOffer, ...] = ()
    contacts: tuple[school.Contact, ...] = ()
    steps: tuple[Step, ...]


class CaseStep(LinkedPart[Step]):
    """One step of a story: exactly one of `do`, `ask`, `progress` and `course`, at its instant."""

    at: Instant = Field(description="The clock of the step.")
    do: dict[str, object] = optional("A command; `as` in it names what it makes, for later steps.")
    ask: dict[str, object] = optional("A query.")
    progress: Progress = optional("What a contact has done until now.")
    course: Course = optional("The outline of a product from now on.")
    refused: Id = optional("The code with which the step is refused; then nothing has changed.")
    expected: object = optional("What the answer says, as a part of it.", alias="is")
    never: Some[Title] = optional("Texts that occur nowhere in the answer.")

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Tell of steps that are not one thing, expect nothing of an answer, or cannot be read."""
        actions = [name for name in _ACTIONS if name in document]
        if len(actions) != 1:
            yield Complaint((), INVALID, "exactly one of do, ask, progress and course")
        for name in _OUT_OF_PLACE.get(actions[0], _EXPECTATIONS) if len(actions) == 1 else ():
            if name in document:
                yield Complaint((name,), INVALID, "is said of another kind of step")
        if "ask" in document and not any(name in document for name in _EXPECTATIONS):
            yield Complaint(("is",), INVALID, "is required")
        yield from _unreadable(document)

    def named(self) -> dict[str, object]:
        """Give the fields that the document names; null may be what is expected."""
        return {**super().named(), "is_expected": "expected" in self.model_fields_set}


def _unreadable(step: Mapping[str, object]) -> Iterator[Complaint]:
    """List what is wrong with what a step does; if it is to be refused, that is its point, and no fault of the case."""
    done, asked = step.get("do"), step.get("ask")
    if isinstance(done, dict):
        yield from _misnamed(done)
    if "refused" in step:
        return
    if isinstance(done, dict):
        yield from _faults(read_command, without_name(done), "do")
    if isinstance(asked, dict):
        yield from _faults(read_query, asked, "ask")


def _misnamed(done: dict[str, object]) -> Iterator[Complaint]:
    try:
        _NAME.validate_python(done.get("as", "any"), strict=True)
    except ValidationError:
        yield Complaint(("do", "as"), INVALID, "a name of 1 to 100 characters")


def _faults(read: Callable[[object], object], document: object, name: str) -> Iterator[Complaint]:
    try:
        read(document)
    except InvalidInput as refused:
        for fault in refused.faults:
            # one step, as the path within is already that of the document
            yield Complaint((f"{name}.{fault.path}" if fault.path else name,), fault.code, fault.hint)


def without_name(done: Mapping[str, V]) -> dict[str, V]:
    """Give the command that a step gives, without the name it gives to what is made."""
    return {name: inner for name, inner in done.items() if name != "as"}


class CaseFile(LinkedPart[Case]):
    """A story with expectations: a bug report, an acceptance test, a what-if."""

    title: Title
    rules: Many[Id] = Field((), description="The rules it is about, by their numbers.")
    project: Project
    courses: Many[Course] = ()
    funnels: Many[Funnel] = ()
    offers: Many[Offer] = ()
    contacts: Many[Contact] = ()
    steps: Some[CaseStep]

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Tell of what is there twice: products, funnels, offers, contacts."""
        yield from repeated(document, "courses", key="product")
        yield from repeated(document, "funnels", key="id")
        yield from repeated(document, "offers", key="code")
        yield from repeated(document, "contacts", key="id")


def read_case(document: object) -> Case:
    """Read a case from a document that was parsed from JSON.

    Raises:
        InvalidInput: with every fault of it, those of its commands and queries included.
    """
    return CaseFile.read(document)

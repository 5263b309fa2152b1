"""Case files: stories with expectations, read from JSON.

A step gives a command, asks something, reports a learner's progress or a course's new outline, says how a gateway
answers, or lets a host's worker run. A command or query is kept as the document it is, because it names things that are
only made when the story runs; so it is read twice, here for its faults, and when it runs for its values.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Literal, TypeVar

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
from kwiga_orders.wire.parts import LinkedPart, Part, optional
from kwiga_orders.wire.queries import read_query
from kwiga_orders.wire.scalars import Content, Id, Instant, Many, Some, SomeContent, Title

__all__ = ["Case", "CaseFile", "CaseStep", "GatewayScript", "Step", "read_case", "without_name"]

_ACTIONS = ("do", "ask", "progress", "course", "gateway")
_WORK = ("run_due", "relay")
"""What a host's worker does; a step may be that alone, or have it done after what it does and before what it asks."""
_EXPECTATIONS = ("is", "never", "refused")
_OUT_OF_PLACE = {"ask": (), "do": ("is", "never")}
_NAME: TypeAdapter[str] = TypeAdapter(Id)

_GATEWAYS = ("wayforpay", "stripe")
"""What is connected if a case does not say."""

V = TypeVar("V")


@attrs.frozen(kw_only=True)
class GatewayScript:
    """What the next charges of saved means at a gateway come to, one after another; those after them succeed (P17)."""

    name: str
    next: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Step:
    """One step of a story, at its instant: what happens in it, and what is expected of it."""

    at: datetime
    do: Mapping[str, Json] | None = None
    ask: Mapping[str, Json] | None = None
    progress: outline.Progress | None = None
    course: outline.Course | None = None
    gateway: GatewayScript | None = None
    run_due: bool = False
    relay: bool = False
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
    gateways: tuple[str, ...] = _GATEWAYS
    steps: tuple[Step, ...]


class Script(Part[GatewayScript]):
    """How a gateway answers when saved means are charged."""

    name: Id
    next: Many[Literal["failed", "succeeded", "unknown", "pending"]] = Field(
        description="What its next charges come to; those after them succeed."
    )


class CaseStep(LinkedPart[Step]):
    """One step of a story at its instant: one of `do`, `ask`, `progress`, `course`, `gateway`; or a worker's run."""

    at: Instant = Field(description="The clock of the step.")
    do: dict[str, object] = optional("A command; `as` in it names what it makes, for later steps.")
    ask: dict[str, object] = optional("A query.")
    progress: Progress = optional("What a contact has done until now.")
    course: Course = optional("The outline of a product from now on.")
    gateway: Script = optional("What a gateway answers from now on.")
    run_due: Literal[True] = optional("What has fallen due is carried out, as a host's scheduler does.")
    relay: Literal[True] = optional("Gateways are asked and letters handed on, as a host's worker does.")
    refused: Id = optional("The code with which the step is refused; then nothing has changed.")
    expected: object = optional("What the answer says, as a part of it.", alias="is")
    never: Some[Title] = optional("Texts that occur nowhere in the answer.")

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Find steps that are not exactly one thing, that expect nothing of an answer, or that cannot be read."""
        actions = [name for name in _ACTIONS if name in document]
        if len(actions) > 1 or not (actions or any(name in document for name in _WORK)):
            yield Complaint((), INVALID, "exactly one of do, ask, progress, course and gateway, or run_due or relay")
        for name in _OUT_OF_PLACE.get(actions[0] if actions else "", _EXPECTATIONS) if len(actions) < 2 else ():
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
        try:
            _NAME.validate_python(done.get("as", "any"), strict=True)
        # Checked here, although the runner uses it: a name that is wrong should be found before the story runs.
        except ValidationError:
            yield Complaint(("do", "as"), INVALID, "a name of 1 to 100 characters")
    # A step that is to be refused may be wrong on purpose.
    if "refused" in step:
        return
    if isinstance(done, dict):
        yield from _faults(read_command, without_name(done), "do")
    if isinstance(asked, dict):
        yield from _faults(read_query, asked, "ask")


def _faults(read: Callable[[object], object], document: object, name: str) -> Iterator[Complaint]:
    try:
        read(document)
    except InvalidInput as refused:
        for fault in refused.faults:
            # one step, as the path within is already that of the document
            yield Complaint((f"{name}.{fault.path}" if fault.path else name,), fault.code, fault.hint)


def without_name(done: Mapping[str, V]) -> dict[str, V]:
    """Give the command of a step, without the name for what it makes."""
    return {name: inner for name, inner in done.items() if name != "as"}


class CaseFile(LinkedPart[Case]):
    """A story with expectations: a bug report, an acceptance test, a what-if."""

    title: Title
    rules: Many[Id] = Field((), description="The rules it is about, by their numbers.")
    project: Project
    courses: Content[Course] = ()
    funnels: Content[Funnel] = ()
    offers: Content[Offer] = ()
    contacts: Content[Contact] = ()
    gateways: Many[Id] = Field(_GATEWAYS, description="The connected gateways; they confirm at once.")
    steps: SomeContent[CaseStep]

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report duplicates, and scripts of gateways that are not connected."""
        yield from repeated(document, "courses", key="product")
        yield from repeated(document, "funnels", key="id")
        yield from repeated(document, "offers", key="code")
        yield from repeated(document, "contacts", key="id")
        connected, steps = document.get("gateways", _GATEWAYS), document.get("steps")
        # Scripts of gateways that are not connected would never be asked, and the case would prove nothing.
        for number, step in enumerate(steps if isinstance(steps, list) else ()):
            script = step.get("gateway") if isinstance(step, dict) else None
            name = script.get("name") if isinstance(script, dict) else None
            if isinstance(name, str) and isinstance(connected, list | tuple) and name not in connected:
                yield Complaint(("steps", number, "gateway", "name"), INVALID, "one of the connected gateways")


def read_case(document: object) -> Case:
    """Read a case from a document that was parsed from JSON.

    Raises:
        InvalidInput: with every fault of it, those of its commands and queries included.
    """
    return CaseFile.read(document)

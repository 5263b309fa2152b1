"""Case files: scenarios with expected answers, read from JSON.

A step executes a command, asks a query, reports a learner's progress or a course's new outline, sets the outcomes of a
gateway, or runs the host's worker. A command or query is kept as a document, because it contains names of things that
are made only when the case runs. So it is read twice: here to find its faults, and again when the case runs.
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
"""The work of a host's worker. A step may do only this, or do it after its action and before its query."""
_EXPECTATIONS = ("is", "never", "refused")
_OUT_OF_PLACE = {"ask": (), "do": ("is", "never")}
_NAME: TypeAdapter[str] = TypeAdapter(Id)

_GATEWAYS = ("wayforpay", "stripe")
"""The gateways that are connected if a case names none."""

V = TypeVar("V")


@attrs.frozen(kw_only=True)
class GatewayScript:
    """The outcomes of the next charges of saved means at a gateway, in order; later charges succeed (P17)."""

    name: str
    next: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Step:
    """One step of a case at an instant: what is done, and what is expected."""

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
    """A case: the school, what exists at the start, and the steps."""

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
    """The outcomes of charges of saved means at a gateway."""

    name: Id
    next: Many[Literal["failed", "succeeded", "unknown", "pending"]] = Field(
        description="The outcomes of the next charges; later charges succeed."
    )


class CaseStep(LinkedPart[Step]):
    """One step of a case at an instant: one of `do`, `ask`, `progress`, `course`, `gateway`, or a worker's work."""

    at: Instant = Field(description="The instant of the step.")
    do: dict[str, object] = optional("A command; its field `as` gives a name to what it makes, for later steps.")
    ask: dict[str, object] = optional("A query.")
    progress: Progress = optional("The learning progress of a contact so far.")
    course: Course = optional("The new outline of a product.")
    gateway: Script = optional("What a gateway answers from this step on.")
    run_due: Literal[True] = optional("Execute the due work, as a host's scheduler does.")
    relay: Literal[True] = optional("Send requests to gateways and letters, as a host's worker does.")
    refused: Id = optional("The code with which the step is refused; a refused step changes nothing.")
    expected: object = optional("A part of the answer that must be in it.", alias="is")
    never: Some[Title] = optional("Texts that must not occur in the answer.")

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report steps without exactly one action, queries without an expectation, and unreadable commands."""
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
        """Give the fields that the document names; null counts, because it may be the expected value."""
        return {**super().named(), "is_expected": "expected" in self.model_fields_set}


def _unreadable(step: Mapping[str, object]) -> Iterator[Complaint]:
    """List the faults of a step's command or query. If the step is to be refused, faults may be its purpose."""
    done, asked = step.get("do"), step.get("ask")
    if isinstance(done, dict):
        try:
            _NAME.validate_python(done.get("as", "any"), strict=True)
        # Checked here, so that a wrong name is found before the case runs.
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
            # one step of the path, because the rest is already a path of the document
            yield Complaint((f"{name}.{fault.path}" if fault.path else name,), fault.code, fault.hint)


def without_name(done: Mapping[str, V]) -> dict[str, V]:
    """Give the command of a step without the name for what it makes."""
    return {name: inner for name, inner in done.items() if name != "as"}


class CaseFile(LinkedPart[Case]):
    """A case with expected answers: a bug report, an acceptance test, or a what-if."""

    title: Title
    rules: Many[Id] = Field((), description="The rules that the case is about, by number.")
    project: Project
    courses: Content[Course] = ()
    funnels: Content[Funnel] = ()
    offers: Content[Offer] = ()
    contacts: Content[Contact] = ()
    gateways: Many[Id] = Field(_GATEWAYS, description="The connected gateways; they confirm every request at once.")
    steps: SomeContent[CaseStep]

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report duplicates, and outcomes for gateways that are not connected."""
        yield from repeated(document, "courses", key="product")
        yield from repeated(document, "funnels", key="id")
        yield from repeated(document, "offers", key="code")
        yield from repeated(document, "contacts", key="id")
        connected, steps = document.get("gateways", _GATEWAYS), document.get("steps")
        # The outcomes of a gateway that is not connected would never be used, so the case would prove nothing.
        for number, step in enumerate(steps if isinstance(steps, list) else ()):
            script = step.get("gateway") if isinstance(step, dict) else None
            name = script.get("name") if isinstance(script, dict) else None
            if isinstance(name, str) and isinstance(connected, list | tuple) and name not in connected:
                yield Complaint(("steps", number, "gateway", "name"), INVALID, "one of the connected gateways")


def read_case(document: object) -> Case:
    """Read a case from parsed JSON.

    Raises:
        InvalidInput: with all faults, including those of its commands and queries.
    """
    return CaseFile.read(document)

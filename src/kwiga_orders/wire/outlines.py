"""Courses and progress: what a host tells about its products and its learners."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from kwiga_orders import course as outline
from kwiga_orders.wire.faults import Complaint, repeated
from kwiga_orders.wire.parts import LinkedPart, Part, optional
from kwiga_orders.wire.scalars import ById, Content, Id, Instant, Score, SetOfContent, Word
from kwiga_orders.wire.terms import CertificateRule, Delay

__all__ = ["Checkpoint", "Course", "Lesson", "Module", "Practice", "Progress"]


class Practice(Part[outline.Practice]):
    """A practical task in a lesson (L7)."""

    id: Id
    required: bool = True
    review: Literal["curator", "auto"] = Field("curator", description="Who accepts the practice.")


class Checkpoint(Part[outline.Checkpoint]):
    """A checkpoint closes the lessons after this one until the required practices up to it are done (L6)."""

    release_on: Literal["accepted", "submitted"] = "accepted"


class Lesson(Part[outline.Lesson]):
    """A lesson of a module."""

    id: Id
    title: Word = ""
    added_at: Instant | None = Field(
        None, description="When the lesson was added to the course; by default it was there from the start."
    )
    delay: Delay | None = Field(None, description="When the lesson opens; it overrides the delay of the module.")
    closes: Delay | None = None
    sections: Content[Id] = ()
    tests: Content[Id] = ()
    checkpoint: Checkpoint | None = None
    practices: Content[Practice] = ()


class Module(Part[outline.Module]):
    """A module of a course, with its lessons in order."""

    id: Id
    title: Word = ""
    delay: Delay | None = Field(None, description="When the lessons open that have no delay of their own.")
    lessons: Content[Lesson] = ()


class Course(LinkedPart[outline.Course]):
    """The outline of a product; a product without lessons has no modules."""

    product: Id
    title: Word = ""
    comments: bool = Field(default=False, description="Whether learners may comment.")
    certificate: CertificateRule = optional("The rule for the certificate; by default the course has none.")
    modules: Content[Module] = ()

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report modules, lessons and practices with the same id."""
        yield from repeated(document, "modules", key="id")
        yield from repeated(document, "modules", "lessons", key="id")
        yield from repeated(document, "modules", "lessons", "practices", key="id")


class Progress(Part[outline.Progress]):
    """Learning progress of a contact in a product. Lessons add up; practices and tests replace earlier ones by id."""

    contact: Id
    product: Id
    completed: SetOfContent[Id] = ()
    begun: SetOfContent[Id] = Field(
        (), description="Lessons that were begun, which stay open if the conditions become stricter (L9)."
    )
    practices: ById[Literal["not_started", "submitted", "returned", "accepted"]] = Field(default_factory=dict)
    tests: ById[Score] = Field(default_factory=dict, description="The score of each test that was taken.")

"""The outline of a product and a learner's progress in it, as the host gives them through a port.

A course has modules, modules have lessons, lessons have sections, all in order. Lessons may have practices, a
checkpoint, a delay (L3) and a closing (L5); modules may have a delay. A product without lessons has no modules.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import ClassVar, Literal

import attrs

from kwiga_orders.checked import Checked
from kwiga_orders.periods import Period, chosen, utc

__all__ = [
    "After",
    "AtStart",
    "CertificateConditions",
    "CertificateRule",
    "Checkpoint",
    "Course",
    "Delay",
    "Lesson",
    "Module",
    "NoCertificate",
    "OnDate",
    "Practice",
    "PracticeState",
    "Progress",
    "Release",
]

Release = Literal["accepted", "submitted"]
"""When a checkpoint is passed: if all required practices are accepted, or submitted and not returned (L6)."""

PracticeState = Literal["not_started", "submitted", "returned", "accepted"]
"""The state of a learner's practice (L7)."""


@attrs.frozen(kw_only=True)
class AtStart(Checked):
    """At the start of access, without delay."""

    kind: ClassVar[str] = "at_start"


@attrs.frozen(kw_only=True)
class After(Checked):
    """A period after the start of access, at the local time `at`, or else at the time of day of the start (L3)."""

    kind: ClassVar[str] = "after"
    period: Period
    at: time | None = None


@attrs.frozen(kw_only=True)
class OnDate(Checked):
    """On a date (00:00 of it, local) or at an instant, for everybody."""

    kind: ClassVar[str] = "on"
    at: date | datetime = attrs.field(converter=chosen)


Delay = AtStart | After | OnDate
"""When a lesson opens, or closes."""


@attrs.frozen(kw_only=True)
class NoCertificate(Checked):
    """The course gives no certificate."""

    kind: ClassVar[str] = "none"


@attrs.frozen(kw_only=True)
class CertificateConditions(Checked):
    """The conditions of a certificate (C1); `tests` gives the minimum score of each test."""

    kind: ClassVar[str] = "when"
    lessons_percent: int = 0
    required_practices: bool = False
    tests: Mapping[str, int] = attrs.field(factory=dict)
    not_before: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(chosen))
    fully_paid: bool = False


CertificateRule = NoCertificate | CertificateConditions
"""Whether, and under which conditions, a course gives a certificate."""


@attrs.frozen(kw_only=True)
class Practice(Checked):
    """A practical task in a lesson; `review` says who accepts it."""

    id: str
    required: bool = True
    review: Literal["curator", "auto"] = "curator"


@attrs.frozen(kw_only=True)
class Checkpoint(Checked):
    """Closes the lessons after its own until the required practices up to it are done (L6)."""

    release_on: Release = "accepted"


@attrs.frozen(kw_only=True)
class Lesson(Checked):
    """A lesson; `added_at` is when it was added to the course, None if it was always there (L2)."""

    id: str
    title: str = ""
    added_at: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(utc))
    delay: Delay | None = None
    closes: Delay | None = None
    sections: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    checkpoint: Checkpoint | None = None
    practices: tuple[Practice, ...] = ()


@attrs.frozen(kw_only=True)
class Module(Checked):
    """A part of a course; its delay applies to its lessons that have no delay themselves."""

    id: str
    title: str = ""
    delay: Delay | None = None
    lessons: tuple[Lesson, ...] = ()


@attrs.frozen(kw_only=True)
class Course(Checked):
    """The outline of a product."""

    product: str
    title: str = ""
    comments: bool = False
    certificate: CertificateRule = NoCertificate()
    modules: tuple[Module, ...] = ()

    def lessons(self) -> Iterator[tuple[Module, Lesson]]:
        """Give every lesson with its module, in course order."""
        for module in self.modules:
            for lesson in module.lessons:
                yield module, lesson

    def module_ids(self) -> frozenset[str]:
        """Give the ids of all modules."""
        return frozenset(module.id for module in self.modules)

    def lesson_ids(self) -> frozenset[str]:
        """Give the ids of all lessons."""
        return frozenset(lesson.id for _, lesson in self.lessons())

    def section_ids(self) -> frozenset[str]:
        """Give the ids of all sections."""
        return frozenset(section for _, lesson in self.lessons() for section in lesson.sections)

    def test_ids(self) -> frozenset[str]:
        """Give the ids of all tests."""
        return frozenset(test for _, lesson in self.lessons() for test in lesson.tests)

    def practice_ids(self) -> frozenset[str]:
        """Give the ids of all practices."""
        return frozenset(practice.id for _, lesson in self.lessons() for practice in lesson.practices)


@attrs.frozen(kw_only=True)
class Progress(Checked):
    """What a learner has done in a product: lessons completed and begun, practices by state, test scores (0-100)."""

    contact: str = ""
    product: str = ""
    completed: frozenset[str] = frozenset()
    practices: Mapping[str, PracticeState] = attrs.field(factory=dict)
    tests: Mapping[str, int] = attrs.field(factory=dict)
    begun: frozenset[str] = frozenset()

    def joined(self, later: "Progress") -> "Progress":
        """Join with later progress: completed and begun lessons are added, practices and tests replaced by id."""
        return attrs.evolve(
            self,
            completed=self.completed | later.completed,
            practices={**self.practices, **later.practices},
            tests={**self.tests, **later.tests},
            begun=self.begun | later.begun,
        )

"""Access terms: the settings of an offer's item or an order's line about access to the course.

Laws:

1. Terms are a value: start, duration, scope, delays, checkpoints, practices, comments, certificate.
2. A change names only the fields it changes; the others stay (O7, K2).
3. A window that ends at or before its start is empty, and refused when the terms are set (A4).
4. An id that the course does not have is refused when the terms are set (L2).
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.checked import Checked
from kwiga_orders.commands import UNSET, Unset, given
from kwiga_orders.course import CertificateConditions, Course, Delay, NoCertificate
from kwiga_orders.errors import Refused
from kwiga_orders.periods import Period, Window, begins, chosen, ends, later

__all__ = [
    "UNCHANGED",
    "USUAL",
    "AccessTerms",
    "AfterPayment",
    "All",
    "AsCourse",
    "Certificate",
    "Checkpoints",
    "Comments",
    "Delays",
    "Duration",
    "For",
    "Forever",
    "From",
    "NoDelays",
    "NoPractices",
    "Off",
    "Only",
    "OverrideCheckpoints",
    "OverrideDelays",
    "OverridePractices",
    "Practices",
    "Scope",
    "Start",
    "TermsChange",
    "Until",
    "dangling",
    "refuse_empty",
    "refuse_unknown",
    "window_of",
]


@attrs.frozen(kw_only=True)
class AfterPayment(Checked):
    """Access starts when the order is activated, or `delay` later (A2)."""

    kind: ClassVar[str] = "after_payment"
    delay: Period | None = None


@attrs.frozen(kw_only=True)
class From(Checked):
    """Access starts on a date, though not before activation (A2)."""

    kind: ClassVar[str] = "from"
    at: date | datetime = attrs.field(converter=chosen)


Start = AfterPayment | From
"""When access starts (A2)."""


@attrs.frozen(kw_only=True)
class Forever(Checked):
    """Access does not end (A3)."""

    kind: ClassVar[str] = "forever"


@attrs.frozen(kw_only=True)
class For(Checked):
    """Access lasts a period, counted from its start (A3)."""

    kind: ClassVar[str] = "for"
    period: Period


@attrs.frozen(kw_only=True)
class Until(Checked):
    """Access ends with a date, inclusive, or at an instant (A3, T5)."""

    kind: ClassVar[str] = "until"
    at: date | datetime = attrs.field(converter=chosen)


Duration = Forever | For | Until
"""How long access lasts (A3)."""


@attrs.frozen(kw_only=True)
class All(Checked):
    """The whole course."""

    kind: ClassVar[str] = "all"


@attrs.frozen(kw_only=True)
class Only(Checked):
    """The named modules, lessons and sections; `include_new` says whether later lessons belong to them (L2)."""

    kind: ClassVar[str] = "only"
    modules: tuple[str, ...] = ()
    lessons: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    include_new: bool | tuple[str, ...] = False


Scope = All | Only
"""The accessible part of the course (L2)."""


@attrs.frozen(kw_only=True)
class AsCourse(Checked):
    """As the course has it."""

    kind: ClassVar[str] = "as_course"


@attrs.frozen(kw_only=True)
class NoDelays(Checked):
    """Everything opens at the start of access, and nothing closes before its end (L3, L5)."""

    kind: ClassVar[str] = "none"


@attrs.frozen(kw_only=True)
class OverrideDelays(Checked):
    """Own delays; a lesson has none if neither the lesson nor its module is named (L3)."""

    kind: ClassVar[str] = "override"
    modules: Mapping[str, Delay] = attrs.field(factory=dict)
    lessons: Mapping[str, Delay] = attrs.field(factory=dict)


Delays = AsCourse | NoDelays | OverrideDelays
"""The delays of lessons (L3)."""


@attrs.frozen(kw_only=True)
class Off(Checked):
    """No checkpoint closes anything (L8)."""

    kind: ClassVar[str] = "off"


@attrs.frozen(kw_only=True)
class OverrideCheckpoints(Checked):
    """Checkpoints are exactly at the listed lessons (L8)."""

    kind: ClassVar[str] = "override"
    lessons: tuple[str, ...] = ()


Checkpoints = AsCourse | Off | OverrideCheckpoints
"""The checkpoints (L8)."""


@attrs.frozen(kw_only=True)
class NoPractices(Checked):
    """No practice is required (L7)."""

    kind: ClassVar[str] = "none"


@attrs.frozen(kw_only=True)
class OverridePractices(Checked):
    """Exactly the listed practices are required (L7)."""

    kind: ClassVar[str] = "override"
    required: tuple[str, ...] = ()


Practices = AsCourse | NoPractices | OverridePractices
"""Which practices are required (L7)."""
Comments = Literal["as_course", "on", "off"]
"""Whether the learner may comment (L10)."""
Certificate = AsCourse | NoCertificate | CertificateConditions
"""The conditions of a certificate (C1)."""


@attrs.frozen(kw_only=True)
class AccessTerms:
    """The conditions of access to one product."""

    start: Start = AfterPayment()
    duration: Duration = Forever()
    scope: Scope = All()
    delays: Delays = AsCourse()
    checkpoints: Checkpoints = AsCourse()
    practices: Practices = AsCourse()
    comments: Comments = "as_course"
    certificate: Certificate = AsCourse()

    # The names of the fields are those of O7, the wire and the history.
    def differing_from(self, other: "AccessTerms") -> tuple[str, ...]:
        """Name the fields in which two terms differ (O7)."""
        names = (field.name for field in attrs.fields(AccessTerms))
        return tuple(name for name in names if getattr(self, name) != getattr(other, name))

    def has_window_of(self, other: "AccessTerms") -> bool:
        """Tell whether start and duration are the same, so that the window need not be checked again (A4)."""
        # Only start and duration decide the window.
        return (self.start, self.duration) == (other.start, other.duration)


@attrs.frozen(kw_only=True)
class TermsChange(Checked):
    """The fields of terms that an edit names."""

    start: Start | Unset = UNSET
    duration: Duration | Unset = UNSET
    scope: Scope | Unset = UNSET
    delays: Delays | Unset = UNSET
    checkpoints: Checkpoints | Unset = UNSET
    practices: Practices | Unset = UNSET
    comments: Comments | Unset = UNSET
    certificate: Certificate | Unset = UNSET

    def applied_to(self, terms: AccessTerms) -> AccessTerms:
        """Give `terms` with the named fields replaced."""
        # Field by field, so that type checkers notice a missing field.
        return AccessTerms(
            start=given(self.start, terms.start),
            duration=given(self.duration, terms.duration),
            scope=given(self.scope, terms.scope),
            delays=given(self.delays, terms.delays),
            checkpoints=given(self.checkpoints, terms.checkpoints),
            practices=given(self.practices, terms.practices),
            comments=given(self.comments, terms.comments),
            certificate=given(self.certificate, terms.certificate),
        )


USUAL = AccessTerms()
"""The default terms."""
UNCHANGED = TermsChange()
"""A change that names no field."""


def window_of(terms: AccessTerms, *, paid_at: datetime, zone: ZoneInfo) -> Window:
    """Compute start and end of access for an activation, or addition of a line, at `paid_at`. Home of A2 and A3."""
    # A2: never before the payment.
    starts_at = paid_at
    if isinstance(terms.start, From):
        starts_at = max(paid_at, begins(terms.start.at, zone=zone))
    elif terms.start.delay is not None:
        starts_at = later(paid_at, terms.start.delay, zone=zone)
    if isinstance(terms.duration, Until):
        return Window(starts_at, ends(terms.duration.at, zone=zone))
    if isinstance(terms.duration, For):
        return Window(starts_at, later(starts_at, terms.duration.period, zone=zone))
    return Window(starts_at)


def refuse_empty(
    terms: AccessTerms, *, before: AccessTerms | None, paid_at: datetime, product: str, zone: ZoneInfo
) -> None:
    """Refuse terms by which access would end before it starts, for an order activated at `paid_at`. Home of A4.

    If start and duration are as `before`, nothing is checked.

    Raises:
        Refused: `terms.window_empty`.
    """
    # A4: an edit of other fields must not fail because the window has become empty over time.
    if before is not None and terms.has_window_of(before):
        return
    if window_of(terms, paid_at=paid_at, zone=zone).is_empty():
        raise Refused("terms.window_empty", product=product)


def refuse_unknown(change: TermsChange, course: Course) -> None:
    """Refuse ids that the course does not have, in the fields that `change` names (L2, C1).

    Raises:
        Refused: `course.unknown_lesson`, `course.unknown_practice` or `course.unknown_test`, with the ids.
    """
    # L2: applied to the default terms, so that only ids in the change are checked.
    *content, practices, tests = _gone(change.applied_to(USUAL), course)
    if lessons := [id for ids in content for id in ids]:
        raise Refused("course.unknown_lesson", product=course.product, ids=lessons)
    if practices:
        raise Refused("course.unknown_practice", product=course.product, ids=practices)
    if tests:
        raise Refused("course.unknown_test", product=course.product, ids=tests)


def dangling(terms: AccessTerms, course: Course) -> tuple[str, ...]:
    """List the ids in terms that the course no longer has: modules, lessons, sections, practices, tests (L2, C1)."""
    # each id once
    return tuple(dict.fromkeys(id for ids in _gone(terms, course) for id in ids))


# The order matters: `refuse_unknown` unpacks content, practices, tests.
def _gone(terms: AccessTerms, course: Course) -> list[list[str]]:
    known = (course.module_ids(), course.lesson_ids(), course.section_ids(), course.practice_ids(), course.test_ids())
    named = (
        _modules_named(terms),
        _lessons_named(terms),
        terms.scope.sections if isinstance(terms.scope, Only) else (),
        terms.practices.required if isinstance(terms.practices, OverridePractices) else (),
        tuple(terms.certificate.tests) if isinstance(terms.certificate, CertificateConditions) else (),
    )
    return [[id for id in ids if id not in there] for ids, there in zip(named, known, strict=True)]


def _modules_named(terms: AccessTerms) -> Iterator[str]:
    if isinstance(terms.scope, Only):
        yield from terms.scope.modules
        if not isinstance(terms.scope.include_new, bool):
            yield from terms.scope.include_new
    if isinstance(terms.delays, OverrideDelays):
        yield from terms.delays.modules


def _lessons_named(terms: AccessTerms) -> Iterator[str]:
    if isinstance(terms.scope, Only):
        yield from terms.scope.lessons
    if isinstance(terms.delays, OverrideDelays):
        yield from terms.delays.lessons
    if isinstance(terms.checkpoints, OverrideCheckpoints):
        yield from terms.checkpoints.lessons

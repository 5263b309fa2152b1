"""Delays, conditions for certificates, and terms of access.

Terms are read as a change (`TermsChange`): a field that the document leaves out gets its default or, in an edit, stays.
"""

from typing import Annotated, Literal

from pydantic import Field, WrapValidator
from pydantic import ValidatorFunctionWrapHandler as Reader

from kwiga_orders import course as outline
from kwiga_orders import terms
from kwiga_orders.wire.parts import Part, optional
from kwiga_orders.wire.scalars import ById, Content, DateOrTime, Id, LocalTime, Period, Score

__all__ = [
    "AccessTerms",
    "Certificate",
    "CertificateRule",
    "Checkpoints",
    "Delay",
    "Delays",
    "Duration",
    "Practices",
    "Scope",
    "Start",
]


class AtStart(Part[outline.AtStart]):
    """At the start of access."""

    kind: Literal["at_start"]


class After(Part[outline.After]):
    """A period after the start of access (L3)."""

    kind: Literal["after"]
    period: Period
    at: LocalTime | None = Field(
        None, description="By default the time of day at which the participant's access started."
    )


class OnDate(Part[outline.OnDate]):
    """For everybody at the same time: on a date from 00:00 local time, or at an instant (L3)."""

    kind: Literal["on"]
    at: DateOrTime


Delay = Annotated[AtStart | After | OnDate, Field(discriminator="kind")]
"""When a lesson opens, or closes (L3, L5)."""


class NoCertificate(Part[outline.NoCertificate]):
    """No certificate."""

    kind: Literal["none"]


class CertificateConditions(Part[outline.CertificateConditions]):
    """A certificate if all these conditions are met (C1)."""

    kind: Literal["when"]
    lessons_percent: Score = Field(0, description="The percentage of lessons that must be completed.")
    required_practices: bool = Field(default=False, description="Whether every required practice must be accepted.")
    tests: ById[Score] = Field(default_factory=dict, description="The lowest passing score of each test, by id.")
    not_before: DateOrTime | None = None
    fully_paid: bool = Field(default=False, description="Whether the order must be fully paid.")


class AsCourse(Part[terms.AsCourse]):
    """As the course says."""

    kind: Literal["as_course"]


CertificateRule = Annotated[NoCertificate | CertificateConditions, Field(discriminator="kind")]
"""Whether a course gives a certificate (C1)."""

Certificate = Annotated[AsCourse | NoCertificate | CertificateConditions, Field(discriminator="kind")]
"""Whether an order gives a certificate (C1)."""


class AfterPayment(Part[terms.AfterPayment]):
    """At activation of the order, or a period later (A2)."""

    kind: Literal["after_payment"]
    delay: Period | None = None


class From(Part[terms.From]):
    """On a date, but not before activation (A2)."""

    kind: Literal["from"]
    at: DateOrTime


Start = Annotated[AfterPayment | From, Field(discriminator="kind")]
"""When access starts (A2)."""


class Forever(Part[terms.Forever]):
    """Without end (A3)."""

    kind: Literal["forever"]


class For(Part[terms.For]):
    """For a period, counted from the start (A3)."""

    kind: Literal["for"]
    period: Period


class Until(Part[terms.Until]):
    """Until the end of a day, or until an instant (A3, T5)."""

    kind: Literal["until"]
    at: DateOrTime


Duration = Annotated[Forever | For | Until, Field(discriminator="kind")]
"""How long access lasts (A3)."""


class All(Part[terms.All]):
    """The whole course (L2)."""

    kind: Literal["all"]


def _flag_or_list(value: object, read: Reader) -> object:
    # Read before the list is checked, because `true` is not a list.
    return value if isinstance(value, bool) else read(value)


class Only(Part[terms.Only]):
    """Only the named modules, lessons and sections (L2)."""

    kind: Literal["only"]
    modules: Content[Id] = ()
    lessons: Content[Id] = ()
    sections: Content[Id] = ()
    include_new: Annotated[Content[Id], WrapValidator(_flag_or_list, json_schema_input_type=bool | list[Id])] = Field(
        default_factory=tuple,
        description="Whether access includes content added later: in the whole course, or in the listed modules.",
    )


Scope = Annotated[All | Only, Field(discriminator="kind")]
"""Which lessons are included (L2)."""


class NoDelays(Part[terms.NoDelays]):
    """Everything opens at the start of access, and nothing closes before its end (L3, L5)."""

    kind: Literal["none"]


class OverrideDelays(Part[terms.OverrideDelays]):
    """Own delays. A lesson has no delay if neither it nor its module is named (L3)."""

    kind: Literal["override"]
    modules: ById[Delay] = Field(default_factory=dict)
    lessons: ById[Delay] = Field(default_factory=dict)


Delays = Annotated[AsCourse | NoDelays | OverrideDelays, Field(discriminator="kind")]
"""When lessons open (L3)."""


class NoCheckpoints(Part[terms.Off]):
    """No checkpoint closes anything (L8)."""

    kind: Literal["off"]


class OverrideCheckpoints(Part[terms.OverrideCheckpoints]):
    """Checkpoints are exactly at the listed lessons (L8)."""

    kind: Literal["override"]
    lessons: Content[Id] = ()


Checkpoints = Annotated[AsCourse | NoCheckpoints | OverrideCheckpoints, Field(discriminator="kind")]
"""The lessons that have a checkpoint (L8)."""


class NoPractices(Part[terms.NoPractices]):
    """No practice is required (L7)."""

    kind: Literal["none"]


class OverridePractices(Part[terms.OverridePractices]):
    """Exactly the listed practices are required (L7)."""

    kind: Literal["override"]
    required: Content[Id] = ()


Practices = Annotated[AsCourse | NoPractices | OverridePractices, Field(discriminator="kind")]
"""Which practices are required (L7)."""


class AccessTerms(Part[terms.TermsChange]):
    """The terms of access to one product. An edit changes only the named fields; for the defaults see each field."""

    start: Start = optional("When access starts; by default after payment.")
    duration: Duration = optional("How long access lasts; by default for ever.")
    scope: Scope = optional("The included part of the course; by default all of it.")
    delays: Delays = optional("By default as the course has it.")
    checkpoints: Checkpoints = optional("By default as the course has it.")
    practices: Practices = optional("By default as the course has it.")
    comments: Literal["as_course", "on", "off"] = optional("By default as the course has it (L10).")
    certificate: Certificate = optional("By default as the course has it.")

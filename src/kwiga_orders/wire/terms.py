"""Delays, certificate conditions and access terms.

Terms are read as a change (`TermsChange`): what a document leaves out has its default or, in an edit, stays as it is.
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
    at: LocalTime | None = Field(None, description="Without it, the participant's own time of day.")


class OnDate(Part[outline.OnDate]):
    """On a date, from 00:00 local, or at an instant, for everybody (L3)."""

    kind: Literal["on"]
    at: DateOrTime


Delay = Annotated[AtStart | After | OnDate, Field(discriminator="kind")]
"""When a lesson opens, or closes (L3, L5)."""


class NoCertificate(Part[outline.NoCertificate]):
    """No certificate."""

    kind: Literal["none"]


class CertificateConditions(Part[outline.CertificateConditions]):
    """A certificate when all of this is true (C1)."""

    kind: Literal["when"]
    lessons_percent: Score = Field(0, description="The share of lessons completed.")
    required_practices: bool = Field(default=False, description="Every required practice is accepted.")
    tests: ById[Score] = Field(default_factory=dict, description="The least score of each test.")
    not_before: DateOrTime | None = None
    fully_paid: bool = Field(default=False, description="The order is fully paid.")


class AsCourse(Part[terms.AsCourse]):
    """As the course has it."""

    kind: Literal["as_course"]


CertificateRule = Annotated[NoCertificate | CertificateConditions, Field(discriminator="kind")]
"""Whether a course gives a certificate (C1)."""

Certificate = Annotated[AsCourse | NoCertificate | CertificateConditions, Field(discriminator="kind")]
"""Whether an order gives a certificate (C1)."""


class AfterPayment(Part[terms.AfterPayment]):
    """When the order is activated, or a period later (A2)."""

    kind: Literal["after_payment"]
    delay: Period | None = None


class From(Part[terms.From]):
    """On a date, though not before activation (A2)."""

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
    """Until a date, inclusive, or up to an instant (A3, T5)."""

    kind: Literal["until"]
    at: DateOrTime


Duration = Annotated[Forever | For | Until, Field(discriminator="kind")]
"""How long access lasts (A3)."""


class All(Part[terms.All]):
    """The whole course (L2)."""

    kind: Literal["all"]


def _flag_or_list(value: object, read: Reader) -> object:
    # Before the list is checked, since `true` is no list.
    return value if isinstance(value, bool) else read(value)


class Only(Part[terms.Only]):
    """The named modules, lessons and sections (L2)."""

    kind: Literal["only"]
    modules: Content[Id] = ()
    lessons: Content[Id] = ()
    sections: Content[Id] = ()
    include_new: Annotated[Content[Id], WrapValidator(_flag_or_list, json_schema_input_type=bool | list[Id])] = Field(
        default_factory=tuple,
        description="Whether content added later joins: everywhere in the course, or in the listed modules.",
    )


Scope = Annotated[All | Only, Field(discriminator="kind")]
"""Which lessons are included (L2)."""


class NoDelays(Part[terms.NoDelays]):
    """Everything opens at the start of access, and nothing closes before its end (L3, L5)."""

    kind: Literal["none"]


class OverrideDelays(Part[terms.OverrideDelays]):
    """Own delays; lessons named neither themselves nor by their module have none (L3)."""

    kind: Literal["override"]
    modules: ById[Delay] = Field(default_factory=dict)
    lessons: ById[Delay] = Field(default_factory=dict)


Delays = Annotated[AsCourse | NoDelays | OverrideDelays, Field(discriminator="kind")]
"""When lessons open (L3)."""


class NoCheckpoints(Part[terms.Off]):
    """No checkpoint closes anything (L8)."""

    kind: Literal["off"]


class OverrideCheckpoints(Part[terms.OverrideCheckpoints]):
    """Checkpoints stand exactly at the listed lessons (L8)."""

    kind: Literal["override"]
    lessons: Content[Id] = ()


Checkpoints = Annotated[AsCourse | NoCheckpoints | OverrideCheckpoints, Field(discriminator="kind")]
"""Where lessons wait for practices (L8)."""


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
    """The conditions of access to one product. An edit changes the fields it names; for the others see each field."""

    start: Start = optional("By default after payment.")
    duration: Duration = optional("By default for ever.")
    scope: Scope = optional("By default the whole course.")
    delays: Delays = optional("By default as the course has it.")
    checkpoints: Checkpoints = optional("By default as the course has it.")
    practices: Practices = optional("By default as the course has it.")
    comments: Literal["as_course", "on", "off"] = optional("By default as the course has it (L10).")
    certificate: Certificate = optional("By default as the course has it.")

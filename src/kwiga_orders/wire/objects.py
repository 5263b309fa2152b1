"""Offers, funnels, contacts and the project: what a host gives, or a command makes."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from kwiga_orders import funnel as funnels
from kwiga_orders import offers, payments, project
from kwiga_orders.errors import Refused
from kwiga_orders.letter_kinds import LetterKind
from kwiga_orders.periods import zone_named
from kwiga_orders.wire.faults import INVALID, Complaint, problem, repeated
from kwiga_orders.wire.parts import LinkedPart, Part, optional
from kwiga_orders.wire.scalars import (
    Amount,
    Currency,
    DateOrTime,
    Event,
    Id,
    LocalTime,
    Many,
    Percent,
    Period,
    Set,
    Some,
    Title,
    Word,
    read_as,
)
from kwiga_orders.wire.terms import AccessTerms

__all__ = [
    "Activation",
    "Contact",
    "Discount",
    "Funnel",
    "FunnelStatus",
    "Item",
    "ItemChange",
    "Letters",
    "Offer",
    "OfferState",
    "PaymentOption",
    "Project",
    "QuietHours",
    "RefundPolicy",
    "Rule",
]

OfferState = Annotated[Literal["draft", "published", "archived"], AfterValidator(read_as(offers.OfferState))]
"""Whether an offer can be sold (O9)."""

Activation = Literal["first_payment", "full_payment"]
"""What opens an order (P5)."""

RefundPolicy = Literal["keep", "close_line"]
"""What a partial refund that names a line does to it (P9)."""

_Locale = Literal["uk", "ru", "en"]
Letters = Annotated[Set[LetterKind], Field(description="Kinds of letters that are not sent (N2).")]
"""Kinds of letters (N2)."""
_Gateway = Annotated[Id | None, Field(description="The gateway that its payments take (P3).")]


class Discount(LinkedPart[offers.PercentOff | offers.AmountOff]):
    """A percentage off the sum of the prices, or an amount off it (M4)."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["percent"]}, {"required": ["amount"]}]})

    percent: Percent = optional()
    amount: Amount = optional()

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Find both given, or none."""
        if ("percent" in document) == ("amount" in document):
            yield Complaint((), INVALID, "either a percent or an amount")

    def value(self) -> offers.PercentOff | offers.AmountOff:
        """Give the one that is named."""
        if "percent" in self.model_fields_set:
            return offers.PercentOff(percent=self.percent)
        return offers.AmountOff(amount=self.amount)


class Full(Part[payments.Full]):
    """Everything at once (P12)."""

    kind: Literal["full"]
    id: Id
    total: Amount | None = Field(None, description="What it costs in all, if not the sum of the prices.")
    gateway: _Gateway = None


class Parts(Part[payments.Parts]):
    """Equal parts, one every period, the first at once (P12)."""

    kind: Literal["parts"]
    id: Id
    count: int = Field(ge=1, le=120)
    every: Period
    total: Amount | None = Field(None, description="What it costs in all, if not the sum of the prices.")
    gateway: _Gateway = None


class DatedPart(LinkedPart[payments.DatedPart]):
    """A part of a schedule: due a period after the order is made, or on a date; with neither, at once."""

    amount: Amount
    after: Period | None = None
    on: DateOrTime | None = None

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Find parts that have two due dates."""
        if document.get("after") is not None and document.get("on") is not None:
            yield Complaint((), INVALID, "either after a period or on a date")


class Schedule(Part[payments.Schedule]):
    """A list of amounts, and when each is due (P12)."""

    kind: Literal["schedule"]
    id: Id
    parts: Some[DatedPart]
    total: Amount | None = Field(None, description="What it costs in all, which is the sum of the parts.")
    gateway: _Gateway = None


class Subscription(Part[payments.Subscribe]):
    """An amount per period, for a number of periods or without end, perhaps after a trial (P12, P13)."""

    kind: Literal["subscription"]
    id: Id
    amount: Amount
    every: Period
    periods: Annotated[int, Field(ge=1, le=1200)] | None = None
    trial: Period | None = None
    gateway: _Gateway = None
    retries: Many[Period] = optional(
        "How long after the first failure a saved means is charged again (P17); by default 1, 3 and 5 days."
    )


PaymentOption = Annotated[Full | Parts | Schedule | Subscription, Field(discriminator="kind")]
"""A way to pay for an offer (P12)."""


class Item(Part[offers.ItemAsked]):
    """A product of an offer, its price, and the terms of access to it."""

    product: Id
    price: Amount
    terms: AccessTerms = optional("By default the whole course, after payment, for ever.")
    curators: Many[Id] = ()


class ItemChange(Part[offers.ItemChange]):
    """Changes of an item of an offer: only the named fields; a product that is not there yet is added."""

    product: Id
    price: Amount = optional("Needed by a product that is not there yet.")
    terms: AccessTerms = optional("Only the fields named in it change.")
    curators: Many[Id] = optional()


class Offer(LinkedPart[offers.CreateOffer]):
    """An offer: products, prices, terms, and how it can be paid (O1)."""

    code: Id = Field(description="Unique in the project.")
    title: Title
    state: OfferState = optional("By default `draft`, which is not on sale yet.")
    currency: Currency | None = Field(None, description="By default that of the project.")
    items: Some[Item]
    discount: Discount | None = None
    payment_options: Many[PaymentOption] = optional("Without any: everything at once, with the id `full` (O1).")
    funnel: Id | None = Field(None, description="Where its orders go; by default the project's default funnel.")
    sells_from: DateOrTime | None = None
    sells_until: DateOrTime | None = Field(None, description="A day is included whole (T5).")
    opens_on: Activation = "first_payment"
    refund_policy: RefundPolicy = "keep"
    quiet: Letters = ()
    gateway: _Gateway = None

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Find products and payment options that are named twice."""
        yield from repeated(document, "items", key="product")
        yield from repeated(document, "payment_options", key="id")


class FunnelStatus(Part[funnels.FunnelStatus]):
    """A status of a funnel."""

    id: Id
    name: Title
    colour: Word | None = Field(None, examples=["#4c8"])
    archived: bool = Field(default=False, description="Takes no new orders.")


class Rule(Part[funnels.Rule]):
    """When the event happens, an order goes to the status (F1, F4)."""

    event: Event
    status: Id
    only_from: Many[Id] = Field((), description="Only orders in one of these statuses; of none: in any.")
    every_time: bool = Field(default=False, description="For a host's events: not only the first time.")


class Funnel(Part[funnels.CreateFunnel]):
    """A named, ordered list of statuses, with rules by which events move orders (F1)."""

    id: Id
    title: Title = Field(alias="name")
    statuses: Many[FunnelStatus] = Field((), description="Without any it has one: New, in the project's language.")
    rules: Many[Rule] = ()
    default: bool = Field(default=False, description="Whether it is the project's default funnel (F7).")


class Contact(Part[project.Contact]):
    """A person who orders and learns."""

    id: Id
    name: Word = ""
    email: Word = ""
    phone: Word = ""
    locale: _Locale | None = Field(None, description="By default that of the project.")
    no_letters: Letters = ()


def _zone(name: str) -> str:
    try:
        zone_named(name)
    except Refused:
        raise problem("the name of an IANA time zone, such as Europe/Kyiv") from None
    return name


class QuietHours(Part[project.QuietHours]):
    """Letters that fall due by themselves wait from one local time until another, perhaps over midnight (N2)."""

    start: LocalTime = Field(alias="from")
    end: LocalTime = Field(alias="until")


class Project(Part[project.Project]):
    """A school: its zone, currency, language, and rules of grace."""

    id: Id
    timezone: Annotated[Id, AfterValidator(_zone)] = Field(description="An IANA zone.", examples=["Europe/Kyiv"])
    currency: Currency
    locale: _Locale = "uk"
    grace: Period | None = Field(None, description="How long after it is due an unpaid payment closes access (P8).")
    notice: Period = optional("How long before its end a letter says that access is ending (N2); by default 3 days.")
    grandfather_completed: bool = Field(default=True, description="Keeps completed and begun lessons open (L9).")
    keep_opened: bool = Field(default=True, description="Delays that were over are over in later orders, too (L14).")
    gateway: Id | None = Field(None, description="The gateway that payments of offers take by default (P3).")
    remind_before: Period | None = Field(None, description="How long before a payment is due a letter says so (P14).")
    quiet_hours: QuietHours | None = None

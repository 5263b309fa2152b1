"""Offers, funnels, contacts and projects, as a host gives them or a command makes them."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from kwiga_orders import funnel as funnels
from kwiga_orders import offers, payments, project
from kwiga_orders.bounds import PERIODS
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
"""Whether an offer is on sale (O9)."""

Activation = Literal["first_payment", "full_payment"]
"""What activates an order (P5)."""

RefundPolicy = Literal["keep", "close_line"]
"""What a partial refund that names a line does to the line (P9)."""

_Locale = Literal["uk", "ru", "en"]
Letters = Annotated[Set[LetterKind], Field(description="Kinds of letters that are not sent (N2).")]
"""Kinds of letters (N2)."""
_Gateway = Annotated[Id | None, Field(description="The gateway for its payments (P3).")]


class Discount(LinkedPart[offers.PercentOff | offers.AmountOff]):
    """A discount: a percentage of the sum of the prices, or an amount (M4)."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["percent"]}, {"required": ["amount"]}]})

    percent: Percent = optional()
    amount: Amount = optional()

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report a discount with both fields or with none."""
        if ("percent" in document) == ("amount" in document):
            yield Complaint((), INVALID, "either a percent or an amount")

    def value(self) -> offers.PercentOff | offers.AmountOff:
        """Give the kind of discount that the document names."""
        if "percent" in self.model_fields_set:
            return offers.PercentOff(percent=self.percent)
        return offers.AmountOff(amount=self.amount)


class Full(Part[payments.Full]):
    """One payment for everything, at once (P12)."""

    kind: Literal["full"]
    id: Id
    total: Amount | None = Field(None, description="The total price; by default the sum of the prices.")
    gateway: _Gateway = None


class Parts(Part[payments.Parts]):
    """Equal parts, one each period, the first at once (P12)."""

    kind: Literal["parts"]
    id: Id
    count: int = Field(ge=1, le=120)
    every: Period
    total: Amount | None = Field(None, description="The total price; by default the sum of the prices.")
    gateway: _Gateway = None


class DatedPart(LinkedPart[payments.DatedPart]):
    """A part of a schedule: due a period after the order is made, or on a date. With neither it is due at once."""

    amount: Amount
    after: Period | None = None
    on: DateOrTime | None = None

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report parts with two due dates."""
        if document.get("after") is not None and document.get("on") is not None:
            yield Complaint((), INVALID, "either after a period or on a date")


class Schedule(Part[payments.Schedule]):
    """A list of amounts, each with its due date (P12)."""

    kind: Literal["schedule"]
    id: Id
    parts: Some[DatedPart]
    total: Amount | None = Field(None, description="The total price; it must be the sum of the parts.")
    gateway: _Gateway = None


class Subscription(Part[payments.Subscribe]):
    """An amount per period, for a number of periods or without end, with or without a trial (P12, P13)."""

    kind: Literal["subscription"]
    id: Id
    amount: Amount
    every: Period
    periods: Annotated[int, Field(ge=1, le=PERIODS)] | None = None
    trial: Period | None = None
    gateway: _Gateway = None
    retries: Many[Period] = optional(
        "How long after the first failure a saved means is charged again (P17); by default 1, 3 and 5 days."
    )


PaymentOption = Annotated[Full | Parts | Schedule | Subscription, Field(discriminator="kind")]
"""A way to pay for an offer (P12)."""


class Item(Part[offers.ItemAsked]):
    """A product of an offer, with its price and terms of access."""

    product: Id
    price: Amount
    terms: AccessTerms = optional("The terms of access; by default the whole course, after payment, for ever.")
    curators: Many[Id] = ()


class ItemChange(Part[offers.ItemChange]):
    """Changes to a product of an offer. Only the named fields change; a product that is not in the offer is added."""

    product: Id
    price: Amount = optional("The price; required for a product that is new in the offer.")
    terms: AccessTerms = optional("The terms of access; only the named fields change.")
    curators: Many[Id] = optional()


class Offer(LinkedPart[offers.CreateOffer]):
    """An offer: products, prices, terms, and how it can be paid (O1)."""

    code: Id = Field(description="The code of the offer, unique in the project.")
    title: Title
    state: OfferState = optional("By default `draft`, which is not on sale.")
    currency: Currency | None = Field(None, description="By default the one of the project.")
    items: Some[Item]
    discount: Discount | None = None
    payment_options: Many[PaymentOption] = optional(
        "By default one option: everything at once, with the id `full` (O1)."
    )
    funnel: Id | None = Field(None, description="The funnel for its orders; by default the project's default funnel.")
    sells_from: DateOrTime | None = None
    sells_until: DateOrTime | None = Field(None, description="The end of the sale; a day is included (T5).")
    opens_on: Activation = "first_payment"
    refund_policy: RefundPolicy = "keep"
    quiet: Letters = ()
    gateway: _Gateway = None

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report products and payment options that are listed twice."""
        yield from repeated(document, "items", key="product")
        yield from repeated(document, "payment_options", key="id")


class FunnelStatus(Part[funnels.FunnelStatus]):
    """A status of a funnel."""

    id: Id
    name: Title
    colour: Word | None = Field(None, examples=["#4c8"])
    archived: bool = Field(default=False, description="Whether the status is archived: it takes no new orders.")


class Rule(Part[funnels.Rule]):
    """A rule: when the event happens, an order moves to the status (F1, F4)."""

    event: Event
    status: Id
    only_from: Many[Id] = Field(
        (), description="The rule applies only to orders in these statuses; empty: in any status."
    )
    every_time: bool = Field(
        default=False,
        description="Whether an event of the host moves the order each time, and not only the first time.",
    )


class Funnel(Part[funnels.CreateFunnel]):
    """A named, ordered list of statuses, with rules by which events move orders (F1)."""

    id: Id
    title: Title = Field(alias="name")
    statuses: Many[FunnelStatus] = Field((), description="By default one status: New, in the project's language.")
    rules: Many[Rule] = ()
    default: bool = Field(default=False, description="Whether it is the project's default funnel (F7).")


class Contact(Part[project.Contact]):
    """A person who orders and learns."""

    id: Id
    name: Word = ""
    email: Word = ""
    phone: Word = ""
    locale: _Locale | None = Field(None, description="By default the one of the project.")
    no_letters: Letters = ()


def _zone(name: str) -> str:
    try:
        zone_named(name)
    except Refused:
        raise problem("the name of an IANA time zone, such as Europe/Kyiv") from None
    return name


class QuietHours(Part[project.QuietHours]):
    """Local hours, perhaps over midnight, in which letters about due work wait (N2)."""

    start: LocalTime = Field(alias="from")
    end: LocalTime = Field(alias="until")


class Project(Part[project.Project]):
    """A school: its time zone, currency, language, and rules for overdue payments."""

    id: Id
    timezone: Annotated[Id, AfterValidator(_zone)] = Field(description="An IANA time zone.", examples=["Europe/Kyiv"])
    currency: Currency
    locale: _Locale = "uk"
    grace: Period | None = Field(
        None, description="How long an overdue payment may stay unpaid before it closes access (P8)."
    )
    notice: Period = optional("How long before the end of access a letter announces it (N2); by default 3 days.")
    grandfather_completed: bool = Field(
        default=True, description="Whether lessons that were completed or begun stay open (L9)."
    )
    keep_opened: bool = Field(
        default=True, description="Whether a lesson whose delay has passed stays open in later orders, too (L14)."
    )
    gateway: Id | None = Field(None, description="The default gateway for payments of offers (P3).")
    remind_before: Period | None = Field(
        None, description="How long before a payment is due a letter reminds of it (P14)."
    )
    quiet_hours: QuietHours | None = None

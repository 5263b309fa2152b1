"""The JSON shapes of a school: settings, gateways, funnels, offers, contacts, outlines, tags, texts."""

from typing import Annotated, Literal, TypedDict

from kwiga_orders.codec import Json
from kwiga_orders.course import CertificateRule, Checkpoint, Delay
from kwiga_orders.payments import PaymentOption
from kwiga_orders.terms import AccessTerms

__all__ = [
    "ActorView",
    "BoughtView",
    "ContactView",
    "ContactsView",
    "CourseView",
    "DiscountView",
    "FunnelView",
    "GatewayAbilitiesView",
    "GatewayView",
    "LessonOutlineView",
    "ModuleView",
    "OfferItemView",
    "OfferVersionView",
    "PeriodView",
    "PersonView",
    "PracticeView",
    "ProjectView",
    "QuietHoursView",
    "RuleView",
    "SoldOfferView",
    "StaffView",
    "StatusView",
    "TagView",
    "TextsView",
]


# `Annotated[Json, SomeClass]` is a value of that domain class as `plain` writes it; the JSON Schema describes it.
class ActorView(TypedDict):
    """The actor of a command (O10)."""

    kind: Literal["staff", "customer", "gateway", "host"]
    id: str


class PeriodView(TypedDict, total=False):
    """A calendar period: a number of days or a number of months."""

    days: int
    months: int


class DiscountView(TypedDict, total=False):
    """A discount, as a percentage or as an amount."""

    percent: str
    amount: str


QuietHoursView = TypedDict("QuietHoursView", {"from": str, "until": str})
"""The local hours in which letters about due work wait (N2)."""
QuietHoursView.__doc__ = "The local hours in which letters about due work wait (N2)."


class ProjectView(TypedDict):
    """The settings of a project."""

    id: str
    timezone: str
    currency: str
    locale: Literal["uk", "ru", "en"]
    grace: PeriodView | None
    notice: PeriodView
    grandfather_completed: bool
    keep_opened: bool
    gateway: str | None
    remind_before: PeriodView | None
    quiet_hours: QuietHoursView | None


class GatewayAbilitiesView(TypedDict):
    """What a gateway can do. `currencies` null means any currency."""

    honours_keys: bool
    saved_means: bool
    refunds: bool
    partial_refunds: bool
    currencies: list[str] | None


class GatewayView(TypedDict):
    """A connected gateway (P3)."""

    name: str
    capabilities: GatewayAbilitiesView


class TagView(TypedDict):
    """A tag and the number of orders that have it."""

    tag: str
    count: int


class StatusView(TypedDict):
    """A status of a funnel. An archived status takes no orders (F6)."""

    id: str
    name: str
    colour: str | None
    archived: bool


class RuleView(TypedDict):
    """A rule of a funnel: the event moves an order to the status (F1, F4). Empty `only_from`: from any status."""

    event: str
    status: str
    only_from: list[str]
    every_time: bool


class FunnelView(TypedDict):
    """A funnel: its statuses in order, its rules, and whether it is the default funnel of the project (F1, F7)."""

    id: str
    name: str
    default: bool
    version: int
    statuses: list[StatusView]
    rules: list[RuleView]


class OfferItemView(TypedDict):
    """A product of an offer with its price and its terms of access."""

    product: str
    product_title: str | None
    price: str
    terms: Annotated[Json, AccessTerms]
    curators: list[str]
    curator_names: list[str | None]


class OfferVersionView(TypedDict):
    """A version of an offer: when it was made, and by whom (O8)."""

    version: int
    at: str
    actor: ActorView
    actor_name: str | None


class SoldOfferView(TypedDict):
    """One version of an offer, by default the newest (O1, O8). `orders` is the number of orders made from the offer."""

    code: str
    title: str
    state: Literal["draft", "published", "archived"]
    currency: str
    items: list[OfferItemView]
    discount: DiscountView | None
    payment_options: list[Annotated[Json, PaymentOption]]
    funnel: str | None
    funnel_name: str | None
    sells_from: str | None
    sells_until: str | None
    opens_on: Literal["first_payment", "full_payment"]
    refund_policy: Literal["keep", "close_line"]
    quiet: list[str]
    gateway: str | None
    version: int
    versions: list[OfferVersionView]
    orders: int


class BoughtView(TypedDict):
    """A product that a contact has bought: one of an activated order."""

    product: str
    product_title: str | None


class PersonView(TypedDict):
    """Somebody of the staff."""

    id: str
    name: str


class StaffView(TypedDict):
    """A page of the people of the staff, by name (V8).

    `listed` is false where the host has no list of them; there are no rows then, and forms have people typed by id.
    """

    rows: list[PersonView]
    next: str | None
    listed: bool


class ContactView(TypedDict):
    """A contact: the products they have bought, and by currency what they have paid (net) and what they owe (V8).

    `merged_into` is the contact that replaced this one. An `erased` contact has no personal data left (V9).
    """

    id: str
    name: str
    email: str
    phone: str
    locale: Literal["uk", "ru", "en"] | None
    no_letters: list[str]
    orders: int
    bought: list[BoughtView]
    paid: dict[str, str]
    owed: dict[str, str]
    merged_into: str | None
    erased: bool


class TextsView(TypedDict):
    """The texts of a language: labels by key, and the plural forms of texts that have them (V8)."""

    locale: str
    labels: dict[str, str]
    forms: dict[str, dict[str, str]]


class ContactsView(TypedDict):
    """A page of contacts, sorted by name. `next` is the cursor of the next page, null on the last one (V8)."""

    rows: list[ContactView]
    next: str | None


class PracticeView(TypedDict):
    """A practice of a lesson (L7)."""

    id: str
    required: bool
    review: Literal["curator", "auto"]


class LessonOutlineView(TypedDict):
    """A lesson of a module (L2-L6)."""

    id: str
    title: str
    added_at: str | None
    delay: Annotated[Json, Delay] | None
    closes: Annotated[Json, Delay] | None
    sections: list[str]
    tests: list[str]
    checkpoint: Annotated[Json, Checkpoint] | None
    practices: list[PracticeView]


class ModuleView(TypedDict):
    """A module of a course, with its lessons in order."""

    id: str
    title: str
    delay: Annotated[Json, Delay] | None
    lessons: list[LessonOutlineView]


class CourseView(TypedDict):
    """The host's present outline of a product. A product without lessons has no modules."""

    product: str
    title: str
    comments: bool
    certificate: Annotated[Json, CertificateRule]
    modules: list[ModuleView]

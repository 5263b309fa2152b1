"""The shapes of answers about the school: settings, gateways, funnels, offers, contacts, outlines, tags, texts."""

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


# `Json` that is annotated with a class of the domain is a value of it, as `plain` writes it: the schema says how.
class ActorView(TypedDict):
    """Who gave a command (O10)."""

    kind: Literal["staff", "customer", "gateway", "host"]
    id: str


class PeriodView(TypedDict, total=False):
    """A stretch of calendar time: N days or N months."""

    days: int
    months: int


class DiscountView(TypedDict, total=False):
    """A discount as an offer is given it: a percentage, or an amount."""

    percent: str
    amount: str


QuietHoursView = TypedDict("QuietHoursView", {"from": str, "until": str})
"""From one local time to another: letters that fall due by themselves wait (N2)."""
QuietHoursView.__doc__ = "From one local time to another: letters that fall due by themselves wait (N2)."


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
    """What a gateway can do; `currencies` null: any."""

    honours_keys: bool
    saved_means: bool
    refunds: bool
    partial_refunds: bool
    currencies: list[str] | None


class GatewayView(TypedDict):
    """A connected payment system (P3)."""

    name: str
    capabilities: GatewayAbilitiesView


class TagView(TypedDict):
    """A tag in use, and how many orders have it."""

    tag: str
    count: int


class StatusView(TypedDict):
    """A status of a funnel; an archived one takes no orders (F6)."""

    id: str
    name: str
    colour: str | None
    archived: bool


class RuleView(TypedDict):
    """When the event happens, an order goes to the status (F1, F4); `only_from` empty: from any."""

    event: str
    status: str
    only_from: list[str]
    every_time: bool


class FunnelView(TypedDict):
    """A funnel: its statuses in order, its rules, and whether it is the project's default one (F1, F7)."""

    id: str
    name: str
    default: bool
    version: int
    statuses: list[StatusView]
    rules: list[RuleView]


class OfferItemView(TypedDict):
    """A product of an offer, its price, and the terms of access to it."""

    product: str
    product_title: str | None
    price: str
    terms: Annotated[Json, AccessTerms]
    curators: list[str]
    curator_names: list[str | None]


class OfferVersionView(TypedDict):
    """When a version of an offer was made, and by whom (O8)."""

    version: int
    at: str
    actor: ActorView


class SoldOfferView(TypedDict):
    """An offer as one of its versions says, the newest if none was named (O1, O8); `orders` were made from it."""

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
    """A product that a contact has bought: in an order that was activated."""

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
    """A contact, with what was bought, paid net, and is owed, by currency (V8).

    `merged_into` is the contact that took its place; an `erased` one has nothing of the person left (V9).
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
    """What things are called in a language: labels by key, and the plural forms of those that have them (V8)."""

    locale: str
    labels: dict[str, str]
    forms: dict[str, dict[str, str]]


class ContactsView(TypedDict):
    """A page of contacts by name; `next` asks for the page after it (V8)."""

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
    """The host's outline of a product as it is now; a product without lessons has no modules."""

    product: str
    title: str
    comments: bool
    certificate: Annotated[Json, CertificateRule]
    modules: list[ModuleView]

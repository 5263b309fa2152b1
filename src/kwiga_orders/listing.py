"""What a store is asked for about many records, and what a page of them holds (V1-V3, V8, F8)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import ClassVar, Generic, Literal, TypeVar

import attrs

from kwiga_orders.checked import Checked
from kwiga_orders.delivery import ParkedRow
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order, Task
from kwiga_orders.orders.status_history import Track
from kwiga_orders.project import Contact
from kwiga_orders.views.list_shapes import CardView

__all__ = [
    "Card",
    "CardPage",
    "Change",
    "ChangePage",
    "ChangeSearch",
    "ContactPage",
    "ContactSearch",
    "ContactSums",
    "ContactsById",
    "Histories",
    "HistoryPage",
    "HistorySearch",
    "LabelCount",
    "LabelCounts",
    "Lookup",
    "OrderFilters",
    "OrderSearch",
    "Page",
    "ParkedPage",
    "ParkedSearch",
    "StatusCount",
    "SumsOfContacts",
    "Taken",
    "TakenThrough",
    "TakingsSearch",
    "TaskPage",
    "TaskRow",
    "TaskSearch",
    "TrackPage",
]

T_co = TypeVar("T_co", covariant=True)


@attrs.frozen(kw_only=True)
class OrderFilters(Checked):
    """Which orders; an empty tuple or None does not filter. Dates are days in the project's zone, both included (V1).

    `unassigned` orders have no manager; the `team` of one is its manager and its responsibles (K8); one that is `due`
    has a payment that asks for something (P15).
    """

    takes_local_times: ClassVar[bool] = False
    funnel: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    payment_status: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    manager: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    offer: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    number: tuple[int, ...] = ()
    gateway: tuple[str, ...] = ()
    payment_kind: tuple[str, ...] = ()
    cancelled: bool | None = None
    superseded: bool | None = None
    overpaid: bool | None = None
    needs_attention: bool | None = None
    unassigned: bool | None = None
    created_from: date | datetime | None = None
    created_until: date | datetime | None = None
    updated_from: date | datetime | None = None
    updated_until: date | datetime | None = None
    paid_from: date | datetime | None = None
    paid_until: date | datetime | None = None
    due_from: date | datetime | None = None
    due_until: date | datetime | None = None
    search: str | None = None


@attrs.frozen(kw_only=True)
class OrderSearch:
    """Which orders to list, in which order, from where on (V1). An empty tuple or None does not filter.

    Instants bound half-open windows. `text` is matched as V3 says. `after` is the cursor of the page before.
    """

    funnel: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    payment_status: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    manager: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    offer: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    number: tuple[int, ...] = ()
    gateway: tuple[str, ...] = ()
    payment_kind: tuple[str, ...] = ()
    cancelled: bool | None = None
    superseded: bool | None = None
    overpaid: bool | None = None
    needs_attention: bool | None = None
    unassigned: bool | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None
    updated_from: datetime | None = None
    updated_until: datetime | None = None
    paid_from: datetime | None = None
    paid_until: datetime | None = None
    due_from: datetime | None = None
    due_until: datetime | None = None
    text: str | None = None
    sort: Literal["created", "updated", "number", "total", "due"] = "created"
    descending: bool = True
    limit: int = 50
    after: str | None = None


@attrs.frozen(kw_only=True)
class Page:
    """A page of orders; `next` is the cursor of the page after it, None if this is the last (V1).

    `unreadable` names orders that would be on it, if they could be read.
    """

    orders: tuple[Order, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()


# The view is the card: stores keep it ready, and lists give it out as it is.
Card = CardView
"""What a list shows of an order; it is drawn by `views.cards.card_of`."""


@attrs.frozen(kw_only=True)
class CardPage:
    """A page of orders, of each its card; `next` as in `Page` (V1)."""

    cards: tuple[Card, ...]
    next: str | None = None


@attrs.frozen(kw_only=True)
class TrackPage:
    """Where a page of orders stood; `next` is the cursor of the page after it, None if this is the last (F8)."""

    tracks: tuple[Track, ...]
    next: str | None = None


@attrs.frozen(kw_only=True)
class StatusCount:
    """How many orders stand in a status; by currency, in minor units, what they are worth, paid net, owed (V2, P7)."""

    status: str
    count: int
    sums: Mapping[str, int] = attrs.field(factory=dict)
    paid: Mapping[str, int] = attrs.field(factory=dict)
    owed: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Lookup(Generic[T_co]):
    """A question about many records, to which a store gives a `T_co` by its indexes (`Records.look_up`)."""


@attrs.frozen(kw_only=True)
class ContactsById(Lookup[Mapping[str, Contact]]):
    """The contacts of these ids, as far as the project has them."""

    ids: tuple[str, ...]


@attrs.frozen(kw_only=True)
class LabelCount:
    """How many orders have a label: a tag, or the offer they came from."""

    value: str
    count: int


@attrs.frozen(kw_only=True)
class LabelCounts(Lookup[Sequence[LabelCount]]):
    """How many orders have each tag, or came from each offer; by label, those of none left out (V8)."""

    kind: Literal["tag", "offer"]


@attrs.frozen(kw_only=True)
class ContactPage:
    """A page of contacts; `next` is the cursor of the page after it."""

    contacts: tuple[Contact, ...]
    next: str | None = None


@attrs.frozen(kw_only=True)
class ContactSearch(Lookup[ContactPage]):
    """Contacts by name, all or those that a text finds (V3), without merged and erased ones (V9)."""

    text: str | None = None
    limit: int = 50
    after: str | None = None


@attrs.frozen(kw_only=True)
class ContactSums:
    """What a contact has ordered: how many orders, which products of activated ones, what is paid net and owed.

    Sums are by currency, in minor units.
    """

    orders: int = 0
    bought: tuple[str, ...] = ()
    paid: Mapping[str, int] = attrs.field(factory=dict)
    owed: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class SumsOfContacts(Lookup[Mapping[str, ContactSums]]):
    """What these contacts have ordered; one without orders may be left out."""

    ids: tuple[str, ...]


@attrs.frozen(kw_only=True)
class TaskRow:
    """A task, and the order it is about (O14)."""

    order: str
    number: int
    contact: str
    task: Task


@attrs.frozen(kw_only=True)
class TaskPage:
    """A page of tasks; `next` is the cursor of the page after it."""

    rows: tuple[TaskRow, ...]
    next: str | None = None


@attrs.frozen(kw_only=True)
class TaskSearch(Lookup[TaskPage]):
    """Tasks over all orders: by when they are due, those without a date last, then by order (O14).

    Without a `limit` all of them are on one page.
    """

    assignee: str | None = None
    done: bool | None = None
    due_from: datetime | None = None
    due_until: datetime | None = None
    limit: int | None = None
    after: str | None = None


@attrs.frozen(kw_only=True)
class Change:
    """Something that happened to an order."""

    order: str
    number: int
    version: int
    at: datetime
    event: str


@attrs.frozen(kw_only=True)
class ChangePage:
    """What happened, in the order in which it was written; `next` is where to go on, also if nothing is left."""

    changes: tuple[Change, ...]
    next: str


@attrs.frozen(kw_only=True)
class ChangeSearch(Lookup[ChangePage]):
    """What happened to orders after a cursor, or from the start (V8). A `limit` of 0 gives the cursor of now."""

    after: str | None = None
    limit: int = 100


@attrs.frozen(kw_only=True)
class HistoryPage:
    """A part of a history, from older to newer; `next` is the cursor of what follows, None if nothing does."""

    rows: tuple[Recorded, ...]
    next: str | None = None


@attrs.frozen(kw_only=True)
class HistorySearch(Lookup[HistoryPage]):
    """A part of the history of an order: what follows a cursor or, if `newest`, the last rows (O10)."""

    order: str
    limit: int
    after: str | None = None
    newest: bool = False


@attrs.frozen(kw_only=True)
class Taken:
    """What came and went under a key, from `since` to the next instant that was asked about; in minor units (V8).

    `count` is how many times money came.
    """

    key: str | None
    since: datetime
    currency: str
    paid: int
    refunded: int
    count: int


@attrs.frozen(kw_only=True)
class TakingsSearch(Lookup[Sequence[Taken]]):
    """What came and went between instants, two or more of them in order of time; by instant, then key, then currency.

    If money is grouped by time alone, the key is None. Else it is the offer, manager, gateway or product; None if the
    money has none.
    """

    instants: tuple[datetime, ...]
    by: Literal["time", "offer", "product", "manager", "gateway", "kind"] = "time"


@attrs.frozen(kw_only=True)
class TakenThrough(Lookup[Sequence[str]]):
    """The ids of the orders of which money came, or went back, through a gateway from one instant up to another."""

    gateway: str
    starts_at: datetime
    ends_at: datetime


@attrs.frozen(kw_only=True)
class Histories(Lookup[Mapping[str, Sequence[Recorded]]]):
    """The whole histories of some orders (O10)."""

    orders: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ParkedPage:
    """A page of parked rows; `next` is the cursor of the page after it."""

    rows: tuple[ParkedRow, ...]
    next: str | None = None


@attrs.frozen(kw_only=True)
class ParkedSearch(Lookup[ParkedPage]):
    """The parked rows of the outbox, in the order of writing, or those of `ids` (N1)."""

    ids: tuple[str, ...] | None = None
    limit: int = 50
    after: str | None = None

"""Queries to a store about many records, and the pages that answer them (V1-V3, V8, F8)."""

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
    """Filters of orders; an empty tuple or None does not filter. Dates are days in the project's zone, inclusive (V1).

    An `unassigned` order has no manager. The `team` of an order is its manager and its responsibles (K8). A `due` order
    has a payment that asks for money (P15).
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
    """A search for orders: filters, sorting and position (V1). An empty tuple or None does not filter.

    Windows of instants are half-open. `text` is matched by V3. `after` is the cursor that the page before gave.
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

    `unreadable` names orders of the page that cannot be read.
    """

    orders: tuple[Order, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()


# Stores keep cards in the form of the view, so lists need not convert them.
Card = CardView
"""An order as lists show it; `views.cards.card_of` computes it."""


@attrs.frozen(kw_only=True)
class CardPage:
    """A page of orders as cards; `next` as in `Page` (V1)."""

    cards: tuple[Card, ...]
    next: str | None = None


@attrs.frozen(kw_only=True)
class TrackPage:
    """The status history of a page of orders; `next` is the cursor of the next page, None if this is the last (F8)."""

    tracks: tuple[Track, ...]
    next: str | None = None


@attrs.frozen(kw_only=True)
class StatusCount:
    """The number of orders in a status; and by currency, in minor units, their total, net paid and owed (V2, P7)."""

    status: str
    count: int
    sums: Mapping[str, int] = attrs.field(factory=dict)
    paid: Mapping[str, int] = attrs.field(factory=dict)
    owed: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Lookup(Generic[T_co]):
    """A query about many records, which a store answers with a `T_co` by its indexes (`Records.look_up`)."""


@attrs.frozen(kw_only=True)
class ContactsById(Lookup[Mapping[str, Contact]]):
    """The contacts of these ids, as far as the project has them."""

    ids: tuple[str, ...]


@attrs.frozen(kw_only=True)
class LabelCount:
    """The number of orders with a label: a tag, or the offer they were made from."""

    value: str
    count: int


@attrs.frozen(kw_only=True)
class LabelCounts(Lookup[Sequence[LabelCount]]):
    """The number of orders with each tag, or from each offer; sorted by label, without zeros (V8)."""

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
    """The orders of a contact in sums: their number, the products of activated ones, net paid and owed.

    Amounts are by currency, in minor units.
    """

    orders: int = 0
    bought: tuple[str, ...] = ()
    paid: Mapping[str, int] = attrs.field(factory=dict)
    owed: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class SumsOfContacts(Lookup[Mapping[str, ContactSums]]):
    """The sums of these contacts; one without orders may be left out."""

    ids: tuple[str, ...]


@attrs.frozen(kw_only=True)
class TaskRow:
    """A task with its order (O14)."""

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
    """Tasks of all orders, sorted by due date, those without one last, then by order (O14).

    Without a `limit` all are on one page.
    """

    assignee: str | None = None
    done: bool | None = None
    due_from: datetime | None = None
    due_until: datetime | None = None
    limit: int | None = None
    after: str | None = None


@attrs.frozen(kw_only=True)
class Change:
    """An event of an order, in the list of changes."""

    order: str
    number: int
    version: int
    at: datetime
    event: str


@attrs.frozen(kw_only=True)
class ChangePage:
    """A page of changes in the order of writing; `next` is always the cursor for later changes."""

    changes: tuple[Change, ...]
    next: str


@attrs.frozen(kw_only=True)
class ChangeSearch(Lookup[ChangePage]):
    """The changes of orders after a cursor, or from the start (V8). A `limit` of 0 only gives the current cursor."""

    after: str | None = None
    limit: int = 100


@attrs.frozen(kw_only=True)
class HistoryPage:
    """A part of a history, from older to newer; `next` is the cursor of the next part, None if this is the last."""

    rows: tuple[Recorded, ...]
    next: str | None = None


@attrs.frozen(kw_only=True)
class HistorySearch(Lookup[HistoryPage]):
    """A part of the history of an order: the rows after a cursor, or the last rows if `newest` (O10)."""

    order: str
    limit: int
    after: str | None = None
    newest: bool = False


@attrs.frozen(kw_only=True)
class Taken:
    """Money paid and refunded for one key, from `since` to the next instant of the query; in minor units (V8).

    `count` is the number of payments.
    """

    key: str | None
    since: datetime
    currency: str
    paid: int
    refunded: int
    count: int


@attrs.frozen(kw_only=True)
class TakingsSearch(Lookup[Sequence[Taken]]):
    """Money paid and refunded between instants (two or more, in order), sorted by instant, key and currency.

    Grouped only by time, the key is None. Otherwise it is the offer, manager, gateway or product, None for money
    without one.
    """

    instants: tuple[datetime, ...]
    by: Literal["time", "offer", "product", "manager", "gateway", "kind"] = "time"


@attrs.frozen(kw_only=True)
class TakenThrough(Lookup[Sequence[str]]):
    """The ids of orders with money paid or refunded through a gateway between two instants."""

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

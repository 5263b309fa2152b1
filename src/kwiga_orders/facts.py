"""What a decision or an answer may ask for, and what a decision leaves behind.

Rules never do I/O. What they need to know they ask for by yielding a look at the `Sources`; whoever runs them, sync or
async, answers each look and sends the result back in. So the same code runs in both worlds, and a rule that needs
one more fact asks for it where it needs it.

    def title_of(code: str) -> Asking[str]:
        offer = yield from ask(lambda source: source.records.find_offer(code))
        return "" if offer is None else offer.current.title
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol, TypeVar, cast

import attrs

from kwiga_orders.codec import Json
from kwiga_orders.course import Course, Progress
from kwiga_orders.funnel import Funnel
from kwiga_orders.offers import Offer
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.tracks import Track
from kwiga_orders.project import Contact, Project

__all__ = [
    "NOTHING",
    "Asking",
    "Card",
    "CardPage",
    "Changes",
    "Courses",
    "Look",
    "OrderSearch",
    "OutboxRow",
    "Page",
    "ProgressSource",
    "Receipt",
    "Records",
    "Repeated",
    "Sources",
    "StatusCount",
    "TrackPage",
    "ask",
]

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class OrderSearch:
    """Which orders to list, in which order, from where on (V1). An empty tuple does not filter.

    Instants bound half-open windows. `text` is matched as V3 says. `after` is the cursor of the page before.
    """

    funnel: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    payment_status: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    manager: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    offer: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    created_from: datetime | None = None
    created_until: datetime | None = None
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
    """A page of orders; `next` is the cursor of the page after it, None if this is the last (V1)."""

    orders: tuple[Order, ...]
    next: str | None = None


Card = Mapping[str, Json]
"""What a list shows of an order: a `CardView`, which is drawn by `views.cards.card_of`."""


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
    """How many orders stand in a status, and the sum of their totals by currency, in minor units (V2)."""

    status: str
    count: int
    sums: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Receipt:
    """The answer to a command: the order it was about, its version now, the names of the events, what was made.

    `link` is where an attempt that was begun is paid, if the service has its gateway (P3); it is never kept.
    """

    order: str | None = None
    version: int | None = None
    events: tuple[str, ...] = ()
    made: str | None = None
    link: str | None = None


@attrs.frozen(kw_only=True)
class Repeated:
    """What is kept under an idempotency key: the fingerprint of the command, and its first answer (K1)."""

    key: str
    fingerprint: str
    receipt: Receipt


@attrs.frozen(kw_only=True)
class OutboxRow:
    """Something to tell outside once the change is committed (N1).

    `id` is stable and sorts by the order of cause within an order; a letter's `key` is that of the fact it tells of,
    and is never sent twice (N2). `kind` is "letter" or "event", `name` the letter's kind or the event's name. What is
    of kind "gateway" is not for the notifier: the gateway of that name carries it out, and is handed the `key`.
    """

    id: str
    kind: Literal["letter", "event", "gateway"]
    name: str
    order: str
    contact: str
    at: datetime
    key: str
    gateway: str | None = None
    data: Mapping[str, object] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Changes:
    """All that is written at once or not at all (K4).

    It may be what several commands write, decided one after another. `contacts` are made or replaced.
    `orders` are the new states; `based_on` gives the version each was decided on, 0 for a new one. `offers` and
    `funnels` carry their own counters: `revision` and `version`, one more than what is stored, 1 for a new one.

    `next_due` says when something next falls due for an order, None: nothing by itself. An order that is not named
    there keeps what it had, a new one is looked at at once. `due_anew` names the offers whose orders are looked at at
    once, because their windows may have moved (O8).
    """

    contacts: tuple[Contact, ...] = ()
    orders: tuple[Order, ...] = ()
    based_on: Mapping[str, int] = attrs.field(factory=dict)
    history: tuple[Recorded, ...] = ()
    offers: tuple[Offer, ...] = ()
    funnels: tuple[Funnel, ...] = ()
    removed_funnels: tuple[str, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    repeated: tuple[Repeated, ...] = ()
    next_due: Mapping[str, datetime | None] = attrs.field(factory=dict)
    due_anew: tuple[str, ...] = ()


NOTHING = Changes()
"""Nothing is written."""


class Records(Protocol):
    """What is stored of one project (K6), at one consistent moment.

    `find_` gives None for what is not there, and for what belongs to another project.
    """

    def get_project(self) -> Project:
        """Give the project itself."""
        ...

    def find_contact(self, id: str, /) -> Contact | None:
        """Give a contact."""
        ...

    def find_order(self, id: str, /) -> Order | None:
        """Give an order."""
        ...

    def orders_of(self, contact: str, /, *, product: str | None = None, offer: str | None = None) -> Sequence[Order]:
        """Give the orders of a contact by number; only those with a line for `product`, or made from `offer`."""
        ...

    def find_offer(self, code: str, /) -> Offer | None:
        """Give an offer with all its versions."""
        ...

    def orders_from(self, offer: str, /) -> Sequence[Order]:
        """Give the orders made from an offer, by number (O8)."""
        ...

    def find_funnel(self, id: str, /) -> Funnel | None:
        """Give a funnel."""
        ...

    def all_funnels(self) -> Sequence[Funnel]:
        """Give all funnels of the project, the default one first, the others by id."""
        ...

    def offers_naming(self, funnel: str, /) -> Sequence[str]:
        """Give the codes of the offers whose newest version names that funnel (F6)."""
        ...

    def orders_in(self, funnel: str, /, *, status: str | None = None) -> Sequence[Order]:
        """Give the orders that stand in a funnel, or in one status of it, by number (F6)."""
        ...

    def next_number(self, of: Literal["order", "certificate"], /) -> int:
        """Give the next free number (O5, C3). It is taken when the change that uses it is committed."""
        ...

    def find_repeated(self, key: str, /) -> Repeated | None:
        """Give what is kept under an idempotency key (K1)."""
        ...

    def history_of(self, order: str, /) -> Sequence[Recorded]:
        """Give the history of an order from the start (O10)."""
        ...

    def letters_sent(self, contact: str | None, /) -> Sequence[OutboxRow]:
        """Give the letters that were handed to the notifier, to one contact or to all, in order (N1)."""
        ...

    def due_orders(self, until: datetime, /, *, limit: int) -> Sequence[str]:
        """Give the ids of orders for which something falls due by that instant, the longest due first."""
        ...

    def unsettled_orders(self, gateway: str, /, *, after: str, limit: int) -> Sequence[str]:
        """Give the ids, in their order, of the orders after `after` that a gateway knows more of (P4)."""
        ...

    def search(self, search: OrderSearch, /) -> Page:
        """Give a page of orders (V1, V3)."""
        ...

    def cards(self, search: OrderSearch, /) -> CardPage:
        """Give the same page as `search` does, of each order its card: a store need not load orders for that (V2)."""
        ...

    def cards_by_status(self, search: OrderSearch, /) -> Mapping[str, Sequence[Card]]:
        """Give of each status that `search` names the newest cards, `limit` of each, however it sorts (V2)."""
        ...

    def count_by_status(self, search: OrderSearch, /) -> Sequence[StatusCount]:
        """Count the orders that match, by status, without loading them (V2); statuses without orders are left out."""
        ...

    def tracks(self, search: OrderSearch, /) -> TrackPage:
        """Give where a page of orders stood, by number whatever it says of sorting, without loading them (F8)."""
        ...


class Courses(Protocol):
    """The host's outlines of its products."""

    def find_course(self, project: str, product: str, /) -> Course | None:
        """Give the outline of a product as it is now, or None if the project has no such product."""
        ...


class ProgressSource(Protocol):
    """The host's facts of who has done what."""

    def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        """Give what a contact has done in a product; an empty progress if nothing."""
        ...


@attrs.frozen(kw_only=True)
class Sources:
    """Where facts come from: what is stored of one project, and what the host tells."""

    project: str
    records: Records
    courses: Courses
    progress: ProgressSource


Look = Callable[[Sources], object]
"""One look at the facts."""

Asking = Generator[Look, object, T]
"""A computation that looks at facts on its way to a T."""


def ask(look: Callable[[Sources], T]) -> Asking[T]:
    """Look at one thing; used as `x = yield from ask(lambda source: source.records.find_order(id))`."""
    return cast(T, (yield look))

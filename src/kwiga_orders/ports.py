"""What a host implements, or takes from `adapters`: roles, as Protocols with numbered conditions.

A sync port and its async twin have the same methods with the same names; an adapter implements whichever it needs.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from typing import Literal, Protocol, TypeVar

import attrs

from kwiga_orders.changes import Changes, OutboxRow, Repeated
from kwiga_orders.course import Course, Progress
from kwiga_orders.funnel import Funnel
from kwiga_orders.gateways import (
    Callback,
    Capabilities,
    ChargeRequest,
    GatewayFact,
    LinkRequest,
    PaymentLink,
    RefundRequest,
    StateRequest,
)
from kwiga_orders.listing import Card, CardPage, Lookup, OrderSearch, Page, StatusCount, TrackPage
from kwiga_orders.offers import Offer
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.outbox import AsyncOutbox, Outbox
from kwiga_orders.people import AsyncPeople, AsyncStaffDirectory, People, StaffDirectory
from kwiga_orders.project import Contact, Project
from kwiga_orders.reconciliation import Listed

__all__ = [
    "AsyncCourses",
    "AsyncListingGateway",
    "AsyncNotifier",
    "AsyncOrderStore",
    "AsyncPaymentGateway",
    "AsyncPeople",
    "AsyncProgressSource",
    "AsyncSources",
    "AsyncStaffDirectory",
    "AsyncTransaction",
    "Clock",
    "Courses",
    "Ids",
    "ListingGateway",
    "Notifier",
    "OrderStore",
    "PaymentGateway",
    "People",
    "ProgressSource",
    "Records",
    "StaffDirectory",
    "Transaction",
]


T = TypeVar("T")


class Clock(Protocol):
    """Tells the time; 1. aware, 2. never backwards within a process, as far as it can help it."""

    def now(self) -> datetime:
        """Give the present instant, in UTC."""


class Ids(Protocol):
    """Makes ids; 1. never the same twice, 2. not to be guessed (O5), 3. at most 100 characters."""

    def new(self) -> str:
        """Give an id."""


class Notifier(Protocol):
    """Hands letters and events on to people and systems; what a gateway is to carry out never reaches it.

    1. It is called after the change was committed, at least once for each row, in order for each order (N1).
    2. A row that comes again has the same `id` and `key`; the notifier may rely on them to send once (N2).
    3. If it raises, the row stays in the outbox and comes again, and so do those of its order after it; those of other
       orders do not wait for it.
    """

    def notify(self, project: str, row: OutboxRow, /) -> None:
        """Hand one row on."""


class PaymentGateway(Protocol):
    """Takes money and gives it back: WayForPay, Stripe, …, by one account of a school.

    1. A link is for one payment and one amount, and asking for it changes nothing: no attempt, no reservation (P3).
    2. What moves money carries a key. The same key never moves money twice, also if the process died between asking and
       noting the answer; asked again, the gateway tells of the same attempt or refund, under the same reference. Where
       the gateway knows no such keys, the adapter first asks what became of it.
    3. Only what is certain is reported as succeeded or failed. What is accepted but not done yet is `pending`; what was
       sent and not answered is `unknown` (P4). What the gateway refuses is a fact that failed, with its reason.
    4. `AdapterFailed` means that it could not be asked. It will be asked again with the same key, so it is never raised
       when money may have moved and condition 2 cannot be kept. It comes within seconds, since other work waits
       meanwhile.
    5. Amounts are exact money of the payment's currency; what units the gateway counts in is the adapter's business.
    6. A callback is believed only if it is signed with the school's secret, and no further than the signature goes; the
       comparison takes the same time whatever it finds. Otherwise `Refused("callback.not_verified")`, and nothing of
       the body is told.
    7. A callback may come twice, late, or out of order (P11). Each gives its facts as they are, and the body that the
       gateway waits for; one that concerns nothing here gives no facts, and a body all the same.
    8. The same attempt or refund has the same reference in callbacks, answers and states; our own id of it comes back
       as `key` if the gateway can carry it.
    9. Asking for a state changes nothing, and tells all that the gateway knows of the attempts and refunds of a
       payment; of an unknown one, nothing. Asked by references alone, it tells whose attempts these are.
    10. Money that went back without being asked for (a refund at the gateway's own desk, a chargeback) is told: as a
       fact that names its payment or, in `of`, the attempt, or by naming the payment in `ask`, whose state tells it.
       A chargeback or a refund keeps its reference for life: taken, and come back (P10).
    """

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Make the link by which a payment is paid (P3).

        Raises:
            AdapterFailed: if the gateway cannot be reached.
        """

    def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge the means that an earlier payment saved (P13).

        Raises:
            AdapterFailed: if the gateway cannot be reached.
        """

    def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Give money back, all or a part of it (P10).

        Raises:
            AdapterFailed: if the gateway cannot be reached.
        """

    def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Tell what became of the attempts and refunds of a payment (P4).

        Raises:
            AdapterFailed: if the gateway cannot be reached.
        """

    def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> Callback:
        """Read a callback of the gateway: the raw body, and the headers, whose names are case-insensitive.

        Raises:
            Refused: `callback.not_verified` if it is not signed by the gateway.
            InvalidInput: if it is signed, but not in the format of the gateway.
        """


class ListingGateway(PaymentGateway, Protocol):
    """A gateway that can list what happened there, for reconciliation; its `capabilities` say so (`lists`).

    11. It lists what ended between the two instants, each reference of condition 8 once, as it is now. Of a payment
        whose refunds it cannot list it says so, and they are asked for. What is not of this project is listed, too: as
        a fact that names no payment, and itself in `of`.
    """

    def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List what happened from one instant up to another.

        Raises:
            AdapterFailed: if the gateway cannot be reached.
        """


class Records(Protocol):
    """What is stored of one project (K6), at one consistent moment.

    `find_` gives None for what is not there, and for what belongs to another project.
    """

    def get_project(self) -> Project:
        """Give the project itself."""

    def find_contact(self, id: str, /) -> Contact | None:
        """Give a contact."""

    def find_order(self, id: str, /) -> Order | None:
        """Give an order."""

    def orders_of(self, contact: str, /, *, product: str | None = None, offer: str | None = None) -> Sequence[Order]:
        """Give the orders of a contact by number; only those with a line for `product`, or made from `offer`."""

    def find_offer(self, code: str, /) -> Offer | None:
        """Give an offer with all its versions."""

    def orders_from(self, offer: str, /, *, after: int = 0, limit: int | None = None) -> Sequence[Order]:
        """Give the orders made from an offer, by number, from after a number on; `limit` of them, or all (O8)."""

    def find_funnel(self, id: str, /) -> Funnel | None:
        """Give a funnel."""

    def all_funnels(self) -> Sequence[Funnel]:
        """Give all funnels of the project, the default one first, the others by id."""

    def offers_naming(self, funnel: str, /) -> Sequence[str]:
        """Give the codes of the offers whose newest version names that funnel (F6)."""

    def orders_in(self, funnel: str, /, *, status: str | None = None) -> Sequence[Order]:
        """Give the orders that stand in a funnel, or in one status of it, by number (F6)."""

    def next_number(self, of: Literal["order", "certificate"], /) -> int:
        """Give the next free number (O5, C3). It is taken when the change that uses it is committed."""

    def find_repeated(self, key: str, /) -> Repeated | None:
        """Give the answer stored under an idempotency key (K1)."""

    def history_of(self, order: str, /) -> Sequence[Recorded]:
        """Give the history of an order from the start (O10)."""

    def letters_sent(self, contact: str | None, /, *, order: str | None = None) -> Sequence[OutboxRow]:
        """Give the letters that were sent, in order; only those to `contact` or about `order`, if given (N1)."""

    def due_orders(self, until: datetime, /, *, limit: int) -> Sequence[str]:
        """Give the ids of orders with something due by that instant, the longest due first."""

    def unsettled_orders(self, gateway: str, /, *, after: str, limit: int) -> Sequence[str]:
        """Give sorted ids, after `after`, of orders with a payment whose outcome only the gateway knows (P4)."""

    def search(self, search: OrderSearch, /) -> Page:
        """Give a page of orders (V1, V3)."""

    def cards(self, search: OrderSearch, /) -> CardPage:
        """Give the page that `search` gives, as cards: a store need not load orders for that (V2)."""

    def cards_by_status(self, search: OrderSearch, /) -> Mapping[str, Sequence[Card]]:
        """Give the newest cards of each status that `search` names, whatever its sort: `limit` for each status (V2)."""

    def count_by_status(self, search: OrderSearch, /) -> Sequence[StatusCount]:
        """Count the orders that match, by status, without loading them (V2); statuses without orders are left out."""

    def tracks(self, search: OrderSearch, /) -> TrackPage:
        """Give the status history of a page of orders, always by number, without loading the orders (F8)."""

    def look_up(self, lookup: Lookup[T], /) -> T:
        """Answer one of the lookups of `listing` from indexes, without loading all rows (V8)."""


class Courses(Protocol):
    """The host's outlines of its products."""

    def find_course(self, project: str, product: str, /) -> Course | None:
        """Give the outline of a product as it is now, or None if the project has no such product."""


class ProgressSource(Protocol):
    """The host's facts of what contacts have learned."""

    def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        """Give what a contact has done in a product; an empty progress if nothing."""


class Transaction(Records, Protocol):
    """One project read at one moment, and perhaps one change of it."""

    def commit(self, changes: Changes, /) -> None:
        """Write all of `changes`, or nothing.

        1. An order whose stored version is not the one in `based_on` raises `Conflict("order.conflict")`, an offer or a
           funnel whose stored version is not one less than the new one `offer.conflict` or `funnel.conflict`; nothing
           is written (K2). Details have the number of the order, and both versions, as far as they are known.
        2. Order numbers are unique in the project (O5). An order with a number that `next_number` gave in this
           transaction gets the next free one when it is committed, if others took that one meanwhile; any other number
           that is taken is a conflict.
        3. A letter whose key is in the outbox already, sent or not, is left out (N2).
        4. An idempotency key that is there already is a conflict (K1).
        5. Contacts are made or replaced as `OrderStore.save_contact` does it.
        6. `next_due` is kept for each order that it names; one that is not in `orders` must have the version in
           `based_on`. The orders of the offers in `due_anew` are looked at at once.
        7. Rows in `retried` that are parked are tried again from the start, those in `dropped` are given up (N1).
        8. Of a contact that is `erased`, all rows of events in the outbox, sent or not, have their data as
           `orders.erasing.cleaned_data` leaves it; they stay where they are. One that cannot be read loses all (V9).
        """


class OrderStore(Outbox, Protocol):
    """Keeps orders, offers, funnels, history, the outbox and idempotency keys.

    1. Everything belongs to a project; nothing of another project is ever seen, counted, found or changed (K6).
    2. What `Transaction.commit` wrote is there for every transaction that begins afterwards, also after a crash (K4).
    3. A transaction sees one moment. If somebody else commits a change of anything that it read by `Records`, lists,
       lookups, counts and letters aside, its own change is a conflict: commands have the effect of one after the other.
    4. An aggregate comes back equal to what was written.
    """

    def transaction(self, project: str, /, *, writes: bool, alone: bool = False) -> AbstractContextManager[Transaction]:
        """Begin to read a project; with `writes`, to change it. It may begin with the first question that is asked.

        With `alone` nobody else changes the project until it ends, so its change is no conflict: for a command that met
        conflicts again and again.

        Raises:
            NotFound: if there is no such project; by the first question at the latest.
            AdapterFailed: if the storage cannot be reached.
        """

    def save_project(self, project: Project, /) -> None:
        """Make a project, born with its default funnel (F1), or change its settings.

        If that may move what falls due (`due.is_moved`), all its orders are looked at at once.
        """

    def save_contact(self, project: str, contact: Contact, /) -> None:
        """Make or replace a contact; searches find it by its new name, e-mail and phone at once (V3)."""

    def forget_keys(self, project: str, /, *, before: datetime, limit: int) -> None:
        """Delete the oldest idempotency keys that were stored before an instant, at most `limit` of them (K1)."""


# The async twins


class AsyncCourses(Protocol):
    """`Courses`, awaited."""

    async def find_course(self, project: str, product: str, /) -> Course | None:
        """Give the outline of a product."""


class AsyncProgressSource(Protocol):
    """`ProgressSource`, awaited."""

    async def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        """Give what a contact has done in a product."""


class AsyncNotifier(Protocol):
    """`Notifier`, awaited."""

    async def notify(self, project: str, row: OutboxRow, /) -> None:
        """Hand one row on."""


class AsyncPaymentGateway(Protocol):
    """`PaymentGateway`, awaited; the same conditions."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    async def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Make the link by which a payment is paid."""

    async def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge the means that an earlier payment saved."""

    async def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Give money back, all or a part of it."""

    async def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Tell what became of the attempts and refunds of a payment."""

    async def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> Callback:
        """Read a callback of the gateway."""


class AsyncListingGateway(AsyncPaymentGateway, Protocol):
    """`ListingGateway`, awaited; the same condition."""

    async def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List what happened from one instant up to another."""


class AsyncTransaction(Protocol):
    """`Transaction`, awaited; the same conditions.

    The questions of `asking` are put to it as to `Records`, and what it gives is awaited.
    """

    async def get_project(self) -> Project:
        """Give the project itself."""

    async def find_contact(self, id: str, /) -> Contact | None:
        """Give a contact."""

    async def find_order(self, id: str, /) -> Order | None:
        """Give an order."""

    async def orders_of(
        self, contact: str, /, *, product: str | None = None, offer: str | None = None
    ) -> Sequence[Order]:
        """Give the orders of a contact by number; only those with a line for `product`, or made from `offer`."""

    async def find_offer(self, code: str, /) -> Offer | None:
        """Give an offer with all its versions."""

    async def orders_from(self, offer: str, /, *, after: int = 0, limit: int | None = None) -> Sequence[Order]:
        """Give the orders made from an offer, by number, from after a number on; `limit` of them, or all (O8)."""

    async def find_funnel(self, id: str, /) -> Funnel | None:
        """Give a funnel."""

    async def all_funnels(self) -> Sequence[Funnel]:
        """Give all funnels of the project, the default one first, the others by id."""

    async def offers_naming(self, funnel: str, /) -> Sequence[str]:
        """Give the codes of the offers whose newest version names that funnel (F6)."""

    async def orders_in(self, funnel: str, /, *, status: str | None = None) -> Sequence[Order]:
        """Give the orders that stand in a funnel, or in one status of it, by number (F6)."""

    async def next_number(self, of: Literal["order", "certificate"], /) -> int:
        """Give the next free number (O5, C3). It is taken when the change that uses it is committed."""

    async def find_repeated(self, key: str, /) -> Repeated | None:
        """Give the answer stored under an idempotency key (K1)."""

    async def history_of(self, order: str, /) -> Sequence[Recorded]:
        """Give the history of an order from the start (O10)."""

    async def letters_sent(self, contact: str | None, /, *, order: str | None = None) -> Sequence[OutboxRow]:
        """Give the letters that were sent, in order; only those to `contact` or about `order`, if given (N1)."""

    async def due_orders(self, until: datetime, /, *, limit: int) -> Sequence[str]:
        """Give the ids of orders with something due by that instant, the longest due first."""

    async def unsettled_orders(self, gateway: str, /, *, after: str, limit: int) -> Sequence[str]:
        """Give sorted ids, after `after`, of orders with a payment whose outcome only the gateway knows (P4)."""

    async def search(self, search: OrderSearch, /) -> Page:
        """Give a page of orders (V1, V3)."""

    async def cards(self, search: OrderSearch, /) -> CardPage:
        """Give the page that `search` gives, as cards: a store need not load orders for that (V2)."""

    async def cards_by_status(self, search: OrderSearch, /) -> Mapping[str, Sequence[Card]]:
        """Give the newest cards of each status that `search` names, whatever its sort: `limit` for each status (V2)."""

    async def count_by_status(self, search: OrderSearch, /) -> Sequence[StatusCount]:
        """Count the orders that match, by status, without loading them (V2); statuses without orders are left out."""

    async def tracks(self, search: OrderSearch, /) -> TrackPage:
        """Give the status history of a page of orders, always by number, without loading the orders (F8)."""

    async def look_up(self, lookup: Lookup[T], /) -> T:
        """Answer one of the lookups of `listing` from indexes, without loading all rows (V8)."""

    async def commit(self, changes: Changes, /) -> None:
        """Write all of `changes`, or nothing."""


@attrs.frozen(kw_only=True)
class AsyncSources:
    """`Sources`, awaited: where facts come from."""

    project: str
    records: AsyncTransaction
    courses: AsyncCourses
    progress: AsyncProgressSource
    gateways: Mapping[str, Capabilities] = attrs.field(factory=dict)
    people: AsyncPeople | None = None


class AsyncOrderStore(AsyncOutbox, Protocol):
    """`OrderStore`, awaited; the same conditions."""

    def transaction(
        self, project: str, /, *, writes: bool, alone: bool = False
    ) -> AbstractAsyncContextManager[AsyncTransaction]:
        """Begin to read a project; with `writes`, also to change it."""

    async def save_project(self, project: Project, /) -> None:
        """Make a project or change its settings."""

    async def save_contact(self, project: str, contact: Contact, /) -> None:
        """Make or replace a contact."""

    async def forget_keys(self, project: str, /, *, before: datetime, limit: int) -> None:
        """Delete the oldest idempotency keys that were stored before an instant."""

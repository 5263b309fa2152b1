"""The ports that a host implements or takes from `adapters`: Protocols with numbered conditions.

A sync port and its async twin have the same methods; an adapter implements either or both.
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
    """Tells the time: 1. it is timezone-aware, 2. it does not go backwards within a process, as far as possible."""

    def now(self) -> datetime:
        """Give the present instant, in UTC."""


class Ids(Protocol):
    """Makes ids: 1. unique, 2. impossible to guess (O5), 3. of at most 100 characters."""

    def new(self) -> str:
        """Give an id."""


class Notifier(Protocol):
    """Sends letters and events to people and systems; it never gets calls for gateways.

    1. It is called after the commit, at least once for each row, and in order for each order (N1).
    2. A row that comes again has the same `id` and `key`, by which the notifier can avoid sending twice (N2).
    3. If it raises, the row is sent again later, and later rows of its order wait; rows of other orders do not wait.
    """

    def notify(self, project: str, row: OutboxRow, /) -> None:
        """Hand one row on."""


class PaymentGateway(Protocol):
    """Takes money and gives it back: WayForPay, Stripe, …, by one account of a school.

    1. A link is for one payment and one amount, and asking for it changes nothing: no attempt, no reservation (P3).
    2. Each charge and refund has a key. The same key never moves money twice, even if the process died before the
       answer was stored: a repeated request gives the same attempt or refund with the same reference. If the gateway
       has no such keys, the adapter first asks for the state.
    3. Only certain outcomes are reported as succeeded or failed. A request that is accepted but not done yet is
       `pending`; one that was sent but not answered is `unknown` (P4). A refusal is a failed fact with its reason.
    4. `AdapterFailed` means that the request was not sent. It will be sent again with the same key, so it must not be
       raised if money may have moved and condition 2 cannot be kept. It must come within seconds, because other work
       waits.
    5. Amounts are exact money in the payment's currency; the adapter converts them to the gateway's units.
    6. A callback is accepted only if it is signed with the school's secret, and only its signed parts are trusted. The
       comparison takes constant time. Otherwise it raises `Refused("callback.not_verified")`, without any content of
       the body.
    7. A callback may come twice, late, or out of order (P11). It always gives its facts, and the answer that the
       gateway expects; a callback about nothing of interest gives an answer without facts.
    8. The same attempt or refund has the same reference in callbacks, answers and states. Our id comes back as `key` if
       the gateway can return it.
    9. Asking for a state changes nothing and gives all facts about the attempts and refunds of a payment, none for an
       unknown payment. Asked only by references, it tells to which payments they belong.
    10. Refunds that we did not request (made on the gateway's website, or chargebacks) are reported, too: as a fact
        that names its payment or, in `of`, the attempt; or by naming the payment in `ask`, so that its state is asked
        for. A chargeback or refund has the same reference when its money is taken and when it comes back (P10).
    """

    @property
    def capabilities(self) -> Capabilities:
        """The capabilities of the gateway."""

    def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Make the link by which a payment is paid (P3).

        Raises:
            AdapterFailed: if the gateway cannot be reached.
        """

    def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge the card that an earlier payment saved (P13).

        Raises:
            AdapterFailed: if the gateway cannot be reached.
        """

    def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Give money back, all or a part of it (P10).

        Raises:
            AdapterFailed: if the gateway cannot be reached.
        """

    def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Give the outcomes of the attempts and refunds of a payment (P4).

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
    """A gateway that can list its transactions, for reconciliation; its `capabilities` say so (`lists`).

    11. It lists what ended between the two instants: each reference of condition 8 once, with its current state. If it
        cannot list the refunds of a payment, it names the payment in `ask`. Transactions of other projects are listed,
        too: as facts without a payment and with their own reference in `of`.
    """

    def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List what happened from one instant up to another.

        Raises:
            AdapterFailed: if the gateway cannot be reached.
        """


class Records(Protocol):
    """The stored data of one project (K6), as one consistent snapshot.

    `find_` gives None if the project does not have the record, also if another project has it.
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
    """The learning progress of contacts, from the host."""

    def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        """Give what a contact has done in a product; an empty progress if nothing."""


class Transaction(Records, Protocol):
    """A snapshot of one project, and perhaps a change of it."""

    def commit(self, changes: Changes, /) -> None:
        """Write all of `changes`, or nothing.

        1. An order whose stored version is not the one in `based_on` raises `Conflict("order.conflict")`, an offer or a
           funnel whose stored version is not one less than the new one `offer.conflict` or `funnel.conflict`; nothing
           is written (K2). Details have the number of the order, and both versions, as far as they are known.
        2. Order numbers are unique in the project (O5). An order with a number that `next_number` gave in this
           transaction gets the next free one when it is committed, if others took that one meanwhile; any other number
           that is taken is a conflict.
        3. A letter whose key is in the outbox already, sent or not, is left out (N2).
        4. An idempotency key that exists already is a conflict (K1).
        5. Contacts are created or replaced as by `OrderStore.save_contact`.
        6. `next_due` is stored for each order that it names; an order that is not in `orders` must have the version in
           `based_on`. All orders of the offers in `due_anew` are checked for due work at once.
        7. Parked rows in `retried` are sent again with no tries counted; those in `dropped` are never sent (N1).
        8. For `erased` contacts, the data of all event rows in the outbox, sent or not, are cleaned by
           `orders.erasing.cleaned_data`; the rows stay in their places. An unreadable row loses all data (V9).
        """


class OrderStore(Outbox, Protocol):
    """Keeps orders, offers, funnels, history, the outbox and idempotency keys.

    1. Everything belongs to a project; nothing of another project is ever seen, counted, found or changed (K6).
    2. Everything that `Transaction.commit` wrote is visible to every later transaction, also after a crash (K4).
    3. A transaction sees one snapshot. If another one commits a change of anything that it read by `Records` (except
       lists, lookups, counts and letters), its own commit is a conflict: commands act as if one after another.
    4. An aggregate is read equal to what was written.
    """

    def transaction(self, project: str, /, *, writes: bool, alone: bool = False) -> AbstractContextManager[Transaction]:
        """Open a transaction that reads a project and, with `writes`, may change it. The first read may begin it.

        With `alone` nobody else changes the project until it ends, so its commit is no conflict. This is for commands
        that had several conflicts.

        Raises:
            NotFound: if there is no such project, at the latest at the first read.
            AdapterFailed: if the storage cannot be reached.
        """

    def save_project(self, project: Project, /) -> None:
        """Create a project with its default funnel (F1), or change its settings.

        If the change may move due items (`due.is_moved`), all orders are checked for due work at once.
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
        """The capabilities of the gateway."""

    async def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Make the link by which a payment is paid."""

    async def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge the card that an earlier payment saved."""

    async def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Refund money, in full or in part."""

    async def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Give the outcomes of the attempts and refunds of a payment."""

    async def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> Callback:
        """Read a callback of the gateway."""


class AsyncListingGateway(AsyncPaymentGateway, Protocol):
    """`ListingGateway`, awaited; the same condition."""

    async def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List what happened from one instant up to another."""


class AsyncTransaction(Protocol):
    """`Transaction`, awaited; the same conditions.

    The questions of `asking` work with it as with `Records`, and the answers are awaited.
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
    """`Sources`, awaited."""

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

"""The store in memory, awaited."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypeVar
from weakref import WeakKeyDictionary

import attrs

from kwiga_orders.adapters.memory.store import PATIENCE, MemoryOrderStore, MemoryTransaction
from kwiga_orders.changes import Changes, OutboxRow, Repeated
from kwiga_orders.delivery import Claim, PutOff
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.funnel import Funnel
from kwiga_orders.listing import Card, CardPage, Lookup, OrderSearch, Page, StatusCount, TrackPage
from kwiga_orders.offers import Offer
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.ports import AsyncOrderStore, AsyncTransaction
from kwiga_orders.project import Contact, Project

__all__ = ["AsyncMemoryOrderStore"]

T = TypeVar("T")


class AsyncMemoryOrderStore:
    """`MemoryOrderStore`, awaited; it may share the data of a blocking `store`."""

    def __init__(self, store: MemoryOrderStore | None = None, *, busy_timeout: timedelta = PATIENCE) -> None:
        self._store = store or MemoryOrderStore()
        self._busy_timeout = busy_timeout
        # one set of locks for each event loop, because asyncio's locks cannot be shared between loops
        self._writing: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]] = WeakKeyDictionary()

    @asynccontextmanager
    async def transaction(
        self,
        project: str,
        /,
        *,
        writes: bool,
        alone: bool = False,
    ) -> AsyncIterator["_AsyncTransaction"]:
        """Begin to read a project; with `writes`, also to change it."""
        if not writes:
            with self._store.snapshot(project) as transaction:
                yield _AsyncTransaction(transaction)
            return
        writing = self._writing.setdefault(asyncio.get_running_loop(), {}).setdefault(project, asyncio.Lock())
        try:
            async with asyncio.timeout(self._busy_timeout.total_seconds()):
                await writing.acquire()
        except TimeoutError as problem:
            raise AdapterFailed("store.locked", project=project) from problem
        try:
            with self._store.snapshot(project) as transaction:
                yield _AsyncTransaction(transaction)
        finally:
            writing.release()

    async def save_project(self, project: Project, /) -> None:
        """Make a project, born with its default funnel (F1), or change its settings."""
        self._store.save_project(project)

    async def save_contact(self, project: str, contact: Contact, /) -> None:
        """Make or replace a contact."""
        self._store.save_contact(project, contact)

    async def pending(self, project: str, /, *, limit: int, gateway: str | None = None) -> Sequence[OutboxRow]:
        """Give the oldest rows that were not sent yet, in order: those for a gateway, or for the notifier (N1)."""
        return self._store.pending(project, limit=limit, gateway=gateway)

    async def claim(
        self, project: str, /, *, now: datetime, until: datetime, limit: int, gateway: str | None = None
    ) -> Claim:
        """Claim the oldest rows that are free, until an instant."""
        return self._store.claim(project, now=now, until=until, limit=limit, gateway=gateway)

    async def mark_sent(self, project: str, rows: Sequence[str], /, *, at: datetime) -> None:
        """Note that the rows with these ids were sent."""
        self._store.mark_sent(project, rows, at=at)

    async def put_off(
        self, project: str, rows: Sequence[PutOff], /, *, claim: Claim, at: datetime, outbox: Sequence[OutboxRow] = ()
    ) -> None:
        """Put off or park rows of a claim, and add the rows that report it."""
        self._store.put_off(project, rows, claim=claim, at=at, outbox=outbox)

    async def release(self, project: str, rows: Sequence[str], /, *, claim: Claim) -> None:
        """Let other workers have the rows of a claim that were not sent."""
        self._store.release(project, rows, claim=claim)

    async def forget_keys(self, project: str, /, *, before: datetime, limit: int) -> None:
        """Delete the oldest idempotency keys that were stored before an instant."""
        self._store.forget_keys(project, before=before, limit=limit)


@attrs.frozen
class _AsyncTransaction:
    """A transaction whose methods are coroutines."""

    _looked: MemoryTransaction

    async def commit(self, changes: Changes, /) -> None:
        self._looked.commit(changes)

    async def get_project(self) -> Project:
        return self._looked.get_project()

    async def find_contact(self, id: str, /) -> Contact | None:
        return self._looked.find_contact(id)

    async def find_order(self, id: str, /) -> Order | None:
        return self._looked.find_order(id)

    async def orders_of(
        self, contact: str, /, *, product: str | None = None, offer: str | None = None
    ) -> Sequence[Order]:
        return self._looked.orders_of(contact, product=product, offer=offer)

    async def find_offer(self, code: str, /) -> Offer | None:
        return self._looked.find_offer(code)

    async def orders_from(self, offer: str, /, *, after: int = 0, limit: int | None = None) -> Sequence[Order]:
        return self._looked.orders_from(offer, after=after, limit=limit)

    async def find_funnel(self, id: str, /) -> Funnel | None:
        return self._looked.find_funnel(id)

    async def all_funnels(self) -> Sequence[Funnel]:
        return self._looked.all_funnels()

    async def offers_naming(self, funnel: str, /) -> Sequence[str]:
        return self._looked.offers_naming(funnel)

    async def orders_in(self, funnel: str, /, *, status: str | None = None) -> Sequence[Order]:
        return self._looked.orders_in(funnel, status=status)

    async def next_number(self, of: Literal["order", "certificate"], /) -> int:
        return self._looked.next_number(of)

    async def find_repeated(self, key: str, /) -> Repeated | None:
        return self._looked.find_repeated(key)

    async def history_of(self, order: str, /) -> Sequence[Recorded]:
        return self._looked.history_of(order)

    async def letters_sent(self, contact: str | None, /, *, order: str | None = None) -> Sequence[OutboxRow]:
        return self._looked.letters_sent(contact, order=order)

    async def due_orders(self, until: datetime, /, *, limit: int) -> Sequence[str]:
        return self._looked.due_orders(until, limit=limit)

    async def unsettled_orders(self, gateway: str, /, *, after: str, limit: int) -> Sequence[str]:
        return self._looked.unsettled_orders(gateway, after=after, limit=limit)

    async def search(self, search: OrderSearch, /) -> Page:
        return self._looked.search(search)

    async def cards(self, search: OrderSearch, /) -> CardPage:
        """Give the page that `search` gives, as cards (V2)."""
        return self._looked.cards(search)

    async def cards_by_status(self, search: OrderSearch, /) -> Mapping[str, Sequence[Card]]:
        """Give the newest cards of each status that `search` names, at most `limit` for a status (V2)."""
        return self._looked.cards_by_status(search)

    async def count_by_status(self, search: OrderSearch, /) -> Sequence[StatusCount]:
        return self._looked.count_by_status(search)

    async def look_up(self, lookup: Lookup[T], /) -> T:
        """Answer one of the lookups of `listing` (V8)."""
        return self._looked.look_up(lookup)

    async def tracks(self, search: OrderSearch, /) -> TrackPage:
        return self._looked.tracks(search)


if TYPE_CHECKING:
    _store: AsyncOrderStore = AsyncMemoryOrderStore()

    def _fits(transaction: _AsyncTransaction) -> AsyncTransaction:
        return transaction

"""The async SQL store: `AsyncOrderStore` over an async engine of SQLAlchemy; the twin of `store`."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from kwiga_orders.adapters.sql import projects
from kwiga_orders.adapters.sql.commits import commit
from kwiga_orders.adapters.sql.connections import AsyncConnections, AsyncLent
from kwiga_orders.adapters.sql.engines import Settings, async_engine_for, own, transactions_of
from kwiga_orders.adapters.sql.execution import run_async, undo_async
from kwiga_orders.adapters.sql.failures import failure, failures_of
from kwiga_orders.adapters.sql.host_transactions import HostTransactions
from kwiga_orders.adapters.sql.outbox import Outbox, pending
from kwiga_orders.adapters.sql.reads import Reads
from kwiga_orders.adapters.sql.schema import make_tables
from kwiga_orders.adapters.sql.steps import Steps, Transactions
from kwiga_orders.adapters.sql.within import (
    AsyncEnteredConnections,
    AsyncHostConnections,
    AsyncHostLent,
)
from kwiga_orders.changes import Changes, OutboxRow, Repeated
from kwiga_orders.delivery import Claim, PutOff
from kwiga_orders.errors import AdapterFailed, Conflict, Fault, InvalidInput, KwigaOrdersError
from kwiga_orders.funnel import Funnel
from kwiga_orders.listing import Card, CardPage, Lookup, OrderSearch, Page, StatusCount, TrackPage
from kwiga_orders.offers import Offer
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.ports import AsyncOrderStore, AsyncTransaction
from kwiga_orders.project import Contact, Project

__all__ = ["AsyncSqlOrderStore"]

if TYPE_CHECKING:
    from kwiga_orders.adapters.sql.within import AsyncHostConnection, Driver

T = TypeVar("T")


class AsyncSqlOrderStore:
    """Keeps everything in a database. Threads may share the store, and processes may share the database.

    Make it with `from_url`, or with an engine of `engines.async_engine_for`.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = own(engine, AsyncEngine)
        # `within` replaces it by the one connection of a host, which has the same methods
        self._connections: Any = AsyncConnections(engine)
        self._dialect = engine.dialect.name
        self._transactions: Transactions = transactions_of(engine)

    @classmethod
    async def from_url(cls, url: str, settings: Settings | None = None) -> Self:
        """Open `sqlite:///school.db` or `postgresql://host/database`, and create missing tables.

        Raises:
            InvalidInput: if the URL names neither a file of SQLite nor a PostgreSQL.
            AdapterFailed: if the database cannot be opened.
        """
        store = cls(async_engine_for(url, settings))
        try:
            await store.create_tables()
        except BaseException:
            # Also after a cancellation, because nobody else could close the connections of this store.
            await store.close()
            raise
        return store

    @classmethod
    def within(cls, connection: "AsyncHostConnection", *, after_commit: Callable[[], object] | None = None) -> Self:
        """Give a store whose commands are part of a transaction that the host commits or rolls back.

        The connection is one of a driver or of SQLAlchemy. Only one thread or task at a time may use it or the store.
        `after_commit` is called each time a session has committed what a command wrote for the relay (N1).

        Raises:
            InvalidInput: if the connection is of another kind, or has `after_commit` and is no session.
        """
        return cls._over(AsyncHostConnections(connection, after_commit))

    @classmethod
    def entering(
        cls,
        enter: "Callable[[], AbstractAsyncContextManager[AsyncHostConnection]]",
        *,
        driver: "Driver",
        on_written: Callable[[], object] | None = None,
    ) -> Self:
        """Give a store that enters a context of the host for each transaction, and uses the connection it gives.

        So a framework decides which connection a thread has, and whether to open a transaction or use one that is open.
        The context is always left without an error, since a command that failed is undone before. Also before,
        `on_written` is called if a command wrote something for the relay.
        """
        return cls._over(AsyncEnteredConnections(enter, driver, on_written))

    @classmethod
    def _over(cls, connections: AsyncHostConnections) -> Self:
        store = cls.__new__(cls)
        store._connections = connections
        store._dialect = connections.dialect.name
        store._transactions = HostTransactions(connections.dialect)
        return store

    async def create_tables(self) -> None:
        """Create missing tables; a host with its own migrations runs those instead.

        Raises:
            InvalidInput: within a host's transaction; call `migrating.migrate` with the connection instead.
        """
        if isinstance(self._connections, AsyncHostConnections):
            hint = "kwiga_orders.adapters.sql.migrating.migrate makes tables within a transaction"
            raise InvalidInput([Fault(path="connection", code="input.invalid", hint=hint)])
        try:
            async with self._engine.connect() as connection:
                await connection.run_sync(make_tables, self._transactions)
        except failures_of(self._engine.dialect) as problem:
            raise failure(problem, connecting=True) from problem

    async def close(self) -> None:
        """Close all idle connections."""
        await self._connections.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self.close()

    def transaction(
        self, project: str, /, *, writes: bool, alone: bool = False
    ) -> AbstractAsyncContextManager["_AsyncTransaction"]:
        """Open a transaction that reads a project and, with `writes`, may change it; the first statement begins it.

        Its commit checks that everything it read is unchanged. With `alone`, nobody else changes the project until it
        ends.

        Raises:
            NotFound: if there is no such project.
            AdapterFailed: if the database is locked for longer than the timeout, or cannot be reached.
        """
        return self._opened(project, writes=writes, alone=alone)

    async def save_project(self, project: Project, /) -> None:
        """Make a project, born with its default funnel (F1), or change its settings."""
        await self._write(projects.save_project(project, self._transactions, dialect=self._dialect))

    async def save_contact(self, project: str, contact: Contact, /) -> None:
        """Make or replace a contact; searches find it by its new name, e-mail and phone at once (V3)."""
        async with self._opened(project, writes=True) as transaction:
            await transaction.commit(Changes(contacts=(contact,)))

    async def pending(self, project: str, /, *, limit: int, gateway: str | None = None) -> Sequence[OutboxRow]:
        """Give the oldest rows that were not sent yet, in order: those for a gateway, or for the notifier (N1)."""
        async with self._opened(project, writes=False) as transaction:
            return await transaction.execute(pending(project, limit=limit, gateway=gateway))

    async def claim(
        self, project: str, /, *, now: datetime, until: datetime, limit: int, gateway: str | None = None
    ) -> Claim:
        """Claim the oldest free rows until an instant; another worker gets rows of other orders meanwhile."""
        claim = self._outbox(project).claim(now=now, until=until, limit=limit, gateway=gateway)
        return await self._write(claim)

    async def mark_sent(self, project: str, rows: Sequence[str], /, *, at: datetime) -> None:
        """Note that the rows with these ids were sent."""
        await self._write(self._outbox(project).mark_sent(rows, at=at))

    async def put_off(
        self, project: str, rows: Sequence[PutOff], /, *, claim: Claim, at: datetime, outbox: Sequence[OutboxRow] = ()
    ) -> None:
        """Put off or park rows of a claim, and add the rows that report it."""
        await self._write(self._outbox(project).put_off(rows, claim=claim, at=at, outbox=outbox))

    async def release(self, project: str, rows: Sequence[str], /, *, claim: Claim) -> None:
        """Let other workers have the rows of a claim that were not sent."""
        await self._write(self._outbox(project).release(rows, claim=claim))

    async def forget_keys(self, project: str, /, *, before: datetime, limit: int) -> None:
        """Delete the oldest idempotency keys that were stored before an instant."""
        await self._write(projects.forget_keys(project, self._transactions, before=before, limit=limit))

    def _outbox(self, project: str) -> Outbox:
        return Outbox(project, self._transactions, self._dialect)

    async def _write(self, steps: Steps[T]) -> T:
        async with self._connections.lent() as lent:
            await self._connections.take_turn(lent)
            return await run_async(lent, steps)

    def _opened(self, project: str, *, writes: bool, alone: bool = False) -> "_AsyncTransaction":
        return _AsyncTransaction(self._connections, Reads(project, self._transactions, writes=writes, alone=alone))


class _AsyncTransaction:
    """A database transaction on one project. It begins with its first statement."""

    def __init__(self, connections: AsyncConnections | AsyncHostConnections, reads: Reads) -> None:
        self._connections: Any = connections
        self._lent: AsyncLent | AsyncHostLent | None = None
        self.reads = reads

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, _: TracebackType | None
    ) -> None:
        # O5: an error may name provisional order numbers; people must see the numbers that orders would get.
        if isinstance(problem, KwigaOrdersError):
            self.reads.renumber(problem)
        lent = self._lent
        if lent is None:
            return
        try:
            # a refusal ends the transaction as an answer does; any other exception leaves the connection dirty
            if self.reads.is_open and (kind is None or issubclass(kind, KwigaOrdersError)):
                await run_async(lent, self.reads.end())
        finally:
            await self._connections.take_back(lent)

    async def execute(self, steps: Steps[T]) -> T:
        """Execute steps within the transaction."""
        lent = await self._lend()
        try:
            return await run_async(lent, self.reads.begin_with(steps))
        except (AdapterFailed, Conflict):
            self.reads.is_open = False
            raise

    async def commit(self, changes: Changes, /) -> None:
        """Write all of `changes`, or nothing."""
        lent = await self._lend()
        # Taken only now: while a command decides, other tasks may write to the file.
        await self._connections.take_turn(lent)
        try:
            await self.execute(commit(self.reads, changes, dialect=lent.dialect.name))
        # K1: rolled back here, because a kept refusal may still be written in this transaction.
        except Conflict:
            await undo_async(lent)
            raise
        if changes.outbox:
            self._connections.wake()

    async def _lend(self) -> AsyncLent | AsyncHostLent:
        if self._lent is None:
            self._lent = await self._connections.lend()
            if self.reads.is_alone:
                await self._connections.take_turn(self._lent)
        return self._lent

    async def get_project(self) -> Project:
        """Give the project itself."""
        return await self.execute(self.reads.get_project())

    async def find_contact(self, id: str, /) -> Contact | None:
        """Give a contact."""
        return await self.execute(self.reads.find_contact(id))

    async def find_order(self, id: str, /) -> Order | None:
        """Give an order."""
        return await self.execute(self.reads.find_order(id))

    async def orders_of(
        self, contact: str, /, *, product: str | None = None, offer: str | None = None
    ) -> Sequence[Order]:
        """Give the orders of a contact by number; only those with a line for `product`, or made from `offer`."""
        return await self.execute(self.reads.orders_of(contact, product=product, offer=offer))

    async def find_offer(self, code: str, /) -> Offer | None:
        """Give an offer with all its versions."""
        return await self.execute(self.reads.find_offer(code))

    async def orders_from(self, offer: str, /, *, after: int = 0, limit: int | None = None) -> Sequence[Order]:
        """Give the orders made from an offer, by number, from after a number on; `limit` of them, or all (O8)."""
        return await self.execute(self.reads.orders_from(offer, after=after, limit=limit))

    async def find_funnel(self, id: str, /) -> Funnel | None:
        """Give a funnel."""
        return await self.execute(self.reads.find_funnel(id))

    async def all_funnels(self) -> Sequence[Funnel]:
        """Give all funnels of the project, the default one first, the others by id."""
        return await self.execute(self.reads.all_funnels())

    async def offers_naming(self, funnel: str, /) -> Sequence[str]:
        """Give the codes of the offers whose newest version names that funnel (F6)."""
        return await self.execute(self.reads.offers_naming(funnel))

    async def orders_in(self, funnel: str, /, *, status: str | None = None) -> Sequence[Order]:
        """Give the orders that stand in a funnel, or in one status of it, by number (F6)."""
        return await self.execute(self.reads.orders_in(funnel, status=status))

    async def next_number(self, of: Literal["order", "certificate"], /) -> int:
        """Give the next free number (O5, C3). It is taken when the change that uses it is committed."""
        return await self.execute(self.reads.next_number(of))

    async def find_repeated(self, key: str, /) -> Repeated | None:
        """Give the answer stored under an idempotency key (K1)."""
        return await self.execute(self.reads.find_repeated(key))

    async def history_of(self, order: str, /) -> Sequence[Recorded]:
        """Give the history of an order from the start (O10)."""
        return await self.execute(self.reads.history_of(order))

    async def letters_sent(self, contact: str | None, /, *, order: str | None = None) -> Sequence[OutboxRow]:
        """Give the letters that were sent, in order; only those to `contact` or about `order`, if given (N1)."""
        return await self.execute(self.reads.letters_sent(contact, order=order))

    async def due_orders(self, until: datetime, /, *, limit: int) -> Sequence[str]:
        """Give the ids of orders with something due by that instant, the longest due first."""
        return await self.execute(self.reads.due_orders(until, limit=limit))

    async def unsettled_orders(self, gateway: str, /, *, after: str, limit: int) -> Sequence[str]:
        """Give sorted ids, after `after`, of orders with a payment whose outcome only the gateway knows (P4)."""
        return await self.execute(self.reads.unsettled_orders(gateway, after=after, limit=limit))

    async def search(self, search: OrderSearch, /) -> Page:
        """Give a page of orders (V1, V3)."""
        return await self.execute(self.reads.search(search))

    async def cards(self, search: OrderSearch, /) -> CardPage:
        """Give the page that `search` gives, as cards (V2)."""
        return await self.execute(self.reads.cards(search))

    async def cards_by_status(self, search: OrderSearch, /) -> Mapping[str, Sequence[Card]]:
        """Give the newest cards of each status that `search` names, at most `limit` for a status (V2)."""
        return await self.execute(self.reads.cards_by_status(search))

    async def count_by_status(self, search: OrderSearch, /) -> Sequence[StatusCount]:
        """Count the orders that match, by status, without loading them (V2); statuses without orders are left out."""
        return await self.execute(self.reads.count_by_status(search))

    async def look_up(self, lookup: Lookup[T], /) -> T:
        """Answer one of the lookups of `listing` (V8)."""
        return await self.execute(self.reads.look_up(lookup))

    async def tracks(self, search: OrderSearch, /) -> TrackPage:
        """Give the status history of a page of orders, without loading the orders (F8)."""
        return await self.execute(self.reads.tracks(search))


if TYPE_CHECKING:

    def _fits(store: AsyncSqlOrderStore, transaction: _AsyncTransaction) -> tuple[AsyncOrderStore, AsyncTransaction]:
        return store, transaction

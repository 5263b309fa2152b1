"""A store in memory: for hosts that need no more, for trials and for tests; nothing outlives the process.

Laws:

1. It keeps the conditions of `OrderStore`, except that of surviving a crash; stored values are frozen and shared.
2. One at a time changes a project; a second one waits, and gives up with `store.locked`, as in the embedded database.
3. Reads never wait: during a read a change is made to a copy, so the reader sees one snapshot.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypeVar
from weakref import WeakKeyDictionary

import attrs

from kwiga_orders.adapters.memory_records import MemoryTransaction, ProjectState, written
from kwiga_orders.changes import Changes, OutboxRow, Repeated
from kwiga_orders.course import Course, Progress
from kwiga_orders.delivery import Claim, PutOff
from kwiga_orders.errors import AdapterFailed, Conflict, NotFound
from kwiga_orders.funnel import Funnel, born_with
from kwiga_orders.listing import Card, CardPage, Lookup, OrderSearch, Page, StatusCount, TrackPage
from kwiga_orders.offers import Offer
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.ports import (
    AsyncCourses,
    AsyncOrderStore,
    AsyncProgressSource,
    AsyncTransaction,
    Courses,
    OrderStore,
    ProgressSource,
    Transaction,
)
from kwiga_orders.project import Contact, Project

__all__ = [
    "AsyncMemoryCourses",
    "AsyncMemoryOrderStore",
    "AsyncMemoryProgress",
    "MemoryCourses",
    "MemoryOrderStore",
    "MemoryProgress",
]

T = TypeVar("T")

_PATIENCE = timedelta(seconds=5)


class MemoryOrderStore:
    """Keeps everything in memory; safe to share between threads.

    `busy_timeout` is how long a change waits for another one of the same project to end.
    """

    def __init__(self, *, busy_timeout: timedelta = _PATIENCE) -> None:
        self._busy_timeout = busy_timeout
        self._states: dict[str, ProjectState] = {}
        self._writing: dict[str, threading.Lock] = {}
        # held only for as long as it takes to take or to swap a state
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self, project: str, /, *, writes: bool, alone: bool = False) -> Iterator["_Transaction"]:
        """Begin to look at a project; with `writes`, to change it.

        Raises:
            NotFound: if there is no such project.
            AdapterFailed: `store.locked` if another thread writes to the project for longer than the timeout.
        """
        if not writes:
            with self.snapshot(project) as transaction:
                yield transaction
            return
        writing = self._writing_lock(project)
        if not writing.acquire(timeout=self._busy_timeout.total_seconds()):
            raise AdapterFailed("store.locked", project=project)
        try:
            # A snapshot for the writer, too: it decides on what it sees, and `commit` compares the revision.
            with self.snapshot(project) as transaction:
                yield transaction
        finally:
            writing.release()

    @contextmanager
    def snapshot(self, project: str, /) -> Iterator["_Transaction"]:
        """Look at one moment without waiting; a change is a conflict if others were faster."""
        with self._lock:
            transaction = _Transaction(self, self._state(project))
        try:
            yield transaction
        finally:
            with self._lock:
                # Counted down even after an error, or the state would be copied for ever.
                transaction.state.readers -= 1

    def save_project(self, project: Project, /) -> None:
        """Make a project, born with its default funnel (F1), or change its settings."""
        with self._lock:
            if project.id in self._states:
                # A change of settings is no commit of orders, so it needs no decision behind it.
                self._writable(project.id).change(project)
                return
            # Born with its default funnel, so that the first order has somewhere to stand (F1).
            funnel = born_with(project.locale)
            self._states[project.id] = ProjectState(project=project, funnels={funnel.id: funnel})

    def save_contact(self, project: str, contact: Contact, /) -> None:
        """Make or replace a contact; searches find it by its new name, e-mail and phone at once (V3)."""
        with self._lock:
            self._writable(project).save(contact)

    def pending(self, project: str, /, *, limit: int, gateway: str | None = None) -> Sequence[OutboxRow]:
        """Give the oldest rows that were not sent yet, in order: those for a gateway, or for the notifier (N1)."""
        with self._lock:
            return self._state(project).outbox.pending(limit, gateway)

    def claim(
        self, project: str, /, *, now: datetime, until: datetime, limit: int, gateway: str | None = None
    ) -> Claim:
        """Claim the oldest free rows until an instant; another worker gets rows of other orders meanwhile."""
        with self._lock:
            return self._writable(project).outbox.claim(now=now, until=until, limit=limit, gateway=gateway)

    def mark_sent(self, project: str, rows: Sequence[str], /, *, at: datetime) -> None:
        """Note that rows, by their ids, were sent."""
        with self._lock:
            self._writable(project).outbox.mark_sent(rows)

    def put_off(
        self, project: str, rows: Sequence[PutOff], /, *, claim: Claim, at: datetime, outbox: Sequence[OutboxRow] = ()
    ) -> None:
        """Put rows of a claim off or park them, and add the rows that tell of it."""
        with self._lock:
            state = self._writable(project)
            state.outbox.put_off(rows, claim, at)
            for row in outbox:
                state.outbox.add(row)

    def release(self, project: str, rows: Sequence[str], /, *, claim: Claim) -> None:
        """Let others have rows of a claim that were not sent."""
        with self._lock:
            self._writable(project).outbox.release(rows, claim)

    def forget_keys(self, project: str, /, *, before: datetime, limit: int) -> None:
        """Forget the oldest idempotency keys that are kept since before an instant."""
        with self._lock:
            self._writable(project).forget_keys(before, limit)

    def commit(self, transaction: "_Transaction", changes: Changes, /) -> None:
        """Write all of `changes`, as decided in `transaction`, or nothing."""
        project = transaction.state.project.id
        with self._lock:
            # The revision of the whole project: coarser than the database's checks, and enough in one process.
            if self._state(project).revision != transaction.revision:
                raise Conflict("order.conflict", project=project)
            # Refused before the first write, since there is no rollback (K4).
            transaction.state.refuse(changes)
            transaction.state.readers -= 1
            state = self._writable(project)
            written(state, changes)
            state.readers += 1
            # The transaction goes on with the new state, so that it can commit again.
            transaction.state, transaction.revision = state, state.revision

    def _writing_lock(self, project: str) -> threading.Lock:
        with self._lock:
            self._state(project)
            return self._writing.setdefault(project, threading.Lock())

    def _state(self, project: str) -> ProjectState:
        if project not in self._states:
            raise NotFound("project", project)
        return self._states[project]

    def _writable(self, project: str) -> ProjectState:
        """Give a state that no reader holds: the current one, or a copy of it from now on."""
        state = self._state(project)
        if state.readers:
            state = self._states[project] = state.copied()
        return state


class _Transaction(MemoryTransaction):
    """One look at a project, counted, so that its state is left alone meanwhile."""

    def __init__(self, store: MemoryOrderStore, state: ProjectState) -> None:
        super().__init__(state)
        state.readers += 1
        self._store = store
        self.revision = state.revision

    def commit(self, changes: Changes, /) -> None:
        """Write all of `changes`, or nothing."""
        self._store.commit(self, changes)


class AsyncMemoryOrderStore:
    """`MemoryOrderStore`, awaited; it may share the data of a blocking `store`."""

    def __init__(self, store: MemoryOrderStore | None = None, *, busy_timeout: timedelta = _PATIENCE) -> None:
        self._store = store or MemoryOrderStore()
        self._busy_timeout = busy_timeout
        # a lock of asyncio belongs to one loop
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
        """Begin to look at a project; with `writes`, to change it."""
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
        """Note that rows, by their ids, were sent."""
        self._store.mark_sent(project, rows, at=at)

    async def put_off(
        self, project: str, rows: Sequence[PutOff], /, *, claim: Claim, at: datetime, outbox: Sequence[OutboxRow] = ()
    ) -> None:
        """Put rows of a claim off or park them, and add the rows that tell of it."""
        self._store.put_off(project, rows, claim=claim, at=at, outbox=outbox)

    async def release(self, project: str, rows: Sequence[str], /, *, claim: Claim) -> None:
        """Let others have rows of a claim that were not sent."""
        self._store.release(project, rows, claim=claim)

    async def forget_keys(self, project: str, /, *, before: datetime, limit: int) -> None:
        """Forget the oldest idempotency keys that are kept since before an instant."""
        self._store.forget_keys(project, before=before, limit=limit)


@attrs.frozen
class _AsyncTransaction:
    """Every method of a transaction as a coroutine."""

    _looked: _Transaction

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
        """Give the same page as `search` does, of each order its card (V2)."""
        return self._looked.cards(search)

    async def cards_by_status(self, search: OrderSearch, /) -> Mapping[str, Sequence[Card]]:
        """Give of each status that `search` names the newest cards, `limit` of each (V2)."""
        return self._looked.cards_by_status(search)

    async def count_by_status(self, search: OrderSearch, /) -> Sequence[StatusCount]:
        return self._looked.count_by_status(search)

    async def look_up(self, lookup: Lookup[T], /) -> T:
        """Answer one of the lookups of `listing` (V8)."""
        return self._looked.look_up(lookup)

    async def tracks(self, search: OrderSearch, /) -> TrackPage:
        return self._looked.tracks(search)


class MemoryCourses:
    """The host's outlines, put here by the host."""

    def __init__(self) -> None:
        self._courses: dict[tuple[str, str], Course] = {}

    def put(self, project: str, course: Course, /) -> None:
        """Add the outline of a product, or replace it from now on."""
        self._courses[project, course.product] = course

    def find_course(self, project: str, product: str, /) -> Course | None:
        """Give the outline of a product as it is now, or None if the project has no such product."""
        return self._courses.get((project, product))


class MemoryProgress:
    """What contacts have learned, put here by the host."""

    def __init__(self) -> None:
        self._progress: dict[tuple[str, str, str], Progress] = {}

    def put(self, project: str, progress: Progress, /) -> None:
        """Add what a contact has done: completed lessons add up, practices and tests replace by id."""
        key = (project, progress.contact, progress.product)
        self._progress[key] = self.get_progress(*key).joined(progress)

    def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        """Give what a contact has done in a product; an empty progress if nothing."""
        return self._progress.get((project, contact, product)) or Progress(contact=contact, product=product)


class AsyncMemoryCourses:
    """`MemoryCourses`, awaited; give it courses to share them."""

    def __init__(self, courses: MemoryCourses | None = None) -> None:
        self._courses = courses or MemoryCourses()

    def put(self, project: str, course: Course, /) -> None:
        """Add the outline of a product, or replace it from now on."""
        self._courses.put(project, course)

    async def find_course(self, project: str, product: str, /) -> Course | None:
        """Give the outline of a product as it is now, or None if the project has no such product."""
        return self._courses.find_course(project, product)


class AsyncMemoryProgress:
    """`MemoryProgress`, awaited; give it progress to share it."""

    def __init__(self, progress: MemoryProgress | None = None) -> None:
        self._progress = progress or MemoryProgress()

    def put(self, project: str, progress: Progress, /) -> None:
        """Add what a contact has done: completed lessons add up, practices and tests replace by id."""
        self._progress.put(project, progress)

    async def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        """Give what a contact has done in a product; an empty progress if nothing."""
        return self._progress.get_progress(project, contact, product)


if TYPE_CHECKING:
    _store: OrderStore = MemoryOrderStore()
    _courses: Courses = MemoryCourses()
    _progress: ProgressSource = MemoryProgress()
    _async_store: AsyncOrderStore = AsyncMemoryOrderStore()
    _async_courses: AsyncCourses = AsyncMemoryCourses()
    _async_progress: AsyncProgressSource = AsyncMemoryProgress()

    def _fits(transaction: _Transaction, awaited: _AsyncTransaction) -> tuple[Transaction, AsyncTransaction]:
        return transaction, awaited

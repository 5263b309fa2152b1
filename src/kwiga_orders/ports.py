"""What a host implements, or takes from `adapters`: roles, as Protocols with numbered conditions.

A sync port and its async twin have the same methods with the same names; an adapter implements whichever it needs.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from typing import Protocol

import attrs

from kwiga_orders.course import Course, Progress
from kwiga_orders.facts import Changes, Courses, OutboxRow, ProgressSource, Records
from kwiga_orders.project import Contact, Project

__all__ = [
    "AsyncCourses",
    "AsyncNotifier",
    "AsyncOrderStore",
    "AsyncProgressSource",
    "AsyncSources",
    "AsyncTransaction",
    "Clock",
    "Courses",
    "Ids",
    "Notifier",
    "OrderStore",
    "ProgressSource",
    "Transaction",
]


class Clock(Protocol):
    """Tells the time; 1. aware, 2. never backwards within a process, as far as it can help it."""

    def now(self) -> datetime:
        """Give the present instant, in UTC."""
        ...


class Ids(Protocol):
    """Makes ids; 1. never the same twice, 2. not to be guessed (O5), 3. at most 100 characters."""

    def new(self) -> str:
        """Give an id."""
        ...


class Notifier(Protocol):
    """Hands letters and events on to people and systems.

    1. It is called after the change was committed, at least once for each row, in order for each order (N1).
    2. A row that comes again has the same `id` and `key`; the notifier may rely on them to send once (N2).
    3. If it raises, the row stays in the outbox and comes again.
    """

    def notify(self, project: str, row: OutboxRow, /) -> None:
        """Hand one row on."""
        ...


class Transaction(Records, Protocol):
    """A look at one project, and perhaps one change of it."""

    def commit(self, changes: Changes, /) -> None:
        """Write all of `changes`, or nothing.

        1. An order whose stored version is not the one in `based_on`, and an offer or a funnel whose stored counter
           is not one less than the new one, raise `Conflict("order.conflict")`; nothing is written (K2).
        2. Order numbers are unique in the project; a number taken meanwhile is a conflict, too (O5).
        3. A letter whose key is in the outbox already, sent or not, is left out (N2).
        4. An idempotency key that is there already is a conflict (K1).
        5. Contacts are made or replaced as `OrderStore.save_contact` does it.
        """
        ...


class OrderStore(Protocol):
    """Keeps orders, offers, funnels, history, the outbox and idempotency keys.

    1. Everything belongs to a project; nothing of another project is ever seen, counted, found or changed (K6).
    2. What `Transaction.commit` wrote is there for every transaction that begins afterwards, also after a crash (K4).
    3. A transaction sees one moment; what others commit meanwhile shows up as a conflict at most.
    4. An aggregate comes back equal to what was written.
    """

    def transaction(self, project: str, /, *, writes: bool) -> AbstractContextManager[Transaction]:
        """Begin to look at a project; with `writes`, to change it.

        Raises:
            NotFound: if there is no such project.
            AdapterFailed: if the storage cannot be reached.
        """
        ...

    def save_project(self, project: Project, /) -> None:
        """Make a project, born with its default funnel (F1), or change its settings."""
        ...

    def save_contact(self, project: str, contact: Contact, /) -> None:
        """Make or replace a contact; searches find it by its new name, e-mail and phone at once (V3)."""
        ...

    def pending(self, project: str, /, *, limit: int) -> Sequence[OutboxRow]:
        """Give the oldest rows of the outbox that were not handed on yet, in order (N1)."""
        ...

    def mark_sent(self, project: str, rows: Sequence[str], /, *, at: datetime) -> None:
        """Note that rows were handed on."""
        ...


# The async twins


class AsyncCourses(Protocol):
    """`Courses`, awaited."""

    async def find_course(self, project: str, product: str, /) -> Course | None:
        """Give the outline of a product."""
        ...


class AsyncProgressSource(Protocol):
    """`ProgressSource`, awaited."""

    async def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        """Give what a contact has done in a product."""
        ...


class AsyncNotifier(Protocol):
    """`Notifier`, awaited."""

    async def notify(self, project: str, row: OutboxRow, /) -> None:
        """Hand one row on."""
        ...


class AsyncTransaction(Protocol):
    """`Transaction`, awaited: every method of `Records`, as a coroutine.

    The looks of `facts.ask` are applied to it as they are; what they give is awaited.
    """

    async def commit(self, changes: Changes, /) -> None:
        """Write all of `changes`, or nothing."""
        ...


@attrs.frozen(kw_only=True)
class AsyncSources:
    """`Sources`, awaited: where facts come from."""

    project: str
    records: AsyncTransaction
    courses: AsyncCourses
    progress: AsyncProgressSource


class AsyncOrderStore(Protocol):
    """`OrderStore`, awaited; the same conditions."""

    def transaction(self, project: str, /, *, writes: bool) -> AbstractAsyncContextManager[AsyncTransaction]:
        """Begin to look at a project; with `writes`, to change it."""
        ...

    async def save_project(self, project: Project, /) -> None:
        """Make a project or change its settings."""
        ...

    async def save_contact(self, project: str, contact: Contact, /) -> None:
        """Make or replace a contact."""
        ...

    async def pending(self, project: str, /, *, limit: int) -> Sequence[OutboxRow]:
        """Give the oldest rows of the outbox that were not handed on yet."""
        ...

    async def mark_sent(self, project: str, rows: Sequence[str], /, *, at: datetime) -> None:
        """Note that rows were handed on."""
        ...

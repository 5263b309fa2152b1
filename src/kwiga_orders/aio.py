"""The one loop, awaited: look at the facts, decide, commit; or ask, and change nothing.

`service` is the same, without waiting; a test holds the two against each other.
"""

from collections.abc import AsyncIterator, Awaitable
from datetime import datetime
from typing import TypeVar, cast

import attrs

from kwiga_orders.access import Plan
from kwiga_orders.commands import Command
from kwiga_orders.decisions import Decision, Moment, decide
from kwiga_orders.errors import Conflict
from kwiga_orders.export import ExportedOrder, ExportedPage, export_page
from kwiga_orders.facts import Asking, Changes, Look, Receipt, Sources
from kwiga_orders.periods import utc
from kwiga_orders.ports import (
    AsyncCourses,
    AsyncNotifier,
    AsyncOrderStore,
    AsyncProgressSource,
    AsyncSources,
    AsyncTransaction,
    Clock,
    Ids,
)
from kwiga_orders.queries import OrdersQuery, PreviewQuery, Query
from kwiga_orders.questions import View, answer, count_for, plan_for
from kwiga_orders.views.shapes import PreviewView

__all__ = ["AsyncOrders"]

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class AsyncOrders:
    """The orders of one project: give it commands, ask it questions.

    `retries` is how often a command is decided anew on fresh state when somebody else was faster (K2).
    """

    project: str
    store: AsyncOrderStore
    courses: AsyncCourses
    progress: AsyncProgressSource
    clock: Clock
    ids: Ids
    retries: int = 20

    async def execute(self, command: Command) -> Receipt:
        """Decide a command and write all of it, or nothing (K4).

        Raises:
            Refused: a rule said no; `NotFound` for what is not in the project.
            Conflict: the order changed since `expected_version`, or an idempotency key was used before (K1, K2).
            AdapterFailed: the store could not be reached; whether the command was written is not known.
        """
        for attempt in range(self.retries + 1):
            try:
                return await self._commit(command)
            except Conflict as conflict:
                if not _may_retry(conflict, command) or attempt == self.retries:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def preview(self, command: Command) -> PreviewView:
        """Show what a command would change, write and send, by the very code that executes it (K3)."""
        return cast(PreviewView, await self.ask(PreviewQuery(command=command)))

    async def ask(self, query: Query) -> View:
        """Answer a question; nothing changes.

        Raises:
            NotFound: if what it asks about is not in the project.
        """
        async with self.store.transaction(self.project, writes=False) as transaction:
            return await self._run(answer(query, self._moment()), transaction)

    async def plan(self, *, contact: str, product: str) -> Plan:
        """Compile what a contact may learn of a product, for asking often (A8)."""
        async with self.store.transaction(self.project, writes=False) as transaction:
            return await self._run(plan_for(contact, product), transaction)

    async def count(self, query: OrdersQuery) -> int:
        """Tell how many orders a list has, on all its pages (V1)."""
        async with self.store.transaction(self.project, writes=False) as transaction:
            return await self._run(count_for(query), transaction)

    async def export(self, query: OrdersQuery) -> AsyncIterator[ExportedOrder]:
        """Give all orders of a list, from the page asked for to the last; `limit` of them are held at a time (V7)."""
        page: ExportedPage | None = None
        while page is None or page.next is not None:
            asked = query if page is None else attrs.evolve(query, after=page.next)
            async with self.store.transaction(self.project, writes=False) as transaction:
                page = await self._run(export_page(asked), transaction)
            for row in page.rows:
                yield row

    async def relay_once(self, notifier: AsyncNotifier, *, limit: int = 100) -> int:
        """Hand the oldest rows of the outbox on, in order; give how many (N1)."""
        rows = await self.store.pending(self.project, limit=limit)
        for row in rows:
            await notifier.notify(self.project, row)
            await self.store.mark_sent(self.project, [row.id], at=self._now())
        return len(rows)

    async def _commit(self, command: Command) -> Receipt:
        async with self.store.transaction(self.project, writes=True) as transaction:
            decision: Decision = await self._run(decide(command, self._moment()), transaction)
            if decision.changes != Changes():
                await transaction.commit(decision.changes)
            return decision.receipt

    async def _run(self, asking: Asking[T], transaction: AsyncTransaction) -> T:
        """Answer each look at the facts until the computation is done."""
        sources = self._sources(transaction)
        try:
            look = next(asking)
            while True:
                look = asking.send(await self._see(look, sources))
        except StopIteration as done:
            return cast(T, done.value)

    async def _see(self, look: Look, sources: AsyncSources) -> object:
        # a look works on whatever answers to the same names; what it gives here is awaited
        return await cast(Awaitable[object], look(cast(Sources, sources)))

    def _sources(self, transaction: AsyncTransaction) -> AsyncSources:
        return AsyncSources(project=self.project, records=transaction, courses=self.courses, progress=self.progress)

    def _moment(self) -> Moment:
        return Moment(now=self._now(), fresh_id=self.ids.new())

    def _now(self) -> datetime:
        return utc(self.clock.now())


def _may_retry(conflict: Conflict, command: Command) -> bool:
    """A command that names no version is decided anew on the fresh state (K2)."""
    return conflict.code == "order.conflict" and command.expected_version is None

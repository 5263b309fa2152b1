"""The one loop: look at the facts, decide, commit; or ask, and change nothing.

`aio` is the same, awaited; a test holds the two against each other.
"""

from collections.abc import Iterator
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
from kwiga_orders.ports import Clock, Courses, Ids, Notifier, OrderStore, ProgressSource, Transaction
from kwiga_orders.queries import OrdersQuery, PreviewQuery, Query
from kwiga_orders.questions import View, answer, count_for, plan_for
from kwiga_orders.views.shapes import PreviewView

__all__ = ["Orders"]

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Orders:
    """The orders of one project: give it commands, ask it questions.

    `retries` is how often a command is decided anew on fresh state when somebody else was faster (K2).
    """

    project: str
    store: OrderStore
    courses: Courses
    progress: ProgressSource
    clock: Clock
    ids: Ids
    retries: int = 20

    def execute(self, command: Command) -> Receipt:
        """Decide a command and write all of it, or nothing (K4).

        Raises:
            Refused: a rule said no; `NotFound` for what is not in the project.
            Conflict: the order changed since `expected_version`, or an idempotency key was used before (K1, K2).
            AdapterFailed: the store could not be reached; whether the command was written is not known.
        """
        for attempt in range(self.retries + 1):
            try:
                return self._commit(command)
            except Conflict as conflict:
                if not _may_retry(conflict, command) or attempt == self.retries:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def preview(self, command: Command) -> PreviewView:
        """Show what a command would change, write and send, by the very code that executes it (K3)."""
        return cast(PreviewView, self.ask(PreviewQuery(command=command)))

    def ask(self, query: Query) -> View:
        """Answer a question; nothing changes.

        Raises:
            NotFound: if what it asks about is not in the project.
        """
        with self.store.transaction(self.project, writes=False) as transaction:
            return self._run(answer(query, self._moment()), transaction)

    def plan(self, *, contact: str, product: str) -> Plan:
        """Compile what a contact may learn of a product, for asking often (A8)."""
        with self.store.transaction(self.project, writes=False) as transaction:
            return self._run(plan_for(contact, product), transaction)

    def count(self, query: OrdersQuery) -> int:
        """Tell how many orders a list has, on all its pages (V1)."""
        with self.store.transaction(self.project, writes=False) as transaction:
            return self._run(count_for(query), transaction)

    def export(self, query: OrdersQuery) -> Iterator[ExportedOrder]:
        """Give all orders of a list, from the page asked for to the last; `limit` of them are held at a time (V7)."""
        page: ExportedPage | None = None
        while page is None or page.next is not None:
            asked = query if page is None else attrs.evolve(query, after=page.next)
            with self.store.transaction(self.project, writes=False) as transaction:
                page = self._run(export_page(asked), transaction)
            for row in page.rows:  # noqa: UP028 - as its twin, which has no other way
                yield row

    def relay_once(self, notifier: Notifier, *, limit: int = 100) -> int:
        """Hand the oldest rows of the outbox on, in order; give how many (N1)."""
        rows = self.store.pending(self.project, limit=limit)
        for row in rows:
            notifier.notify(self.project, row)
            self.store.mark_sent(self.project, [row.id], at=self._now())
        return len(rows)

    def _commit(self, command: Command) -> Receipt:
        with self.store.transaction(self.project, writes=True) as transaction:
            decision: Decision = self._run(decide(command, self._moment()), transaction)
            if decision.changes != Changes():
                transaction.commit(decision.changes)
            return decision.receipt

    def _run(self, asking: Asking[T], transaction: Transaction) -> T:
        """Answer each look at the facts until the computation is done."""
        sources = self._sources(transaction)
        try:
            look = next(asking)
            while True:
                look = asking.send(self._see(look, sources))
        except StopIteration as done:
            return cast(T, done.value)

    def _see(self, look: Look, sources: Sources) -> object:
        return look(sources)

    def _sources(self, transaction: Transaction) -> Sources:
        return Sources(project=self.project, records=transaction, courses=self.courses, progress=self.progress)

    def _moment(self) -> Moment:
        return Moment(now=self._now(), fresh_id=self.ids.new())

    def _now(self) -> datetime:
        return utc(self.clock.now())


def _may_retry(conflict: Conflict, command: Command) -> bool:
    """A command that names no version is decided anew on the fresh state (K2)."""
    return conflict.code == "order.conflict" and command.expected_version is None

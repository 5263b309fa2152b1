"""The store in memory, blocking: who may look and who may change, and when."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from kwiga_orders.adapters.memory.records import MemoryRecords
from kwiga_orders.adapters.memory.state import ProjectState
from kwiga_orders.adapters.memory.writing import written
from kwiga_orders.changes import Changes, OutboxRow
from kwiga_orders.delivery import Claim, PutOff
from kwiga_orders.errors import AdapterFailed, Conflict, NotFound
from kwiga_orders.funnel import born_with
from kwiga_orders.ports import OrderStore, Transaction
from kwiga_orders.project import Contact, Project

__all__ = ["PATIENCE", "MemoryOrderStore", "MemoryTransaction"]

PATIENCE = timedelta(seconds=5)
"""How long a change waits for another one of the same project, if nobody says otherwise."""


class MemoryOrderStore:
    """Keeps everything in memory; safe to share between threads.

    `busy_timeout` is how long a change waits for another one of the same project to end.
    """

    def __init__(self, *, busy_timeout: timedelta = PATIENCE) -> None:
        self._busy_timeout = busy_timeout
        self._states: dict[str, ProjectState] = {}
        self._writing: dict[str, threading.Lock] = {}
        # held only for as long as it takes to take or to swap a state
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self, project: str, /, *, writes: bool, alone: bool = False) -> Iterator["MemoryTransaction"]:
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
    def snapshot(self, project: str, /) -> Iterator["MemoryTransaction"]:
        """Look at one moment without waiting; a change is a conflict if others were faster."""
        with self._lock:
            transaction = MemoryTransaction(self, self._state(project))
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

    def commit(self, transaction: "MemoryTransaction", changes: Changes, /) -> None:
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


class MemoryTransaction(MemoryRecords):
    """One look at a project, counted, so that its state is left alone meanwhile."""

    def __init__(self, store: MemoryOrderStore, state: ProjectState) -> None:
        super().__init__(state)
        state.readers += 1
        self._store = store
        self.revision = state.revision

    def commit(self, changes: Changes, /) -> None:
        """Write all of `changes`, or nothing."""
        self._store.commit(self, changes)


if TYPE_CHECKING:
    _store: OrderStore = MemoryOrderStore()

    def _fits(transaction: MemoryTransaction) -> Transaction:
        return transaction

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
    """Keeps everything in memory; threads may share it.

    `busy_timeout` is how long a writer waits for another writer of the same project.
    """

    def __init__(self, *, busy_timeout: timedelta = PATIENCE) -> None:
        self._busy_timeout = busy_timeout
        self._states: dict[str, ProjectState] = {}
        self._writing: dict[str, threading.Lock] = {}
        # held only while a state is looked up or replaced, never while a command decides
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self, project: str, /, *, writes: bool, alone: bool = False) -> Iterator["MemoryTransaction"]:
        """Begin to read a project; with `writes`, also to change it.

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
            # The writer gets a snapshot, too: `commit` compares its revision with the newest one.
            with self.snapshot(project) as transaction:
                yield transaction
        finally:
            writing.release()

    @contextmanager
    def snapshot(self, project: str, /) -> Iterator["MemoryTransaction"]:
        """Open a snapshot without waiting for writers; its commit is a conflict if another writer committed first."""
        with self._lock:
            transaction = MemoryTransaction(self, self._state(project))
        try:
            yield transaction
        finally:
            with self._lock:
                # Counted down even after an error, or every later change would copy the state.
                transaction.state.readers -= 1

    def save_project(self, project: Project, /) -> None:
        """Make a project, born with its default funnel (F1), or change its settings."""
        with self._lock:
            if project.id in self._states:
                # Settings are saved outside of commands, so no revision is compared.
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
        """Note that the rows with these ids were sent."""
        with self._lock:
            self._writable(project).outbox.mark_sent(rows)

    def put_off(
        self, project: str, rows: Sequence[PutOff], /, *, claim: Claim, at: datetime, outbox: Sequence[OutboxRow] = ()
    ) -> None:
        """Put off or park rows of a claim, and add the rows that report it."""
        with self._lock:
            state = self._writable(project)
            state.outbox.put_off(rows, claim, at)
            for row in outbox:
                state.outbox.add(row)

    def release(self, project: str, rows: Sequence[str], /, *, claim: Claim) -> None:
        """Let other workers have the rows of a claim that were not sent."""
        with self._lock:
            self._writable(project).outbox.release(rows, claim)

    def forget_keys(self, project: str, /, *, before: datetime, limit: int) -> None:
        """Delete the oldest idempotency keys that were stored before an instant."""
        with self._lock:
            self._writable(project).forget_keys(before, limit)

    def commit(self, transaction: "MemoryTransaction", changes: Changes, /) -> None:
        """Write all of `changes`, as decided in `transaction`, or nothing."""
        project = transaction.state.project.id
        with self._lock:
            # One revision for the whole project: coarser than the checks of the database, and enough in one process.
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
        """Give a state that no reader uses: the current one, or a copy that replaces it."""
        state = self._state(project)
        if state.readers:
            state = self._states[project] = state.copied()
        return state


class MemoryTransaction(MemoryRecords):
    """A snapshot of a project. It is counted as a reader, so that its state is not changed in place."""

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

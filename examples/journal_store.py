"""A store of one's own: all in memory, and a journal on disk from which it is read back.

For one process, and for as many orders as fit in memory. What is in the journal when a call returns is there after a
crash; a line that was cut off by one is left out, so a command is wholly there or not at all.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.changes import Changes, OutboxRow
from kwiga_orders.codec import Json, decode, encode
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.ports import OrderStore, TakenRows, Transaction
from kwiga_orders.project import Contact, Project


class JournalStore:
    """Keeps orders in memory, and every change of them in a file of JSON lines."""

    def __init__(self, file: Path) -> None:
        self._memory = MemoryOrderStore()
        self._lock = Lock()
        self._journal = file.open("a+b")
        self._read()

    def close(self) -> None:
        """Close the file."""
        self._journal.close()

    @contextmanager
    def transaction(self, project: str, /, *, writes: bool) -> Iterator[Transaction]:
        """Begin to look at a project; with `writes`, to change it."""
        if self._journal.closed:
            raise AdapterFailed("store.unreachable")
        with self._memory.transaction(project, writes=writes) as transaction:
            yield cast(Transaction, _Journalled(transaction, project, self))

    def save_project(self, project: Project, /) -> None:
        """Make a project, born with its default funnel, or change its settings."""
        self._memory.save_project(project)
        self.note({"project": encode(project, Project)})

    def save_contact(self, project: str, contact: Contact, /) -> None:
        """Make or replace a contact."""
        self._memory.save_contact(project, contact)
        self.note({"of": project, "contact": encode(contact, Contact)})

    def pending(self, project: str, /, *, limit: int, gateway: str | None = None) -> Sequence[OutboxRow]:
        """Give the oldest rows that were not handed on yet, in order: those for a gateway, or for the notifier."""
        return self._memory.pending(project, limit=limit, gateway=gateway)

    @contextmanager
    def taken(self, project: str, /, *, limit: int, gateway: str | None = None) -> Iterator[TakenRows]:
        """Take what `pending` gives, to hand it on; other threads take rows of other orders meanwhile."""
        with self._memory.taken(project, limit=limit, gateway=gateway) as taken:
            yield _Taken(taken, project, self)

    def note(self, entry: dict[str, Json]) -> None:
        """Write a line that is on the disk when this returns.

        Raises:
            AdapterFailed: if it cannot be written; then memory is ahead of the disk, so the store stops.
        """
        line = json.dumps(entry, ensure_ascii=False).encode() + b"\n"
        with self._lock:
            try:
                self._journal.write(line)
                self._journal.flush()
                os.fsync(self._journal.fileno())
            except OSError as problem:
                self._journal.close()
                raise AdapterFailed("store.unreachable") from problem

    def _read(self) -> None:
        self._journal.seek(0)
        whole = 0
        for line in self._journal:
            if not line.endswith(b"\n"):
                break
            self._again(json.loads(line))
            whole += len(line)
        self._journal.truncate(whole)

    def _again(self, entry: dict[str, Any]) -> None:
        """Do once more what a line tells."""
        if "project" in entry:
            self._memory.save_project(decode(entry["project"], Project))
        elif "contact" in entry:
            self._memory.save_contact(entry["of"], decode(entry["contact"], Contact))
        elif "sent" in entry:
            self._memory.mark_sent(entry["of"], entry["sent"])
        else:
            with self._memory.transaction(entry["of"], writes=True) as transaction:
                transaction.commit(decode(entry["changes"], Changes))


class _Journalled:
    """A transaction in memory that notes what it commits; all looks are those of memory."""

    def __init__(self, inner: Transaction, project: str, store: JournalStore) -> None:
        self._inner, self._project, self._store = inner, project, store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def commit(self, changes: Changes, /) -> None:
        """Write all of `changes`, or nothing."""
        self._inner.commit(changes)
        self._store.note({"of": self._project, "changes": encode(changes, Changes)})


class _Taken:
    """Rows taken from memory; what is marked is noted."""

    def __init__(self, inner: TakenRows, project: str, store: JournalStore) -> None:
        self._inner, self._project, self._store = inner, project, store

    @property
    def rows(self) -> Sequence[OutboxRow]:
        """The rows, in order."""
        return self._inner.rows

    def mark_sent(self, rows: Sequence[str], /, *, at: datetime) -> None:
        """Note that rows were handed on."""
        self._inner.mark_sent(rows, at=at)
        self._store.note({"of": self._project, "sent": list(rows)})


if TYPE_CHECKING:

    def _fits(store: JournalStore) -> OrderStore:
        return store

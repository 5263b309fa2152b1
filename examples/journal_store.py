"""A custom store: it keeps everything in memory, and a journal on disk from which it is read back.

It is for one process, and for as many orders as fit in memory. What is in the journal when a call returns survives a
crash. A line that was cut off by a crash is skipped, so a command is stored completely or not at all.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.changes import Changes, OutboxRow
from kwiga_orders.codec import Json, decode, encode
from kwiga_orders.delivery import Claim, PutOff
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.ports import OrderStore, Transaction
from kwiga_orders.project import Contact, Project


class JournalStore:
    """Keeps orders in memory, and every change in a file of JSON lines."""

    def __init__(self, file: Path) -> None:
        self._memory = MemoryOrderStore()
        self._lock = Lock()
        self._journal = file.open("a+b")
        self._read()

    def close(self) -> None:
        """Close the file."""
        self._journal.close()

    @contextmanager
    def transaction(self, project: str, /, *, writes: bool, alone: bool = False) -> Iterator[Transaction]:
        """Begin to read a project; with `writes`, also to change it."""
        if self._journal.closed:
            raise AdapterFailed("store.unreachable")
        with self._memory.transaction(project, writes=writes, alone=alone) as transaction:
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
        """Give the oldest rows that are not sent yet, in order: those for a gateway, or for the notifier."""
        return self._memory.pending(project, limit=limit, gateway=gateway)

    def claim(
        self, project: str, /, *, now: datetime, until: datetime, limit: int, gateway: str | None = None
    ) -> Claim:
        """Claim the oldest free rows. Only one process uses the file, so claims and tries need not survive it."""
        return self._memory.claim(project, now=now, until=until, limit=limit, gateway=gateway)

    def mark_sent(self, project: str, rows: Sequence[str], /, *, at: datetime) -> None:
        """Mark rows as sent."""
        self._memory.mark_sent(project, rows, at=at)
        self.note({"of": project, "sent": list(rows)})

    def put_off(
        self, project: str, rows: Sequence[PutOff], /, *, claim: Claim, at: datetime, outbox: Sequence[OutboxRow] = ()
    ) -> None:
        """Put rows off or park them, and store the rows that report it."""
        self._memory.put_off(project, rows, claim=claim, at=at, outbox=outbox)
        if outbox:
            self.note({"of": project, "changes": encode(Changes(outbox=tuple(outbox)), Changes)})

    def release(self, project: str, rows: Sequence[str], /, *, claim: Claim) -> None:
        """Release rows of a claim."""
        self._memory.release(project, rows, claim=claim)

    def forget_keys(self, project: str, /, *, before: datetime, limit: int) -> None:
        """Delete the oldest idempotency keys; after a restart they are back until they are deleted again."""
        self._memory.forget_keys(project, before=before, limit=limit)

    def note(self, entry: dict[str, Json]) -> None:
        """Write a line that is on the disk when this returns.

        Raises:
            AdapterFailed: if it cannot be written. Memory is then ahead of the disk, so the store stops.
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
        """Repeat the change of a line."""
        if "project" in entry:
            self._memory.save_project(decode(entry["project"], Project))
        elif "contact" in entry:
            self._memory.save_contact(entry["of"], decode(entry["contact"], Contact))
        elif "sent" in entry:
            self._memory.mark_sent(entry["of"], entry["sent"], at=datetime.now(UTC))
        else:
            with self._memory.transaction(entry["of"], writes=True) as transaction:
                transaction.commit(decode(entry["changes"], Changes))


class _Journalled:
    """A transaction in memory that writes its commits to the journal; reads come from memory."""

    def __init__(self, inner: Transaction, project: str, store: JournalStore) -> None:
        self._inner, self._project, self._store = inner, project, store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def commit(self, changes: Changes, /) -> None:
        """Write all of `changes`, or nothing."""
        self._inner.commit(changes)
        self._store.note({"of": self._project, "changes": encode(changes, Changes)})


if TYPE_CHECKING:

    def _fits(store: JournalStore) -> OrderStore:
        return store

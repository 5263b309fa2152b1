"""Stores whose outbox, projects or files are at fault: each has one fault, said by its docstring."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, cast

import attrs

from examples.journal_store import JournalStore
from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.changes import OutboxRow
from kwiga_orders.codec import Json
from kwiga_orders.delivery import Claim, PutOff
from kwiga_orders.funnel import born_with
from kwiga_orders.ports import OrderStore
from kwiga_orders.project import Contact, Project
from kwiga_orders.testing.store_hosted import Host
from tests.hosts import migrated

__all__ = ["BAD_FILES", "BAD_STORES", "BadFile", "BadStore", "committing_host"]


class BadStore(MemoryOrderStore):
    """The store in memory; what is not said here goes as it should."""

    told_by: ClassVar[str]


class ClaimsTwice(BadStore):
    """Two workers get one row."""

    told_by = "test_claimed_rows_are_one_worker_s"

    def claim(self, project: str, /, **asked: Any) -> Claim:
        self._state(project).outbox.held.clear()
        return super().claim(project, **asked)


class ClaimsForEver(BadStore):
    """The rows of a worker that died are nobody's."""

    told_by = "test_a_claim_runs_out"

    def claim(self, project: str, /, *, until: datetime, **asked: Any) -> Claim:
        claim = super().claim(project, until=until.replace(year=9000), **asked)
        return attrs.evolve(claim, until=until)


class Overtakes(BadStore):
    """What is put off does not hold up what was written after it."""

    told_by = "test_what_is_put_off_holds_up_its_order_only"

    def put_off(self, project: str, rows: Sequence[PutOff], /, **asked: Any) -> None:
        super().put_off(project, rows, **asked)
        outbox = self._state(project).outbox
        for one in rows:
            # at the end of the queue, as somebody does who puts it there again
            outbox.unsent[one.id] = outbox.unsent.pop(one.id)


class LateWorkers(BadStore):
    """A worker whose claim ran out puts off what another one has now."""

    told_by = "test_a_claim_that_ran_out_holds_nothing"

    def put_off(self, project: str, rows: Sequence[PutOff], /, *, claim: Claim, **asked: Any) -> None:
        held = self._state(project).outbox.held
        for one in rows:
            if one.id in held:
                held[one.id] = attrs.evolve(held[one.id], owner=claim.owner)
        super().put_off(project, rows, claim=claim, **asked)


class OnlyTheOwnerSends(BadStore):
    """What a worker has sent too late comes again."""

    told_by = "test_what_was_sent_late_is_sent"
    owners: ClassVar[dict[str, int]] = {}

    def claim(self, project: str, /, **asked: Any) -> Claim:
        claim = super().claim(project, **asked)
        for row in claim.rows:
            self.owners[row.id] = self.owners.get(row.id, 0) + 1
        return claim

    def mark_sent(self, project: str, rows: Sequence[str], /, *, at: datetime) -> None:
        super().mark_sent(project, [row for row in rows if self.owners.get(row, 0) < 2], at=at)


class OutboxByIds(BadStore):
    """Rows are sent in the order of their ids."""

    told_by = "test_rows_wait_in_order"

    def pending(self, project: str, /, *, limit: int, gateway: str | None = None) -> Sequence[OutboxRow]:
        return sorted(super().pending(project, limit=9999, gateway=gateway), key=lambda row: row.id)[:limit]


class OneQueue(BadStore):
    """Gateways and the notifier share their rows."""

    told_by = "test_gateways_have_rows_of_their_own"

    def claim(self, project: str, /, *, gateway: str | None = None, **asked: Any) -> Claim:
        rows = self._state(project).outbox.unsent.values()
        first = next((row.gateway for row in rows), gateway)
        return super().claim(project, gateway=first, **asked)


class ForgetsTheNewest(BadStore):
    """Keys are forgotten from the wrong end."""

    told_by = "test_keys_are_forgotten"

    def forget_keys(self, project: str, /, *, before: datetime, limit: int) -> None:
        kept = self._state(project).repeated
        dated = sorted((one.at, one.key) for one in kept.values() if one.at is not None and one.at < before)
        for _, key in dated[-limit:]:
            del kept[key]


class BornAgain(BadStore):
    """A project that is saved again gets its first funnel back."""

    told_by = "test_a_project_changes_and_keeps_what_it_has"

    def save_project(self, project: Project, /) -> None:
        super().save_project(project)
        funnel = born_with(project.locale)
        self._state(project.id).funnels.setdefault(funnel.id, funnel)


class FindsTheOldName(BadStore):
    """Searches keep the texts of a contact as they were first."""

    told_by = "test_a_contact_is_found_by_what_it_is_now"

    def save_contact(self, project: str, contact: Contact, /) -> None:
        before = self._state(project).texts.get(contact.id)
        super().save_contact(project, contact)
        if before is not None:
            self._state(project).texts[contact.id] = before


class NothingMovesDueWork(BadStore):
    """A project whose grace changes leaves its orders to their old instants."""

    told_by = "test_a_change_of_the_project"

    def save_project(self, project: Project, /) -> None:
        known = self._states.get(project.id)
        due = {} if known is None else dict(known.next_due)
        super().save_project(project)
        self._state(project.id).next_due = due


BAD_STORES: tuple[type[BadStore], ...] = tuple(BadStore.__subclasses__())


# With files, and within hosts


class BadFile(JournalStore):
    """The store with a journal; what is not said here goes as it should."""

    told_by: ClassVar[str]


class ForgetsWhatWasSent(BadFile):
    """After a restart everything is sent again."""

    told_by = "test_a_store_is_opened_again"

    def note(self, entry: dict[str, Json]) -> None:
        if "sent" not in entry:
            super().note(entry)


class ForgetsKeys(BadFile):
    """Idempotency keys are in memory only."""

    told_by = "test_a_store_that_was_opened_again_goes_on"

    def note(self, entry: dict[str, Json]) -> None:
        changes = cast("dict[str, Json]", entry.get("changes", {}))
        changes.pop("repeated", None)
        super().note(entry)


class WritesWhenItIsClosed(BadFile):
    """What was committed is on the disk only once the store is closed."""

    told_by = "test_a_process_that_dies"

    def __init__(self, file: Path) -> None:
        self.kept: list[dict[str, Json]] = []
        super().__init__(file)

    def note(self, entry: dict[str, Json]) -> None:
        self.kept.append(entry)

    def close(self) -> None:
        for entry in self.kept:
            super().note(entry)
        super().close()


BAD_FILES: tuple[Callable[[Path], BadFile], ...] = tuple(BadFile.__subclasses__())


@attrs.frozen
class _CommittingHost:
    """A host whose store commits by itself, whatever the host thinks of it."""

    connection: sqlite3.Connection
    store: OrderStore

    def commit(self) -> None:
        self.connection.commit()

    def rollback(self) -> None:
        # it is too late: the store has committed already
        self.connection.commit()


@contextmanager
def committing_host(folder: Path) -> Iterator[Host]:
    """Begin a transaction of a host that it cannot roll back."""
    with closing(sqlite3.connect(migrated(folder))) as connection:
        yield _CommittingHost(connection, SqlOrderStore.within(connection))

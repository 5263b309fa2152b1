"""A store within a transaction of the host: all is the host's to keep or to undo. Part of the suites of stores."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from kwiga_orders.ports import OrderStore
from kwiga_orders.testing.order_histories import Story, letter
from kwiga_orders.testing.requirements import Requiring, requires
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, furnish, read

__all__ = ["Host", "HostedContract"]


class Host(Protocol):
    """A host with a transaction, in which the store is."""

    @property
    def store(self) -> OrderStore:
        """The store in the transaction."""

    def commit(self) -> None:
        """Commit the transaction, and begin another."""

    def rollback(self) -> None:
        """Roll the transaction back, and begin another."""


class HostedContract(Requiring):
    """What the store writes and what the host writes is kept together, or not at all."""

    def open_host(self, folder: Path, /) -> AbstractContextManager[Host]:
        """Begin a transaction of a host on an empty store."""
        raise NotImplementedError

    @requires("host_transaction")
    def test_what_the_host_commits(self, tmp_path: Path) -> None:
        """K4: it is there after the host has rolled back something else."""
        with self.open_host(tmp_path) as host:
            furnish(host.store)
            story = Story.begins("o1", number=1)
            commit(host.store, story.changes(outbox=[letter("l1")]))
            host.commit()
            commit(host.store, story.pays().changes())
            host.rollback()

            assert read(host.store, lambda records: records.find_order("o1")) == story.order
            assert [row.id for row in host.store.pending(SCHOOL.id, limit=9)] == ["l1"]

    @requires("host_transaction")
    def test_what_the_host_undoes(self, tmp_path: Path) -> None:
        """K4 and N1: no order, no number, no letter is left of it, and the store goes on."""
        with self.open_host(tmp_path) as host:
            furnish(host.store)
            host.commit()
            commit(host.store, Story.begins("o1", number=1).changes(outbox=[letter("l1", key="one")]))
            host.rollback()

            assert read(host.store, lambda records: records.find_order("o1")) is None
            assert read(host.store, lambda records: records.next_number("order")) == 1
            assert not host.store.pending(SCHOOL.id, limit=9)
            commit(host.store, Story.begins("o1", number=1).changes(outbox=[letter("l2", key="one")]))
            assert [row.id for row in host.store.pending(SCHOOL.id, limit=9)] == ["l2"]

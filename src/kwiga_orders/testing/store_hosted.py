"""A store inside the host's transaction: the host commits or rolls back everything. Part of the suites of stores."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from kwiga_orders.ports import OrderStore
from kwiga_orders.testing.order_histories import Story, letter
from kwiga_orders.testing.requirements import Requiring, requires
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, furnish, read

__all__ = ["Host", "HostedContract"]


class Host(Protocol):
    """A host with an open transaction that contains the store."""

    @property
    def store(self) -> OrderStore:
        """The store in the transaction."""

    def commit(self) -> None:
        """Commit the transaction, and begin another one."""

    def rollback(self) -> None:
        """Roll the transaction back, and begin another one."""


class HostedContract(Requiring):
    """The data of the store and of the host is committed or rolled back together."""

    def open_host(self, folder: Path, /) -> AbstractContextManager[Host]:
        """Begin a transaction of a host on an empty store."""
        raise NotImplementedError

    @requires("host_transaction")
    def test_what_the_host_commits(self, tmp_path: Path) -> None:
        """K4: what the host committed stays after it rolls back something else."""
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
        """K4 and N1: after a rollback no order, number or letter is left, and the store still works."""
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

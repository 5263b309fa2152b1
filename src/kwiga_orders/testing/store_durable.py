"""What survives a process: a store that is opened again, or whose process died (K4). Part of the suites of stores."""

import os
import warnings
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar

import attrs

from kwiga_orders.changes import Receipt, Repeated
from kwiga_orders.errors import Conflict
from kwiga_orders.extras import extra
from kwiga_orders.orders import events as happened
from kwiga_orders.ports import OrderStore
from kwiga_orders.testing.order_histories import Story, event_row, letter, offer_of
from kwiga_orders.testing.requirements import Requiring, requires
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, furnish, hand_on
from kwiga_orders.testing.store_projects import everything

with extra("testing"):
    import pytest

__all__ = ["DurableContract"]

_KEY = Repeated(key="k1", fingerprint="f1", receipt=Receipt(order="o1", version=1))
_DIED = 77


class DurableContract(Requiring):
    """A store that is opened again has everything that was committed, and nothing else."""

    requirements: ClassVar[Mapping[str, str]] = {
        "durable": "what was committed outlives the process",
        "concurrent": "transactions run side by side",
        "search": "orders and contacts are found by text",
        "host_transaction": "it works within a transaction of the host",
    }

    def open_store(self, folder: Path, /) -> AbstractContextManager[OrderStore]:
        """Open an empty store, which may keep its files in `folder`, and close it at the end."""
        raise NotImplementedError

    def reopen_store(self, folder: Path, /) -> AbstractContextManager[OrderStore]:
        """Open the store in that folder again, with its data; by default like `open_store`."""
        return self.open_store(folder)

    @requires("durable")
    def test_a_store_is_opened_again(self, tmp_path: Path) -> None:
        """OrderStore 2 and 4: every answer is the same as before the store was closed."""
        is_text = "search" not in self.lacking()
        with self.open_store(tmp_path) as store:
            _fill(store)
            before = everything(store, SCHOOL.id, is_text=is_text)

        with self.reopen_store(tmp_path) as store:
            assert everything(store, SCHOOL.id, is_text=is_text) == before

    @requires("durable")
    def test_a_store_that_was_opened_again_goes_on(self, tmp_path: Path) -> None:
        """Commit 1-4: it still has the versions, numbers, sent letters and keys."""
        with self.open_store(tmp_path) as store:
            _fill(store)

        story = Story.begins("o1", number=1, offer="b1").pays()
        with self.reopen_store(tmp_path) as store:
            for stale in (story.changes(since=0), attrs.evolve(story.changes(since=2), repeated=(_KEY,))):
                with pytest.raises(Conflict):
                    commit(store, stale)
            with store.transaction(SCHOOL.id, writes=False) as records:
                assert (records.next_number("order"), records.next_number("certificate")) == (3, 2)
            commit(store, story.notes(tags=("hot",)).changes(outbox=[letter("l9", key="sent"), letter("l8")]))
            assert [row.id for row in store.pending(SCHOOL.id, limit=9)] == ["e1", "l2", "l8"]

    @requires("durable")
    def test_a_process_that_dies(self, tmp_path: Path) -> None:
        """K4: what was committed is there, and nothing else; the next process does not have to wait."""
        if not hasattr(os, "fork"):  # pragma: no cover - on Windows nothing dies this way
            return
        with self.open_store(tmp_path) as store:
            furnish(store)
            commit(store, Story.begins("o1", number=1).changes())

        assert self._dies(tmp_path) == _DIED, "the process that was to die did not get that far"

        with self.reopen_store(tmp_path) as store:
            with store.transaction(SCHOOL.id, writes=False) as records:
                found = [records.find_order(id) for id in ("o1", "o2", "o3")]
            assert found == [Story.begins("o1", number=1).order, Story.begins("o2", number=2).order, None]
            assert [row.id for row in store.pending(SCHOOL.id, limit=9)] == ["l2"]
            commit(store, Story.begins("o3", number=3).changes())

    def _dies(self, folder: Path) -> int:
        """Let a process commit, begin another transaction, and die; give its exit code."""
        with warnings.catch_warnings():
            # the child does nothing that needs the threads it lacks
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        try:
            with self.reopen_store(folder) as store:
                commit(store, Story.begins("o2", number=2).changes(outbox=[letter("l2", order="o2")]))
                with store.transaction(SCHOOL.id, writes=True) as transaction:
                    transaction.next_number("order")
                    # the decision's data is read by now, and nothing is written
                    transaction.find_order("o2")
                    os._exit(_DIED)
        finally:
            # whatever fails, the child must not go on with its parent's tests
            os._exit(1)


def _fill(store: OrderStore) -> None:
    """Write data of every kind that a store keeps."""
    furnish(store)
    story = Story.begins("o1", number=1, offer="b1")
    rows = [letter("l1", key="sent"), event_row("e1")]
    commit(store, attrs.evolve(story.changes(outbox=rows, repeated=_KEY), offers=(offer_of("b1"),)))
    commit(store, story.pays().changes(outbox=[letter("l2")]))
    other = Story.begins("o2", number=2, contact="taras")
    issued = other.then(happened.CertificateIssued(product="python", number=1))
    commit(store, other.changes(), issued.changes())
    hand_on(store, "l1")

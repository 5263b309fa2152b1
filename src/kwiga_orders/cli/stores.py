"""Stores by the names that the command line takes: `memory`, `sqlite`, or the URL of a database."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec

import attrs

from kwiga_orders.adapters.memory import MemoryOrderStore, MemoryProgress
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.ports import Courses, OrderStore
from kwiga_orders.service import Orders

__all__ = ["FreshStores", "opened", "opened_project", "usual_store"]


@attrs.frozen
class FreshStores:
    """Opens empty stores one after another; each may reuse the room of the one before."""

    _open: Callable[[], AbstractContextManager[OrderStore]]

    def fresh(self) -> AbstractContextManager[OrderStore]:
        """Open a store with nothing in it."""
        return self._open()

    @staticmethod
    @contextmanager
    def of(name: str) -> Iterator["FreshStores"]:
        """Create stores of that name; everything created for them is removed afterwards, existing data stays."""
        if name == "memory":
            yield FreshStores(lambda: nullcontext(MemoryOrderStore()))
            return
        # imported here: a store in memory needs no extra
        from kwiga_orders.adapters.sql.scratch import scratch_stores

        with scratch_stores(name) as fresh:
            yield FreshStores(lambda: nullcontext(fresh()))


def usual_store() -> str:
    """Give the store that is used if none is named: who has only the extra `testing` can run a case in memory."""
    return "sqlite" if find_spec("sqlalchemy") else "memory"


@contextmanager
def opened(name: str) -> Iterator[OrderStore]:
    """Open `memory`, `sqlite` (a temporary file) or the database of a URL.

    Raises:
        InvalidInput: if it is none of these.
        AdapterFailed: if the database cannot be opened.
    """
    if name in ("memory", "sqlite"):
        with FreshStores.of(name) as stores, stores.fresh() as store:
            yield store
        return
    from kwiga_orders.adapters.sql import SqlOrderStore

    with SqlOrderStore.from_url(name) as store:
        yield store


@contextmanager
def opened_project(url: str, project: str, *, courses: Courses) -> Iterator[Orders]:
    """Open a store as `opened` does, and give the orders of a project in it; nobody has learned anything there.

    Raises:
        NotFound: if there is no such project.
    """
    with opened(url) as store:
        # refuse an unknown project before a file is read or created
        with store.transaction(project, writes=False) as look:
            look.get_project()
        yield Orders(
            project=project,
            store=store,
            courses=courses,
            progress=MemoryProgress(),
            clock=SystemClock(),
            ids=RandomIds(),
        )

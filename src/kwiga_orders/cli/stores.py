"""Stores by the names of the command line: `memory`, `sqlite`, or the URL of a database."""

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
    """Opens empty stores one after another; a store may reuse the space of the one before."""

    _open: Callable[[], AbstractContextManager[OrderStore]]

    def fresh(self) -> AbstractContextManager[OrderStore]:
        """Open an empty store."""
        return self._open()

    @staticmethod
    @contextmanager
    def of(name: str) -> Iterator["FreshStores"]:
        """Give empty stores of that kind. All of them are removed afterwards; existing data stays."""
        if name == "memory":
            yield FreshStores(lambda: nullcontext(MemoryOrderStore()))
            return
        # imported here, because a store in memory needs no extra
        from kwiga_orders.adapters.sql.scratch import scratch_stores

        with scratch_stores(name) as fresh:
            yield FreshStores(lambda: nullcontext(fresh()))


def usual_store() -> str:
    """Give the default store: without SQLAlchemy (only the extra `testing`) cases run in memory."""
    return "sqlite" if find_spec("sqlalchemy") else "memory"


@contextmanager
def opened(name: str) -> Iterator[OrderStore]:
    """Open `memory`, `sqlite` (a temporary file) or the database with that URL.

    Raises:
        InvalidInput: if the name is none of these.
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
    """Open a store as `opened` does, and give the orders of a project in it, without any learning progress.

    Raises:
        NotFound: if there is no such project.
    """
    with opened(url) as store:
        # an unknown project is refused before a file is read or made
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

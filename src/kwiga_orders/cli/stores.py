"""Stores by the names that the command line takes: `memory`, `sqlite`, or the URL of a database."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs

from kwiga_orders.ports import OrderStore

__all__ = ["FreshStores", "opened"]


@attrs.frozen
class FreshStores:
    """Gives one empty store after the other."""

    _open: Callable[[], AbstractContextManager[OrderStore]]

    def fresh(self) -> AbstractContextManager[OrderStore]:
        """Open a store with nothing in it."""
        return self._open()

    @staticmethod
    @contextmanager
    def of(name: str) -> Iterator["FreshStores"]:
        """Give stores of that name; files that are made for them go away afterwards."""
        if name != "sqlite":
            yield FreshStores(lambda: opened(name))
            return
        with TemporaryDirectory(prefix="kwiga-orders-") as folder:
            numbers = count(1)
            yield FreshStores(lambda: opened(f"sqlite:///{Path(folder) / f'{next(numbers)}.db'}"))


@contextmanager
def opened(name: str) -> Iterator[OrderStore]:
    """Open `memory`, `sqlite` (a file that goes away afterwards) or the database of a URL.

    Raises:
        InvalidInput: if it is none of these.
        AdapterFailed: if the database cannot be opened.
    """
    if name == "memory":
        from kwiga_orders.adapters.memory import MemoryOrderStore

        yield MemoryOrderStore()
        return
    if name == "sqlite":
        with FreshStores.of(name) as stores, stores.fresh() as store:
            yield store
        return
    from kwiga_orders.adapters.sql import SqlOrderStore

    with SqlOrderStore.from_url(name) as store:
        yield store

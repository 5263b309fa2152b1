"""Stores by the names that the command line takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kwiga_orders.ports import OrderStore

__all__ = ["opened"]


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
    from kwiga_orders.adapters.sql import SqlOrderStore

    if name != "sqlite":
        with SqlOrderStore.from_url(name) as store:
            yield store
        return
    with TemporaryDirectory(prefix="kwiga-orders-") as folder, SqlOrderStore.from_url(_file_in(folder)) as store:
        yield store


def _file_in(folder: str) -> str:
    return f"sqlite:///{Path(folder) / 'school.db'}"

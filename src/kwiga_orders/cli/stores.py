"""Stores by the names that the command line takes: `memory`, `sqlite`, or the URL of a database."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs

from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.ports import OrderStore

__all__ = ["FreshStores", "opened"]


@attrs.frozen
class FreshStores:
    """Gives one empty store after the other; the one before is not used any more."""

    _open: Callable[[], AbstractContextManager[OrderStore]]

    def fresh(self) -> AbstractContextManager[OrderStore]:
        """Open a store with nothing in it."""
        return self._open()

    @staticmethod
    @contextmanager
    def of(name: str) -> Iterator["FreshStores"]:
        """Give stores of that name; files that are made for them go away afterwards."""
        if name == "memory":
            yield FreshStores(lambda: nullcontext(MemoryOrderStore()))
        elif name == "sqlite":
            with TemporaryDirectory(prefix="kwiga-orders-") as folder, _emptied(Path(folder)) as stores:
                yield stores
        else:
            yield FreshStores(lambda: opened(name))


@contextmanager
def _emptied(folder: Path) -> Iterator[FreshStores]:
    """Give a database whose file is put back to what it was when its tables were made, again and again."""
    from kwiga_orders.adapters.sql import SqliteSettings, SqlOrderStore

    file, empty = folder / "school.db", folder / "empty.db"
    # what is thrown away need not survive a power cut
    with SqlOrderStore.from_url(f"sqlite:///{file}", SqliteSettings(synchronous="NORMAL")) as store:
        store.close()
        shutil.copyfile(file, empty)

        def put_back() -> AbstractContextManager[OrderStore]:
            store.close()
            for left in folder.glob("school.db-*"):
                left.unlink()
            shutil.copyfile(empty, file)
            return nullcontext(store)

        yield FreshStores(put_back)


@contextmanager
def opened(name: str) -> Iterator[OrderStore]:
    """Open `memory`, `sqlite` (a file that goes away afterwards) or the database of a URL.

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

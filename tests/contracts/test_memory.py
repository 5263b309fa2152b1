"""The store in memory keeps every condition of the port, blocking and awaited."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from kwiga_orders.adapters.memory import AsyncMemoryOrderStore, MemoryOrderStore
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.ports import AsyncOrderStore, OrderStore
from kwiga_orders.testing.store_looks import SCHOOL, furnish
from kwiga_orders.testing.stores import AsyncOrderStoreContract, OrderStoreContract


class TestMemoryOrderStore(OrderStoreContract):
    @contextmanager
    def open_store(self, folder: Path, /) -> Iterator[OrderStore]:
        yield MemoryOrderStore()

    def test_waiting_for_ever_is_an_error(self) -> None:
        """Two changes of a project, one within the other: the inner one gives up."""
        store = MemoryOrderStore(busy_timeout=timedelta())
        furnish(store)

        inner = store.transaction(SCHOOL.id, writes=True)
        with store.transaction(SCHOOL.id, writes=True), pytest.raises(AdapterFailed) as problem, inner:
            pass

        assert problem.value.code == "store.locked"


class TestAsyncMemoryOrderStore(AsyncOrderStoreContract):
    @asynccontextmanager
    async def open_async_store(self, folder: Path, /) -> AsyncIterator[AsyncOrderStore]:
        yield AsyncMemoryOrderStore()

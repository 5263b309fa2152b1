"""The store in memory keeps every condition of the port, blocking and awaited."""

import inspect
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from kwiga_orders.adapters.memory import AsyncMemoryOrderStore, MemoryOrderStore
from kwiga_orders.changes import OutboxRow
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.ports import AsyncOrderStore, OrderStore, Records
from kwiga_orders.testing.store_fixtures import SCHOOL, furnish
from kwiga_orders.testing.store_projects import everything
from kwiga_orders.testing.stores import AsyncOrderStoreContract, OrderStoreContract
from tests.effort import times

LACKS = {"durable": "nothing outlives the process"}


class TestMemoryOrderStore(OrderStoreContract):
    lacks: ClassVar = LACKS
    examples: ClassVar = times(20, 1000)

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
    lacks: ClassVar = LACKS
    examples: ClassVar = times(5, 500)

    @asynccontextmanager
    async def open_async_store(self, folder: Path, /) -> AsyncIterator[AsyncOrderStore]:
        yield AsyncMemoryOrderStore()


class TestEverything:
    """What the law of K6 looks at is all there is to look at."""

    def test_no_method_is_forgotten(self) -> None:
        """Every look that a transaction has is among those that are compared, and so is the outbox."""
        asked: set[str] = set()

        class Noting:
            def __init__(self, place: object) -> None:
                self._place = place

            def __getattr__(self, name: str) -> Any:
                asked.add(name)
                return getattr(self._place, name)

        class NotingStore(MemoryOrderStore):
            @contextmanager
            def transaction(self, project: str, /, *, writes: bool, alone: bool = False) -> Iterator[Any]:
                with super().transaction(project, writes=writes) as records:
                    yield Noting(records)

            def pending(self, project: str, /, *, limit: int, gateway: str | None = None) -> Sequence[OutboxRow]:
                asked.add("pending")
                return super().pending(project, limit=limit, gateway=gateway)

        store = NotingStore()
        furnish(store)
        everything(store, SCHOOL.id)

        looks = {name for name, _ in inspect.getmembers(Records, inspect.isfunction) if not name.startswith("_")}
        assert asked == looks | {"pending"}

"""The conditions of `OrderStore` as tests. The author of a store subclasses the suite and says how to open the store.

    class TestMyStore(OrderStoreContract):
        @contextmanager
        def open_store(self, folder):
            with MyStore(folder / "orders") as store:
                yield store

Each test names the condition of `ports.OrderStore` ("OrderStore 1") or of `Transaction.commit` ("Commit 1"), or the
rule, that it proves. An async store uses `AsyncOrderStoreContract`: the same tests, and tests of its coroutines.
`lacks` says what a store cannot do, with the reason: "durable", "concurrent", "search", "host_transaction". `examples`
and `stories` set how much is tried.
"""

import asyncio
import inspect
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import ClassVar

from kwiga_orders.changes import Changes
from kwiga_orders.errors import Conflict
from kwiga_orders.extras import extra
from kwiga_orders.orders import events as happened
from kwiga_orders.orders.evolve import evolve
from kwiga_orders.orders.state import Order, Task
from kwiga_orders.ports import AsyncOrderStore, OrderStore, Records
from kwiga_orders.project import Actor
from kwiga_orders.testing.blocking import BlockingStore, blocking
from kwiga_orders.testing.order_histories import START, Story
from kwiga_orders.testing.requirements import requires
from kwiga_orders.testing.store_commits import CommitContract, OutboxContract
from kwiga_orders.testing.store_delivery import DeliveryContract
from kwiga_orders.testing.store_due import WaitingContract
from kwiga_orders.testing.store_durable import DurableContract
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, furnish, read
from kwiga_orders.testing.store_hosted import HostedContract
from kwiga_orders.testing.store_lists import ListContract
from kwiga_orders.testing.store_lookups import LookupContract
from kwiga_orders.testing.store_money import MoneyContract
from kwiga_orders.testing.store_offers import OfferContract
from kwiga_orders.testing.store_projects import ProjectContract
from kwiga_orders.testing.store_stories import StoryContract

with extra("testing"):
    import pytest

__all__ = ["AsyncOrderStoreContract", "OrderStoreContract", "one_more_task"]

_WRITERS, _TIMES, _PATIENT = 4, 20, 3


class OrderStoreContract(
    DurableContract,
    HostedContract,
    CommitContract,
    OutboxContract,
    DeliveryContract,
    WaitingContract,
    ProjectContract,
    ListContract,
    LookupContract,
    OfferContract,
    MoneyContract,
    StoryContract,
):
    """All conditions of `OrderStore`, for a blocking store."""

    lacks: ClassVar[Mapping[str, str | None]] = {"host_transaction": "it begins transactions of its own"}

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[OrderStore]:
        """Give a store with one school and its contacts."""
        with self.open_store(tmp_path) as opened:
            furnish(opened)
            yield opened

    @requires("concurrent")
    def test_no_update_is_lost(self, store: OrderStore) -> None:
        """Commit 1 and K2: the changes of concurrent writers all count, if they try again after a conflict."""
        commit(store, Story.begins("o1", number=1).changes())

        with ThreadPoolExecutor(_WRITERS) as threads:
            list(threads.map(lambda _: _add_task(store), range(_WRITERS * _TIMES)))

        _assert_all_counted(store, _WRITERS * _TIMES)


def one_more_task(order: Order) -> Changes:
    """Give the change that adds a task to `order`, based on its present version."""
    task = happened.TaskAdded(task=Task(id=f"t{order.version}", title="Call"))
    version = order.version + 1
    row = happened.Recorded(order=order.id, version=version, at=START, actor=Actor(), command="add_task", event=task)
    return Changes(orders=(evolve(order, [row]),), based_on={order.id: order.version}, history=(row,))


def _add_task(store: OrderStore, conflicts: int = 0) -> None:
    try:
        with store.transaction(SCHOOL.id, writes=True, alone=conflicts >= _PATIENT) as transaction:
            order = transaction.find_order("o1")
            assert order is not None
            transaction.commit(one_more_task(order))
    except Conflict:
        _add_task(store, conflicts + 1)


def _assert_all_counted(store: OrderStore, times: int) -> None:
    order = read(store, lambda records: records.find_order("o1"))
    history = read(store, lambda records: records.history_of("o1"))
    assert order is not None
    assert (order.version, len(order.tasks)) == (times + 1, times)
    assert sorted({one.version for one in history}) == list(range(1, times + 2))


class AsyncOrderStoreContract(OrderStoreContract):
    """All conditions of `AsyncOrderStore`, and that every method is a coroutine."""

    def open_async_store(self, folder: Path, /) -> AbstractAsyncContextManager[AsyncOrderStore]:
        """Open an empty store, which may keep its files in `folder`, and close it at the end."""
        raise NotImplementedError

    @contextmanager
    def open_store(self, folder: Path, /) -> Iterator[BlockingStore]:
        """Give the async store as a blocking one."""
        with asyncio.Runner() as runner, blocking(self.open_async_store(folder), runner) as opened:
            yield BlockingStore(opened, runner)

    @requires("concurrent")
    def test_no_update_is_lost(self, store: OrderStore) -> None:
        """Commit 1 and K2: the same for concurrent tasks in one event loop."""
        assert isinstance(store, BlockingStore)
        commit(store, Story.begins("o1", number=1).changes())

        async def all_at_once() -> None:
            await asyncio.gather(*(_add_task_awaited(store.awaited) for _ in range(_WRITERS * _TIMES)))

        store.run(all_at_once())

        _assert_all_counted(store, _WRITERS * _TIMES)

    def test_every_look_is_awaited(self, store: OrderStore) -> None:
        """AsyncTransaction: it has every method of `Records`, as a coroutine with the same parameters."""
        assert isinstance(store, BlockingStore)

        async def looks() -> list[str]:
            async with store.awaited.transaction(SCHOOL.id, writes=False) as transaction:
                return [name for name in _looks() if not _is_awaited_twin(name, getattr(transaction, name))]

        assert store.run(looks()) == []


def _looks() -> list[str]:
    return [name for name, _ in inspect.getmembers(Records, inspect.isfunction) if not name.startswith("_")]


def _is_awaited_twin(name: str, method: object) -> bool:
    wanted = _shape(getattr(Records, name))[1:]
    return callable(method) and inspect.iscoroutinefunction(method) and _shape(method) == wanted


def _shape(method: Callable[..., object]) -> list[tuple[str, object, object]]:
    # annotations are left to the type checker, because type variables of two modules are not equal
    return [(one.name, one.kind, one.default) for one in inspect.signature(method).parameters.values()]


async def _add_task_awaited(store: AsyncOrderStore, conflicts: int = 0) -> None:
    try:
        async with store.transaction(SCHOOL.id, writes=True, alone=conflicts >= _PATIENT) as transaction:
            order = await transaction.find_order("o1")
            assert order is not None
            await transaction.commit(one_more_task(order))
    except Conflict:
        await _add_task_awaited(store, conflicts + 1)

"""A process that works at a school, alone or to be killed; `tests.races` starts many of these.

    python worker.py work URL NAME TIMES      eight children carry out commands; a line for each that was accepted
    python worker.py crash URL NAME ROUNDS    lets a child work until it is killed; a line for each that was begun
    python worker.py relay URL NAME ROUNDS    lets a child hand rows on until it is killed; a line for each row
    python worker.py rest URL NAME LEASES     hands on what is left after so many leases; a line for each row
    python worker.py share URL NAME TIMES     eight children hand rows on, at the same time; a line for each row
    python worker.py due URL NAME ROUNDS      eight children tell of what fell due, and more until they are killed; a
                                              line for each run that was not, with how much it told of

Children are forked before anything is opened, so nobody has to import it all again; every second one awaits what it
asks for. A line is a few words of JSON, written at once. `NAME` makes what is random the same each time.
"""

import asyncio
import json
import os
import random
import select
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial

import attrs

from kwiga_orders.adapters.memory import AsyncMemoryCourses, AsyncMemoryProgress, MemoryCourses, MemoryProgress
from kwiga_orders.adapters.sql import AsyncSqlOrderStore, PostgresSettings, SqliteSettings, SqlOrderStore
from kwiga_orders.adapters.sql.engines import Settings, async_engine_for, engine_for
from kwiga_orders.aio import AsyncOrders
from kwiga_orders.changes import OutboxRow, Receipt
from kwiga_orders.commands import Command
from kwiga_orders.course import Course, Lesson, Module
from kwiga_orders.delivery import DeliverySettings
from kwiga_orders.orders.commands import AddPayment, AddTask, CreateOrder, EditOrder, LineAsked, MoveOrder
from kwiga_orders.ports import AsyncOrderStore, OrderStore
from kwiga_orders.service import Orders
from kwiga_orders.testing.school import CountedIds, FrozenClock

PATIENCE = timedelta(minutes=2)
"""Nothing is lost by waiting; how long the others take is not what is tested."""

ORDERS = tuple(f"id{n}" for n in range(1, 21))
PROCESSES = 8
_LEASE = DeliverySettings().lease
LONGEST = 0.1
"""How many seconds a child works at most before it is killed."""


Ready = Callable[[], None]
"""Says that whoever calls it may be killed from now on."""


def opened(url: str) -> SqlOrderStore:
    """Open a database whose tables are there."""
    return SqlOrderStore(engine_for(url, _settings(url)))


def _settings(url: str) -> Settings:
    if url.startswith("sqlite"):
        return SqliteSettings(busy_timeout=PATIENCE, synchronous="NORMAL")
    return PostgresSettings(lock_timeout=PATIENCE)


def orders_on(store: OrderStore, name: str) -> Orders:
    """Give the service of the school that all work at."""
    return Orders(
        project="school",
        store=store,
        courses=_courses(),
        progress=MemoryProgress(),
        clock=FrozenClock(),
        ids=CountedIds(prefix=f"{name}-"),
    )


def awaited_orders_on(store: AsyncOrderStore, name: str) -> AsyncOrders:
    """Give the same, awaited."""
    return AsyncOrders(
        project="school",
        store=store,
        courses=AsyncMemoryCourses(_courses()),
        progress=AsyncMemoryProgress(),
        clock=FrozenClock(),
        ids=CountedIds(prefix=f"{name}-"),
    )


def _courses() -> MemoryCourses:
    courses = MemoryCourses()
    courses.put("school", Course(product="python", modules=(Module(id="m1", lessons=(Lesson(id="l1"),)),)))
    return courses


@contextmanager
def executing(url: str, name: str, *, awaited: bool) -> Iterator[Callable[[Command], Receipt]]:
    """Give what carries out a command, by one of the two loops."""
    if not awaited:
        with opened(url) as store:
            yield orders_on(store, name).execute
        return
    with asyncio.Runner() as runner:
        awaited_store = AsyncSqlOrderStore(async_engine_for(url, _settings(url)))
        orders = awaited_orders_on(awaited_store, name)
        yield lambda command: runner.run(orders.execute(command))
        runner.run(awaited_store.close())


def some_command(chance: random.Random, key: str) -> Command:
    """Give a command that is accepted whatever happened before."""
    order = chance.choice(ORDERS)
    line = LineAsked(product="python", price=Decimal(chance.randint(1, 9)))
    commands: tuple[Command, ...] = (
        AddPayment(order=order, amount=Decimal(chance.randint(1, 9)), paid=chance.random() < 0.5),
        MoveOrder(order=order, status=chance.choice(("new", "paid", "partially_paid"))),
        AddTask(order=order, title=key),
        EditOrder(order=order, tags=(key,)),
        CreateOrder(contact="olena", lines=(line,)),
    )
    return attrs.evolve(chance.choice(commands), idempotency_key=key)


def told(*words: object) -> None:
    """Write a line, whole, whoever else writes."""
    os.write(1, (json.dumps(words) + "\n").encode())


def work(url: str, name: str, times: int) -> None:
    """Let children carry out commands, all at the same time."""
    _all_at_once([partial(_work, url, f"{name}-{n}", times, awaited=n % 2 == 1) for n in range(PROCESSES)])


def _all_at_once(acts: Iterable[Callable[[], None]]) -> None:
    for child in [_forked(act) for act in acts]:
        _, status = os.waitpid(child, 0)
        assert status == 0


def _work(url: str, name: str, times: int, *, awaited: bool) -> None:
    chance = random.Random(name)
    with executing(url, name, awaited=awaited) as execute:
        for n in range(times):
            receipt = execute(some_command(chance, f"{name}-{n}"))
            told(receipt.order, receipt.version, len(receipt.events))


def _forked(act: Callable[[], None]) -> int:
    child = os.fork()
    if child != 0:
        return child
    try:
        act()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def crash(url: str, name: str, rounds: int) -> None:
    """Kill a child that carries out commands, again and again."""
    chance = random.Random(name)
    for n in range(rounds):
        _killed(partial(_begin_many, url, f"{name}-{n}", awaited=n % 2 == 1), chance)


def _begin_many(url: str, name: str, ready: Ready, *, awaited: bool) -> None:
    chance = random.Random(name)
    with executing(url, name, awaited=awaited) as execute:
        ready()
        for n in range(10_000):
            told("begun", f"{name}-{n}")
            execute(some_command(chance, f"{name}-{n}"))
            told("done", f"{name}-{n}")


def relay(url: str, name: str, rounds: int) -> None:
    """Kill a child that hands rows on, again and again; then hand on the rest."""
    chance = random.Random(name)
    for n in range(rounds):
        _killed(partial(_hand_on, url, name, at=n * _LEASE), chance)
    _hand_on(url, name, lambda: None, at=rounds * _LEASE)


def rest(url: str, name: str, leases: int) -> None:
    """Hand on what is left after so many leases."""
    _hand_on(url, name, lambda: None, at=leases * _LEASE)


def share(url: str, name: str, _: int) -> None:
    """Let children hand rows on, all at the same time."""
    _all_at_once([partial(_hand_on, url, f"{name}-{n}", lambda: None) for n in range(PROCESSES)])


def due(url: str, name: str, rounds: int) -> None:
    """Let children tell of what fell due, all at the same time; kill the first ones."""
    chance = random.Random(name)
    for _ in range(rounds):
        _killed(partial(_tell_of_due, url, name), chance)
    _all_at_once([partial(_tell_of_due, url, f"{name}-{n}", lambda: None) for n in range(PROCESSES)])


def _tell_of_due(url: str, name: str, ready: Ready) -> None:
    with opened(url) as store:
        orders = orders_on(store, name)
        ready()
        while count := orders.run_due(limit=3):
            told(count)


def _hand_on(url: str, name: str, ready: Ready, *, at: timedelta = timedelta(0)) -> None:
    """Hand on what is free `at` a time after the others began: then what the dead had is free again."""
    with opened(url) as store:
        orders = orders_on(store, name)
        clock = FrozenClock(FrozenClock().now() + at)
        ready()
        while attrs.evolve(orders, clock=clock).relay_once(OrderChange(), limit=7):
            pass


class OrderChange:
    """Writes a line for each row it is handed."""

    def notify(self, _: str, row: OutboxRow, /) -> None:
        told(row.order, row.id)


def _killed(act: Callable[[Ready], None], chance: random.Random) -> None:
    """Let a child act, and kill it at some moment after it was ready, unless it is done before."""
    reader, writer = os.pipe()

    def ready() -> None:
        os.write(writer, b"!")

    child = _forked(lambda: act(ready))
    os.close(writer)
    os.read(reader, 1)
    # it can be read again when the child is gone
    select.select([reader], [], [], chance.uniform(0, LONGEST))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(reader)
    assert status in (0, signal.SIGKILL)


if __name__ == "__main__":
    what, url, name, times = sys.argv[1:]
    {"work": work, "crash": crash, "relay": relay, "rest": rest, "share": share, "due": due}[what](
        url, name, int(times)
    )

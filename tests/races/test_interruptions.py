"""Tasks are cancelled and signals come at any moment: every answer stays true, no connection and no slot is lost."""

import asyncio
import gc
import logging
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from kwiga_orders.adapters.sql import AsyncSqlOrderStore, PostgresSettings, SqliteSettings, SqlOrderStore
from kwiga_orders.adapters.sql.connections import is_idle
from kwiga_orders.adapters.sql.engines import Settings, async_engine_for, engine_for
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.orders.commands import AddTask
from kwiga_orders.queries import HistoryQuery, OrderQuery, OrdersQuery, Query
from kwiga_orders.service import Orders
from tests.effort import times
from tests.races.test_races import url
from tests.races.worker import ORDERS, awaited_orders_on, orders_on

__all__ = ["url"]  # the fixture

READ, WRITTEN = ORDERS[:10], ORDERS[10:]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The driver complains in its log about pipelines that end early."""
    logger = logging.getLogger("psycopg")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(before)


def settings(url: str) -> Settings:
    """Few connections, so that each is lent often."""
    if url.startswith("sqlite"):
        return SqliteSettings(busy_timeout=timedelta(seconds=30), synchronous="NORMAL")
    return PostgresSettings(lock_timeout=timedelta(seconds=30), connections=2)


def truths(url: str) -> dict[str, object]:
    """Give what each question is answered with, asked without haste."""
    with SqlOrderStore(engine_for(url, settings(url))) as store:
        orders = orders_on(store, "truth")
        names = [f"{kind} {id}" for kind in ("order", "history", "list") for id in READ]
        return {name: comparable(orders.ask(question(name))) for name in names}


def question(name: str) -> Query[object]:
    """Give the question of that name: what is asked, and of which order."""
    kind, id = name.split()
    match kind:
        case "order":
            return OrderQuery(order=id)
        case "history":
            return HistoryQuery(order=id)
        case _:
            return OrdersQuery(limit=5)


def comparable(answer: object) -> object:
    """Give only the length of a list: its rows change while others write."""
    return len(answer["rows"]) if isinstance(answer, dict) and "rows" in answer else answer


class TestCancelledTasks:
    """A client goes away, a time-out strikes: half of all tasks are cancelled at some point."""

    def test_every_answer_is_true(self, url: str) -> None:
        """Thousands of questions and commands on few connections: answers are right, commands happen once or not."""
        count = times(800, 20_000)
        told: Counter[str] = Counter()
        wrong, done, all_of = asyncio.run(self._all(url, truths(url), count))

        assert wrong == []
        with SqlOrderStore(engine_for(url, settings(url))) as store:
            for id in WRITTEN:
                with store.transaction("school", writes=False) as records:
                    order = records.find_order(id)
                    assert order is not None
                    told.update(task.title for task in order.tasks)
        assert max(told.values()) == 1
        assert done <= told.keys() <= all_of
        assert len(all_of) > len(done) > 0

    async def _all(self, url: str, truth: dict[str, object], count: int) -> tuple[list[str], set[str], set[str]]:
        store = AsyncSqlOrderStore(async_engine_for(url, settings(url)))
        orders = awaited_orders_on(store, "awaited")
        wrong: list[str] = []
        done: set[str] = set()
        all_of: set[str] = set()

        async def one(n: int) -> None:
            chance = random.Random(n)
            if n % 5 == 0:
                all_of.add(str(n))
                await orders.execute(AddTask(order=chance.choice(WRITTEN), title=str(n), idempotency_key=f"c{n}"))
                done.add(str(n))
                return
            name = chance.choice(list(truth))
            if comparable(await orders.ask(question(name))) != truth[name]:
                wrong.append(name)

        async def worker(first: int) -> None:
            chance = random.Random(-first)
            for n in range(first, count, 12):
                task = asyncio.create_task(one(n))
                if chance.random() < 0.5:
                    for _ in range(chance.randrange(40)):
                        await asyncio.sleep(0)
                    task.cancel()
                await asyncio.wait([task])
                if not task.cancelled():
                    task.result()

        await asyncio.gather(*(worker(first) for first in range(12)))
        idle = [one for of_loop in store._connections._of_loops.values() for one in of_loop.idle]
        wrong += [f"{one} is not idle" for one in idle if not is_idle(one)]
        await store.close()
        return wrong, done, all_of

    @pytest.mark.parametrize("url", ["postgresql"], indirect=True)
    def test_cancelled_after_each_turn_of_the_loop(self, url: str) -> None:
        """One connection; a question is cancelled after 1, 2, 3… turns of a busy loop: the next is answered truly."""
        truth = truths(url)

        async def each() -> list[int]:
            one = PostgresSettings(connections=1)
            async with AsyncSqlOrderStore(async_engine_for(url, one)) as store:
                orders = awaited_orders_on(store, "awaited")
                wrong = []
                for turns in range(1, times(60, 200)):
                    task = asyncio.create_task(orders.ask(HistoryQuery(order=READ[0])))
                    for _ in range(turns):
                        # the answers are there when the loop looks for them, as under load
                        time.sleep(0.002)
                        await asyncio.sleep(0)
                    task.cancel()
                    await asyncio.wait([task])
                    name = f"history {READ[1]}"
                    if comparable(await orders.ask(question(name))) != truth[name]:
                        wrong.append(turns)
                return wrong

        assert asyncio.run(each()) == []


class SoftTimeLimitExceeded(Exception):
    """What Celery and others raise from a signal handler."""


# the garbage collector is interrupted, too, in finalizers of others
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
class TestSignals:
    """A signal handler raises at any moment: a soft time limit, Ctrl-C."""

    def test_no_slot_is_lost_and_every_answer_is_true(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Some hundred interruptions of a blocking store, each somewhere else."""
        # pytest keeps what is raised where nothing can be, in `__del__`, and with it the frames and their slots
        monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
        truth = truths(url)
        chance = random.Random(0)

        def raises(*_: object) -> None:
            raise SoftTimeLimitExceeded

        before = signal.signal(signal.SIGALRM, raises)
        try:
            with SqlOrderStore(engine_for(url, settings(url))) as store:
                orders = orders_on(store, "signals")
                free = len(store._connections._slots)
                hits = 0
                while hits < times(150, 5_000):
                    hits += self._interrupted(orders, truth, chance)
                gc.collect()  # a slot may be in a cycle with the exception that it was held under
                assert len(store._connections._slots) == free
                assert all(map(is_idle, store._connections._idle))
        finally:
            signal.signal(signal.SIGALRM, before)

    def _interrupted(self, orders: Orders, truth: dict[str, object], chance: random.Random) -> int:
        try:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.00005 + chance.random() * 0.004)
                for _ in range(5):
                    name = chance.choice(list(truth))
                    assert comparable(orders.ask(question(name))) == truth[name]
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except SoftTimeLimitExceeded:
            return 1
        except AdapterFailed as failed:
            # a library on the way gave up with an error of its own
            if not is_behind(failed, SoftTimeLimitExceeded):
                raise
            return 1
        return 0


def is_behind(problem: BaseException | None, kind: type[BaseException]) -> bool:
    """Tell whether an exception came of one of that kind."""
    while problem is not None and not isinstance(problem, kind):
        problem = problem.__cause__ or problem.__context__
    return problem is not None

"""The connections that a store keeps: none is lent again whose state is not known (decision 0038)."""

import asyncio
import dis
import signal
import sqlite3
import sys
import threading
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NoReturn, TypeVar

import attrs
import pytest
from sqlalchemy import Engine, event

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.adapters.sql.connections import AsyncConnections, Connections, is_idle
from kwiga_orders.adapters.sql.engines import async_engine_for, engine_for
from kwiga_orders.adapters.sql.slots import Slots
from kwiga_orders.errors import AdapterFailed, NotFound
from kwiga_orders.testing.order_histories import Story
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, furnish, read
from tests import postgres
from tests.effort import times

T = TypeVar("T")


@attrs.define
class Libpq:
    """What psycopg says of a connection, in the numbers of libpq."""

    status: int = 0
    transaction_status: int = 0
    pipeline_status: int = 0
    is_finished: bool = False

    def finish(self) -> None:
        self.is_finished = True


@attrs.frozen
class FakeDriver:
    """A connection of psycopg, blocking or awaited, as far as its state goes."""

    pgconn: Libpq = attrs.field(factory=Libpq)

    async def close(self) -> None:
        self.pgconn.finish()


class FakeConnections(Connections):
    """Connections of a fake driver."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.opened: list[FakeDriver] = []

    def open(self) -> FakeDriver:
        self.opened.append(FakeDriver())
        return self.opened[-1]


class FakeAsyncConnections(AsyncConnections):
    """The same, awaited."""

    opened: list[FakeDriver]

    async def open(self) -> FakeDriver:
        self.opened.append(FakeDriver())
        return self.opened[-1]


UNKNOWN_STATES = {
    "closed": Libpq(status=1),
    "a statement runs": Libpq(transaction_status=1),
    "in a transaction": Libpq(transaction_status=2),
    "in a failed transaction": Libpq(transaction_status=3),
    "unknown": Libpq(transaction_status=4),
    "in a pipeline": Libpq(pipeline_status=1),
    "in a failed pipeline": Libpq(pipeline_status=2),
}


@pytest.fixture
def fakes() -> FakeConnections:
    return FakeConnections(engine_for("postgresql://nowhere/school"))


def lent_once(fakes: FakeConnections, *, clean: bool = True) -> FakeDriver:
    """Lend a connection and take it back."""
    with fakes.lent() as lent:
        lent.is_clean = clean
        driver: FakeDriver = lent.driver
    return driver


class TestStates:
    """Connections, law 1: only a connection that is clean and idle is lent again."""

    def test_a_clean_one_is_lent_again(self, fakes: FakeConnections) -> None:
        """Its transaction has ended, and the driver says idle."""
        assert lent_once(fakes) is lent_once(fakes)
        assert not fakes.opened[0].pgconn.is_finished

    def test_a_dirty_one_is_closed(self, fakes: FakeConnections) -> None:
        """Nobody said that its transaction has ended, whatever the driver says."""
        first = lent_once(fakes, clean=False)

        assert first.pgconn.is_finished
        assert lent_once(fakes) is not first

    @pytest.mark.parametrize("state", UNKNOWN_STATES.values(), ids=list(UNKNOWN_STATES))
    def test_what_the_driver_says_when_it_comes_back(self, fakes: FakeConnections, state: Libpq) -> None:
        """Its transaction ended, and still the driver is not idle: it is closed."""
        with fakes.lent() as lent:
            lent.is_clean = True
            lent.driver = first = FakeDriver(attrs.evolve(state))

        assert first.pgconn.is_finished
        assert lent_once(fakes) is not first

    @pytest.mark.parametrize("state", UNKNOWN_STATES.values(), ids=list(UNKNOWN_STATES))
    def test_what_the_driver_says_when_it_is_lent(self, fakes: FakeConnections, state: Libpq) -> None:
        """While it was kept its state changed: another is opened."""
        first = lent_once(fakes)
        for name in ("status", "transaction_status", "pipeline_status"):
            setattr(first.pgconn, name, getattr(state, name))

        assert lent_once(fakes) is not first
        assert first.pgconn.is_finished

    @pytest.mark.parametrize("state", UNKNOWN_STATES.values(), ids=list(UNKNOWN_STATES))
    def test_awaited(self, state: Libpq) -> None:
        """The same holds for awaited connections, both ways."""
        connections = FakeAsyncConnections(async_engine_for("postgresql://nowhere/school"))
        connections.opened = []

        async def three() -> list[FakeDriver]:
            drivers = []
            for now in (Libpq(), state, Libpq()):
                async with connections.lent() as lent:
                    lent.is_clean = True
                    drivers.append(lent.driver)
                    lent.driver.pgconn.status, lent.driver.pgconn.transaction_status = (
                        now.status,
                        now.transaction_status,
                    )
                    lent.driver.pgconn.pipeline_status = now.pipeline_status
            return drivers

        first, second, third = asyncio.run(three())

        assert first is second is not third
        assert first.pgconn.is_finished

    def test_sqlite(self) -> None:
        """SQLite is idle when it is in no transaction."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        assert is_idle(connection)
        connection.execute("BEGIN")
        assert not is_idle(connection)
        connection.close()


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """The driver complains in its log about pipelines that end early."""
    caplog.set_level("CRITICAL", "psycopg")


class Watched:
    """A store on a file, and the connections that it opens."""

    def __init__(self, file: Path) -> None:
        engine = engine_for(f"sqlite:///{file}")
        self.opened: list[sqlite3.Connection] = []
        self.store = SqlOrderStore(engine)
        self.store.create_tables()
        event.listen(engine, "connect", lambda connection, _: self.opened.append(connection))
        furnish(self.store)


@pytest.fixture
def watched(file: Path) -> Iterator[Watched]:
    watched = Watched(file)
    yield watched
    watched.store.close()


def is_open(connection: sqlite3.Connection) -> bool:
    try:
        connection.cursor()
    except sqlite3.ProgrammingError:
        return False
    return True


class TestConnections:
    """Decision 0036: connections that nobody uses are kept, and not too many."""

    def test_no_more_are_kept_than_needed(self, watched: Watched) -> None:
        """Ten are used at once: eight of them stay, and are used again."""
        for _ in range(2):
            with ExitStack() as readers:
                for _ in range(10):
                    readers.enter_context(watched.store.transaction(SCHOOL.id, writes=False)).get_project()
            assert sum(map(is_open, watched.opened)) == 8

        assert len(watched.opened) == 12
        watched.store.close()
        assert not any(map(is_open, watched.opened))

    def test_a_transaction_without_a_question_needs_none(self, watched: Watched) -> None:
        """It is lent with the first statement."""
        with ExitStack() as readers:
            for _ in range(100):
                readers.enter_context(watched.store.transaction(SCHOOL.id, writes=False))
            assert len(watched.opened) <= 1

    def test_what_a_refusal_leaves_is_kept(self, watched: Watched) -> None:
        """A rule that says no ends the transaction as an answer does: others can write, by the same connection."""

        def refused() -> None:
            with watched.store.transaction(SCHOOL.id, writes=True) as transaction:
                transaction.get_project()
                raise NotFound("order", "o1")

        with pytest.raises(NotFound):
            refused()
        commit(watched.store, Story.begins("o1", number=1).changes())

        assert len(watched.opened) == 1

    @pytest.mark.parametrize("kind", [ZeroDivisionError, KeyboardInterrupt, SystemExit, GeneratorExit, TimeoutError])
    def test_what_anything_else_leaves_is_closed(self, watched: Watched, kind: type[BaseException]) -> None:
        """Nobody knows what an exception of the host interrupted; the next transaction has another connection."""

        def interrupted() -> None:
            with watched.store.transaction(SCHOOL.id, writes=True) as transaction:
                transaction.get_project()
                raise kind

        with pytest.raises(kind):
            interrupted()
        commit(watched.store, Story.begins("o1", number=1).changes())

        assert [is_open(one) for one in watched.opened] == [False, True]


class TestSlots:
    """Connections, law 3: slots are limited, and cannot be lost."""

    def test_who_waits_gets_the_one_that_comes_back(self) -> None:
        """A thread waits for a slot until another gives one back."""
        slots = Slots(1)
        held = [slots.take(0)]
        given: list[object] = []
        waiting = threading.Thread(target=lambda: given.append(slots.take(10)))
        waiting.start()

        held.clear()
        waiting.join(10)

        assert len(given) == 1
        assert len(slots) == 0

    def test_no_patience(self) -> None:
        """Without one that is free, waiting ends."""
        slots = Slots(1)
        held = slots.take(0)
        with pytest.raises(TimeoutError):
            slots.take(0.001)
        del held
        assert slots.take(0) is not None

    def test_taking_one_interrupted_anywhere(self) -> None:
        """An exception comes out of each call that taking a slot makes: the slot is free, and others get it."""
        slots = Slots(1)
        for calls in range(1, 25):
            interrupted_after(calls, lambda: slots.take(0))

            assert len(slots) == 1
            assert slots.take(0) is not None

    def test_a_transaction_interrupted_anywhere(self, watched: Watched) -> None:
        """The same for each call of lending, beginning, reading, ending and taking back."""
        free = len(watched.store._connections._slots)
        for calls in range(1, 200):
            with warnings.catch_warnings():
                # the very connection that was interrupted is closed by the garbage collector, which some say
                warnings.simplefilter("ignore", ResourceWarning)
                interrupted_after(calls, lambda: read(watched.store, lambda records: records.get_project()))

            assert len(watched.store._connections._slots) == free
            assert read(watched.store, lambda records: records.get_project()) == SCHOOL

    @pytest.mark.usefixtures("quiet")
    def test_a_message_interrupted_anywhere(self) -> None:
        """The same while PostgreSQL is sent several statements at once: nobody waits for what was never asked."""
        with SqlOrderStore.from_url(postgres.emptied()) as store:
            furnish(store)
            free, calls, is_interrupted = len(store._connections._slots), 0, True
            while is_interrupted:
                calls += times(4, 1)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", ResourceWarning)
                    is_interrupted = in_time(partial(read_interrupted, store, calls))
                assert len(store._connections._slots) == free
                assert read(store, lambda records: records.get_project()) == SCHOOL
        assert calls > 50

    def test_all_in_use(self, fakes: FakeConnections) -> None:
        """Twice as many as are kept are lent, and then `store.locked`."""
        fakes._patience = 0.001
        with ExitStack() as users:
            for _ in range(10):
                users.enter_context(fakes.lent())
            with pytest.raises(AdapterFailed) as problem, fakes.lent():
                pass

        assert problem.value.code == "store.locked"


def read_interrupted(store: SqlOrderStore, calls: int) -> bool:
    """Read, and interrupt it after so many calls around the driver's pipeline; tell if it made as many."""
    return interrupted_after(
        calls, lambda: read(store, lambda records: records.get_project()), within=("sql/pipelines", "psycopg/_pipeline")
    )


def in_time(act: Callable[[], T]) -> T:
    """Do something that a fault might make wait for ever."""

    late: list[int] = []

    def too_late(number: int, _: object) -> NoReturn:
        late.append(number)
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, too_late)
    signal.alarm(10)
    try:
        return act()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        # the driver may have logged the exception, and gone on
        assert not late, "it waited for ever"


class Interrupted(Exception):
    """What a signal handler raises."""


def interrupted_after(calls: int, act: Callable[[], object], *, within: Collection[str] = ("adapters/sql",)) -> bool:
    """Do something, and raise an exception when code in these places has returned from so many calls; tell if it did.

    There, and at jumps back, CPython looks whether a signal came; a signal handler raises nowhere else.
    """
    left = calls

    def trace(frame: FrameType, what: str, _: object) -> Any:
        nonlocal left
        if not any(place in frame.f_code.co_filename for place in within):
            return None
        frame.f_trace_opcodes = True
        if what == "opcode" and frame.f_lasti in _after_calls(frame.f_code):
            left -= 1
            if left == 0:
                raise Interrupted
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    except Interrupted:
        pass
    finally:
        sys.settrace(before)
    return left <= 0


@cache
def _after_calls(code: CodeType) -> frozenset[int]:
    """Give the offsets of the instructions that come next after a call."""
    told = list(dis.get_instructions(code))
    return frozenset(
        after.offset for one, after in pairwise(told) if one.opname.startswith(("CALL", "RESUME", "JUMP_BACKWARD"))
    )

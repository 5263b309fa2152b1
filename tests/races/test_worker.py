"""A worker does all that waits, is held up by nothing, shares with others, and stops when it is told to."""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.adapters.memory import (
    AsyncMemoryCourses,
    AsyncMemoryOrderStore,
    AsyncMemoryProgress,
    MemoryOrderStore,
)
from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.aio import AsyncOrders
from kwiga_orders.changes import OutboxRow
from kwiga_orders.delivery import Claim
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.gateways import GatewayFact, RefundRequest, StateRequest
from kwiga_orders.orders.commands import AddPayment
from kwiga_orders.payments import Outcome
from kwiga_orders.testing.gateways import Answer, AsyncFakeGateway, FakeGateway
from kwiga_orders.testing.school import RecordingNotifier
from kwiga_orders.turns import AskAgain
from kwiga_orders.worker import Round, WorkerSettings, health_of, run_worker, run_worker_async
from tests import postgres
from tests.integrations.desk import Desk
from tests.races.hosted import letters_wait
from tests.races.test_races import founded
from tests.races.worker import ORDERS, orders_on

MINUTE = timedelta(minutes=1)
DEADLINE = 60.0
"""So many seconds a test waits at most for another thread, before it fails."""


@attrs.define
class AsyncNotifier:
    """A notifier, awaited."""

    notifier: RecordingNotifier

    async def notify(self, project: str, row: OutboxRow, /) -> None:
        """Keep a row."""
        self.notifier.notify(project, row)


def awaited(desk: Desk) -> AsyncOrders:
    """Give the orders of an office in memory, awaited."""
    assert isinstance(desk.store, MemoryOrderStore)
    return AsyncOrders(
        project="school",
        store=AsyncMemoryOrderStore(desk.store),
        courses=AsyncMemoryCourses(desk.courses),
        progress=AsyncMemoryProgress(desk.progress),
        clock=desk.clock,
        ids=desk.orders.ids,
        gateways={"fake": AsyncFakeGateway(desk.gateway)},
    )


def busy_desk() -> Desk:
    """Give an office where letters wait, a refund is to be asked for, and a payment fell due."""
    desk = Desk()
    desk.is_paid()
    desk.orders.execute(AddPayment(order=desk.id, amount=Decimal(5), due_at=desk.now + timedelta(days=1)))
    desk.asks_back("10.00")
    desk.lets_pass(timedelta(days=2))
    return desk


def is_done(desk: Desk) -> bool:
    """Tell whether nothing waits any more."""

    def waits(gateway: str | None) -> bool:
        return bool(desk.store.pending("school", limit=1, gateway=gateway))

    # in the order in which one thing makes the next, for other threads go on: what is due or told by a gateway makes
    # letters, and what a gateway tells may make something due
    return not (desk.orders.due() or waits("fake") or desk.orders.due() or waits(None))


def works(desk: Desk, *, is_awaited: bool, settings: WorkerSettings) -> None:
    """Let a worker work, by threads or tasks, until nothing waits."""
    if not is_awaited:
        stop = threading.Event()
        run_worker(
            desk.orders,
            desk.notifier,
            stop=stop,
            settings=settings,
            wait=lambda _: stop.set() if is_done(desk) else None,
        )
        return

    async def work() -> None:
        ending = asyncio.Event()

        async def wait(_: timedelta) -> None:
            if is_done(desk):
                ending.set()
            await asyncio.sleep(0)

        await run_worker_async(awaited(desk), AsyncNotifier(desk.notifier), stop=ending, settings=settings, wait=wait)

    asyncio.run(work())


both = pytest.mark.parametrize("is_awaited", [False, True], ids=["threads", "tasks"])


class TestAllThatWaits:
    """Letters, events, calls of gateways, what falls due, and open attempts."""

    @both
    def test_is_done(self, *, is_awaited: bool) -> None:
        """What is done once by hand, a worker does: the refund, the letters of it, and those of what fell due."""
        by_hand, desk = busy_desk(), busy_desk()
        by_hand.relays()
        while by_hand.orders.run_due() + by_hand.relays():
            pass

        works(desk, is_awaited=is_awaited, settings=WorkerSettings())

        assert desk.went_back() == by_hand.went_back() == ["10.00 UAH"]
        assert Counter(desk.notifier.letters) == Counter(by_hand.notifier.letters)
        assert {"payment_reminder"} <= set(desk.notifier.letters)


class Aging(FakeGateway):
    """A gateway that fails about some payments, and knows of the others from an age on, in minutes; notes when."""

    def __init__(self, desk: Desk, *, failing: Mapping[str, Exception], knows_from: int) -> None:
        super().__init__(desk.clock)
        self.whole, self.opened_at = desk.gateway, desk.now
        self.failing, self.knows_from = failing, knows_from
        self.asked: dict[str, list[int]] = {}

    def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Fail, tell nothing, or tell."""
        age = (self.clock.now() - self.opened_at) // MINUTE
        self.asked.setdefault(request.payment, []).append(age)
        if request.payment in self.failing:
            raise self.failing[request.payment]
        return self.whole.state_of(request) if age >= self.knows_from else ()


def rounds_of_states(desk: Desk, gateway: FakeGateway, count: int, *, is_awaited: bool) -> list[Round]:
    """Let a worker ask a gateway in so many rounds, a minute apart; give the rounds."""
    rounds: list[Round] = []
    stop, ending = threading.Event(), asyncio.Event()

    def told(took: Round) -> None:
        rounds.append(took)
        asked = [one for one in rounds if one.duty == "states:fake"]
        if took.duty == "states:fake":
            desk.lets_pass(MINUTE)
        # the others pause until they are told to stop, unless the one that is looked at never has its turn
        if len(asked) >= count or len(rounds) - len(asked) >= count:
            stop.set()
            ending.set()

    settings = WorkerSettings(told=told, ask_pause=timedelta(0))
    orders = attrs.evolve(desk.orders, gateways={"fake": gateway})
    if is_awaited:
        asked_of = attrs.evolve(awaited(desk), gateways={"fake": AsyncFakeGateway(gateway)})
        asyncio.run(run_worker_async(asked_of, AsyncNotifier(desk.notifier), stop=ending, settings=settings))
    else:
        run_worker(orders, desk.notifier, stop=stop, settings=settings)
    return [one for one in rounds if one.duty == "states:fake"]


DOUBLING = [0, 1, 2, 4, 8, 16]


class TestStates:
    """A gateway is asked about what is open, the older it is, the more rarely (P4, P10)."""

    @both
    def test_open_refund(self, *, is_awaited: bool) -> None:
        """A refund of which the gateway does not know the outcome is asked about until it does, and then no more."""
        desk = Desk()
        desk.is_paid()
        desk.gateway.script(Answer.IS_LOST)
        desk.asks_back("10.00")
        desk.relays()
        assert desk.refund_outcomes() == ["unknown"]
        gateway = Aging(desk, failing={}, knows_from=8)

        rounds = rounds_of_states(desk, gateway, 20, is_awaited=is_awaited)

        assert gateway.asked == {desk.first: [0, 1, 2, 4, 8]}
        assert [took.at - gateway.opened_at for took in rounds if took.done] == [8 * MINUTE]
        assert desk.refund_outcomes() == ["succeeded"]

    @both
    @pytest.mark.parametrize(
        ("code", "is_alone", "asked", "lost"),
        [
            ("gateway.unreachable", False, DOUBLING, 0),
            ("gateway.refused", True, DOUBLING, 0),
            ("gateway.unreachable", True, list(range(20)), 20),
        ],
        ids=["one-of-two", "refused", "down"],
    )
    def test_always_fails(self, code: str, *, is_alone: bool, asked: list[int], lost: int, is_awaited: bool) -> None:
        """N1: an order about which a gateway fails is asked about as others are; one that is down, in every round."""
        desk = Desk()
        desk.hears(desk.id, Outcome.UNKNOWN, gateway="fake")
        others = []
        if not is_alone:
            order = desk.makes()
            others.append(desk.owes(order, "5.00", gateway="fake"))
            desk.hears(order, Outcome.UNKNOWN, gateway="fake", reference="w-2")
        gateway = Aging(desk, failing={desk.first: AdapterFailed(code, gateway="fake")}, knows_from=0)

        rounds = rounds_of_states(desk, gateway, 20, is_awaited=is_awaited)

        assert gateway.asked == {desk.first: asked, **dict.fromkeys(others, asked)}
        assert [took.failures for took in rounds] == [(code,) if n in asked else () for n in range(20)]
        assert sum(took.is_lost for took in rounds) == lost


class TestHeldUpByNothing:
    """A duty that is stuck, fails or breaks leaves the others alone."""

    def test_slow_gateway(self) -> None:
        """While a gateway does not answer, all letters go out."""
        desk = busy_desk()
        letters_are_out = threading.Event()
        stop = threading.Event()

        class Slow(FakeGateway):
            def refund(self, request: RefundRequest, /) -> GatewayFact:
                assert letters_are_out.wait(DEADLINE)
                stop.set()
                return desk.gateway.refund(request)

        def wait(_: timedelta) -> None:
            if not desk.store.pending("school", limit=1):
                letters_are_out.set()

        orders = attrs.evolve(desk.orders, gateways={"fake": Slow(desk.clock)})
        run_worker(orders, desk.notifier, stop=stop, wait=wait)

        assert desk.went_back() == ["10.00 UAH"]

    def test_what_fails_is_logged_without_what_it_says(self, caplog: pytest.LogCaptureFixture) -> None:
        """A notifier that raises stops nothing, and its text, which may name people, is not in the log."""
        desk = busy_desk()
        stop = threading.Event()
        rounds: list[Round] = []

        class Broken(RecordingNotifier):
            def notify(self, project: str, row: OutboxRow, /) -> None:
                raise OSError("550 olena@example.com: no such mailbox")

        def told(took: Round) -> None:
            rounds.append(took)
            if {one.duty for one in rounds if one.done} >= {"due", "gateway:fake"} and any(
                one.failures for one in rounds
            ):
                stop.set()

        with caplog.at_level(logging.DEBUG):
            run_worker(desk.orders, Broken(), stop=stop, settings=WorkerSettings(told=told), wait=lambda _: None)

        failed = next(one for one in rounds if one.failures)
        assert (failed.duty, failed.failures[0], failed.is_lost) == ("notifier", "OSError", False)
        assert "notifier: OSError at tests.races.test_worker:" in caplog.text
        assert "olena" not in caplog.text

    def test_no_database(self) -> None:
        """Without its database a worker goes on, and each pause is twice as long, up to the longest."""
        stop = threading.Event()
        pauses: dict[int, list[float]] = {}

        class Leaving(MemoryOrderStore):
            is_away = False

            def claim(
                self, project: str, /, *, now: datetime, until: datetime, limit: int, gateway: str | None = None
            ) -> Claim:
                if self.is_away:
                    raise AdapterFailed("store.unavailable")
                return super().claim(project, now=now, until=until, limit=limit, gateway=gateway)

        def wait(pause: timedelta) -> None:
            mine = pauses.setdefault(threading.get_ident(), [])
            mine.append(pause.total_seconds())
            if len(mine) == 7 and mine[1] != mine[0]:
                stop.set()

        store = founded(Leaving())
        store.is_away = True
        run_worker(orders_on(store, "w"), RecordingNotifier(), stop=stop, wait=wait)

        assert [2, 4, 8, 16, 32, 60, 60] in [each[:7] for each in pauses.values()]


class TestShared:
    """Several workers at one database."""

    @pytest.fixture(params=["sqlite", "postgresql"])
    def url(self, request: pytest.FixtureRequest, tmp_path: Path) -> str:
        """A database with nothing in it."""
        return f"sqlite:///{tmp_path}/school.db" if request.param == "sqlite" else postgres.emptied()

    def test_nothing_is_doubled(self, url: str) -> None:
        """Two workers hand on each row once, all of them, and those of an order one after the other."""
        written = letters_wait(url)
        assert len(written) > 2 * len(ORDERS)
        stop = threading.Event()
        gone = RecordingNotifier()

        def work(n: int) -> None:
            with SqlOrderStore.from_url(url) as store:

                def wait(_: timedelta) -> None:
                    if not store.pending("school", limit=1):
                        stop.set()

                settings = WorkerSettings(batch=3)
                run_worker(orders_on(store, f"w{n}-"), gone, stop=stop, settings=settings, wait=wait)

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(work, range(2)))

        assert sorted(row.id for row in gone.rows) == sorted(written)
        for order in {row.order for row in gone.rows}:
            mine = [row.id for row in gone.rows if row.order == order]
            assert mine == [id for id in written if id in mine]


ages = st.integers(0, 3 * 24 * 60)


class TestAskAgain:
    """The older an open attempt is, the more rarely it is asked about."""

    def asked_at(self, rounds: Sequence[int]) -> Iterator[int]:
        """Give the rounds, in minutes since it was opened, in which it is asked about."""
        opened_at = datetime.fromisoformat("2026-11-01T10:00+00:00")
        for before, minute in pairwise(rounds):
            again = AskAgain(since=opened_at + before * MINUTE, now=opened_at + minute * MINUTE)
            if again.is_time_for(opened_at):
                yield minute

    def test_every_minute(self) -> None:
        """Looked at every minute, it is asked about at twice the age each time, then every six hours."""
        assert list(self.asked_at(range(40 * 60))) == [
            1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 872, 1232, 1592, 1952, 2312,
        ]  # fmt: skip

    @given(st.lists(ages, min_size=2, unique=True).map(sorted))
    def test_whenever_it_is_looked_at(self, rounds: list[int]) -> None:
        """However rarely it is looked at, it is asked about in each round in which its time came, and no other."""
        every = list(self.asked_at(range(3 * 24 * 60 + 1)))
        expected = [later for before, later in pairwise(rounds) if any(before < one <= later for one in every)]
        assert list(self.asked_at(rounds)) == expected

    def test_first_turn(self) -> None:
        """In its first turn a worker asks about all: nobody knows what was missed before."""
        desk = busy_desk()
        assert AskAgain(since=None, now=desk.now).is_time_for(desk.now)


class TestHealth:
    """How many rows are parked, and since when the oldest waits."""

    def test_counts(self) -> None:
        """A desk where nothing was handed on has waited since its oldest row; one that is done waits for nothing."""
        desk = busy_desk()
        oldest = min(row.at for row in desk.store.pending("school", limit=100, gateway="fake"))
        health = health_of(desk.orders)
        assert (health.parked, health.waiting_since is not None and health.waiting_since <= oldest) == (0, True)

        works(desk, is_awaited=False, settings=WorkerSettings())
        assert health_of(desk.orders).waiting_since is None

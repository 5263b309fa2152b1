"""A worker: it does the work outside of commands, in turns, until it is told to stop.

Laws:

1. Each duty has its own thread or task: letters and events, two for each gateway (requests, and outcomes), and the due
   work. A slow gateway delays nothing else.
2. No transaction is open during a call to the outside, and a duty has at most one transaction open, so threads never
   wait for each other's connections.
3. Any number of workers may run. They share outbox rows by leases (N1), and due work by its keys (P14). Each worker
   asks gateways for outcomes itself, which changes nothing (P4).
4. After a turn with work the next one follows at once, after an idle turn a pause. The pause gets longer, up to a
   bound, while whole turns fail, for example without a database.
5. When told to stop, a worker finishes its current row and releases the rows it has not sent. If it is killed, nothing
   is lost: its rows are free when their lease is over.
6. Errors are logged by code or type, never with their text, which may contain personal data.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain
from typing import Generic, Protocol, TypeVar

import attrs

from kwiga_orders.aio import AsyncOrders
from kwiga_orders.errors import AdapterFailed, KwigaOrdersError
from kwiga_orders.periods import utc
from kwiga_orders.ports import AsyncNotifier, Clock, Notifier
from kwiga_orders.queries import ParkedDeliveriesQuery
from kwiga_orders.service import Orders
from kwiga_orders.turns import AskAgain, Turn

__all__ = ["Health", "Hosted", "Round", "WorkerSettings", "health_of", "run_worker", "run_worker_async"]

Receiver_contra = TypeVar("Receiver_contra", contravariant=True)
Done_co = TypeVar("Done_co", covariant=True)

_LOG = logging.getLogger("kwiga_orders.worker")
# Parked rows are counted page by page, because there may be many.
_PAGE = 100
_DOUBLINGS = 20
"""The most doublings of a pause, so that it fits into a `timedelta`."""


@attrs.frozen(kw_only=True)
class Round:
    """The result of one turn of a duty, such as `notifier`, `gateway:stripe`, `states:stripe` or `due`.

    `failures` are codes or types of errors; `is_lost` says that the whole turn, or most of it, failed.
    """

    duty: str
    at: datetime
    done: int
    failures: tuple[str, ...] = ()
    is_lost: bool = False


@attrs.frozen(kw_only=True)
class WorkerSettings:
    """The pace of a worker.

    It claims `batch` rows at a time, and pauses for `pause` after an idle turn. While whole turns fail, each pause is
    twice as long as the last, up to `longest_pause`. Gateways are asked about open attempts and refunds at the age
    `ask_first`, then ever more rarely, but at least every `ask_longest`; this is checked every `ask_pause`. `told` is
    called with each round, in the thread of its duty.
    """

    batch: int = attrs.field(default=50, validator=attrs.validators.ge(1))
    pause: timedelta = timedelta(seconds=2)
    longest_pause: timedelta = timedelta(minutes=1)
    ask_pause: timedelta = timedelta(seconds=30)
    ask_first: timedelta = timedelta(minutes=1)
    ask_longest: timedelta = timedelta(hours=6)
    told: Callable[[Round], None] = lambda _: None


@attrs.frozen(kw_only=True)
class Hosted:
    """The work for a worker: the orders of a project, and the notifier for letters and events."""

    orders: Orders
    notifier: Notifier


class _Works(Protocol[Receiver_contra, Done_co]):
    """The orders of a project, as a worker uses them. `Done_co` is an int, or an awaitable of one."""

    @property
    def clock(self) -> Clock: ...
    @property
    def gateways(self) -> Mapping[str, object]: ...
    def relay_notifier(self, notifier: Receiver_contra, *, limit: int = ..., turn: Turn | None = ...) -> Done_co: ...
    def relay_gateway(self, gateway: str, *, limit: int = ..., turn: Turn | None = ...) -> Done_co: ...
    def run_due(self, *, limit: int = ..., turn: Turn | None = ...) -> Done_co: ...
    def resolve_unknown(
        self, *, gateway: str | None = ..., limit: int = ..., again: AskAgain | None = ..., turn: Turn | None = ...
    ) -> Done_co: ...


@attrs.frozen(kw_only=True)
class _Shift:
    """The common data of all duties of a worker."""

    clock: Clock
    settings: WorkerSettings
    is_over: Callable[[], bool]


@attrs.define(kw_only=True)
class _Taken:
    """A running turn; an exception ends only this turn."""

    at: datetime
    turn: Turn
    again: AskAgain
    done: int = 0
    lost: Exception | None = None

    def __enter__(self) -> "_Taken":
        return self

    def __exit__(self, kind: object, problem: BaseException | None, place: object) -> bool:
        # the host's parts may raise anything; but the cancellation of a task is not caught
        if isinstance(problem, Exception):
            self.lost = problem
        return self.lost is not None


@attrs.define(kw_only=True)
class _Duty(Generic[Done_co]):
    """Work that is done repeatedly, with its state; `take` takes a turn.

    `is_put_off` says that failed items are put off, so that the next turn may follow at once.
    """

    name: str
    take: Callable[[Turn, AskAgain], Done_co]
    shift: _Shift
    pause: timedelta
    is_put_off: bool = False
    is_repeated: bool = True
    asked_at: datetime | None = None
    lost: int = 0

    def begin(self) -> _Taken:
        """Begin a turn. It asks about items whose time came since the last turn; the first turn about all."""
        now, settings = utc(self.shift.clock.now()), self.shift.settings
        again = AskAgain(since=self.asked_at, now=now, first=settings.ask_first, longest=settings.ask_longest)
        return _Taken(at=now, turn=Turn(is_over=self.shift.is_over), again=again)

    def end(self, taken: _Taken) -> timedelta:
        """Store and report the result of a turn; give how long to pause, perhaps not at all."""
        took = self._round_of(taken)
        self.lost = self.lost + 1 if took.is_lost else 0
        # Only a complete turn counts; after a failed one all are asked about again.
        if not took.is_lost and not self.shift.is_over():
            self.asked_at = taken.at
        self.shift.settings.told(took)
        return timedelta(0) if self.shift.is_over() else self._pause_after(took)

    def _round_of(self, taken: _Taken) -> Round:
        failed = [*taken.turn.failed, *([] if taken.lost is None else [taken.lost])]
        for problem in failed:
            _LOG.warning("%s: %s at %s", self.name, _code_of(problem), _place_of(problem))
        is_lost = taken.lost is not None or (not self.is_put_off and _is_mostly_broken(taken.turn))
        failures = tuple(map(_code_of, failed))
        return Round(duty=self.name, at=taken.at, done=taken.done, failures=failures, is_lost=is_lost)

    def _pause_after(self, took: Round) -> timedelta:
        if took.is_lost:
            times: int = 2 ** min(self.lost - 1, _DOUBLINGS)
            # Doubling from the usual pause, bounded, and never below it.
            return max(self.pause, min(self.pause * times, self.shift.settings.longest_pause))
        # Failed rows were put off, so other rows may be ready.
        tried = took.done + (len(took.failures) if self.is_put_off else 0)
        return timedelta(0) if tried and self.is_repeated else self.pause


def _duties_of(
    orders: _Works[Receiver_contra, Done_co], notifier: Receiver_contra, shift: _Shift
) -> list[_Duty[Done_co]]:
    """Give the duties: letters and events, what falls due, and two for each gateway."""
    batch, pause = shift.settings.batch, shift.settings.pause

    def notify(turn: Turn, _: AskAgain) -> Done_co:
        return orders.relay_notifier(notifier, limit=batch, turn=turn)

    def run_due(turn: Turn, _: AskAgain) -> Done_co:
        return orders.run_due(limit=batch, turn=turn)

    return [
        _Duty(name="notifier", take=notify, shift=shift, pause=pause, is_put_off=True),
        _Duty(name="due", take=run_due, shift=shift, pause=pause),
        *chain.from_iterable(_duties_at(gateway, orders, shift) for gateway in orders.gateways),
    ]


def _duties_at(gateway: str, orders: _Works[Receiver_contra, Done_co], shift: _Shift) -> Iterator[_Duty[Done_co]]:
    settings = shift.settings

    def calls(turn: Turn, _: AskAgain) -> Done_co:
        return orders.relay_gateway(gateway, limit=settings.batch, turn=turn)

    def states(turn: Turn, again: AskAgain) -> Done_co:
        return orders.resolve_unknown(gateway=gateway, again=again, turn=turn)

    yield _Duty(name=f"gateway:{gateway}", take=calls, shift=shift, pause=settings.pause, is_put_off=True)
    yield _Duty(name=f"states:{gateway}", take=states, shift=shift, pause=settings.ask_pause, is_repeated=False)


def _is_mostly_broken(turn: Turn) -> bool:
    """Tell whether a turn failed because a gateway or another part of the host is down.

    Then all items are tried again in the next turn; otherwise failed ones wait for their time.
    """
    # At least half must have failed outside. A gateway that refused is not down.
    broken = [one for one in turn.failed if isinstance(one, AdapterFailed) and one.code != "gateway.refused"]
    return len(broken) > len(turn.succeeded)


def _code_of(problem: Exception) -> str:
    return problem.code if isinstance(problem, KwigaOrdersError) else type(problem).__name__


def _place_of(problem: Exception) -> str:
    """Give the line that raised, without the text of the error, which may contain personal data."""
    place = problem.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return "?" if place is None else f"{place.tb_frame.f_globals.get('__name__', '?')}:{place.tb_lineno}"


# Threads


def run_worker(
    orders: Orders,
    notifier: Notifier,
    *,
    stop: threading.Event,
    settings: WorkerSettings = WorkerSettings(),
    wait: Callable[[timedelta], object] | None = None,
) -> None:
    """Work until `stop` is set; then the current items are finished, and the rest is released.

    `wait` pauses a duty; the default waits for the given time or until `stop` is set.

    Raises:
        Exception: an error of `wait` or of `told` in the settings, after all duties ended.
    """
    pausing = wait or (lambda pause: stop.wait(pause.total_seconds()))
    duties = _duties_of(orders, notifier, _Shift(clock=orders.clock, settings=settings, is_over=stop.is_set))
    # Law 1: a thread for each duty, because a call to the outside may block for long.
    with ThreadPoolExecutor(len(duties), thread_name_prefix="kwiga-orders") as threads:
        working = [threads.submit(_work, duty, stop, pausing) for duty in duties]
        try:
            # The error of a duty is raised after all duties have ended.
            for one in working:
                one.result()
        finally:
            stop.set()


def _work(duty: _Duty[int], stop: threading.Event, wait: Callable[[timedelta], object]) -> None:
    try:
        while not stop.is_set():
            with duty.begin() as taken:
                taken.done = duty.take(taken.turn, taken.again)
            if pause := duty.end(taken):
                wait(pause)
    finally:
        # if one duty breaks, the others must stop, too
        stop.set()


# Tasks


async def run_worker_async(
    orders: AsyncOrders,
    notifier: AsyncNotifier,
    *,
    stop: asyncio.Event,
    settings: WorkerSettings = WorkerSettings(),
    wait: Callable[[timedelta], Awaitable[object]] | None = None,
) -> None:
    """Work as `run_worker` does, in tasks of this loop.

    Raises:
        Exception: an error of `wait` or of `told` in the settings, after all duties ended.
    """

    async def until_stopped(pause: timedelta) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause.total_seconds())

    duties = _duties_of(orders, notifier, _Shift(clock=orders.clock, settings=settings, is_over=stop.is_set))
    working = [_work_async(duty, stop, wait or until_stopped) for duty in duties]
    for broken in filter(None, await asyncio.gather(*working, return_exceptions=True)):
        raise broken


async def _work_async(
    duty: _Duty[Awaitable[int]], stop: asyncio.Event, wait: Callable[[timedelta], Awaitable[object]]
) -> None:
    try:
        while not stop.is_set():
            with duty.begin() as taken:
                taken.done = await duty.take(taken.turn, taken.again)
            pause = duty.end(taken)
            # let other tasks run, even if nothing was awaited
            await (wait(pause) if pause else asyncio.sleep(0))
    finally:
        stop.set()


# Health


@attrs.frozen(kw_only=True)
class Health:
    """The state of a project's outbox: the number of parked rows, and since when the oldest other row waits."""

    parked: int
    waiting_since: datetime | None


def health_of(orders: Orders) -> Health:
    """Give the number of parked rows, and since when the oldest other row waits.

    Rows that are put off, or that wait for a parked row, count as waiting.

    Raises:
        AdapterFailed: if the store cannot be reached.
    """
    parked, after, is_read = 0, None, False
    while after is not None or not is_read:
        page = orders.ask(ParkedDeliveriesQuery(after=after, limit=_PAGE))
        parked, after, is_read = parked + len(page["rows"]), page["next"], True
    channels = (None, *orders.gateways)
    oldest = [row.at for name in channels for row in orders.store.pending(orders.project, limit=1, gateway=name)]
    return Health(parked=parked, waiting_since=min(oldest, default=None))

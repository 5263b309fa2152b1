"""A worker: takes turns at all that waits outside of commands, until it is told to stop.

Laws:

1. Each duty has its own thread or task: letters and events, each gateway twice (what it is asked for; what became of
   it), and what falls due. A slow gateway holds up nobody else.
2. No transaction is open while something outside is waited for, and none of a duty's while another one's is: so threads
   never wait for each other's connections.
3. Any number of workers may run. They share rows of the outbox by leases (N1), and what is due by its keys (P14). They
   do ask gateways each for itself, which changes nothing (P4).
4. After a turn with work the next one follows at once; after an idle one there is a pause. It gets longer while turns
   fail as a whole, such as without a database, and is bounded.
5. When told to stop, a worker finishes its current row, and gives back the rows it has not sent. Killed, it loses
   nothing: its rows are free when their lease is over.
6. What goes wrong is logged by code or type, never with what it says: that may name people.
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
# Parked rows are counted page by page, because there may be very many.
_PAGE = 100
_DOUBLINGS = 20
"""A pause is doubled so often at most: no power that could leave what a time can be."""


@attrs.frozen(kw_only=True)
class Round:
    """What came of one turn of a duty, such as `notifier`, `gateway:stripe`, `states:stripe` or `due`.

    `failures` are codes of errors or names of their types; `is_lost` says that the turn failed as a whole, or mostly.
    """

    duty: str
    at: datetime
    done: int
    failures: tuple[str, ...] = ()
    is_lost: bool = False


@attrs.frozen(kw_only=True)
class WorkerSettings:
    """How a worker paces itself.

    It claims `batch` rows at a time, and pauses for `pause` after an idle turn. While turns fail as a whole, each pause
    is twice as long as the last, up to `longest_pause`. About open attempts and refunds gateways are asked when these
    are `ask_first` old and then, the older they are, ever more rarely, up to every `ask_longest`; whether it is time
    is looked at every `ask_pause`. `told` is told of each round, in the thread of its duty.
    """

    batch: int = attrs.field(default=50, validator=attrs.validators.ge(1))
    pause: timedelta = timedelta(seconds=2)
    longest_pause: timedelta = timedelta(minutes=1)
    ask_pause: timedelta = timedelta(seconds=30)
    ask_first: timedelta = timedelta(minutes=1)
    ask_longest: timedelta = timedelta(hours=6)
    # By default nobody is told.
    told: Callable[[Round], None] = lambda _: None


@attrs.frozen(kw_only=True)
class Hosted:
    """What a host has a worker work for: the orders of a project, and who gets letters and events."""

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
    """What all duties of a worker go by."""

    clock: Clock
    settings: WorkerSettings
    is_over: Callable[[], bool]


@attrs.define(kw_only=True)
class _Taken:
    """A turn that is being taken; what it raises ends it, and nothing else."""

    at: datetime
    turn: Turn
    again: AskAgain
    done: int = 0
    lost: Exception | None = None

    def __enter__(self) -> "_Taken":
        return self

    def __exit__(self, kind: object, problem: BaseException | None, place: object) -> bool:
        # whatever the host's parts raise; that a task is cancelled is for the loop alone
        if isinstance(problem, Exception):
            self.lost = problem
        return self.lost is not None


@attrs.define(kw_only=True)
class _Duty(Generic[Done_co]):
    """One thing that is done over and over, and how that went so far; `take` takes a turn at it.

    `is_put_off` says that what fails is not tried in the next turn, so that this one may follow at once.
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
        """Begin a turn. Time to ask it is for who came to it since the last turn; by the first turn, for everybody."""
        now, settings = utc(self.shift.clock.now()), self.shift.settings
        again = AskAgain(since=self.asked_at, now=now, first=settings.ask_first, longest=settings.ask_longest)
        return _Taken(at=now, turn=Turn(is_over=self.shift.is_over), again=again)

    def end(self, taken: _Taken) -> timedelta:
        """Note how a turn went, and report it; give how long to pause, perhaps not at all."""
        took = self._round_of(taken)
        self.lost = self.lost + 1 if took.is_lost else 0
        # Only a turn that came to its end counts as "asked"; after a failed one everybody is asked again.
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
        # What failed was put off, so another row may be ready at once.
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
    """Tell a gateway or another part of the host that is down from a few orders that always fail.

    If it is down, all are asked about again in the next turn; otherwise those that fail wait until it is their time.
    """
    # a gateway that refused did answer
    # Half or more must have broken outside: single orders that always fail are no outage.
    broken = [one for one in turn.failed if isinstance(one, AdapterFailed) and one.code != "gateway.refused"]
    return len(broken) > len(turn.succeeded)


def _code_of(problem: Exception) -> str:
    return problem.code if isinstance(problem, KwigaOrdersError) else type(problem).__name__


def _place_of(problem: Exception) -> str:
    """Give the line that raised; without what was said there, for that may be private."""
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
    """Work until `stop` is set: then all that was begun is done, and the rest is free for others.

    `wait` pauses a duty: for so long, or until `stop` is set, if none is given.

    Raises:
        Exception: what `wait` or `told` of the settings raised, after all duties ended.
    """
    pausing = wait or (lambda pause: stop.wait(pause.total_seconds()))
    duties = _duties_of(orders, notifier, _Shift(clock=orders.clock, settings=settings, is_over=stop.is_set))
    # A thread a duty, because a call to the outside may block for long (law 1).
    with ThreadPoolExecutor(len(duties), thread_name_prefix="kwiga-orders") as threads:
        working = [threads.submit(_work, duty, stop, pausing) for duty in duties]
        try:
            # The first duty that breaks is raised when all have come to an end.
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
        # one that breaks must not leave the others at work, unseen
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
        Exception: what `wait` or `told` of the settings raised, after all duties ended.
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
            # others get their turn, even if nothing had to be awaited
            await (wait(pause) if pause else asyncio.sleep(0))
    finally:
        stop.set()


# How it is


@attrs.frozen(kw_only=True)
class Health:
    """What waits in a project: how many rows are parked, and since when the oldest waits that is not."""

    parked: int
    waiting_since: datetime | None


def health_of(orders: Orders) -> Health:
    """Tell how many rows are parked, and since when the oldest of the others waits.

    One that is put off, or that waits behind a parked one, waits, too.

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

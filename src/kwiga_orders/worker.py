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
5. When told to stop, a worker ends what it is at, and gives back the rows it has not come to. Killed, it loses
   nothing: its rows are free when their lease is over.
6. What goes wrong is logged by code or type, never with what it says: that may name people.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import attrs

from kwiga_orders.aio import AsyncOrders
from kwiga_orders.errors import AdapterFailed, KwigaOrdersError
from kwiga_orders.periods import utc
from kwiga_orders.ports import AsyncNotifier, Notifier
from kwiga_orders.queries import ParkedDeliveriesQuery
from kwiga_orders.service import Orders
from kwiga_orders.turns import AskAgain, Turn

__all__ = ["Health", "Hosted", "Round", "WorkerSettings", "health_of", "run_worker", "run_worker_async"]

Take = TypeVar("Take")

_LOG = logging.getLogger("kwiga_orders.worker")
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
    told: Callable[[Round], None] = lambda _: None


@attrs.frozen(kw_only=True)
class Hosted:
    """What a host has a worker work for: the orders of a project, and who gets letters and events."""

    orders: Orders
    notifier: Notifier


@attrs.define(kw_only=True)
class _Duty(Generic[Take]):
    """One thing that is done over and over, and how that went so far; `take` takes a turn at it.

    `is_put_off` says that what fails is not tried in the next turn, so that this one may follow at once.
    """

    name: str
    take: Take
    settings: WorkerSettings
    pause: timedelta
    is_put_off: bool = False
    is_repeated: bool = True
    asked_at: datetime | None = None
    lost: int = 0

    def again(self, now: datetime) -> AskAgain:
        """Say whom it is time to ask: who came to it since the last turn; by the first turn, everybody."""
        settings = self.settings
        return AskAgain(since=self.asked_at, now=now, first=settings.ask_first, longest=settings.ask_longest)

    def ended(self, turn: Turn, *, done: int, lost: Exception | None, at: datetime) -> Round:
        """Note how a turn went, and log what failed."""
        failed = [*turn.failed, *([] if lost is None else [lost])]
        for problem in failed:
            _LOG.warning("%s: %s at %s", self.name, _code_of(problem), _place_of(problem))
        is_lost = lost is not None or (not self.is_put_off and _is_mostly_broken(turn))
        self.lost = self.lost + 1 if is_lost else 0
        if not is_lost and not turn.is_over():
            self.asked_at = at
        return Round(duty=self.name, at=at, done=done, failures=tuple(map(_code_of, failed)), is_lost=is_lost)

    def pause_after(self, took: Round) -> timedelta:
        """Give how long to pause after a turn, perhaps not at all."""
        if took.is_lost:
            times: int = 2 ** min(self.lost - 1, _DOUBLINGS)
            return max(self.pause, min(self.pause * times, self.settings.longest_pause))
        tried = took.done + (len(took.failures) if self.is_put_off else 0)
        return timedelta(0) if tried and self.is_repeated else self.pause


@attrs.frozen(kw_only=True)
class _Takes(Generic[Take]):
    """How turns at the duties are taken."""

    notifies: Take
    runs_due: Take
    calls: Callable[[str], Take]
    states: Callable[[str], Take]

    def duties(self, gateways: Iterable[str], settings: WorkerSettings) -> list[_Duty[Take]]:
        """Give the duties: letters and events, what falls due, and two for each gateway."""

        def duty(name: str, take: Take, *, is_put_off: bool = False) -> _Duty[Take]:
            return _Duty(name=name, take=take, settings=settings, pause=settings.pause, is_put_off=is_put_off)

        made = [duty("notifier", self.notifies, is_put_off=True), duty("due", self.runs_due)]
        for name in gateways:
            asks = duty(f"states:{name}", self.states(name))
            made += [
                duty(f"gateway:{name}", self.calls(name), is_put_off=True),
                attrs.evolve(asks, pause=settings.ask_pause, is_repeated=False),
            ]
        return made


def _is_mostly_broken(turn: Turn) -> bool:
    """Tell a gateway or another part of the host that is down from a few orders that always fail.

    If it is down, all are asked about again in the next turn; otherwise those that fail wait until it is their time.
    """
    # a gateway that refused did answer
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

_Blocking = _Duty[Callable[[Turn, AskAgain], int]]


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

    def work(duty: _Blocking) -> None:
        try:
            while not stop.is_set():
                pause = duty.pause_after(turned(duty))
                if pause and not stop.is_set():
                    pausing(pause)
        finally:
            # one that breaks must not leave the others at work, unseen
            stop.set()

    def turned(duty: _Blocking) -> Round:
        turn, at, done, lost = Turn(is_over=stop.is_set), utc(orders.clock.now()), 0, None
        try:
            done = duty.take(turn, duty.again(at))
        except Exception as problem:  # whatever the host's parts raise
            lost = problem
        took = duty.ended(turn, done=done, lost=lost, at=at)
        settings.told(took)
        return took

    duties = _duties_of(orders, notifier, settings)
    with ThreadPoolExecutor(len(duties), thread_name_prefix="kwiga-orders") as threads:
        working = [threads.submit(work, duty) for duty in duties]
        try:
            for one in working:
                one.result()
        finally:
            stop.set()


def _duties_of(orders: Orders, notifier: Notifier, settings: WorkerSettings) -> list[_Blocking]:
    batch = settings.batch

    def calls(name: str) -> Callable[[Turn, AskAgain], int]:
        return lambda turn, _: orders.relay_gateway(name, limit=batch, turn=turn)

    def states(name: str) -> Callable[[Turn, AskAgain], int]:
        return lambda turn, again: orders.resolve_unknown(gateway=name, again=again, turn=turn)

    takes = _Takes[Callable[[Turn, AskAgain], int]](
        notifies=lambda turn, _: orders.relay_notifier(notifier, limit=batch, turn=turn),
        runs_due=lambda turn, _: orders.run_due(limit=batch, turn=turn),
        calls=calls,
        states=states,
    )
    return takes.duties(orders.gateways, settings)


# Tasks

_Awaited = _Duty[Callable[[Turn, AskAgain], Awaitable[int]]]


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

    pausing = wait or until_stopped

    async def work(duty: _Awaited) -> None:
        try:
            while not stop.is_set():
                pause = duty.pause_after(await turned(duty))
                if not stop.is_set():
                    # others get their turn, even if nothing had to be awaited
                    await (pausing(pause) if pause else asyncio.sleep(0))
        finally:
            stop.set()

    async def turned(duty: _Awaited) -> Round:
        turn, at, done, lost = Turn(is_over=stop.is_set), utc(orders.clock.now()), 0, None
        try:
            done = await duty.take(turn, duty.again(at))
        except Exception as problem:  # whatever the host's parts raise
            lost = problem
        took = duty.ended(turn, done=done, lost=lost, at=at)
        settings.told(took)
        return took

    ended = await asyncio.gather(*map(work, _async_duties_of(orders, notifier, settings)), return_exceptions=True)
    for broken in filter(None, ended):
        raise broken


def _async_duties_of(orders: AsyncOrders, notifier: AsyncNotifier, settings: WorkerSettings) -> list[_Awaited]:
    batch = settings.batch

    def calls(name: str) -> Callable[[Turn, AskAgain], Awaitable[int]]:
        return lambda turn, _: orders.relay_gateway(name, limit=batch, turn=turn)

    def states(name: str) -> Callable[[Turn, AskAgain], Awaitable[int]]:
        return lambda turn, again: orders.resolve_unknown(gateway=name, again=again, turn=turn)

    takes = _Takes[Callable[[Turn, AskAgain], Awaitable[int]]](
        notifies=lambda turn, _: orders.relay_notifier(notifier, limit=batch, turn=turn),
        runs_due=lambda turn, _: orders.run_due(limit=batch, turn=turn),
        calls=calls,
        states=states,
    )
    return takes.duties(orders.gateways, settings)


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

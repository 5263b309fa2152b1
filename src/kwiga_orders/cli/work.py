"""Run a worker until a signal, and report whether it is healthy."""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import cast

import attrs

from kwiga_orders.cli.stores import opened
from kwiga_orders.errors import AdapterFailed, Fault, InvalidInput
from kwiga_orders.ports import OrderStore
from kwiga_orders.worker import Health, Hosted, Round, WorkerSettings, health_of, run_worker

__all__ = ["Beats", "Limits", "hosted", "run_health", "run_work"]


@attrs.frozen(kw_only=True)
class Limits:
    """The limits for a healthy worker: parked rows, the longest wait, the time since the last round. None: no limit."""

    parked: int | None = 0
    waiting: timedelta | None = timedelta(hours=1)
    silent: timedelta | None = timedelta(minutes=10)


@attrs.frozen
class Beats:
    """A file in which a worker notes when each of its duties last ran; threads may share it."""

    path: Path
    _turns: dict[str, str] = attrs.field(factory=dict)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def note(self, took: Round) -> None:
        """Note the turn of a duty.

        Raises:
            AdapterFailed: if the file cannot be written.
        """
        with self._lock:
            # each duty runs in its own thread, and all of them write this file
            self._turns[took.duty] = took.at.isoformat()
            part = self.path.with_name(f"{self.path.name}.part")
            try:
                # renamed, so that a reader always gets the complete file
                part.write_text(json.dumps(self._turns), encoding="utf-8")
                part.replace(self.path)
            except OSError as problem:
                raise AdapterFailed("file.unwritable", path=str(self.path)) from problem

    def last(self) -> datetime | None:
        """Give the last turn of the duty that has waited longest; None if no turn is noted."""
        try:
            turns = json.loads(self.path.read_text(encoding="utf-8"))
            # the slowest duty counts: if letters stand still, the worker is ill, even if payments move
            return min(map(datetime.fromisoformat, turns.values()), default=None)
        except (OSError, ValueError, TypeError, AttributeError):
            # the file is missing or was not written by a worker
            return None


def run_work(url: str, *, host: str, heartbeat: str | None) -> int:
    """Run a worker until SIGTERM or SIGINT; give the exit code.

    Raises:
        InvalidInput: if there is no such callable, or it gives no `Hosted`.
        AdapterFailed: if the database cannot be opened.
    """
    # without a heartbeat file nothing is noted
    settings = WorkerSettings() if heartbeat is None else WorkerSettings(told=Beats(Path(heartbeat)).note)
    with hosted(url, host) as given, _told_to_stop() as stop:
        run_worker(given.orders, given.notifier, stop=stop, settings=settings)
    return 0


def run_health(url: str, *, host: str, heartbeat: str | None, limits: Limits) -> int:
    """Print the health in one line; give 0 if the worker is healthy, else 1.

    Raises:
        InvalidInput: if there is no such callable, or it gives no `Hosted`.
        AdapterFailed: if the database cannot be reached.
    """
    with hosted(url, host) as given:
        health, now = health_of(given.orders), given.orders.clock.now()
    last = None if heartbeat is None else Beats(Path(heartbeat)).last()
    waits = "nothing" if health.waiting_since is None else f"{_seconds(now - health.waiting_since)} s"
    round_at = "not noted" if heartbeat is None else "never" if last is None else f"{_seconds(now - last)} s ago"
    print(f"parked: {health.parked}, oldest waiting: {waits}, last round: {round_at}")
    # a worker without any turn is as bad as one that stopped
    is_silent = heartbeat is not None and limits.silent is not None and (last is None or now - last > limits.silent)
    return int(is_silent or not _is_well(health, limits, now))


def _is_well(health: Health, limits: Limits, now: datetime) -> bool:
    has_few = limits.parked is None or health.parked <= limits.parked
    since = health.waiting_since
    return has_few and (limits.waiting is None or since is None or now - since <= limits.waiting)


def _seconds(time: timedelta) -> int:
    # the clocks of worker and reader may differ a little, so an age is never negative
    return max(0, round(time.total_seconds()))


@contextmanager
def hosted(url: str, host: str) -> Iterator[Hosted]:
    """Give the `Hosted` that the host's callable makes from the store; modules of the current folder can be imported.

    Raises:
        InvalidInput: if there is no such callable, or it gives no `Hosted`.
    """
    module, _, name = host.partition(":")
    # as if a script in the current folder were run;
    # first in the path, so that the host's module wins over an installed one of the same name
    sys.path.insert(0, str(Path.cwd()))
    try:
        make = cast("Callable[[OrderStore], object]", getattr(import_module(module), name))
    # a host without a colon has an empty name, which ends here, too
    except (ImportError, AttributeError, ValueError) as problem:
        raise _no_host(host) from problem
    with opened(url) as store:
        hosted = make(store)
        if not isinstance(hosted, Hosted):
            raise _no_host(host)
        yield hosted


def _no_host(host: str) -> InvalidInput:
    hint = f"module:callable that takes a store and gives a kwiga_orders.worker.Hosted, not {host}"
    return InvalidInput([Fault(path="host", code="input.invalid", hint=hint)])


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Give an event that is set by SIGTERM and SIGINT."""
    # a second signal changes nothing: the worker still stops in order, and no duty is cut off
    stop = threading.Event()

    def stopping(*_: object) -> None:
        stop.set()
        # the signal may have interrupted print(), so it must not be called here
        os.write(2, b"kwiga-orders: stopping\n")

    # the old handlers are restored, because a host may run this in its own process
    before = {one: signal.signal(one, stopping) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)

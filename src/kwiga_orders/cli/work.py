"""Run a worker until a signal comes, and report whether it is well."""

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
    """The limits of a healthy worker: parked rows, the longest wait, the time since the last round. None: no limit."""

    parked: int | None = 0
    waiting: timedelta | None = timedelta(hours=1)
    silent: timedelta | None = timedelta(minutes=10)


@attrs.frozen
class Beats:
    """A file in which a worker notes when each of its duties last had a turn; safe to share between threads."""

    path: Path
    _turns: dict[str, str] = attrs.field(factory=dict)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def note(self, took: Round) -> None:
        """Note a turn.

        Raises:
            AdapterFailed: if the file cannot be written.
        """
        with self._lock:
            # duties take turns in threads of their own, and all of them write this file
            self._turns[took.duty] = took.at.isoformat()
            part = self.path.with_name(f"{self.path.name}.part")
            try:
                # who reads it meanwhile gets all of it
                part.write_text(json.dumps(self._turns), encoding="utf-8")
                part.replace(self.path)
            except OSError as problem:
                raise AdapterFailed("file.unwritable", path=str(self.path)) from problem

    def last(self) -> datetime | None:
        """Give when the duty that had no turn for longest had its last; None if none is noted."""
        try:
            turns = json.loads(self.path.read_text(encoding="utf-8"))
            # the slowest duty counts: a worker whose letters stand still is ill, even if its payments move
            return min(map(datetime.fromisoformat, turns.values()), default=None)
        except (OSError, ValueError, TypeError, AttributeError):
            # no worker wrote that
            return None


def run_work(url: str, *, host: str, heartbeat: str | None) -> int:
    """Work until SIGTERM or SIGINT; give the exit code.

    Raises:
        InvalidInput: if there is no such host, or it gives no `Hosted`.
        AdapterFailed: if the database cannot be opened.
    """
    # without a file nobody asks how the worker is, and nothing is written
    settings = WorkerSettings() if heartbeat is None else WorkerSettings(told=Beats(Path(heartbeat)).note)
    with hosted(url, host) as given, _told_to_stop() as stop:
        run_worker(given.orders, given.notifier, stop=stop, settings=settings)
    return 0


def run_health(url: str, *, host: str, heartbeat: str | None, limits: Limits) -> int:
    """Print how it is in one line; give 0 if all is well, else 1.

    Raises:
        InvalidInput: if there is no such host, or it gives no `Hosted`.
        AdapterFailed: if the database cannot be reached.
    """
    with hosted(url, host) as given:
        health, now = health_of(given.orders), given.orders.clock.now()
    last = None if heartbeat is None else Beats(Path(heartbeat)).last()
    waits = "nothing" if health.waiting_since is None else f"{_seconds(now - health.waiting_since)} s"
    round_at = "not noted" if heartbeat is None else "never" if last is None else f"{_seconds(now - last)} s ago"
    print(f"parked: {health.parked}, oldest waiting: {waits}, last round: {round_at}")
    # a worker that never took a turn is as silent as one that stopped
    is_silent = heartbeat is not None and limits.silent is not None and (last is None or now - last > limits.silent)
    return int(is_silent or not _is_well(health, limits, now))


def _is_well(health: Health, limits: Limits, now: datetime) -> bool:
    has_few = limits.parked is None or health.parked <= limits.parked
    since = health.waiting_since
    return has_few and (limits.waiting is None or since is None or now - since <= limits.waiting)


def _seconds(time: timedelta) -> int:
    # the two clocks may differ by a little; an age below nothing would only confuse
    return max(0, round(time.total_seconds()))


@contextmanager
def hosted(url: str, host: str) -> Iterator[Hosted]:
    """Give what the host's callable makes of the store behind a URL; its module is looked for in this folder, too.

    Raises:
        InvalidInput: if there is no such callable, or it gives no `Hosted`.
    """
    module, _, name = host.partition(":")
    # as a script of the folder would, from which it is run
    # first, so that the host's module wins over an installed one of the same name
    sys.path.insert(0, str(Path.cwd()))
    try:
        make = cast("Callable[[OrderStore], object]", getattr(import_module(module), name))
    # a name without a colon gives an empty attribute, which is one of these faults too
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
    """Give an event that SIGTERM and SIGINT set."""
    # a second signal finds the flag set already: stopping goes on, and nothing is cut off
    stop = threading.Event()

    def stopping(*_: object) -> None:
        stop.set()
        # print() may be what the signal came into
        os.write(2, b"kwiga-orders: stopping\n")

    # the handlers that were there come back, as a host may run this within its own process
    before = {one: signal.signal(one, stopping) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)

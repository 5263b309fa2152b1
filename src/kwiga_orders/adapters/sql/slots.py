"""A number of slots, each taken by one holder at a time, that cannot be lost.

A signal handler may raise an exception after any call, so `finally` alone cannot promise that a slot comes back: it may
be interrupted before it begins. So no code has to run. A holder keeps its slot alive, and when the slot is dropped, in
whatever way, it is free: CPython calls the callbacks of weak references at once, and these two are not Python code, so
nothing interrupts them.
"""

import asyncio
import gc
import weakref
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock
from time import monotonic

__all__ = ["AsyncSlots", "Slot", "Slots"]


class Slot:
    """Taken for as long as it is referenced."""

    __slots__ = ("__weakref__",)


class Slots:
    """A number of slots, shared by threads; a thread that needs one waits for it."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = Lock()
        self._taken: dict[weakref.ref[Slot], weakref.ref[Slot]] = {}
        self._freed: SimpleQueue[object] = SimpleQueue()

    def __len__(self) -> int:
        """How many are free."""
        return self._count - len(self._taken)

    def take(self, patience: float) -> Slot:
        """Take a slot, which may take as many seconds as `patience`.

        Raises:
            TimeoutError: if none became free.
        """
        until = monotonic() + patience
        while (slot := self._free_one()) is None:
            try:
                self._freed.get(timeout=max(0.0, until - monotonic()))
            except Empty:
                # an exception that was raised while a slot was held keeps it in a cycle
                gc.collect()
                if (slot := self._free_one()) is not None:
                    return slot
                raise TimeoutError from None
        return slot

    def _free_one(self) -> Slot | None:
        with self._lock:
            if len(self._taken) >= self._count:
                return None
            slot = Slot()
            wakes = weakref.ref(slot, self._freed.put)
            # called in the reverse order of their making: first it is no longer taken, then somebody is woken
            self._taken[weakref.ref(slot, self._taken.__delitem__)] = wakes
        if not self._freed.empty():
            # nobody waited for this slot: the queue must stay as short as there are slots
            with suppress(Empty):
                self._freed.get_nowait()
        return slot


class AsyncSlots:
    """So many slots, shared by the tasks of one loop."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)

    async def take(self, patience: float) -> Slot:
        """Take a slot, which may take as many seconds as `patience`.

        Raises:
            TimeoutError: if none became free.
        """
        async with asyncio.timeout(patience):
            await self._free.acquire()
            slot = Slot()
            weakref.finalize(slot, self._free.release).atexit = False
        return slot

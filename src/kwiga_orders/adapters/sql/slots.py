"""A semaphore whose slots are always returned.

A signal handler may raise an exception between any two instructions, even before a `finally` block starts, so `finally`
cannot guarantee that a slot is returned. Here a slot is an object: it is free as soon as nothing refers to it. CPython
calls the callbacks of weak references at once. The two callbacks are C functions, so a signal handler cannot interrupt
them.
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
    """A slot, taken as long as something refers to it."""

    __slots__ = ("__weakref__",)


class Slots:
    """A number of slots, shared by threads; a thread waits until one is free."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = Lock()
        self._taken: dict[weakref.ref[Slot], weakref.ref[Slot]] = {}
        self._freed: SimpleQueue[object] = SimpleQueue()

    def __len__(self) -> int:
        """The number of free slots."""
        return self._count - len(self._taken)

    def take(self, patience: float) -> Slot:
        """Take a slot, and wait for one at most `patience` seconds.

        Raises:
            TimeoutError: if none became free.
        """
        until = monotonic() + patience
        while (slot := self._free_one()) is None:
            try:
                self._freed.get(timeout=max(0.0, until - monotonic()))
            except Empty:
                # the traceback of an exception may keep a slot in a reference cycle
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
            # callbacks run in reverse order of creation: first the slot is marked free, then a waiter is woken
            self._taken[weakref.ref(slot, self._taken.__delitem__)] = wakes
        if not self._freed.empty():
            # this slot was taken without waiting: remove its wake-up, so that the queue never has more than the slots
            with suppress(Empty):
                self._freed.get_nowait()
        return slot


class AsyncSlots:
    """A number of slots, shared by the tasks of one event loop."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)

    async def take(self, patience: float) -> Slot:
        """Take a slot, and wait for one at most `patience` seconds.

        Raises:
            TimeoutError: if none became free.
        """
        async with asyncio.timeout(patience):
            await self._free.acquire()
            slot = Slot()
            weakref.finalize(slot, self._free.release).atexit = False
        return slot

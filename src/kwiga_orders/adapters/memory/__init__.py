"""A store in memory: for hosts that need no more, for trials and for tests; nothing outlives the process.

Laws:

1. It keeps the conditions of `OrderStore`, except that of surviving a crash; stored values are frozen and shared.
2. One at a time changes a project; a second one waits, and gives up with `store.locked`, as in the embedded database.
3. Reads never wait: during a read a change is made to a copy, so the reader sees one snapshot.
"""

from kwiga_orders.adapters.memory.aio import AsyncMemoryOrderStore
from kwiga_orders.adapters.memory.sources import AsyncMemoryCourses, AsyncMemoryProgress, MemoryCourses, MemoryProgress
from kwiga_orders.adapters.memory.store import MemoryOrderStore

__all__ = [
    "AsyncMemoryCourses",
    "AsyncMemoryOrderStore",
    "AsyncMemoryProgress",
    "MemoryCourses",
    "MemoryOrderStore",
    "MemoryProgress",
]

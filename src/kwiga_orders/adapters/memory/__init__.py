"""A store in memory, for trials, tests and hosts that need no database. Its data ends with the process.

Laws:

1. It keeps all conditions of `OrderStore` except surviving a crash. Stored values are frozen and shared.
2. A project has one writer at a time. A second one waits, and fails with `store.locked` after a while, as on SQLite.
3. Reads never wait: while a project is being read, a change is made to a copy, so the reader sees one snapshot.
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

"""A store on the calling thread's Django connection."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connections, transaction

from kwiga_orders.adapters.sql import SqlOrderStore

__all__ = ["store_on"]


def store_on(using: str, *, wake: Callable[[], object]) -> SqlOrderStore:
    """Give a store on the thread's connection. It works in the open transaction, or in its own if none is open.

    `wake` is called after a commit that left work for the worker (N1).
    """

    @contextmanager
    def enter() -> Iterator[Any]:
        connection = connections[using]
        connection.validate_no_broken_transaction()
        connection.ensure_connection()
        # inside a transaction a command makes its own savepoint, so one from Django would be a second
        begun = (
            transaction.atomic(using=using)
            if connection.get_autocommit() and not connection.in_atomic_block
            else nullcontext()
        )
        with begun:
            yield connection.connection

    return SqlOrderStore.entering(
        enter,
        driver="sqlite3" if connections[using].vendor == "sqlite" else "psycopg",
        on_written=lambda: transaction.on_commit(wake, using=using, robust=True),
    )

"""A store on the calling thread's connection of Django."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connections, transaction

from kwiga_orders.adapters.sql import SqlOrderStore

__all__ = ["store_on"]


def store_on(using: str, *, wake: Callable[[], object]) -> SqlOrderStore:
    """Give the store on the calling thread's connection: in the transaction that is open, else in one of its own.

    `wake` is called after a commit that left something for the worker (N1).
    """

    @contextmanager
    def enter() -> Iterator[Any]:
        connection = connections[using]
        connection.validate_no_broken_transaction()
        connection.ensure_connection()
        # a command is a savepoint already: within a transaction one of Django's would be a second
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

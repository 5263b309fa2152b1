"""How each database waits and writes."""

from datetime import timedelta
from typing import Literal

import attrs

__all__ = ["CONNECTIONS", "PATIENCE", "PostgresSettings", "SqliteSettings"]

PATIENCE = "kwiga_orders_patience"
"""The option of an engine that says how many milliseconds a store waits for other writers, and for a connection."""

CONNECTIONS = "kwiga_orders_connections"
"""The option of an engine that says how many connections a store keeps."""


@attrs.frozen(kw_only=True)
class SqliteSettings:
    """How the embedded database waits and writes.

    `busy_timeout` is how long to wait for another writer, and for a connection that is free. With `synchronous` NORMAL
    a power cut may take back the last commits, though never half of one; it is faster, for what can be made again.
    """

    busy_timeout: timedelta = timedelta(seconds=5)
    synchronous: Literal["FULL", "NORMAL"] = "FULL"


@attrs.frozen(kw_only=True)
class PostgresSettings:
    """How PostgreSQL waits, and how many connections a process keeps.

    `lock_timeout` is how long to wait for another writer of the same project, and for a connection that is free.
    `connections` are kept open; as many again are opened when they are all in use, and closed afterwards.
    """

    lock_timeout: timedelta = timedelta(seconds=5)
    connections: int = attrs.field(default=5, validator=attrs.validators.ge(1))

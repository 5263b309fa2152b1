"""How long each database waits, and how it writes."""

from datetime import timedelta
from typing import Literal

import attrs

__all__ = ["SETTINGS", "PostgresSettings", "Settings", "SqliteSettings"]

SETTINGS = "kwiga_orders_settings"
"""The option of an engine that holds its settings."""

_KEPT_ON_SQLITE = 8


@attrs.frozen(kw_only=True)
class SqliteSettings:
    """How the embedded database waits and writes.

    `busy_timeout` is how long to wait for another writer, and for a connection that is free. With `synchronous` NORMAL
    a power cut may take back the last commits, though never half of one; it is faster, for what can be made again.
    """

    busy_timeout: timedelta = timedelta(seconds=5)
    synchronous: Literal["FULL", "NORMAL"] = "FULL"

    @property
    def patience(self) -> timedelta:
        """How long to wait for others."""
        return self.busy_timeout

    @property
    def connections(self) -> int:
        """How many connections a store keeps."""
        return _KEPT_ON_SQLITE


@attrs.frozen(kw_only=True)
class PostgresSettings:
    """How long PostgreSQL waits, and how many connections a process keeps.

    `lock_timeout` is how long to wait for another writer of the same things, and for a connection that is free.
    `connections` are kept open; as many again are opened when they are all in use, and closed afterwards.

    The other times bound what one stuck process or a broken network may cost the others: `statement_timeout` one
    statement; `idle_timeout` the time that a transaction waits for the host, which answers questions about courses in
    it; `connect_timeout` the time to connect; `network_timeout` the time until a silent network counts as broken. What
    the URL itself says of connecting and of TCP goes first. Without limit: `None`.

    `prepares`: statements that are asked often are planned once for each connection. Behind a pool that changes the
    server between transactions, and does not know prepared statements, that is to be off.
    """

    lock_timeout: timedelta = timedelta(seconds=5)
    connections: int = attrs.field(default=5, validator=attrs.validators.ge(1))
    statement_timeout: timedelta | None = timedelta(seconds=30)
    idle_timeout: timedelta | None = timedelta(seconds=15)
    connect_timeout: timedelta | None = timedelta(seconds=5)
    network_timeout: timedelta | None = timedelta(seconds=15)
    prepares: bool = True

    @property
    def patience(self) -> timedelta:
        """How long to wait for others."""
        return self.lock_timeout


Settings = SqliteSettings | PostgresSettings
"""How a database waits and writes; each kind has its own."""

"""Settings of databases: how long they wait, and how they write."""

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

    `busy_timeout` is how long to wait for another writer, and for a free connection. `synchronous` NORMAL is faster,
    but a power failure may lose the last commits (whole ones): use it for data that can be made again.
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

    `lock_timeout` is how long to wait for a writer of the same data, and for a free connection. `connections` are kept
    open; when all are in use, as many again are opened, and closed after use.

    The other times limit how long a stuck process or a broken network can block others. `statement_timeout` is for one
    statement. `idle_timeout` is for a transaction that waits for the host, for example for its answer about a course.
    `connect_timeout` is for connecting. After `network_timeout` a silent network counts as broken. Parameters in the
    URL override these. `None` means no limit.

    `prepares` lets psycopg prepare frequent statements on each connection. Turn it off behind a pooler that changes the
    server connection between transactions and does not support prepared statements.
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
"""Settings of either kind of database."""

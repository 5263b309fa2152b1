"""The sizes of the measured stores, and where they are kept."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import psycopg

from benchmarks.filling import fill
from benchmarks.patterns import Pattern, patterns
from benchmarks.plain_tables import fill_plain
from kwiga_orders.adapters.sql import SqlOrderStore

__all__ = ["Scale"]

_DAYS = 200


@attrs.define(kw_only=True, slots=False)
class Scale:
    """The number of orders on SQLite and on PostgreSQL, whose version is known once it was used.

    `keep` is a folder in which SQLite databases are kept for later runs; without it `close` removes them. Measured
    commands add a few orders to them.
    """

    orders: int = 100_000
    on_postgres: int = 20_000
    keep: Path | None = None
    server_version: str | None = attrs.field(default=None, init=False)
    _made: ExitStack = attrs.field(factory=ExitStack, init=False)

    def close(self) -> None:
        """Remove what was made."""
        self._made.close()

    @cached_property
    def patterns(self) -> list[Pattern]:
        """The orders that are copied."""
        return patterns(_DAYS)

    def opened(self, store: SqlOrderStore) -> SqlOrderStore:
        """Close a store at the end."""
        return self._made.enter_context(store)

    def school(self, orders: int) -> Path:
        """Give an SQLite database with a school of that many orders."""
        return self._once(f"school-{orders}.db", lambda path: fill(f"sqlite:///{path}", orders, self.patterns))

    def plain(self, orders: int) -> Path:
        """Give a database with the same orders in plain tables."""
        return self._once(f"plain-{orders}.db", lambda path: fill_plain(path, orders, self.patterns))

    def postgres(self, orders: int) -> str:
        """Give the URL of a PostgreSQL database with a school of that many orders."""
        from tests.postgres import new_database

        url = self._made.enter_context(new_database())
        fill(url, orders, self.patterns)
        with psycopg.connect(url) as connection:
            self.server_version = str(connection.info.parameter_status("server_version")).split()[0]
        return url

    @cached_property
    def _folder(self) -> Path:
        if self.keep is not None:
            self.keep.mkdir(parents=True, exist_ok=True)
            return self.keep
        return Path(self._made.enter_context(TemporaryDirectory(prefix="kwiga-orders-bench-")))

    def _once(self, name: str, make: Callable[[Path], None]) -> Path:
        """Make a database unless it exists."""
        path = self._folder / name
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            for left in self._folder.glob(f"{unfinished.name}*"):
                left.unlink()
            make(unfinished)
            unfinished.rename(path)
        return path

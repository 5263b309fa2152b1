"""Records the statements of a store, and repeats them with the driver alone: the floor under a store.

The floor executes the same statements with the same values in as many transactions. It reads nothing and decides
nothing.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import Engine, PoolProxiedConnection, event

__all__ = ["Said", "noted", "sayer"]

Said = list[tuple[str, Any, bool]]
"""The statements of a transaction, each with its values, or with many sets of values."""

_Notes = list[Said]
# new orders on PostgreSQL are written with the number that this statement reserves
_WRITES = ("INSERT", "UPDATE", "DELETE", "SELECT set_config('kwiga_orders.last_number'")
_KEPT: list[PoolProxiedConnection] = []


def noted(engine: Engine) -> _Notes:
    """Record the statements on the connections that `engine` will make, by transaction; reads are left out."""
    notes: _Notes = []

    @event.listens_for(engine, "do_connect")
    def connect(_: object, __: object, positional: list[Any], named: dict[str, Any]) -> object:
        if engine.dialect.name == "sqlite":
            return sqlite3.connect(*positional, **named, factory=_noting_sqlite(notes))
        return psycopg.connect(*positional, **named, cursor_factory=_noting_psycopg(notes))

    return notes


def _note(notes: _Notes, sql: str, values: Any, *, many: bool) -> None:
    if sql.startswith("BEGIN"):
        if not notes or notes[-1]:
            notes.append([])
    elif sql.startswith(_WRITES) and "WHERE 0" not in sql:
        notes[-1].append((sql, values, many))


def _noting_sqlite(notes: _Notes) -> type[sqlite3.Connection]:
    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, values: Any = ()) -> "Cursor":
            _note(notes, sql, values, many=False)
            return super().execute(sql, values)

        def executemany(self, sql: str, values: Any) -> "Cursor":
            _note(notes, sql, values, many=True)
            return super().executemany(sql, values)

    class Connection(sqlite3.Connection):
        def cursor(self, *_: object) -> sqlite3.Cursor:  # type: ignore[override]
            return super().cursor(Cursor)

    return Connection


def _noting_psycopg(notes: _Notes) -> type[psycopg.Cursor[Any]]:
    class Cursor(psycopg.Cursor[Any]):
        def execute(self, sql: Any, values: Any = None, **how: Any) -> "Cursor":  # type: ignore[override]
            _note(notes, sql, values, many=False)
            return super().execute(sql, values, **how)

        def executemany(self, sql: Any, values: Any, **how: Any) -> None:  # type: ignore[override]
            _note(notes, sql, values, many=True)
            super().executemany(sql, values, **how)

    return Cursor


def sayer(engine: Engine) -> Callable[[Said], None]:
    """Give a function that repeats a transaction on a connection of the driver with the settings of the engine."""
    connection = engine.raw_connection()
    cursor: Any = connection.cursor()
    begin = "BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else "BEGIN"

    def say(said: Said) -> None:
        cursor.execute(begin)
        for statement, values, many in said:
            if many:
                cursor.executemany(statement, values)
            else:
                cursor.execute(statement, values)
        cursor.execute("COMMIT")

    # kept here, because nothing else refers to it
    _KEPT.append(connection)
    return say

"""Engines for the store: which database a URL names, and how its connections are set up."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from kwiga_orders.adapters.sql import on_postgres, on_sqlite
from kwiga_orders.adapters.sql.execution import begin
from kwiga_orders.adapters.sql.settings import SETTINGS, PostgresSettings, Settings, SqliteSettings
from kwiga_orders.adapters.sql.steps import Transactions
from kwiga_orders.errors import Fault, InvalidInput
from kwiga_orders.extras import extra

__all__ = ["Settings", "async_engine_for", "begun", "engine_for", "own", "transactions_of"]

_Kind = TypeVar("_Kind", SqliteSettings, PostgresSettings)


def engine_for(url: str, settings: Settings | None = None) -> sa.Engine:
    """Make an engine for the database of `url`; each store that uses the engine keeps its own connections.

    Raises:
        InvalidInput: if `url` names neither a file of SQLite nor a PostgreSQL, or `settings` are for the other kind.
        MissingExtra: if it names a PostgreSQL and the driver is not installed.
    """
    given = _parsed(url)
    if given.get_backend_name() in on_postgres.NAMES:
        asked = _of_kind(PostgresSettings, settings)
        with extra("postgres"):
            engine = sa.create_engine(
                on_postgres.server_url(given),
                # No pool: `connections` keeps connections, and knows which are clean.
                connect_args=on_postgres.arguments(asked, given.query),
                poolclass=NullPool,
            )
        on_postgres.prepare(engine, asked)
        return engine
    embedded = _of_kind(SqliteSettings, settings)
    engine = sa.create_engine(
        on_sqlite.file_url(given, "pysqlite"), connect_args=on_sqlite.arguments(embedded), poolclass=NullPool
    )
    on_sqlite.prepare(engine, embedded)
    return engine


def async_engine_for(url: str, settings: Settings | None = None) -> AsyncEngine:
    """Make an async engine for the database of `url`.

    Raises:
        InvalidInput: if `url` names neither a file of SQLite nor a PostgreSQL, or `settings` are for the other kind.
    """
    given = _parsed(url)
    if given.get_backend_name() in on_postgres.NAMES:
        asked = _of_kind(PostgresSettings, settings)
        with extra("postgres"):
            engine = create_async_engine(
                on_postgres.server_url(given),
                connect_args=on_postgres.arguments(asked, given.query),
                poolclass=NullPool,
            )
        on_postgres.prepare(engine.sync_engine, asked)
        return engine
    embedded = _of_kind(SqliteSettings, settings)
    with extra("sql"):
        engine = create_async_engine(
            on_sqlite.file_url(given, "aiosqlite"), connect_args=on_sqlite.arguments(embedded), poolclass=NullPool
        )
    on_sqlite.prepare(engine.sync_engine, embedded)
    return engine


E = TypeVar("E", sa.Engine, AsyncEngine)
_MADE_BY: Mapping[type, str] = {sa.Engine: "engine_for", AsyncEngine: "async_engine_for"}


def own(engine: object, kind: type[E]) -> E:
    """Give the engine if it was made by this module.

    Raises:
        InvalidInput: if the host made it itself.
    """
    # A host's own engine may begin transactions by itself, but here steps begin them.
    if not isinstance(engine, kind) or SETTINGS not in engine.get_execution_options():
        made_by = _MADE_BY[kind]
        hint = f"an engine of kwiga_orders.adapters.sql.engines.{made_by}; or use from_url"
        raise InvalidInput([Fault(path="engine", code="input.invalid", hint=hint)])
    return engine


def transactions_of(engine: sa.Engine | AsyncEngine) -> Transactions:
    """Give the steps that begin and end transactions on an engine of this module."""
    if engine.dialect.name == "sqlite":
        return on_sqlite.TRANSACTIONS
    return on_postgres.transactions(engine.get_execution_options()[SETTINGS])


@contextmanager
def begun(engine: sa.Engine, project: str = "", *, writes: bool = True) -> Iterator[sa.Connection]:
    """Begin a transaction on a SQLAlchemy connection; it is rolled back unless the block commits it."""
    with engine.connect() as connection:
        begin(connection, transactions_of(engine), project, writes=writes)
        yield connection


def _parsed(url: str) -> sa.URL:
    try:
        given = sa.make_url(url)
    except (exc.ArgumentError, ValueError):
        _refuse("url")
    if given.get_backend_name() not in ("sqlite", *on_postgres.NAMES):
        _refuse("url")
    return given


def _of_kind(kind: type[_Kind], settings: Settings | None) -> _Kind:
    if settings is None:
        return kind()
    if not isinstance(settings, kind):
        _refuse("settings")
    return settings


def _refuse(path: str) -> NoReturn:
    hint = "sqlite:///school.db, a file, or postgresql://host/database, with the settings of that kind"
    raise InvalidInput([Fault(path=path, code="input.invalid", hint=hint)])

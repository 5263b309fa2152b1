"""Migrate a database to the tables of this version of the library, by the steps in `migrations`. Needs Alembic.

A host with its own migrations can run ours among them: with Alembic it adds `VERSIONS_FOLDER` to `version_locations`;
with another tool it calls `migrate` with its connection. Such a host opens stores with an engine, because `from_url`
would create the tables itself.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from kwiga_orders.adapters.sql.engines import begun, engine_for
from kwiga_orders.adapters.sql.failures import failure, failures_of
from kwiga_orders.adapters.sql.schema import (
    FIRST,
    NEWEST,
    is_furnished,
    lock,
    note_version,
    refuse_newer,
    sql_of_tables,
    version_of,
)
from kwiga_orders.adapters.sql.tables import METADATA
from kwiga_orders.adapters.sql.within import connected
from kwiga_orders.extras import extra

with extra("sql"):
    from alembic import command
    from alembic.config import Config

if TYPE_CHECKING:
    from kwiga_orders.adapters.sql.within import HostConnection

__all__ = ["VERSIONS_FOLDER", "alembic_config", "empty", "migrate", "sql_of_migrations"]

_FOLDER = Path(__file__).parent / "migrations"
VERSIONS_FOLDER = _FOLDER / "versions"
"""The folder of the steps; all have the branch label `kwiga_orders`."""


def migrate(database: "str | HostConnection") -> str | None:
    """Migrate a database to the newest version; give the version it had, if any.

    A database given by URL is migrated in one transaction. A connection of a driver or of SQLAlchemy is migrated within
    its transaction, which the host commits.

    Raises:
        InvalidInput: if the URL names neither a file of SQLite nor a PostgreSQL, or the connection is of another kind.
        AdapterFailed: `store.too_new` if a newer version of this library migrated it; if it cannot be opened.
    """
    if not isinstance(database, str):
        with connected(database) as connection:
            return _migrated(connection)
    engine = engine_for(database)
    try:
        with begun(engine) as connection:
            found = _migrated(connection)
            connection.commit()
            return found
    except failures_of(engine.dialect) as problem:
        raise failure(problem) from problem
    finally:
        engine.dispose()


def _migrated(connection: sa.Connection) -> str | None:
    # Two processes that start at the same time must not both run the steps.
    lock(connection)
    found = version_of(connection)
    refuse_newer(found)
    # Tables without a noted version are those of the first step, from before versions were noted.
    if found is None and is_furnished(connection):
        found = FIRST
        note_version(connection, found)
    if found != NEWEST:
        command.upgrade(alembic_config(connection), "kwiga_orders@head")
    return found


def alembic_config(connection: sa.Connection) -> Config:
    """Give Alembic's settings for running our steps on a connection."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def empty(connection: "HostConnection") -> None:
    """Delete all rows of all our tables, within the host's transaction: for tests, and tools that empty a database.

    Raises:
        InvalidInput: if the connection is of another driver, or in autocommit.
    """
    tables = [*reversed(METADATA.sorted_tables)]
    with connected(connection) as ours:
        if ours.dialect.name == "sqlite":
            for table in tables:
                ours.execute(sa.delete(table))
        else:
            # TRUNCATE, because row security would hide rows from DELETE
            ours.exec_driver_sql(f"TRUNCATE {', '.join(table.name for table in tables)}")


def sql_of_migrations(dialect: Literal["sqlite", "postgresql"]) -> Sequence[str]:
    """Give the statements that make all tables in an empty database, for tools that take SQL.

    They also note the version, so that `migrate` can upgrade the database later. There is no SQL for upgrades, because
    some steps compute in Python.
    """
    return sql_of_tables(dialect)

"""Bringing a database to the tables of this version of the library, by the steps in `migrations`. Needs Alembic.

A host with migrations of its own runs ours among them: it adds `VERSIONS_FOLDER` to Alembic's `version_locations`, and
opens its stores by their engines, so that nothing is made behind its back.
"""

from pathlib import Path

import sqlalchemy as sa

from kwiga_orders.adapters.sql.engines import begun, engine_for
from kwiga_orders.adapters.sql.failures import failure, failures_of
from kwiga_orders.adapters.sql.schema import FIRST, NEWEST, is_furnished, lock, note_version, refuse_newer, version_of
from kwiga_orders.extras import extra

with extra("sql"):
    from alembic import command
    from alembic.config import Config

__all__ = ["VERSIONS_FOLDER", "alembic_config", "migrate"]

_FOLDER = Path(__file__).parent / "migrations"
VERSIONS_FOLDER = _FOLDER / "versions"
"""Where the steps are; all of them carry the branch label `kwiga_orders`."""


def migrate(url: str) -> str | None:
    """Migrate the database of `url` to the newest version in one transaction; give the version it had, if any.

    Raises:
        InvalidInput: if the URL names neither a file of SQLite nor a PostgreSQL.
        AdapterFailed: `store.too_new` if a newer version of this library was there already; if it cannot be opened.
    """
    engine = engine_for(url)
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
    lock(connection)
    found = version_of(connection)
    refuse_newer(found)
    if found is None and is_furnished(connection):
        # made when nobody noted versions yet
        found = FIRST
        note_version(connection, found)
    if found != NEWEST:
        command.upgrade(alembic_config(connection), "kwiga_orders@head")
    return found


def alembic_config(connection: sa.Connection) -> Config:
    """Give the settings with which a command of Alembic runs our steps over a connection."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config

"""Databases for hosts that have their own connection: our tables in a file, and how SQLAlchemy names its drivers."""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from kwiga_orders.adapters.sql.migrating import migrate

__all__ = ["driver_url", "in_memory", "migrated"]


@cache
def _template() -> bytes:
    """Give a file with empty tables."""
    with TemporaryDirectory() as folder, closing(sqlite3.connect(f"{folder}/school.db")) as connection:
        migrate(connection)
        connection.commit()
        return connection.serialize()


def in_memory() -> sqlite3.Connection:
    """Give a connection to empty tables that are nowhere but in memory."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(_template())
    return connection


def migrated(folder: Path) -> str:
    """Give the path of a file with empty tables."""
    path = folder / "school.db"
    path.write_bytes(_template())
    return str(path)


def driver_url(url: str) -> str:
    """Give the URL by which SQLAlchemy connects with psycopg."""
    return sa.make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

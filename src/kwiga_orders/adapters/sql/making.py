"""Making the tables that are missing, and what makes searching them fast.

PostgreSQL finds a part of a name by trigrams, if the extension `pg_trgm` is there or can be made. Without it searches
give the same answers by reading every contact of the project, and a hint is logged, once for each database.
"""

import logging

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from kwiga_orders.adapters.sql.tables import METADATA

__all__ = ["SEARCH_INDEX", "make_search_index", "make_tables"]

SEARCH_INDEX = "ix_kwiga_contacts_text"
"""The index by which parts of names and e-mails are found; only PostgreSQL has it."""

_LOG = logging.getLogger("kwiga_orders")
_LOCK = 0x6B776967
"""Whoever makes tables holds this lock of the server."""

_HOME = sa.text(
    "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace"
    " WHERE extname = 'pg_trgm'"
)
_HINTED: set[str] = set()


def make_tables(connection: sa.Connection) -> None:
    """Make the tables that are missing; of several processes that try it, one after the other."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    METADATA.create_all(connection)
    make_search_index(connection)


def make_search_index(connection: sa.Connection) -> None:
    """Make the index that searching for a part of a name uses, if it is missing and the database knows such."""
    if connection.dialect.name != "postgresql" or _is_made(connection):
        return
    home = _home_of_trigrams(connection)
    if home is None:
        _hint(connection)
        return
    columns = f"name {home}.gin_trgm_ops, email {home}.gin_trgm_ops"
    connection.exec_driver_sql(f"CREATE INDEX {SEARCH_INDEX} ON kwiga_contacts USING gin ({columns})")


def _is_made(connection: sa.Connection) -> bool:
    return connection.scalar(sa.select(sa.func.to_regclass(SEARCH_INDEX))) is not None


def _home_of_trigrams(connection: sa.Connection) -> str | None:
    """Give the schema that the extension is in, which is made if that is allowed."""
    home: str | None = connection.scalar(_HOME)
    if home is None:
        try:
            with connection.begin_nested():
                connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public")
        except DBAPIError:
            return None
        home = connection.scalar(_HOME)
    return home


def _hint(connection: sa.Connection) -> None:
    database = str(connection.engine.url)
    if database not in _HINTED:
        _HINTED.add(database)
        _LOG.warning(
            "searching by a part of a name reads every contact: let somebody who may, say CREATE EXTENSION pg_trgm"
        )

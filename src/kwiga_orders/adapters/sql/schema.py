"""Create missing tables and the index for searches.

Searches find parts of names and phones by trigrams: on SQLite with FTS5 (`trigrams`), on PostgreSQL with the extension
`pg_trgm`, if it exists or may be created. Without an index searches give the same answers by reading every contact of
the project, and a hint is logged once for each database.
"""

import logging

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from kwiga_orders.adapters.sql import trigrams
from kwiga_orders.adapters.sql.execution import begin
from kwiga_orders.adapters.sql.steps import Transactions
from kwiga_orders.adapters.sql.tables import METADATA
from kwiga_orders.errors import AdapterFailed

__all__ = [
    "ALL",
    "FIRST",
    "NEWEST",
    "SEARCH_INDEX",
    "VERSIONS",
    "is_furnished",
    "lock",
    "make_search_index",
    "make_tables",
    "note_version",
    "refuse_newer",
    "sql_of_tables",
    "version_of",
]

ALL = ("kwiga0001", "kwiga0002", "kwiga0003", "kwiga0004", "kwiga0005", "kwiga0006", "kwiga0007")
"""All versions of the tables, in order: the names of the steps in `migrations`."""

FIRST = ALL[0]
"""The version of tables that were made before versions were noted."""

NEWEST = ALL[-1]
"""The version of tables that are created now."""

VERSIONS = sa.Table(
    "kwiga_alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="kwiga_alembic_version_pkc"),
)
"""The version of the tables, in Alembic's format; a host that runs our steps itself notes it in its own table."""

SEARCH_INDEX = "ix_kwiga_contacts_text"
"""PostgreSQL's index for parts of names, e-mails and phones."""

_LOG = logging.getLogger("kwiga_orders")
_LOCK = 0x6B776967
"""The key of the server's advisory lock for creating tables."""

_HOME = sa.text(
    "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace"
    " WHERE extname = 'pg_trgm'"
)
_HINTED: set[str] = set()


def make_tables(connection: sa.Connection, transactions: Transactions) -> None:
    """Create the tables if there are none, and commit; several processes may do this at the same time.

    Raises:
        AdapterFailed: `store.not_migrated` if the tables have an older version, `store.too_new` if a newer one.
    """
    begin(connection, transactions)
    if not _is_newest(connection):
        lock(connection)
        # another process may have created them while this one waited for the lock
        if not _is_newest(connection):
            METADATA.create_all(connection)
            make_search_index(connection)
            note_version(connection, NEWEST)
    connection.commit()


def _is_newest(connection: sa.Connection) -> bool:
    found = version_of(connection)
    refuse_newer(found)
    if found is not None and found != NEWEST:
        raise AdapterFailed("store.not_migrated", version=found, newest=NEWEST)
    return found == NEWEST


def lock(connection: sa.Connection) -> None:
    """Make this process the only one that creates tables; on SQLite there is only one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def version_of(connection: sa.Connection) -> str | None:
    """Give the version of the tables; None if none was noted."""
    if not sa.inspect(connection).has_table(VERSIONS.name):
        return None
    return connection.scalar(sa.select(VERSIONS.c.version_num))


def refuse_newer(version: str | None) -> None:
    """Refuse tables of a newer version than this library knows.

    Raises:
        AdapterFailed: `store.too_new`.
    """
    if version is not None and version not in ALL:
        raise AdapterFailed("store.too_new", version=version, newest=NEWEST)


def is_furnished(connection: sa.Connection) -> bool:
    """Tell whether the tables exist."""
    return sa.inspect(connection).has_table("kwiga_orders")


def note_version(connection: sa.Connection, version: str) -> None:
    """Replace the noted version of the tables."""
    VERSIONS.create(connection, checkfirst=True)
    connection.execute(VERSIONS.delete())
    connection.execute(VERSIONS.insert().values(version_num=version))


def make_search_index(connection: sa.Connection) -> None:
    """Create the index for searches, if it is missing and the database supports it."""
    if connection.dialect.name == "sqlite":
        if trigrams.is_known() and not sa.inspect(connection).has_table(trigrams.TABLE):
            trigrams.make(connection)
        return
    if connection.scalar(sa.select(sa.func.to_regclass(SEARCH_INDEX))) is not None:
        return
    home = _home_of_trigrams(connection)
    if home is None:
        database = str(connection.engine.url)
        if database not in _HINTED:
            _HINTED.add(database)
            _LOG.warning(
                "searching by a part of a name reads every contact: ask a superuser to run CREATE EXTENSION pg_trgm"
            )
        return
    connection.exec_driver_sql(_search_index(home))


def _search_index(home: str) -> str:
    columns = ", ".join(f"{name} {home}.gin_trgm_ops" for name in ("name", "email", "phone"))
    return f"CREATE INDEX {SEARCH_INDEX} ON kwiga_contacts USING gin ({columns})"


# a role that may not create the extension gets the same answers, only more slowly
_TRIGRAMS_IF_ALLOWED = (
    "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public; EXCEPTION WHEN OTHERS THEN NULL; END $$",
    "DO $$ DECLARE home text; BEGIN SELECT quote_ident(nspname) INTO home FROM pg_extension JOIN pg_namespace"
    " ON pg_namespace.oid = extnamespace WHERE extname = 'pg_trgm';"
    f" IF home IS NOT NULL THEN EXECUTE replace('{_search_index('{home}')}', '{{home}}', home); END IF; END $$",
)


def sql_of_tables(dialect: str) -> list[str]:
    """Give the statements that create tables and search indexes, and note the version."""
    statements: list[str] = []

    def note(statement: sa.ExecutableDDLElement, *_: object, **__: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)).strip())

    engine = sa.create_mock_engine(f"{dialect}://" if dialect == "sqlite" else "postgresql+psycopg://", note)
    METADATA.create_all(engine, checkfirst=False)
    statements += trigrams.STATEMENTS if dialect == "sqlite" else _TRIGRAMS_IF_ALLOWED
    VERSIONS.create(engine, checkfirst=False)
    return [*statements, f"INSERT INTO {VERSIONS.name} (version_num) VALUES ('{NEWEST}')"]


def _home_of_trigrams(connection: sa.Connection) -> str | None:
    """Give the schema of the extension pg_trgm, and create it if allowed; None if it does not exist."""
    home: str | None = connection.scalar(_HOME)
    if home is None:
        try:
            with connection.begin_nested():
                connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public")
        except DBAPIError:
            return None
        home = connection.scalar(_HOME)
    return home

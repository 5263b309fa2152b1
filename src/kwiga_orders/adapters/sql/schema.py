"""Making the tables that are missing, and what makes searching them fast.

A part of a name or of a phone is found by its trigrams: on SQLite by FTS5 (`trigrams`), on PostgreSQL if the extension
`pg_trgm` is there or can be made. Without it searches give the same answers by reading every contact of the project,
and a hint is logged, once for each database.
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
"""Every version that the tables had, in order: the names of the steps in `migrations`."""

FIRST = ALL[0]
"""What tables are that were made before anybody noted it."""

NEWEST = ALL[-1]
"""What tables are that are made now."""

VERSIONS = sa.Table(
    "kwiga_alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="kwiga_alembic_version_pkc"),
)
"""Which version the tables have, as Alembic notes it; a host that runs our steps itself has its own table for that."""

SEARCH_INDEX = "ix_kwiga_contacts_text"
"""The index by which parts of names, e-mails and phones are found; only PostgreSQL has it."""

_LOG = logging.getLogger("kwiga_orders")
_LOCK = 0x6B776967
"""Whoever makes tables holds this lock of the server."""

_HOME = sa.text(
    "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace"
    " WHERE extname = 'pg_trgm'"
)
_HINTED: set[str] = set()


def make_tables(connection: sa.Connection, transactions: Transactions) -> None:
    """Make the tables if there are none, and commit; of several processes that try it, one after the other.

    Raises:
        AdapterFailed: `store.not_migrated` if the tables are of an older version, `store.too_new` if of a newer one.
    """
    begin(connection, transactions)
    if not _is_newest(connection):
        lock(connection)
        # another process may have made them meanwhile
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
    """Be the only process that creates tables; on SQLite every writer is."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def version_of(connection: sa.Connection) -> str | None:
    """Give the version that the tables have; None if nobody noted one."""
    if not sa.inspect(connection).has_table(VERSIONS.name):
        return None
    return connection.scalar(sa.select(VERSIONS.c.version_num))


def refuse_newer(version: str | None) -> None:
    """Refuse tables of a version that this library does not know.

    Raises:
        AdapterFailed: `store.too_new`.
    """
    if version is not None and version not in ALL:
        raise AdapterFailed("store.too_new", version=version, newest=NEWEST)


def is_furnished(connection: sa.Connection) -> bool:
    """Tell whether there are tables."""
    return sa.inspect(connection).has_table("kwiga_orders")


def note_version(connection: sa.Connection, version: str) -> None:
    """Note which version the tables have, in place of the one that was noted."""
    VERSIONS.create(connection, checkfirst=True)
    connection.execute(VERSIONS.delete())
    connection.execute(VERSIONS.insert().values(version_num=version))


def make_search_index(connection: sa.Connection) -> None:
    """Make the index that searching for a part of a name uses, if it is missing and the database knows such."""
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


# whoever may not make the extension gets the same answers, more slowly
_TRIGRAMS_IF_ALLOWED = (
    "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public; EXCEPTION WHEN OTHERS THEN NULL; END $$",
    "DO $$ DECLARE home text; BEGIN SELECT quote_ident(nspname) INTO home FROM pg_extension JOIN pg_namespace"
    " ON pg_namespace.oid = extnamespace WHERE extname = 'pg_trgm';"
    f" IF home IS NOT NULL THEN EXECUTE replace('{_search_index('{home}')}', '{{home}}', home); END IF; END $$",
)


def sql_of_tables(dialect: str) -> list[str]:
    """Give the statements that make tables, indexes for searching and the note of the version."""
    statements: list[str] = []

    def note(statement: sa.ExecutableDDLElement, *_: object, **__: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)).strip())

    engine = sa.create_mock_engine(f"{dialect}://" if dialect == "sqlite" else "postgresql+psycopg://", note)
    METADATA.create_all(engine, checkfirst=False)
    statements += trigrams.STATEMENTS if dialect == "sqlite" else _TRIGRAMS_IF_ALLOWED
    VERSIONS.create(engine, checkfirst=False)
    return [*statements, f"INSERT INTO {VERSIONS.name} (version_num) VALUES ('{NEWEST}')"]


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

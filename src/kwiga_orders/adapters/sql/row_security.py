"""Row level security of PostgreSQL: even a wrong statement cannot read or write rows of another project.

Every transaction of a store names its project (`on_postgres`), and the policies show it only rows of that project. They
apply to all roles except superusers and roles with BYPASSRLS; with `force` also to the owner of the tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from kwiga_orders.adapters.sql.engines import begun, engine_for
from kwiga_orders.adapters.sql.failures import failure, failures_of
from kwiga_orders.adapters.sql.on_postgres import PROJECT_SETTING
from kwiga_orders.adapters.sql.tables import METADATA
from kwiga_orders.adapters.sql.within import connected
from kwiga_orders.errors import Fault, InvalidInput

if TYPE_CHECKING:
    from kwiga_orders.adapters.sql.within import HostConnection

__all__ = ["disable_row_security", "enable_row_security", "secure", "seeing_all"]

_POLICY = "kwiga_only_its_project"
_IS_FORCED = sa.text("SELECT relforcerowsecurity FROM pg_class WHERE oid = to_regclass(:name)")


def enable_row_security(connection: sa.Connection, *, force: bool = False) -> None:
    """Create a policy on every table, in the transaction of `connection`; hosts call this in a migration."""
    for table in _tables():
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        connection.exec_driver_sql(f"ALTER TABLE {table} {'FORCE' if force else 'NO FORCE'} ROW LEVEL SECURITY")
        connection.exec_driver_sql(f"DROP POLICY IF EXISTS {_POLICY} ON {table}")
        # a subquery is evaluated once for a statement, not for each row; without the setting no row is visible
        own = f"project = (SELECT current_setting('{PROJECT_SETTING}', true))"
        connection.exec_driver_sql(f"CREATE POLICY {_POLICY} ON {table} USING ({own}) WITH CHECK ({own})")


def disable_row_security(connection: sa.Connection) -> None:
    """Drop the policies."""
    for table in _tables():
        connection.exec_driver_sql(f"DROP POLICY IF EXISTS {_POLICY} ON {table}")
        connection.exec_driver_sql(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


@contextmanager
def seeing_all(connection: sa.Connection, table: str) -> Iterator[None]:
    """Let the owner of a table see the rows of all projects within the block, for a migration."""
    forced = False
    # Only PostgreSQL has policies, and only with `force` do they apply to the owner.
    if connection.dialect.name == "postgresql":
        forced = bool(connection.scalar(_IS_FORCED, {"name": table}))
    if forced:
        connection.exec_driver_sql(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    if forced:
        connection.exec_driver_sql(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def secure(database: "str | HostConnection", *, force: bool = False) -> None:
    """Enable row security in the database of a URL, or within the transaction of a host's connection.

    Raises:
        InvalidInput: if the database is not a PostgreSQL.
        AdapterFailed: if the role does not own the tables, or the database cannot be reached.
    """
    if not isinstance(database, str):
        with connected(database) as connection:
            enable_row_security(connection, force=force)
        return
    engine = engine_for(database)
    if engine.dialect.name != "postgresql":
        raise InvalidInput([Fault(path="url", code="input.invalid", hint="row security is for PostgreSQL")])
    try:
        with begun(engine) as connection:
            enable_row_security(connection, force=force)
            connection.commit()
    except failures_of(engine.dialect) as problem:
        raise failure(problem) from problem
    finally:
        engine.dispose()


def _tables() -> list[str]:
    return [table.name for table in METADATA.sorted_tables]

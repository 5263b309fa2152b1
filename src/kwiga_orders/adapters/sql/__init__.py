"""The store on a database, by SQLAlchemy Core: a sync and an async store with the same logic. Needs the extra `sql`."""

from kwiga_orders.extras import extra

with extra("sql"):
    from kwiga_orders.adapters.sql.aio import AsyncSqlOrderStore
    from kwiga_orders.adapters.sql.settings import PostgresSettings, SqliteSettings
    from kwiga_orders.adapters.sql.store import SqlOrderStore

__all__ = ["AsyncSqlOrderStore", "PostgresSettings", "SqlOrderStore", "SqliteSettings"]

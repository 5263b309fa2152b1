"""Alembic's entry point: it runs the steps on the connection of `migrating.migrate`, in its transaction."""

from alembic import context

from kwiga_orders.adapters.sql.schema import VERSIONS
from kwiga_orders.adapters.sql.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSIONS.name,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()

"""The migration operations for the tables of orders. A site may use `EnableRowSecurity` in its own migration."""

from typing import Any

from django.apps import apps
from django.db import router
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from kwiga_orders.adapters.sql.migrating import migrate, sql_of_migrations
from kwiga_orders.adapters.sql.row_security import secure

__all__ = ["BringTables", "DescribeTables", "EnableRowSecurity"]


class _OnTables(Operation):
    reduces_to_sql = True
    reversible = False

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: the state already has the read models."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, _: ProjectState, __: ProjectState
    ) -> None:
        """Run the change if the router puts the tables into this database."""
        if router.allow_migrate(schema_editor.connection.alias, "kwiga_orders"):
            self._change(schema_editor)

    def _change(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        raise NotImplementedError


class BringTables(_OnTables):
    """Make all tables, or migrate existing ones to the installed version. A release with new tables adds one of these.

    It runs in the transaction of Django's migration; `sqlmigrate` prints the statements for an empty database.
    """

    def _change(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.collect_sql:
            vendor: Any = schema_editor.connection.vendor
            for statement in sql_of_migrations(vendor):
                schema_editor.execute(statement, params=None)
        else:
            migrate(schema_editor.connection.connection)


class DescribeTables(_OnTables):
    """Add the read models to the migration state, so that `makemigrations` does not try to make them."""

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Add the read models."""
        for model in apps.get_app_config(app_label).get_models():
            state.add_model(ModelState.from_model(model))

    def _change(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        """Do nothing, because `BringTables` makes the tables."""


class EnableRowSecurity(_OnTables):
    """Let PostgreSQL separate projects by row-level security, too (K6). Read models then see rows only in a command.

    With `force` the policies also apply to the owner of the tables.
    """

    def __init__(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - how migrations write operations
        self.force = force

    def _change(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        secure(schema_editor.connection.connection, force=self.force)

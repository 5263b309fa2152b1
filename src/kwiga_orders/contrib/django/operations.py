"""What migrations of Django do with our tables; a site may use `EnableRowSecurity` in a migration of its own."""

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
        """Change nothing of the models: those of the app only read."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, _: ProjectState, __: ProjectState
    ) -> None:
        """Do it, if the tables are in that database."""
        if router.allow_migrate(schema_editor.connection.alias, "kwiga_orders"):
            self._change(schema_editor)

    def _change(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        raise NotImplementedError


class BringTables(_OnTables):
    """Make all tables, or bring those that are there to the installed version: each release has one more of these.

    It is a part of Django's transaction; `sqlmigrate` shows the statements for an empty database.
    """

    def _change(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.collect_sql:
            vendor: Any = schema_editor.connection.vendor
            for statement in sql_of_migrations(vendor):
                schema_editor.execute(statement, params=None)
        else:
            migrate(schema_editor.connection.connection)


class DescribeTables(_OnTables):
    """Let migrations know the read models as they are installed: they are Django's to read, not to make."""

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Add the models."""
        for model in apps.get_app_config(app_label).get_models():
            state.add_model(ModelState.from_model(model))

    def _change(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        """Do nothing: `BringTables` makes the tables."""


class EnableRowSecurity(_OnTables):
    """Let PostgreSQL keep projects apart, too (K6); read models see nothing then but in a command's project.

    With `force` the policies bind the owner of the tables as well.
    """

    def __init__(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - how migrations write operations
        self.force = force

    def _change(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        secure(schema_editor.connection.connection, force=self.force)

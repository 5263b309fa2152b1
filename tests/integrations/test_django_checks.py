"""A site of Django: faults at the fields of its forms, what its checks find, its migrations."""

# ruff: noqa: E402 - models can be imported once Django is set up
from tests.django_site.setting_up import set_up

set_up()

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.state import ProjectState
from django.forms import CharField, Form
from django.test import override_settings
from django.utils.translation import override

from kwiga_orders.contrib.django.answers import add_faults
from kwiga_orders.contrib.django.checking import check_database, check_tables
from kwiga_orders.contrib.django.host import Host
from kwiga_orders.contrib.django.operations import EnableRowSecurity
from kwiga_orders.errors import Fault, InvalidInput, NotFound, Refused
from kwiga_orders.orders.commands import CreateOrder
from tests.django_site.desk import undone, using
from tests.django_site.host import SiteHost

__all__ = ["using"]


class TestForms:
    """K7: every fault of a value is shown at the field of a form that it is about."""

    def test_faults_at_fields(self) -> None:
        class Asked(Form):
            contact = CharField()

        form = Asked({"contact": "1"})
        assert form.is_valid()
        with pytest.raises(InvalidInput) as wrong:
            CreateOrder(contact=1, lines=())  # type: ignore[arg-type]
        add_faults(form, wrong.value)
        assert "str(user.pk)" in form.errors["contact"][0]
        assert not form.non_field_errors()
        add_faults(form, InvalidInput([Fault(path="lines.0.contact", code="input.invalid", hint="deeper")]))
        assert "deeper" in form.errors["contact"]
        add_faults(form, NotFound("contact", "1"))
        assert any("no such contact" in one for one in form.errors["contact"])
        add_faults(form, Refused("order.cancelled", order=1))
        assert any("Order 1" in one for one in form.non_field_errors())
        with override("uk"):
            add_faults(form, InvalidInput([Fault(path="contact", code="input.invalid", hint="a whole number")]))
        assert "ціле число" in form.errors["contact"]


class TestChecks:
    """What `manage.py check` finds."""

    def codes(self) -> list[str | None]:
        return [one.id for one in check_database()]

    def test_all_is_well(self, using: str) -> None:
        """A database that is set up and migrated."""
        assert self.codes() == []
        assert check_tables(databases=[using]) == []
        assert check_tables(databases=None) == []

    def test_late_locks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """SQLite that takes its lock late; a level at which orders cannot be changed."""
        monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
        assert self.codes() == ["kwiga_orders.W001"]
        monkeypatch.setattr(SiteHost, "database", "server")
        monkeypatch.setitem(connections["server"].settings_dict, "OPTIONS", {"isolation_level": "SERIALIZABLE"})
        assert self.codes() == ["kwiga_orders.E004"]

    def test_no_host(self) -> None:
        """A setting that is missing, names nothing, or names something else."""
        for wrong in (None, "nowhere.Host", "django.http.HttpRequest"):
            with override_settings(KWIGA_ORDERS_HOST=wrong):
                assert self.codes() == ["kwiga_orders.E001"]

    def test_missing_tables(self, using: str) -> None:
        """Tables that nobody has made."""
        with connections[using].cursor() as cursor:
            cursor.execute("ALTER TABLE kwiga_projects RENAME TO gone")
            assert [one.id for one in check_tables(databases=[using])] == ["kwiga_orders.W002"]
            cursor.execute("ALTER TABLE gone RENAME TO kwiga_projects")


class TestMigrations:
    """Tables made by Django's migrations."""

    def test_row_security(self) -> None:
        """K6: a migration of the site may have the server keep projects apart."""
        for alias in undone("server"):
            with connections[alias].schema_editor() as editor:
                state = ProjectState()
                EnableRowSecurity(force=True).database_forwards("lms", editor, state, state)
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_policies WHERE tablename LIKE 'kwiga%'")
                assert cursor.fetchone()[0] > 15

    def test_as_sql(self) -> None:
        """`sqlmigrate` shows every statement, and models say nothing that migrations do not."""
        said = StringIO()
        call_command("sqlmigrate", "kwiga_orders", "0001", stdout=said)
        assert "CREATE TABLE kwiga_orders" in said.getvalue()
        assert "CREATE TRIGGER kwiga_contacts_added" in said.getvalue()
        call_command("makemigrations", "kwiga_orders", check=True, dry_run=True, verbosity=0)


def test_a_plain_host() -> None:
    """A host that overrides nothing sells nothing, and connects nothing."""
    host = Host()
    assert host.find_course("school", "python") is None
    assert host.get_progress("school", "olena", "python").contact == "olena"
    assert host.gateways("school") == {}
    assert [one.id for one in host.projects()] == ["school"]

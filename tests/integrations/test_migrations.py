"""Migrations make the tables that the library uses, on both databases, and say what is wrong with others."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.adapters.sql.engines import begun, engine_for
from kwiga_orders.adapters.sql.migrating import VERSIONS_FOLDER, alembic_config, migrate
from kwiga_orders.adapters.sql.schema import ALL, NEWEST, SEARCH_INDEX, VERSIONS
from kwiga_orders.adapters.sql.tables import METADATA
from kwiga_orders.cli import main
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.testing.store_fixtures import furnish
from tests import postgres

SHAPES = (
    "SELECT table_name, column_name, data_type, collation_name, is_nullable, is_identity"
    " FROM information_schema.columns WHERE table_name LIKE 'kwiga%'",
    "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'kwiga%'",
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conname LIKE '%kwiga%'",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/school.db"
        return
    with postgres.new_database() as new:
        yield new


def shape(url: str) -> set[object]:
    """Give all that a database tells about its tables."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            rows = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
        connection.close()
        return {(name, "".join(str(text).split())) for name, text in rows}
    with psycopg.connect(url) as server:
        return {row for statement in SHAPES for row in server.execute(statement).fetchall()}


def said(url: str, statement: str) -> None:
    engine = engine_for(url)
    with begun(engine) as connection:
        connection.exec_driver_sql(statement)
        connection.commit()
    engine.dispose()


class TestMigrate:
    """The steps, one after another."""

    def test_the_tables_are_those_of_the_library(self, url: str) -> None:
        """What the steps make is what the library's own tables say, to the last index."""
        migrate(url)

        engine = engine_for(url)
        with engine.connect() as connection:
            differences = compare_metadata(
                MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_ours}), METADATA
            )
        engine.dispose()
        assert differences == []

    def test_the_tables_are_those_that_a_store_makes(self, url: str, tmp_path: Path) -> None:
        """A store that was opened and a database that was migrated cannot be told apart."""
        migrate(url)
        migrated = shape(url)

        if url.startswith("sqlite"):
            other = f"sqlite:///{tmp_path}/other.db"
            SqlOrderStore.from_url(other).close()
            assert shape(other) == migrated
            return
        with postgres.new_database() as other:
            SqlOrderStore.from_url(other).close()
            assert shape(other) == migrated

    def test_a_store_works_there(self, url: str) -> None:
        """What was migrated is opened as it is; a second migration finds nothing to do."""
        assert migrate(url) is None
        assert migrate(url) == NEWEST

        with SqlOrderStore.from_url(url) as store:
            furnish(store)

    def test_tables_that_a_store_made(self, url: str) -> None:
        """What a store made is of the newest version."""
        SqlOrderStore.from_url(url).close()

        assert migrate(url) == NEWEST

    def test_tables_from_before_versions_were_noted(self, url: str) -> None:
        """They are those of the first step, which is not taken again."""
        SqlOrderStore.from_url(url).close()
        said(url, f"DROP TABLE {VERSIONS.name}")

        assert migrate(url) == ALL[0]
        assert migrate(url) == NEWEST

    def test_too_new(self, url: str) -> None:
        """`store.too_new`: neither the store nor the migration touches what a newer version made."""
        migrate(url)
        said(url, f"UPDATE {VERSIONS.name} SET version_num = 'kwiga9999'")

        for attempt in (SqlOrderStore.from_url, migrate):
            with pytest.raises(AdapterFailed) as problem:
                attempt(url)
            assert problem.value == AdapterFailed("store.too_new", version="kwiga9999", newest=NEWEST)

    def test_missing(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """`store.not_migrated`: tables of an older version are not used."""
        migrate(url)
        monkeypatch.setattr("kwiga_orders.adapters.sql.schema.NEWEST", "kwiga0009")

        with pytest.raises(AdapterFailed) as problem:
            SqlOrderStore.from_url(url)

        assert problem.value == AdapterFailed("store.not_migrated", version=NEWEST, newest="kwiga0009")

    def test_tables_that_are_missing(self, url: str) -> None:
        """`store.not_migrated`: a host that migrates by itself forgot to."""
        with SqlOrderStore(engine_for(url)) as store, pytest.raises(AdapterFailed) as problem:
            furnish(store)

        assert problem.value.code == "store.not_migrated"

    def test_down_again(self, url: str) -> None:
        """A host can take all of it away."""
        from alembic import command

        migrate(url)
        engine = engine_for(url)
        with begun(engine) as connection:
            command.downgrade(alembic_config(connection), "base")
            assert sa.inspect(connection).get_table_names() == [VERSIONS.name]
            connection.commit()
        engine.dispose()


def _is_ours(name: str | None, kind: str, _: object) -> bool:
    return name not in (SEARCH_INDEX, VERSIONS.name) and not str(name).startswith("kwiga_contact_")


class TestSteps:
    """The scripts."""

    def test_all_are_known(self) -> None:
        """The library knows the names of all steps, in their order, without Alembic."""
        steps = ScriptDirectory(str(VERSIONS_FOLDER.parent)).walk_revisions()

        assert tuple(step.revision for step in steps)[::-1] == ALL


class TestCommand:
    """`kwiga-orders migrate URL`."""

    def test_says_what_it_did(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        """From which version to which."""
        assert [main(["migrate", url]) for _ in range(2)] == [0, 0]

        assert capsys.readouterr().out.splitlines() == [f"no tables → {NEWEST}", f"{NEWEST}, nothing to do"]

    def test_says_what_is_wrong(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        """With the code of the error; 2."""
        migrate(url)
        said(url, f"UPDATE {VERSIONS.name} SET version_num = 'kwiga9999'")

        assert main(["migrate", url]) == 2
        assert "store.too_new" in capsys.readouterr().err

    def test_row_security_is_for_servers(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        """PostgreSQL has it, SQLite has not."""
        code = main(["migrate", url, "--row-security"])

        assert code == (2 if url.startswith("sqlite") else 0)
        assert ("row security is for PostgreSQL" in capsys.readouterr().err) == (code == 2)

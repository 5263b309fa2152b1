"""K6 kept by PostgreSQL itself: another project's rows cannot be reached, even by a wrong statement."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.adapters.sql.engines import begun, engine_for
from kwiga_orders.adapters.sql.on_postgres import PROJECT_SETTING
from kwiga_orders.adapters.sql.row_security import disable_row_security, secure
from kwiga_orders.adapters.sql.tables import METADATA
from kwiga_orders.changes import Receipt, Repeated
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.listing import OrderSearch
from kwiga_orders.testing.order_histories import Story, letter
from kwiga_orders.testing.store_fixtures import commit, found, furnish, hand_on
from tests import postgres

TABLES = [table.name for table in METADATA.sorted_tables]


@pytest.fixture
def owner() -> Iterator[str]:
    """A database with row security, and two schools in it."""
    with postgres.new_database() as url:
        with SqlOrderStore.from_url(url) as store:
            for project in ("ours", "theirs"):
                furnish(store, project)
                story = Story.begins("o1", number=1).notes(tags=("hot",))
                repeated = Repeated(key="k", fingerprint="f", receipt=Receipt())
                commit(store, story.changes(since=0, outbox=[letter("n1")], repeated=repeated), project=project)
        secure(url)
        yield url


@pytest.fixture
def guest(owner: str) -> Iterator[str]:
    """The URL of a role that may use the tables, but does not own them."""
    role = f"kwiga_{uuid4().hex}"
    with psycopg.connect(owner) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(TABLES)} TO {role}")
    yield sa.make_url(owner).set(username=role, password=None).render_as_string(hide_password=False)
    with psycopg.connect(owner) as connection:
        connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


class TestK6RowSecurity:
    """K6: every storage call carries the project, and the database sees to it."""

    def test_a_store_works_as_ever(self, guest: str) -> None:
        """Orders are made, changed and found, contacts and projects saved."""
        with SqlOrderStore(engine_for(guest)) as store:
            furnish(store, "ours")
            furnish(store, "new")
            commit(store, Story.begins("o2", number=2).changes(), project="ours")
            assert found(store, OrderSearch(sort="number", descending=False), project="ours") == ["o1", "o2"]
            assert found(store, OrderSearch(), project="new") == []
            hand_on(store, "n1", project="ours")
            assert store.pending("ours", limit=9) == []
            assert store.pending("theirs", limit=9) == [letter("n1")]

    @pytest.mark.parametrize("table", TABLES)
    def test_a_wrong_statement_reads_nothing(self, guest: str, table: str) -> None:
        """A statement that forgets the project sees that of its transaction, and none if there is none."""
        with psycopg.connect(guest) as connection:
            forgetful = f"SELECT DISTINCT project FROM {table}"
            assert connection.execute(forgetful).fetchall() == []
            connection.execute("SELECT set_config(%s, %s, true)", [PROJECT_SETTING, "ours"])
            assert connection.execute(forgetful).fetchall() in ([("ours",)], [])
            assert connection.execute(f"SELECT 1 FROM {table} WHERE project = 'theirs'").fetchall() == []

    @pytest.mark.parametrize("table", TABLES)
    def test_a_wrong_statement_changes_nothing(self, guest: str, table: str) -> None:
        """Rows of another project are neither changed nor deleted."""
        with psycopg.connect(guest) as connection:
            connection.execute("SELECT set_config(%s, %s, true)", [PROJECT_SETTING, "ours"])
            for wrong in (f"UPDATE {table} SET project = project", f"DELETE FROM {table}"):
                assert connection.execute(f"{wrong} WHERE project = 'theirs'").rowcount == 0

    def test_nothing_is_written_into_another_project(self, guest: str) -> None:
        """`store.forbidden`: a row for another project than that of the transaction is refused."""
        engine = engine_for(guest)
        with begun(engine, "ours") as connection:
            statement = "INSERT INTO kwiga_counters VALUES ('theirs', 'f', 's', 'UAH', 1, 1)"
            with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
                connection.exec_driver_sql(statement)
        engine.dispose()

    def test_the_setting_ends_with_the_transaction(self, guest: str) -> None:
        """A connection that another transaction uses next does not remember whose it was."""
        engine = engine_for(guest)
        for project, seen in (("ours", ["ours"]), ("theirs", ["theirs"]), ("", []), ("o'urs\\", [])):
            with begun(engine, project, writes=False) as connection:
                assert list(connection.scalars(sa.text("SELECT project FROM kwiga_projects"))) == seen
        engine.dispose()

    def test_who_may_not_is_told(self, guest: str) -> None:
        """`store.forbidden`: a role that does not own the tables cannot change their policies."""
        with pytest.raises(AdapterFailed) as problem:
            secure(guest)

        assert problem.value.code == "store.forbidden"

    def test_it_can_be_taken_away(self, owner: str, guest: str) -> None:
        """Without the policies rows are told apart by statements only."""
        engine = engine_for(owner)
        with begun(engine) as connection:
            disable_row_security(connection)
            connection.commit()
        engine.dispose()

        with psycopg.connect(guest) as connection:
            assert len(connection.execute("SELECT project FROM kwiga_projects").fetchall()) == 2

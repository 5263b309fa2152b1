"""The statements of the SQL store are those of more than one database."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from kwiga_orders.adapters.documents import PROJECTS
from kwiga_orders.adapters.sql import PostgresSettings, on_postgres, on_sqlite
from kwiga_orders.adapters.sql.commits import commit
from kwiga_orders.adapters.sql.projects import save_project
from kwiga_orders.adapters.sql.reads import Reads
from kwiga_orders.adapters.sql.steps import Answer, Steps, Transactions
from kwiga_orders.adapters.sql.tables import METADATA
from kwiga_orders.changes import Changes, Receipt, Repeated
from kwiga_orders.listing import OrderSearch
from kwiga_orders.testing.order_histories import START, Story, letter
from kwiga_orders.testing.store_fixtures import CONTACTS, SCHOOL

DIALECTS: dict[str, Callable[[], sa.Dialect]] = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}
PROJECT = Answer(("schema", "document", "revision", "last", "id"), [(1, PROJECTS.write(SCHOOL), 0, 0, None)])
REPEATED = Repeated(key="k", fingerprint="f", receipt=Receipt())
CHANGES = Story.begins("o1", number=1).notes(tags=("hot",)).changes(since=0, outbox=[letter("n1")], repeated=REPEATED)
SEARCH = OrderSearch(
    status=("new", "paid"), tag=("hot",), product=("python",), due_until=START, text="067 123-45-67", sort="due"
)


def statements_of(steps: Steps[object], dialect: sa.Dialect) -> list[str]:
    """Give the statements of a generator that gets the row of the project, and no other rows."""
    statements: list[str] = []
    try:
        batch = next(steps)
        while True:
            texts = [str(step.statement.compile(dialect=dialect)) for step in batch]  # type: ignore[attr-defined]
            statements += texts
            batch = steps.send([_answer(one) for one in texts])
    except StopIteration:
        return statements


def _answer(statement: str) -> Answer:
    """Give what a database with nothing but the project answers."""
    if "AS same" in statement:
        return Answer(("same",), [(1,)])
    if "FROM kwiga_projects" in statement:
        return PROJECT
    return Answer(("last",), [(0,)]) if "AS last" in statement else Answer()


TRANSACTIONS: dict[str, Transactions] = {
    "sqlite": on_sqlite.TRANSACTIONS,
    "postgresql": on_postgres.transactions(PostgresSettings()),
}


@pytest.mark.parametrize("name", DIALECTS)
class TestDialects:
    """SQLite is the embedded default, PostgreSQL is for many machines: one logic says what both understand."""

    def test_tables(self, name: str) -> None:
        """Every table and index can be made, and every key but those that count rows begins with the project."""
        dialect = DIALECTS[name]()
        for table in METADATA.sorted_tables:
            assert f"CREATE TABLE {table.name}" in str(CreateTable(table).compile(dialect=dialect))
            for index in table.indexes:
                assert index.columns[0].name == "project"
                assert str(CreateIndex(index).compile(dialect=dialect))
            first = next(iter(table.primary_key.columns)).name
            assert first == ("seq" if table.name in ("kwiga_outbox", "kwiga_catalogue_history") else "project")

    def test_changes(self, name: str) -> None:
        """Everything that is written, with what is done where a key is taken."""
        reads = Reads(SCHOOL.id, TRANSACTIONS[name], writes=True)
        said = statements_of(reads.begin_with(commit(reads, CHANGES, dialect=name)), DIALECTS[name]())
        assert said[0].startswith("BEGIN")
        # PostgreSQL ends the transaction that has read, and writes in another (decision 0048)
        assert said.count("COMMIT") == {"sqlite": 1, "postgresql": 2}[name]
        statements = [one for one in said if one.startswith(("INSERT", "UPDATE", "DELETE")) and "WHERE 0" not in one]

        written = {"orders", "order_products", "order_labels", "order_payments", "counters", "label_counts", "history"}
        tables = {f"kwiga_{one}" for one in (*written, "outbox", "idempotency_keys")}
        assert {one.split()[2] for one in statements} == tables
        assert sum("ON CONFLICT" in one for one in statements) == 4

    def test_projects(self, name: str) -> None:
        """A project is made once, and told whether it was there."""
        steps = save_project(SCHOOL, TRANSACTIONS[name], dialect=name)

        assert any("RETURNING" in one for one in statements_of(steps, DIALECTS[name]()))

    def test_people(self, name: str) -> None:
        """Contacts are made or replaced."""
        reads = Reads(SCHOOL.id, TRANSACTIONS[name], writes=True)
        steps = commit(reads, Changes(contacts=CONTACTS[:1]), dialect=name)

        said = statements_of(reads.begin_with(steps), DIALECTS[name]())
        assert any("INSERT INTO kwiga_contacts" in one and "ON CONFLICT" in one for one in said)

    def test_lists(self, name: str) -> None:
        """Filters, search and counts."""
        reads = Reads(SCHOOL.id, TRANSACTIONS[name], writes=False)

        # whether few orders meet the first condition, then those with a due date, then those without
        assert len(statements_of(reads.search(SEARCH), DIALECTS[name]())) == 3
        assert len(statements_of(reads.count_by_status(SEARCH), DIALECTS[name]())) == 1
        assert len(statements_of(reads.tracks(SEARCH), DIALECTS[name]())) == 1
        assert "kwiga_counters" in statements_of(reads.count_by_status(OrderSearch()), DIALECTS[name]())[0]

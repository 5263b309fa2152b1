"""The statements of the SQL store are those of more than one database."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from kwiga_orders.adapters.documents import PROJECTS
from kwiga_orders.adapters.sql.commits import commit
from kwiga_orders.adapters.sql.projects import save_contact, save_project
from kwiga_orders.adapters.sql.reads import Reads
from kwiga_orders.adapters.sql.steps import Answer, Step, Steps
from kwiga_orders.adapters.sql.tables import METADATA
from kwiga_orders.changes import Receipt, Repeated
from kwiga_orders.listing import OrderSearch
from kwiga_orders.testing.order_histories import START, Story, letter
from kwiga_orders.testing.store_fixtures import CONTACTS, SCHOOL

DIALECTS: dict[str, Callable[[], sa.Dialect]] = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}
PROJECT = Answer(("schema", "document"), [(1, PROJECTS.write(SCHOOL))])
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
            batch = steps.send([PROJECT if "FROM kwiga_projects" in one else Answer() for one in texts])
    except StopIteration:
        return statements


def begin(_: str, /, *, writes: bool) -> tuple[Step, ...]:
    return (Step(sa.text("BEGIN IMMEDIATE" if writes else "BEGIN"), ({},)),)


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
        reads = Reads(SCHOOL.id, begin, writes=True)
        first, *others, last = statements_of(reads.begin_with(commit(reads, CHANGES, dialect=name)), DIALECTS[name]())
        assert (first, last) == ("BEGIN IMMEDIATE", "COMMIT")
        statements = [one for one in others if not one.startswith("SELECT")]

        written = {"orders", "order_products", "order_labels", "order_payments", "counters", "history", "outbox"}
        written |= {"label_counts"}
        assert {one.split()[2] for one in statements} == {f"kwiga_{one}" for one in (*written, "idempotency_keys")}
        # letters, idempotency keys, and the two counters: of statuses and of labels
        assert sum("ON CONFLICT" in one for one in statements) == 4

    def test_places(self, name: str) -> None:
        """Projects and contacts."""
        assert "RETURNING" in statements_of(save_project(SCHOOL, begin, dialect=name), DIALECTS[name]())[1]
        reads = Reads(SCHOOL.id, begin, writes=True)
        assert (
            "ON CONFLICT"
            in statements_of(reads.begin_with(save_contact(reads, CONTACTS[0], dialect=name)), DIALECTS[name]())[-2]
        )

    def test_lists(self, name: str) -> None:
        """Filters, search and counts."""
        reads = Reads(SCHOOL.id, begin, writes=False)

        # whether few orders meet the first condition, then those with a due date, then those without
        assert len(statements_of(reads.search(SEARCH), DIALECTS[name]())) == 3
        assert len(statements_of(reads.count_by_status(SEARCH), DIALECTS[name]())) == 1
        assert len(statements_of(reads.tracks(SEARCH), DIALECTS[name]())) == 1
        assert "kwiga_counters" in statements_of(reads.count_by_status(OrderSearch()), DIALECTS[name]())[0]

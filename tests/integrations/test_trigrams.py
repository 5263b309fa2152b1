"""V3 on SQLite by trigrams: the same answers as by reading every text."""

from pathlib import Path

import pytest

from kwiga_orders.adapters.sql import SqlOrderStore, trigrams
from kwiga_orders.adapters.sql.engines import engine_for
from kwiga_orders.adapters.sql.migrating import migrate
from kwiga_orders.adapters.sql.schema import NEWEST, VERSIONS
from kwiga_orders.listing import OrderSearch
from kwiga_orders.project import Contact
from kwiga_orders.testing.order_histories import Story
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, found, furnish
from tests.integrations.files import said

NAMES = {1: 'Ольга "Ля" Їжак', 2: "Olga AND Yizhak*", 3: "о'ля (+5%_)"}


@pytest.fixture
def store(store: SqlOrderStore) -> SqlOrderStore:
    """The furnished store, with people whose names are hard to find."""
    for n, name in NAMES.items():
        store.save_contact(SCHOOL.id, Contact(id=f"c{n}", name=name, email=f"somebody{n}@example.com"))
        commit(store, Story.begins(f"o{n}", number=n + 90, contact=f"c{n}").changes())
    return store


class TestPart:
    """Three characters or more are looked up, fewer are looked for."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ЛЬГ", ["o1"]),
            ('"ля"', ["o1"]),
            (' "ля" їж', ["o1"]),
            ("ля", ["o1", "o3"]),
            ("ga and yi", ["o2"]),
            ("k*", ["o2"]),
            ("o* AND", []),
            ("hak*", ["o2"]),
            ("5%_)", ["o3"]),
            ("о'л", ["o3"]),
            ("name:olga", []),
            ("EBODY2@", ["o2"]),
            ("some", ["o1", "o2", "o3"]),
            ('""""', []),
        ],
    )
    def test_any_part(self, store: SqlOrderStore, text: str, expected: list[str]) -> None:
        """V3: nothing that is typed means anything but itself."""
        assert found(store, OrderSearch(text=text, sort="number", descending=False)) == expected

    def test_other_projects(self, store: SqlOrderStore) -> None:
        """K6: the index is for all, the answer is not."""
        furnish(store, "other")
        commit(store, Story.begins("x1", number=1).changes(), project="other")

        assert found(store, OrderSearch(text="ольга"), project="other") == []
        assert found(store, OrderSearch(text="коваль"), project="other") == ["x1"]
        assert found(store, OrderSearch(text="коваль")) == []


class TestFollows:
    """The index is always that of the contacts as they are."""

    def test_a_changed_contact(self, store: SqlOrderStore) -> None:
        """The new name is found, the old one is not; a change of something else changes nothing."""
        for name in ("Ганна", "Ганна"):
            store.save_contact(SCHOOL.id, Contact(id="c1", name=name, phone="+380671112233"))

        assert found(store, OrderSearch(text="ганн")) == ["o1"]
        assert found(store, OrderSearch(text="льга")) == []
        assert found(store, OrderSearch(text="somebody1")) == []

    def test_rows_that_get_new_numbers(self, file: Path, store: SqlOrderStore) -> None:
        """VACUUM numbers the rows of contacts anew; the index stays right."""
        store.close()
        said(file, "DELETE FROM kwiga_contacts WHERE id IN ('olena', 'taras')", "VACUUM")

        assert found(store, OrderSearch(text="льг")) == ["o1"]
        store.save_contact(SCHOOL.id, Contact(id="c3", name="Ганна"))
        assert found(store, OrderSearch(text="ганн")) == ["o3"]
        assert found(store, OrderSearch(text="ольга")) == ["o1"]

    def test_who_was_there_before(self, file: Path, store: SqlOrderStore) -> None:
        """A database from before there was an index gets one with everybody in it."""
        store.close()
        names = ("added", "changed", "gone")
        said(
            file,
            *(f"DROP TRIGGER kwiga_contacts_{name}" for name in names),
            "DROP TABLE kwiga_contact_texts",
            "DROP TABLE kwiga_contact_rows",
            f"UPDATE {VERSIONS.name} SET version_num = 'kwiga0001'",
        )

        assert migrate(f"sqlite:///{file}") == "kwiga0001"

        assert migrate(f"sqlite:///{file}") == NEWEST
        assert found(store, OrderSearch(text="льг")) == ["o1"]

    def test_a_library_without_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where SQLite was built without FTS5, every text is read, with the same answers."""
        monkeypatch.setattr(trigrams, "is_known", lambda: False)
        with SqlOrderStore.from_url(f"sqlite:///{tmp_path}/plain.db") as store:
            furnish(store)
            commit(store, Story.begins("o1", number=1).changes())

            assert found(store, OrderSearch(text="коваль")) == ["o1"]
        engine = engine_for(f"sqlite:///{tmp_path}/plain.db")
        with engine.connect() as connection:
            assert not connection.dialect.has_table(connection, trigrams.TABLE)
        engine.dispose()

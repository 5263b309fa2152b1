"""What the first edition stored is found and counted by the rules of the second, once it was migrated (V1-V3)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command

from kwiga_orders.adapters.documents import CONTACTS, ORDERS, PROJECTS
from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.adapters.sql.engines import begun, engine_for
from kwiga_orders.adapters.sql.migrating import alembic_config, migrate
from kwiga_orders.listing import LabelCount, LabelCounts, OrderSearch, StatusCount
from kwiga_orders.orders.events import OrderCancelled
from kwiga_orders.project import Contact
from kwiga_orders.testing.order_histories import START, Story
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, found, read
from tests import postgres

PEOPLE = (
    Contact(id="olena", name="Алёна Дем´янчук", email="olena@example.com", phone="+380 67 123-45-67"),
    Contact(id="taras", name="İpek", phone="8 (495) 123-45-67"),
)
STORY = Story.begins("o1", number=1).pays().then(OrderCancelled()).notes(tags=("hot",))
OLD_PERSON = "INSERT INTO kwiga_contacts (project, id, name, email, phone_reversed, schema, document) VALUES ({})"

OLD_ORDER = (
    "INSERT INTO kwiga_orders (project, id, number, version, contact, funnel, status, payment_status, type, currency,"
    f" total, amount_rank, created_at, updated_at, schema, document) VALUES ('{SCHOOL.id}', 'o1', 1, 4, 'olena',"
    f" 'default', 'new', 'paid', 'regular', 'UAH', 100000, 10000000, 1, 1, {ORDERS.number}, '{{document}}')"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database as the first edition left it, with people whose texts it folded its way."""
    if request.param == "postgresql":
        with postgres.new_database() as new:
            yield _furnished(new)
        return
    yield _furnished(f"sqlite:///{tmp_path}/school.db")


def _furnished(url: str) -> str:
    engine = engine_for(url)
    with begun(engine) as connection:
        command.upgrade(alembic_config(connection), "kwiga0003")
        project = PROJECTS.write(SCHOOL).replace("'", "''")
        connection.exec_driver_sql(f"INSERT INTO kwiga_projects VALUES ('{SCHOOL.id}', 1, '{project}')")
        for one in PEOPLE:
            texts = (SCHOOL.id, one.id, one.name.casefold(), one.email, one.phone[::-1])
            values = ", ".join(f"'{text}'" for text in texts)
            connection.exec_driver_sql(OLD_PERSON.format(f"{values}, 1, '{CONTACTS.write(one)}'").replace("%", "%%"))
        connection.exec_driver_sql(OLD_ORDER.format(document=ORDERS.write(STORY.order)).replace("%", "%%"))
        connection.commit()
    engine.dispose()
    return url


class TestV3:
    """Search: е = ё, every sign people type for an apostrophe is one, phone by any digits in a row."""

    @pytest.mark.parametrize("text", ["дем'янчук алена", "067 123", "23456"])
    def test_people_of_the_first_edition(self, url: str, text: str) -> None:
        """Names, and parts of phones that the first edition did not find."""
        assert migrate(url) == "kwiga0003"

        with SqlOrderStore.from_url(url) as store:
            commit(store, Story.begins("o2", number=2, contact="taras").changes())
            assert found(store, OrderSearch(text=text, contact=("olena",))) == ["o1"]
            assert found(store, OrderSearch(text="ipek")) == found(store, OrderSearch(text="+7 495 1234567")) == ["o2"]


class TestV1:
    """Also by cancelled, payment kind, gateway; `count` and `totals` per currency."""

    def test_orders_of_the_first_edition(self, url: str) -> None:
        """They have the labels, the payments and the sums of the second."""
        migrate(url)

        with SqlOrderStore.from_url(url) as store:
            search = OrderSearch(cancelled=True, tag=("hot",), payment_kind=("regular",), paid_from=START)
            assert found(store, search) == ["o1"]
            for counted in (OrderSearch(), OrderSearch(contact=("olena",))):
                assert read(store, lambda records, of=counted: records.count_by_status(of)) == [  # type: ignore[misc]
                    StatusCount(status="new", count=1, sums={"UAH": 0}, paid={"UAH": 100000}, owed={"UAH": 0})
                ]
            assert read(store, lambda records: records.look_up(LabelCounts(kind="tag"))) == [
                LabelCount(value="hot", count=1)
            ]
            assert read(store, lambda records: records.due_orders(START, limit=9)) == ["o1"]

    def test_policies_that_bind_the_owner(self) -> None:
        """Row security that is forced on the owner of the tables is so again afterwards."""
        with postgres.new_database() as new:
            engine = engine_for(_furnished(new))
            with begun(engine) as connection:
                connection.exec_driver_sql("ALTER TABLE kwiga_contacts FORCE ROW LEVEL SECURITY")
                connection.commit()

            migrate(new)

            with begun(engine) as connection:
                forced = "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'kwiga_contacts'"
                assert connection.exec_driver_sql(forced).scalar() is True
            engine.dispose()

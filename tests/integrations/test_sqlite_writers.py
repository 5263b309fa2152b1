"""How a transaction of SQLite that has read comes to write (decision 0048)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.adapters.sql.engines import engine_for
from kwiga_orders.errors import Conflict
from kwiga_orders.testing.order_histories import Story
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, furnish, read

BEGINS_OR_ENDS = ("BEGIN", "COMMIT", "ROLLBACK", "DELETE")


class Watched:
    """A store, and which statements of it begin, end or lock."""

    def __init__(self, url: str) -> None:
        said: list[str] = []
        self.said = said
        engine = engine_for(url)
        event.listen(engine, "connect", lambda driver, _: driver.set_trace_callback(said.append))
        self.store = SqlOrderStore(engine)
        self.store.create_tables()
        furnish(self.store)
        commit(self.store, Story.begins("o1", number=1).changes())
        said.clear()

    @property
    def turns(self) -> list[str]:
        """The first word of each of them, in order."""
        return [text.split()[0] + (" IMMEDIATE" if "IMMEDIATE" in text else "") for text in self.said if _turns(text)]


def _turns(text: str) -> bool:
    return text.startswith(BEGINS_OR_ENDS)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[SqlOrderStore]:
    with SqlOrderStore(engine_for(f"sqlite:///{tmp_path}/school.db")) as opened:
        yield opened


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    opened = Watched(f"sqlite:///{tmp_path}/school.db")
    yield opened
    opened.store.close()


class TestOneTransaction:
    """While nobody else writes a change is read and written in one transaction."""

    def test_nothing_is_checked(self, watched: Watched) -> None:
        """It takes the lock of the file, and no statement looks for what others changed."""
        commit(watched.store, Story.begins("o2", number=2).changes())

        assert watched.turns == ["BEGIN", "DELETE", "COMMIT"]
        assert not [text for text in watched.said if "same" in text]


class TestTwoTransactions:
    """If somebody else wrote meanwhile what was read is checked, in a second one."""

    def test_of_something_else(self, watched: Watched, other: SqlOrderStore) -> None:
        """A change that rests on nothing of it is written, and its order gets the next number."""
        with watched.store.transaction(SCHOOL.id, writes=True) as transaction:
            number = transaction.next_number("order")
            commit(other, Story.begins("o2", number=2, contact="taras").changes())
            transaction.commit(Story.begins("o3", number=number).changes())

        assert watched.turns == ["BEGIN", "DELETE", "COMMIT", "BEGIN IMMEDIATE", "COMMIT"]
        order = read(watched.store, lambda records: records.find_order("o3"))
        assert order is not None
        assert order.number == 3

    def test_of_what_it_rests_on(self, watched: Watched, other: SqlOrderStore) -> None:
        """K2: a change of what it read is a conflict, and nothing is written."""
        second = Story.begins("o2", number=2)
        with watched.store.transaction(SCHOOL.id, writes=True) as transaction:
            transaction.orders_of("olena")
            commit(other, second.changes())
            with pytest.raises(Conflict):
                transaction.commit(Story.begins("o3", number=3).changes())

        assert read(watched.store, lambda records: records.find_order("o3")) is None
        assert read(watched.store, lambda records: records.find_order("o2")) == second.order

"""The connections that a blocking store keeps."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import event

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.adapters.sql.engines import engine_for
from kwiga_orders.errors import NotFound
from kwiga_orders.testing.order_histories import Story
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, furnish


class TestConnections:
    """Decision 0036: connections that nobody uses are kept, and not too many."""

    def test_no_more_are_kept_than_needed(self, file: Path) -> None:
        """Ten are used at once: eight of them stay, and are used again."""
        engine = engine_for(f"sqlite:///{file}")
        opened: list[object] = []
        closed: list[object] = []
        event.listen(engine, "connect", lambda connection, _: opened.append(connection))
        event.listen(engine, "close", lambda connection, _: closed.append(connection))
        with SqlOrderStore(engine) as store:
            store.create_tables()
            furnish(store)
            for _ in range(2):
                with ExitStack() as looks:
                    for _ in range(10):
                        looks.enter_context(store.transaction(SCHOOL.id, writes=False)).get_project()
                assert len(opened) - len(closed) == 8

        assert len(opened) == len(closed) == 12

    def test_what_a_refusal_leaves_is_rolled_back(self, store: SqlOrderStore) -> None:
        """Whoever says no in the middle of a change keeps nobody from the next."""

        def refused() -> None:
            with store.transaction(SCHOOL.id, writes=True) as transaction:
                transaction.get_project()
                raise NotFound("order", "o1")

        with pytest.raises(NotFound):
            refused()
        commit(store, Story.begins("o1", number=1).changes())

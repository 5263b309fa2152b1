"""What a host's transaction is to the orders in it: they come and go with it, and leave it usable."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path

import aiosqlite
import attrs
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from kwiga_orders.adapters.sql import AsyncSqlOrderStore, SqlOrderStore
from kwiga_orders.adapters.sql.migrating import migrate, sql_of_migrations
from kwiga_orders.adapters.sql.schema import NEWEST
from kwiga_orders.contacts import SaveContact
from kwiga_orders.errors import AdapterFailed, Conflict, InvalidInput
from kwiga_orders.listing import OrderSearch
from kwiga_orders.offers import CreateOffer, ItemAsked, OfferState
from kwiga_orders.orders.commands import OpenOffer
from kwiga_orders.ports import OrderStore
from kwiga_orders.testing.order_histories import Story, letter
from kwiga_orders.testing.school import School
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, furnish, read
from tests import postgres
from tests.hosts import driver_url, migrated
from tests.integrations.test_migrations import shape

HOSTS = "CREATE TABLE pupils (name TEXT)"
_ADD = "INSERT INTO pupils VALUES ('Olena')"

Connection = sqlite3.Connection | psycopg.Connection[tuple[object, ...]]


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """Give a connection of a driver, whose transaction has not begun, to a school and a table of the host."""
    opened: Connection
    opened = sqlite3.connect(migrated(tmp_path)) if request.param == "sqlite" else psycopg.connect(postgres.emptied())
    with closing(opened):
        opened.execute(HOSTS)
        furnish(SqlOrderStore.within(opened))
        opened.commit()
        yield opened
        opened.rollback()
        opened.execute("DROP TABLE pupils")
        opened.commit()


def pupils(connection: Connection) -> int:
    (row,) = connection.execute("SELECT count(*) FROM pupils").fetchall()
    return int(str(row[0]))


def order(store: OrderStore, id: str) -> object:
    return read(store, lambda records: records.find_order(id))


class TestTheHostsTransaction:
    """On a connection of the driver."""

    def test_a_rollback_takes_all_along(self, connection: Connection) -> None:
        """K4: what the host rolls back is not there, of its own and of ours; what it commits is."""
        store = SqlOrderStore.within(connection)
        connection.execute(_ADD)
        commit(store, Story.begins("o1", number=1).changes(outbox=[letter("n1")]))
        connection.rollback()
        assert (order(store, "o1"), store.pending(SCHOOL.id, limit=1), pupils(connection)) == (None, [], 0)
        connection.rollback()

        connection.execute(_ADD)
        commit(store, Story.begins("o1", number=1).changes())
        connection.commit()
        connection.rollback()
        assert order(store, "o1") is not None
        assert pupils(connection) == 1

    def test_a_conflict_leaves_it_usable(self, connection: Connection) -> None:
        """K2: a conflict takes back its own command, and nothing else of the transaction."""
        store, story = SqlOrderStore.within(connection), Story.begins("o1", number=1)
        commit(store, story.changes())
        connection.execute(_ADD)
        for stale in (story.changes(), Story.begins("o2", number=1).changes()):
            with pytest.raises(Conflict):
                commit(store, stale)
        commit(store, story.pays().changes())
        connection.commit()

        assert order(store, "o1") == story.pays().order
        assert (order(store, "o2"), pupils(connection)) == (None, 1)

    def test_a_failure_leaves_it_usable(self, connection: Connection) -> None:
        """K4: a statement that the database refuses takes back its own command; nothing else of the transaction."""
        store = SqlOrderStore.within(connection)
        connection.execute(_ADD)
        connection.execute("ALTER TABLE kwiga_history RENAME TO gone")
        with pytest.raises(AdapterFailed) as problem:
            commit(store, Story.begins("o1", number=1).changes())
        assert problem.value.code == "store.not_migrated"
        with suppress(ZeroDivisionError), store.transaction(SCHOOL.id, writes=True) as transaction:
            transaction.find_order("o1")
            raise ZeroDivisionError
        connection.execute("ALTER TABLE gone RENAME TO kwiga_history")
        commit(store, Story.begins("o1", number=1).changes())
        connection.commit()

        assert order(store, "o1") is not None
        assert pupils(connection) == 1

    def test_a_refusal_before_any_statement_leaves_it_usable(self, connection: Connection) -> None:
        """K4: what is refused before anything was asked of the database has nothing to take back."""
        store = SqlOrderStore.within(connection)
        connection.execute(_ADD)
        with store.transaction(SCHOOL.id, writes=False) as records, pytest.raises(InvalidInput):
            records.search(OrderSearch(after="no cursor"))
        connection.commit()

        assert pupils(connection) == 1

    def test_a_savepoint_of_the_host(self, connection: Connection) -> None:
        """K4: what the host rolls back to a savepoint of its own is taken back, and no more."""
        store = SqlOrderStore.within(connection)
        commit(store, Story.begins("o1", number=1).changes())
        connection.execute("SAVEPOINT hosts")
        commit(store, Story.begins("o2", number=2).changes())
        connection.execute("ROLLBACK TO SAVEPOINT hosts")
        commit(store, Story.begins("o3", number=2).changes())
        connection.commit()

        assert [order(store, id) is not None for id in ("o1", "o2", "o3")] == [True, False, True]

    def test_in_autocommit_there_is_none(self, tmp_path: Path) -> None:
        """A connection that commits each statement is refused, with what to do; one that has begun is not."""
        for opened in (
            sqlite3.connect(migrated(tmp_path), isolation_level=None),
            psycopg.connect(postgres.emptied(), autocommit=True),
        ):
            with closing(opened):
                store = SqlOrderStore.within(opened)
                with pytest.raises(InvalidInput) as problem:
                    furnish(store)
                assert problem.value.faults[0].path == "connection"
                opened.execute("BEGIN")
                furnish(store)
                opened.execute("ROLLBACK")

    def test_another_level_is_refused(self) -> None:
        """`store.isolation`: at REPEATABLE READ orders are read, and not changed."""
        with psycopg.connect(postgres.emptied()) as server:
            server.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            server.execute("SELECT 1")
            store = SqlOrderStore.within(server)
            with pytest.raises(AdapterFailed) as problem:
                furnish(store)
            assert problem.value.code == "store.isolation"
            assert server.execute("SELECT 1").fetchone() == (1,)
            server.rollback()

    def test_a_failed_transaction_is_refused(self) -> None:
        """A transaction in which a statement of the host failed is refused before anything is asked."""
        with psycopg.connect(postgres.emptied()) as server:
            with pytest.raises(psycopg.Error):
                server.execute("SELECT nothing")
            with pytest.raises(InvalidInput):
                furnish(SqlOrderStore.within(server))
            server.rollback()

    def test_a_pipeline_of_the_host_is_refused(self) -> None:
        """A host that is in a pipeline would wait for our answers in its own."""
        with psycopg.connect(postgres.emptied()) as server:
            with server.pipeline(), pytest.raises(InvalidInput):
                furnish(SqlOrderStore.within(server))
            server.rollback()

    def test_other_drivers_are_refused(self, tmp_path: Path) -> None:
        """Only drivers that are known can be written by; awaited ones by the awaited store."""
        engine = sa.create_engine(f"sqlite:///{migrated(tmp_path)}")
        awaited = AsyncSession(create_async_engine("sqlite+aiosqlite://"))
        for wrong in ("sqlite:///school.db", awaited):
            with pytest.raises(InvalidInput):
                SqlOrderStore.within(wrong)  # type: ignore[arg-type]
        with engine.connect() as blocking, pytest.raises(InvalidInput):
            AsyncSqlOrderStore.within(blocking)  # type: ignore[arg-type]
        with engine.connect() as blocking, pytest.raises(InvalidInput):
            SqlOrderStore.within(blocking).create_tables()
        engine.dispose()


class TestSqlalchemy:
    """On connections and sessions of SQLAlchemy, which begin by themselves."""

    @pytest.fixture(params=["sqlite", "postgresql"])
    def engine(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
        url = f"sqlite:///{migrated(tmp_path)}" if request.param == "sqlite" else driver_url(postgres.emptied())
        made = sa.create_engine(url)
        yield made
        made.dispose()

    def test_a_connection(self, engine: sa.Engine) -> None:
        """K4: commands are in the transaction of a connection, which begins with them."""
        with engine.connect() as connection:
            furnish(SqlOrderStore.within(connection))
            connection.commit()
            commit(SqlOrderStore.within(connection), Story.begins("o1", number=1).changes())
            connection.rollback()
            with connection.begin():
                commit(SqlOrderStore.within(connection), Story.begins("o2", number=1).changes())
        with engine.connect() as connection:
            store = SqlOrderStore.within(connection)
            assert (order(store, "o1"), order(store, "o2") is not None) == (None, True)

    def test_the_relay_is_woken_after_the_commit(self, engine: sa.Engine) -> None:
        """N1: once for each transaction that wrote something for the outside, and not before it is committed."""
        woken: list[str] = []
        with Session(engine) as session:
            store = SqlOrderStore.within(session, after_commit=lambda: woken.append("!"))
            furnish(store)
            session.commit()
            with session.begin_nested():
                commit(store, Story.begins("o1", number=1).changes(outbox=[letter("n1"), letter("n2", key="2")]))
                commit(store, Story.begins("o2", number=2).changes(outbox=[letter("n3", key="3")]))
            commit(store, Story.begins("o3", number=3).changes())
            assert woken == []
            session.commit()
            assert woken == ["!"]

            commit(store, Story.begins("o4", number=4).changes(outbox=[letter("n4", key="4")]))
            session.rollback()
            commit(store, Story.begins("o5", number=4).changes())
            session.commit()
            assert woken == ["!"]

            commit(store, Story.begins("o6", number=5).changes(outbox=[letter("n5", key="5")]))
            session.commit()
        assert woken == ["!", "!"]

    def test_only_sessions_say_when(self, engine: sa.Engine) -> None:
        """A connection does not say when it has committed: the host is told to call the relay itself."""
        with engine.connect() as connection, pytest.raises(InvalidInput):
            SqlOrderStore.within(connection, after_commit=print)


class TestTheService:
    """The whole service on a transaction of the host."""

    def test_blocking(self, connection: Connection) -> None:
        """K4, O5: an order goes with the host's rollback, and its number is free again."""
        school = School(store=SqlOrderStore.within(connection))
        school.sells()
        connection.commit()
        school.opens()
        connection.rollback()
        made = school.opens()
        school.pays(made)
        connection.commit()

        assert school.order(made).number == 1
        assert school.access().open

    def test_awaited_and_cancelled(self, tmp_path: Path) -> None:
        """K4: a command that is cancelled is whole or not at all, and the host's transaction goes on."""
        school = School()
        school.sells()

        async def run() -> list[bool]:
            async with aiosqlite.connect(migrated(tmp_path)) as connection:
                store = AsyncSqlOrderStore.within(connection)
                await store.save_project(school.project)
                orders = attrs.evolve(school.awaited(), store=store)
                item = ItemAsked(product="python", price=Decimal(10))
                await orders.execute(
                    CreateOffer(code="basic", title="Basic", state=OfferState.PUBLISHED, items=(item,))
                )
                await orders.execute(SaveContact(id="olena"))
                made: list[bool] = []
                for turns in (1, 2, 5, 10, 20, 40, 80):
                    task = asyncio.create_task(orders.execute(OpenOffer(offer="basic", contact="olena")))
                    for _ in range(turns):
                        await asyncio.sleep(0)
                    task.cancel()
                    (done,) = await asyncio.gather(task, return_exceptions=True)
                    async with store.transaction(school.project.id, writes=False) as records:
                        made.append(await records.next_number("order") > 1 + sum(made))
                    assert made[-1] or isinstance(done, asyncio.CancelledError)
                await orders.execute(OpenOffer(offer="basic", contact="olena"))
                await connection.commit()
                return made

        assert False in asyncio.run(run())


class TestMigrations:
    """Tables within the host's own migrations."""

    @pytest.fixture(params=["sqlite", "postgresql"])
    def url(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
        if request.param == "sqlite":
            yield f"sqlite:///{tmp_path}/new.db"
            return
        with postgres.new_database() as new:
            yield new

    def connect(self, url: str) -> Connection:
        return sqlite3.connect(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else psycopg.connect(url)

    def test_on_a_connection_of_the_host(self, url: str, tmp_path: Path) -> None:
        """A migration is rolled back with the host's transaction, and else the same as one by the URL."""
        with closing(self.connect(url)) as connection:
            assert migrate(connection) is None
            connection.rollback()
            assert migrate(connection) is None
            connection.commit()
            assert migrate(connection) == NEWEST
            connection.rollback()
        by_connection = shape(url)
        assert migrate(url) == NEWEST
        assert shape(url) == by_connection

    def test_as_sql(self, url: str) -> None:
        """The statements make what a migration makes, and say so."""
        with closing(self.connect(url)) as connection:
            for statement in sql_of_migrations("sqlite" if url.startswith("sqlite") else "postgresql"):
                connection.execute(statement)
            connection.commit()
            assert migrate(connection) == NEWEST
            furnish(SqlOrderStore.within(connection))
            connection.rollback()
        as_sql = shape(url)
        if url.startswith("sqlite"):
            other = url.replace("new.db", "other.db")
            migrate(other)
            assert shape(other) == as_sql
        else:
            with postgres.new_database() as other:
                migrate(other)
                assert shape(other) == as_sql

"""The SQL store on a real PostgreSQL: many at a time, and what goes wrong outside."""

import asyncio
import logging
import select
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from typing import Any, Self

import attrs
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event, make_url

from kwiga_orders.adapters.sql import AsyncSqlOrderStore, PostgresSettings, SqliteSettings, SqlOrderStore
from kwiga_orders.adapters.sql.engines import engine_for
from kwiga_orders.adapters.sql.failures import failure
from kwiga_orders.adapters.sql.pipelines import CompiledStatement, send_pipelined
from kwiga_orders.changes import Changes, OutboxRow
from kwiga_orders.errors import AdapterFailed, Conflict, InvalidInput, KwigaOrdersError
from kwiga_orders.listing import OrderSearch
from kwiga_orders.orders.commands import AddTask, CreateOrder, LineAsked
from kwiga_orders.testing.order_histories import Story, letter, offer_of
from kwiga_orders.testing.school import RecordingNotifier, School
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, found, furnish, hand_on, read
from tests import postgres

AT_ONCE = PostgresSettings(lock_timeout=timedelta(milliseconds=1), connections=2)


@pytest.fixture
def url() -> str:
    return postgres.emptied()


@pytest.fixture
def store(url: str) -> Iterator[SqlOrderStore]:
    with SqlOrderStore(engine_for(url, AT_ONCE)) as opened:
        furnish(opened)
        yield opened


def ended(url: str) -> None:
    """End every connection to a database but this one, as a server that is restarted does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def assert_failed(problem: KwigaOrdersError, code: str) -> None:
    assert problem.code == code
    assert problem.__cause__ is not None
    assert "SELECT" not in str(problem)


def wait_for_answer(driver: Any) -> None:
    """Wait until the server has answered something."""
    select.select([driver.pgconn.socket], [], [], 10)


class TestPipelines:
    """Several statements in one message (decision 0038)."""

    def test_a_failure_while_statements_are_sent_is_told_once(self, url: str, caplog: pytest.LogCaptureFixture) -> None:
        """The first has failed before the last is sent: it is raised, nothing is logged, the connection is usable."""
        with psycopg.connect(url) as driver:

            def bind(_: object) -> tuple[()]:
                wait_for_answer(driver)
                return ()

            fails = CompiledStatement("SELECT nothing", lambda _: (), ("nothing",))
            comes_later = CompiledStatement("SELECT 1", bind, ("one",))
            with pytest.raises(psycopg.errors.UndefinedColumn):
                send_pipelined(driver, [(fails, ({},)), (comes_later, ({},)), (comes_later, ({},))])
            driver.rollback()
            reads = CompiledStatement("SELECT 1", lambda _: (), ("one",))
            assert send_pipelined(driver, [(reads, ({},))])[0].rows == [{"one": 1}]
        assert not caplog.records


class TestOpening:
    """URLs and tables."""

    @pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
    def test_every_way_to_write_the_url(self, url: str, scheme: str) -> None:
        """Whichever name of the driver a host's URL has, it is opened by the one that is used."""
        with SqlOrderStore.from_url(url.replace("postgresql", scheme, 1)) as store:
            furnish(store)
            assert read(store, lambda records: records.get_project()) == SCHOOL

    def test_settings_of_the_other_kind(self, url: str) -> None:
        """What is said for SQLite is not taken for PostgreSQL, nor the other way round."""
        for wrong, settings in ((url, SqliteSettings()), ("sqlite:///school.db", PostgresSettings())):
            with pytest.raises(InvalidInput) as problem:
                SqlOrderStore.from_url(wrong, settings)
            assert problem.value.faults[0].path == "settings"

    def test_tables_that_are_missing(self) -> None:
        """`store.not_migrated`: a host that makes its tables itself forgot to."""
        with postgres.new_database() as empty, SqlOrderStore(engine_for(empty)) as store:
            with pytest.raises(AdapterFailed) as problem:
                store.save_project(SCHOOL)

            assert_failed(problem.value, "store.not_migrated")

    def test_no_text_is_sorted_by_the_rules_of_a_language(self, url: str) -> None:
        """Lists and ranges are the same whatever language the database was set up for, as they are on SQLite."""
        with psycopg.connect(url) as connection:
            (rows,) = connection.execute(
                "SELECT array_agg(DISTINCT collation_name::text) FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name LIKE 'kwiga%' AND data_type = 'text'"
            )

        assert rows == (["C"],)


class TestSearch:
    """V3, with trigrams and without."""

    def test_a_part_of_a_name_is_found_by_the_index(self, url: str, store: SqlOrderStore) -> None:
        """A name is found without reading every contact."""
        with psycopg.connect(url) as connection, connection.transaction(force_rollback=True):
            connection.execute("SET LOCAL enable_seqscan = off")
            # nor by the whole of another index, which the planner may prefer for a table that is nearly empty
            connection.execute("ALTER TABLE kwiga_contacts DROP CONSTRAINT pk_kwiga_contacts CASCADE")
            connection.execute("DROP INDEX ix_kwiga_contacts_project_name_id, ix_kwiga_contacts_project_phone")
            plan = connection.execute("EXPLAIN SELECT id FROM kwiga_contacts WHERE name LIKE '%кова%'").fetchall()

        assert "ix_kwiga_contacts_text" in str(plan)

    def test_letters_that_the_database_does_not_know(self) -> None:
        """On a database that knows no letters but Latin ones, Cyrillic is found all the same, in any case."""
        with (
            postgres.new_database("TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C' ENCODING 'UTF8'") as latin,
            SqlOrderStore.from_url(latin) as store,
        ):
            furnish(store)
            commit(store, Story.begins("o1", number=1).changes())
            assert found(store, OrderSearch(text="КОВАЛЬ")) == ["o1"]
            assert found(store, OrderSearch(text="вал")) == ["o1"]
            assert found(store, OrderSearch(text="рак")) == []

    def test_without_trigrams(self, caplog: pytest.LogCaptureFixture) -> None:
        """Where the extension cannot be made, searches give the same answers, and one hint is logged."""
        with postgres.new_database() as plain:
            with psycopg.connect(plain) as connection:
                connection.execute("CREATE ROLE kwiga_guest LOGIN")
                connection.execute("GRANT CREATE, USAGE ON SCHEMA public TO kwiga_guest")
            try:
                guest = as_role(plain, "kwiga_guest")
                with caplog.at_level(logging.WARNING, "kwiga_orders"):
                    for _ in range(2):
                        SqlOrderStore.from_url(guest).close()
                with SqlOrderStore.from_url(guest) as store:
                    furnish(store)
                    commit(store, Story.begins("o1", number=1).changes())
                    assert found(store, OrderSearch(text="КОВАЛЬ")) == ["o1"]
            finally:
                with psycopg.connect(plain) as connection:
                    connection.execute("DROP OWNED BY kwiga_guest CASCADE; DROP ROLE kwiga_guest")

        assert [one.message for one in caplog.records if "pg_trgm" in one.message] == [caplog.records[0].message]


def as_role(url: str, role: str) -> str:
    """Give the URL with which a role connects that needs no password."""
    return make_url(url).set(username=role, password=None).render_as_string(hide_password=False)


class TestFailures:
    """What breaks outside is named, and its cause is kept."""

    def test_locked(self, store: SqlOrderStore) -> None:
        """`store.locked`: another writer of the project took longer than the timeout; reading still works."""
        store.save_project(attrs.evolve(SCHOOL, id="other"))
        with store.transaction(SCHOOL.id, writes=True, alone=True) as first:
            first.get_project()
            with pytest.raises(AdapterFailed) as problem:
                commit(store, Story.begins("o1", number=1).changes())
            assert read(store, lambda records: records.get_project()) == SCHOOL
            with store.transaction("other", writes=True, alone=True) as other:
                other.get_project()

        assert_failed(problem.value, "store.locked")
        commit(store, Story.begins("o1", number=1).changes())

    def test_handing_on_never_waits(self, store: SqlOrderStore) -> None:
        """N1: rows are handed on while somebody else takes their time to write."""
        commit(store, Story.begins("o1", number=1).changes(outbox=[letter("n1")]))

        with store.transaction(SCHOOL.id, writes=True) as transaction:
            transaction.get_project()
            hand_on(store, "n1")
            transaction.commit(Changes(offers=(offer_of("basic"),)))

        assert not store.pending(SCHOOL.id, limit=1)

    def test_a_writer_that_freezes(self, url: str, store: SqlOrderStore) -> None:
        """A process stands still with the whole project locked: after its idle time the server lets the others on."""
        settings = PostgresSettings(idle_timeout=timedelta(seconds=0.5))
        with (
            SqlOrderStore.from_url(url, settings) as frozen,
            SqlOrderStore.from_url(url) as others,
            frozen.transaction(SCHOOL.id, writes=True, alone=True) as writer,
        ):
            writer.get_project()
            commit(others, Story.begins("o1", number=1).changes())
            with pytest.raises(AdapterFailed) as problem:
                writer.commit(Story.begins("o2", number=2).changes())

        assert problem.value.code in ("store.lost", "store.timed_out")
        assert found(store, OrderSearch()) == ["o1"]

    def test_lost_while_it_hands_on(self, url: str) -> None:
        """N1: the server is restarted after 39 of 40 rows: each was marked by itself, and none comes twice."""
        handed: Counter[str] = Counter()

        class Restarted(RecordingNotifier):
            def notify(self, project: str, row: OutboxRow, /) -> None:
                handed[row.id] += 1
                if len(handed) == 39:
                    ended(url)

        with SqlOrderStore.from_url(url) as store:
            school = School(store=store)
            school.teaches()
            for _ in range(40):
                line = LineAsked(product="python", price=Decimal(1))
                school.orders.execute(CreateOrder(contact="olena", lines=(line,)))
            for _ in range(3):
                school.orders.relay_once(Restarted(), limit=100)

        assert (len(handed), set(handed.values())) == (40, {1})

    def test_connections_in_use(self, store: SqlOrderStore) -> None:
        """`store.locked`: every connection of the process is in use for longer than the timeout."""
        with ExitStack() as readers:
            for _ in range(4):
                readers.enter_context(store.transaction(SCHOOL.id, writes=False)).get_project()

            with pytest.raises(AdapterFailed) as problem:
                read(store, lambda records: records.get_project())

        assert_failed(problem.value, "store.locked")

    def test_no_such_server(self) -> None:
        """`store.unreachable`: nobody answers."""
        with pytest.raises(AdapterFailed) as problem:
            SqlOrderStore.from_url("postgresql://127.0.0.1:1/school?connect_timeout=2")

        assert_failed(problem.value, "store.unreachable")

    def test_lost_while_it_lay_idle(self, url: str, store: SqlOrderStore) -> None:
        """A server that was restarted since the last command is not noticed."""
        ended(url)

        commit(store, Story.begins("o1", number=1).changes())

        assert found(store, OrderSearch()) == ["o1"]

    def test_lost_in_the_middle(self, url: str, store: SqlOrderStore) -> None:
        """`store.lost`: what asked is told, and the next transaction works."""
        with store.transaction(SCHOOL.id, writes=True) as transaction:
            transaction.get_project()
            ended(url)
            for _ in range(2):
                with pytest.raises(AdapterFailed) as problem:
                    transaction.find_order("o1")
                assert_failed(problem.value, "store.lost")
                assert problem.value.details == {}

        assert found(store, OrderSearch()) == []

    def test_lost_in_the_middle_of_the_commit(self, url: str, store: SqlOrderStore) -> None:
        """`store.lost`: the server ended it before it read the commit; `test_cuts` has what is not known."""
        with store.transaction(SCHOOL.id, writes=True) as transaction:
            transaction.get_project()
            ended(url)
            with pytest.raises(AdapterFailed) as problem:
                transaction.commit(Story.begins("o1", number=1).changes())

        assert_failed(problem.value, "store.lost")
        assert found(store, OrderSearch()) == []

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            (psycopg.errors.SerializationFailure, Conflict("order.conflict")),
            (psycopg.errors.DeadlockDetected, Conflict("order.conflict")),
            (psycopg.errors.DiskFull, AdapterFailed("store.full")),
            (psycopg.errors.LockNotAvailable, AdapterFailed("store.locked")),
            (psycopg.errors.TooManyConnections, AdapterFailed("store.overloaded")),
        ],
    )
    def test_what_cannot_be_provoked(self, kind: type[psycopg.Error], expected: KwigaOrdersError) -> None:
        """Disks that are full, and transactions that the server could not put in order: the latter may be retried."""
        assert failure(kind()) == expected

    def test_awaited_failures(self, url: str) -> None:
        """The awaited store names them alike, and does not notice a restart either."""

        async def locked() -> KwigaOrdersError:
            async with await AsyncSqlOrderStore.from_url(url, AT_ONCE) as store:
                await store.save_project(SCHOOL)
                ended(url)
                async with store.transaction(SCHOOL.id, writes=True, alone=True) as first:
                    await first.get_project()
                    with pytest.raises(AdapterFailed) as problem:
                        async with store.transaction(SCHOOL.id, writes=True, alone=True) as second:
                            await second.get_project()
                    return problem.value

        async def unreachable() -> KwigaOrdersError:
            with pytest.raises(AdapterFailed) as problem:
                await AsyncSqlOrderStore.from_url("postgresql://127.0.0.1:1/school?connect_timeout=2")
            return problem.value

        assert_failed(asyncio.run(locked()), "store.locked")
        assert_failed(asyncio.run(unreachable()), "store.unreachable")


class TestMessages:
    """Decision 0035: a server is told much at once, and plans once what it is asked often."""

    def test_what_is_asked_often_is_planned_once(self, url: str) -> None:
        """Looks do not make the driver forget what it prepared: the server plans it once for all values."""
        engine = engine_for(url)
        connections: list[psycopg.Connection[Any]] = []
        event.listen(engine, "connect", lambda connection, _: connections.append(connection))
        with SqlOrderStore(engine) as store:
            furnish(store)
            commit(store, Story.begins("o1", number=1).changes())
            for _ in range(20):
                assert read(store, lambda records: records.cards(OrderSearch(funnel=("default",)))).cards
            (connection,) = connections
            planned = connection.execute(
                "SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE '%LIMIT%'"
            ).fetchall()

        assert len(planned) == 1
        assert planned[0][0] > 0

    def test_two_messages_a_change(self, url: str) -> None:
        """What begins a transaction goes with the first question, and COMMIT with what is written."""
        engine = engine_for(url)
        sent = messages_of(engine)
        with SqlOrderStore(engine) as store:
            furnish(store)
            story = Story.begins("o1", number=1)
            commit(store, story.changes())
            sent.clear()
            with store.transaction(SCHOOL.id, writes=True) as transaction:
                transaction.find_order("o1")
                transaction.commit(story.pays().changes())

        assert sent == ["pipeline", "pipeline"]

    def test_two_messages_a_command(self, url: str) -> None:
        """The project, its last number and its funnels come with what a command is about."""
        engine = engine_for(url)
        sent = messages_of(engine)
        with SqlOrderStore(engine) as store:
            school = School(store=store)
            school.teaches("hello")
            sent.clear()
            line = LineAsked(product="python", price=Decimal(7))
            made = school.orders.execute(CreateOrder(contact="olena", lines=(line,)))
            school.orders.execute(AddTask(order=str(made.order), title="Call"))

        assert sent == ["pipeline"] * 4


def messages_of(engine: sa.Engine) -> list[str]:
    """Note each time that connections of an engine wait for their server."""
    sent: list[str] = []

    class Alone(psycopg.Cursor[Any]):
        def execute(self, *args: Any, **named: Any) -> Self:
            if self.connection.info.pipeline_status is psycopg.pq.PipelineStatus.OFF:
                sent.append("alone")
            return super().execute(*args, **named)

    class Noting(psycopg.Connection[Any]):
        def pipeline(self) -> Any:
            sent.append("pipeline")
            return super().pipeline()

    @event.listens_for(engine, "do_connect")
    def connect(_: object, __: object, positional: list[Any], named: dict[str, Any]) -> object:
        return Noting.connect(*positional, cursor_factory=Alone, **named)

    return sent


class TestOneMoment:
    """Conditions of the store that only many at a time can break."""

    def test_writers_of_a_project_go_side_by_side(self, store: SqlOrderStore) -> None:
        """OrderStore 3: while one decides others commit; it sees one moment, and its change stands if it may."""
        first, second = Story.begins("o1", number=1), Story.begins("o2", number=2, contact="taras")
        commit(store, first.changes(), second.changes())

        with store.transaction(SCHOOL.id, writes=True) as transaction:
            assert transaction.find_order("o1") == first.order
            commit(store, second.pays().changes())
            assert transaction.find_order("o2") == second.order
            with pytest.raises(Conflict):
                # it rests on the other order, too
                transaction.commit(first.pays().changes())
        with store.transaction(SCHOOL.id, writes=True) as transaction:
            transaction.find_order("o1")
            commit(store, second.pays().moves("paid").changes())
            transaction.commit(first.pays().changes())

        assert read(store, lambda records: records.find_order("o1")) == first.pays().order

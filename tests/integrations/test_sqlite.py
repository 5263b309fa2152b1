"""The SQL store on real files of SQLite: plans, processes, crashes, and what goes wrong outside."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy import event

from kwiga_orders.adapters.sql import AsyncSqlOrderStore, SqliteSettings, SqlOrderStore, lists
from kwiga_orders.adapters.sql.engines import engine_for
from kwiga_orders.changes import Changes
from kwiga_orders.errors import AdapterFailed, Corrupt, InvalidInput, KwigaOrdersError
from kwiga_orders.listing import OrderSearch
from kwiga_orders.ports import Transaction
from kwiga_orders.testing.order_histories import START, Story, letter, offer_of
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, found, furnish, hand_on, read

AT_ONCE = SqliteSettings(busy_timeout=timedelta(), synchronous="NORMAL")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/school.db"


@pytest.fixture
def store(url: str) -> Iterator[SqlOrderStore]:
    with SqlOrderStore.from_url(url, AT_ONCE) as opened:
        furnish(opened)
        yield opened


class Watched:
    """A store whose statements are kept, to be explained."""

    def __init__(self, url: str) -> None:
        self._said: list[str] = []
        engine = engine_for(url, AT_ONCE)
        event.listen(engine, "connect", lambda driver, _: driver.set_trace_callback(self._said.append))
        self.store = SqlOrderStore(engine)
        self.store.create_tables()
        furnish(self.store)

    def plans(self, ask: Callable[[Transaction], object], *, file: Path) -> list[str]:
        """Give, for each statement that a look takes, how the database finds its rows."""
        self._said.clear()
        read(self.store, ask)
        with sqlite3.connect(file) as connection:
            told = [
                row[3]
                for statement in self._said
                if statement.startswith("SELECT")
                for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")
            ]
        connection.close()
        return told


LOOKS: dict[str, Callable[[Transaction], object]] = {
    "order": lambda records: records.find_order("o1"),
    "contact": lambda records: records.find_contact("olena"),
    "offer": lambda records: records.find_offer("basic"),
    "funnel": lambda records: records.find_funnel("default"),
    "funnels": lambda records: records.all_funnels(),
    "key": lambda records: records.find_repeated("k"),
    "history": lambda records: records.history_of("o1"),
    "grants": lambda records: records.orders_of("olena", product="python"),
    "contact's orders": lambda records: records.orders_of("olena"),
    "contact's orders of an offer": lambda records: records.orders_of("olena", offer="basic"),
    "offer's orders": lambda records: records.orders_from("basic"),
    "funnel's orders": lambda records: records.orders_in("default"),
    "status's orders": lambda records: records.orders_in("default", status="new"),
    "what is due": lambda records: records.due_orders(START, limit=9),
    "what a gateway knows more of": lambda records: records.unsettled_orders("stripe", after="", limit=9),
    "offers naming": lambda records: records.offers_naming("default"),
    "order number": lambda records: records.next_number("order"),
    "certificate number": lambda records: records.next_number("certificate"),
    "letters": lambda records: records.letters_sent("olena"),
    "counts": lambda records: records.count_by_status(OrderSearch(funnel=("default",))),
    "filtered counts": lambda records: records.count_by_status(OrderSearch(manager=("ira",))),
    "board": lambda records: records.cards_by_status(OrderSearch(funnel=("default",), status=("new", "paid"))),
    "board of a manager": lambda records: records.cards_by_status(
        OrderSearch(manager=("ira",), status=("new", "paid"))
    ),
    "tracks": lambda records: records.tracks(OrderSearch(created_from=START)),
    "by phone": lambda records: records.search(OrderSearch(text="067 123-45-67")),
    "by a part of a name": lambda records: records.search(OrderSearch(text="ова")),
    "by tag": lambda records: records.search(OrderSearch(tag=("hot",))),
    "by product": lambda records: records.search(OrderSearch(product=("python",))),
    "by due date": lambda records: records.search(OrderSearch(due_until=START)),
}

LIMITED = ("first_keys", "column_0", "column_1")


class TestPlans:
    """Nothing that is asked often reads more rows than it answers with."""

    @pytest.mark.parametrize("name", LOOKS)
    def test_every_look_uses_an_index(self, url: str, file: Path, name: str) -> None:
        """No table is scanned: the time to answer does not grow with the number of orders."""
        watched = Watched(url)

        plans = watched.plans(LOOKS[name], file=file)

        watched.store.close()
        assert plans
        # the index of trigrams is a table, too, as SQLite sees it; and so is what is read or counted up to a limit
        scans = [plan for plan in plans if plan.startswith("SCAN") and plan.split()[1] not in LIMITED]
        assert [plan for plan in scans if "VIRTUAL TABLE INDEX 0:M" not in plan] == []

    def test_grants_are_found_by_contact_and_product(self, url: str, file: Path) -> None:
        """Whether a product is open to a contact is answered from the orders that give it, and no others."""
        watched = Watched(url)

        plans = watched.plans(LOOKS["grants"], file=file)

        watched.store.close()
        assert any("kwiga_order_products" in one and "project=? AND contact=? AND product=?" in one for one in plans)
        assert any("kwiga_orders USING INDEX" in one and "project=? AND id=?" in one for one in plans)

    @pytest.mark.parametrize("name", ["by phone", "by a part of a name", "by tag", "by product", "by due date"])
    def test_the_few_are_found_by_what_hangs_on_them(self, url: str, file: Path, name: str) -> None:
        """V1, V3: a list of few orders is not looked for among all orders of the project, nor among all its people."""
        watched = Watched(url)

        plans = watched.plans(LOOKS[name], file=file)

        watched.store.close()
        of_all = [plan for plan in plans if plan.endswith("(project=?)") and "kwiga_projects" not in plan]
        assert of_all == []

    @pytest.mark.parametrize("name", ["by phone", "by a part of a name", "by tag", "by product", "by due date"])
    def test_the_many_are_come_upon_in_order(
        self, url: str, file: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        """V1, V3: of a list of many orders a page is read in order, until it is full; each is held against the rest."""
        watched = Watched(url)
        monkeypatch.setattr(lists, "FEW", 0)

        plans = watched.plans(LOOKS[name], file=file)

        watched.store.close()
        assert [plan for plan in plans if "TEMP B-TREE" in plan] == []

    def test_unpaid_orders_of_a_manager_are_found_by_manager(self, url: str, file: Path) -> None:
        """V1: of two indexes that look alike, the one of fewer orders, whichever was made first."""
        watched = Watched(url)
        unpaid = OrderSearch(manager=("ira",), payment_status=("unpaid",))

        plans = watched.plans(lambda records: records.cards(unpaid), file=file)

        watched.store.close()
        assert any("kwiga_orders USING INDEX" in one and "project=? AND manager=?" in one for one in plans)

    def test_orders_of_a_contact_are_found_by_contact(self, url: str, file: Path) -> None:
        """Also those of one offer: a contact has few orders, an offer has many."""
        watched = Watched(url)

        plans = watched.plans(LOOKS["contact's orders of an offer"], file=file)

        watched.store.close()
        assert any("kwiga_orders USING INDEX" in one and "project=? AND contact=?" in one for one in plans)

    @pytest.mark.parametrize("sort", ["created", "updated", "number", "total", "due"])
    @pytest.mark.parametrize("descending", [False, True])
    def test_pages_are_read_in_order(self, url: str, file: Path, sort: str, descending: bool) -> None:
        """V1: a page is the next few rows of an index; nothing is sorted, at the start or in the middle."""
        watched = Watched(url)
        for n in range(1, 4):
            commit(watched.store, Story.begins(f"o{n}", number=n).changes())
        first = OrderSearch(sort=sort, descending=descending, limit=1)  # type: ignore[arg-type]
        after = read(watched.store, lambda records: records.search(first)).next
        second = OrderSearch(sort=sort, descending=descending, limit=1, after=after)  # type: ignore[arg-type]

        for search in (first, second):
            plans = watched.plans(lambda records, of=search: records.search(of), file=file)  # type: ignore[misc]
            assert [plan for plan in plans if "SCAN" in plan or "TEMP B-TREE" in plan] == []
        watched.store.close()

    def test_cards_of_a_column_are_read_in_order(self, url: str, file: Path) -> None:
        """V2: the first cards of a status are the first rows of an index."""
        watched = Watched(url)
        column = OrderSearch(funnel=("default",), status=("new",), limit=20)

        plans = watched.plans(lambda records: records.search(column), file=file)

        watched.store.close()
        assert [plan for plan in plans if "SCAN" in plan or "TEMP B-TREE" in plan] == []


WRITER = """
    import sys
    from kwiga_orders.adapters.sql import SqlOrderStore, SqliteSettings
    from kwiga_orders.errors import Conflict
    from kwiga_orders.testing.stores import one_more_task

    url, times = sys.argv[1], int(sys.argv[2])
    with SqlOrderStore.from_url(url, SqliteSettings(synchronous="NORMAL")) as store:
        for _ in range(times):
            with store.transaction("school", writes=True, alone=True) as transaction:
                transaction.commit(one_more_task(transaction.find_order("o1")))
"""
OPENER = """
    import sys
    from kwiga_orders.adapters.sql import SqlOrderStore
    from kwiga_orders.project import Project

    with SqlOrderStore.from_url(sys.argv[1]) as store:
        store.save_project(Project(id="school", timezone="Europe/Kyiv", currency="UAH"))
"""
KILLED = """
    import os, signal, sys
    from sqlalchemy import event
    from kwiga_orders.adapters.sql import SqlOrderStore
    from kwiga_orders.adapters.sql.engines import engine_for
    from kwiga_orders.testing.store_fixtures import commit
    from kwiga_orders.testing.order_histories import Story, letter

    engine = engine_for(sys.argv[1])
    store = SqlOrderStore(engine)
    story = Story.begins("o1", number=1)
    commit(store, story.changes(outbox=[letter("n1")]))

    said = []

    def kill(statement):
        said.append(statement)
        # one without a change before it ends reading
        if statement == "COMMIT" and any(one.startswith(("INSERT", "UPDATE")) for one in said):
            os.kill(os.getpid(), signal.SIGKILL)

    store.close()
    event.listen(engine, "connect", lambda connection, _: connection.set_trace_callback(kill))
    commit(store, story.pays().changes(outbox=[letter("n2")]))
"""


def started(script: str, *values: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", dedent(script), *values]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class TestProcesses:
    """Several processes on one file."""

    def test_no_update_is_lost(self, url: str, store: SqlOrderStore) -> None:
        """OrderStore.transaction: three processes, each alone when it writes: none of their changes is a conflict."""
        commit(store, Story.begins("o1", number=1).changes())

        writers = [started(WRITER, url, "20") for _ in range(3)]

        told = [writer.communicate()[0] for writer in writers]
        assert [writer.returncode for writer in writers] == [0, 0, 0], told
        order = read(store, lambda records: records.find_order("o1"))
        assert order is not None
        assert (order.version, len(order.tasks)) == (61, 60)

    def test_a_new_file_is_opened_by_several_at_once(self, url: str) -> None:
        """Whoever comes first makes the tables; the others wait and use them."""
        openers = [started(OPENER, url) for _ in range(4)]

        told = [opener.communicate()[0] for opener in openers]
        assert [opener.returncode for opener in openers] == [0, 0, 0, 0], told
        with SqlOrderStore.from_url(url) as store:
            assert len(read(store, lambda records: records.all_funnels())) == 1

    def test_killed_before_the_commit(self, url: str, store: SqlOrderStore) -> None:
        """K4: of a command whose process is killed at the last moment nothing is there; the one before is whole."""
        process = started(KILLED, url)
        told, _ = process.communicate()

        assert process.returncode == -9, told
        story = Story.begins("o1", number=1)
        assert read(store, lambda records: records.find_order("o1")) == story.order
        assert tuple(read(store, lambda records: records.history_of("o1"))) == story.history
        assert store.pending(SCHOOL.id, limit=9) == [letter("n1")]
        commit(store, story.pays().changes())


class TestFiles:
    """What is on the disk."""

    def test_everything_is_there_after_reopening(self, url: str, store: SqlOrderStore) -> None:
        """OrderStore 2: another store over the same file sees what was written."""
        story = Story.begins("o1", number=1).pays()
        commit(store, story.changes(since=0, outbox=[letter("n1")]))

        with SqlOrderStore.from_url(url) as other:
            assert read(other, lambda records: records.find_order("o1")) == story.order
            assert other.pending(SCHOOL.id, limit=1) == [letter("n1")]

    def test_mode(self, url: str, file: Path, store: SqlOrderStore) -> None:
        """Looking never waits for writing: the file is in write-ahead mode; and links lead to orders that are there."""
        with sqlite3.connect(file) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.close()

    @pytest.mark.parametrize(
        "url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/school", "school.db", "", "://"]
    )
    def test_what_is_not_a_file(self, url: str) -> None:
        """A database that cannot be shared between connections, or of another kind, is not opened."""
        with pytest.raises(InvalidInput) as problem:
            SqlOrderStore.from_url(url)

        assert problem.value.faults[0].path == "url"


class TestFailures:
    """What breaks outside is named, and its cause is kept."""

    def test_locked(self, store: SqlOrderStore) -> None:
        """`store.locked`: another writer took longer than the timeout; reading still works."""
        with store.transaction(SCHOOL.id, writes=True, alone=True) as first:
            first.get_project()
            for alone in (True, False):
                with pytest.raises(AdapterFailed) as problem:
                    self._write(store, alone=alone)
                assert_failed(problem.value, "store.locked")
            assert read(store, lambda records: records.get_project()) == SCHOOL

    def _write(self, store: SqlOrderStore, *, alone: bool) -> None:
        with store.transaction(SCHOOL.id, writes=True, alone=alone) as transaction:
            transaction.commit(Changes(offers=(offer_of("basic"),)))

    def test_who_decides_holds_up_nobody(self, store: SqlOrderStore) -> None:
        """Only the last statements of a change lock the file: whoever hangs while they decide keeps nobody waiting."""
        with store.transaction(SCHOOL.id, writes=True) as first:
            first.get_project()
            commit(store, Story.begins("o1", number=1).changes())

        assert found(store, OrderSearch()) == ["o1"]

    def test_locked_by_another_program(self, file: Path, store: SqlOrderStore) -> None:
        """`store.locked`: the same, when nobody of ours is to blame; and for every way to write."""
        blocker = sqlite3.connect(file, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        attempts: tuple[Callable[[], None], ...] = (
            lambda: store.save_project(SCHOOL),
            lambda: hand_on(store, "n1"),
            store.create_tables,
        )
        for attempt in attempts:
            with pytest.raises(AdapterFailed) as problem:
                attempt()
            assert_failed(problem.value, "store.locked")
        blocker.close()

        store.save_project(SCHOOL)

    def test_full(self, url: str) -> None:
        """`store.full`: there is no room; nothing of the change is written, and what was there can be read."""
        engine = engine_for(url, AT_ONCE)
        store = SqlOrderStore(engine)
        store.create_tables()
        furnish(store)
        first = Story.begins("o1", number=1)
        commit(store, first.changes())

        store.close()

        @event.listens_for(engine, "connect")
        def no_room(connection: sqlite3.Connection, _: object) -> None:
            connection.execute("PRAGMA max_page_count = 1")

        with pytest.raises(AdapterFailed) as problem:
            commit(store, Story.begins("o2", number=2).notes(comment="long " * 10_000).changes(since=0))

        assert_failed(problem.value, "store.full")
        assert found(store, OrderSearch()) == ["o1"]
        store.close()

    def test_no_such_folder(self, tmp_path: Path) -> None:
        """`store.not_opened`: the file can be neither opened nor made."""
        with pytest.raises(AdapterFailed) as problem:
            SqlOrderStore.from_url(f"sqlite:///{tmp_path}/nowhere/school.db", AT_ONCE)

        assert_failed(problem.value, "store.not_opened")

    def test_not_a_database(self, url: str, file: Path) -> None:
        """`store.not_a_database`: the file is something else; it is left alone."""
        file.write_text("Dear diary, " * 100, encoding="utf-8")

        with pytest.raises(AdapterFailed) as problem:
            SqlOrderStore.from_url(url, AT_ONCE)

        assert_failed(problem.value, "store.not_a_database")
        assert file.read_text(encoding="utf-8").startswith("Dear diary")

    def test_connection_lost(self, url: str) -> None:
        """`store.lost`: the connection goes away in the middle of a transaction; a new one works."""
        engine = engine_for(url, AT_ONCE)
        store = SqlOrderStore(engine)
        store.create_tables()
        furnish(store)
        connections: list[sqlite3.Connection] = []
        store.close()
        event.listen(engine, "connect", lambda connection, _: connections.append(connection))

        with store.transaction(SCHOOL.id, writes=False) as transaction:
            transaction.get_project()
            connections[-1].close()
            with pytest.raises(AdapterFailed) as problem:
                transaction.find_order("o1")

        assert_failed(problem.value, "store.lost")
        engine.dispose()
        commit(store, Story.begins("o1", number=1).changes())
        store.close()

    def test_awaited_failures(self, url: str, tmp_path: Path) -> None:
        """The awaited store names them alike."""

        async def locked() -> KwigaOrdersError:
            async with await AsyncSqlOrderStore.from_url(url, AT_ONCE) as store:
                await store.save_project(SCHOOL)
                async with store.transaction(SCHOOL.id, writes=True, alone=True) as transaction:
                    await transaction.get_project()
                    with pytest.raises(AdapterFailed) as problem:
                        await store.save_project(SCHOOL)
                    return problem.value

        async def unreachable() -> KwigaOrdersError:
            with pytest.raises(AdapterFailed) as problem:
                await AsyncSqlOrderStore.from_url(f"sqlite:///{tmp_path}/nowhere/school.db", AT_ONCE)
            return problem.value

        async def both() -> tuple[KwigaOrdersError, KwigaOrdersError]:
            # in this order: the thread of a driver that could not connect needs a loop to say goodbye to
            return await unreachable(), await locked()

        not_there, busy = asyncio.run(both())
        assert_failed(not_there, "store.not_opened")
        assert_failed(busy, "store.locked")


def assert_failed(problem: KwigaOrdersError, code: str) -> None:
    assert problem.code == code
    assert problem.__cause__ is not None
    assert "SELECT" not in str(problem)


class TestUnreadable:
    """Documents that somebody else's hand was on."""

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ("document = '{'", "document.unreadable"),
            ("document = replace(document, '\"number\":1', '\"numb\":1')", "document.unreadable"),
            ("schema = 99", "document.too_new"),
        ],
    )
    def test_which_order_it_is(self, file: Path, store: SqlOrderStore, change: str, code: str) -> None:
        """The error says which order it is, and a page names it; the other orders are read as ever."""
        commit(store, Story.begins("o1", number=1).changes(), Story.begins("o2", number=2).changes())
        with sqlite3.connect(file) as connection:
            connection.execute(f"UPDATE kwiga_orders SET {change} WHERE id = 'o1'")
        connection.close()

        with pytest.raises(Corrupt) as problem:
            read(store, lambda records: records.find_order("o1"))
        assert problem.value.code == code
        assert problem.value.details["document"] == "order"
        assert problem.value.details["id"] == "o1"
        page = read(store, lambda records: records.search(OrderSearch()))
        assert ([order.id for order in page.orders], page.unreadable) == (["o2"], ("o1",))
        assert read(store, lambda records: records.find_order("o2")) is not None

    def test_other_documents(self, file: Path, store: SqlOrderStore) -> None:
        """Offers, contacts and rows of the outbox say which they are, too."""
        commit(store, Changes(offers=(offer_of("basic"),), outbox=(letter("n1"),)))
        with sqlite3.connect(file) as connection:
            for table in ("kwiga_offers", "kwiga_contacts", "kwiga_outbox"):
                connection.execute(f"UPDATE {table} SET document = '[]'")
        connection.close()

        for ask, name, id in (
            (lambda: read(store, lambda records: records.find_offer("basic")), "offer", "basic"),
            (lambda: read(store, lambda records: records.find_contact("olena")), "contact", "olena"),
            (lambda: store.pending(SCHOOL.id, limit=1), "outbox_row", "n1"),
        ):
            with pytest.raises(Corrupt) as problem:
                ask()
            assert (problem.value.details["document"], problem.value.details["id"]) == (name, id)

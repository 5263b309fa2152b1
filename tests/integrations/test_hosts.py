"""What hosts do to a store: pools of theirs and of others, forks, requests that are cut off."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import psycopg
import pytest
import sqlalchemy as sa
from httpx import ASGITransport, AsyncClient
from psycopg_pool import ConnectionPool
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from kwiga_orders import AsyncOrders, Orders
from kwiga_orders.adapters.memory import AsyncMemoryCourses, AsyncMemoryProgress
from kwiga_orders.adapters.sql import AsyncSqlOrderStore, PostgresSettings, SqlOrderStore
from kwiga_orders.adapters.sql.engines import async_engine_for, engine_for
from kwiga_orders.adapters.system import RandomIds
from kwiga_orders.contrib.serve import Served, new_token, serving
from kwiga_orders.errors import Refused
from kwiga_orders.orders.commands import AddTask, MarkPaid
from kwiga_orders.queries import OrderQuery
from kwiga_orders.testing.school import School
from tests import postgres
from tests.hosts import driver_url
from tests.pooler import pooled

UNPREPARED = PostgresSettings(prepares=False, connections=4)


def furnished(store: SqlOrderStore) -> tuple[School, str]:
    """Give a school over a store that sells, and an order of it."""
    school = School(store=store)
    school.sells()
    return school, school.opens()


def compete(orders: Callable[[], Any], order: str) -> None:
    """Let four threads compete for one order."""

    def add(n: int) -> None:
        for m in range(3):
            with orders() as mine:
                mine.execute(AddTask(order=order, title=f"{n} {m}"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(4)))


# Pools that change the server between transactions


@contextmanager
def pgbouncer(url: str, folder: Path) -> Iterator[str]:
    """Run the real one in transaction mode before a database."""
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip("pgbouncer is not installed; tests/pooler.py does what it does")
    given = sa.make_url(url)
    host = str(given.host or given.query.get("host") or "127.0.0.1")
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    login = f"password={given.password}" if given.password else ""
    settings = f"""
[databases]
* = host={host} port={given.port or 5432} user={given.username} {login}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
server_round_robin = 1
"""
    file = folder / "pgbouncer.ini"
    file.write_text(settings)
    # it refuses to run as root: who runs the server may reach its socket
    user = ["-u", Path(host).owner() if host.startswith("/") else "nobody"] if os.getuid() == 0 else []
    folder.chmod(0o755)
    process = subprocess.Popen([found, "-q", *user, str(file)], stderr=subprocess.DEVNULL)
    try:
        at = given.set(host="127.0.0.1", port=port, query={"connect_timeout": "10"})
        for _ in range(1000):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=10):
                break
            assert process.poll() is None, "pgbouncer has ended"
        yield at.render_as_string(hide_password=False)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(params=["emulated", "pgbouncer"])
def pool_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL of a pool in transaction mode before an empty database."""
    url = postgres.emptied()
    if request.param == "emulated":
        with pooled(url) as (at, _):
            yield at
    else:
        with pgbouncer(url, tmp_path_factory.mktemp("pgbouncer")) as at:
            yield at


class TestTransactionPools:
    """pgbouncer in transaction mode, and what is like it: nothing of ours outlives a transaction on a server."""

    def test_a_store(self, pool_url: str) -> None:
        """K2: threads compete over it and lose nothing."""
        with SqlOrderStore(engine_for(pool_url, UNPREPARED)) as store:
            school, order = furnished(store)

            @contextmanager
            def orders() -> Iterator[Orders]:
                yield school.orders

            compete(orders, order)
            assert len(school.order(order).tasks) == 12

    def test_awaited(self, pool_url: str) -> None:
        """K2: so do tasks."""
        with SqlOrderStore(engine_for(pool_url, UNPREPARED)) as store:
            school, order = furnished(store)

        async def act() -> int:
            async with AsyncSqlOrderStore(async_engine_for(pool_url, UNPREPARED)) as store:
                orders = awaited(school, store)
                await asyncio.gather(*(orders.execute(AddTask(order=order, title=str(n))) for n in range(8)))
                return len((await orders.ask(OrderQuery(order=order)))["tasks"])

        assert asyncio.run(act()) == 8

    def test_a_hosts_connection(self, pool_url: str) -> None:
        """K4: a host's transaction is one here, too; the next has another server, and no setting of ours on it."""
        with psycopg.connect(pool_url, prepare_threshold=None) as connection:
            store = SqlOrderStore.within(connection)
            school, order = furnished(store)
            connection.commit()
            school.orders.execute(AddTask(order=order, title="undone"))
            connection.rollback()
            school.orders.execute(AddTask(order=order, title="done"))
            connection.commit()
            names = "current_setting('kwiga_orders.project', true), current_setting('lock_timeout')"
            for _ in range(4):
                assert connection.execute(f"SELECT {names}").fetchone() in ((None, "0"), ("", "0"))
                connection.commit()
            assert [task.title for task in school.order(order).tasks] == ["done"]

    def test_the_emulation_changes_servers(self) -> None:
        """Sessions are taken in turn, a transaction keeps its own, and what one client prepared is not on the other."""
        with pooled(postgres.as_it_is()) as (url, pool), psycopg.connect(url, prepare_threshold=None) as client:
            seen = []
            for _ in range(3):
                pids = {client.execute("SELECT pg_backend_pid()").fetchone() for _ in range(2)}
                client.commit()
                seen.append(pids)
            assert [len(pids) for pids in seen] == [1, 1, 1]
            assert seen[0] == seen[2] != seen[1]
            assert pool.given == 3
            client.execute("PREPARE mine AS SELECT 1")
            client.commit()
            with pytest.raises(psycopg.errors.InvalidSqlStatementName):
                client.execute("EXECUTE mine")
            client.rollback()


def awaited(school: School, store: AsyncSqlOrderStore) -> AsyncOrders:
    """Give awaited orders of a school over a store."""
    return AsyncOrders(
        project=school.project.id,
        store=store,
        courses=AsyncMemoryCourses(school.courses),
        progress=AsyncMemoryProgress(),
        clock=school.clock,
        ids=RandomIds(),
    )


# Pools of the host's own


class TestPoolsOfHosts:
    """Connections of a pool come back as they were lent: what was refused on one is no trouble for the next."""

    @pytest.mark.parametrize("kind", ["sqlalchemy", "psycopg"])
    def test_four_threads_and_two_connections(self, kind: str) -> None:
        """K2, K4: each request takes a connection, is refused, writes, commits, and gives it back."""
        url = postgres.emptied()
        lend = self.lending(kind, url)
        with lend() as connection:
            school, order = furnished(SqlOrderStore.within(connection))
            connection.commit()

        @contextmanager
        def orders() -> Iterator[Orders]:
            with lend() as connection:
                mine = attrs.evolve(school.orders, store=SqlOrderStore.within(connection))
                with pytest.raises(Refused):
                    mine.execute(MarkPaid(order=order, payment="nothing"))
                yield mine
                connection.commit()

        compete(orders, order)
        with lend() as connection:
            orders_here = attrs.evolve(school.orders, store=SqlOrderStore.within(connection))
            assert len(orders_here.ask(OrderQuery(order=order))["tasks"]) == 12
        lend.close()

    def lending(self, kind: str, url: str) -> Any:
        """Give what lends connections, one after another, of a pool of two."""
        if kind == "psycopg":
            pool = ConnectionPool(url, min_size=1, max_size=2, open=True)
            return _Lending(pool.connection, pool.close)
        engine = sa.create_engine(driver_url(url), poolclass=QueuePool, pool_size=2, max_overflow=0)
        return _Lending(engine.connect, engine.dispose)


class _Lending:
    def __init__(self, lend: Callable[[], Any], close: Callable[[], object]) -> None:
        self._lend, self.close = lend, close

    def __call__(self) -> Any:
        return self._lend()


# Forks


class TestForks:
    """Connections, law 2: a child that was forked uses none of its parent's connections."""

    @pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
    def test_a_child_connects_by_itself(self, kind: str, file: Path) -> None:
        """Both write after the fork, each over connections of its own; the parent goes on with the one it had."""
        url = f"sqlite:///{file}" if kind == "sqlite" else postgres.emptied()
        engine = engine_for(url)
        with SqlOrderStore(engine) as store:
            store.create_tables()
            school, order = furnished(store)
            opened: list[object] = []
            event.listen(engine, "connect", lambda connection, _: opened.append(connection))

            def act() -> None:
                school.orders.execute(AddTask(order=order, title="of the child"))
                store.close()
                assert len(opened) == 1

            for _ in range(2):
                assert forked(act) == 0
                school.orders.execute(AddTask(order=order, title="of the parent"))
            assert not opened
            assert len(school.order(order).tasks) == 4

    def test_awaited(self, file: Path) -> None:
        """A loop of the child has connections of the child, though the parent's loop is there."""
        with SqlOrderStore.from_url(f"sqlite:///{file}") as blocking:
            school, order = furnished(blocking)

        async def add(orders: AsyncOrders) -> None:
            await orders.execute(AddTask(order=order, title="called"))

        with asyncio.Runner() as runner:
            store = AsyncSqlOrderStore(async_engine_for(f"sqlite:///{file}"))
            orders = awaited(school, store)
            runner.run(add(orders))
            assert forked(lambda: asyncio.run(add(orders))) == 0
            runner.run(add(orders))
            runner.run(store.close())
        with SqlOrderStore.from_url(f"sqlite:///{file}") as blocking:
            assert len(School(store=blocking).order(order).tasks) == 3


def forked(act: Callable[[], None]) -> int:
    """Do something in a child; give how it ended."""
    if (child := os.fork()) == 0:
        try:
            act()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


# Requests that are cut off


class TestCancelledRequests:
    """K4: a request of ASGI that is cancelled leaves its command whole or undone, and the service usable."""

    def test_at_each_step(self, file: Path) -> None:
        """The client goes away after so many turns of the loop, again and again."""

        async def run() -> tuple[int, list[Any]]:
            app = serving(f"sqlite:///{file}", served, works=False)
            headers = {"authorization": f"Bearer {secret}"}
            here = ASGITransport(app)
            async with (
                app.router.lifespan_context(app),
                AsyncClient(transport=here, base_url="http://school.test", headers=headers) as client,
            ):
                offer = {"code": "basic", "title": "Basic", "state": "published"}
                item = {"product": "python", "price": "10.00"}
                await client.post("/school/commands/create_offer", json=offer | {"items": [item]})
                await client.post("/school/commands/save_contact", json={"id": "olena"})
                whole = 0
                for turns in (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89):
                    opening = {"offer": "basic", "contact": "olena"}
                    task = asyncio.create_task(client.post("/school/commands/open_offer", json=opening))
                    for _ in range(turns):
                        await asyncio.sleep(0)
                    task.cancel()
                    (done,) = await asyncio.gather(task, return_exceptions=True)
                    whole += not isinstance(done, BaseException)
                rows = (await client.post("/school/queries/orders", json={})).json()["rows"]
                return whole, rows

        secret, token = new_token(project="school", role="owner", kind="host", id="lms")
        project = {"id": "school", "timezone": "Europe/Kyiv", "currency": "UAH"}
        document = {"projects": [project], "tokens": [{"sha256": token.sha256, "project": "school", "role": "owner"}]}
        served = Served.read(document)
        whole, rows = asyncio.run(run())

        # what was answered is there; of the others each is there with its payment and its number, or not at all
        assert whole <= len(rows) <= 11
        assert sorted(row["number"] for row in rows) == list(range(1, len(rows) + 1))
        assert {row["total"] for row in rows} <= {"10.00"}

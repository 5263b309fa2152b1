"""K5: what breaks outside has its code and a sentence that says what to do; nothing is unknown that is known."""

import os
import re
import resource
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from sqlalchemy import make_url

from kwiga_orders.adapters.sql import PostgresSettings, SqliteSettings, SqlOrderStore
from kwiga_orders.adapters.sql.engines import engine_for
from kwiga_orders.adapters.sql.failures import failure
from kwiga_orders.errors import AdapterFailed, KwigaOrdersError
from kwiga_orders.listing import OrderSearch
from kwiga_orders.sentences import SENTENCES
from kwiga_orders.testing.order_histories import Story
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, found, furnish
from tests import postgres

NOBODY = 65534
AT_ONCE = SqliteSettings(busy_timeout=timedelta(), synchronous="NORMAL")
SECOND = Story.begins("o2", number=2)
FAILURES = sorted(code for code in SENTENCES if code.startswith("store.") and code != "store.inconsistent")


def failed(act: Callable[[], object]) -> str:
    """Give the code with which something fails, and whether its outcome is unknown."""
    try:
        act()
    except KwigaOrdersError as problem:
        assert isinstance(problem, AdapterFailed)  # noqa: PT017 - it may pass as well
        assert problem.__cause__ is not None  # noqa: PT017
        return " ".join([problem.code, *map(str, problem.details.values())])
    return "done"


def writes(store: SqlOrderStore) -> None:
    """Write an order of some length."""
    commit(store, SECOND.notes(comment="long " * 2_000).changes(since=0))


class TestSentences:
    """Whoever reads the error alone knows what to do next."""

    @pytest.mark.parametrize("code", FAILURES)
    @pytest.mark.parametrize("details", [{}, {"outcome": "unknown"}, {"version": "1", "newest": "2"}])
    def test_what_to_do(self, code: str, details: dict[str, str]) -> None:
        """After the fact comes, behind a colon, what to do."""
        fact, _, advice = str(AdapterFailed(code, **details)).removesuffix(f"({code})").partition(": ")

        assert len(fact.split()) > 3
        assert re.match(r"(try|begin|make|see|repeat|mend|put|look|run|install|give)\b", advice), advice


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that others may enter, too: a child of these tests gives up the rights of root."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def school_in(folder: Path) -> Path:
    """Make a school with one order in a file that everybody may write; nobody has it open."""
    folder.mkdir()
    file = folder / "school.db"
    with SqlOrderStore.from_url(f"sqlite:///{file}") as store:
        furnish(store)
        commit(store, Story.begins("o1", number=1).changes())
    folder.chmod(0o777)
    file.chmod(0o666)
    return file


def in_a_child(act: Callable[[SqlOrderStore], list[str]], url: str) -> list[str]:
    """Give what a child process finds with a store, as a user who is not root."""
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        try:
            if os.getuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            with SqlOrderStore(engine_for(url, AT_ONCE)) as store:
                os.write(writer, "\n".join(act(store)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as said:
        return said.read().splitlines()


def read_and_written(store: SqlOrderStore) -> list[str]:
    """Try to read, then to write."""
    return [
        failed(lambda: found(store, OrderSearch())),
        failed(lambda: writes(store)),
        failed(lambda: store.save_project(SCHOOL)),
    ]


class TestSqlite:
    """A file that is read-only, damaged, on a disk that is full or fails."""

    @pytest.mark.parametrize("mode", ["mode=ro", "immutable=1"])
    def test_opened_to_read(self, tmp_path: Path, mode: str) -> None:
        """`store.read_only`: the URL says so."""
        file = school_in(tmp_path / "school")
        with SqlOrderStore.from_url(f"sqlite:///file:{file}?{mode}&uri=true", AT_ONCE) as store:
            assert read_and_written(store) == ["done", "store.read_only", "store.read_only"]

    def test_a_file_that_may_only_be_read(self, folder: Path) -> None:
        """`store.read_only`: it is read as ever."""
        file = school_in(folder / "school")
        file.chmod(0o444)

        assert in_a_child(read_and_written, f"sqlite:///{file}") == ["done", "store.read_only", "store.read_only"]

    def test_a_folder_that_may_only_be_read(self, folder: Path) -> None:
        """`store.read_only`: the log beside the file cannot be made, not even to read."""
        file = school_in(folder / "school")
        file.parent.chmod(0o555)

        assert in_a_child(read_and_written, f"sqlite:///{file}") == ["store.read_only"] * 3

    def test_what_may_not_be_opened(self, folder: Path) -> None:
        """`store.not_opened`: a file that is another's, one that cannot be made, a folder in its place."""
        file = school_in(folder / "school")
        file.chmod(0)
        (folder / "empty").mkdir(mode=0o555)

        for url in (f"sqlite:///{file}", f"sqlite:///{folder}/empty/school.db"):
            assert in_a_child(read_and_written, url) == ["store.not_opened"] * 3
        assert failed(lambda: SqlOrderStore.from_url(f"sqlite:///{folder}")) == "store.not_opened"

    @pytest.mark.parametrize("first", [100, 4096])
    def test_damaged(self, tmp_path: Path, first: int) -> None:
        """`store.damaged`: its pages are nonsense, or gone."""
        file = school_in(tmp_path / "school")
        pages = file.read_bytes()
        for wrong in (b"\xff" * (len(pages) - first), b""):
            file.write_bytes(pages[:first] + wrong)
            with SqlOrderStore(engine_for(f"sqlite:///{file}", AT_ONCE)) as store:
                assert set(read_and_written(store)) <= {"store.damaged", "store.not_a_database"}
        file.write_bytes(pages[: len(pages) // 2])
        assert failed(lambda: SqlOrderStore.from_url(f"sqlite:///{file}", AT_ONCE)) == "store.damaged"

    def test_a_disk_that_fails(self, folder: Path) -> None:
        """`store.disk_failed`: during COMMIT nobody knows what became of it; the change is there whole, or not."""
        file = school_in(folder / "school")

        def fails(store: SqlOrderStore) -> list[str]:
            found(store, OrderSearch())
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            log = file.with_name("school.db-wal")
            # there is room for what lies beside the log, and for none of the change
            resource.setrlimit(resource.RLIMIT_FSIZE, (max(40_000, log.stat().st_size), resource.RLIM_INFINITY))
            return [failed(lambda: many(store)), failed(lambda: found(store, OrderSearch()))]

        def many(store: SqlOrderStore) -> None:
            for number in range(2, 12):
                commit(store, Story.begins(f"o{number}", number=number).changes())

        assert in_a_child(fails, f"sqlite:///{file}") == ["store.disk_failed unknown", "done"]
        with SqlOrderStore(engine_for(f"sqlite:///{file}", AT_ONCE)) as store:
            there = found(store, OrderSearch())
            assert there == [f"o{number}" for number in range(len(there), 0, -1)]
            commit(store, Story.begins("next", number=len(there) + 1).changes())
            assert len(found(store, OrderSearch())) == len(there) + 1

    def test_lost_before_it_commits(self, tmp_path: Path) -> None:
        """`store.lost`: the connection was gone when the change came, so it is known that nothing was written."""
        file = school_in(tmp_path / "school")
        with SqlOrderStore(engine_for(f"sqlite:///{file}", AT_ONCE)) as store:

            def lost() -> None:
                with store.transaction(SCHOOL.id, writes=True) as transaction:
                    transaction.get_project()
                    assert transaction._lent is not None
                    transaction._lent.driver.close()
                    transaction.commit(SECOND.changes())

            assert failed(lost) == "store.lost"
            assert found(store, OrderSearch()) == ["o1"]


IDLE = PostgresSettings(idle_timeout=timedelta(milliseconds=20), connections=1)


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold a lock for which whoever reads orders waits."""
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE kwiga_orders IN ACCESS EXCLUSIVE MODE")
        yield


def as_user(url: str, **changes: str) -> str:
    """Give a URL with another user, database or password."""
    return make_url(url).set(**changes).render_as_string(hide_password=False)  # type: ignore[arg-type]


class TestPostgres:
    """A server that is slow, gone, full, or lets nobody in."""

    @pytest.fixture
    def url(self) -> str:
        """A database with a school."""
        url = postgres.emptied()
        with SqlOrderStore(engine_for(url)) as store:
            furnish(store)
        return url

    @pytest.mark.parametrize(
        ("settings", "code"),
        [
            (PostgresSettings(statement_timeout=timedelta(milliseconds=20)), "store.timed_out"),
            (PostgresSettings(lock_timeout=timedelta(milliseconds=20)), "store.locked"),
        ],
        ids=["statement", "lock"],
    )
    def test_waiting_too_long(self, url: str, settings: PostgresSettings, code: str) -> None:
        """`store.timed_out`, `store.locked`: for a statement, for a lock; reading and writing; then it goes on."""
        with SqlOrderStore(engine_for(url, settings)) as store, locked(url):
            assert [failed(lambda: found(store, OrderSearch())), failed(lambda: writes(store))] == [code] * 2
        with SqlOrderStore(engine_for(url)) as store:
            assert failed(lambda: writes(store)) == "done"

    @pytest.mark.parametrize("commits", [False, True])
    @pytest.mark.parametrize("alone", [False, True])
    def test_idle_too_long(self, url: str, commits: bool, alone: bool) -> None:
        """`store.timed_out`: a host that froze while it decided; the server ended it first, so nothing was written."""
        with SqlOrderStore(engine_for(url, IDLE)) as store:

            def freezes() -> None:
                with store.transaction(SCHOOL.id, writes=True, alone=alone) as transaction:
                    transaction.get_project()
                    wait_until_ended(url)
                    transaction.commit(SECOND.changes()) if commits else transaction.find_order("o1")

            assert failed(freezes) == "store.timed_out"
        with SqlOrderStore(engine_for(url)) as store:
            assert failed(lambda: writes(store)) == "done"

    def test_ended_by_the_server(self, url: str) -> None:
        """`store.lost`: it is restarted while a command is decided; what comes after is not read, so it is known."""
        with SqlOrderStore(engine_for(url)) as store:

            def lost() -> None:
                with store.transaction(SCHOOL.id, writes=True) as transaction:
                    transaction.get_project()
                    with psycopg.connect(url, autocommit=True) as other:
                        other.execute(
                            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                        )
                    transaction.commit(SECOND.changes())

            assert failed(lost) == "store.lost"
            assert found(store, OrderSearch()) == []

    def test_nobody_answers(self) -> None:
        """`store.unreachable`: a black hole takes the call and says nothing: it costs the time to connect."""
        with closing(socket.create_server(("127.0.0.1", 0))) as hole:
            url = f"postgresql://127.0.0.1:{hole.getsockname()[1]}/school"
            began = time.monotonic()
            settings = PostgresSettings(connect_timeout=timedelta(seconds=1))
            assert failed(lambda: SqlOrderStore.from_url(url, settings)) == "store.unreachable"
        # libpq takes 1 for 2
        assert 1 < time.monotonic() - began < 10

    def test_who_may_not_come_in(self, url: str) -> None:
        """`store.not_opened`, `store.forbidden`, `store.overloaded`: no such database, no such user, no room for it."""
        role = f"few_{os.getpid()}"
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 0")
            try:
                told = [
                    failed(lambda one=one: SqlOrderStore.from_url(one))  # type: ignore[misc]
                    for one in (
                        as_user(url, database="nowhere"),
                        as_user(url, username="nobody_like_that"),
                        as_user(url, username=role),
                    )
                ]
            finally:
                other.execute(f"DROP ROLE {role}")
        assert told == ["store.not_opened", "store.forbidden", "store.overloaded"]

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ('FATAL:  password authentication failed for user "a"', "store.forbidden"),
            ('FATAL:  no pg_hba.conf entry for host "::1", user "a", database "b"', "store.forbidden"),
            ('FATAL:  role "a" is not permitted to log in', "store.forbidden"),
            ("FATAL:  sorry, too many clients already", "store.overloaded"),
            (
                "FATAL:  remaining connection slots are reserved for some roles",
                "store.overloaded",
            ),
            ("FATAL:  the database system is starting up", "store.unreachable"),
            ("connection refused", "store.unreachable"),
        ],
    )
    def test_what_servers_say(self, text: str, code: str) -> None:
        """The driver passes on no code of a connection that was refused: what the server says is read."""
        assert failure(psycopg.OperationalError(f"connection failed: {text}"), connecting=True).code == code

    def test_a_standby(self) -> None:
        """`store.read_only`: it lets no transaction begin that writes, as a standby of PostgreSQL 18 says."""
        said = psycopg.errors.FeatureNotSupported("cannot set transaction read-write mode during recovery")
        assert failure(said, committing=True) == AdapterFailed("store.read_only")
        assert failure(psycopg.errors.ReadOnlySqlTransaction()) == AdapterFailed("store.read_only")

    @pytest.mark.parametrize(
        ("kind", "code"),
        [
            (psycopg.errors.DiskFull, "store.full"),
            (psycopg.errors.IoError, "store.disk_failed unknown"),
            (psycopg.errors.DataCorrupted, "store.damaged"),
            (psycopg.errors.IndexCorrupted, "store.damaged"),
            (psycopg.errors.OutOfMemory, "store.overloaded"),
            (psycopg.errors.AdminShutdown, "store.lost unknown"),
            (psycopg.errors.InsufficientPrivilege, "store.forbidden"),
            (psycopg.errors.QueryCanceled, "store.timed_out"),
            (psycopg.errors.SyntaxError, "store.failed"),
        ],
    )
    def test_during_commit(self, kind: type[psycopg.Error], code: str) -> None:
        """Whatever the server itself refuses was not written; only where it went away is it unknown."""
        problem = failure(kind(), committing=True)
        assert " ".join([problem.code, *map(str, problem.details.values())]) == code

    def test_tcp_notices_silence(self, url: str) -> None:
        """Probes after silence are set on the socket itself, and so is how long what was sent may stay unconfirmed."""
        tcp = socket.IPPROTO_TCP
        with (
            relayed(url) as by_tcp,
            SqlOrderStore(engine_for(by_tcp, PostgresSettings())) as store,
            store._connections.lent() as lent,
            socket.socket(fileno=os.dup(lent.driver.pgconn.socket)) as line,
        ):
            assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert line.getsockopt(tcp, socket.TCP_KEEPIDLE) == 5
            assert line.getsockopt(tcp, socket.TCP_KEEPINTVL) * line.getsockopt(tcp, socket.TCP_KEEPCNT) <= 10
            assert line.getsockopt(tcp, socket.TCP_USER_TIMEOUT) == 15_000


def wait_until_ended(url: str) -> None:
    """Wait until the server has ended all other transactions on this database."""
    with psycopg.connect(url, autocommit=True) as other:
        while other.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' AND xact_start IS NOT NULL"
        ).fetchone():
            time.sleep(0.01)


@contextmanager
def relayed(url: str) -> Iterator[str]:
    """Give a URL over TCP to the server of `url`, which may listen on a socket of its own only."""
    given = make_url(url)
    host = str(given.query.get("host") or given.host)
    with closing(socket.create_server(("127.0.0.1", 0))) as front:

        def serve() -> None:
            here, _ = front.accept()
            if host.startswith("/"):
                there = socket.socket(socket.AF_UNIX)
                there.connect(f"{host}/.s.PGSQL.{given.port or 5432}")
            else:
                there = socket.create_connection((host, given.port or 5432))
            Thread(target=hand_on, args=(there, here), daemon=True).start()
            hand_on(here, there)

        Thread(target=serve, daemon=True).start()
        port = front.getsockname()[1]
        yield given.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)


def hand_on(here: socket.socket, there: socket.socket) -> None:
    """Hand on what comes from one side to the other, until it ends."""
    # whichever way ends first closes both sides
    with here, there, suppress(OSError):
        while data := here.recv(65536):
            there.sendall(data)

"""The line to PostgreSQL is cut at any byte of a change, its COMMIT included: what is told of the change is true."""

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from kwiga_orders.adapters.sql import PostgresSettings, SqlOrderStore
from kwiga_orders.adapters.sql.engines import engine_for
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.orders.commands import AddTask
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.service import Orders
from tests import postgres
from tests.effort import times
from tests.races.test_races import founded
from tests.races.worker import ORDERS, orders_on

CUTS = times(24, 280)
"""How often the line is cut: half of the times on the way to the server, half on the way back."""
PORT = 5432


class Line:
    """A socket that hands on to the server what it gets, and back, until it is cut."""

    def __init__(self, folder: Path, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._calls: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / f".s.PGSQL.{PORT}"))
        self._listener.listen()
        self.passed = {"to": 0, "from": 0}
        self.way, self.left = "to", -1
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_after(self, way: str, bytes_left: int) -> None:
        """Cut it as soon as so many bytes have gone one way; what is on the line then is lost."""
        self.way, self.left = way, bytes_left

    def close(self) -> None:
        """Take no more calls, and end those that go on."""
        for one in (*self._calls, self._listener):
            _end(one)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = self._called()
            self._calls += (client, server)
            for way, here, there in (("to", client, server), ("from", server, client)):
                threading.Thread(target=self._hand_on, args=(way, here, there), daemon=True).start()

    def _called(self) -> socket.socket:
        if not self._host.startswith("/"):
            return socket.create_connection((self._host, self._port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{self._host}/.s.PGSQL.{self._port}")
        return server

    def _hand_on(self, way: str, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while data := here.recv(65536):
                self.passed[way] += len(data)
                if way == self.way and self.left >= 0:
                    if len(data) > self.left:
                        there.sendall(data[: self.left])
                        self.left = -1
                        break
                    self.left -= len(data)
                there.sendall(data)
        _end(here)
        _end(there)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line() -> Iterator[tuple[Line, str]]:
    """A line to a school of twenty orders, and the URL that goes by it."""
    url = postgres.emptied()
    with SqlOrderStore.from_url(url) as store:
        founded(store)
    parsed = sa.make_url(url)
    host = str(parsed.query.get("host") or parsed.host)
    # a socket's path is short, whatever the tests are called
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        made = Line(Path(folder), host, parsed.port or PORT)
        yield made, parsed.set(query={"host": folder}, host=None, port=None).render_as_string(hide_password=False)
        made.close()


def carried_out(orders: Orders, title: str) -> str:
    """Add a task by a key; give what is told: `done`, `unknown`, or `failed` if nothing was written."""
    try:
        orders.execute(AddTask(order=ORDERS[0], title=title, idempotency_key=title))
    except AdapterFailed as failed:
        return str(failed.details.get("outcome", "failed"))
    return "done"


def times_there(store: SqlOrderStore, title: str) -> int:
    """Count how often the task is there; the history says so, too."""
    with store.transaction("school", writes=False) as records:
        order = records.find_order(ORDERS[0])
        assert order is not None
        assert replayed(list(records.history_of(ORDERS[0]))) == order
    return sum(task.title == title for task in order.tasks)


class TestK4Cuts:
    """Either all of a command is written (state, history, outbox, idempotency record) or nothing."""

    def test_at_any_byte(self, line: tuple[Line, str]) -> None:
        """What is done is there, what failed is not, what is unknown is there or not; given again it is there once."""
        cut, url = line
        told = []
        with SqlOrderStore(engine_for(url, PostgresSettings(connections=1))) as store:
            orders = orders_on(store, "cut")
            # prepared by the driver and the server, so that all later ones are as long
            for number in range(12):
                assert carried_out(orders, f"warm{number:03}") == "done"
            before = dict(cut.passed)
            assert carried_out(orders, "measured") == "done"
            lengths = {way: cut.passed[way] - before[way] for way in before}
            for number in range(CUTS):
                way, title = ("to", "from")[number % 2], f"t{number:06}"
                # every second time near the end, where COMMIT and its answer are
                length = min(lengths[way], 120) if number % 4 < 2 else lengths[way]
                cut.cut_after(way, lengths[way] - 1 - length * number // (CUTS + 1))
                outcome = carried_out(orders, title)
                cut.cut_after(way, -1)
                found = times_there(store, title)
                assert found in {"done": (1,), "failed": (0,), "unknown": (0, 1)}[outcome], (way, number, outcome)
                assert carried_out(orders, title) == "done"
                assert times_there(store, title) == 1
                told.append((outcome, found))

        # both happen: cut before it was written, and after
        assert {("unknown", 0), ("unknown", 1)} <= set(told), "".join(map(str, enumerate(told)))

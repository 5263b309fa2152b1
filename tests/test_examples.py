"""The examples run as they stand, and keep what they promise."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import psycopg
import pytest
import sqlalchemy as sa
from httpx import Response
from sqlalchemy.orm import Session

from examples import asyncio_service, fastapi_host, fastapi_lms, flask_lms, open_edx_gate, script, worker
from examples.journal_store import JournalStore
from kwiga_orders import Period
from kwiga_orders.listing import OrderSearch
from kwiga_orders.locale import LetterFacts, Texts
from kwiga_orders.orders.commands import MarkPaid, OpenOffer
from kwiga_orders.payments import Subscribe
from kwiga_orders.ports import OrderStore
from kwiga_orders.testing.school import School
from kwiga_orders.testing.stores import OrderStoreContract
from tests import postgres
from tests.effort import times
from tests.in_process import InProcessClient, orders_of_a_school


class TestJournalStore(OrderStoreContract):
    """The store of the how-to keeps every condition of the port."""

    examples: ClassVar = times(8, 200)

    @contextmanager
    def open_store(self, folder: Path, /) -> Iterator[OrderStore]:
        with closing(JournalStore(folder / "journal")) as store:
            yield store

    def test_it_is_read_back(self, tmp_path: Path) -> None:
        """OrderStore 2: what was committed is there when the journal is opened again; a line cut off is not."""
        file = tmp_path / "journal"
        with closing(JournalStore(file)) as store:
            school = School(store=store)
            school.sells()
            order = school.opens()
            school.pays(order)
            paid = school.order(order)
        with file.open("ab") as journal:
            journal.write(b'{"of": "school", "chan')

        for _ in range(2):
            with closing(JournalStore(file)) as store, store.transaction("school", writes=False) as records:
                assert records.find_order(order) == paid
                assert [one.id for one in records.search(OrderSearch(text="olena@example.com")).orders] == [order]
                assert not store.pending("school", limit=10)


class TestScript:
    """A script sells a course once, however often it runs."""

    def test_told_twice(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The second time it finds what was sold before, and says the same."""
        url = f"sqlite:///{tmp_path / 'school.db'}"
        script.main(url)
        script.main(url)

        first, second = zip(*[iter(capsys.readouterr().out.splitlines())] * 2, strict=True)
        assert first[0] == second[0] == "Hello: open"
        assert first[1] == second[1]
        assert first[1].startswith("Loops: The lesson opens on ")

    def test_in_memory(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Without a file it runs in memory."""
        script.main()

        assert capsys.readouterr().out.startswith("Hello: open\n")


class TestOpenEdxGate:
    """Blocks with opaque keys, as Open edX has them."""

    def test_a_problem_opens(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A block deep in a sequential is closed with it, and open once the order is paid."""
        open_edx_gate.main()

        assert capsys.readouterr().out == "not_paid\nopen\n"

    def test_outside_of_sequentials(self) -> None:
        """The course itself and its chapters are behind no gate."""
        chapter = open_edx_gate.block("chapter", "week1")
        root = open_edx_gate.block("course", "course", chapter)
        orders = School().orders
        assert open_edx_gate.gate(orders, root, user=1, course_key="c", usage_key=chapter.key) == ()


class TestFastApiLms:
    """The LMS on FastAPI and PostgreSQL."""

    def test_a_course_is_sold(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The staff make an offer, a customer opens it, pays, and has the first lesson; the worker tells of it."""
        app = fastapi_lms.create_app(postgres.emptied())
        staff, olena = {"x-user": "ira", "x-staff": "true"}, {"x-user": "olena"}
        offer = {"code": "basic", "title": "Basic", "state": "published"}
        offer["items"] = [{"product": "python", "price": "1000.00"}]  # type: ignore[assignment]
        with asyncio.Runner() as runner:
            client, lifespan = InProcessClient(runner, app), app.router.lifespan_context(app)
            runner.run(lifespan.__aenter__())
            assert client.asks("POST", "/orders/commands/create_offer", json=offer, headers=staff).status_code == 200
            opening = {"offer": "basic", "contact": "olena"}
            order = client.asks("POST", "/orders/commands/open_offer", json=opening, headers=olena).json()["order"]
            assert client.asks("GET", "/lessons/python/hello", headers=olena).json()["detail"] == ["not_paid"]
            paying = {"order": order, "payment": f"{order}.1"}
            assert client.asks("POST", "/orders/commands/mark_paid", json=paying, headers=olena).status_code == 403
            assert client.asks("POST", "/orders/commands/mark_paid", json=paying, headers=staff).status_code == 200
            opened = [
                client.asks("GET", f"/lessons/python/{id}", headers=olena).status_code for id in ("hello", "loops")
            ]
            runner.run(lifespan.__aexit__(None, None, None))
        assert opened == [200, 403]


class TestFlaskLms:
    """The LMS on Flask and SQLAlchemy."""

    def test_a_purchase_is_one_transaction(self, tmp_path: Path) -> None:
        """K4: the host's row and the order are both there, or neither."""
        app = flask_lms.create_app(f"sqlite:///{tmp_path}/lms.db")
        engine = app.extensions["engine"]
        # started again, it makes nothing twice
        flask_lms.create_app(f"sqlite:///{tmp_path}/lms.db").extensions["engine"].dispose()
        client, olena = app.test_client(), {"x-user": "olena"}

        refused = client.post("/buy/unknown", headers={**olena, "accept-language": "uk"})
        bought = client.post("/buy/basic", headers=olena)
        order = bought.json["order"] if bought.json else None
        assert (refused.status_code, refused.content_type, bought.status_code) == (404, "application/problem+json", 200)
        assert client.get("/lessons/python/hello", headers=olena).status_code == 403
        with Session(engine) as session, session.begin():
            assert session.scalars(sa.select(flask_lms.Visit.offer)).all() == ["basic"]
            flask_lms.orders_in(session).execute(MarkPaid(order=str(order), payment=f"{order}.1"))
        assert client.get("/lessons/python/hello", headers=olena).status_code == 200
        engine.dispose()


class TestDjangoLms:
    """The site of Django sells a course, on both databases."""

    @staticmethod
    def manage(*words: str, **environment: str) -> str:
        """Run `manage.py`; give what it says."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=Path(__file__).parent.parent / "examples" / "django_lms",
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def test_on_sqlite(self) -> None:
        """Its tests pass as its README says."""
        assert "OK" in self.manage("test")

    def test_on_postgresql(self) -> None:
        """The same on a server."""
        place = psycopg.conninfo.conninfo_to_dict(postgres.server())
        said = self.manage(
            "test",
            LMS_POSTGRES=f"{place['host']}/lms",
            LMS_POSTGRES_USER=str(place["user"]),
            LMS_POSTGRES_PASSWORD=str(place.get("password", "")),
        )
        assert "OK" in said


class TestWorker:
    """A worker's step hands on what there is, and renews what is due."""

    def test_a_subscription(self) -> None:
        """Each period is asked for once it is due; each letter goes out once, though its row comes twice."""
        school = School().at("2026-11-01 10:00")
        school.sells(options=(Subscribe(id="monthly", amount=Decimal("300.00"), every=Period(months=1)),))
        order = school.orders.execute(OpenOffer(offer="basic", contact="olena")).order
        assert order is not None
        school.orders.execute(MarkPaid(order=order, payment=f"{order}.1"))
        sent: list[tuple[str, str]] = []
        mailer = worker.Mailer(
            lambda to, letter: sent.append((to, letter.subject)),
            texts=Texts("en", timezone="Europe/Kyiv"),
            facts=LetterFacts(titles={"python": "Python"}),
        )

        rows = school.store.pending("school", limit=100)
        assert worker.step(school.orders, mailer) > len(rows)
        for row in rows:
            mailer.notify("school", row)
        assert {to for to, _ in sent} == {"olena"}
        assert len(sent) == len(set(sent)) == 2
        assert worker.step(school.orders, mailer) == 0

        school.at("2026-12-01 10:00")
        assert worker.step(school.orders, mailer) > 0
        assert worker.step(school.orders, mailer) == 0
        assert len(school.order(order).payments) == 2
        assert "A reminder to pay for order 1" in {subject for _, subject in sent}


def test_asyncio_service(capsys: pytest.CaptureFixture[str]) -> None:
    """Those who bought may enter, asked all at once."""
    asyncio.run(asyncio_service.main())

    assert capsys.readouterr().out == "['olena', 'ira']\n"


class _Client(InProcessClient):
    """A client that sends commands to one address."""

    def does(self, **command: object) -> Response:
        """Send a command."""
        return self.asks("POST", "/commands", json=command)


class TestFastApiHost:
    """Over HTTP, in process: what is sent, what is answered, and with which status."""

    @pytest.fixture
    def client(self) -> Iterator[_Client]:
        """Give a client of a school with an offer."""
        with asyncio.Runner() as runner:
            yield _Client(runner, fastapi_host.create_app(orders_of_a_school()), {"x-staff": "ira"})

    def test_a_product_is_sold(self, client: _Client) -> None:
        """Commands are carried out by who is authenticated; access answers for now and for another moment."""
        order = client.does(command="open_offer", offer="basic", contact="olena").json()["order"]
        paid = client.does(command="mark_paid", order=order, payment=f"{order}.1")
        history = client.asks("POST", "/queries", json={"query": "history", "order": order}).json()
        now = client.asks("GET", "/access/olena/python").json()
        before = client.asks("GET", "/access/olena/python", params={"at": "2026-10-01T10:00:00+03:00"}).json()

        assert paid.json()["version"] == 2
        assert {row["actor"]["id"] for row in history} == {"ira"}
        assert (now["access"]["open"], now["lessons"]["open"]) == (True, ["hello", "loops"])
        assert [reason["code"] for reason in before["access"]["reasons"]] == ["not_paid"]

    def test_errors(self, client: _Client) -> None:
        """Each class of errors has its status; the body has the code and the values that matter."""
        order = client.does(command="open_offer", offer="basic", contact="olena").json()["order"]
        answers = {
            "faults": client.does(command="open_offer", offer=7, colour="red"),
            "no json": client.asks("POST", "/commands", content=b"{"),
            "unknown": client.does(command="cancel_order", order="nothing"),
            "refused": client.does(command="freeze_access", order=order, **{"for": {"days": 7}}),
            "stale": client.does(command="cancel_order", order=order, expected_version=7),
            "naive": client.asks("GET", "/access/olena/python", params={"at": "2026-10-01T10:00:00"}),
        }

        assert {name: (answer.status_code, answer.json()["code"]) for name, answer in answers.items()} == {
            "faults": (422, "input.unknown_field"),
            "no json": (422, "input.invalid"),
            "unknown": (404, "not_found"),
            "refused": (409, "access.not_started"),
            "stale": (412, "order.conflict"),
            "naive": (422, "time.naive"),
        }
        paths = {fault["path"] for fault in answers["faults"].json()["details"]["faults"]}
        assert paths == {"offer", "colour", "contact"}

    def test_nobody(self, client: _Client) -> None:
        """Who is not authenticated is not served."""
        assert client.asks("GET", "/access/olena/python", headers={}).status_code == 401

    def test_schema(self, client: _Client) -> None:
        """The schema is there for frontends."""
        assert "OpenOffer" in client.asks("GET", "/schema").json()["$defs"]

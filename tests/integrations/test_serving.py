"""`kwiga-orders serve`: a service of its own, with tokens, an LMS that is asked over HTTP, and webhooks to it."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from fastapi import HTTPException
from httpx import Response as Answer

from kwiga_orders.adapters.http import Request, Response
from kwiga_orders.cli import main
from kwiga_orders.contrib.serve import Served, new_token, serving
from kwiga_orders.contrib.serve.door import Door
from kwiga_orders.contrib.serve.lms import HttpLms
from kwiga_orders.course import Course, Progress
from kwiga_orders.errors import AdapterFailed, InvalidInput
from tests.in_process import InProcessClient

PROJECTS = [{"id": id, "timezone": "Europe/Kyiv", "currency": "UAH"} for id in ("school", "other")]
OFFER = {
    "code": "basic",
    "title": "Basic",
    "state": "published",
    "items": [{"product": "python", "price": "1000.00"}],
}


class Service(InProcessClient):
    """A client that names its token."""

    def does(self, path: str, body: Any, *, token: str, **headers: str) -> Answer:
        """Send a document."""
        return self.asks("POST", path, json=body, headers={"authorization": f"Bearer {token}", **headers})


@pytest.fixture(scope="module")
def tokens() -> dict[str, str]:
    """Secrets by name; filled by the service."""
    return {}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, tokens: dict[str, str]) -> Iterator[Service]:
    """Give a client of a service with two projects, which runs as long as the tests."""
    made = []
    for name, role, kind in (("lms", "owner", "host"), ("ira", "viewer", "staff")):
        tokens[name], token = new_token(project="school", role=role, kind=kind, id=name)  # type: ignore[arg-type]
        made.append(attrs.asdict(token))
    app = serving(
        f"sqlite:///{tmp_path_factory.mktemp('serving')}/orders.db", Served.read({"projects": PROJECTS, "tokens": made})
    )
    with asyncio.Runner() as runner:
        lifespan = app.router.lifespan_context(app)
        runner.run(lifespan.__aenter__())
        yield Service(runner, app)
        runner.run(lifespan.__aexit__(None, None, None))


class TestService:
    """What another language gets by curl."""

    def test_a_course_is_sold(self, service: Service, tokens: dict[str, str]) -> None:
        """The LMS makes a contact and an offer; a customer opens it, pays, and has access; events say who did what."""
        lms = tokens["lms"]
        for path, body in (("save_contact", {"id": "42", "name": "Olena"}), ("create_offer", OFFER)):
            assert service.does(f"/school/commands/{path}", body, token=lms).status_code == 200
        asked = {"offer": "basic", "contact": "42"}
        opened = service.does("/school/commands/open_offer", asked, token=lms, **{"x-contact": "42"})
        order = opened.json()["order"]
        paid = service.does("/school/commands/mark_paid", {"order": order, "payment": f"{order}.1"}, token=lms)
        access = service.does("/school/queries/access", {"contact": "42", "product": "python"}, token=lms)
        history = service.does("/school/queries/history", {"order": order}, token=lms).json()

        assert (opened.status_code, paid.status_code, access.json()["open"]) == (200, 200, True)
        assert history[0]["actor"] == {"kind": "customer", "id": "42"}

    def test_who_may_come_in(self, service: Service, tokens: dict[str, str]) -> None:
        """K6, K8: no token, a wrong one, one of another project; a role that may not; a customer about others."""
        query: dict[str, Any] = {}
        assert service.does("/school/queries/project", query, token="wrong").json()["code"] == "token.unknown"
        assert service.asks("POST", "/school/queries/project", json={}).status_code == 401
        assert service.does("/other/queries/project", query, token=tokens["lms"]).status_code == 401
        assert service.does("/nothing/queries/project", query, token=tokens["lms"]).status_code in (401, 404)
        assert service.does("/school/queries/project", query, token=tokens["ira"]).status_code == 200
        refused = service.does("/school/commands/create_offer", OFFER, token=tokens["ira"])
        assert (refused.status_code, refused.json()["code"]) == (403, "actor.not_allowed")
        about = {"contact": "43", "product": "python"}
        other = service.does("/school/queries/access", about, token=tokens["lms"], **{"x-contact": "42"})
        assert other.status_code == 403
        # only the LMS speaks for customers
        assert (
            service.does("/school/queries/project", query, token=tokens["ira"], **{"x-contact": "42"}).status_code
            == 200
        )

    def test_a_file_without_people_has_no_list_of_the_staff(self, service: Service, tokens: dict[str, str]) -> None:
        """V8: forms have people typed by their ids then."""
        staff = service.does("/school/queries/staff", {}, token=tokens["ira"]).json()
        assert staff == {"rows": [], "next": None, "listed": False}

    def test_it_is_alive(self, service: Service) -> None:
        """What a container asks."""
        assert service.asks("GET", "/health").json() == {"status": "ok"}


class TestSettings:
    """The file, and the tokens in it."""

    def test_tokens_are_hashed(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The command prints the secret once, and gives the file only its hash."""
        assert main(["token", "--project", "school", "--role", "owner", "--as-host", "--id", "lms"]) == 0
        first, second = capsys.readouterr().out.splitlines()
        secret, kept = first.removeprefix("token: "), json.loads(second)
        assert secret not in second
        served = Served.read({"projects": PROJECTS, "tokens": [kept]})
        door = Door(tokens=served.tokens, projects={}, people={}, links=None)
        assert door.let_in(secret, None) == ("school", served.tokens[0].visitor(None))
        with pytest.raises(HTTPException):
            door.let_in("", None)

    @pytest.mark.parametrize(
        "wrong",
        [
            None,
            {},
            {"projects": PROJECTS, "tokens": [{"sha256": ""}]},
            {"projects": PROJECTS, "tokens": [{"sha256": "", "project": "school", "role": "king"}]},
            {"projects": PROJECTS, "tokens": [{"sha256": "", "project": "nothing", "role": "owner"}]},
        ],
    )
    def test_a_wrong_file(self, wrong: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """What is wrong is said before anything is served."""
        with pytest.raises(InvalidInput):
            Served.read(wrong)
        file = tmp_path / "serve.json"
        file.write_text(json.dumps(wrong))
        assert main(["serve", f"sqlite:///{tmp_path}/orders.db", "--settings", str(file)]) == 2
        assert main(["serve", f"sqlite:///{tmp_path}/orders.db", "--settings", "nowhere.json"]) == 2
        assert "nowhere.json" in capsys.readouterr().err

    def test_it_serves(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The command gives uvicorn the application, and where to listen."""
        file = tmp_path / "serve.json"
        file.write_text(json.dumps({"projects": PROJECTS, "tokens": []}))
        ran: dict[str, Any] = {}
        monkeypatch.setattr("uvicorn.run", lambda app, **how: ran.update(app=app, **how))
        assert main(["serve", f"sqlite:///{tmp_path}/orders.db", "--settings", str(file), "--port", "9"]) == 0
        assert (ran["host"], ran["port"], ran["app"].title) == ("127.0.0.1", 9, "kwiga_orders")

    def test_where_events_go(self) -> None:
        """Each project has its own endpoints."""
        hooks = [{"project": "other", "url": "https://lms.example/hook", "secrets": ["whsec_c2VjcmV0"]}]
        served = Served.read({"projects": PROJECTS, "tokens": [], "webhooks": hooks})
        assert [one.url for one in served.endpoints("other")] == ["https://lms.example/hook"]
        assert served.endpoints("school") == []


@attrs.define
class Lms:
    """An LMS that answers what it is told to."""

    answers: dict[str, Response | AdapterFailed]
    asked: list[Request] = attrs.field(factory=list)

    async def send(self, request: Request, /) -> Response:
        self.asked.append(request)
        answer = self.answers[request.url.removeprefix("https://lms.example/orders/")]
        if isinstance(answer, AdapterFailed):
            raise answer
        return answer


class TestHttpLms:
    """Outlines and progress over HTTP."""

    def lms(self, **answers: Response | AdapterFailed) -> tuple[HttpLms, Lms]:
        """Give both ends; dots of a name stand for slashes."""
        other = Lms({name.replace("__", "/"): answer for name, answer in answers.items()})
        return HttpLms(url="https://lms.example/orders/", token="secret", http=other), other

    def test_documents(self) -> None:
        """Law 1: documents of the wire; 404 says that there is nothing."""
        outline = {"product": "python", "modules": [{"id": "m", "lessons": [{"id": "l"}]}]}
        done = {"contact": "42", "product": "python", "completed": ["l"]}
        lms, other = self.lms(
            courses__school__python=Response(status=200, body=json.dumps(outline).encode()),
            courses__school__sql=Response(status=404, body=b""),
            progress__school__42__python=Response(status=200, body=json.dumps(done).encode()),
            progress__school__43__python=Response(status=404, body=b""),
        )
        course = asyncio.run(lms.find_course("school", "python"))
        assert isinstance(course, Course)
        assert [lesson.id for _, lesson in course.lessons()] == ["l"]
        assert asyncio.run(lms.find_course("school", "sql")) is None
        assert asyncio.run(lms.get_progress("school", "42", "python")).completed == {"l"}
        nothing = Progress(contact="43", product="python")
        assert asyncio.run(lms.get_progress("school", "43", "python")) == nothing
        assert {one.headers["authorization"] for one in other.asked} == {"Bearer secret"}
        assert "secret" not in repr(lms)

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (Response(status=500, body=b""), "lms.failed"),
            (Response(status=200, body=b"<html>"), "lms.failed"),
            (Response(status=200, body=b"{}"), "lms.failed"),
            (AdapterFailed("gateway.unreachable"), "lms.unreachable"),
        ],
    )
    def test_failures(self, answer: Response | AdapterFailed, code: str) -> None:
        """Law 2: whatever is not the document is a failure outside, which is tried again."""
        lms, _ = self.lms(courses__school__python=answer, progress__school__42__python=answer)
        for asked in (lms.find_course("school", "python"), lms.get_progress("school", "42", "python")):
            with pytest.raises(AdapterFailed) as failed:
                asyncio.run(asked)
            assert failed.value.code == code

    def test_ids_are_parts_of_a_path(self) -> None:
        """An id with a slash asks for no other path."""
        lms, other = self.lms(**{"courses__school__a%2F..%2Fb": Response(status=404, body=b"")})
        assert asyncio.run(lms.find_course("school", "a/../b")) is None
        assert other.asked[0].url.endswith("/courses/school/a%2F..%2Fb")

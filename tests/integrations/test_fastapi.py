"""The router of FastAPI: what is sent, what is answered, and what OpenAPI says of both."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from functools import cache
from typing import Any, cast

import pytest
from fastapi import FastAPI, Header
from httpx import Response

from kwiga_orders import Actor
from kwiga_orders.contrib.fastapi import Limits, Visitor, install, router
from tests.in_process import InProcessClient, orders_of_a_school
from tests.wire.documents import COMMANDS, QUERIES


def signed_in(x_user: str = Header("ira"), x_role: str = Header("owner")) -> Visitor:
    """Give who asks by two headers; a real host looks at a session or a token."""
    kind = "customer" if x_role == "customer" else "staff"
    return Visitor(actor=Actor(kind=cast(Any, kind), id=x_user), role=x_role)


_OPEN = [orders_of_a_school()]
"""The school that requests are about: the last of them."""


@cache
def application(limits: Limits = Limits(pause=0)) -> FastAPI:  # noqa: B008
    """Make an application over a school with an offer; a router of a hundred endpoints takes a while."""
    app = FastAPI()
    install(app)
    app.include_router(router(lambda: _OPEN[-1], actor=signed_in, limits=limits))
    return app


class Client(InProcessClient):
    """A client that sends each command to an address of its own."""

    def does(self, name: str, **body: Any) -> Response:
        """Send a command."""
        return self.asks("POST", f"/commands/{name}", json=body)


@pytest.fixture
def client() -> Iterator[Client]:
    """Give a client of a school of its own."""
    _OPEN[:] = [orders_of_a_school()]
    with asyncio.Runner() as runner:
        yield Client(runner, application())


class TestRouter:
    """Commands and questions over HTTP."""

    def test_a_product_is_sold(self, client: Client) -> None:
        """A customer opens an offer, the staff notes the money, and the customer may learn."""
        olena = {"x-user": "olena", "x-role": "customer"}
        opened = client.asks(
            "POST", "/commands/open_offer", headers=olena, json={"offer": "basic", "contact": "olena"}
        ).json()
        order = opened["order"]
        paid = client.does("mark_paid", order=order, payment=f"{order}.1")
        lessons = client.asks(
            "POST", "/queries/lessons", headers=olena, json={"contact": "olena", "product": "python"}
        ).json()
        card = client.asks("POST", "/queries", json={"query": "order", "order": order}).json()

        assert (paid.status_code, paid.json()["version"]) == (200, 2)
        assert lessons["open"] == ["hello", "loops"]
        assert card["payment_status"] == "paid"

    def test_problems(self, client: Client) -> None:
        """Each error is a problem with its status; of a document every fault has its path."""
        order = client.does("open_offer", offer="basic", contact="olena").json()["order"]
        viewer = {"x-role": "viewer"}
        answers = {
            "faults": client.does("open_offer", offer=7, colour="red"),
            "no json": client.asks("POST", "/commands", content=b"{"),
            "no object": client.asks("POST", "/commands/open_offer", content=b"[]"),
            "unknown": client.does("cancel_order", order="nothing"),
            "refused": client.does("freeze_access", order=order, **{"for": {"days": 7}}),
            "stale": client.does("cancel_order", order=order, expected_version=7),
            "role": client.asks("POST", "/commands/cancel_order", headers=viewer, json={"order": order}),
            "unsigned": client.asks("POST", "/webhooks/nobody", content=b"{}"),
        }

        assert {name: (answer.status_code, answer.json()["code"]) for name, answer in answers.items()} == {
            "faults": (422, "input.unknown_field"),
            "no json": (422, "input.invalid"),
            "no object": (422, "input.invalid"),
            "unknown": (404, "not_found"),
            "refused": (409, "access.not_started"),
            "stale": (412, "order.conflict"),
            "role": (403, "actor.not_allowed"),
            "unsigned": (409, "gateway.unavailable"),
        }
        assert {answer.headers["content-type"] for answer in answers.values()} == {"application/problem+json"}
        assert {fault["path"] for fault in answers["faults"].json()["faults"]} == {"offer", "colour", "contact"}

    @pytest.mark.parametrize(("accepted", "locale"), [("uk-UA,en;q=0.5", "uk"), ("fr, ru", "ru"), ("", "en")])
    def test_in_the_language_of_the_reader(self, client: Client, accepted: str, locale: str) -> None:
        """The title is a sentence in the first language that there are texts in."""
        said = client.asks(
            "POST", "/commands/cancel_order", json={"order": "nothing"}, headers={"accept-language": accepted}
        ).json()["title"]

        is_cyrillic = any("а" <= letter <= "я" for letter in said.lower())
        assert is_cyrillic is (locale != "en")

    def test_bounds(self) -> None:
        """A body that is too large is refused."""
        order = {"offer": "basic", "contact": "olena"}
        with asyncio.Runner() as runner:
            small = Client(runner, application(Limits(body=10))).does("open_offer", **order)

        assert (small.status_code, small.json()["code"]) == (413, "input.too_large")

    def test_time_is_bounded(self) -> None:
        """A client that never ends its body is answered by a problem that says when to come again."""

        async def never_ending() -> AsyncIterator[bytes]:
            yield b"{"
            await asyncio.Event().wait()

        with asyncio.Runner() as runner:
            slow = Client(runner, application(Limits(seconds=0.01)))
            late = slow.asks("POST", "/commands/open_offer", content=never_ending())

        assert (late.status_code, late.json()["code"]) == (503, "store.timed_out")
        assert late.headers["retry-after"]

    def test_exports(self, client: Client) -> None:
        """Lists come as lines; a role that may not see them gets a problem, not a broken stream."""
        client.does("open_offer", offer="basic", contact="olena")
        lines = client.asks("POST", "/export", json={}).text.splitlines()
        table = client.asks("POST", "/export?form=csv", json={"contact": "nobody"}).text
        refused = client.asks("POST", "/export", json={}, headers={"x-user": "olena", "x-role": "customer"})

        assert [json.loads(line)["contact"] for line in lines] == ["olena"]
        assert len(table.splitlines()) == 1
        assert refused.status_code == 403
        assert client.asks("POST", "/export?form=pdf", json={}).status_code == 422

    def test_changes(self, client: Client) -> None:
        """What happens to orders comes as events, each with its name."""
        client.does("open_offer", offer="basic", contact="olena")
        told = client.asks("GET", "/changes?limit=1").text
        refused = client.asks("GET", "/changes", headers={"x-user": "olena", "x-role": "customer"})

        assert told.startswith("event: order.created\ndata: {")
        assert refused.status_code == 403

    def test_nobody_pays_without_a_gateway(self, client: Client) -> None:
        """Where to pay is a redirect; without a gateway it is a problem."""
        order = client.does("open_offer", offer="basic", contact="olena").json()["order"]

        assert client.asks("GET", f"/pay/{order}/{order}.1").json()["code"] == "gateway.unavailable"


class TestOpenApi:
    """What OpenAPI says."""

    def test_it_says_everything(self, client: Client) -> None:
        """Every command and query has an endpoint, with the schema of its body and its answer, all of them there."""
        document = client.asks("GET", "/openapi.json").json()
        paths, schemas = document["paths"], document["components"]["schemas"]
        referred = set(_references(document))

        assert {f"/commands/{name}" for name in COMMANDS} <= paths.keys()
        assert {f"/queries/{name}" for name in QUERIES} <= paths.keys()
        assert referred <= {f"#/components/schemas/{name}" for name in schemas}
        for path, operations in paths.items():
            if path.startswith(("/commands", "/queries")):
                said = operations["post"]
                assert said["requestBody"]["content"]["application/json"]["schema"]
                assert said["responses"]["200"]["content"]["application/json"]["schema"]

    def test_nothing_is_said_to_be_anything(self, client: Client) -> None:
        """No request and no answer is an empty schema, and names are words, without numbers."""
        document = client.asks("GET", "/openapi.json").json()
        said = [
            content["schema"]
            for operations in document["paths"].values()
            for operation in operations.values()
            for part in (operation.get("requestBody", {}), *operation["responses"].values())
            for content in part.get("content", {}).values()
        ]
        assert len(said) > 900
        assert all(schema not in ({}, {"type": "object"}) for schema in said)
        assert not any(re.search(r"\d", name) for name in document["components"]["schemas"])
        exported = document["paths"]["/export"]["post"]
        assert "team" in exported["requestBody"]["content"]["application/json"]["schema"]["properties"]
        assert set(exported["responses"]["200"]["content"]) == {"application/x-ndjson", "text/csv"}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)

"""K6: every command and every question of the wire, given in one project with the ids of another, on every store."""

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from kwiga_orders import wire
from kwiga_orders.cli.stores import FreshStores
from kwiga_orders.codec import Json
from kwiga_orders.errors import KwigaOrdersError
from kwiga_orders.funnel import CreateFunnel, FunnelStatus
from kwiga_orders.orders.commands import AddPayment
from kwiga_orders.ports import OrderStore
from kwiga_orders.project import Contact, Project
from kwiga_orders.queries import ChangesQuery, HistoryQuery, OrderQuery, OrdersQuery
from kwiga_orders.testing.school import CountedIds, School
from tests import postgres
from tests.wire.documents import COMMANDS, QUERIES, Document

NAMES = ("o1", "basic", "vip", "olena2")
"""How the documents name what only the school has: an order, an offer, a funnel and a contact."""


def project(id: str) -> Project:
    """Give a project of that id."""
    return Project(id=id, timezone="Europe/Kyiv", currency="UAH")


def empty(store: OrderStore, id: str) -> School:
    """Give a school that teaches the same, and has nobody and nothing."""
    school = School(project=project(id), store=store)
    school.orders.ids.made = 100  # type: ignore[attr-defined]
    school.teaches("l1", "l2", "l3")
    return school


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def school(request: pytest.FixtureRequest) -> Iterator[School]:
    """A school with all that the documents name."""
    name = postgres.emptied() if request.param == "postgresql" else request.param
    with FreshStores.of(name) as stores, stores.fresh() as store:
        school = School(project=project("school"), store=store)
        assert isinstance(school.orders.ids, CountedIds)
        school.orders.ids.prefix = "o"
        school.teaches("l1", "l2", "l3")
        for contact in ("olena2", "new"):
            school.knows(Contact(id=contact, name=contact))
        school.does(CreateFunnel(id="vip", title="VIP", statuses=(FunnelStatus(id="new", name="New"),)))
        school.sells()
        school.orders.ids.made = 0
        assert school.opens() == "o1"
        school.does(AddPayment(order="o1", amount=Decimal(1), paid=True))
        yield school


def renamed(document: Document, prefix: str) -> Document:
    """Give a copy of a document that names other things."""
    text = json.dumps(document)
    for name in NAMES:
        text = text.replace(f'"{name}"', f'"{prefix}{name}"').replace(f'"{name}.', f'"{prefix}{name}.')
    copied: Document = json.loads(text)
    return copied


def outcome(school: School, document: Document) -> Json:
    """Give what comes of a document: an answer, what a command did, or its refusal."""
    try:
        if "command" in document:
            receipt = school.does(wire.read_command(document))
            return {"events": list(receipt.events)}
        answer: Json = school.orders.ask(wire.read_query(document))  # type: ignore[assignment]
        return answer
    except KwigaOrdersError as refused:
        return {"code": refused.code, "details": json.dumps(refused.details, default=str)}


def plain(answer: Json, school: School, prefix: str) -> str:
    """Write an answer as if nothing in it were named for the test."""
    return json.dumps(answer, default=str, sort_keys=True).replace(prefix, "").replace(school.project.id, "project")


def books(school: School) -> list[object]:
    """Give all that the school's own people see."""
    asked = (OrdersQuery(), OrderQuery(order="o1"), HistoryQuery(order="o1"), ChangesQuery())
    return [*map(school.orders.ask, asked), school.store.pending("school", limit=1000)]


class TestK6:
    """Every storage call carries the project; a foreign id and an unknown id get the same answer (`not_found`)."""

    @pytest.mark.parametrize("documents", [COMMANDS, QUERIES], ids=["commands", "questions"])
    def test_what_another_project_has(self, school: School, documents: dict[str, Document]) -> None:
        """To one empty project ids mean things of the school, to another nothing anywhere: both answer alike."""
        foreign, unknown = empty(school.store, "other1"), empty(school.store, "other2")
        before = books(school)
        differ = []
        for name, document in documents.items():
            answers = [
                plain(outcome(foreign, document), foreign, "nobody's "),
                plain(outcome(unknown, renamed(document, "nobody's ")), unknown, "nobody's "),
            ]
            if answers[0] != answers[1]:
                differ.append((name, *answers))

        assert differ == []
        assert books(school) == before

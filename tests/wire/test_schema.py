"""The JSON Schema of the wire is valid, whole, the same every time, and takes what the wire takes."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from kwiga_orders.changes import Receipt
from kwiga_orders.codec import Json
from kwiga_orders.errors import Fault, InvalidInput, Refused
from kwiga_orders.queries import KINDS
from kwiga_orders.testing.case_files import cases_folder
from kwiga_orders.wire import read_command, read_query
from kwiga_orders.wire.cases import without_name
from kwiga_orders.wire.schema import ANSWERS, schema, schema_text
from tests.wire.documents import COMMANDS, OBJECTS, QUERIES, Document

jsonschema = pytest.importorskip("jsonschema")

SCHEMA = schema()
CASES = sorted(cases_folder().rglob("*.json"))


def complaints(name: str, document: object) -> list[str]:
    """Give what a validator says about a document that should be a `name`."""
    one = {**SCHEMA, "$ref": f"#/$defs/{name}"}
    return [error.message for error in jsonschema.Draft202012Validator(one).iter_errors(document)]


def is_refused(read: Callable[[object], object], document: object) -> bool:
    """Tell whether the wire refuses a document."""
    try:
        read(document)
    except InvalidInput:
        return True
    return False


def references(part: Json) -> Iterator[str]:
    """Give every name that a schema refers to."""
    if isinstance(part, dict):
        if isinstance(target := part.get("$ref"), str):
            yield target
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


class TestTheSchema:
    """One document for everything."""

    def test_is_valid(self) -> None:
        """It is a JSON Schema."""
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_is_whole(self) -> None:
        """Every definition that it refers to is part of it."""
        definitions = SCHEMA["$defs"]
        assert isinstance(definitions, dict)
        assert {target.removeprefix("#/$defs/") for target in references(SCHEMA)} <= {*definitions}

    def test_is_the_same_every_time(self) -> None:
        """It can be kept and compared."""
        assert schema_text() == schema_text()
        assert json.loads(schema_text()) == SCHEMA

    def test_every_query_has_an_answer(self) -> None:
        """What a query answers is called as the query is."""
        kinds = {type(read_query(document)) for document in QUERIES.values()}
        assert {kind.__name__.replace("Query", "Answer") for kind in kinds} == {*ANSWERS}

    def test_every_object_speaks(self) -> None:
        """Each object says in words what it is."""
        definitions = SCHEMA["$defs"]
        assert isinstance(definitions, dict)
        objects = {name: one for name, one in definitions.items() if isinstance(one, dict) and "properties" in one}
        assert [name for name, one in objects.items() if not one.get("description")] == []


class TestDocuments:
    """It takes what the wire reads, and refuses what it can refuse."""

    @pytest.mark.parametrize("name", COMMANDS)
    def test_commands(self, name: str) -> None:
        """Every command."""
        assert complaints("Command", COMMANDS[name]) == []

    @pytest.mark.parametrize("name", QUERIES)
    def test_queries(self, name: str) -> None:
        """Every query."""
        assert complaints("Query", QUERIES[name]) == []

    @pytest.mark.parametrize("name", OBJECTS)
    def test_objects(self, name: str) -> None:
        """Every object."""
        assert complaints(name, OBJECTS[name]) == []

    @pytest.mark.parametrize(
        ("name", "document"),
        [
            ("Period", {}),
            ("Period", {"days": 1, "months": 1}),
            ("Period", {"days": 0}),
            ("Discount", {"percent": "10", "amount": "1.00"}),
            ("Discount", {"percent": "101"}),
            ("Command", {**COMMANDS["renew"], "extra": 1}),
            ("Command", {**COMMANDS["add_payment"], "amount": 10}),
            ("Command", {**COMMANDS["create_offer"], "items": []}),
            ("Command", {**COMMANDS["renew"], "order": ""}),
            ("Query", {**QUERIES["orders"], "payment_status": ["late"]}),
        ],
    )
    def test_refuses(self, name: str, document: Document) -> None:
        """Most of what the wire refuses is refused by any validator of JSON Schema."""
        assert complaints(name, document)

    @pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
    def test_case_files(self, path: Path) -> None:
        """Case files, and the commands and queries in them, unless they are there to be refused."""
        case = json.loads(path.read_text(encoding="utf-8"))
        assert complaints("CaseFile", case) == []
        for step in case["steps"]:
            for name, field, read in (("Query", "ask", read_query), ("Command", "do", read_command)):
                if field in step:
                    document = without_name(step[field])
                    assert complaints(name, document) == [] or is_refused(read, document)


def views() -> dict[str, dict[str, Any]]:
    """Give every view that is a part of an answer, by its name."""
    definitions: Any = SCHEMA["$defs"]
    waiting: list[str] = [*ANSWERS]
    found: dict[str, dict[str, Any]] = {}
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = definitions[name]
            waiting += re.findall(r"#/\$defs/([\w.]+)", json.dumps(definitions[name]))
    return {name: one for name, one in found.items() if "properties" in one}


class TestAnswersAreTyped:
    """V8: every field of every answer has its enum and format; that it has a description is tested of the contract."""

    def test_enums_and_formats(self) -> None:
        """Texts that are one of a few, amounts and instants say so, in lists and beside null, too."""
        found = views()
        order = found["OrderView"]["properties"]
        assert order["payment_status"]["enum"] == [
            "unpaid", "partially_paid", "paid", "partially_refunded", "refunded"
        ]  # fmt: skip
        assert order["total"]["format"] == "decimal"
        assert order["activated_at"]["anyOf"][0]["format"] == "date-time"
        assert found["ClosedLessonView"]["properties"]["reasons"]["items"]["enum"]
        for view in found.values():
            for field, one in view["properties"].items():
                if field.endswith("_at") and field != "overdue_at":
                    assert "date-time" in json.dumps(one), field

    def test_what_answers_what(self) -> None:
        """The map from each query to its answer, the receipt of every command, and what an error is."""
        whole: Any = SCHEMA
        assert whole["x-queries"].keys() == {kind.name for kind in KINDS}
        named = [*whole["x-queries"].values(), whole["x-commands"], whole["x-errors"]]
        assert {one["$ref"].removeprefix("#/$defs/") for one in named} <= {*whole["$defs"]}

    def test_receipts_and_problems_are_as_described(self) -> None:
        """What the library gives is what the schema says."""
        assert complaints("Receipt", json.loads(json.dumps(attrs.asdict(Receipt())))) == []
        for problem in (Refused("order.cancelled", order=7), InvalidInput([Fault(path="a", code="input.invalid")])):
            assert complaints("Problem", problem.problem()) == []

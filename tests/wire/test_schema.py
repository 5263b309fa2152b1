"""The JSON Schema of the wire is valid, whole, the same every time, and takes what the wire takes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kwiga_orders.codec import Json
from kwiga_orders.errors import InvalidInput
from kwiga_orders.wire import read_command, read_query
from kwiga_orders.wire.cases import without_name
from kwiga_orders.wire.schema import ANSWERS, schema, schema_text
from tests.wire.documents import COMMANDS, OBJECTS, QUERIES, Document

jsonschema = pytest.importorskip("jsonschema")

SCHEMA = schema()
CASES = sorted((Path(__file__).parent.parent / "cases").rglob("*.json"))


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
        """What it refers to is in it."""
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
            ("Command", {**COMMANDS["create_order"], "lines": []}),
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

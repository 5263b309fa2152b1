"""The contract for code generators: the same documents fit it, and nothing is left that generators trip over."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest

from kwiga_orders.queries import KINDS
from kwiga_orders.wire.contract import type_name
from kwiga_orders.wire.descriptions import OF_FIELDS, OF_TYPES, description, key_of
from kwiga_orders.wire.schema import ANSWERS, contract_schema, openapi, schema
from tests.wire.documents import COMMANDS, OBJECTS, QUERIES

jsonschema = pytest.importorskip("jsonschema")

CONTRACT: Any = contract_schema()
TYPES = {"$ref", "allOf", "anyOf", "const", "enum", "oneOf", "type"}


def complaints(name: str, document: object) -> list[str]:
    """Give what a validator says about a document that should be a `name`."""
    one = {"$defs": CONTRACT["$defs"], "$ref": f"#/$defs/{name}"}
    return [error.message for error in jsonschema.Draft202012Validator(one).iter_errors(document)]


def schemas(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every schema in a schema that describes a value, with its path."""
    yield path, node
    for field, inner in node.get("properties", {}).items():
        yield from schemas(inner, f"{path}.{field}")
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from schemas(node[key], f"{path}/{key}")
    for inner in node.get("anyOf", []):
        yield from schemas(inner, f"{path}/anyOf")


PLAIN: Any = {name: one for name, one in cast(Any, schema()["$defs"]).items() if "properties" in one}
ALL = [found for name, one in CONTRACT["$defs"].items() for found in schemas(one, name)]


class TestTheContract:
    """Issue 9 of the front ends: a typed contract that tools understand."""

    def test_is_valid(self) -> None:
        """It is a JSON Schema, and every reference leads somewhere."""
        jsonschema.Draft202012Validator.check_schema(CONTRACT)
        assert {one["$ref"].removeprefix("#/$defs/") for _, one in ALL if "$ref" in one} <= {*CONTRACT["$defs"]}

    def test_nothing_is_untyped(self) -> None:
        """What is any JSON is named so: a host's own data, and what a case file expects."""
        assert [path for path, one in ALL if not TYPES & one.keys()] == []
        # The values of an error differ by its code.
        is_open = [path for path, one in ALL if one.get("additionalProperties") is True]
        assert is_open == ["Problem.details", "JsonObject"]
        untyped = re.findall(r"#/\$defs/Json\w+", json.dumps({**CONTRACT["$defs"], "JsonValue": {}}))
        assert untyped.count("#/$defs/JsonObject") == 4, "data of a host's event, twice; steps of a case, twice"
        assert untyped.count("#/$defs/JsonValue") == 1, "what a case expects"

    def test_every_field_is_described(self) -> None:
        """Of commands, queries, answers, events, letters and case files: in one sentence or more."""
        fields = [(f"{path}.{field}", inner) for path, one in ALL for field, inner in one.get("properties", {}).items()]
        assert [path for path, one in fields if not one.get("description", "").endswith(".")] == []
        assert [path for path, one in ALL if "properties" in one and not one.get("description")] == []

    def test_every_sentence_is_used(self) -> None:
        """A field that is gone takes its sentence with it."""
        fields = [(name, field, inner) for name, one in PLAIN.items() for field, inner in one["properties"].items()]
        said = [(name, field) for name, field, one in fields if one["description"] == description(name, field)]
        used = {key_of(name, field) for name, field in said}
        assert {*OF_TYPES, *OF_FIELDS} - used == set()

    def test_no_text_stands_beside_a_reference(self) -> None:
        """Generators copy a type for each text, and number the copies."""
        assert [path for path, one in ALL if "$ref" in one and len(one) > 1] == []

    def test_no_keyword_is_foreign(self) -> None:
        """A strict validator knows them all, and each type stands alone."""
        assert not {"discriminator", "patternProperties"} & {key for _, one in ALL for key in one}
        assert [path for path, one in ALL if isinstance(one.get("type"), list)] == []

    def test_one_field_of_two_is_one_shape_of_two(self) -> None:
        """Each is a closed object with the field that it requires: strict validators refuse a bare `required`."""
        alternatives = [one for name in CONTRACT["$defs"] for one in CONTRACT["$defs"][name].get("oneOf", [])]
        bare = [one for one in alternatives if "required" in one and "properties" not in one]
        assert bare == []
        assert complaints("Period", {"days": 7}) == []
        assert complaints("Period", {"days": 7, "months": 1})
        assert complaints("Period", {})

    def test_each_keyword_stands_with_its_type(self) -> None:
        """A strict validator refuses a limit of a list beside a text, and a format that the standard does not know."""
        of_type = {"maxItems": "array", "minItems": "array", "maxLength": "string", "pattern": "string"}
        stray = [path for path, one in ALL for key, kind in of_type.items() if key in one and one.get("type") != kind]
        assert stray == []
        assert {one["format"] for _, one in ALL if "format" in one} == {"date-time", "date", "time", "uri"}

    def test_objects_are_closed(self) -> None:
        """A typo in a field of a command, an answer or an event does not compile."""
        is_open = [path for path, one in ALL if "properties" in one and one.get("additionalProperties") is not False]
        assert is_open == ["Problem.details"]

    def test_names_are_names_of_types(self) -> None:
        """None has a dot, and none that an event bears is the name of something else."""
        assert [name for name in CONTRACT["$defs"] if not name.isidentifier()] == []
        names = ("order.paid", "event.Line", "event.reported", "For", "event.For", "Offer")
        assert [type_name(name) for name in names] == [
            "OrderPaid", "RecordedLine", "EventReported", "DurationFor", "RecordedDurationFor", "Offer"
        ]  # fmt: skip

    def test_every_enum_has_a_name(self) -> None:
        """Generators number what they must name themselves."""
        assert [path for path, one in ALL if len(one.get("enum", [])) > 1 and path not in CONTRACT["$defs"]] == []

    def test_the_root_is_a_union(self) -> None:
        """Of all that goes over the wire: every answer, and the data of every event and letter."""
        named = {one["$ref"].removeprefix("#/$defs/") for one in CONTRACT["anyOf"]}
        assert {"Command", "Query", "Receipt", "Problem", "OrderPaid", "LetterPaymentAdded", *ANSWERS} <= named
        assert CONTRACT["x-queries"].keys() == {kind.name for kind in KINDS}

    def test_ids_say_what_they_refer_to(self) -> None:
        """A field with the id of a funnel says so, in commands and in answers."""
        order = CONTRACT["$defs"]["OrderView"]["properties"]
        assert (order["funnel"]["x-refers-to"], order["contact"]["x-refers-to"]) == ("funnel", "contact")
        assert CONTRACT["$defs"]["AddPayment"]["properties"]["order"]["x-refers-to"] == "order"
        assert "x-refers-to" not in order["payment_status"]

    @pytest.mark.parametrize(("name", "documents"), [("Command", COMMANDS), ("Query", QUERIES)])
    def test_takes_what_the_wire_takes(self, name: str, documents: dict[str, Any]) -> None:
        """The same documents fit; a typo in a field does not."""
        for document in documents.values():
            assert complaints(name, document) == []
            assert complaints(name, {**document, "ordr": "o1"})

    @pytest.mark.parametrize("name", OBJECTS)
    def test_takes_objects(self, name: str) -> None:
        """Objects with maps of ids, too."""
        assert complaints(name, OBJECTS[name]) == []

    def test_rows_are_told_apart(self) -> None:
        """A row of history is one of as many shapes as there are events, each with its own data; a letter likewise."""
        row: dict[str, Any] = {
            "at": "2026-11-01T08:00:00Z",
            "actor": {"kind": "staff", "id": "ira"},
            "actor_name": None,
            "version": 2,
            "event": "task.completed",
            "command": "complete_task",
            "data": {"task": "t1"},
        }
        assert complaints("EventView", row) == []
        assert complaints("EventView", {**row, "event": "order.cancelled"})
        letter = {
            "kind": "payment_added",
            "to": "olena",
            "to_name": "Олена",
            "order": "o1",
            "at": row["at"],
            "data": {"number": 1},
        }
        assert complaints("LetterView", letter)
        assert {len(CONTRACT["$defs"][name]["oneOf"]) for name in ("EventView", "LetterView")} == {55, 15}

    def test_openapi(self) -> None:
        """Every reference of the OpenAPI document leads to a component."""
        document: Any = openapi()
        assert document["components"]["schemas"].keys() == CONTRACT["$defs"].keys()
        assert "#/$defs/" not in json.dumps(document)

"""The JSON Schema of the whole wire: objects, commands, queries, answers, events, letters, case files.

One document holds everything under `$defs`, by name. `Command` is any command, `Query` any query, `CaseFile` a case.
The answer to a query is named after it: `OrdersQuery` has the answer `OrdersAnswer`. Beside `$defs`, `x-queries` maps
the name of each query to its answer, `x-commands` is the receipt of every command, and `x-errors` is an error. The
document is the same each time, so it can be stored and compared.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Literal, NotRequired, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from typing_extensions import get_original_bases

from kwiga_orders.codec import Json
from kwiga_orders.queries import KINDS, Query
from kwiga_orders.views.school_shapes import DiscountView, PeriodView
from kwiga_orders.wire.answer_fields import FAULT, PROBLEM, RECEIPT, SAVED_MEANS, refined
from kwiga_orders.wire.cases import CaseFile
from kwiga_orders.wire.commands import COMMANDS
from kwiga_orders.wire.contract import ANY_JSON, contract, type_name
from kwiga_orders.wire.descriptions import description
from kwiga_orders.wire.forms import forms
from kwiga_orders.wire.outbox_schema import LETTER_SHAPES, EventAbout, event_schemas, record_schema, records_in
from kwiga_orders.wire.precise import more_precise
from kwiga_orders.wire.queries import QUERIES

__all__ = ["ANSWERS", "contract_schema", "openapi", "schema", "schema_text"]

Schema = dict[str, Json]
"""A JSON Schema."""


def _answer_of(kind: type[Query[object]]) -> str:
    return kind.__name__.replace("Query", "Answer")


ANSWERS: Mapping[str, object] = {_answer_of(kind): get_args(get_original_bases(kind)[0])[0] for kind in KINDS}
"""The answer to each query."""

_SIMPLE: Mapping[object, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    # The same on input and output, so one type describes both.
    DiscountView: {"$ref": "#/$defs/Discount"},
    PeriodView: {"$ref": "#/$defs/Period"},
}


class _Untitled(GenerateJsonSchema):
    """Leaves out titles that only repeat the name of a field."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False


def schema() -> Schema:
    """Give the JSON Schema (2020-12) of the whole wire as one document."""
    inputs: list[tuple[str, JsonSchemaMode, TypeAdapter[object]]] = [
        ("Command", "validation", cast(TypeAdapter[object], COMMANDS)),
        ("Query", "validation", cast(TypeAdapter[object], QUERIES)),
        ("CaseFile", "validation", cast(TypeAdapter[object], TypeAdapter(CaseFile))),
    ]
    # One call, so that models used by more than one root are defined once.
    roots, shared = TypeAdapter.json_schemas(inputs, schema_generator=_Untitled)
    definitions = {**shared["$defs"], **{name: root for (name, _), root in roots.items() if "oneOf" in root}}
    definitions |= {**dict(_answers()), **dict(event_schemas()), **dict(_letters())}
    definitions |= {"Receipt": RECEIPT, "Problem": PROBLEM, "Fault": FAULT, "SavedMeans": SAVED_MEANS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "kwiga_orders: the wire",
        "x-commands": {"$ref": "#/$defs/Receipt"},
        "x-queries": {kind.name: {"$ref": f"#/$defs/{_answer_of(kind)}"} for kind in KINDS},
        "x-errors": {"$ref": "#/$defs/Problem"},
        # Sorted, so that the document is the same each time.
        "$defs": {name: _described(name, definitions[name]) for name in sorted(definitions)},
    }


def _described(name: str, schema: Json) -> Json:
    """Add descriptions to the fields of a type that have none."""
    if isinstance(schema, list):
        return [_described(name, one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    fields = schema.get("properties")
    if not isinstance(fields, dict):
        # An object may be inside an alternative, such as the two shapes of a period.
        return {key: _described(name, inner) if key in ("oneOf", "anyOf") else inner for key, inner in schema.items()}
    told: Schema = {}
    for field, one in cast(dict[str, Schema], fields).items():
        told[field] = {"description": _sentence(name, field, one), **one}
    return {**schema, "properties": told}


def _sentence(name: str, field: str, schema: Schema) -> Json:
    # A constant only tells alternatives apart, and its description says so.
    if "const" in schema:
        constant = json.dumps(schema["const"]).strip('"')
        return f"Always `{constant}`: it tells this apart from the others."
    return description(name, field) or ""


def schema_text() -> str:
    """Give the JSON Schema as text; it is the same each time."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


def contract_schema() -> Schema:
    """Give the schema for code generators; its root is the union of everything on the wire (`wire.contract`).

    `x-events` maps the name of each event and letter to the type of its data, `x-forms` has the form of each command.
    """
    whole = schema()
    plain = cast(dict[str, Schema], whole["$defs"])
    definitions: Schema = {**contract(more_precise(plain, ANSWERS)), **ANY_JSON}
    events: Schema = {name: {"$ref": f"#/$defs/{type_name(name)}"} for name in plain if _names_an_event(name)}
    sent: list[Json] = [{"$ref": f"#/$defs/{name}"} for name in ("Command", "Query", "CaseFile", "Receipt", "Problem")]
    answers: list[Json] = [{"$ref": f"#/$defs/{name}"} for name in sorted(ANSWERS)]
    return {
        **whole,
        "title": "Wire",
        "x-events": events,
        "x-forms": forms(cast(dict[str, Schema], definitions)),
        "anyOf": [*sent, *answers, *events.values()],
        "$defs": definitions,
    }


def _names_an_event(name: str) -> bool:
    # records inside events are named like `event.Line`, events like `line.added`
    return "." in name and name.rpartition(".")[2].islower()


def openapi() -> Schema:
    """Give the contract as OpenAPI 3.1: one path for commands, one for queries, and every type as a component."""
    whole = contract_schema()
    # References are texts in the schema, so they are replaced in the text.
    components = json.loads(json.dumps(whole["$defs"]).replace("#/$defs/", "#/components/schemas/"))
    answers: list[Json] = [{"$ref": f"#/components/schemas/{name}"} for name in sorted(ANSWERS)]
    return {
        "openapi": "3.1.0",
        "info": {"title": "kwiga_orders: the wire", "version": "2"},
        "paths": {
            "/commands": _path("execute", "Command", {"$ref": "#/components/schemas/Receipt"}),
            "/queries": _path("ask", "Query", {"anyOf": answers}),
        },
        "components": {"schemas": components},
    }


def _path(name: str, asked: str, answer: Schema) -> Schema:
    problem: Schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "post": {
            "operationId": name,
            "requestBody": {"required": True, "content": _json({"$ref": f"#/components/schemas/{asked}"})},
            "responses": {
                "200": {"description": "The answer.", "content": _json(answer)},
                "default": {"description": "The error.", "content": _json(problem)},
            },
        }
    }


def _json(shape: Schema) -> Schema:
    return {"application/json": {"schema": shape}}


def _answers() -> Iterator[tuple[str, Schema]]:
    for name, shape in ANSWERS.items():
        yield name, _schema_of(shape)
        yield from _shapes_in(shape)


def _letters() -> Iterator[tuple[str, Schema]]:
    """Give the schemas of outbox rows: of each kind of letter, and of every event's data (N4)."""
    for name, shape in LETTER_SHAPES.items():
        yield name, {**_object(shape, get_type_hints(shape)), "title": name}
        for inner in get_type_hints(shape).values():
            yield from _shapes_in(inner)
    yield from _shapes_in(EventAbout)


def _shapes_in(shape: object) -> Iterator[tuple[str, Schema]]:
    """Give the schema of every typed dictionary in a type, by its name."""
    hints: Iterable[object] = get_args(shape)
    if is_typeddict(shape) and shape not in _SIMPLE:
        view = cast(type, shape)
        fields = get_type_hints(view, include_extras=True)
        hints = fields.values()
        yield view.__name__, _object(view, fields)
    for inner in hints:
        yield from _shapes_in(inner)
    for note in getattr(shape, "__metadata__", ()):
        yield from records_in(note)


def _object(view: type, fields: Mapping[str, object]) -> Schema:
    """Give the schema of a typed dictionary, which allows no other fields."""
    # No other fields, so that every new field of an answer must be added to the contract.
    required: frozenset[str] = getattr(view, "__required_keys__", frozenset())
    return {
        "title": view.__name__,
        "description": view.__doc__ or "",
        "type": "object",
        "properties": {name: refined(view.__name__, name, _schema_of(inner)) for name, inner in fields.items()},
        "required": [name for name in fields if name in required],
        "additionalProperties": False,
    }


def _noted(note: object) -> Schema:
    """Give the schema from an annotation: a text is the description, a type is the value's type in the domain."""
    return {"description": note} if isinstance(note, str) else record_schema(note)


def _schema_of(shape: object) -> Schema:
    if shape in _SIMPLE:
        return {**_SIMPLE[shape]}
    if is_typeddict(shape):
        return {"$ref": f"#/$defs/{cast(type, shape).__name__}"}
    origin, inner = get_origin(shape), get_args(shape)
    if origin in (Annotated, NotRequired):
        said = _schema_of(inner[0])
        for note in inner[1:]:
            said |= _noted(note)
        return said
    if origin is Literal:
        return {**_SIMPLE[type(inner[0])], "enum": list(inner)}
    if float in inner:  # only `Json` has floats, and it allows anything
        return {}
    if origin is list:
        return {"type": "array", "items": _schema_of(inner[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema_of(inner[1])}
    if origin in (Union, UnionType):
        return {"anyOf": [_schema_of(one) for one in inner]}
    raise TypeError(f"no way to describe {shape} in a schema")

"""Rewrites the schema of the wire into a contract that code generators handle well.

Code generators fail on some parts of JSON Schema: text next to a `$ref` makes a numbered copy of a type, a list of
types or `patternProperties` makes an untyped one, a dot makes an unusable name. `contract` rewrites a schema so that
the same documents are valid and none of these parts remains. It also adds to each id what it refers to (`x-refers-to`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import cast

from kwiga_orders.codec import Json
from kwiga_orders.wire.named_types import hoisted, renamed

__all__ = ["ANY_JSON", "DECIMAL", "contract", "type_name"]

Schema = dict[str, Json]
"""A JSON Schema."""

ANY_JSON: Mapping[str, Schema] = {
    "JsonObject": {
        "description": "The host's own data: stored and returned unchanged, so only the host knows its fields.",
        "type": "object",
        "additionalProperties": True,
    },
    "JsonValue": {
        "description": "Any JSON value. In a case file it is the expected part of an answer.",
        # A type that refers to itself would describe the inside, but some generators get it wrong.
        "anyOf": [
            {"type": "null"},
            {"type": "boolean"},
            {"type": "number"},
            {"type": "string"},
            {"type": "array"},
            {"$ref": "#/$defs/JsonObject"},
        ],
    },
}
"""The two types for JSON without a fixed shape."""

DECIMAL = r"^-?\d+(\.\d+)?$"
"""The pattern of an amount in an answer."""

_REFERENCES: Mapping[str, str] = {
    "assignee": "person",
    "before": "status",
    "contact": "contact",
    "curators": "person",
    "funnel": "funnel",
    "gateway": "gateway",
    "into": "contact",
    "item": "attention",
    "lesson": "lesson",
    "lessons": "lesson",
    "manager": "person",
    "merged_into": "contact",
    "modules": "module",
    "move_to": "status",
    "offer": "offer",
    "only_from": "status",
    "order": "order",
    "payment": "payment",
    "payment_option": "payment_option",
    "product": "product",
    "products": "product",
    "refund": "refund",
    "remove_items": "product",
    "required": "practice",
    "responsible": "person",
    "responsibles": "person",
    "row": "delivery",
    "sections": "section",
    "status": "status",
    "statuses": "status",
    "superseded_by": "order",
    "tag": "tag",
    "tags": "tag",
    "task": "task",
    "team": "person",
    "tests": "test",
}
"""What the id in a field refers to. A field with an enum holds codes, not ids, and has no entry."""

_TYPED = frozenset({"$ref", "allOf", "anyOf", "const", "enum", "oneOf", "type"})
_BY_NAME = frozenset({"$defs", "properties"})
_ANNOTATIONS = frozenset({"default", "examples", "enum", "const", "required"})


def contract(definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """Give the same schemas for code generators, under names that can be type names."""
    # Generators make a class from each name.
    named = {type_name(name): cast(Schema, _object(one, name)) for name, one in definitions.items()}
    return hoisted(dict(_with_shapes_apart(named)))


def _with_shapes_apart(definitions: Mapping[str, Schema]) -> Iterator[tuple[str, Schema]]:
    """Give each of several shapes of a type its own name: `Period` is `PeriodInDays` or `PeriodInMonths`."""
    for name, one in definitions.items():
        shapes = [shape for shape in cast(list[Schema], one.get("oneOf", [])) if "properties" in shape]
        names = [f"{name}In{''.join(cast(Schema, shape['properties'])).capitalize()}" for shape in shapes]
        for own, shape in zip(names, shapes, strict=True):
            yield own, {"title": own, "description": one["description"], **shape}
        yield name, {**one, "oneOf": [{"$ref": f"#/$defs/{own}"} for own in names]} if shapes else one


def type_name(name: str) -> str:
    """Give the type name: `order.paid` is `OrderPaid`, `event.Line` is `RecordedLine`, `For` is `DurationFor`."""
    *_, last = name.split(".")
    if renamed(name) != name or last == name:
        return renamed(name)
    # Records inside events are named `event.Line`; all other names with dots are events and letters.
    if not last.islower():
        return f"Recorded{renamed(last)}"
    return "".join(part.capitalize() for part in re.split(r"[._]", name))


def _object(schema: Schema, name: str) -> Json:
    return _rewritten({**schema, "title": type_name(name)} if "properties" in schema else schema)


def _rewritten(node: Json) -> Json:
    """Rewrite a schema and all schemas inside it."""
    if isinstance(node, list):
        return [_rewritten(one) for one in node]
    if not isinstance(node, dict):
        return node
    # `discriminator` belongs to OpenAPI; `oneOf` with constants says the same in plain JSON Schema.
    node = {key: _inner(key, inner) for key, inner in node.items() if key != "discriminator"}
    for rewrite in (
        _keys_by_pattern,
        _one_shape_each,
        _limits_of_lists,
        _enum_alone,
        _decimal,
        _closed,
        _typed,
        _one_type_each,
        _text_apart_from_reference,
    ):
        node = rewrite(node)
    return node


def _inner(key: str, inner: Json) -> Json:
    if key in _ANNOTATIONS:
        return inner
    if key == "$ref":
        target = cast(str, inner).removeprefix("#/$defs/")
        # References use the new type names.
        return f"#/$defs/{type_name(target)}"
    if key in _BY_NAME and isinstance(inner, dict):
        return {field: _referring(field, _rewritten(one)) for field, one in inner.items()}
    return _rewritten(inner)


def _keys_by_pattern(node: Schema) -> Schema:
    """Describe a map of ids by `propertyNames` and `additionalProperties`, the two keywords that generators know."""
    patterns = node.get("patternProperties")
    if not isinstance(patterns, dict):
        return node
    # `ById` makes one pattern for all keys; more than one would be lost here.
    ((pattern, values),) = patterns.items()
    names = cast(Schema, node.get("propertyNames", {}))
    rest = {key: inner for key, inner in node.items() if key != "patternProperties"}
    return {**rest, "propertyNames": {"type": "string", **names, "pattern": pattern}, "additionalProperties": values}


def _one_shape_each(node: Schema) -> Schema:
    """Write "exactly one of these fields" as alternative closed objects, as generators ignore a bare `required`."""
    conditions = node.get("oneOf")
    fields = node.get("properties")
    if not isinstance(conditions, list) or not isinstance(fields, dict):
        return node
    shapes: list[Json] = []
    for condition in conditions:
        required = cast(list[str], cast(Schema, condition)["required"])
        own: Schema = {name: fields[name] for name in required}
        shapes.append({"type": "object", "properties": own, "required": [*required], "additionalProperties": False})
    return {"title": node["title"], "description": node["description"], "oneOf": shapes}


def _limits_of_lists(node: Schema) -> Schema:
    """Put the limit of a list next to its items, under JSON Schema's keyword for lists."""
    if node.get("type") == "array" and "maxLength" in node:
        # pydantic writes `maxLength` for a list that one of our functions checks, too
        rest = {key: inner for key, inner in node.items() if key != "maxLength"}
        return {**rest, "maxItems": node["maxLength"]}
    shapes = node.get("anyOf")
    if "maxItems" not in node or not isinstance(shapes, list):
        return node
    rest = {key: inner for key, inner in node.items() if key != "maxItems"}
    limited: list[Json] = [
        {**one, "maxItems": node["maxItems"]} if one.get("type") == "array" else one
        for one in cast(list[Schema], shapes)
    ]
    return {**rest, "anyOf": limited}


def _enum_alone(node: Schema) -> Schema:
    """Remove length limits and patterns next to an enum."""
    needless = {"minLength", "maxLength", "pattern"} if "enum" in node else set[str]()
    return {key: inner for key, inner in node.items() if key not in needless}


def _decimal(node: Schema) -> Schema:
    """Write the form of an amount as a pattern, because strict validators refuse non-standard formats."""
    if node.get("format") != "decimal":
        return node
    return {**{key: inner for key, inner in node.items() if key != "format"}, "pattern": DECIMAL}


def _closed(node: Schema) -> Schema:
    """Forbid unknown fields in an object with named fields, so that a misspelled field does not compile."""
    # In the plain schema events and letters allow unknown fields, because a later edition may add some.
    return {"additionalProperties": False, **node} if "properties" in node else node


def _typed(node: Schema) -> Schema:
    """Give untyped JSON a name instead of leaving it untyped."""
    is_open = node.get("additionalProperties", True) in (True, {"$ref": "#/$defs/JsonValue"})
    if node.get("type") == "object" and is_open and "properties" not in node:
        said = {key: inner for key, inner in node.items() if key not in ("type", "additionalProperties")}
        return {**said, "$ref": "#/$defs/JsonObject"}
    is_annotated = node.keys() <= {"default", "description", "examples", "title"}
    # A schema without a type keyword allows everything, and is named so.
    return {**node, "$ref": "#/$defs/JsonValue"} if is_annotated else node


def _one_type_each(node: Schema) -> Schema:
    """Write a list of types as alternatives, each with its own keywords."""
    types = node.get("type")
    if not isinstance(types, list):
        return node
    said = {key: inner for key, inner in node.items() if key in ("default", "description", "examples", "title")}
    own = {key: inner for key, inner in node.items() if key not in said and key != "type"}
    return {**said, "anyOf": [{"type": one} if one == "null" else {"type": one, **own} for one in types]}


def _text_apart_from_reference(node: Schema) -> Schema:
    if "$ref" not in node or len(node) == 1:
        # Some generators copy a type if there is text next to its `$ref`, so the reference goes into `allOf`.
        return node
    return {"allOf": [{"$ref": node["$ref"]}], **{key: inner for key, inner in node.items() if key != "$ref"}}


def _referring(field: str, schema: Json) -> Json:
    """Add what the ids in a field refer to; a field of another shape or with an enum holds no ids."""
    refers_to = _REFERENCES.get(field)
    if refers_to is None or not isinstance(schema, dict) or not _holds_id(schema):
        return schema
    return {**schema, "x-refers-to": refers_to}


def _holds_id(schema: Schema) -> bool:
    """Tell whether a field holds a text, a list of texts, one of these, or a map with texts as keys."""
    # An enum holds codes, and an instant is no id.
    if schema.keys() & {"const", "enum", "format"}:
        return False
    inner = [schema.get("items"), *cast(list[Json], schema.get("anyOf", []))]
    return (
        schema.get("type") == "string"
        or "propertyNames" in schema
        or any(_holds_id(one) for one in inner if isinstance(one, dict))
    )

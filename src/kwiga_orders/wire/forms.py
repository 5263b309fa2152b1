"""Every command as a form: the data that a generic renderer needs, so that no front end has to write forms by hand.

`forms()` gives a form for each command by its name, and `parts` for the types inside forms. Labels, help lines and
texts of options are keys of `texts(locale)`, so a form is the same in every language.
"""

from collections.abc import Iterator, Mapping
from typing import cast

from kwiga_orders.bounds import NOTE
from kwiga_orders.codec import Json
from kwiga_orders.wire.form_tables import CONDITIONS, GROUPS, HELP, LABELS, OPTIONS, OWN_LABELS, OWN_OPTIONS, TECHNICAL
from kwiga_orders.wire.text_types import text_type

__all__ = ["forms"]

Schema = Mapping[str, Json]
"""A JSON Schema of the contract."""
Definitions = Mapping[str, Schema]
"""The types of the contract, by name."""
Form = dict[str, Json]
"""A form, or a part of one."""

_LIKE = {"NewPayment": "AddPayment", "EditPayment": "AddPayment", "EditOffer": "CreateOffer", "Offer": "CreateOffer"}
"""Types whose fields have the help lines of another type."""
_WIDGETS = {
    "Amount": "amount", "ChosenTime": "chosen_time", "Currency": "currency", "Day": "day", "Instant": "instant",
    "LocalTime": "time", "Percent": "percent",
}  # fmt: skip
_AROUND_PARTS = ("product",)
"""Fields that come from the form around a part: terms of access always belong to a product."""
_LIMITS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")


def forms(definitions: Definitions) -> Form:
    """Give `commands`, the form of each command by name, and `parts`, the forms of the types inside, by name."""
    kinds = [_target(one) for one in cast(list[Schema], definitions["Command"]["oneOf"])]
    commands: dict[str, Json] = {}
    for kind in kinds:
        name = cast(str, _fields(definitions[kind])["command"]["const"])
        commands[name] = {"type": kind, "title": f"command.{name}", "groups": [*_groups(kind, definitions)]}
    parts: dict[str, Json] = {}
    waiting = [*_parts_in(commands)]
    while waiting:
        name = waiting.pop()
        if name not in parts:
            parts[name] = _part(name, definitions)
            waiting += _parts_in(parts[name])
    return {"commands": commands, "parts": {name: parts[name] for name in sorted(parts)}}


def _target(schema: Schema) -> str:
    return cast(str, schema["$ref"]).removeprefix("#/$defs/")


def _fields(schema: Schema) -> Mapping[str, Schema]:
    return cast(Mapping[str, Schema], schema["properties"])


def _parts_in(node: Json) -> Iterator[str]:
    """Give the names of the parts that a form refers to."""
    if isinstance(node, dict):
        if isinstance(name := node.get("part"), str):
            yield name
        for inner in node.values():
            yield from _parts_in(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _parts_in(inner)


def _groups(kind: str, definitions: Definitions) -> Iterator[Json]:
    """Give the fields of a type in groups; fields that a program fills in are in the last group."""
    shown = [name for name, one in _fields(definitions[kind]).items() if "const" not in one and name not in TECHNICAL]
    groups = GROUPS.get(kind, ((None, tuple(shown)),))
    hidden = tuple(name for name in TECHNICAL if name in _fields(definitions[kind]))
    for title, names in groups:
        there = [_field(kind, name, definitions) for name in names if name in shown]
        if there:
            yield {"title": None if title is None else f"group.{title}", "fields": cast(list[Json], there)}
    if hidden:
        fields: list[Json] = [_field(kind, name, definitions) for name in hidden]
        yield {"title": "group.technical", "hidden": True, "fields": fields}


def _field(kind: str, name: str, definitions: Definitions) -> Form:
    schema = definitions[kind]
    field = _fields(schema)[name]
    own = kind.removeprefix("Each")
    made: Form = {
        "name": name,
        "label": f"field.{own}.{name}" if f"{own}.{name}" in OWN_LABELS else f"field.{name}",
        "required": name in cast(list[str], schema.get("required", [])),
        **_widget(field, definitions, (*_fields(schema), *(() if "command" in _fields(schema) else _AROUND_PARTS))),
    }
    if (options := OWN_OPTIONS.get(f"{kind}.{name}")) is not None:
        # For a list, its items have the options.
        cast(Form, made.get("item", made))["options"] = dict(options)
    helped = next((one for one in (own, _LIKE.get(own, own)) if f"{one}.{name}" in HELP), None)
    if helped is not None:
        made["help"] = f"help.{helped}.{name}"
    if (condition := CONDITIONS.get(f"{kind}.{name}")) is not None:
        made["when"] = dict(condition)
    return made | ({"default": field["default"]} if field.get("default") is not None else {})


def _widget(schema: Schema, definitions: Definitions, around: tuple[str, ...]) -> Form:
    """Give the widget for a value. Its options may depend on `around`, the other fields of the form."""
    shapes = cast(list[Schema], schema.get("anyOf", schema.get("allOf", [])))
    given = [one for one in shapes if one.get("type") != "null"]
    if given:
        # A value or a list of values is entered as a list; besides null there is only one other shape.
        one = next((inner for inner in given if inner.get("type") == "array"), given[0])
        outer = {key: schema[key] for key in ("x-refers-to",) if key in schema}
        may_be_null: Form = {"nullable": True} if len(given) < len(shapes) else {}
        return _widget({**one, **outer}, definitions, around) | may_be_null
    if "$ref" in schema:
        return _of_type(_target(schema), definitions)
    if schema.get("type") == "array":
        return _list(schema, definitions, around)
    if schema.get("type") == "object":
        return _map(schema, definitions, around)
    return {**_of_scalar(schema, around), **{key: schema[key] for key in _LIMITS if key in schema}}


def _of_type(name: str, definitions: Definitions) -> Form:
    schema = definitions[name]
    if "enum" not in schema:
        return {"widget": "json"} if name == "JsonObject" else {"widget": "part", "part": name}
    values = cast(list[str], schema["enum"])
    return {"widget": "choice", "choices": [{"value": one, "label": f"{LABELS[name]}.{one}"} for one in values]}


def _list(schema: Schema, definitions: Definitions, around: tuple[str, ...]) -> Form:
    refers = {key: schema[key] for key in ("x-refers-to",) if key in schema}
    limits = {key: schema[key] for key in _LIMITS if key in schema}
    if "prefixItems" in schema:
        pair: list[Json] = [_widget(one, definitions, around) for one in cast(list[Schema], schema["prefixItems"])]
        return {"widget": "tuple", "items": pair}
    item = _widget({**cast(Schema, schema["items"]), **refers}, definitions, around)
    return {"widget": "list", "item": item, **limits}


def _map(schema: Schema, definitions: Definitions, around: tuple[str, ...]) -> Form:
    refers = {key: schema[key] for key in ("x-refers-to",) if key in schema}
    key = _widget({**cast(Schema, schema["propertyNames"]), **refers}, definitions, around)
    item = _widget(cast(Schema, schema["additionalProperties"]), definitions, around)
    return {"widget": "map", "key": key, "item": item}


def _of_scalar(schema: Schema, around: tuple[str, ...]) -> Form:
    if schema["type"] != "string":
        return {"widget": "switch" if schema["type"] == "boolean" else "number"}
    refers_to = cast(str, schema.get("x-refers-to", ""))
    for options in OPTIONS.get(refers_to, ()):
        # A field cannot be an argument of its own options, such as the order of a command.
        if {*cast(Mapping[str, str], options["with"]).values()} <= {*around}:
            return {"widget": "reference", "refers_to": refers_to, "options": dict(options)}
    if refers_to:
        return {"widget": "reference", "refers_to": refers_to}
    is_long = cast(int, schema.get("maxLength", 0)) >= NOTE
    return {"widget": _WIDGETS.get(text_type(schema) or "", "long_text" if is_long else "text")}


def _part(name: str, definitions: Definitions) -> Form:
    """Give the form of a type inside other forms: its groups, or its kinds, each with groups."""
    schema = definitions[name]
    if "oneOf" not in schema:
        return {"groups": [*_groups(name, definitions)]}
    kinds: list[Json] = []
    for target in map(_target, cast(list[Schema], schema["oneOf"])):
        fields = _fields(definitions[target])
        tag = next((key for key, one in fields.items() if "const" in one), None)
        # A shape without a distinguishing constant is recognized by its only field.
        value = next(iter(fields)) if tag is None else fields[tag]["const"]
        kind: Form = {"type": target, "tag": tag, "value": value, "label": f"{LABELS[name]}.{value}"}
        kinds.append({**kind, "groups": [*_groups(target, definitions)]})
    return {"kinds": kinds}

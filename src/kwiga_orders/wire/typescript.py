"""The contract as TypeScript: a type for everything on the wire, and maps from names to types.

It is written from `contract_schema` without Node. A field or status that is not in the contract does not compile under
`tsc --strict`.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from kwiga_orders.codec import Json
from kwiga_orders.wire.schema import contract_schema
from kwiga_orders.wire.text_types import TEXT_TYPES, text_type

__all__ = ["typescript"]

Schema = Mapping[str, Json]
"""A JSON Schema of the contract."""

_HEAD = """\
// Made by `kwiga-orders schema --typescript`: to change it, make it anew.
"""

_MAPS = """\
/** A field of a form. Its label and help line are keys in the answer to `texts`. */
export interface FormField extends FormWidget {
  name: string;
  label: string;
  help?: string;
  required: boolean;
  default?: unknown;
  /** The field is shown only if another field of the form is absent, is present, or equals a value. */
  when?: { field: string; is?: "absent" | "present"; equals?: unknown };
}

/** How a value is entered. */
export interface FormWidget {
  widget: "amount" | "choice" | "chosen_time" | "currency" | "instant" | "json" | "list" | "long_text" | "map"
    | "number" | "part" | "percent" | "reference" | "switch" | "text" | "time" | "tuple";
  nullable?: boolean;
  /** For a choice: its values. */
  choices?: { value: string; label: string }[];
  /** For a part: its name in `Forms.parts`. */
  part?: string;
  /** For a list: each item. For a map: each value. */
  item?: FormWidget;
  /** For a map: the key. */
  key?: FormWidget;
  /** For a tuple: its items. */
  items?: FormWidget[];
  /** For a reference: what the id refers to, and the query that gives the options, if there is one. */
  refers_to?: string;
  options?: FormOptions;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

/** A query whose answer gives the options of a field. `rows` is a path in the answer. */
export interface FormOptions {
  query: QueryName;
  /** The arguments of the query: each is a field of the form or of a form around it, or comes from another query. */
  with: { [argument: string]: string | FormArgument };
  rows: string;
  /** The field of a row that gives the value; null: the row itself is the value. */
  value: string | null;
  text: string[];
  /** The argument for the text that a person types. */
  search?: string;
  /** A field of the answer: if it is false, there is no list to choose from, and the id is typed. */
  typed_unless?: string;
  /** Keeps only rows whose field has the value, or one of the values, of a form field; while that is unset, all. */
  where?: { [name: string]: string };
  /** The options to use while an argument has no value. */
  otherwise?: FormOptions;
}

/** An argument that comes from another query: the field `value` of its answer, or of the answer's first row. */
export interface FormArgument {
  query: QueryName;
  with: { [argument: string]: string };
  value: string;
}

/** A group of fields of a form, with a title. */
export interface FormGroup {
  title: string | null;
  hidden?: boolean;
  fields: FormField[];
}

/** The form of a command. */
export interface Form {
  type: string;
  title: string;
  groups: FormGroup[];
}

/** A part of a form: its groups, or several kinds to choose from, each with its groups. */
export interface FormPart {
  groups?: FormGroup[];
  /** `tag` is the field that names the kind; null: each kind has only one field, which identifies it. */
  kinds?: { type: string; tag: string | null; value: string; label: string; groups: FormGroup[] }[];
}

/** The forms of all commands, as `kwiga-orders schema --forms` prints them. */
export interface Forms {
  commands: { [N in CommandName]: Form };
  parts: { [part: string]: FormPart };
}

/** The name of a command. */
export type CommandName = Command["command"];

/** A command by its name. */
export type CommandOf<N extends CommandName> = Extract<Command, { command: N }>;

/** The name of a query. */
export type QueryName = keyof Queries;

/** A query by its name. */
export type QueryOf<N extends QueryName> = Queries[N];

/** What a query answers, by its name or by its type: `AnswerOf<"orders">`, `AnswerOf<OrdersQuery>`. */
export type AnswerOf<Q extends QueryName | { query: QueryName }> = Answers[
  Q extends { query: infer N extends QueryName } ? N : Extract<Q, QueryName>
];
"""


def typescript() -> str:
    """Give the contract as a TypeScript module; it is the same each time."""
    whole = contract_schema()
    definitions = dict(_with_shapes_inside(cast(Mapping[str, Schema], whole["$defs"])))
    referred = sorted(set(re.findall(r'"x-refers-to": "(\w+)"', json.dumps(definitions))))
    parts = [
        _HEAD,
        *(f"{_doc({'description': says})}export type {name} = string;\n" for name, says in TEXT_TYPES.items()),
        *(f"/** An id that refers to: {name}. */\nexport type {_id_of(name)} = string;\n" for name in referred),
        *(_definition(name, definitions[name]) for name in sorted(definitions)),
        _map("Queries", "Each query by its name.", _queries(definitions)),
        _map("Answers", "What each query answers, by its name.", _references(whole["x-queries"])),
        _map("EventData", "The data of each event, by its name.", _references(whole["x-events"], letters=False)),
        _map("LetterData", "The data of each letter, by its kind.", _references(whole["x-events"], letters=True)),
        _MAPS,
    ]
    return "\n".join(parts)


def _with_shapes_inside(definitions: Mapping[str, Schema]) -> Iterator[tuple[str, Schema]]:
    """Put shapes without a distinguishing constant into their union, where mixing their fields can be forbidden."""
    for name, one in definitions.items():
        shapes = [definitions[_type(shape)] for shape in cast(list[Schema], one.get("oneOf", [])) if "$ref" in shape]
        told_apart = any("const" in inner for shape in shapes for inner in _fields(shape).values())
        yield name, one if told_apart or not shapes else {**one, "oneOf": cast(list[Json], shapes)}


def _fields(schema: Schema) -> Mapping[str, Schema]:
    return cast(Mapping[str, Schema], schema.get("properties", {}))


def _queries(definitions: Mapping[str, Schema]) -> Iterator[tuple[str, str]]:
    for one in cast(list[Schema], definitions["Query"]["oneOf"]):
        kind = _type(one)
        yield cast(str, _fields(definitions[kind])["query"]["const"]), kind


def _references(named: Json, *, letters: bool | None = None) -> Iterator[tuple[str, str]]:
    for name, one in cast(Mapping[str, Schema], named).items():
        is_letter = name.startswith("letter.") and name != "letter.sent"
        if letters is None or letters == is_letter:
            yield name.removeprefix("letter.") if is_letter else name, _type(one)


def _map(name: str, says: str, entries: Iterable[tuple[str, str]]) -> str:
    fields = "".join(f"  {_key(key)}: {kind};\n" for key, kind in entries)
    return f"/** {says} */\nexport interface {name} {{\n{fields}}}\n"


def _definition(name: str, schema: Schema) -> str:
    """Give an interface for an object, a type for anything else, and for an enum also the list of its values."""
    said = _doc(schema)
    if "properties" in schema:
        return f"{said}export interface {name} {_object(schema, '')}\n"
    written = f"{said}export type {name} = {_type(schema)};\n"
    if "enum" not in schema:
        return written
    values = ", ".join(map(json.dumps, cast(list[Json], schema["enum"])))
    # Types do not exist at run time, and a filter has to list the possible values.
    return f"{written}export const {name[0].lower()}{name[1:]}Values: readonly {name}[] = [{values}];\n"


def _type(schema: Schema, indent: str = "") -> str:
    """Give the type that a schema describes."""
    if "x-refers-to" in schema and schema.get("type") == "string":
        return _id_of(cast(str, schema["x-refers-to"]))
    if "$ref" in schema:
        return cast(str, schema["$ref"]).removeprefix("#/$defs/")
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(json.dumps, cast(list[Json], schema["enum"])))
    for keyword in ("allOf", "anyOf", "oneOf"):
        if keyword in schema:
            return _union(_told_apart(cast(list[Schema], schema[keyword])), schema, indent)
    return _of_kind(schema, indent)


def _of_kind(schema: Schema, indent: str) -> str:
    kind = schema.get("type")
    if kind == "string":
        return text_type(schema) or "string"
    if kind == "array":
        return _list(schema, indent)
    if kind != "object":
        # TypeScript has one type for `integer` and `number`; a schema without a type is any JSON
        return {"boolean": "boolean", "null": "null", None: "unknown"}.get(cast("str | None", kind), "number")
    if "properties" in schema:
        return _object(schema, indent)
    values = schema.get("additionalProperties", True)
    return f"{{ [key: string]: {_type(values, indent) if isinstance(values, dict) else 'unknown'} }}"


def _list(schema: Schema, indent: str) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(_type(one, indent) for one in cast(list[Schema], schema['prefixItems']))}]"
    item = _type(_with_reference(cast(Schema, schema.get("items", {})), schema), indent)
    return f"({item})[]" if " | " in item else f"{item}[]"


def _with_reference(inner: Schema, outer: Schema) -> Schema:
    """Pass on what the ids in a field refer to, to the texts inside."""
    return {**inner, "x-refers-to": outer["x-refers-to"]} if "x-refers-to" in outer else inner


def _union(shapes: Iterable[Schema], schema: Schema, indent: str) -> str:
    # A dictionary keeps the order and drops duplicates, such as two kinds of text.
    return " | ".join(dict.fromkeys(_type(_with_reference(one, schema), indent) for one in shapes))


def _told_apart(shapes: list[Schema]) -> Iterator[Schema]:
    """Forbid in each shape the fields of the others, because TypeScript would allow the fields of two at once."""
    names = [name for one in shapes for name in _fields(one)]
    for one in shapes:
        others: dict[str, Json] = {name: {"x-never": True} for name in names if name not in _fields(one)}
        yield {**one, "properties": {**cast(Schema, one["properties"]), **others}} if "properties" in one else one


def _object(schema: Schema, indent: str) -> str:
    required = cast(list[str], schema.get("required", []))
    inside = f"{indent}  "
    lines: list[str] = []
    for name, one in _fields(schema).items():
        kind = "never" if "x-never" in one else _type(one, inside)
        mark = "" if name in required else "?"
        lines.append(f"{_doc(one, inside)}{inside}{_key(name)}{mark}: {kind};\n")
    if schema.get("additionalProperties") is True:
        lines.append(f"{inside}[key: string]: unknown;\n")
    return f"{{\n{''.join(lines)}{indent}}}"


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)


def _id_of(what: str) -> str:
    return f"{''.join(part.capitalize() for part in what.split('_'))}Id"


def _doc(schema: Schema, indent: str = "") -> str:
    says = " ".join(str(schema.get("description", "")).split()).replace("*/", "* /")
    return f"{indent}/** {says} */\n" if says else ""

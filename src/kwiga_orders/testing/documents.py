"""Hypothesis strategies for documents of the wire: objects and commands by name, valid or invalid.

    documents("FreezeAccess")          {"command": "freeze_access", "order": "o1", "for": {"days": 3}}
    invalid_documents("FreezeAccess")  the same with one fault, refused with its path
    commands()                         any command of the domain, read from such a document

They follow the JSON Schema of the wire, so additions to the schema are drawn automatically. A schema cannot say
everything, so drawn documents are also read: valid ones must be accepted, invalid ones refused.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import cast

from kwiga_orders.codec import Json
from kwiga_orders.commands import Command
from kwiga_orders.errors import InvalidInput, Refused
from kwiga_orders.extras import extra
from kwiga_orders.testing.drawn_terms import often, zones
from kwiga_orders.wire.commands import COMMANDS, read_command
from kwiga_orders.wire.parts import Part, read_as
from kwiga_orders.wire.schema import schema

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["command_names", "commands", "documents", "invalid_documents", "object_names", "registered"]

Document = dict[str, Json]
"""A parsed JSON object."""
_Schema = Mapping[str, Json]

_WORDS = ("o1", "o1.1", "python", "basic", "l1", "m1", "x.called", "ira", "Ірина Ёлка", "O’Neil", "👩‍🎓", "a" * 100)
_INSTANTS = (
    "2026-10-25T03:30:00+03:00",
    "2028-02-29T00:00:00Z",
    "2027-03-28T01:00:00.000001+00:00",
    "2026-12-31T23:59:59-05:00",
)
_DAYS = ("2026-01-31", "2028-02-29", "2026-10-25", "2026-12-31")
_TEXTS: Mapping[str, tuple[str, ...]] = {
    r"^\d{1,12}(\.\d{1,18})?$": ("0", "0.01", "1000.00", "333.34", "1000", "999999999999.99"),
    "^[A-Z]{3}$": ("UAH", "JPY", "KWD", "EUR"),
    r"^([01]\d|2[0-3]):[0-5]\d$": ("00:00", "09:00", "23:59"),
    r"^(100(\.0{1,18})?|\d{1,2}(\.\d{1,18})?)$": ("0", "12.5", "100", "33.333"),
}
"""The texts to draw for these patterns."""
_WRONG: tuple[Json, ...] = (
    None,
    1.5,
    -1,
    "",
    "2026-11-01T10:00:00",
    "1e5",
    "-1",
    "x\u0000",
    [],
    {},
    [[]],
    {"x": 1},
    "y" * 20_001,
)
"""The values that are put in the wrong place."""


def command_names() -> tuple[str, ...]:
    """Give the names of all commands as in the schema, such as `FreezeAccess`."""
    union = cast(list[_Schema], cast(_Schema, _definitions()["Command"])["oneOf"])
    return tuple(str(one["$ref"]).rpartition("/")[2] for one in union)


def object_names() -> tuple[str, ...]:
    """Give the names of all objects inside commands and case files, such as `Course`, `Terms`, `Offer`."""
    return tuple(sorted(_reached("CaseFile") - set(command_names()) - {"CaseFile", "Command", "Query"}))


def documents(name: str) -> st.SearchStrategy[Document]:
    """Draw a valid document of an object or a command, by its name in the schema."""
    return _drawn({"$ref": f"#/$defs/{name}"}).map(_as_document).filter(_is_read_as(name))


def invalid_documents(name: str) -> st.SearchStrategy[Document]:
    """Draw a document with one fault: a field is missing, misspelled, of a wrong type, too long, or without offset."""
    reads = _is_read_as(name)
    return documents(name).flatmap(_spoilt).filter(lambda document: not reads(document))


def commands(name: str | None = None) -> st.SearchStrategy[Command]:
    """Draw a command of the domain, with that name or with any."""
    named = st.sampled_from(command_names()) if name is None else st.just(name)
    return named.flatmap(documents).map(read_command)


@cache
def registered() -> tuple[type, ...]:
    """Register the class of each command with hypothesis, for `from_type` and `given`; give the classes."""
    made: list[type] = []
    for model in _models():
        if model.__name__ in command_names() and model.makes is not None:
            st.register_type_strategy(model.makes, commands(model.__name__))
            made.append(model.makes)
    return tuple(made)


# Reading the schema


@cache
def _definitions() -> _Schema:
    return cast(_Schema, schema()["$defs"])


def _reached(name: str) -> set[str]:
    """Give the names of all definitions that a definition refers to, directly or indirectly."""
    found, left = set[str](), [name]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += re.findall(r"'\$ref': '#/\$defs/(\w+)'", repr(_definitions()[one]))
    return found


def _models() -> Iterator[type[Part[object]]]:
    left = [*Part.__subclasses__()]
    while left:
        model = left.pop()
        left += model.__subclasses__()
        yield model


@cache
def _is_read_as(name: str) -> Callable[[Document], bool]:
    """Give a function that tells whether a document can be read as this object or command."""
    model = next((one for one in _models() if one.__name__ == name and one.__pydantic_complete__), None)
    read: Callable[[object], object] = COMMANDS.validate_python if model is None else model.model_validate

    def reads(document: Document) -> bool:
        try:
            part = read_as(read, document)
            if isinstance(part, Part):
                part.value()
        except (InvalidInput, Refused):
            return False
        return True

    return reads


def _as_document(value: Json) -> Document:
    assert isinstance(value, dict), "objects and commands are documents"
    return value


# From a schema to a strategy


def _drawn(shape: _Schema) -> st.SearchStrategy[Json]:
    """Give the strategy of a schema."""
    if "$ref" in shape:
        name = str(shape["$ref"]).rpartition("/")[2]
        return st.deferred(lambda: _named(name))
    if "const" in shape:
        return st.just(shape["const"])
    if "enum" in shape:
        return st.sampled_from(cast(list[Json], shape["enum"]))
    for several in ("anyOf", "oneOf"):
        if several in shape and "properties" not in shape:
            return st.one_of([_drawn(one) for one in cast(list[_Schema], shape[several])])
    return _PLAIN[str(shape.get("type", "object"))](shape)


@cache
def _named(name: str) -> st.SearchStrategy[Json]:
    return _drawn(cast(_Schema, _definitions()[name]))


def _texts(shape: _Schema) -> st.SearchStrategy[Json]:
    pattern = str(shape.get("pattern", ""))
    if pattern in _TEXTS:
        return st.sampled_from(_TEXTS[pattern])
    if "format" in shape or pattern.startswith(r"^\d{4}"):
        return st.sampled_from(_INSTANTS if "format" in shape else _INSTANTS + _DAYS)
    return st.sampled_from(_WORDS)


def _numbers(shape: _Schema) -> st.SearchStrategy[Json]:
    least, most = (shape.get(name) for name in ("minimum", "maximum"))
    return st.integers(cast(int, least or 0), cast(int, 9 if most is None else most))


def _lists(shape: _Schema) -> st.SearchStrategy[Json]:
    least = cast(int, shape.get("minItems", 0))
    if "prefixItems" in shape:
        return st.tuples(*[_drawn(one) for one in cast(list[_Schema], shape["prefixItems"])]).map(list)
    items = cast(_Schema, shape.get("items", {"type": "string"}))
    return st.lists(_drawn(items), min_size=least, max_size=least + 1, unique_by=repr).map(list)


def _objects(shape: _Schema) -> st.SearchStrategy[Json]:
    if "patternProperties" in shape:
        (inner,) = cast(Mapping[str, _Schema], shape["patternProperties"]).values()
        return st.dictionaries(st.sampled_from(_WORDS), _drawn(inner), max_size=2).map(dict)
    if "properties" not in shape:
        inner = cast(_Schema, shape.get("additionalProperties") or {"type": "string"})
        return st.dictionaries(
            st.sampled_from(_WORDS), _drawn(inner if isinstance(inner, dict) else {"type": "string"}), max_size=2
        ).map(dict)
    ways = cast(list[_Schema], shape.get("oneOf", shape.get("anyOf", [])))
    return st.one_of([_fields(shape, ways, way) for way in ways]) if ways else _fields(shape, (), {})


def _fields(shape: _Schema, ways: Sequence[_Schema], way: _Schema) -> st.SearchStrategy[Json]:
    """Give a strategy for the fields of an object, for one of the alternatives that the schema allows."""
    others = {name for one in ways for name in cast(list[str], one.get("required", []))}
    named = cast(list[str], way.get("required", []))
    fields = {
        name: one
        for name, one in cast(Mapping[str, _Schema], shape["properties"]).items()
        if name in named or name not in others
    }
    required = [*cast(list[str], shape.get("required", [])), *named]
    drawn = {name: zones() if name == "timezone" else _drawn(one) for name, one in fields.items()}
    optional = {name: one for name, one in drawn.items() if name not in required}
    return st.fixed_dictionaries({name: drawn[name] for name in required}, optional=optional).map(dict)


_PLAIN: Mapping[str, Callable[[_Schema], st.SearchStrategy[Json]]] = {
    "string": _texts,
    "integer": _numbers,
    "number": _numbers,
    "boolean": lambda _: st.booleans(),
    "null": lambda _: st.none(),
    "array": _lists,
    "object": _objects,
}


# Making one fault


def _spoilt(document: Document) -> st.SearchStrategy[Document]:
    """Draw the document with one fault, at any depth."""
    places = list(_places(document, ())) or [("nothing",)]
    at = st.sampled_from(places)
    wrong = st.builds(lambda place, value: _with(document, place, value), at, st.sampled_from(_WRONG))
    misspelt = st.builds(lambda place: _with(document, (*place[:-1], f"{place[-1]}x"), 1), at)
    left_out = st.builds(lambda place: _without(document, place), at)
    return often((3, wrong), (1, misspelt), (1, left_out))


def _places(value: Json, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from _places(one, (*path, key))


def _with(document: Document, path: tuple[str | int, ...], value: Json) -> Document:
    spoilt = deepcopy(document)
    holder = _holder(spoilt, path)
    if isinstance(holder, dict):
        holder[str(path[-1])] = value
    elif isinstance(holder, list):
        holder.append(value)
    return spoilt


def _without(document: Document, path: tuple[str | int, ...]) -> Document:
    spoilt = deepcopy(document)
    holder = _holder(spoilt, path)
    if isinstance(holder, dict):
        holder.pop(str(path[-1]), None)
    elif isinstance(holder, list):
        holder.pop()
    return spoilt


def _holder(document: Json, path: tuple[str | int, ...]) -> Json:
    for key in path[:-1]:
        document = document[str(key)] if isinstance(document, dict) else cast(list[Json], document)[int(key)]
    return document

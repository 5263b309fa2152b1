"""Values to JSON and back, by their types: for stored documents, history and fingerprints.

Laws:

1. `decode(encode(x, T), T) == x` for every value of the domain.
2. A field that has its default is left out, so a new field with a default reads old documents.
3. Classes in a union are distinguished by the class attribute `kind` (values) or `name` (commands, events).
4. A document that cannot be read, or has an unknown field, is `Corrupt`, with the class and the field.
5. A class with checks or converters is called when a value is read. Any other class is not called: its values are
   created directly, because they were right when they were written.

For each class a writer and a reader are compiled once from its fields, as attrs compiles `__init__`, so writing and
reading a document needs no loop over fields and no test of types. Both work on plain data; the adapter that stores
documents chooses how to turn them into text.
"""

import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from operator import index
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs

from kwiga_orders.errors import Corrupt, InvalidInput, Refused
from kwiga_orders.values import compiled, converts, factory_in, opened

__all__ = ["Json", "decode", "encode", "encoder_of", "iso_text", "utc_text"]

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
"""Plain JSON data, as for `json.dumps` and from `json.loads`."""

T = TypeVar("T")
_Write = Callable[[Any], Json]
_Read = Callable[[Any], object]
_Coder = tuple[_Write, _Read]
_UNREADABLE = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, Refused, InvalidInput)


def encode(value: object, kind: object) -> Json:
    """Give `value`, which is of the type `kind`, as plain JSON data."""
    return _coder(kind)[0](value)


def encoder_of(kind: type[T]) -> Callable[[T], Json]:
    """Give the function that encodes values of a type, for encoding many of them."""
    return cast(Callable[[T], Json], _coder(cast(type, kind))[0])


def decode(document: Json, kind: type[T]) -> T:
    """Read a value of the type `kind` from plain JSON data.

    Raises:
        Corrupt: `document.unreadable` if it is not the encoding of such a value.
    """
    try:
        return cast(T, _coder(cast(type, kind))[1](document))
    except _UNREADABLE as problem:
        raise Corrupt("document.unreadable", kind=getattr(kind, "__name__", str(kind))) from problem


@cache
def _coder(kind: object) -> _Coder:
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin = get_origin(kind)
    if origin is Literal:
        # Literals are checked by the class or the wire; here they are only texts.
        return _SCALARS[str]
    if origin in (Union, types.UnionType):
        # Classes in a union are distinguished by tags, scalars by their form in JSON.
        return _union(get_args(kind))
    if origin in (tuple, frozenset):
        return _sequence(origin, get_args(kind)[0])
    if origin in (dict, Mapping):
        return _mapping(get_args(kind)[1])
    if isinstance(kind, type) and issubclass(kind, Enum):
        # A dict lookup is faster than calling the enum.
        values: dict[Enum, Json] = {member: member.value for member in kind}
        return values.__getitem__, {value: member for member, value in values.items()}.__getitem__
    if isinstance(kind, type) and attrs.has(kind):
        return _record(kind)
    raise TypeError(f"no way to write {kind} as JSON")


# Scalars


def _same(document: Any) -> Any:
    return document


_TWO = [f"{number:02}" for number in range(100)]
_THREE = [f"{number:03}" for number in range(1000)]


# A thousand is more than the instants of one command.
@lru_cache(maxsize=1024)
def utc_text(at: datetime) -> str:
    """Write an instant in UTC, without an offset; `isoformat` takes twice as long.

    Cached, because the few instants of a command are written many times.
    """
    # `is`, because nearly all instants have this object; others are converted.
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    text = f"{at.year:04}-{_TWO[at.month]}-{_TWO[at.day]}T{_TWO[at.hour]}:{_TWO[at.minute]}:{_TWO[at.second]}"
    micro = at.microsecond
    return f"{text}.{_THREE[micro // 1000]}{_THREE[micro % 1000]}" if micro else text


def iso_text(at: datetime) -> str:
    """Write an instant in UTC, as ISO 8601 has it."""
    return f"{utc_text(at)}+00:00"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text + "Z")


def _decimal(text: Json) -> Decimal:
    if not isinstance(text, str):
        # a JSON number may have been a float in another program
        raise TypeError("a number was never exact")
    return Decimal(text)


_LOCAL = " local"
"""The suffix of a local time; instants have no offset, because they are in UTC."""


def _write_day_or_instant(value: date) -> str:
    if not isinstance(value, datetime):
        return value.isoformat()
    return utc_text(value) if value.tzinfo is not None else value.isoformat() + _LOCAL


def _day_or_instant(text: str) -> date:
    if text.endswith(_LOCAL):
        return datetime.fromisoformat(text.removesuffix(_LOCAL))
    return _instant(text) if "T" in text else date.fromisoformat(text)


_SCALARS: dict[object, _Coder] = {
    object: (_same, _same),
    str: (_same, _same),
    int: (_same, index),
    bool: (_same, _same),
    # `index` refuses anything but integers, also `true`, and is faster than a test.
    Decimal: (str, _decimal),
    datetime: (utc_text, _instant),
    date: (_write_day_or_instant, _day_or_instant),
    time: (time.isoformat, time.fromisoformat),
}


# Collections


def _sequence(origin: type, item: object) -> _Coder:
    write, read = _coder(item)

    def write_all(several: Any) -> Json:
        # Sorted, so that equal sets give equal texts, by which stored documents are compared.
        return list(map(write, sorted(several) if origin is frozenset else several))

    def read_all(document: Json) -> object:
        if not isinstance(document, list):
            raise TypeError("not a list")
        return origin(document if read is _same else map(read, document))

    return write_all, read_all


def _mapping(item: object) -> _Coder:
    write, read = _coder(item)
    return (
        # A copy, because the host may change its JSON later.
        dict if write is _same else lambda values: {key: write(one) for key, one in values.items()},
        lambda document: {key: read(one) for key, one in document.items()},
    )


# Unions


def _union(members: tuple[object, ...]) -> _Coder:
    write, read = _named(members)
    if type(None) not in members:
        return write, read
    return (
        lambda value: None if value is None else write(value),
        lambda document: None if document is None else read(document),
    )


def _named(members: tuple[object, ...]) -> _Coder:
    """Leave out None, and `UNSET`, which is only a default and never written."""
    enums = {one for one in members if isinstance(one, type) and issubclass(one, Enum) and len(one) == 1}
    some = tuple(member for member in members if member is not type(None) and member not in enums)
    return _coder(some[0]) if len(some) == 1 else _one_of(some)


def _one_of(members: tuple[object, ...]) -> _Coder:
    """Distinguish classes by their tag."""
    classes = [member for member in members if isinstance(member, type) and attrs.has(member)]
    if len(classes) < len(members):
        return _scalar_or(members)
    tags = {kind: _tag(kind) for kind in classes}
    # All classes must have the same field as their tag; otherwise this fails when the module is loaded.
    (field,) = {name for name, _ in tags.values()}
    writers = {kind: _record(kind, tag)[0] for kind, tag in tags.items()}
    readers = {tag[1]: _record(kind, tag)[1] for kind, tag in tags.items()}
    return (
        lambda value: writers[type(value)](value),
        # An unknown tag is a `KeyError`, which the reader turns into `Corrupt`.
        lambda document: readers[document[field]](document),
    )


def _scalar_or(members: tuple[object, ...]) -> _Coder:
    """Distinguish values by their form in JSON: a date or an instant, a flag or a list."""
    if set(members) == {date, datetime}:
        return _SCALARS[date]
    if set(members) == {bool, tuple[str, ...]}:
        return (
            lambda value: list(value) if isinstance(value, tuple) else value,
            lambda document: tuple(document) if isinstance(document, list) else document,
        )
    raise TypeError(f"no way to distinguish {members} in JSON")


_Tag = tuple[str, str]


def _tag(kind: type) -> _Tag:
    for field in ("kind", "name"):
        if field not in attrs.fields_dict(kind) and isinstance(tag := getattr(kind, field, None), str):
            return field, tag
    raise TypeError(f"{kind.__name__} has no tag to be recognized by")


# Classes, compiled. In the compiled source only our own names begin with an underscore, never names of fields.


@attrs.frozen(kw_only=True)
class _Field:
    """A field, with the coder of its values (except None) and the expressions for the compiled source."""

    name: str
    default: object
    members: tuple[object, ...]
    coder: _Coder
    item: _Coder | None = None

    @classmethod
    def of(cls, field: "attrs.Attribute[object]", kind: object) -> "_Field":
        members = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
        # Tuples are the most frequent containers, so they are read in line, with a reader of their items.
        item = _coder(get_args(kind)[0]) if get_origin(kind) is tuple else None
        return cls(name=field.name, default=field.default, members=members, coder=_named(members), item=item)

    @property
    def may_be_none(self) -> bool:
        return type(None) in self.members

    @property
    def is_required(self) -> bool:
        return self.default is attrs.NOTHING

    @property
    def make(self) -> Callable[[], object] | None:
        """The factory of the default, if it has one."""
        return factory_in(self.default)

    @property
    def names(self) -> dict[str, object]:
        """The globals of the expressions."""
        default = self.default if self.make is None else self.make()
        named = {"write": self.coder[0], "read": self.coder[1], "default": default, "make": self.make}
        if self.item is not None:
            named |= {"write_one": self.item[0], "read_one": self.item[1]}
        return {f"_{name}_{self.name}": value for name, value in named.items()}

    def written(self, source: str) -> str:
        # Values that are JSON already need no call.
        if self.coder[0] is _same:
            return source
        if self.item is not None:
            return f"_list({source if self.item[0] is _same else f'_map(_write_one_{self.name}, {source})'})"
        call = f"_write_{self.name}({source})"
        return f"None if {source} is None else {call}" if self.may_be_none and self.default is not None else call

    def taken(self) -> str:
        source = f"_document[{self.name!r}]"
        if self.coder[1] is _same:
            return source
        if self.may_be_none:
            return f"None if (_it := {source}) is None else {self._read('_it')}"
        return self._read(source)

    def _read(self, source: str) -> str:
        # most values are instants or tuples, so they are read in line
        if self.coder[1] is _instant:
            return f"_instant({source} + 'Z')"
        if self.item is None:
            return f"_read_{self.name}({source})"
        several = "_several" if self.item[1] is _same else f"_map(_read_one_{self.name}, _several)"
        # Anything but a list goes to the usual reader, which refuses it.
        return f"_tuple({several}) if (_several := {source}).__class__ is _list else _read_{self.name}(_several)"

    def otherwise(self) -> str:
        if self.make is not None:
            return f"_make_{self.name}()"
        # literals need no lookup of a name, and an order has a hundred of them
        is_literal = type(self.default) in _LITERALS or self.default == ()
        return repr(self.default) if is_literal else f"_default_{self.name}"

    def differs(self) -> str:
        """The expression that binds the value to the field's name and tests whether it differs from the default."""
        value = f"({self.name} := _value.{self.name})"
        # None and empty defaults are the most frequent, and need no comparison by value.
        if self.default is None:
            return f"{value} is not None"
        if self.default in _EMPTY and len(self.members) == 1:
            return value
        # Identity first, because most fields have their default object.
        return f"{value} is not _default_{self.name} and {self.name} != _default_{self.name}"


_LITERALS = (types.NoneType, bool, int, str)
_EMPTY: tuple[object, ...] = (False, 0, "", (), frozenset())
_OURS = {
    "_call": type.__call__,
    "_UNREADABLE": _UNREADABLE,
    "_dict": dict,
    "_instant": datetime.fromisoformat,
    "_len": len,
    "_list": list,
    "_map": map,
    "_tuple": tuple,
}


@cache
def _record(kind: type, tag: _Tag | None = None) -> _Coder:
    hints = get_type_hints(kind)
    fields = [_Field.of(one, hints[one.name]) for one in attrs.fields(kind)]
    names = {name: value for field in fields for name, value in field.names.items()}
    names |= {**_OURS, "_Kind": kind, "_Open": opened(kind), "_corrupt": _corrupt, "_about": (kind, fields, tag)}
    write = compiled(f"write_{kind.__name__}(_value)", _writing(fields, tag), names)
    return write, compiled(f"read_{kind.__name__}(_document)", _reading(kind, fields, tag), names)


def _writing(fields: Sequence[_Field], tag: _Tag | None) -> Iterator[str]:
    shown = [f"{tag[0]!r}: {tag[1]!r}"] if tag else []
    shown += [f"{one.name!r}: {one.written(f'_value.{one.name}')}" for one in fields if one.is_required]
    yield f"_made = {{{', '.join(shown)}}}"
    for one in fields:
        if not one.is_required:
            yield f"if {one.differs()}: _made[{one.name!r}] = {one.written(one.name)}"
    yield "return _made"


def _reading(kind: type, fields: Sequence[_Field], tag: _Tag | None) -> Iterator[str]:
    # Law 4: required fields, the tag, and the optional fields found must add up to the size of the document.
    least = sum(one.is_required for one in fields) + (tag is not None)
    at = "" if converts(kind) else "_made."
    yield "try:"
    if not least:
        # Without a required field an empty list would pass the count, so the type is tested.
        yield "  if _document.__class__ is not _dict: raise TypeError"
    yield f"  _known = {least}; _made = _Open()"
    for one in fields:
        if one.is_required:
            yield f"  {at}{one.name} = {one.taken()}"
        else:
            yield f"  if {one.name!r} in _document: {at}{one.name} = {one.taken()}; _known += 1"
            yield f"  else: {at}{one.name} = {one.otherwise()}"
    # Law 4: the document has unknown fields.
    yield "  if _known != _len(_document): raise KeyError"
    yield from _making(kind, fields)
    yield "except _UNREADABLE as _problem: raise _corrupt(_document, *_about) from _problem"


def _making(kind: type, fields: Sequence[_Field]) -> Iterator[str]:
    if converts(kind):
        # K7: the value was checked before it was written
        yield f"  return _call(_Kind, {', '.join(f'{one.name}={one.name}' for one in fields)})"
        return
    yield "  _made.__class__ = _Kind"
    if hasattr(kind, "__attrs_post_init__"):
        yield "  _made.__attrs_post_init__()"
    yield "  return _made"


def _corrupt(document: Json, kind: type, fields: Sequence[_Field], tag: _Tag | None) -> Corrupt:
    """Give the error that names the class and the wrong field; None for the field if only the class itself failed."""
    field = _misfit(document, fields, tag) if isinstance(document, dict) else None
    return Corrupt("document.unreadable", kind=kind.__name__, field=field)


def _misfit(document: dict[str, Json], fields: Sequence[_Field], tag: _Tag | None) -> str | None:
    # Slow, but only used after a failure.
    for one in fields:
        if not (_may_read(one, document[one.name]) if one.name in document else not one.is_required):
            return one.name
    known = {one.name for one in fields} | set(tag[:1] if tag else ())
    return next((name for name in document if name not in known), None)


def _may_read(field: _Field, document: Json) -> bool:
    try:
        if not (field.may_be_none and document is None):
            field.coder[1](document)
    except _UNREADABLE:
        return False
    return True

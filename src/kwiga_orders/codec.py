"""Values to plain JSON data and back, by their types: for stored documents, history and fingerprints.

Laws:

1. `decode(encode(x, T), T) == x` for every value of the domain.
2. A field that has its default is left out, so a new field with a default reads old documents.
3. A union of classes is told apart by the class attribute `kind` (values) or `name` (commands, events).
4. What cannot be read is `Corrupt`, with the class, never a guess.
"""

import types
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs

from kwiga_orders.errors import Corrupt

__all__ = ["Json", "decode", "encode"]

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
"""What `json.dumps` takes and `json.loads` gives."""

T = TypeVar("T")
_Encode = Callable[[object], Json]
_Decode = Callable[[Json], object]
_Coder = tuple[_Encode, _Decode]


def encode(value: object, kind: object) -> Json:
    """Give `value`, which is of the type `kind`, as plain JSON data."""
    return _coder(kind)[0](value)


def decode(document: Json, kind: type[T]) -> T:
    """Read a value of the type `kind` from plain JSON data.

    Raises:
        Corrupt: `document.unreadable` if it is not what `encode` makes of such a value.
    """
    try:
        return cast(T, _coder(cast(object, kind))[1](document))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
        raise Corrupt("document.unreadable", kind=getattr(kind, "__name__", str(kind))) from problem


@cache
def _coder(kind: object) -> _Coder:
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin = get_origin(kind)
    if origin is Literal:
        return _same, _same
    if origin in (Union, types.UnionType):
        return _union(get_args(kind))
    if origin in (tuple, frozenset):
        return _sequence(origin, get_args(kind)[0])
    if origin in (dict, Mapping):
        return _mapping(get_args(kind)[1])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda value: cast(Enum, value).value, kind
    if isinstance(kind, type) and attrs.has(kind):
        return _record(kind)
    raise TypeError(f"no way to write {kind} as JSON")


def _instant(text: Json) -> datetime:
    return datetime.fromisoformat(cast(str, text)).replace(tzinfo=UTC)


def _day_or_instant(text: Json) -> date:
    return _instant(text) if "T" in cast(str, text) else date.fromisoformat(cast(str, text))


def _write_instant(value: object) -> Json:
    # UTC is understood: what is stored has no offset (T1)
    return cast(datetime, value).replace(tzinfo=None).isoformat()


def _write_day_or_instant(value: object) -> Json:
    return _write_instant(value) if isinstance(value, datetime) else cast(date, value).isoformat()


def _same(value: object) -> Json:
    return cast(Json, value)


_SCALARS: dict[object, _Coder] = {
    object: (_same, _same),
    str: (_same, _same),
    int: (_same, _same),
    bool: (_same, _same),
    Decimal: (str, lambda text: Decimal(cast(str, text))),
    datetime: (_write_instant, _instant),
    date: (_write_day_or_instant, _day_or_instant),
    time: (lambda value: cast(time, value).isoformat(), lambda text: time.fromisoformat(cast(str, text))),
}


def _sequence(origin: type, item: object) -> _Coder:
    write, read = _coder(item)
    ordered: Callable[[object], object] = sorted if origin is frozenset else _same  # type: ignore[assignment]

    def encode_all(value: object) -> Json:
        return [write(one) for one in cast(tuple[object, ...], ordered(value))]

    return encode_all, lambda document: origin(read(one) for one in cast(list[Json], document))


def _mapping(item: object) -> _Coder:
    write, read = _coder(item)

    def encode_all(value: object) -> Json:
        return {key: write(one) for key, one in cast(Mapping[str, object], value).items()}

    return encode_all, lambda document: {key: read(one) for key, one in cast(dict[str, Json], document).items()}


def _union(members: tuple[object, ...]) -> _Coder:
    some = tuple(member for member in members if member is not type(None) and not _is_sentinel(member))
    write, read = _coder(some[0]) if len(some) == 1 else _one_of(some)
    if type(None) not in members:
        return write, read
    return (
        lambda value: None if value is None else write(value),
        lambda document: None if document is None else read(document),
    )


def _is_sentinel(member: object) -> bool:
    """An Enum of one member says "not named"; it is only ever the default, so it is never written."""
    return isinstance(member, type) and issubclass(member, Enum) and len(member) == 1


def _one_of(members: tuple[object, ...]) -> _Coder:
    """Tell classes apart by their tag."""
    if not all(isinstance(member, type) and attrs.has(member) for member in members):
        return _scalar_or(members)
    tags = [_tag(cast(type, member)) for member in members]
    (field,) = {name for name, _ in tags}
    coders = {member: _record(cast(type, member)) for member in members}
    by_tag = {tag: coders[member][1] for (_, tag), member in zip(tags, members, strict=True)}
    tag_of = {member: tag for (_, tag), member in zip(tags, members, strict=True)}

    def encode_one(value: object) -> Json:
        kind = type(value)
        return {field: tag_of[kind], **cast(dict[str, Json], coders[kind][0](value))}

    def decode_one(document: Json) -> object:
        return by_tag[cast(str, cast(dict[str, Json], document)[field])](document)

    return encode_one, decode_one


def _scalar_or(members: tuple[object, ...]) -> _Coder:
    """Tell apart what looks different in JSON: a date or an instant, a flag or a list."""
    if set(members) == {date, datetime}:
        return _SCALARS[date]
    if set(members) == {bool, tuple[str, ...]}:
        return (
            lambda value: list(value) if isinstance(value, tuple) else cast(bool, value),
            lambda document: tuple(document) if isinstance(document, list) else document,
        )
    raise TypeError(f"no way to tell {members} apart in JSON")


def _tag(kind: type) -> tuple[str, str]:
    for field in ("kind", "name"):
        if field not in attrs.fields_dict(kind) and isinstance(tag := getattr(kind, field, None), str):
            return field, tag
    raise TypeError(f"{kind.__name__} has no tag to be told apart by")


def _record(kind: type) -> _Coder:
    hints = get_type_hints(kind)
    writers = []
    readers = {}
    for field in attrs.fields(kind):
        write, read = _coder(hints[field.name])
        default = field.default.factory() if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]
        writers.append((field.name, write, default))
        readers[field.name] = read

    def encode_record(value: object) -> Json:
        document: dict[str, Json] = {}
        for name, write, default in writers:
            inner = getattr(value, name)
            if inner is not default and inner != default:
                document[name] = write(inner)
        return document

    def decode_record(document: Json) -> object:
        # a field that a newer schema dropped is ignored; one that it never had is its default
        given = cast(dict[str, Json], document)
        return kind(**{name: readers[name](inner) for name, inner in given.items() if name in readers})

    return encode_record, decode_record

"""The JSON Schema of the outbox: the data of each event and of each kind of letter (N4).

The data of an event is named like the event, such as `payment.paid`; a record inside an event is named `event.` and its
class. The data of a letter is named `letter.` and its kind. `EventAbout` has the fields that every event's data gets.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Literal, TypedDict, Union, cast, get_args, get_origin, get_type_hints

import attrs

from kwiga_orders.catalogue import CatalogueEvent
from kwiga_orders.codec import Json
from kwiga_orders.commands import Unset
from kwiga_orders.contacts import ContactSaved
from kwiga_orders.delivery import DeliveryDropped, DeliveryParked
from kwiga_orders.money import Money
from kwiga_orders.orders.events import Event, OrderMoved
from kwiga_orders.payments import SavedMeans
from kwiga_orders.periods import Period
from kwiga_orders.project import Actor
from kwiga_orders.views.letters import LETTER_DATA

__all__ = ["LETTER_SHAPES", "OUTBOX_EVENTS", "EventAbout", "event_schemas", "record_schema", "records_in"]

Schema = dict[str, Json]
"""A JSON Schema."""

OUTBOX_EVENTS = (ContactSaved, DeliveryParked, DeliveryDropped)
"""Events that are written only to the outbox and to no history."""

LETTER_SHAPES: Mapping[str, type] = {f"letter.{kind}": shape for kind, shape in LETTER_DATA.items()}
"""The shape of each kind of letter's data, by its name in the schema."""


class EventAbout(TypedDict):
    """The fields that the outbox adds to the data of every event: the order after the event, and its products."""

    order_number: int
    order_version: int
    currency: str
    products: list[str]


_TEXT: Schema = {"type": "string"}
_SCALARS: Mapping[object, Schema] = {
    str: _TEXT,
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    datetime: {**_TEXT, "format": "date-time"},
    date: {**_TEXT, "format": "date"},
    time: {**_TEXT, "format": "time"},
    Decimal: {**_TEXT, "format": "decimal"},
    Money: {**_TEXT, "format": "decimal"},
    Actor: {"$ref": "#/$defs/ActorView"},
    Period: {"$ref": "#/$defs/Period"},
    SavedMeans: {"$ref": "#/$defs/SavedMeans"},
    object: {},
}
_MOVED: Schema = {
    "title": "order.moved",
    "description": "The order moved to another status; `by` is `hand` or the event. Funnels only if they differ.",
    "type": "object",
    "properties": dict.fromkeys(("from", "to", "by", "from_funnel", "to_funnel"), _TEXT),
    "required": ["from", "to", "by"],
}


def event_schemas() -> Iterator[tuple[str, Schema]]:
    """Give the schema of each event's data, and of all records in it."""
    for kind in (*get_args(Event), *get_args(CatalogueEvent), *OUTBOX_EVENTS):
        if kind is OrderMoved:
            # The schema of `order.moved` is written by hand, because its fields differ from those of the class.
            yield kind.name, _MOVED
        else:
            yield kind.name, _record(kind, title=kind.name)
            yield from records_in(*get_type_hints(kind).values())


def records_in(*hints: object) -> Iterator[tuple[str, Schema]]:
    """Give the schemas of the records in some types, and of all records inside those, each once."""
    # Records can contain one another, so a work list remembers which ones were seen.
    seen: set[object] = set()
    waiting = [*hints]
    while waiting:
        hint = waiting.pop()
        if isinstance(hint, type) and attrs.has(hint) and hint not in _SCALARS and hint not in seen:
            seen.add(hint)
            yield f"event.{hint.__name__}", _record(hint, title=hint.__name__)
            waiting += get_type_hints(hint).values()
        waiting += get_args(hint)


def _record(kind: type, *, title: str) -> Schema:
    """Describe what `views.plain` writes: unset fields, and fields left at their default None, are left out."""
    hints = get_type_hints(kind)
    fields = attrs.fields(kind)
    properties: Schema = {field.name: record_schema(hints[field.name]) for field in fields}
    required: list[Json] = [
        # Optional are the fields that may be unset, or are None by default.
        field.name
        for field in fields
        if field.default is not None and Unset not in get_args(hints[field.name])
    ]
    if isinstance(getattr(kind, "kind", None), str) and "kind" not in properties:
        properties["kind"] = {**_TEXT, "const": getattr(kind, "kind")}  # noqa: B009 - only some classes have one
        required.append("kind")
    return {
        "title": title,
        "description": " ".join((kind.__doc__ or "").split()),
        "type": "object",
        "properties": properties,
        "required": required,
    }


def record_schema(hint: object) -> Schema:
    """Give the schema of a value of the domain as `views.plain` writes it."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {**_TEXT, "enum": [one.value for one in hint]}
    if isinstance(hint, type) and attrs.has(hint):
        return {"$ref": f"#/$defs/event.{hint.__name__}"}
    origin, inner = get_origin(hint), get_args(hint)
    for kinds, describe in _GENERIC:
        if origin in kinds:
            return describe(inner)
    # A new type of field must be described here before it is published.
    raise TypeError(f"no way to describe {hint} in a schema")


def _one_of(inner: tuple[object, ...]) -> Schema:
    told = [record_schema(one) for one in inner if one is not Unset]
    return told[0] if len(told) == 1 else {"anyOf": cast(list[Json], told)}


_GENERIC: tuple[tuple[tuple[object, ...], Callable[[tuple[object, ...]], Schema]], ...] = (
    ((Union, UnionType), _one_of),
    ((Literal,), lambda inner: {"enum": cast(list[Json], list(inner))}),
    ((tuple, frozenset, list), lambda inner: {"type": "array", "items": record_schema(inner[0])}),
    ((dict, Mapping), lambda inner: {"type": "object", "additionalProperties": record_schema(inner[1])}),
)

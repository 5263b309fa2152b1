"""Writes commands as documents: the inverse of `read_command`.

Law: `read_command(write_command(command)) == command`. Fields that have their default or were not named are left out.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any

import attrs

from kwiga_orders.codec import Json, iso_text
from kwiga_orders.commands import Command, Unset
from kwiga_orders.jobs import EACH
from kwiga_orders.payments import SavedMeans
from kwiga_orders.wire.commands import COMMANDS  # noqa: F401 - imported so that all models exist
from kwiga_orders.wire.parts import Part

__all__ = ["write_command", "write_value"]

_FACTORY: Any = attrs.Factory


def write_command(command: Command) -> dict[str, Json]:
    """Give the document of a command.

    Raises:
        TypeError: for a command that is not on the wire, because only the library itself gives it.
    """
    if type(command) not in _models():
        raise TypeError(f"{command.name} does not go over the wire")
    return dict(_fields(command))


def write_value(value: object) -> Json:
    """Write a value of the domain in the JSON of the wire."""
    for kind, write in _SCALARS:
        if isinstance(value, kind):
            return write(value)
    if isinstance(value, Mapping):
        return {str(key): write_value(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [write_value(inner) for inner in value]
    if isinstance(value, frozenset | set):
        return [write_value(inner) for inner in sorted(value)]
    return dict(_fields(value))


# the order matters: an enum is also a text, and an instant is also a date
_SCALARS: tuple[tuple[type, Callable[[Any], Json]], ...] = (
    (Enum, lambda one: str(one.value)),
    (str, str),
    (bool, bool),
    (int, int),
    (float, float),
    (NoneType, lambda _: None),
    (Decimal, lambda one: format(one, "f")),
    (datetime, lambda one: one.isoformat() if one.tzinfo is None else iso_text(one)),
    (date, date.isoformat),
    (time, lambda one: one.isoformat("minutes")),
    (SavedMeans, lambda one: one.token),
)


def _fields(value: Any) -> Iterator[tuple[str, Json]]:
    """Give the fields of a value that differ from their defaults, under their names in the model."""
    model, fields = _models().get(type(value)), attrs.fields_dict(type(value))
    if isinstance(value, Command):
        yield "command", value.name
    elif model is not None and "kind" in model.model_fields:
        yield "kind", value.kind
    for name, field in fields.items():
        inner = getattr(value, name)
        default = field.default.factory() if isinstance(field.default, _FACTORY) else field.default
        # V10: the command of a job has no order of its own
        if isinstance(inner, Unset) or inner in (default, EACH):
            continue
        known = None if model is None else model.model_fields.get(name)
        yield (name if known is None or known.alias is None else known.alias), write_value(inner)


@cache
def _models() -> Mapping[type, type[Part[object]]]:
    """Give the model for each value of the domain that the wire can make."""
    found: dict[type, type[Part[object]]] = {}
    left: list[type[Part[object]]] = [*Part.__subclasses__()]
    while left:
        model = left.pop()
        left += model.__subclasses__()
        # generic parents do not count, nor the models of a job's commands, which lack the order
        generic = model.__pydantic_generic_metadata__
        is_whole = not (generic["parameters"] or generic["args"] or model.__name__.startswith("Each"))
        if model.makes is not None and is_whole:
            found.setdefault(model.makes, model)
    return found

"""Writes values as Python expressions, as a person would: without default values, and with instants as texts.

The expressions can be evaluated where their names are imported.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from textwrap import indent
from typing import TYPE_CHECKING, cast

import attrs

from kwiga_orders.money import Money

if TYPE_CHECKING:
    from attrs import AttrsInstance

__all__ = ["called", "instant", "readable"]

instant = datetime.fromisoformat
"""Reads an instant from a text."""

_WIDTH = 110


def readable(value: object) -> str:
    """Write a value as the expression that makes it, without default values."""
    match value:
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case Money():
            return f"Money({value.minor}, {value.currency!r})"
        case datetime():
            return f"instant({value.isoformat().replace('+00:00', 'Z')!r})"
        case tuple() | list():
            some = [readable(one) for one in value]
            # a tuple with one item needs a comma
            ends = "[]" if isinstance(value, list) else "()" if len(some) != 1 else ("(", ",)")
            return f"{ends[0]}{', '.join(some)}{ends[1]}"
        case dict():
            return "{" + ", ".join(f"{readable(key)}: {readable(one)}" for key, one in value.items()) + "}"
        case _ if attrs.has(type(value)):
            return called(type(value).__name__, *_fields(cast("AttrsInstance", value)))
    return repr(value)


def called(name: str, *arguments: str) -> str:
    """Write a call on one line if it fits, else one argument per line."""
    line = f"{name}({', '.join(arguments)})"
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    lines = indent(",\n".join(arguments), "    ")
    return f"{name}(\n{lines},\n)"


def _fields(value: "AttrsInstance") -> Iterator[str]:
    for field in attrs.fields(type(value)):
        one, default = getattr(value, field.name), field.default
        # a factory makes a new default each time
        if make := getattr(default, "factory", None):
            default = None if getattr(default, "takes_self", False) else make()
        if field.init and (one != default or type(one) is not type(default)):
            yield f"{field.alias}={readable(one)}"

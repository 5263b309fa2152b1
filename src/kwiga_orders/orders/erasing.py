"""Taking what was written about a person out of a history, so that what is left still makes the order (V9, O10).

A field is a text about a person by its name: comments, reasons, texts, titles, what a host reported. What only sounds
so stays: a gateway's reason for a failure, and the code of what stopped a renewal by itself.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

import attrs

from kwiga_orders.commands import UNSET
from kwiga_orders.orders.events import Recorded
from kwiga_orders.payments import Attempt

__all__ = ["TEXTS", "cleaned"]

T = TypeVar("T")

TEXTS = frozenset({"comment", "reason", "text", "title", "data"})
"""The fields that hold what somebody wrote."""


def cleaned(history: Iterable[Recorded]) -> tuple[Recorded, ...]:
    """Give a history without what was written about the person."""
    return tuple(attrs.evolve(row, event=_without_texts(row.event)) for row in history)


def _without_texts(value: T) -> T:
    """Give a value without the texts in it, however deep they are."""
    if isinstance(value, tuple):
        return tuple(map(_without_texts, value))  # type: ignore[return-value]
    if not attrs.has(type(value)) or isinstance(value, Attempt):
        return value
    changes: dict[str, Any] = {}
    for field in attrs.fields(type(value)):  # type: ignore[arg-type]
        inner = getattr(value, field.name)
        less = _nothing_for(value, field, inner) if field.name in TEXTS else _without_texts(inner)
        if less is not inner and less != inner:
            changes[field.name] = less
    return attrs.evolve(value, **changes) if changes else value  # type: ignore[misc]


def _nothing_for(value: object, field: "attrs.Attribute[Any]", inner: object) -> object:
    """Give what stands for a text that is gone."""
    is_code = field.name == "reason" and getattr(value, "by_hand", True) is False
    if inner is None or inner is UNSET or is_code:
        return inner
    if isinstance(inner, str):
        # an edit that names the field went on naming it, or the fold would keep what was there before
        if field.default is None:
            return None
        return "" if field.default is attrs.NOTHING or "None" not in str(field.type) else None
    return {}

"""Remove texts about a person from a history that still builds the order afterwards (V9, O10).

Texts about a person are recognised by the names of their fields: comments, reasons, texts, titles, and data from hosts
or gateways. A `reason` for which a renewal stopped by itself is a code and stays. A required reason becomes empty. The
data of events in the outbox are cleaned in the same way.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

import attrs

from kwiga_orders.commands import UNSET
from kwiga_orders.orders.events import CertificateRevoked, Recorded
from kwiga_orders.values import changed_by

__all__ = ["TEXTS", "cleaned", "cleaned_data"]

T = TypeVar("T")

TEXTS = frozenset({"comment", "reason", "text", "title", "data"})
"""The names of fields that hold texts that somebody wrote."""


def cleaned(history: Iterable[Recorded]) -> tuple[Recorded, ...]:
    """Give a history without texts about the person."""
    return tuple(attrs.evolve(row, event=_without_texts(row.event)) for row in history)


def cleaned_data(data: Mapping[str, object]) -> dict[str, object]:
    """Give the data of an event in the outbox without texts about the person."""
    return {name: _less(data, name, inner) for name, inner in data.items()}


def _less(data: Mapping[str, object], name: str, inner: object) -> object:
    # If a renewal stopped by itself, the reason is a code such as `chargeback`.
    is_code = name == "reason" and data.get("by_hand", True) is False
    if name in TEXTS and not is_code:
        # The type stays, so that a receiver still finds a string or an object.
        return None if inner is None else "" if isinstance(inner, str) else {}
    return _deeper(inner)


def _deeper(inner: object) -> object:
    if isinstance(inner, Mapping):
        return cleaned_data(inner)
    return [_deeper(one) for one in inner] if isinstance(inner, list | tuple) else inner


def _without_texts(value: T) -> T:
    """Give a value without texts, at any depth."""
    if isinstance(value, tuple):
        return cast(T, tuple(map(_without_texts, value)))
    kind: type = type(value)
    if not attrs.has(kind):
        return value
    changes: dict[str, object] = {}
    for field in attrs.fields(kind):
        inner = getattr(value, field.name)
        less = _nothing_for(value, field, inner) if field.name in TEXTS else _without_texts(inner)
        # Compared by identity first, because most values contain no text and are the same object.
        if less is not inner and less != inner:
            changes[field.name] = less
    return changed_by(value, changes) if changes else value


def _nothing_for(value: object, field: "attrs.Attribute[Any]", inner: object) -> object:
    """Give the value that replaces a removed text."""
    is_code = field.name == "reason" and getattr(value, "by_hand", True) is False
    if inner is None or inner is UNSET or is_code:
        return inner
    if isinstance(inner, str):
        # an edit must still name the field, or the fold would keep the text from before
        if isinstance(value, CertificateRevoked):
            # C4: an empty reason still says that it was revoked by hand, so that a failed refund does not restore it
            return ""
        if field.default is None:
            return None
        return "" if field.default is attrs.NOTHING or "None" not in str(field.type) else None
    return {}

"""Taking what was written about a person out of a history, so that what is left still makes the order (V9, O10).

The name of a field says whether it is a text about a person: comments, reasons, texts, titles, what a host or a gateway
reported. One `reason` is a code and stays: why a renewal stopped by itself. The data of events in the outbox is cleaned
in the same way. Where a reason is required, an empty one stays.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import attrs

from kwiga_orders.commands import UNSET
from kwiga_orders.orders.events import CertificateRevoked, Recorded

__all__ = ["TEXTS", "cleaned", "cleaned_data"]

T = TypeVar("T")

TEXTS = frozenset({"comment", "reason", "text", "title", "data"})
"""The fields that hold what somebody wrote."""


def cleaned(history: Iterable[Recorded]) -> tuple[Recorded, ...]:
    """Give a history without what was written about the person."""
    return tuple(attrs.evolve(row, event=_without_texts(row.event)) for row in history)


def cleaned_data(data: Mapping[str, object]) -> dict[str, object]:
    """Give the data of an event, as its row of the outbox carries it, without what was written about the person."""
    return {name: _less(data, name, inner) for name, inner in data.items()}


def _less(data: Mapping[str, object], name: str, inner: object) -> object:
    # A stop by itself carries a code as its reason, such as `chargeback`, and no words of a person.
    is_code = name == "reason" and data.get("by_hand", True) is False
    if name in TEXTS and not is_code:
        # The shape stays: a receiver that expects a string or an object still finds one.
        return None if inner is None else "" if isinstance(inner, str) else {}
    return _deeper(inner)


def _deeper(inner: object) -> object:
    if isinstance(inner, Mapping):
        return cleaned_data(inner)
    return [_deeper(one) for one in inner] if isinstance(inner, list | tuple) else inner


def _without_texts(value: T) -> T:
    """Give a value without the texts in it, however deep they are."""
    if isinstance(value, tuple):
        return tuple(map(_without_texts, value))  # type: ignore[return-value]
    if not attrs.has(type(value)):
        return value
    changes: dict[str, Any] = {}
    for field in attrs.fields(type(value)):  # type: ignore[arg-type]
        inner = getattr(value, field.name)
        less = _nothing_for(value, field, inner) if field.name in TEXTS else _without_texts(inner)
        # By identity first, since most values hold no text; equality only where a copy was made.
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
        if isinstance(value, CertificateRevoked):
            # C4: one that was revoked by hand comes back by no refund that fails
            return ""
        if field.default is None:
            return None
        return "" if field.default is attrs.NOTHING or "None" not in str(field.type) else None
    return {}

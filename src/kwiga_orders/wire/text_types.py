"""The forms of texts on the wire, by name: amounts, instants, days; code generators and forms tell them apart."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from kwiga_orders.codec import Json
from kwiga_orders.wire import scalars
from kwiga_orders.wire.contract import DECIMAL

__all__ = ["TEXT_TYPES", "text_type"]

TEXT_TYPES: Mapping[str, str] = {
    "Amount": "A decimal amount of money as text, such as 1000.00: as a number it would lose minor units.",
    "ChosenTime": "What a person chooses: a date or a time of the school's clocks, or an instant.",
    "Currency": "An ISO 4217 currency, such as UAH.",
    "Day": "A date, such as 2026-12-31.",
    "Instant": "An instant with its offset from UTC; answers are in UTC.",
    "LocalTime": "A time of day on the school's clocks, such as 09:00.",
    "Percent": "A percentage as text, from 0 to 100.",
}
"""Texts that have a form, by the name of their type."""

_READERS: tuple[tuple[str, TypeAdapter[Any]], ...] = (
    ("Amount", TypeAdapter(scalars.Amount)),
    ("ChosenTime", TypeAdapter(scalars.DateOrInstant)),
    ("ChosenTime", TypeAdapter(scalars.DateOrTime)),
    ("Currency", TypeAdapter(scalars.Currency)),
    ("LocalTime", TypeAdapter(scalars.LocalTime)),
    ("Percent", TypeAdapter(scalars.Percent)),
)
_FORMS: Mapping[Json, str] = {
    "date": "Day",
    "date-time": "Instant",
    "time": "LocalTime",
    DECIMAL: "Amount",
    # The patterns stand where they are read, and only there.
    **{reader.json_schema()["pattern"]: name for name, reader in _READERS},
}
"""The type of a text, by its format or its pattern."""


def text_type(schema: Mapping[str, Json]) -> str | None:
    """Give the name of the form that a text has, by its schema; None: it may say anything."""
    return _FORMS.get(schema.get("format"), _FORMS.get(schema.get("pattern")))

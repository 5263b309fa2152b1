"""The names of text formats on the wire: amounts, instants, days. Code generators and forms use them."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from kwiga_orders.codec import Json
from kwiga_orders.wire import scalars
from kwiga_orders.wire.contract import DECIMAL

__all__ = ["TEXT_TYPES", "text_type"]

TEXT_TYPES: Mapping[str, str] = {
    "Amount": "A decimal amount of money as text, such as 1000.00; a number could lose minor units.",
    "ChosenTime": "A date or a time in the school's time zone, or an instant.",
    "Currency": "An ISO 4217 currency, such as UAH.",
    "Day": "A date, such as 2026-12-31.",
    "Instant": "An instant with its offset from UTC; answers use UTC.",
    "LocalTime": "A time of day in the school's time zone, such as 09:00.",
    "Percent": "A percentage as text, from 0 to 100.",
}
"""The descriptions of text formats, by the name of their type."""

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
    # Read from the scalars, so that each pattern is defined only there.
    **{reader.json_schema()["pattern"]: name for name, reader in _READERS},
}
"""The type of a text, by its format or pattern."""


def text_type(schema: Mapping[str, Json]) -> str | None:
    """Give the type name of a text, by its schema; None: a text without a format."""
    return _FORMS.get(schema.get("format"), _FORMS.get(schema.get("pattern")))

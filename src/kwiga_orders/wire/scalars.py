"""The scalars of the wire: instants, amounts, periods, ids and texts.

Laws:

1. An instant has an offset and is converted to UTC (T1); a number is never an instant.
2. An amount is a decimal text (M1), never a number. How many decimals it may have depends on the currency and is
   checked later.
3. Texts have a maximum length and no control characters.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Annotated, TypeVar, cast

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from kwiga_orders import periods
from kwiga_orders.bounds import CONTENT, CURSOR, EVENT_DATA, ID, LIST, NOTE, TITLE, WORD
from kwiga_orders.checked import has_long_text
from kwiga_orders.errors import Refused
from kwiga_orders.money import exponent_of
from kwiga_orders.wire.faults import TOO_LARGE, Complaint, problem
from kwiga_orders.wire.parts import LinkedPart

__all__ = [
    "Amount",
    "AtMost",
    "ById",
    "Content",
    "Currency",
    "Cursor",
    "DateOrInstant",
    "DateOrTime",
    "Event",
    "FreeJson",
    "Id",
    "Instant",
    "LocalTime",
    "Many",
    "Note",
    "OneOrMany",
    "Pair",
    "Percent",
    "Period",
    "Score",
    "Set",
    "SetOfContent",
    "Some",
    "SomeContent",
    "Title",
    "Word",
    "read_as",
]

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

_DATE = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_OFFSET = r"(Z|[+-]\d{2}:\d{2})"
_IS_DATE = re.compile(_DATE, re.ASCII)
_IS_INSTANT = re.compile(_DATE + _CLOCK + _OFFSET, re.ASCII)
_IS_LOCAL = re.compile(_DATE + _CLOCK, re.ASCII)
_IS_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_IS_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,18})?", re.ASCII)
_IS_TOO_MUCH = re.compile(r"0*[1-9]\d{12,}+(\.\d+)?$", re.ASCII)
_IS_READABLE = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]*")


def _instant(value: object) -> datetime:
    # A number would mean seconds to one reader and milliseconds to another.
    if not isinstance(value, str):
        raise problem("an instant as text, with its offset from UTC")
    if not _IS_INSTANT.fullmatch(value):
        if _IS_LOCAL.fullmatch(value):
            raise problem("an instant with its offset from UTC", code="time.naive")
        raise problem("an instant with its offset from UTC, such as 2026-12-31T18:00:00+02:00")
    try:
        return periods.utc(datetime.fromisoformat(value))
    except Refused:
        raise problem("in the years 1900 to 9000", code="time.out_of_range") from None
    except (ValueError, OverflowError):
        raise problem("an instant on the calendar") from None


def _date_or_instant(value: object) -> date | datetime:
    # The format decides: a date has no time, an instant always has one.
    is_date = isinstance(value, str) and _IS_DATE.fullmatch(value)
    return _date_or_time(value) if is_date else _instant(value)


def _date_or_time(value: object) -> date | datetime:
    if not isinstance(value, str) or not (_IS_DATE.fullmatch(value) or _IS_LOCAL.fullmatch(value)):
        return _instant(value)
    read = datetime.fromisoformat if "T" in value else date.fromisoformat
    try:
        return periods.chosen(read(value))
    except Refused:
        raise problem("in the years 1900 to 9000", code="time.out_of_range") from None
    except ValueError:
        raise problem("a date on the calendar") from None


def _local_time(value: object) -> time:
    if not isinstance(value, str) or not _IS_CLOCK.fullmatch(value):
        raise problem("a local time, such as 09:00")
    return time.fromisoformat(value)


def _amount(value: object) -> Decimal:
    # It has its own code, because a sender can react to it (K5).
    if isinstance(value, str) and _IS_TOO_MUCH.match(value):
        raise problem("an amount below 1000000000000", code="money.too_large")
    if not isinstance(value, str) or not _IS_AMOUNT.fullmatch(value):
        raise problem("a decimal amount as text, not negative, such as 1000.00")
    return Decimal(value)


def _percent(value: object) -> Decimal:
    if not isinstance(value, str) or not _IS_AMOUNT.fullmatch(value) or Decimal(value) > 100:
        raise problem("a percentage as text, from 0 to 100, such as 12.5")
    return Decimal(value)


def _text(description: str, **limits: object) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": description, **limits})


Instant = Annotated[
    datetime,
    PlainValidator(_instant),
    _text("An instant; its offset from UTC is required.", format="date-time", examples=["2026-12-31T18:00:00+02:00"]),
]
"""An instant, converted to UTC (T1)."""

DateOrInstant = Annotated[
    date | datetime,
    PlainValidator(_date_or_instant),
    _text(
        "A date in the project's time zone, or an instant with its offset from UTC (T5).",
        pattern=f"^{_DATE}({_CLOCK}{_OFFSET})?$",
        examples=["2026-12-31", "2026-12-31T18:00:00+02:00"],
    ),
]
"""A date or an instant (T5)."""

DateOrTime = Annotated[
    date | datetime,
    PlainValidator(_date_or_time),
    _text(
        "A date or a time in the project's time zone, or an instant with its offset from UTC (T1, T5).",
        pattern=f"^{_DATE}({_CLOCK}{_OFFSET}?)?$",
        examples=["2026-12-31", "2026-12-31T18:00", "2026-12-31T18:00:00+02:00"],
    ),
]
"""A date, a local time or an instant, as a person gives it in a command (T1, T5)."""

LocalTime = Annotated[
    time,
    PlainValidator(_local_time),
    _text("A local time of day.", pattern=f"^{_IS_CLOCK.pattern}$", examples=["09:00"]),
]
"""A time of day in the project's time zone."""

Amount = Annotated[
    Decimal,
    PlainValidator(_amount),
    _text(
        "An amount of money as text, never a number, in the currency of the order or offer (M1).",
        pattern=f"^{_IS_AMOUNT.pattern}$",
        examples=["1000.00"],
    ),
]
"""A non-negative amount of money; its currency is known elsewhere (M1)."""

Percent = Annotated[
    Decimal,
    PlainValidator(_percent),
    _text("A percentage from 0 to 100.", pattern=r"^(100(\.0{1,18})?|\d{1,2}(\.\d{1,18})?)$", examples=["12.5"]),
]
"""A percentage from 0 to 100."""


def _known(currency: str) -> str:
    try:
        exponent_of(currency)
    except Refused:
        raise problem("an ISO 4217 currency in use, such as UAH") from None
    return currency


Currency = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{3}$"),
    AfterValidator(_known),
    Field(description="An ISO 4217 currency.", examples=["UAH"]),
]
"""An ISO 4217 currency (M1)."""

_VISIBLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
_READABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"

_ID = StringConstraints(min_length=1, max_length=ID, pattern=_VISIBLE)

Id = Annotated[str, _ID]
"""An id: 1 to 100 characters, no control characters."""

RowId = Annotated[str, StringConstraints(min_length=1, max_length=CURSOR, pattern=_VISIBLE)]
"""The id of an outbox row, which is longer than the id of its order."""

Word = Annotated[str, StringConstraints(max_length=WORD, pattern=_VISIBLE)]
"""One line of text: a name, an address, a search."""

Cursor = Annotated[
    str, StringConstraints(max_length=CURSOR, pattern=_VISIBLE), Field(description="The `next` of the page before.")
]
"""The position at which a page begins."""

Title = Annotated[str, StringConstraints(min_length=1, max_length=TITLE, pattern=_VISIBLE)]
"""One line of text that is not empty."""

Note = Annotated[str, StringConstraints(max_length=NOTE, pattern=_READABLE)]
"""Text of several lines."""

Event = Annotated[Id, Field(description="The name of an event; names of a host's own events begin with `x.` (F3).")]
"""The name of an event."""

Score = Annotated[int, Field(ge=0, le=100)]
"""A whole number from 0 to 100."""


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _not_empty(items: tuple[T, ...]) -> tuple[T, ...]:
    # pydantic's own minimum counts only valid items, and would report a second fault
    if not items:
        raise problem("at least one")
    return items


def _as_tuple_or_one(value: object) -> object:
    # A single value is the most common filter, so it need not be a list.
    return (value,) if isinstance(value, str | int) else _as_tuple(value)


def _free_json(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise problem("an object")
    # A work list instead of recursion, because the host's data may be nested to any depth.
    waiting: list[tuple[object, int]] = [(value, 0)]
    for count, (inner, depth) in enumerate(waiting):
        if count > EVENT_DATA or depth > 20:
            raise problem("at most 1000 values, nested at most 20 deep", code="input.too_large")
        # A text that is too long has the code of every text that is (K5).
        if has_long_text(inner):
            raise problem(f"at most {NOTE} characters", code=TOO_LARGE)
        if isinstance(inner, dict) and all(isinstance(name, str) and _is_plain(name) for name in inner):
            waiting += ((one, depth + 1) for one in inner.values())
        elif isinstance(inner, list):
            waiting += ((one, depth + 1) for one in inner)
        elif not _is_plain(inner):
            raise problem("plain JSON: texts of at most 10000 characters without control characters, numbers, flags")
    return cast(dict[str, object], value)


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= NOTE and _IS_READABLE.fullmatch(value) is not None
    if type(value) is int:
        return abs(value) < 2**53  # integers that every JSON reader keeps exactly
    return value is None or isinstance(value, bool) or (type(value) is float and isfinite(value))


FreeJson = Annotated[
    dict[str, object], PlainValidator(_free_json), WithJsonSchema({"type": "object", "additionalProperties": True})
]
"""The host's own data: any JSON object within limits."""


def read_as(kind: type[E]) -> Callable[[str], E]:
    """Give a function that reads a word as a member of an enum; pydantic does not accept the enum itself for that."""

    def read(word: str) -> E:
        return kind(word)

    return read


class _AtLeastOne:
    """Tells the JSON Schema that a list is not empty."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, give: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**give(schema), "minItems": 1}


class _OrOne:
    """Tells the JSON Schema that a single item may stand for a list."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, give: GetJsonSchemaHandler) -> JsonSchemaValue:
        many = give(schema)
        return {"anyOf": [many["items"], many]}


class AtMost:
    """Limits the length of a list or of an object with free names, before its content is checked (K5)."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __get_pydantic_core_schema__(self, source: object, give: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._bounded, give(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, give: GetJsonSchemaHandler) -> JsonSchemaValue:
        shown = give(schema)
        return {**shown, "maxProperties" if shown.get("type") == "object" else "maxItems": self.most}

    def _bounded(self, value: object) -> object:
        if isinstance(value, list | tuple | dict) and len(value) > self.most:
            raise PydanticCustomError(TOO_LARGE, "at most {most} in it", {"most": self.most})
        return value


Many = Annotated[tuple[T, ...], BeforeValidator(_as_tuple), AtMost(LIST)]
"""A list that may be empty."""

Content = Annotated[tuple[T, ...], BeforeValidator(_as_tuple), AtMost(CONTENT)]
"""A list about a course that may be empty."""

ById = Annotated[dict[Annotated[str, _ID], T], AtMost(CONTENT)]
"""A value for each of several ids."""

Pair = Annotated[tuple[T, T], BeforeValidator(_as_tuple)]
"""A list of two items."""

Some = Annotated[tuple[T, ...], BeforeValidator(_as_tuple), AfterValidator(_not_empty), _AtLeastOne(), AtMost(LIST)]
"""A list of at least one item."""

SomeContent = Annotated[
    tuple[T, ...], BeforeValidator(_as_tuple), AfterValidator(_not_empty), _AtLeastOne(), AtMost(CONTENT)
]
"""A long list of at least one item."""

Set = Annotated[tuple[T, ...], BeforeValidator(_as_tuple), AfterValidator(frozenset), AtMost(LIST)]
"""A list whose order does not matter."""

SetOfContent = Annotated[tuple[T, ...], BeforeValidator(_as_tuple), AfterValidator(frozenset), AtMost(CONTENT)]
"""A list about a course whose order does not matter."""

OneOrMany = Annotated[tuple[T, ...], BeforeValidator(_as_tuple_or_one), AtMost(LIST), _OrOne()]
"""A value or a list of values."""


class Period(LinkedPart[periods.Period]):
    """A calendar period: 1 to 3660 days or 1 to 120 months, exactly one of the two (T2)."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["days"]}, {"required": ["months"]}]})

    days: int = Field(default_factory=int, json_schema_extra={"minimum": 1, "maximum": 3660})
    months: int = Field(default_factory=int, json_schema_extra={"minimum": 1, "maximum": 120})

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report a period with both units or none, or with a number out of range."""
        counts = [document[unit] for unit in ("days", "months") if unit in document]
        if len(counts) != 1:
            yield Complaint((), "period.unit", "either days or months")
        elif type(counts[0]) is int and not 1 <= counts[0] <= (3660 if "days" in document else 120):
            yield Complaint((), "period.unit", "1 to 3660 days or 1 to 120 months")

"""Values that check their fields when they are made in Python, as the wire checks documents. Home of K7.

    MarkPaid(order=7, payment="o1.1")  ->  InvalidInput: order (a text)

Laws:

1. A value that could not be stored and read back equal is refused when it is made: `InvalidInput`, with the path of
   each wrong field.
2. The same mistake has the same class and code from the wire and from Python.
3. Values that the library makes from checked documents or stored values are not checked again: `values` and `codec`
   bypass the checks.

The type of a field says what is allowed in it; the tables below say more for some names of fields.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Union, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders._currencies import EXPONENTS
from kwiga_orders.bounds import (
    AMOUNT,
    CONTENT,
    CURSOR,
    EVENT_DATA,
    FIRST_YEAR,
    ID,
    LAST_YEAR,
    LIST,
    NOTE,
    PERIODS,
    TITLE,
    WORD,
)
from kwiga_orders.errors import Fault, InvalidInput, KwigaOrdersError

__all__ = ["Checked", "has_long_text"]

# The wire has more codes, for faults that only documents can have.
_INVALID, _LARGE = "input.invalid", "input.too_large"
_Faults = Iterator[Fault]
_Check = Callable[[object, str], _Faults]

# Allowed values by the name of a field

_LINES = frozenset({"comment", "reason", "text"})
"""Texts that may have several lines."""

_WORDS = {"name": 0, "full_name": 0, "email": 0, "phone": 0, "colour": 0, "search": 0, "token": 0, "title": 1}
"""Texts of one line that are not ids, with their minimum length."""

_NUMBERS = {
    "cards": (0, 200),
    "count": (1, 120),
    "expected_version": (0, None),
    "lessons_percent": (0, 100),
    "limit": (1, 500),
    "offer_version": (1, None),
    "ChangesQuery.limit": (0, 500),
    "periods": (1, PERIODS),
    "tests": (0, 100),
}
"""The minimum and maximum of integers, for a field of one class or of any class."""

_AT_LEAST_ONE = frozenset({"items", "lines", "parts"})
_OF_COURSES = frozenset(
    {"modules", "lessons", "sections", "tests", "practices", "required", "completed", "begun", "include_new"}
)
"""Lists about the content of a course, which may be longer than others."""

_ONCE = {"items": "product", "payment_options": "id", "modules": "id", "lessons": "id", "practices": "id"}
"""Lists without duplicates, with the field that must be unique."""

_OUTLINES = "kwiga_orders.course"
"""Titles in the outline of a course may be empty."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_PLAIN_NUMBERS = 2**53
_DEEPEST_DATA = 20


if TYPE_CHECKING:
    # type checkers see an ordinary class
    _CheckedType = type
else:

    class _CheckedType(type):
        """Checks the fields of a value when it is made."""

        # Not `__init__`: subclasses are frozen attrs classes, whose `__init__` is generated.
        def __call__(cls, *given, **named):
            try:
                value = super().__call__(*given, **named)
            except (KwigaOrdersError, TypeError, ValueError, AttributeError, ArithmeticError):
                # a converter or the class itself failed: find out which field is wrong
                _refuse(cls, named)
                raise
            for name, is_right, check, default in _checks_of(cls):
                field = getattr(value, name)
                # Defaults are right, and the fast test `is_right` accepts most other values.
                if field is not default and not is_right(field) and any(check(field, name)):
                    # K5: report all faults at once.
                    _refuse(cls, {one.name: getattr(value, one.name) for one in attrs.fields(cls)})
            if faults := list(value.between()):
                raise InvalidInput(faults)
            return value


# decision 0051: the type of a field says what is allowed; where it says too little, the name of the field does
class Checked(metaclass=_CheckedType):
    """A value whose fields are checked when it is made in Python (K7).

    With `takes_local_times` its dates are chosen by a person and may be local times (T1).
    """

    __slots__ = ()
    takes_local_times: ClassVar[bool] = True

    def between(self) -> Iterator[Fault]:
        """List the faults of combinations of fields."""
        return iter(())


def _refuse(kind: type, named: Mapping[str, object]) -> None:
    """Refuse these fields if one of them is wrong.

    Raises:
        InvalidInput: with the path of each wrong field.
    """
    faults: list[Fault] = []
    # Only given fields can be wrong.
    for name, _, check, default in _checks_of(kind):
        if name in named and named[name] is not default:
            faults += check(named[name], name)
    if faults:
        raise InvalidInput(faults) from None


_IsRight = Callable[[Any], bool]


@cache
def _checks_of(kind: type) -> tuple[tuple[str, _IsRight, _Check, object], ...]:
    """Give the fields of a class: the name, a fast test, the full check, and the default."""
    hints = get_type_hints(kind)
    known = attrs.fields(kind)
    fields = [(one, hints[one.name], _Field(one.name, kind, one.default is attrs.NOTHING)) for one in known]
    return tuple(
        (one.name, _is_usual_id if _is_id(hint, field) else _is_unknown, _check_of(hint, field), one.default)
        for one, hint, field in fields
    )


def _is_id(hint: object, field: "_Field") -> bool:
    is_text = hint is str or (get_origin(hint) in (Union, UnionType) and str in get_args(hint))
    return is_text and _text(field) is _id


def _is_usual_id(value: Any) -> bool:
    """Accept a usual id fast: the full check of every field would take three times as long."""
    return value.__class__ is str and 0 < len(value) <= ID and value.isascii() and value.isprintable()


def _is_unknown(_: object) -> bool:
    return False


@attrs.frozen
class _Field:
    """The name of a field, with what it says about allowed values."""

    name: str
    owner: type
    is_required: bool

    @property
    def takes_local_times(self) -> bool:
        """Whether a date in it may be a local time (T1)."""
        return bool(getattr(self.owner, "takes_local_times", True))


# By type


def _check_of(hint: object, field: _Field) -> _Check:
    origin, within = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _one_of(within, field)
    if origin is Literal:
        return _among(within)
    if origin is tuple and within[-1] is not Ellipsis:
        return _pair(within, field)
    if origin in (tuple, frozenset):
        return _many(origin, within[0], field)
    if origin in (dict, Mapping) or hint in (dict, Mapping):
        return _data if within[1] is object else _by_name(within[1], field)
    if isinstance(hint, type) and hint in _BY_TYPE:
        return _BY_TYPE[hint](field)
    return _instance_of((hint,)) if isinstance(hint, type) else _nothing


def _nothing(_: object, __: str) -> _Faults:
    return iter(())


def _one_of(hints: tuple[object, ...], field: _Field) -> _Check:
    """Check a value against a union of types."""
    if set(hints) - {NoneType} >= {date, datetime}:
        hints = (*(hint for hint in hints if hint not in (date, datetime)), date)
    sentinels = tuple(hint for hint in hints if isinstance(hint, type) and issubclass(hint, Enum) and len(hint) == 1)
    others = [hint for hint in hints if hint is not NoneType and hint not in sentinels]
    checks = [(_looks_like(hint), _check_of(hint, field)) for hint in others]
    classes = tuple(hint for hint in others if isinstance(hint, type) and attrs.has(hint))

    def check(value: object, path: str) -> _Faults:
        if isinstance(value, sentinels) or (value is None and NoneType in hints):
            return iter(())
        if classes and not isinstance(value, classes) and len(classes) == len(others):
            return _instance_of(classes)(value, path)
        # A value that fits no type has one fault, by the first check.
        fitting = [check for fits, check in checks if isinstance(value, fits)]
        return (fitting or [checks[0][1]])[0](value, path)

    return check


def _looks_like(hint: object) -> Any:
    origin = get_origin(hint)
    if origin is Literal:
        return tuple({type(one) for one in get_args(hint)})
    return origin or hint


def _among(values: tuple[object, ...]) -> _Check:
    hint = "one of " + ", ".join(map(str, values))

    def check(value: object, path: str) -> _Faults:
        if not any(value == one and type(value) is type(one) for one in values):
            yield Fault(path=path, code=_INVALID, hint=hint)

    return check


def _instance_of(kinds: tuple[type, ...]) -> _Check:
    hint = " or ".join(kind.__name__ for kind in kinds)

    def check(value: object, path: str) -> _Faults:
        if not isinstance(value, kinds):
            yield Fault(path=path, code=_INVALID, hint=hint)

    return check


def _many(kind: type, item: object, field: _Field) -> _Check:
    check_item = _check_of(item, field)
    most = CONTENT if field.name in _OF_COURSES else LIST
    told_apart = _ONCE.get(field.name)

    def check(value: object, path: str) -> _Faults:
        if not isinstance(value, tuple | frozenset) or not isinstance(value, kind):
            yield Fault(path=path, code=_INVALID, hint=f"a {kind.__name__}")
        elif len(value) > most:
            yield Fault(path=path, code=_LARGE, hint=f"at most {most} in it")
        elif not value and field.name in _AT_LEAST_ONE:
            yield Fault(path=path, code=_INVALID, hint="at least one")
        else:
            for number, one in enumerate(value):
                yield from check_item(one, f"{path}.{number}")
            if told_apart is not None and isinstance(value, tuple):
                yield from _there_twice(value, path, told_apart)

    return check


def _there_twice(values: tuple[object, ...], path: str, told_apart: str) -> _Faults:
    seen: set[object] = set()
    for number, one in enumerate(values):
        id = getattr(one, told_apart, None)
        if isinstance(id, str):
            if id in seen:
                yield Fault(path=f"{path}.{number}.{told_apart}", code=_INVALID, hint="is there twice")
            seen.add(id)


def _pair(items: tuple[object, ...], field: _Field) -> _Check:
    checks = [_check_of(item, field) for item in items]

    def check(value: object, path: str) -> _Faults:
        if not isinstance(value, tuple) or len(value) != len(checks):
            yield Fault(path=path, code=_INVALID, hint=f"a tuple of {len(checks)}")
            return
        for number, (one, check_one) in enumerate(zip(value, checks, strict=True)):
            yield from check_one(one, f"{path}.{number}")

    return check


def _by_name(item: object, field: _Field) -> _Check:
    check_key, check_item = _id, _check_of(item, field)

    def check(value: object, path: str) -> _Faults:
        if not isinstance(value, Mapping):
            yield Fault(path=path, code=_INVALID, hint="a mapping")
        elif len(value) > CONTENT:
            yield Fault(path=path, code=_LARGE, hint=f"at most {CONTENT} in it")
        else:
            for key, one in value.items():
                yield from check_key(key, path)
                yield from check_item(one, f"{path}.{key if isinstance(key, str) else ''}"[: ID * 2])

    return check


# Scalars


def _text(field: _Field) -> _Check:
    if field.name == "currency":
        return _currency
    if field.name == "timezone":
        return _timezone
    if field.name == "after":
        return _bounded(0, CURSOR, _CONTROL)
    if field.name in _LINES:
        # a required reason must not be empty
        return _bounded(int(field.is_required), NOTE, _CONTROL_IN_LINES)
    if field.name in _WORDS:
        least = 0 if field.owner.__module__ == _OUTLINES else _WORDS[field.name]
        return _bounded(least, TITLE if least else WORD, _CONTROL)
    return _id


def _bounded(least: int, most: int, control: re.Pattern[str]) -> _Check:
    def check(value: object, path: str) -> _Faults:
        if not isinstance(value, str):
            yield Fault(path=path, code=_INVALID, hint="a text: str(user.pk)?" if isinstance(value, int) else "a text")
        elif len(value) > most:
            yield Fault(path=path, code=_LARGE, hint=f"at most {most} characters")
        elif len(value) < least or control.search(value):
            yield Fault(path=path, code=_INVALID, hint="a text without control characters, not empty")

    return check


_id = _bounded(1, ID, _CONTROL)


def _currency(value: object, path: str) -> _Faults:
    if not isinstance(value, str) or value not in EXPONENTS:
        yield Fault(path=path, code=_INVALID, hint="an ISO 4217 currency in use, such as UAH")


def _timezone(value: object, path: str) -> _Faults:
    if faults := list(_id(value, path)):
        yield from faults
        return
    try:
        ZoneInfo(cast(str, value))
    except (LookupError, TypeError, ValueError, OSError):
        yield Fault(path=path, code=_INVALID, hint="the name of an IANA time zone, such as Europe/Kyiv")


def _number(field: _Field) -> _Check:
    named = _NUMBERS.get(field.name, (None, None))
    least, most = _NUMBERS.get(f"{field.owner.__name__}.{field.name}", named)

    def check(value: object, path: str) -> _Faults:
        # `bool` is a subclass of `int`, and 2**63 is more than any store can hold.
        if type(value) is not int or abs(value) >= 2**63:
            yield Fault(path=path, code=_INVALID, hint="a whole number")
        elif (least is not None and value < least) or (most is not None and value > most):
            yield Fault(path=path, code=_INVALID, hint=f"a whole number from {least} to {most}")

    return check


def _flag(_: _Field) -> _Check:
    return _instance_of((bool,))


def _decimal(field: _Field) -> _Check:
    is_percent = field.name == "percent"

    def check(value: object, path: str) -> _Faults:
        # M1: floats are not exact, and texts are only for the wire
        if not isinstance(value, Decimal) or not value.is_finite() or value < 0:
            yield Fault(path=path, code=_INVALID, hint="a Decimal that is not negative")
        elif is_percent and value > 100:
            yield Fault(path=path, code=_INVALID, hint="a percentage from 0 to 100")
        elif value >= AMOUNT:
            yield Fault(path=path, code="money.too_large", hint=f"an amount below {AMOUNT}")
        # the exponent of a finite number is an int
        elif cast(int, value.as_tuple().exponent) < -18:
            yield Fault(path=path, code=_INVALID, hint="at most 18 decimals")

    return check


def _instant(_: _Field) -> _Check:
    return _aware


def _aware(value: object, path: str) -> _Faults:
    if not isinstance(value, datetime):
        yield Fault(path=path, code=_INVALID, hint="a datetime with its offset from UTC")
    elif value.utcoffset() is None:
        yield Fault(path=path, code="time.naive", hint="a datetime with its offset from UTC")
    else:
        yield from _in_range(value, path)


def _in_range(value: date, path: str) -> _Faults:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        yield Fault(path=path, code="time.out_of_range", hint=f"in the years {FIRST_YEAR} to {LAST_YEAR}")


def _day(field: _Field) -> _Check:
    def check(value: object, path: str) -> _Faults:
        if isinstance(value, datetime) and not field.takes_local_times:
            yield from _aware(value, path)
        elif not isinstance(value, date):
            yield Fault(path=path, code=_INVALID, hint="a date or a datetime")
        else:
            yield from _in_range(value, path)

    return check


def _clock(_: _Field) -> _Check:
    def check(value: object, path: str) -> _Faults:
        if not isinstance(value, time) or value.tzinfo is not None or value.second or value.microsecond:
            yield Fault(path=path, code=_INVALID, hint="a local time in hours and minutes")

    return check


def _data(value: object, path: str) -> _Faults:
    """Check data of the host: plain JSON within the bounds."""
    if not isinstance(value, Mapping):
        yield Fault(path=path, code=_INVALID, hint="a mapping")
        return
    # Level by level, because deep nesting would overflow the stack in a recursion.
    level: list[object] = [value]
    count, depth = 0, 0
    while level:
        inner: list[object] = []
        for one in level:
            if has_long_text(one):
                yield Fault(path=path, code=_LARGE, hint=f"at most {NOTE} characters")
                return
            if isinstance(one, Mapping) and all(_is_plain(name) and isinstance(name, str) for name in one):
                inner += one.values()
            elif isinstance(one, list | tuple):
                inner += one
            elif not _is_plain(one):
                yield Fault(path=path, code=_INVALID, hint="plain JSON")
                return
        level, count, depth = inner, count + len(inner), depth + 1
        if count > EVENT_DATA or depth > _DEEPEST_DATA:
            yield Fault(path=path, code=_LARGE, hint=f"at most {EVENT_DATA} values")
            return


def has_long_text(value: object) -> bool:
    """Tell whether a value that a host wants to keep, or a name in it, is a text that is too long (K5)."""
    texts = (value, *value) if isinstance(value, Mapping) else (value,)
    return any(isinstance(text, str) and len(text) > NOTE for text in texts)


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= NOTE and not _CONTROL_IN_LINES.search(value)
    if type(value) is int:
        # Beyond 2**53 JavaScript and other languages round integers.
        return abs(value) < _PLAIN_NUMBERS
    return value is None or isinstance(value, bool) or (type(value) is float and isfinite(value))


_BY_TYPE: Mapping[type, Callable[[_Field], _Check]] = {
    str: _text,
    int: _number,
    bool: _flag,
    Decimal: _decimal,
    datetime: _instant,
    date: _day,
    time: _clock,
}

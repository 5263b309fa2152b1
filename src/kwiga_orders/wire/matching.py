"""Compares the expected answer of a case with the real one.

Laws:

1. The expected answer may be partial: names that it leaves out are ignored, but names in it must be in the answer.
2. An empty object matches only an empty object; lists must have the same length and order.
3. Instants are compared as instants, and amounts as amounts, whatever their format; ids and order numbers as texts.
4. Null matches only null; true and 1 are different.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import attrs

from kwiga_orders.codec import Json

__all__ = ["Difference", "differences", "says"]

_IS_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_IS_AMOUNT = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
_NAMES_OF_IDS = frozenset({"id", "number", "order", "orders", "payment", "reference", "superseded_by", "task"})
_LONGEST = 120


@attrs.frozen
class Difference:
    """A difference between an answer and the expected one: the path, what was expected there, and what was found."""

    path: str
    expected: str
    found: str


def differences(expected: Json, found: Json, *, path: str = "") -> Iterator[Difference]:
    """List the differences of `found` from `expected`."""
    if isinstance(expected, dict) and isinstance(found, dict):
        # An empty object means "nothing in it"; as a partial object it would say nothing.
        if not expected and found:
            yield Difference(path, "{}", _shown(found))
        for name, inner in expected.items():
            if name in found:
                yield from differences(inner, found[name], path=_joined(path, name))
            else:
                yield Difference(_joined(path, name), _shown(inner), "nothing")
    elif isinstance(expected, list) and isinstance(found, list):
        yield from _in_lists(expected, found, path)
    elif not _are_equal(expected, found, name=_last_name(path)):
        yield Difference(path, _shown(expected), _shown(found))


def _in_lists(expected: list[Json], found: list[Json], path: str) -> Iterator[Difference]:
    if len(expected) != len(found):
        yield Difference(path, f"{len(expected)} in the list", f"{len(found)}: {_shown(found)}")
        # Lists of different lengths are not compared further, because all other differences would follow from that.
        return
    for number, (one, other) in enumerate(zip(expected, found, strict=True)):
        yield from differences(one, other, path=_joined(path, str(number)))


def _are_equal(expected: Json, found: Json, *, name: str) -> bool:
    if isinstance(expected, str) and isinstance(found, str):
        return expected == found or _are_one_instant(expected, found) or _are_one_amount(expected, found, name)
    if isinstance(expected, bool) or isinstance(found, bool):
        # In Python `True == 1`, but in JSON they are different.
        return expected is found
    return type(expected) is not str and type(found) is not str and expected == found


def _are_one_instant(one: str, other: str) -> bool:
    if not (_IS_INSTANT.fullmatch(one) and _IS_INSTANT.fullmatch(other)):
        return False
    try:
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    except ValueError:
        return False


def _are_one_amount(one: str, other: str, name: str) -> bool:
    # two texts of digits without a point are more likely ids than amounts
    if name in _NAMES_OF_IDS or "." not in one + other:
        return False
    return bool(_IS_AMOUNT.fullmatch(one) and _IS_AMOUNT.fullmatch(other)) and Decimal(one) == Decimal(other)


def says(answer: Json, text: str) -> bool:
    """Tell whether `text` occurs anywhere in an answer, in a name or a value."""
    if isinstance(answer, dict):
        return any(text in name or says(inner, text) for name, inner in answer.items())
    if isinstance(answer, list):
        return any(says(inner, text) for inner in answer)
    return text in (answer if isinstance(answer, str) else json.dumps(answer))


def _joined(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step


def _last_name(path: str) -> str:
    names = [step for step in path.split(".") if not step.isdigit()]
    return names[-1] if names else ""


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

"""Compare what a case expects with the answer.

Laws:

1. Expected is a part: names that it does not say are ignored, yet a name that it says must be there.
2. An empty object matches only an empty object; lists match in length and order.
3. Instants match as instants, amounts as amounts, whatever their form; ids and numbers of orders match as texts.
4. Null matches only null; true and 1 are different things.
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
    """A difference between an answer and what was expected: its path, what was expected there, what was found."""

    path: str
    expected: str
    found: str


def differences(expected: Json, found: Json, *, path: str = "") -> Iterator[Difference]:
    """List in what `found` is not what `expected` says."""
    if isinstance(expected, dict) and isinstance(found, dict):
        # An empty object says "nothing in it"; a part of anything would say nothing at all.
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
        # Lists of different lengths are not compared further: every later difference would be a consequence.
        return
    for number, (one, other) in enumerate(zip(expected, found, strict=True)):
        yield from differences(one, other, path=_joined(path, str(number)))


def _are_equal(expected: Json, found: Json, *, name: str) -> bool:
    if isinstance(expected, str) and isinstance(found, str):
        return expected == found or _are_one_instant(expected, found) or _are_one_amount(expected, found, name)
    if isinstance(expected, bool) or isinstance(found, bool):
        # `True == 1` in Python, and they are different things in JSON.
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
    # two texts of digits alone are more likely ids than amounts
    if name in _NAMES_OF_IDS or "." not in one + other:
        return False
    return bool(_IS_AMOUNT.fullmatch(one) and _IS_AMOUNT.fullmatch(other)) and Decimal(one) == Decimal(other)


def says(answer: Json, text: str) -> bool:
    """Tell whether `text` occurs anywhere in an answer, in a name or in a value."""
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

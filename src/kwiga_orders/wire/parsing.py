"""Parses bytes into plain JSON data, so that no text from outside can do harm.

Laws:

1. Unreadable input is refused and never crashes: too long, not UTF-8, nested too deep, not JSON, not a finite number.
2. Nothing is lost silently: a name that occurs twice in an object is refused, with its path.
3. The time to parse grows in proportion to the length of the text, whatever it contains.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import accumulate, islice
from math import isfinite
from typing import NoReturn, cast

from kwiga_orders.bounds import DOCUMENT, FAULTS, NESTING
from kwiga_orders.codec import Json
from kwiga_orders.errors import Fault, InvalidInput
from kwiga_orders.wire.faults import INVALID, TOO_LARGE, joined

__all__ = ["read_json"]

_TEXT = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""A text in JSON, even one without an end. The pattern never backtracks, so its time is proportional to the text."""
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
_NO_BRACKETS = re.compile(r"[^\[\]{}]+")


def read_json(text: bytes | str, *, limit: int = DOCUMENT) -> Json:
    """Parse JSON of at most `limit` bytes or characters, nested at most 100 deep.

    Raises:
        InvalidInput: `input.too_large` if it is longer or deeper; `input.invalid` if it is not JSON, or, with their
            paths, for names that occur twice.
    """
    if len(text) > limit:
        _refuse(f"at most {limit} bytes or characters", code=TOO_LARGE)
    decoded = _decoded(text)
    if _depth(decoded) > NESTING:
        _refuse(f"nested at most {NESTING} deep", code=TOO_LARGE)
    # The fast way comes first; it only notices that some name occurs twice, which is rare.
    try:
        return _parsed(decoded, _reader_of_once)
    except _ThereTwice:
        twice: _Repeated = []
    # The second, slow reading finds out which names these are and where.
    document = _parsed(decoded, _reader(_noting(twice)))
    # K5: only the paths of the first faults are computed, the others are counted
    found = islice(_found(document, twice), FAULTS)
    faults = [Fault(path=path, code=INVALID, hint="is there twice") for path in found]
    raise InvalidInput(faults, count=sum(len(names) for _, names in twice))


def _refuse(hint: str, *, code: str = INVALID) -> NoReturn:
    raise InvalidInput([Fault(path="", code=code, hint=hint)])


def _decoded(text: bytes | str) -> str:
    if isinstance(text, str):
        # Some programs begin UTF-8 text with a byte order mark.
        return text.removeprefix("\ufeff")
    try:
        return text.decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        pass
    _refuse("not UTF-8")


def _depth(text: str) -> int:
    """Give the nesting depth of a text, or an upper bound if that is small enough."""
    # Counting brackets is enough for almost every document, and cheap.
    if (most := text.count("[") + text.count("{")) <= NESTING:
        return most
    # Brackets inside texts do not nest.
    brackets = _NO_BRACKETS.sub("", _TEXT.sub("", text))
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


_Made = Callable[[list[tuple[str, Json]]], dict[str, Json]]
_Repeated = list[tuple[dict[str, Json], list[str]]]


class _ThereTwice(Exception):
    """Raised if a name occurs twice in an object; which name and where is searched only then."""


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _ThereTwice
    return found


def _noting(twice: _Repeated) -> _Made:
    def note(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counted = Counter(name for name, _ in pairs)
            twice.append((found, sorted(name for name, count in counted.items() if count > 1)))
        return found

    return note


def _parsed(text: str, reader: json.JSONDecoder) -> Json:
    try:
        return cast(Json, reader.decode(text))
    except json.JSONDecodeError as problem:
        where = f"no JSON at line {problem.lineno}, column {problem.colno}"
    except (ValueError, RecursionError):
        where = "numbers are finite, and not longer than 4000 digits"
    _refuse(where)


def _finite(text: str) -> float:
    # `1e999` is infinity in Python, but is not a JSON number.
    number = float(text)
    return number if isfinite(number) else _no_number(text)


def _no_number(_: str) -> NoReturn:
    raise ValueError


def _reader(made: _Made) -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=made, parse_float=_finite, parse_constant=_no_number)


_reader_of_once = _reader(_once)


def _found(document: Json, twice: _Repeated) -> Iterator[str]:
    # Compared by identity, because equal objects may occur in several places.
    names = {id(inner): repeated for inner, repeated in twice}
    waiting: list[tuple[tuple[str | int, ...], Json]] = [((), document)]
    while waiting:
        path, here = waiting.pop()
        for name in names.get(id(here), ()):
            yield joined((*path, name))
        inner = here.items() if isinstance(here, dict) else enumerate(here) if isinstance(here, list) else ()
        # Reversed, because the last item is taken first: the paths then have the order of the document.
        waiting += reversed([((*path, step), one) for step, one in inner])

"""Feeds a reader of foreign bytes with mutated inputs: it may refuse them, and nothing else may escape.

    python -m tests.fuzz.fuzzing --minutes 10 wayforpay_callback stripe_webhook

An input that ends in a way not seen before joins those that are mutated further. The shortest of them are kept in
`corpus/<reader>.json`; `test_foreign_bytes` reads them again in every run.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial
from pathlib import Path
from random import Random

import attrs

from kwiga_orders.errors import InvalidInput, KwigaOrdersError
from tests.fuzz.mutating import Mutator

__all__ = ["Escape", "Fuzzed", "Reader", "ending_of", "endings_of", "fuzz", "kept_of"]

CORPUS = Path(__file__).parent / "corpus"
_MOST_KEPT = 24
_LONGEST_KEPT = 1500
_MOST_MUTATED, _LONGEST_MUTATED = 2000, 100_000
_OUTERMOST, _MOST_WAYS = 4, 30


@attrs.frozen(kw_only=True)
class Reader:
    """What reads foreign bytes, and inputs as they really come; `read` may raise errors of the family only."""

    name: str
    read: Callable[[bytes], object]
    seeds: Sequence[bytes]


@attrs.frozen(kw_only=True)
class Escape:
    """An input that something else than an error of the family came of."""

    data: bytes
    problem: Exception


@attrs.define
class Fuzzed:
    """What came of fuzzing a reader: how many inputs, those that ended in a new way, those of which errors escaped."""

    inputs: int = 0
    found: dict[str, bytes] = attrs.field(factory=dict)
    escapes: list[Escape] = attrs.field(factory=list)


def endings_of(*reads: Callable[[], object]) -> list[object]:
    """Read in several ways, and give each result or error of the family; another error escapes."""
    endings: list[object] = []
    for read in reads:
        try:
            endings.append(read())
        except KwigaOrdersError as problem:
            endings.append(problem)
    return endings


def fuzz(reader: Reader, random: Random, *, goes_on: Callable[[int], bool], most_escapes: int = 10) -> Fuzzed:
    """Read mutated inputs while `goes_on`, which is given how many were read."""
    mutator, done = Mutator(random), Fuzzed()
    pool = [*reader.seeds, *kept_of(reader.name)]
    waiting = list(pool)
    escaped = set[str]()
    while goes_on(done.inputs) and len(done.escapes) < most_escapes:
        data = waiting.pop() if waiting else mutator.mutated(pool)
        done.inputs += 1
        try:
            ending = ending_of(reader, data)
        except Exception as problem:  # this is what is looked for
            place = _place_of(problem)
            if place not in escaped:
                escaped.add(place)
                done.escapes.append(Escape(data=data, problem=problem))
            continue
        known = done.found.get(ending)
        if known is None or len(data) < len(known):
            done.found[ending] = data
            if known is None and len(data) < _LONGEST_MUTATED and len(pool) < _MOST_MUTATED:
                pool.append(data)
    return done


def _place_of(problem: Exception) -> str:
    place = problem.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return "" if place is None else f"{type(problem).__name__} {place.tb_frame.f_code.co_qualname}:{place.tb_lineno}"


def ending_of(reader: Reader, data: bytes) -> str:
    """Tell how reading an input ends: with which error, or with what kind of value.

    Raises:
        Exception: what is not of the family.
    """
    try:
        return str(_shape(reader.read(data), _OUTERMOST))
    except KwigaOrdersError as problem:
        return str(_shape(problem, _OUTERMOST))


def _shape(value: object, depth: int) -> object:
    if isinstance(value, InvalidInput):
        # where it is, and which name, is the input's affair
        return value.code, sorted({(one.code, re.sub(r"[0-9]+", "n", one.hint[:40])) for one in value.faults[:3]})
    if isinstance(value, KwigaOrdersError):
        return type(value).__name__, value.code, type(value.__cause__).__name__
    if isinstance(value, Enum):
        return value.value
    kind: type = type(value)
    if attrs.has(kind):
        if depth == 0:
            return kind.__name__
        fields = ((one.name, getattr(value, one.name)) for one in attrs.fields(kind))
        shapes = tuple((name, _shape(inner, depth - 1)) for name, inner in fields if inner not in (None, ""))
        return kind.__name__, shapes
    if isinstance(value, list) and depth == _OUTERMOST:
        # the endings of several ways to read one input
        return tuple(_shape(one, depth - 1) for one in value[:_MOST_WAYS])
    if isinstance(value, list | tuple):
        return tuple(sorted({str(_shape(one, depth - 1)) for one in value[:4]})) if depth else len(value) > 0
    return type(value).__name__


# The corpus


def kept_of(name: str) -> list[bytes]:
    """Give the inputs that are kept of a reader."""
    path = CORPUS / f"{name}.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [str(one).encode("latin-1") for one in kept]


def keep(reader: Reader, done: Fuzzed) -> None:
    """Add to the corpus what ended in a new way, the shortest first, and every input of which an error escaped."""
    kept = kept_of(reader.name)
    known = set[str]()
    for data in (*reader.seeds, *kept):
        known.add(ending_of(reader, data))
    escapes = [one.data for one in done.escapes]
    for ending, data in sorted(done.found.items(), key=lambda item: len(item[1])):
        if ending not in known and len(data) <= _LONGEST_KEPT and len(kept) < _MOST_KEPT:
            kept.append(data)
    kept += [one for one in escapes if one not in kept]
    texts = [one.decode("latin-1") for one in kept]
    (CORPUS / f"{reader.name}.json").write_text(json.dumps(texts, indent=1) + "\n", encoding="utf-8")


def _is_before(ends: float, _: int) -> bool:
    return time.monotonic() < ends


def tell(line: str) -> None:
    """Write a line at once: a run takes hours, and is read meanwhile."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Fuzz the readers that are named, or all, one after another, each for so many minutes."""
    from tests.fuzz.readers import OF_DOCUMENTS, OF_GATEWAYS, get_reader

    every = (*OF_GATEWAYS, *OF_DOCUMENTS)
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.fuzzing")
    parser.add_argument("readers", nargs="*", metavar="READER", help=f"of {', '.join(every)}; default: all")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--keep", action="store_true", help="add what was found to the corpus")
    given = parser.parse_args()
    for name in given.readers or every:
        reader = get_reader(name)
        ends = time.monotonic() + given.minutes * 60
        done = fuzz(reader, Random(given.seed), goes_on=partial(_is_before, ends))
        tell(f"{name}: {done.inputs} inputs, {len(done.found)} endings, {len(done.escapes)} escapes")
        for escape in done.escapes:
            tell(f"  {_place_of(escape.problem)}: {escape.problem!r:.200} of {escape.data[:300]!r}")
        if given.keep:
            keep(reader, done)


if __name__ == "__main__":
    main()

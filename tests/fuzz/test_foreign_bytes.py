"""K5: whatever comes from outside, it is read, or refused by an error of the family; nothing else escapes.

Each reader reads what an earlier run of the fuzzer found, then inputs that are mutated anew: a few hundred by default,
always the same; with `--hypothesis-profile=thorough` for ten minutes a reader, each time others.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random

import pytest

from kwiga_orders.errors import KwigaOrdersError
from tests.effort import is_thorough
from tests.fuzz.fuzzing import CORPUS, Reader, ending_of, fuzz, kept_of
from tests.fuzz.readers import OF_DOCUMENTS, OF_GATEWAYS, get_reader

READERS = (*OF_GATEWAYS, *OF_DOCUMENTS)
SECONDS = 600
INPUTS = 150


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Let libraries warn of what they pass over, such as an argument of a URL that they do not know."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def effort() -> tuple[Random, Callable[[int], bool]]:
    """Give what to draw inputs by, and for how long."""
    if is_thorough():
        ends = time.monotonic() + SECONDS
        return Random(), lambda _: time.monotonic() < ends
    return Random(20261129), lambda done: done < INPUTS


def is_told(reader: Reader, data: bytes) -> bool:
    """Tell whether reading ends without an error."""
    with suppress(KwigaOrdersError):
        reader.read(data)
        return True
    return False


def was_read(result: object) -> bool:
    """Tell whether any of the ways to read an input gave a value."""
    ways = result if isinstance(result, list) and result else [result]
    return not all(isinstance(one, KwigaOrdersError) for one in ways)


@pytest.mark.parametrize("name", READERS)
def test_what_was_found(name: str) -> None:
    """Inputs that once ended in a way of their own, or of which an error once escaped, end in the family."""
    reader = get_reader(name)

    for data in (*reader.seeds, *kept_of(name)):
        ending_of(reader, data)
    # a reader that refuses even what really came reads nothing at all
    assert any(was_read(reader.read(data)) for data in reader.seeds if is_told(reader, data))


@pytest.mark.parametrize("name", READERS)
def test_mutated(name: str) -> None:
    """Mutated inputs end in the family."""
    random, goes_on = effort()

    done = fuzz(get_reader(name), random, goes_on=goes_on)

    assert [(repr(one.problem), one.data) for one in done.escapes] == []


def test_the_corpus_is_small() -> None:
    """A reader keeps a file of few and short inputs, and no file is of a reader that is gone."""
    assert {path.stem for path in CORPUS.glob("*.json")} <= {*READERS}
    assert all(path.stat().st_size < 200_000 for path in CORPUS.glob("*.json"))

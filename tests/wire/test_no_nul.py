"""K5, K7: a NUL or half a surrogate pair is refused in every text of every command and question, on either way in.

No database keeps a NUL in a text, and no encoding writes half a pair: what has one would fail later, in a driver.
"""

from collections.abc import Callable, Iterator, Mapping

import attrs
import pytest

from kwiga_orders.codec import Json
from kwiga_orders.errors import InvalidInput
from tests.wire.documents import COMMANDS, QUERIES
from tests.wire.test_refusals import DOCUMENTS, READERS, Steps, places, replaced

NAMES = sorted({*COMMANDS, *QUERIES} & {*DOCUMENTS})
SPOILT: tuple[Callable[[str], str], ...] = (
    lambda text: f"\0{text}",
    lambda text: f"{text}\0",
    lambda text: f"{text[:1]}\ud83d{text[1:]}",
    lambda text: f"{text}\udfff",
)


def at(document: Json, path: Steps) -> Json:
    """Give what stands at a place of a document."""
    for step in path:
        document = document[step]  # type: ignore[index]
    return document


def made_with(value: object, spoil: Callable[[str], str]) -> Iterator[tuple[str, Callable[[], object]]]:
    """Give, for each text in a value, its name and what would make the value that holds it with that text spoilt."""
    for field in attrs.fields(type(value)):  # type: ignore[arg-type]
        held = getattr(value, field.name)
        if not field.init:
            continue
        for name, wrong in spoilt(held, spoil):
            path = f"{type(value).__name__}.{field.name}{name}"
            if callable(wrong):
                yield path, wrong
            else:
                yield path, lambda name=field.name, wrong=wrong: attrs.evolve(value, **{name: wrong})  # type: ignore[misc]


def spoilt(held: object, spoil: Callable[[str], str]) -> Iterator[tuple[str, object]]:
    """Give what may stand in its place, with one text spoilt; of a value within, what would make that."""
    if isinstance(held, str):
        yield "", spoil(held)
    elif attrs.has(type(held)):
        yield from made_with(held, spoil)
    elif isinstance(held, tuple | frozenset):
        for number, one in enumerate(items := [*held]):
            for name, wrong in spoilt(one, spoil):
                others = [*items[:number], wrong, *items[number + 1 :]]
                yield f".{number}{name}", wrong if callable(wrong) else type(held)(others)
    elif isinstance(held, Mapping):
        for key, one in held.items():
            yield f".{key} (key)", {**held, spoil(str(key)): one}
            for name, wrong in spoilt(one, spoil):
                yield f".{key}{name}", wrong if callable(wrong) else {**held, key: wrong}


@pytest.mark.parametrize("name", NAMES)
class TestNoNul:
    """Each text by itself, whatever else is right."""

    def test_on_the_wire(self, name: str) -> None:
        """Every text of the full document."""
        document, count = DOCUMENTS[name], 0
        for path in places(document):
            text = at(document, path)
            if not isinstance(text, str):
                continue
            for spoil in SPOILT:
                with pytest.raises(InvalidInput):
                    READERS[name](replaced(document, path, spoil(text)))
                count += 1
        assert count >= len(SPOILT)

    def test_in_python(self, name: str) -> None:
        """Every text of the value that it is read as, and of what that holds."""
        value = READERS[name](DOCUMENTS[name])
        for spoil in SPOILT:
            for path, make in made_with(value, spoil):
                with pytest.raises(InvalidInput):
                    assert not make(), path

"""Changes inputs here and there: as bytes, as JSON by its structure, and by mixing two of them."""

import json
from collections.abc import Callable, Iterator, Sequence
from random import Random

from kwiga_orders.codec import Json

__all__ = ["Mutator"]

_NASTY: tuple[Json, ...] = (
    None, True, False, 0, -1, 1, 0.1, -0.0, 1e308, float("inf"), float("nan"), 2**31, 2**63 - 1, 2**63, 2**64, 10**40,
    10**4301, "", " ", "0", "-1", "1e9", "1.005", "9" * 5000, "NaN", "Infinity", "²", "٣", "\x00", "\ud800", "é",
    "\u2028", "\U0001f600" * 40, "a" * 400, "o1.1", "o1.1~100", "o1.1~a2", "o1.1~r5", "~", "2026-11-01",
    "2026-11-01T10:00:00Z", "0001-01-01T00:00:00", "9999-12-31T23:59:59+14:00", "24:00", "uk", "UAH", "uah", "JPY",
    [], {}, [[]], [None], {"": None}, {"kind": None}, {"id": {"id": {}}},
)  # fmt: skip
_TOKENS = (
    b"", b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"\\u0000", b"\\ud800", b"\x00", b"\xff", b"\xef\xbb\xbf",
    b"\r\n", b"\n", b"=", b"&", b"%00", b"%ff", b";", b"t=", b"v1=", b"1e999", b"-", b"NaN", b"null", b"[" * 200,
    b'{"a":' * 120, b"9" * 4400, b"250 ok\r\n", b"354 go\r\n", b"550-no\r\n", b"HTTP/1.1 200 OK\r\n",
)  # fmt: skip


class Mutator:
    """Makes an input of those that are known, each time another one."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._by_bytes: Sequence[Callable[[bytearray], None]] = (
            self._flip, self._overwrite, self._insert, self._delete, self._repeat, self._cut,
        )  # fmt: skip
        self._by_structure: Sequence[Callable[[_Place], None]] = (
            self._replace, self._drop, self._rename, self._wrap, self._move,
        )  # fmt: skip

    def mutated(self, pool: Sequence[bytes]) -> bytes:
        """Give an input made of one in the pool, or of two."""
        chosen = self._random.choice(pool)
        # most of what is merely damaged ends at the first check, so structure is changed more often
        if self._random.random() < 0.7 and (changed := self._restructured(chosen)) is not None:
            return changed
        raw = bytearray(chosen)
        for _ in range(self._random.choice((1, 1, 2, 4, 16))):
            self._random.choice(self._by_bytes)(raw)
        if self._random.random() < 0.1:
            other = self._random.choice(pool)
            raw[self._random.randint(0, len(raw)) :] = other[self._random.randint(0, len(other)) :]
        return bytes(raw)

    # Bytes

    def _place(self, raw: bytearray) -> int:
        return self._random.randrange(len(raw)) if raw else 0

    def _flip(self, raw: bytearray) -> None:
        if raw:
            raw[self._place(raw)] ^= 1 << self._random.randrange(8)

    def _overwrite(self, raw: bytearray) -> None:
        if raw:
            raw[self._place(raw)] = self._random.randrange(256)

    def _insert(self, raw: bytearray) -> None:
        at = self._place(raw)
        raw[at:at] = self._random.choice(_TOKENS)

    def _delete(self, raw: bytearray) -> None:
        at = self._place(raw)
        del raw[at : at + self._random.choice((1, 2, 8, 64))]

    def _repeat(self, raw: bytearray) -> None:
        at = self._place(raw)
        raw[at:at] = raw[at : at + self._random.choice((1, 8, 64))]

    def _cut(self, raw: bytearray) -> None:
        del raw[self._place(raw) :]

    # Structure

    def _restructured(self, chosen: bytes) -> bytes | None:
        try:
            document = json.loads(chosen)
        except (ValueError, RecursionError):
            return None
        whole: dict[str, Json] = {"": document}
        for _ in range(self._random.choice((1, 1, 1, 2, 3, 6))):
            if places := list(_places(whole)):
                self._random.choice(self._by_structure)(self._random.choice(places))
        try:
            text = json.dumps(whole.get(""), ensure_ascii=self._random.random() < 0.7)
        except (ValueError, RecursionError):
            return None
        return text.encode("utf-8", "surrogatepass")

    def _replace(self, place: "_Place") -> None:
        place.put(self._random.choice(_NASTY))

    def _drop(self, place: "_Place") -> None:
        place.drop()

    def _rename(self, place: "_Place") -> None:
        name = self._random.choice(("", "kind", "id", "amount", "\x00", "x" * 200, "__class__"))
        place.rename(name)

    def _wrap(self, place: "_Place") -> None:
        value = place.value
        for _ in range(self._random.choice((1, 1, 2, 120))):
            value = [value] if self._random.random() < 0.5 else {"a": value}
        place.put(value)

    def _move(self, place: "_Place") -> None:
        others = [one for one in _places({"": place.value}) if one.name != ""]
        place.put(self._random.choice(others).value if others else [place.value] * 3)


class _Place:
    """Where a value stands in a document: by which name, or at which position."""

    def __init__(self, within: dict[str, Json] | list[Json], name: str | int) -> None:
        self._within, self.name = within, name

    @property
    def value(self) -> Json:
        if isinstance(self._within, dict):
            return self._within.get(str(self.name))
        return self._within[int(self.name)] if int(self.name) < len(self._within) else None

    def put(self, value: Json) -> None:
        if isinstance(self._within, dict):
            self._within[str(self.name)] = value
        elif int(self.name) < len(self._within):
            self._within[int(self.name)] = value

    def drop(self) -> None:
        if isinstance(self._within, dict):
            self._within.pop(str(self.name), None)
        elif int(self.name) < len(self._within):
            del self._within[int(self.name)]

    def rename(self, name: str) -> None:
        if isinstance(self._within, dict) and self.name in self._within:
            self._within[name] = self._within.pop(str(self.name))


def _places(document: Json) -> Iterator[_Place]:
    """Give every place of a document; what is nested very deeply is passed over."""
    waiting: list[tuple[Json, int]] = [(document, 0)]
    while waiting:
        here, depth = waiting.pop()
        names = here if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
        for name in names:
            yield _Place(here, name)  # type: ignore[arg-type]
            if depth < 30:
                waiting.append((here[name], depth + 1))  # type: ignore[index]

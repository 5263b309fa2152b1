"""K5: hostile input by the thousand (by the million under `thorough`): read, or refused with faults; nothing else."""

import json
import random
import string

from kwiga_orders import wire
from kwiga_orders.codec import Json
from kwiga_orders.errors import InvalidInput, KwigaOrdersError
from tests.effort import times
from tests.wire.test_refusals import DOCUMENTS, READERS, Steps, places, replaced

COUNT = times(6_000, 1_200_000)
"""How many documents and texts are tried."""

_ODD: tuple[Json, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**30, 0.1, -0.0, 1e308, "", " ", "0", "-1", "1e9", "NaN",
    "99999999999999999999.99", "0.001", "1,5", "٣", "\x00", "\ud800", "\u202e", "a" * 400, "'; drop table x; --",
    "2026-02-30", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-29T03:30:00", "uk", "UAH", "o1", "o1.1",
    [], [[]], [None], {}, {"": None}, {"kind": "full"}, {"days": 0}, {"months": 10**9}, [{}], {"kind": ["full"]},
)  # fmt: skip


def anything(chance: random.Random, depth: int = 0) -> Json:
    """Draw a value: mostly one that has broken something somewhere."""
    if depth > 2 or chance.random() < 0.8:
        return chance.choice(_ODD)
    if chance.random() < 0.5:
        return [anything(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(("order", "kind", "at", "", "\x00", "price")): anything(chance, depth + 1) for _ in "ab"}


class TestMutants:
    """Full documents in which something else stands, and their texts with something put in or cut out."""

    def test_documents(self) -> None:
        """One to three places of a full document hold anything: what is read can be told as data, too."""
        chance = random.Random(9)
        names = sorted(DOCUMENTS)
        known: dict[str, list[Steps]] = {name: list(places(DOCUMENTS[name])) for name in names}
        read = 0
        for _ in range(COUNT // 2):
            name = chance.choice(names)
            document: Json = DOCUMENTS[name]
            # the deepest first, so that the others are still there
            for path in sorted(
                chance.sample(known[name], chance.randint(1, min(3, len(known[name])))), reverse=True, key=len
            ):
                document = replaced(document, path, anything(chance))
            read += self._is_read(name, document)
        assert 0 < read < COUNT // 2

    def test_texts(self) -> None:
        """A text with a few characters replaced, doubled or gone is refused by one reader or the other, or read."""
        chance = random.Random(9)
        texts = {name: json.dumps(document) for name, document in DOCUMENTS.items()}
        names = sorted(texts)
        read = 0
        for _ in range(COUNT // 2):
            name = chance.choice(names)
            text = texts[name]
            for _ in range(chance.randint(1, 3)):
                at = chance.randrange(len(text) + 1)
                put = chance.choice(
                    ('"', "\\", "[", "]", "{", "}", ",", ":", "1e999", "\\ud800", chance.choice(string.printable))
                )
                text = text[:at] + put + text[at + chance.randrange(3) :]
            try:
                document = wire.read_json(text if chance.random() < 0.5 else text.encode())
            except InvalidInput as refused:
                assert refused.faults  # noqa: PT017 - it may pass as well
                continue
            read += self._is_read(name, document)
        assert 0 < read < COUNT // 2

    def _is_read(self, name: str, document: Json) -> bool:
        try:
            READERS[name](document)
        except KwigaOrdersError as refused:
            if not isinstance(refused, InvalidInput):
                raise
            assert 0 < len(refused.faults) <= 100  # noqa: PT017 - it may pass as well
            json.dumps(refused.details).encode()
            return False
        return True

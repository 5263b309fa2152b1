"""The whole history of an order, to take along: what is imported with it is the same order again (V7).

A checksum seals the readable fields of a line: changing one of them makes the import of the line fail,
since of two truths neither may win silently. Without its `history` a line is an order that was made elsewhere.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final, TypedDict

from kwiga_orders.codec import Json, encoder_of
from kwiga_orders.orders.events import Recorded

__all__ = ["HISTORY_SCHEMA", "ExportedHistory", "checksum", "exported_history"]

HISTORY_SCHEMA: Final = 2
"""The schema in which rows of history are stored now; what was exported in another one is not read."""

# Who ordered may be corrected without touching the order; what is computed is not read back.
_NOT_SEALED = frozenset({"computed", "person", "history"})
_SORTED = json.JSONEncoder(sort_keys=True, check_circular=False)
_encode = encoder_of(Recorded)


class ExportedHistory(TypedDict):
    """All that happened to an order; `of` is the checksum of the readable fields of its line."""

    schema: int
    of: str
    rows: list[Json]


def exported_history(rows: Iterable[Recorded], line: Mapping[str, object]) -> ExportedHistory:
    """Give the history of an order for a line whose other fields are these."""
    return ExportedHistory(schema=HISTORY_SCHEMA, of=checksum(line), rows=list(map(_encode, rows)))


def checksum(line: Mapping[str, object]) -> str:
    """Hash the readable fields of a line: all that an import takes, but who ordered."""
    sealed = {name: value for name, value in line.items() if name not in _NOT_SEALED}
    return sha256(_SORTED.encode(sealed).encode()).hexdigest()

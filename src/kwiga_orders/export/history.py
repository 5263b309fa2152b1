"""The complete history of an order inside its exported line. With it, an import restores the same order (V7).

A checksum covers the readable fields of the line. If one of them was changed, importing the line fails, because the
fields and the history would contradict each other. A line without `history` is imported as a new order.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final, TypedDict

from kwiga_orders.codec import Json, encoder_of
from kwiga_orders.orders.events import Recorded

__all__ = ["HISTORY_SCHEMA", "ExportedHistory", "checksum", "exported_history"]

HISTORY_SCHEMA: Final = 2
"""The schema of the exported history rows; rows of another schema cannot be imported."""

# The person may be corrected without touching the order, and computed fields are not imported.
_NOT_SEALED = frozenset({"computed", "person", "history"})
_SORTED = json.JSONEncoder(sort_keys=True, check_circular=False)
_encode = encoder_of(Recorded)


class ExportedHistory(TypedDict):
    """The history of an order; `of` is the checksum of the readable fields of its line."""

    schema: int
    of: str
    rows: list[Json]


def exported_history(rows: Iterable[Recorded], line: Mapping[str, object]) -> ExportedHistory:
    """Give the history of an order together with the checksum of `line`, its other exported fields."""
    return ExportedHistory(schema=HISTORY_SCHEMA, of=checksum(line), rows=list(map(_encode, rows)))


def checksum(line: Mapping[str, object]) -> str:
    """Hash the readable fields of a line: everything that an import reads except the person."""
    sealed = {name: value for name, value in line.items() if name not in _NOT_SEALED}
    return sha256(_SORTED.encode(sealed).encode()).hexdigest()

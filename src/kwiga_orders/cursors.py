"""Cursors: the position after which the next page begins, as an opaque text (V1).

A cursor names the kind of its list, so that a cursor of another list is refused and not misread.
"""

import base64
import binascii
import json
import re
from collections.abc import Sequence

from kwiga_orders.bounds import CURSOR
from kwiga_orders.errors import Fault, InvalidInput

__all__ = ["cursor_text", "not_a_cursor", "read_cursor"]

_Field = str | int | bool | None


def cursor_text(*fields: _Field) -> str:
    """Write the fields of a cursor, the kind of its list first."""
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    # Padding would have to be quoted in a URL; the reader adds it again.
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, *kind: _Field, types: Sequence[type | tuple[type, ...]]) -> list[_Field]:
    """Read the fields that follow the kind; `types` are their types, in order.

    Raises:
        InvalidInput: if the text is not a cursor of that kind.
    """
    # The length is checked first, because decoding costs memory and anybody can send a text.
    if len(text) > CURSOR:
        raise not_a_cursor()
    try:
        fields = json.loads(base64.urlsafe_b64decode((text + "=" * (-len(text) % 4)).encode()))
    # Deeply nested brackets raise `RecursionError`, which is also the sender's fault.
    except (ValueError, binascii.Error, RecursionError):
        raise not_a_cursor() from None
    if not isinstance(fields, list) or len(fields) != len(kind) + len(types) or fields[: len(kind)] != [*kind]:
        raise not_a_cursor()
    found = fields[len(kind) :]
    for field, allowed in zip(found, types, strict=True):
        # `type`, not `isinstance`: true must not pass as a number
        if type(field) not in (allowed if isinstance(allowed, tuple) else (allowed,)) or not _is_storable(field):
            raise not_a_cursor()
    return found


def _is_storable(field: _Field) -> bool:
    """Tell whether every store can compare its columns with the field: a forged cursor may hold anything (K5)."""
    if isinstance(field, str):
        return not re.search(r"[\x00\ud800-\udfff]", field)
    return not isinstance(field, int) or -(2**63) <= field < 2**63


def not_a_cursor() -> InvalidInput:
    """Give the error for a text that is not a cursor of this list."""
    return InvalidInput([Fault(path="after", code="input.invalid", hint="a cursor of the same filters and sort order")])

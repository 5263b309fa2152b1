"""Cells of a spreadsheet: formulas are defused, lists are joined, and both can be undone (V7).

Laws:

1. `restored(defused(text)) == text`, and no defused text is a formula.
2. `separated(joined(parts)) == parts`, as long as no part is empty.
"""

import re
from collections.abc import Iterable

__all__ = ["csv_cell", "defused", "joined", "restored", "separated"]

_FORMULA = re.compile(r"[\s'\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\s'\ufeff\u200b]*[\t\r\n]")
"""What a spreadsheet might take for a formula (OWASP, CSV Injection), also behind blanks, which some cut off, in full
width, and behind apostrophes, so that defusing can be undone."""
_MUST_BE_QUOTED = re.compile(r'[",\r\n]')
_PART = re.compile(r"(?:[^\\;]|\\.)+", re.DOTALL)


def defused(text: str) -> str:
    """Give `text` with an apostrophe before it if a spreadsheet would run it; a spreadsheet does not show it."""
    return f"'{text}" if _FORMULA.match(text) else text


def restored(text: str) -> str:
    """Give what was defused as it was."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def joined(parts: Iterable[str]) -> str:
    r"""Write several ids in one cell: `python;chess`; a semicolon or a backslash in one gets a backslash before it."""
    return ";".join(part.replace("\\", "\\\\").replace(";", "\\;") for part in parts)


def separated(text: str) -> list[str]:
    """Read several ids from one cell; empty ones are left out."""
    return [re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL) for part in _PART.findall(text)]


def csv_cell(text: str) -> str:
    """Write a cell as RFC 4180 says: quoted if it holds a comma, a quote or the end of a line."""
    return '"{}"'.format(text.replace('"', '""')) if _MUST_BE_QUOTED.search(text) else text

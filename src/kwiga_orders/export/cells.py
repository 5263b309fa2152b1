"""Cells of a spreadsheet: formulas are defused, lists are joined, and both can be undone.

Home of V7's cells. Laws:

1. `restored(defused(text)) == text`, and no defused text is a formula.
2. A file may be opened with another separator than it was written with, so this holds for every part of a cell that any
   usual separator or line break would make a cell.
3. `separated(joined(parts)) == parts`, as long as no part is empty.
"""

import re
from collections.abc import Iterable
from itertools import chain

__all__ = ["SEPARATORS", "csv_cell", "defused", "joined", "restored", "separated"]

SEPARATORS = (",", ";", "\t", "|")
"""What may stand between the cells of a line."""

# what some readers cut off before a cell: blanks, marks that nobody sees, quotes; and the apostrophe that defuses
_LEADING = "[ \xa0'\"\ufeff\u200b]*"
_BREAKS = re.compile("([,;\t|\r\n\x0b\x0c\x85\u2028\u2029])")
_FORMULA = re.compile(f"{_LEADING}[=+\\-@＝＋－＠]")
"""What a spreadsheet might take for a formula (OWASP, CSV Injection), in full width, too."""
_BEGINS_WITH_BREAK = re.compile(f"{_LEADING}[\t\r\n]")
_MUST_BE_QUOTED = re.compile('[",;\t|\r\n\x0b\x0c\x85\u2028\u2029]')
_PART = re.compile(r"(?:[^\\;]|\\.)+", re.DOTALL)


def defused(text: str) -> str:
    """Give `text` with an apostrophe before each part that a spreadsheet would run; all else stays as it is."""
    # Almost every cell is harmless, and costs two searches.
    if not _FORMULA.search(text) and not _BEGINS_WITH_BREAK.match(text):
        return text
    first, *rest = _BREAKS.split(text)
    # the odd ones are the breaks themselves
    parts = (f"'{part}" if _FORMULA.match(part) else part for part in rest)
    return "".join(chain([f"'{first}" if _is_run_first(first, text) else first], parts))


def restored(text: str) -> str:
    """Give what was defused as it was."""
    # The exact reverse: only an apostrophe in front of a formula was added by us.
    first, *rest = _BREAKS.split(text)
    parts = (part[1:] if part.startswith("'") and _FORMULA.match(part[1:]) else part for part in rest)
    is_defused = first.startswith("'") and _is_run_first(first[1:], text[1:])
    return "".join(chain([first[1:] if is_defused else first], parts))


def _is_run_first(part: str, text: str) -> bool:
    """Tell whether a spreadsheet would run the first part of a cell, or what a leading tab or line break hides."""
    return bool(_FORMULA.match(part) or _BEGINS_WITH_BREAK.match(text))


def joined(parts: Iterable[str]) -> str:
    r"""Write several ids in one cell: `python;chess`; a semicolon or a backslash in one gets a backslash before it."""
    return ";".join(part.replace("\\", "\\\\").replace(";", "\\;") for part in parts)


def separated(text: str) -> list[str]:
    """Read several ids from one cell; empty ones are left out."""
    return [re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL) for part in _PART.findall(text)]


def csv_cell(text: str) -> str:
    """Write a cell as RFC 4180 says: quoted if it holds a quote, the end of a line, or any usual separator."""
    return '"{}"'.format(text.replace('"', '""')) if _MUST_BE_QUOTED.search(text) else text

"""Cells of a spreadsheet: texts that look like formulas are defused, and lists are joined. Both can be undone.

Home of V7's cells. Laws:

1. `restored(defused(text)) == text`, and no defused text is a formula.
2. The file may be opened with another separator than it was written with. So law 1 also holds for every part of a cell
   that a usual separator or a line break would turn into a cell of its own.
3. `separated(joined(parts)) == parts`, as long as no part is empty.
"""

import re
from collections.abc import Iterable
from itertools import chain

__all__ = ["SEPARATORS", "csv_cell", "defused", "joined", "restored", "separated"]

SEPARATORS = (",", ";", "\t", "|")
"""The usual separators between the cells of a line."""

# what some readers drop at the start of a cell (blanks, invisible characters, quotes), and the apostrophe that defuses
_LEADING = "[ \xa0'\"\ufeff\u200b]*"
_BREAKS = re.compile("([,;\t|\r\n\x0b\x0c\x85\u2028\u2029])")
_FORMULA = re.compile(f"{_LEADING}[=+\\-@＝＋－＠]")
"""Beginnings that a spreadsheet may take for a formula (OWASP, CSV Injection), including full-width signs."""
_BEGINS_WITH_BREAK = re.compile(f"{_LEADING}[\t\r\n]")
_MUST_BE_QUOTED = re.compile('[",;\t|\r\n\x0b\x0c\x85\u2028\u2029]')
_PART = re.compile(r"(?:[^\\;]|\\.)+", re.DOTALL)


def defused(text: str) -> str:
    """Give `text` with an apostrophe before each part that a spreadsheet would run. Everything else stays."""
    # Almost every cell is harmless and costs only these two searches.
    if not _FORMULA.search(text) and not _BEGINS_WITH_BREAK.match(text):
        return text
    first, *rest = _BREAKS.split(text)
    # every second part is a separator or line break
    parts = (f"'{part}" if _FORMULA.match(part) else part for part in rest)
    return "".join(chain([f"'{first}" if _is_run_first(first, text) else first], parts))


def restored(text: str) -> str:
    """Give the text as it was before `defused`."""
    # Only an apostrophe before a formula was added by `defused`; any other belongs to the text.
    first, *rest = _BREAKS.split(text)
    parts = (part[1:] if part.startswith("'") and _FORMULA.match(part[1:]) else part for part in rest)
    is_defused = first.startswith("'") and _is_run_first(first[1:], text[1:])
    return "".join(chain([first[1:] if is_defused else first], parts))


def _is_run_first(part: str, text: str) -> bool:
    """Tell whether a spreadsheet would run the first part of a cell, or a formula after a leading tab or line break."""
    return bool(_FORMULA.match(part) or _BEGINS_WITH_BREAK.match(text))


def joined(parts: Iterable[str]) -> str:
    r"""Write several ids into one cell, as `python;chess`; semicolons and backslashes get a backslash before them."""
    return ";".join(part.replace("\\", "\\\\").replace(";", "\\;") for part in parts)


def separated(text: str) -> list[str]:
    """Read several ids from one cell; empty ones are skipped."""
    return [re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL) for part in _PART.findall(text)]


def csv_cell(text: str) -> str:
    """Write a cell as RFC 4180 says: in quotes if it holds a quote, a line break or any usual separator."""
    return '"{}"'.format(text.replace('"', '""')) if _MUST_BE_QUOTED.search(text) else text

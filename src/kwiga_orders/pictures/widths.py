"""Text widths, so that no two texts overlap: a table for the widest of the usual fonts, relative to the font size.

A reader's font may be narrower, which only leaves more room between texts. It is hardly ever wider.
"""

from collections.abc import Mapping
from unicodedata import combining

__all__ = ["fitted", "text_width", "wrapped"]

_SIGNS: Mapping[float, str] = {
    0.3: "'Jijlії",
    0.35: " ,.:;IІЇ’·\u00a0",
    0.4: "()-/[\\]ft",
    0.45: "!r",
    0.5: '"_`–',
    0.55: "?cszгзсэєґ„“”",
    0.6: "*FLkvxy|втухь",
    0.65: "$0123456789EPSTYabdeghnopqu{}ГЕЗРТУабеийклорчяЁёҐ«»€£₽",
    0.7: "ABCKRVXZАБВСХЧЬЭЯднпцЄ",
    0.75: "UКъ",
    0.8: "&DGHNOQДИЙЛНОПЦмы₴",
    0.85: "#+<=>^w~Ъю→×−",
    0.9: "ФЫф",
    0.95: "MМжшщ",
    1.0: "%@Wm—…",
    1.05: "№",
    1.1: "ЖШЩЮ",
}
# Measured in DejaVu Sans and Noto Sans, rounded up to the next twentieth.
_WIDTHS: Mapping[str, float] = {sign: width for width, signs in _SIGNS.items() for sign in signs}
_ANY_OTHER = 1.3  # ideographs and emoji are the widest
_BOLD = 1.25


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Give the greatest width that a text can have, in the same unit as `size`."""
    signs = sum(0.0 if combining(sign) else _WIDTHS.get(sign, _ANY_OTHER) for sign in text)
    return signs * size * (_BOLD if bold else 1.0)


def fitted(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Give a text, or its beginning with an ellipsis if it is too wide; the result may be empty."""
    if text_width(text, size, bold=bold) <= width:
        return text
    for length in range(len(text) - 1, 0, -1):
        short = f"{text[:length].rstrip()}…"
        if text_width(short, size, bold=bold) <= width:
            return short
    return ""


def wrapped(text: str, width: float, size: float, *, lines: int) -> list[str]:
    """Break a text between words into at most `lines` lines; the last one may end with an ellipsis."""
    words, found = text.split(), [""]
    for number, word in enumerate(words):
        longer = f"{found[-1]} {word}".strip()
        if text_width(longer, size) <= width:
            found[-1] = longer
        elif len(found) == lines:
            found[-1] = fitted(" ".join([found[-1], *words[number:]]).strip(), width, size)
            break
        else:
            found.append(fitted(word, width, size))
    return [line for line in found if line]

"""Texts as they are compared when somebody searches: folded to one spelling (V3)."""

import unicodedata

__all__ = ["folded", "visible", "words_of"]

_SIGNS = dict.fromkeys(map(ord, '‘’‚‛′‵ʹʻʼʽʾˈˊˋ´`՚׳ꞌ＇｀"“”„‟″*'), "'")
"""Characters that people type for an apostrophe. Some keyboards have none, so people use `"` or `*`; word processors
turn `"` into curly quotes."""
_DASHES = dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D), "-")
# applied after casefolding, which turns İ into i with a combining dot and keeps ı as another letter
_LETTERS = {ord("ё"): "е", ord("ı"): "i", 0x307: None}


def folded(text: str) -> str:
    """Normalize `text` for comparing: casefolded, in one spelling, with single spaces (V3)."""
    # apostrophes are replaced before NFKC, which turns an acute accent into a space and a combining mark
    spelled = unicodedata.normalize("NFKC", visible(text.translate(_SIGNS))).translate(_DASHES)
    return " ".join(unicodedata.normalize("NFC", spelled.casefold()).translate(_LETTERS).split())


def visible(text: str) -> str:
    """Leave out the characters that nobody sees, which come with pasting."""
    # category Cf: direction marks, zero-width spaces, soft hyphens, byte order marks
    return "".join(char for char in text if unicodedata.category(char) != "Cf")


def words_of(text: str) -> tuple[str, ...]:
    """Give the normalized words of a text, each once, without commas between them."""
    words = (word.strip(",;") for word in folded(text).split())
    # Each word once, so that a word typed twice is not searched for twice.
    return tuple(dict.fromkeys(word for word in words if word))

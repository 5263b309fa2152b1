"""Searching for phones, however people write them (V3).

Laws:

1. Only digits count, not brackets, dashes of any kind, spaces, invisible marks or a leading `tel:`.
2. Five or more digits in a row find every phone that has them in a row.
3. A whole phone finds the same phone, even if only one of them has a country code or a trunk prefix: `067 123-45-67`
   and `+380671234567` find each other, and so do `8 (495) …` and `+7 495 …`.

The first digits of a country code tell its length (ITU-T E.164): 1 and 7 are single digits, the others have two or
three digits. So no list of countries is needed.
"""

import re
import unicodedata

import attrs

__all__ = ["SoughtPhone", "digits_of", "is_same_phone", "sought_phone"]

_FEWEST_DIGITS = 5
# Shorter numbers are short codes and extensions, which would match many phones.
_FEWEST_NATIONAL = 7
_FEWEST_AFTER_TRUNK = 8
_FEWEST_INTERNATIONAL = 10

_LABEL = re.compile(r"\s*(tel|phone|тел)\s*[.:]+\s*", re.IGNORECASE)
_OPTIONAL_ZERO = re.compile(r"\(\s*0\s*\)")
_CALLED_FROM_ABROAD = ("00", "810", "011")
_TRUNK = ("0", "8", "80", "06", "01")
"""Trunk prefixes, dialled before a number within a country: Europe, the former Soviet Union, Hungary, Mexico."""
_CODES_OF_TWO_DIGITS = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")


@attrs.frozen(kw_only=True)
class SoughtPhone:
    """A search for a phone: it finds phones that contain one of `parts`, and those that equal one of `whole`."""

    parts: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()

    def is_in(self, phone: str) -> bool:
        """Tell whether the search finds a phone, given by its digits."""
        return phone in self.whole or any(part in phone for part in self.parts)


def digits_of(phone: str) -> str:
    """Give the digits of a phone, without a zero in brackets after a country code, as in `+44 (0)20 …`."""
    visible = _visible(phone)
    # Only after a country code, because otherwise "(0)" may be part of the number.
    if _is_international(visible):
        visible = _OPTIONAL_ZERO.sub("", visible)
    return "".join(str(unicodedata.decimal(char)) for char in visible if char.isdecimal())


def sought_phone(text: str) -> SoughtPhone:
    """Parse a text that may be a phone or part of one; None if it has other characters."""
    visible = _visible(text)
    # A name with digits is not a phone.
    if not all(map(_is_mark, visible)):
        return SoughtPhone()
    digits = digits_of(text)
    if len(digits) < _FEWEST_DIGITS:
        return SoughtPhone()
    parts = [digits, *_without_trunk(digits)]
    whole: list[str] = []
    # Both readings are tried, because digits alone do not tell whether there is a country code.
    for number in _internationals(digits):
        code, national = number[: _code_length(number)], _national(number)
        if len(national) >= _FEWEST_NATIONAL:
            parts.append(code + national)
            # A trunk zero may follow the country code, or a trunk prefix may precede the national number.
            whole += [national, *(trunk + national for trunk in _TRUNK), f"{code}0{national}"]
    enough = (part for part in parts if len(part) >= _FEWEST_DIGITS)
    return SoughtPhone(parts=tuple(dict.fromkeys(enough)), whole=tuple(dict.fromkeys(whole)))


def is_same_phone(one: str, other: str) -> bool:
    """Tell whether two whole phones are the same, whichever has a country code or a trunk prefix."""
    # Two international numbers must have the same country code; a national number fits any.
    if _is_international(_visible(one)) and _is_international(_visible(other)):
        return bool(_with_code(one) & _with_code(other))
    return bool(_whole_forms(one) & _whole_forms(other))


def _with_code(phone: str) -> set[str]:
    """Give the digits of an international phone, without a trunk zero after the country code."""
    numbers = _internationals(digits_of(phone).lstrip("0"))
    return {number[: _code_length(number)] + _national(number) for number in numbers}


def _whole_forms(phone: str) -> set[str]:
    """Give the digits of a phone without its country code, and without its trunk prefix."""
    digits = digits_of(phone)
    forms = [digits, *_without_trunk(digits), *map(_national, _internationals(digits))]
    return {form for form in forms if len(form) >= _FEWEST_NATIONAL}


def _national(number: str) -> str:
    # a trunk zero is sometimes also written after the country code: +380 067 …
    return number[_code_length(number) :].lstrip("0")


def _visible(text: str) -> str:
    """Give a text without a `tel:` label, and without invisible characters from pasting."""
    # category Cf: direction marks, zero-width spaces, byte order marks
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    label = _LABEL.match(visible)
    # RFC 3966: parameters of `tel:` follow a semicolon
    return visible[label.end() :].partition(";")[0] if label else visible


def _is_mark(char: str) -> bool:
    return char.isdecimal() or char.isspace() or char in "+./−" or unicodedata.category(char) in ("Pd", "Ps", "Pe")


def _is_international(visible: str) -> bool:
    return visible.lstrip("( \t").startswith(("+", "＋", "00"))


def _without_trunk(digits: str) -> list[str]:
    """Give a phone without its dialling prefix, national or international."""
    found = [digits.lstrip("0")]
    found += [digits[len(prefix) :] for prefix in _CALLED_FROM_ABROAD if digits.startswith(prefix)]
    for prefix in _TRUNK:
        rest = digits[len(prefix) :]
        if digits.startswith(prefix) and len(rest) >= _FEWEST_AFTER_TRUNK:
            # Only if the rest is long enough, or every number that begins with 0 would lose a digit.
            found.append(rest)
    return [one for one in found if one != digits]


def _internationals(digits: str) -> list[str]:
    """Give the parts of a phone that may begin with a country code: all, or the rest after an international prefix."""
    found = [digits] if not digits.startswith("0") else []
    found += [digits[len(prefix) :] for prefix in _CALLED_FROM_ABROAD if digits.startswith(prefix)]
    # A country code and a national number together are at least ten digits long.
    return [one for one in found if len(one) >= _FEWEST_INTERNATIONAL]


def _code_length(number: str) -> int:
    # ITU-T E.164: North America and the zone of 7 have one digit.
    if number[0] in "17":
        return 1
    return 2 if _CODES_OF_TWO_DIGITS.match(number) else 3

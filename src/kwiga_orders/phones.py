"""Phones as people write them, and how one written way finds another (V3).

Laws:

1. Only digits count: brackets, dashes of any kind, spaces, invisible marks and a leading `tel:` do not.
2. Five or more digits in a row find every phone that has them in a row.
3. A whole phone finds the same phone, whichever of the two is written with a country code, and whichever with a trunk
   prefix: `067 123-45-67` and `+380671234567` find each other, `8 (495) …` and `+7 495 …` do.

Where a country code ends follows from its first digits (ITU-T E.164): 1 and 7 stand alone, the others have two digits
or three. So no list of countries and their numbering is needed.
"""

import re
import unicodedata

import attrs

__all__ = ["SoughtPhone", "digits_of", "is_same_phone", "sought_phone"]

_FEWEST_DIGITS = 5
# Shorter numbers belong to short codes and extensions, which would match half of all phones.
_FEWEST_NATIONAL = 7
_FEWEST_AFTER_TRUNK = 8
_FEWEST_INTERNATIONAL = 10

_LABEL = re.compile(r"\s*(tel|phone|тел)\s*[.:]+\s*", re.IGNORECASE)
_OPTIONAL_ZERO = re.compile(r"\(\s*0\s*\)")
_CALLED_FROM_ABROAD = ("00", "810", "011")
_TRUNK = ("0", "8", "80", "06", "01")
"""What is dialled before a number within a country: most of Europe, the former Soviet Union, Hungary, Mexico."""
_CODES_OF_TWO_DIGITS = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")


@attrs.frozen(kw_only=True)
class SoughtPhone:
    """What a text that is a phone finds: phones that have one of `parts` in a row, and those that are in `whole`."""

    parts: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()

    def is_in(self, phone: str) -> bool:
        """Tell whether a phone, by its digits, is sought."""
        return phone in self.whole or any(part in phone for part in self.parts)


def digits_of(phone: str) -> str:
    """Give the digits of a phone; a zero in brackets after a country code, `+44 (0)20 …`, is not one of them."""
    visible = _visible(phone)
    # Only after a country code: within a country "(0)" may be a part of the number.
    if _is_international(visible):
        visible = _OPTIONAL_ZERO.sub("", visible)
    return "".join(str(unicodedata.decimal(char)) for char in visible if char.isdecimal())


def sought_phone(text: str) -> SoughtPhone:
    """Read a text that may be a phone or a part of one; one that has other signs finds no phone."""
    visible = _visible(text)
    # A name with digits in it is no phone, and must not find one.
    if not all(map(_is_mark, visible)):
        return SoughtPhone()
    digits = digits_of(text)
    if len(digits) < _FEWEST_DIGITS:
        return SoughtPhone()
    parts = [digits, *_without_trunk(digits)]
    whole: list[str] = []
    # Both readings are tried, because from the digits alone nobody can tell whether a country code is there.
    for number in _internationals(digits):
        code, national = number[: _code_length(number)], _national(number)
        if len(national) >= _FEWEST_NATIONAL:
            parts.append(code + national)
            # A trunk prefix may follow the country code, or stand before the national number.
            whole += [national, *(trunk + national for trunk in _TRUNK), f"{code}0{national}"]
    enough = (part for part in parts if len(part) >= _FEWEST_DIGITS)
    return SoughtPhone(parts=tuple(dict.fromkeys(enough)), whole=tuple(dict.fromkeys(whole)))


def is_same_phone(one: str, other: str) -> bool:
    """Tell whether two whole phones are the same one, whichever is written with a country code or a trunk prefix."""
    # Two international numbers must have the same country; a national one fits any.
    if _is_international(_visible(one)) and _is_international(_visible(other)):
        return bool(_with_code(one) & _with_code(other))
    return bool(_whole_forms(one) & _whole_forms(other))


def _with_code(phone: str) -> set[str]:
    """Give an international phone with its country code, without a trunk zero after that."""
    numbers = _internationals(digits_of(phone).lstrip("0"))
    return {number[: _code_length(number)] + _national(number) for number in numbers}


def _whole_forms(phone: str) -> set[str]:
    """Give the digits of a phone without its country code, and without its trunk prefix."""
    digits = digits_of(phone)
    forms = [digits, *_without_trunk(digits), *map(_national, _internationals(digits))]
    return {form for form in forms if len(form) >= _FEWEST_NATIONAL}


def _national(number: str) -> str:
    # a trunk zero is sometimes written after the country code, too: +380 067 …
    return number[_code_length(number) :].lstrip("0")


def _visible(text: str) -> str:
    """Give a text without a label, and without the marks that nobody sees and pasting brings along."""
    # Cf: direction marks, zero-width spaces, byte order marks
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
            # What is left has to be long enough, or every number that begins with 0 would lose a digit.
            found.append(rest)
    return [one for one in found if one != digits]


def _internationals(digits: str) -> list[str]:
    """Give the part of a phone that may begin with a country code: all, or what follows the international prefix."""
    found = [digits] if not digits.startswith("0") else []
    found += [digits[len(prefix) :] for prefix in _CALLED_FROM_ABROAD if digits.startswith(prefix)]
    # A country code and a national number together are at least ten digits long.
    return [one for one in found if len(one) >= _FEWEST_INTERNATIONAL]


def _code_length(number: str) -> int:
    # ITU-T E.164: North America and the zone of 7 have one digit.
    if number[0] in "17":
        return 1
    return 2 if _CODES_OF_TWO_DIGITS.match(number) else 3

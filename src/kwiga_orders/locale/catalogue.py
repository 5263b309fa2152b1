"""The message catalogues: gettext files keyed by code, one per language.

Translators edit `kwiga_orders.po`; `tools/catalogues.py` compiles it to `kwiga_orders.mo`.
Placeholders are in braces: `Доступ заморожено до {until}`.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from string import Formatter
from struct import unpack_from
from typing import get_args

import attrs

from kwiga_orders.errors import Corrupt, Fault, InvalidInput
from kwiga_orders.project import Locale

__all__ = ["LOCALES", "Catalogue", "catalogue_of", "locale_of", "placeholders"]

LOCALES: tuple[Locale, ...] = get_args(Locale)
"""The languages that have a catalogue (N3)."""

PLURALS = ("period.days", "period.months")
"""The keys of texts with plural forms."""

_FORMS = (("one", 1), ("few", 2), ("many", 5))
# Ukrainian, because the library was made for Ukrainian schools.
_LAST_RESORT: Locale = "uk"


def locale_of(*wanted: str | None) -> Locale:
    """Give the first wanted language that has a catalogue, else Ukrainian; `uk_UA` and `uk-UA` count as `uk`.

    For example, `locale_of(contact.locale, project.locale)` is the language of a letter.
    """
    # the country is ignored: no text here differs by country
    for one in wanted:
        language = (one or "").replace("_", "-").partition("-")[0].lower()
        for known in LOCALES:
            if language == known:
                return known
    return _LAST_RESORT


@attrs.frozen
class Catalogue:
    """The texts of one language."""

    locale: Locale
    _translations: GNUTranslations = attrs.field(eq=False, repr=False)
    _keys: Sequence[str] = attrs.field(eq=False, repr=False)

    def find(self, key: str) -> str | None:
        """Give the text of a key, with its placeholders; None if the language lacks it."""
        text = self._translations.gettext(key)
        # gettext returns the key itself if it has no text.
        return None if text == key else text

    def get(self, key: str) -> str:
        """Give the text of a key, with its placeholders.

        Raises:
            Corrupt: `text.missing` if the language lacks it.
        """
        text = self.find(key)
        if text is None:
            raise Corrupt("text.missing", key=key, locale=self.locale)
        return text

    def say(self, key: str, **values: str | int) -> str:
        """Give the text of a key with its values filled in.

        Raises:
            Corrupt: `text.missing` if the language lacks it.
        """
        return self.get(key).format_map(values)

    def labels(self) -> Iterator[tuple[str, str]]:
        """Give each key and text that has no plural forms."""
        return ((key, self.get(key)) for key in self._keys if key not in PLURALS)

    def forms(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Give the plural forms (one, few, many) of each text that has them, still with the placeholder `{count}`."""
        for key in PLURALS:
            yield key, {form: self._translations.ngettext(key, key, count) for form, count in _FORMS}

    def count(self, key: str, count: int) -> str:
        """Give the text of a key in the plural form for `count`: 1 день, 3 дні, 5 днів."""
        return self._translations.ngettext(key, key, count).format(count=count)


# decision 0007: catalogues are compiled before a release, so that hosts do not need Babel
@cache
def catalogue_of(locale: Locale) -> Catalogue:
    """Give the catalogue of a language; it is loaded once.

    Raises:
        InvalidInput: if the language has no catalogue.
    """
    if locale not in get_args(Locale):
        hint = f"one of {', '.join(get_args(Locale))}"
        raise InvalidInput([Fault(path="locale", code="input.invalid", hint=hint)])
    with (files(__package__) / locale / "LC_MESSAGES" / "kwiga_orders.mo").open("rb") as compiled:
        keys = _keys_in(compiled.read())
        compiled.seek(0)
        return Catalogue(locale, GNUTranslations(compiled), keys)


def _keys_in(compiled: bytes) -> tuple[str, ...]:
    """List the keys of a compiled catalogue, which `gettext` cannot do."""
    # The format of GNU gettext: a header, then a table of lengths and offsets.
    count, table = unpack_from("<2I", compiled, 8)
    places = (unpack_from("<2I", compiled, table + 8 * number) for number in range(count))
    # In a key with plural forms, the plural follows the singular after a zero byte.
    keys = (compiled[start : start + length].split(b"\0")[0].decode() for length, start in places)
    return tuple(key for key in keys if key)


def placeholders(text: str) -> frozenset[str]:
    """Give the names of a text's placeholders."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)

"""Sentences for errors: subject, fact, rule (K5).

Each code has a plain sentence, which needs no values, and may have fuller ones. The fullest sentence for which the
error has all values is used. So an error with fewer values than usual, or one that comes from the wire as a bare code,
still gets a sentence.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.certificate import Unmet, UnmetCode
from kwiga_orders.errors import AdapterFailed, Conflict, Corrupt, Detail, InvalidInput, KwigaOrdersError
from kwiga_orders.locale.catalogue import Catalogue, placeholders
from kwiga_orders.locale.formats import amount_text, figure_text, instant_text, one_line
from kwiga_orders.money import Money

__all__ = ["VARIANTS", "Refusals"]

VARIANTS = ("detail", "orders", "rules", "offers")
"""The key endings of fuller sentences, the fullest first; for `not_found`, the kind of the missing thing."""

_FAMILIES: tuple[tuple[type[KwigaOrdersError], str], ...] = (
    (Conflict, "failure.conflict"),
    (AdapterFailed, "failure.adapter"),
    (Corrupt, "failure.corrupt"),
)
_FIELDS = ("field", "amount", "currency", "timezone", "value", "parts", "weights")
"""The details that concern a single value: the name of the field, or the value under the name of its field."""


@attrs.frozen(kw_only=True)
class Refusals:
    """Writes sentences for errors in one language. `names` has the titles of products, tests and statuses by id."""

    words: Catalogue
    zone: ZoneInfo
    names: Mapping[str, str] = attrs.field(factory=dict)

    def sentence(self, error: KwigaOrdersError) -> str:
        """Give the fullest sentence that the error has values for; for an unknown code, one about its kind."""
        # The fullest first; sentences that the language lacks are skipped.
        texts = [text for key in _keys(error) if (text := self.words.find(key)) is not None]
        # a code of the host has no text here, and its details may be of any kind
        values = dict(self._values(error)) if texts else {}
        for text in texts:
            if placeholders(text) <= values.keys():
                return text.format_map(values)
        family = next((key for kind, key in _FAMILIES if isinstance(error, kind)), "failure.refused")
        return self.words.get(family).format(code=error.code)

    def unmet(self, unmet: Unmet, currency: str | None = None) -> str:
        """Say which condition of a certificate is not met, and the progress so far (C2)."""
        values = {
            "have": self._progress(unmet.code, unmet.have, currency),
            "need": self._progress(unmet.code, unmet.need, currency),
            "test": self._named(unmet.test or ""),
        }
        return self.words.say(f"certificate.{unmet.code.value}", **values)

    def _progress(self, code: UnmetCode, value: int | str | None, currency: str | None) -> str:
        if isinstance(value, str) and code is UnmetCode.NOT_BEFORE:
            return instant_text(self.words, datetime.fromisoformat(value), zone=self.zone)
        if isinstance(value, str) and code is UnmetCode.NOT_FULLY_PAID:
            return self._amount(value, currency)
        return str(value)

    def _values(self, error: KwigaOrdersError) -> Iterator[tuple[str, str]]:
        # The values of a faulty document are never shown, because they may be anything that a person wrote.
        if isinstance(error, InvalidInput):
            # K5: only the names of the fields are shown
            paths = dict.fromkeys(
                one_line(fault.path) for fault in error.faults if fault.code == error.code and fault.path
            )
            if paths:
                yield ("fields", ", ".join(paths))
            return
        currency = error.details.get("currency")
        for name, detail in error.details.items():
            text = self._value(name, detail, currency if isinstance(currency, str) else None)
            if text:
                yield name, text
        # Sentences may name the field that the error is about.
        field = next((name for name in _FIELDS if name in error.details), None)
        if field is not None:
            yield "fields", str(error.details["field"]) if field == "field" else field

    def _value(self, name: str, detail: Detail, currency: str | None) -> str | None:
        if name in _WRITERS:
            return _WRITERS[name](self, detail, currency)
        if isinstance(detail, str):
            return self._named(detail)
        if isinstance(detail, Sequence):
            return ", ".join(filter(None, (self._value("", one, None) for one in detail)))
        return None if detail is None or isinstance(detail, Mapping) else str(detail)

    def _named(self, id: str) -> str:
        return one_line(self.names.get(id, id))

    def _amount(self, figure: str, currency: str | None) -> str:
        if currency is None:
            return figure_text(self.words, figure)
        return amount_text(self.words, Money.of(figure, currency))

    def _money(self, detail: Detail, currency: str | None) -> str | None:
        return self._amount(detail, currency) if isinstance(detail, str) else None

    def _instant(self, detail: Detail, _: str | None) -> str | None:
        at = datetime.fromisoformat(detail) if isinstance(detail, str) else None
        return None if at is None else instant_text(self.words, at, zone=self.zone)

    def _number(self, detail: Detail, _: str | None) -> str | None:
        # O5: people know an order by its number; the id is for machines
        return str(detail) if isinstance(detail, int) else None

    def _events(self, detail: Detail, _: str | None) -> str | None:
        return ", ".join(_event_name(self.words, str(event)) for event in _listed(detail))

    def _conditions(self, detail: Detail, currency: str | None) -> str | None:
        texts = [self.unmet(_unmet(one), currency) for one in _listed(detail) if isinstance(one, Mapping)]
        # The conditions are joined in one sentence, so each begins with a small letter.
        return "; ".join(text[:1].lower() + text[1:] for text in texts)


_Write = Callable[[Refusals, Detail, str | None], str | None]
_WRITERS: Mapping[str, _Write] = {
    "asked": Refusals._money,
    "left": Refusals._money,
    "paid": Refusals._money,
    "again_at": Refusals._instant,
    "paid_at": Refusals._instant,
    "order": Refusals._number,
    "rules": Refusals._events,
    "unmet": Refusals._conditions,
}
"""The writers for details that are more than a name or a figure."""


def _keys(error: KwigaOrdersError) -> Iterator[str]:
    base = f"error.{error.code}"
    what = error.details.get("what")
    if isinstance(what, str):
        yield f"{base}.{what}"
    yield from (f"{base}.{variant}" for variant in VARIANTS)
    yield base


def _listed(detail: Detail) -> Sequence[Detail]:
    return detail if isinstance(detail, Sequence) and not isinstance(detail, str) else ()


def _event_name(words: Catalogue, event: str) -> str:
    return words.find(f"event.{event}") or one_line(event)


def _unmet(fields: Mapping[str, Detail]) -> Unmet:
    have, need, test = fields.get("have"), fields.get("need"), fields.get("test")
    return Unmet(
        code=UnmetCode(str(fields["code"])),
        have=have if isinstance(have, int | str) else None,
        need=need if isinstance(need, int | str) else None,
        test=test if isinstance(test, str) else None,
    )

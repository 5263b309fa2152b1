"""Letters to contacts: a subject and a body, made from an outbox row and the facts that only the host knows.

Laws:

1. A letter is made from the data of its row, so it states the fact it was written for, however late it is sent (N1).
2. No internal data can reach a letter: only the values listed here are read from the row (V5).
3. A line with an unknown optional value (a link, a date, the school) is left out. A letter without a value that it is
   about is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.changes import OutboxRow
from kwiga_orders.errors import Corrupt
from kwiga_orders.locale.catalogue import Catalogue, placeholders
from kwiga_orders.locale.formats import amount_text, day_text, instant_text, one_line, quoted
from kwiga_orders.money import Money

__all__ = ["LetterFacts", "LetterText", "Letters"]

_MAY_BE_MISSING = frozenset({"due_at", "link", "paid_at", "school"})


@attrs.frozen(kw_only=True)
class LetterFacts:
    """What a letter needs from the host: the name of the school, the titles of products by id, and a link.

    `link` is the page of the payment (for letters about an unpaid one), of the certificate, or else of the course.
    Without it the letter uses the link that the host's `Links` put into the row.
    """

    school: str = ""
    titles: Mapping[str, str] = attrs.field(factory=dict)
    link: str = ""


@attrs.frozen(kw_only=True)
class LetterText:
    """A letter as plain text; the subject is one line."""

    subject: str
    body: str


@attrs.frozen(kw_only=True)
class Letters:
    """Writes letters in one language."""

    words: Catalogue
    zone: ZoneInfo

    def written(self, row: OutboxRow, facts: LetterFacts) -> LetterText:
        """Write the letter of a row.

        Raises:
            Corrupt: `text.missing` for a kind without texts, `letter.incomplete` if the row lacks a value.
        """
        subject, body = (self.words.get(f"letter.{row.name}.{part}") for part in ("subject", "body"))
        values = dict(self._values(row, facts))
        # an incomplete letter is a bug, and it is better to park it than to send it
        lacking = placeholders(subject + body) - values.keys() - _MAY_BE_MISSING
        if lacking:
            raise Corrupt("letter.incomplete", letter=row.name, row=row.id, lacking=sorted(lacking))
        parts = (self.words.get("letter.all.greeting"), body, self.words.get("letter.all.signature"))
        filled = (
            # Law 3: a line with a placeholder that has no value is left out.
            "\n".join(line.format_map(values) for line in part.split("\n") if placeholders(line) <= values.keys())
            for part in parts
        )
        return LetterText(subject=subject.format_map(values), body="\n\n".join(filter(None, filled)) + "\n")

    def _values(self, row: OutboxRow, facts: LetterFacts) -> Iterator[tuple[str, str]]:
        for name, value in (("school", facts.school), ("link", facts.link or _link(row.data.get("links")))):
            if value:
                yield name, one_line(value)
        amount, currency = row.data.get("amount"), row.data.get("currency")
        if isinstance(amount, str) and isinstance(currency, str):
            yield "amount", amount_text(self.words, Money.of(amount, currency))
        yield from self._products(row, facts)
        for name in ("number", "certificate"):
            if (number := row.data.get(name)) is not None:
                yield name, str(number)
        if (paid_at := _instant(row.data, "paid_at")) is not None:
            yield "paid_at", self._shown(paid_at)
        due_at = _instant(row.data, "due_at")
        # A date that had passed when the letter was written is not shown: the payment is due now.
        if due_at is not None and due_at > row.at:
            is_day = row.data.get("whole_day") is True
            yield "due_at", day_text(self.words, due_at, zone=self.zone) if is_day else self._shown(due_at)
        if "starts_at" in row.data:
            yield "freeze", self._window(row.data, row.at)

    def _products(self, row: OutboxRow, facts: LetterFacts) -> Iterator[tuple[str, str]]:
        listed = row.data.get("products")
        if not isinstance(listed, Sequence):
            return
        products = [one for one in listed if isinstance(one, Mapping)]
        ids = [str(one.get("product")) for one in products]
        titles = [quoted(self.words, facts.titles.get(id, id)) for id in ids]
        yield "titles", ", ".join(titles)
        # Rows of the first edition have no windows, so their letters list only titles.
        if all("ends_at" in one for one in products):
            rows = [(title, self._window(one, row.at)) for title, one in zip(titles, products, strict=True)]
            lines = [self.words.say("letter.all.product", title=title, window=window) for title, window in rows]
            yield "products", "\n".join(lines)

    def _window(self, data: Mapping[str, object], at: datetime) -> str:
        """Write the window of access or of a freeze: its end, and its start if that is still to come."""
        starts_at, ends_at = _instant(data, "starts_at"), _instant(data, "ends_at")
        values = {"ends_at": "" if ends_at is None else self._shown(ends_at)}
        # A start in the past tells the reader nothing.
        if starts_at is None or starts_at <= at:
            return self.words.say("letter.all.forever" if ends_at is None else "letter.all.until", **values)
        values["starts_at"] = self._shown(starts_at)
        return self.words.say("letter.all.from" if ends_at is None else "letter.all.from_until", **values)

    def _shown(self, at: datetime) -> str:
        return instant_text(self.words, at, zone=self.zone)


def _link(links: object) -> str:
    """Choose the link that a letter shows: the payment's, else the certificate's, else that of the first product."""
    if not isinstance(links, Mapping):
        return ""
    products = links.get("products")
    first = next(iter(products.values()), "") if isinstance(products, Mapping) else ""
    return str(links.get("payment") or links.get("certificate") or first)


def _instant(data: Mapping[str, object], name: str) -> datetime | None:
    value = data.get(name)
    return datetime.fromisoformat(value) if isinstance(value, str) else None

"""Letters to contacts: a subject and a body, made from a row of the outbox and from what only the host knows.

Laws:

1. A letter is made from its row's own data, so it states the fact it was written for, however late it is sent (N1).
2. Nothing internal can reach it: only the values listed here are read, all others of the row are ignored (V5).
3. A line with a value that is unknown (a link, a due date, the school) is left out; a letter without the values that it
   is about is refused.
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
    """What a letter needs from the host: what it calls its school and its products, by id, and where to go next.

    `link` leads to the payment (letters about one that is unpaid), to the certificate, or else to the course; without
    it the letter has the link that the host's `Links` put into its row.
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
            Corrupt: `text.missing` if it is no letter of ours, `letter.incomplete` if the row lacks a value.
        """
        subject, body = (self.words.get(f"letter.{row.name}.{part}") for part in ("subject", "body"))
        values = dict(self._values(row, facts))
        # an incomplete letter is our fault, and is better parked than sent
        lacking = placeholders(subject + body) - values.keys() - _MAY_BE_MISSING
        if lacking:
            raise Corrupt("letter.incomplete", letter=row.name, row=row.id, lacking=sorted(lacking))
        parts = (self.words.get("letter.all.greeting"), body, self.words.get("letter.all.signature"))
        filled = (
            # A line with a place that cannot be filled is left out whole (law 3).
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
        # What was due when the letter was written needs no date: it is due now.
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
        # Letters of the first edition carry no windows, and then list titles only.
        if all("ends_at" in one for one in products):
            rows = [(title, self._window(one, row.at)) for title, one in zip(titles, products, strict=True)]
            lines = [self.words.say("letter.all.product", title=title, window=window) for title, window in rows]
            yield "products", "\n".join(lines)

    def _window(self, data: Mapping[str, object], at: datetime) -> str:
        """Say from when, if that is still to come, and until when."""
        starts_at, ends_at = _instant(data, "starts_at"), _instant(data, "ends_at")
        values = {"ends_at": "" if ends_at is None else self._shown(ends_at)}
        # A start that has passed by then says nothing to the reader.
        if starts_at is None or starts_at <= at:
            return self.words.say("letter.all.forever" if ends_at is None else "letter.all.until", **values)
        values["starts_at"] = self._shown(starts_at)
        return self.words.say("letter.all.from" if ends_at is None else "letter.all.from_until", **values)

    def _shown(self, at: datetime) -> str:
        return instant_text(self.words, at, zone=self.zone)


def _link(links: object) -> str:
    """Choose the link that a letter shows: to pay, else to the certificate, else to its first product."""
    if not isinstance(links, Mapping):
        return ""
    products = links.get("products")
    first = next(iter(products.values()), "") if isinstance(products, Mapping) else ""
    return str(links.get("payment") or links.get("certificate") or first)


def _instant(data: Mapping[str, object], name: str) -> datetime | None:
    value = data.get(name)
    return datetime.fromisoformat(value) if isinstance(value, str) else None

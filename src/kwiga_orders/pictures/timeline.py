"""The timeline of an order: when each product is open or frozen, what was paid, what is due, and the present moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.locale import Texts
from kwiga_orders.locale.catalogue import Catalogue, catalogue_of
from kwiga_orders.locale.formats import day_text, one_line
from kwiga_orders.money import Money
from kwiga_orders.periods import zone_named
from kwiga_orders.pictures.facts import PaymentMark, ProductBar, bars_of, marks_of, span_of
from kwiga_orders.pictures.scale import Lanes, Scale
from kwiga_orders.pictures.svg import Box, Drawing, Picture, Style
from kwiga_orders.pictures.widths import fitted, text_width, wrapped
from kwiga_orders.views.shapes import EntryView, OrderView

__all__ = ["timeline"]

_WIDTH = 960.0
_MARGIN = 24.0
_LABELS = 190.0
_LEFT, _RIGHT = _MARGIN + _LABELS + 14, _WIDTH - _MARGIN
_TITLE, _NORMAL, _SMALL = 17.0, 13.0, 11.0
_HEADLINE, _SAID, _NAME = Style(_TITLE, "bold"), Style(_NORMAL, "muted"), Style(_NORMAL)
_NOTE, _FIGURE = Style(_SMALL, "muted"), Style(_SMALL)
_TICK, _NOW = Style(_SMALL, "muted", "middle"), Style(_SMALL, "bold", "middle")
_LANE = 17.0
_BAR = 16.0


def timeline(
    card: OrderView,
    *,
    texts: Texts | None = None,
    now: datetime | None = None,
    schedules: Mapping[str, Sequence[EntryView]] = MappingProxyType({}),
    titles: Mapping[str, str] = MappingProxyType({}),
) -> Picture:
    """Draw the card of an order, in the language and time zone of `texts` (default: English, UTC).

    With `now` the picture shows what is past and what is overdue. `schedules` holds the answer to the query
    `schedule` for each product; its lesson openings are drawn, with the lesson titles from `titles`.
    """
    texts = texts or Texts("en", timezone="UTC")
    bars, marks = list(bars_of(card, schedules, titles)), list(marks_of(card, now))
    first, last = span_of(card, bars, marks, now)
    zone = zone_named(texts.timezone)
    drawn = _Timeline(
        card=card,
        texts=texts,
        words=catalogue_of(texts.locale),
        zone=zone,
        scale=Scale(first=first, last=last, left=_LEFT, right=_RIGHT, zone=zone),
        now=now,
    )
    return drawn.drawn(bars, marks)


@attrs.define(kw_only=True)
class _Timeline:
    card: OrderView
    texts: Texts
    words: Catalogue
    zone: ZoneInfo
    scale: Scale
    now: datetime | None
    drawing: Drawing = attrs.field(factory=lambda: Drawing(_WIDTH), init=False)
    y: float = attrs.field(default=0.0, init=False)
    seen: dict[str, None] = attrs.field(factory=dict, init=False)

    def drawn(self, bars: Sequence[ProductBar], marks: Sequence[PaymentMark]) -> Picture:
        """Draw everything from top to bottom; rows are drawn first, since the grid behind needs their height."""
        title = self._head()
        top = self.y
        rows = _Timeline(
            card=self.card, texts=self.texts, words=self.words, zone=self.zone, scale=self.scale, now=self.now
        )
        rows.y = top + 30 + (_LANE if self.now is not None else 0)
        for bar in bars:
            rows._product(bar)
        if marks:
            rows._payments(marks)
        self._grid(top, rows.y - 6)
        self.drawing.add(rows.drawing)
        self.seen, self.y = rows.seen, rows.y + 6
        self._legend()
        return self.drawing.finished(self.y + _MARGIN / 2, title=title, description=self._description(bars, marks))

    def _head(self) -> str:
        card, room = self.card, _WIDTH - 2 * _MARGIN
        title = self.words.say("picture.order", number=card["number"])
        money = [self._money(card["paid"]), self._money(card["total"])]
        status = self.texts.payment_status(card["payment_status"])
        parts = [status, self.words.say("picture.of", part=money[0], whole=money[1])]
        if card["cancelled"]:
            parts.append(self.words.get("picture.cancelled"))
        self.drawing.text(_MARGIN, 36, fitted(title, room, _TITLE, bold=True), _HEADLINE)
        said = fitted(" · ".join(parts), room, _NORMAL)
        self.drawing.text(_MARGIN, 58, said, _SAID)
        self.y = 74.0
        return title

    def _money(self, amount: str) -> str:
        return self.texts.amount(Money.of(amount, self.card["currency"]))

    def _grid(self, top: float, bottom: float) -> None:
        for tick in self.scale.ticks(self.words, _SMALL):
            self.drawing.line(tick.x, top + 22, tick.x, bottom, look="grid")
            self.drawing.text(tick.x, top + 15, tick.label, _TICK)
        if self.now is None:
            return
        label, x = self.words.get("picture.now"), self.scale.place(self.now)
        half = text_width(label, _SMALL, bold=True) / 2
        middle = min(max(x, _LEFT + half), _RIGHT - half)
        self.drawing.text(middle, top + 35, label, _NOW)
        self.drawing.line(x, top + 40, x, bottom, look="now")

    def _label(self, title: str, state: str) -> float:
        """Write the name of a row and its present state at the left; give the position below them."""
        y = self.y + 12
        self.drawing.text(_MARGIN, y, fitted(one_line(title), _LABELS, _NORMAL), _NAME, tip=title)
        for line in wrapped(state, _LABELS, _SMALL, lines=2):
            y += 15
            self.drawing.text(_MARGIN, y, line, _NOTE, tip=state)
        return y + 9

    def _product(self, bar: ProductBar) -> None:
        """Draw a product: its bar with the freezes, when it begins and ends, and its lesson openings below."""
        labelled = self._label(bar.title, self._state(bar))
        self.drawing.rect(Box(_LEFT, self.y, _RIGHT - _LEFT, _BAR), look="track")
        if bar.starts_at is None:
            self.y = max(self.y + _BAR, labelled) + 14
            return
        self._window(bar, bar.starts_at)
        lanes = Lanes(left=_LEFT, right=_RIGHT, most=3)
        below = self.y + _BAR
        end = self.words.get("picture.forever") if bar.ends_at is None else self._day(bar.ends_at)
        ends_x = _RIGHT if bar.ends_at is None else self.scale.place(bar.ends_at)
        self._captions(lanes, below, [(self.scale.place(bar.starts_at), self._day(bar.starts_at)), (ends_x, end)])
        self.y = max(below + max(1, lanes.count) * _LANE + 4, labelled)
        if bar.openings:
            self._openings(bar)
        self.y += 14

    def _window(self, bar: ProductBar, starts_at: datetime) -> None:
        """Draw the bar, paler after now; an end outside the picture is drawn as an arrow."""
        begin = self.scale.place(starts_at)
        is_cut = bar.ends_at is None or bar.ends_at > self.scale.last
        end = _RIGHT if bar.ends_at is None else self.scale.place(bar.ends_at)
        now = end if self.now is None else min(max(self.scale.place(self.now), begin), end)
        look = "open" if not self.card["cancelled"] else "shut"
        tip = self._window_text(bar)
        if now > begin:
            self.drawing.rect(Box(begin, self.y, now - begin, _BAR), look=look, tip=tip)
        if end > now:
            self.drawing.rect(Box(now, self.y, end - now, _BAR), look="later" if look == "open" else look, tip=tip)
        self.seen["window"] = None
        if is_cut:
            middle = self.y + _BAR / 2
            corners = [(_RIGHT + 1, self.y - 3), (_RIGHT + 11, middle), (_RIGHT + 1, self.y + _BAR + 3)]
            self.drawing.polygon(corners, look="later" if look == "open" else look)
        self._blocks(bar, begin, now)

    def _blocks(self, bar: ProductBar, begin: float, now: float) -> None:
        """Draw over the bar what closes access (A5): the freezes, and a debt from when it closes access until now."""
        # P8: nobody knows when the debt will be paid, so nothing is drawn after now.
        if bar.closed_since is not None and begin < now:
            since = max(self.scale.place(bar.closed_since), begin)
            self.seen["closed"] = None
            self.drawing.rect(Box(since, self.y, max(now - since, 3), _BAR), look="closed", tip=self._state(bar))
        for freeze in bar.freezes:
            x1, x2 = map(self.scale.place, freeze)
            self.seen["frozen"] = None
            tip = self.words.say("picture.frozen.dates", since=self._day(freeze[0]), until=self._day(freeze[1]))
            self.drawing.rect(Box(x1, self.y + 1, max(x2 - x1, 3), _BAR - 2), look="frozen", tip=tip, round=3)

    def _captions(
        self, lanes: Lanes, below: float, labels: Sequence[tuple[float, str]], *, style: Style = _NOTE
    ) -> None:
        """Write labels below their positions, each in the first line with room; without room it is only in the tip."""
        placed = [(x, label, lanes.place(x, text_width(label, _SMALL))) for x, label in labels]
        # Lines are drawn first, so that none lies over a label.
        for x, _, place in placed:
            if place is not None and place[0]:
                self.drawing.line(x, below + 2, x, below + place[0] * _LANE + 3, look="lead")
        for _, label, place in placed:
            if place is not None:
                self.drawing.text(place[1], below + 13 + place[0] * _LANE, label, style)

    def _openings(self, bar: ProductBar) -> None:
        """Draw a mark for each lesson opening, and as many of the titles as fit."""
        self.seen["lesson"] = None
        said = fitted(self.words.get("picture.lessons"), _LABELS, _SMALL)
        self.drawing.text(_MARGIN, self.y + 9, said, _NOTE)
        lanes = Lanes(left=_LEFT, right=_RIGHT, most=3)
        for opening in bar.openings:
            x, tip = self.scale.place(opening.at), f"{opening.title}: {self.texts.instant(opening.at)}"
            self.drawing.polygon([(x - 5, self.y + 9), (x, self.y), (x + 5, self.y + 9)], look="lesson", tip=tip)
        labels = [
            (self.scale.place(opening.at), fitted(one_line(opening.title), 130, _SMALL)) for opening in bar.openings
        ]
        self._captions(lanes, self.y + 8, labels)
        self.y += 10 + lanes.count * _LANE

    def _payments(self, marks: Sequence[PaymentMark]) -> None:
        owed = self._money(self.card["owed"])
        state = "" if self.card["owed"] == Money.zero(self.card["currency"]).amount else owed
        said = "" if not state else self.words.say("picture.owed", amount=state)
        labelled = self._label(self.words.get("picture.payments"), said)
        middle = self.y + _BAR / 2
        self.drawing.line(_LEFT, middle, _RIGHT, middle, look="grid")
        lanes = Lanes(left=_LEFT, right=_RIGHT, most=4)
        labels = [(self.scale.place(mark.at), self.texts.amount(mark.amount)) for mark in marks]
        self._captions(lanes, self.y + _BAR, labels, style=_FIGURE)
        for mark in marks:
            self._mark(mark, self.scale.place(mark.at), middle)
        self.y = max(self.y + _BAR + max(1, lanes.count) * _LANE, labelled) + 12

    def _mark(self, mark: PaymentMark, x: float, y: float) -> None:
        """Draw a payment; its shape carries the same meaning as its colour."""
        self.seen[mark.look] = None
        tip = self._mark_text(mark)
        if mark.look == "overdue":
            self.drawing.polygon([(x - 8, y), (x, y - 8), (x + 8, y), (x, y + 8)], look="overdue", tip=tip)
        else:
            self.drawing.circle(x, y, 4 if mark.look == "shut" else 6.5, look=mark.look, tip=tip)

    def _legend(self) -> None:
        """Explain the shapes in the picture, on as many lines as needed."""
        x, self.y = _MARGIN, self.y + 12
        for look in ("window", "frozen", "closed", "lesson", "paid", "due", "overdue", "refund", "shut"):
            if look not in self.seen:
                continue
            label = self.words.get(f"picture.{look}")
            width = 22 + text_width(label, _SMALL) + 22
            if x + width > _WIDTH - _MARGIN:
                x, self.y = _MARGIN, self.y + 18
            self._swatch(look, x, self.y - 4)
            self.drawing.text(x + 22, self.y, label, _NOTE)
            x += width
        self.y += 6

    def _swatch(self, look: str, x: float, y: float) -> None:
        if look in ("window", "frozen", "closed"):
            self.drawing.rect(Box(x, y - 5, 16, 10), look="open" if look == "window" else look, round=3)
        elif look == "lesson":
            self.drawing.polygon([(x + 3, y + 5), (x + 8, y - 4), (x + 13, y + 5)], look=look)
        elif look == "overdue":
            self.drawing.polygon([(x + 1, y), (x + 8, y - 7), (x + 15, y), (x + 8, y + 7)], look=look)
        else:
            self.drawing.circle(x + 8, y, 3.5 if look == "shut" else 5, look=look)

    def _day(self, at: datetime) -> str:
        return day_text(self.words, at, zone=self.zone)

    def _state(self, bar: ProductBar) -> str:
        """Say whether a product is open now, or why not."""
        return self.words.get("picture.open" if bar.is_open else f"reason.{bar.reason or 'not_paid'}")

    def _window_text(self, bar: ProductBar) -> str:
        if bar.starts_at is None:
            # A1: without activation there is no window, so the reason is shown.
            return self._state(bar)
        until = self.words.get("picture.forever") if bar.ends_at is None else self.texts.instant(bar.ends_at)
        return f"{self.texts.instant(bar.starts_at)} – {until}"

    def _mark_text(self, mark: PaymentMark) -> str:
        return f"{self.texts.amount(mark.amount)}: {self.words.get(f'picture.{mark.look}')}, {self._day(mark.at)}"

    def _description(self, bars: Sequence[ProductBar], marks: Sequence[PaymentMark]) -> str:
        """Describe everything that is drawn, for people who cannot see it."""
        said = [
            # A product that is not activated shows its reason in place of a window.
            f"{one_line(bar.title)}: {self._window_text(bar)}"
            + ("" if bar.starts_at is None else f". {self._state(bar)}")
            for bar in bars
        ]
        said += [
            self.words.say("picture.frozen.dates", since=self._day(since), until=self._day(until))
            for bar in bars
            for since, until in bar.freezes
        ]
        said += [
            f"{one_line(opening.title)}: {self.texts.instant(opening.at)}" for bar in bars for opening in bar.openings
        ]
        said += map(self._mark_text, marks)
        return ". ".join(said)

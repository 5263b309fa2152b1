"""The conversion of a funnel: how many orders reached each status, and how many of them moved on (F8)."""

import attrs

from kwiga_orders.locale import Texts
from kwiga_orders.locale.catalogue import catalogue_of
from kwiga_orders.locale.formats import figure_text, one_line
from kwiga_orders.pictures.svg import Box, Drawing, Picture, Style
from kwiga_orders.pictures.widths import fitted, text_width
from kwiga_orders.views.status_shapes import ConversionView, PassageView

__all__ = ["conversion"]

_WIDTH = 720.0
_MARGIN = 24.0
_LABELS = 180.0
_TITLE, _NORMAL, _SMALL = 17.0, 13.0, 11.0
_HEADLINE, _SAID, _NAME, _NOTE = Style(_TITLE, "bold"), Style(_NORMAL, "muted"), Style(_NORMAL), Style(_SMALL, "muted")
_ROW = 44.0
_BAR = 20.0


def conversion(view: ConversionView, *, name: str, texts: Texts | None = None) -> Picture:
    """Draw the answer to `conversion` for the funnel `name`, in the language of `texts` (English by default)."""
    texts = texts or Texts("en", timezone="UTC")
    words, drawing = catalogue_of(texts.locale), Drawing(_WIDTH)
    title = words.say("picture.conversion", name=one_line(name))
    room = _WIDTH - 2 * _MARGIN
    drawing.text(_MARGIN, 36, fitted(title, room, _TITLE, bold=True), _HEADLINE, tip=title)
    drawing.text(_MARGIN, 58, fitted(words.get("picture.conversion.help"), room, _NORMAL), _SAID)
    most = max((one["entered"] for one in view["statuses"]), default=0)
    figures = max((text_width(str(one["entered"]), _NORMAL) for one in view["statuses"]), default=0.0)
    left, y = _MARGIN + _LABELS + 14, 78.0
    longest = _WIDTH - _MARGIN - left - figures - 10
    said: list[str] = []
    for one in view["statuses"]:
        status = texts.status(one["status"], one["name"])
        rate = figure_text(words, one["rate"].removesuffix(".00"))
        further = words.say("picture.further", count=one["moved_on"], rate=rate)
        said.append(f"{status}: {one['entered']}, {further}")
        drawing.text(_MARGIN, y + 15, fitted(one_line(status), _LABELS, _NORMAL), _NAME, tip=status)
        # The status with the most orders gets the longest bar; a funnel without orders has no bars.
        _bars(drawing, one, Box(left, y, longest, _BAR), scale=longest / most if most else 0.0, tip=said[-1])
        drawing.text(left + longest + 10, y + 15, str(one["entered"]), _NAME)
        drawing.text(left, y + _BAR + 14, fitted(further, longest, _SMALL), _NOTE)
        y += _ROW
    return drawing.finished(y + 8, title=title, description=". ".join(said))


def _bars(drawing: Drawing, passage: PassageView, track: Box, *, scale: float, tip: str) -> None:
    """Draw the number of orders that came, and over it the number that moved on."""
    drawing.rect(track, look="track")
    for count, look in ((passage["entered"], "later"), (passage["moved_on"], "open")):
        if count * scale:
            drawing.rect(attrs.evolve(track, width=count * scale), look=look, tip=tip)

"""A small SVG writer: shapes, texts, a title, a description, and colours that follow the reader's scheme."""

import re
from collections.abc import Iterable
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

import attrs

__all__ = ["Box", "Drawing", "Picture", "Style"]

_FONTS = "'Noto Sans', system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

# All names begin with `kw-`, so that the picture and the page around it do not change each other's style.
_STYLE = f"""\
.kw-picture {{
  --kw-paper: #ffffff; --kw-ink: #1c2430; --kw-muted: #5a6675; --kw-grid: #e6eaf0; --kw-track: #f2f4f8;
  --kw-open: #3567c9; --kw-frozen: #e3ecfd; --kw-shut: #a8b2bf;
  --kw-paid: #1c7f54; --kw-due: #9a6200; --kw-overdue: #c0362f; --kw-now: #1c2430;
  font-family: {_FONTS};
}}
@media (prefers-color-scheme: dark) {{
  .kw-picture {{
    --kw-paper: #12161c; --kw-ink: #e9edf3; --kw-muted: #9ba7b6; --kw-grid: #252c36; --kw-track: #1a2029;
    --kw-open: #7ba4f4; --kw-frozen: #22314e; --kw-shut: #5b6675;
    --kw-paid: #56bd8b; --kw-due: #dfae55; --kw-overdue: #f08079; --kw-now: #e9edf3;
  }}
}}
.kw-paper {{ fill: var(--kw-paper); }}
.kw-track {{ fill: var(--kw-track); }}
.kw-grid {{ stroke: var(--kw-grid); stroke-width: 1; }}
.kw-lead {{ stroke: var(--kw-shut); stroke-width: 1; }}
.kw-now {{ stroke: var(--kw-now); stroke-width: 1.5; stroke-dasharray: 4 3; }}
.kw-open {{ fill: var(--kw-open); }}
.kw-later {{ fill: var(--kw-open); opacity: 0.45; }}
.kw-shut {{ fill: var(--kw-shut); }}
.kw-closed {{ fill: var(--kw-paper); stroke: var(--kw-overdue); stroke-width: 1.5; }}
.kw-frozen {{ fill: var(--kw-frozen); stroke: var(--kw-open); stroke-width: 1.5; stroke-dasharray: 3 2; }}
.kw-lesson {{ fill: var(--kw-open); }}
.kw-paid {{ fill: var(--kw-paid); }}
.kw-due {{ fill: var(--kw-paper); stroke: var(--kw-due); stroke-width: 2.5; }}
.kw-refund {{ fill: var(--kw-paper); stroke: var(--kw-paid); stroke-width: 2.5; stroke-dasharray: 3 2; }}
.kw-overdue {{ fill: var(--kw-overdue); }}
.kw-picture text {{ fill: var(--kw-ink); stroke: var(--kw-paper); stroke-width: 3px; paint-order: stroke; }}
.kw-picture text.kw-muted {{ fill: var(--kw-muted); }}
.kw-picture text.kw-bold {{ font-weight: 600; }}
"""


@attrs.frozen
class Picture:
    """An SVG document: `svg` is its text. Notebooks show it as a picture."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg


@attrs.frozen
class Box:
    """A rectangle: the upper left corner and the size."""

    x: float
    y: float
    width: float
    height: float


@attrs.frozen
class Style:
    """The style of a text; `look` is `muted`, `bold` or empty."""

    size: float
    look: str = ""
    anchor: Literal["start", "middle", "end"] = "start"


@attrs.define
class Drawing:
    """Shapes and texts, drawn one after the other; later ones lie above earlier ones."""

    width: float
    _parts: list[str] = attrs.field(factory=list, init=False)

    def rect(self, box: Box, *, look: str, tip: str = "", round: float = 4) -> None:
        """Draw a rectangle with round corners; pointing at it shows the tip."""
        place = _at(x=box.x, y=box.y, width=box.width, height=box.height, rx=min(round, box.width / 2))
        self._shape(f"rect {place}", look, tip)

    def line(self, x1: float, y1: float, x2: float, y2: float, *, look: str) -> None:
        """Draw a line."""
        self._shape(f"line {_at(x1=x1, y1=y1, x2=x2, y2=y2)}", look, "")

    def circle(self, x: float, y: float, radius: float, *, look: str, tip: str = "") -> None:
        """Draw a circle."""
        self._shape(f"circle {_at(cx=x, cy=y, r=radius)}", look, tip)

    def polygon(self, points: Iterable[tuple[float, float]], *, look: str, tip: str = "") -> None:
        """Draw a closed shape."""
        corners = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
        self._shape(f'polygon points="{corners}"', look, tip)

    def text(self, x: float, y: float, text: str, style: Style, *, tip: str = "") -> None:
        """Write a text; `y` is the position of its baseline, `x` of its anchor."""
        named = f' class="kw-{style.look}"' if style.look else ""
        aligned = "" if style.anchor == "start" else f' text-anchor="{style.anchor}"'
        look = f'font-size="{_number(style.size)}"{aligned}{named}'
        self._parts.append(f"<text {_at(x=x, y=y)} {look}>{_tip(tip)}{_plain(text)}</text>")

    def add(self, other: "Drawing") -> None:
        """Add everything of another drawing, above this one."""
        self._parts += other._parts

    def finished(self, height: float, *, title: str, description: str) -> Picture:
        """Give the picture, with the given height."""
        head = (
            '<svg xmlns="http://www.w3.org/2000/svg" class="kw-picture" role="img" '
            f"aria-label={quoteattr(_NO_XML.sub('', title))} {_at(width=self.width, height=height)} "
            f'viewBox="0 0 {_number(self.width)} {_number(height)}">'
        )
        said = f"<title>{_plain(title)}</title>\n<desc>{_plain(description)}</desc>\n<style>\n{_STYLE}</style>"
        paper = f'<rect class="kw-paper" {_at(width=self.width, height=height)}/>'
        return Picture("\n".join([head, said, paper, *self._parts, "</svg>\n"]))

    def _shape(self, shape: str, look: str, tip: str) -> None:
        name = shape.partition(" ")[0]
        end = f">{_tip(tip)}</{name}>" if tip else "/>"
        self._parts.append(f'<{shape} class="kw-{look}"{end}')


# XML allows no control characters or lone surrogates, not even escaped, but a host's titles may contain them.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _plain(text: str) -> str:
    return escape(_NO_XML.sub("", text))


def _tip(tip: str) -> str:
    return f"<title>{_plain(tip)}</title>" if tip else ""


def _at(**places: float) -> str:
    return " ".join(f'{name}="{_number(place)}"' for name, place in places.items())


def _number(value: float) -> str:
    """Write a number with at most one decimal: the same on every machine, and as precise as anybody can see."""
    return f"{value:.1f}".removesuffix(".0")

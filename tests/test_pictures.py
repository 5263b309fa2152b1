"""Pictures: texts never overlap and stay inside, the same facts give the same picture, and it says what it shows."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from xml.etree import ElementTree

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.course import Course, Lesson, Module
from kwiga_orders.locale import LOCALES, Texts
from kwiga_orders.orders.commands import MarkPaid, OpenOffer
from kwiga_orders.orders.context import ViewContext
from kwiga_orders.pictures import Picture, conversion, timeline
from kwiga_orders.pictures.widths import fitted, text_width, wrapped
from kwiga_orders.project import Locale
from kwiga_orders.queries import OrderQuery
from kwiga_orders.testing.drawn_orders import lives
from kwiga_orders.testing.school import School
from kwiga_orders.views.cards import order_view
from kwiga_orders.views.shapes import ConversionView, EntryView, OrderView, PassageView
from tools.pictures import FOLDER, pictures

NAMESPACE = "{http://www.w3.org/2000/svg}"
LESSONS = tuple(Lesson(id=f"l{number}") for number in range(6))
COURSE = Course(product="python", title="Python", modules=(Module(id="m1", lessons=LESSONS),))
TITLES = st.text(max_size=60) | st.sampled_from(
    ["Python", "Розробка ігор: від першої ідеї до випуску", "W" * 80, "№ 1"]
)


@attrs.frozen
class TextBox:
    """Where a text of a picture lies, as wide as the widest usual font makes it."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "TextBox") -> bool:
        """Tell whether a part of one lies over a part of the other."""
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)


def texts_of(picture: Picture) -> Iterator[TextBox]:
    """Give the boxes of all texts that are drawn."""
    for text in ElementTree.fromstring(picture.svg).iter(f"{NAMESPACE}text"):
        # A text may begin with the title that is its tip; what is drawn stands after it.
        said = "".join(child.tail or "" for child in text) or text.text or ""
        size = float(text.attrib["font-size"])
        width = text_width(said, size, bold=text.get("class") == "kw-bold")
        x, y = float(text.attrib["x"]), float(text.attrib["y"])
        left = x - {"middle": width / 2, "end": width}.get(text.get("text-anchor", "start"), 0.0)
        # Above its baseline a text has four fifths of its size, below one fifth.
        yield TextBox(said, left, y - 0.8 * size, left + width, y + 0.2 * size)


def faults(picture: Picture) -> list[str]:
    """Say which texts lie over each other, or outside of the picture."""
    root, boxes = ElementTree.fromstring(picture.svg), list(texts_of(picture))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    found = [f"{one.text!r} over {other.text!r}" for one, other in combinations(boxes, 2) if one.overlaps(other)]
    # A tenth more for what rounding to one decimal moves.
    outside = [one for one in boxes if one.left < 0 or one.top < 0 or one.right > width + 0.1 or one.bottom > height]
    return found + [f"{one.text!r} lies outside" for one in outside]


@st.composite
def cards(draw: st.DrawFn) -> tuple[OrderView, datetime]:
    """Draw the card of an order that could have happened, seen at some instant, with odd titles."""
    life = draw(lives(COURSE))
    now = life.order.created_at + timedelta(days=draw(st.integers(-2, 900)), minutes=draw(st.integers(0, 1440)))
    offers = {} if life.offer is None else {life.offer.code: life.offer}
    view = order_view(life.order, ViewContext(now=now, project=life.project, offers=offers, courses=life.courses), [])
    for line in view["lines"]:
        line["product_title"] = draw(st.none() | TITLES)
    return view, now


@st.composite
def schedules(draw: st.DrawFn, start: datetime) -> list[EntryView]:
    """Draw openings of lessons after an instant, some on the same day."""
    days = draw(st.lists(st.integers(0, 120), max_size=8))
    return [
        EntryView(
            at=(start + timedelta(days=day)).isoformat(),
            what="lesson_opens",
            lesson=draw(TITLES),
            lesson_title=None,
            after_checkpoint=None,
            after_checkpoint_title=None,
            order=None,
            number=None,
            payment=None,
        )
        for day in sorted(days)
    ]


@pytest.fixture
def card() -> OrderView:
    """Give the card of an order that was paid at once, with access for ever."""
    school = School().at("2026-11-01 10:00")
    school.sells()
    receipt = school.does(OpenOffer(offer="basic", contact="olena"))
    school.does(MarkPaid(order=str(receipt.order), payment=f"{receipt.order}.1"))
    return school.orders.ask(OrderQuery(order=str(receipt.order)))


class TestTimelines:
    """The timeline of an order: windows, freezes, openings, payments, now."""

    @given(cards(), st.data(), st.sampled_from(LOCALES), st.sampled_from(["UTC", "Europe/Kyiv", "Pacific/Apia"]))
    def test_texts_never_overlap(
        self, drawn: tuple[OrderView, datetime], data: st.DataObject, locale: Locale, zone: str
    ) -> None:
        """Whatever happened to the order, in every language and zone; and the picture is well-formed XML."""
        card, now = drawn
        entries = data.draw(schedules(datetime.fromisoformat(card["created_at"])))
        texts = Texts(locale, timezone=zone)
        picture = timeline(card, texts=texts, now=now, schedules={"python": entries})
        assert faults(picture) == []
        assert timeline(card, texts=texts, now=now, schedules={"python": entries}) == picture

    @given(cards())
    def test_says_what_it_shows(self, drawn: tuple[OrderView, datetime]) -> None:
        """The description names every product, payment and freeze, for those who do not see the picture."""
        card, now = drawn
        root = ElementTree.fromstring(timeline(card, now=now).svg)
        title, description = (root.findtext(f"{NAMESPACE}{name}") or "" for name in ("title", "desc"))
        assert str(card["number"]) in title
        shown = [payment for payment in card["payments"] if payment["state"] != "void"]
        refunds = [one for payment in shown for one in payment["refunds"] if one["outcome"] == "succeeded"]
        freezes = [one for line in card["lines"] for one in line["adjustments"] if one["kind"] == "freeze"]
        assert len(re.findall(": (?:Paid|Due|Overdue|Nothing is owed), ", description)) == len(shown)
        assert description.count(": Given back, ") == len(refunds)
        assert description.count("Frozen: ") <= len(freezes)

    def test_follows_the_scheme_of_the_reader(self, card: OrderView) -> None:
        """Both schemes have every colour, and a notebook shows the picture."""
        picture = timeline(card)
        light, dark = picture.svg.split("@media (prefers-color-scheme: dark)")[:2]
        colours = set(re.findall(r"(--kw-\w+):", light))
        assert colours == set(re.findall(r"(--kw-\w+):", dark.partition(".kw-paper")[0]))
        assert len(colours) > 8
        assert picture._repr_svg_() == picture.svg

    def test_words_are_those_of_the_language(self, card: OrderView) -> None:
        """No picture mixes languages."""
        drawn = timeline(card, texts=Texts("uk", timezone="Europe/Kyiv"), now=datetime(2026, 11, 20, tzinfo=UTC))
        said = {one.text for one in texts_of(drawn)}
        assert {"Замовлення №\u00a01", "зараз", "Платежі", "Сплачено", "назавжди", "1 листопада 2026"} <= said

    def test_far_ends_are_arrows(self, card: OrderView) -> None:
        """An end in a hundred years does not press everything else into a corner; its date is still there."""
        (line,) = card["lines"]
        near = timeline({**card, "lines": [{**line, "ends_at": "2027-01-01T00:00:00Z"}]})
        far = timeline({**card, "lines": [{**line, "ends_at": "2126-01-01T00:00:00Z"}]})
        assert "<polygon" not in near.svg
        assert '<polygon points="937' in far.svg
        assert "1 January 2126" in far.svg

    def test_names_of_the_host_are_no_markup(self, card: OrderView) -> None:
        """A title with signs of XML is shown as it is, and makes no element."""
        (line,) = card["lines"]
        drawn = timeline({**card, "lines": [{**line, "product_title": "<script>&\"'"}]})
        assert "<script" not in drawn.svg
        assert "<script>&\"'" in {one.text for one in texts_of(drawn)}


PASSAGES = st.builds(
    lambda name, entered, share: PassageView(
        status="new", name=name, entered=entered, moved_on=entered * share // 100, rate=f"{share}.00"
    ),
    TITLES,
    st.integers(0, 10**9),
    st.integers(0, 100),
)


class TestConversions:
    """The conversion of a funnel (F8)."""

    @given(st.lists(PASSAGES, max_size=12), TITLES, st.sampled_from(LOCALES))
    def test_texts_never_overlap(self, passages: list[PassageView], name: str, locale: Locale) -> None:
        """Whatever the statuses are called, and however many orders there are."""
        view = ConversionView(statuses=passages)
        texts = Texts(locale, timezone="UTC")
        picture = conversion(view, name=name, texts=texts)
        assert faults(picture) == []
        assert conversion(view, name=name, texts=texts) == picture

    def test_bars_are_as_long_as_their_numbers(self) -> None:
        """Half the orders, half the length; none, no bar."""
        rows = [("new", 200, 100, "50.00"), ("paid", 100, 0, "0.00"), ("refund", 0, 0, "0.00")]
        statuses = [PassageView(status=one, name=one, entered=n, moved_on=m, rate=rate) for one, n, m, rate in rows]
        root = ElementTree.fromstring(conversion(ConversionView(statuses=statuses), name="VIP").svg)
        bars = [one for one in root.iter(f"{NAMESPACE}rect") if one.get("class") in ("kw-later", "kw-open")]
        whole, moved, half = (float(one.attrib["width"]) for one in bars)
        assert (round(moved / whole, 2), round(half / whole, 2)) == (0.5, 0.5)
        assert root.findtext(f"{NAMESPACE}desc") == (
            "new: 200, 100 went further (50%). paid: 100, 0 went further (0%). refund: 0, 0 went further (0%)"
        )


class TestDocs:
    """The pictures in the docs."""

    def test_are_as_drawn(self) -> None:
        """`python tools/pictures.py` writes them."""
        assert {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.svg")} == {
            name: picture.svg for name, picture in pictures().items()
        }


class TestWidths:
    """How wide texts are."""

    @given(st.text(max_size=80), st.floats(0, 400), st.sampled_from([11.0, 13.0]))
    def test_what_is_fitted_fits(self, text: str, width: float, size: float) -> None:
        """In one line or in two."""
        assert text_width(fitted(text, width, size), size) <= width
        lines = wrapped(text, width, size, lines=2)
        assert len(lines) <= 2
        assert all(text_width(line, size) <= width for line in lines)

"""What a text searches for, how pages continue, and what the clock and the ids of a host give."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.adapters.searching import (
    ContactText,
    Position,
    amount_rank,
    cursor_of,
    microseconds,
    position_after,
    sought,
)
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.errors import InvalidInput
from kwiga_orders.folding import folded
from kwiga_orders.listing import OrderSearch
from kwiga_orders.money import Money
from kwiga_orders.project import Contact


def finds(text: str, *, phone: str = "", name: str = "", email: str = "", number: int = 999) -> bool:
    """Tell whether a text finds an order of such a contact."""
    wanted = sought(text)
    assert wanted is not None
    return wanted.is_in_order(number, ContactText.of(Contact(id="c", phone=phone, name=name, email=email)))


COUNTRIES = [("380", "0", 9), ("7", "8", 10), ("375", "80", 9), ("49", "0", 10), ("36", "06", 9), ("373", "0", 8)]
"""Some countries: the code, what is dialled before a number at home, how many digits a number has."""

FORMS = ("{}", "({})", "tel:{}", "\u202a{}\u202c", "\ufeff{}", "\u200e {} ")
SEPARATORS = ("", " ", "-", "\u2011", "\u2012", "\u2014", ".", "\xa0", " / ", "\u200b")


@st.composite
def phones(draw: st.DrawFn) -> tuple[str, str]:
    """Give one phone, written in two ways."""
    code, trunk, length = draw(st.sampled_from(COUNTRIES))
    national = draw(st.text("123456789", min_size=length, max_size=length))
    starts = [f"+{code}", code, f"00{code}", trunk, ""]
    return written(draw, draw(st.sampled_from(starts)), national), written(
        draw, draw(st.sampled_from(starts)), national
    )


def written(draw: st.DrawFn, start: str, national: str) -> str:
    """Write a phone as somebody might."""
    split, between = draw(st.integers(1, 4)), draw(st.sampled_from(SEPARATORS))
    number = f"{start}{between}{national[:split]}{between}{national[split:]}"
    return draw(st.sampled_from(FORMS)).format(number)


class TestV3:
    """Search: case-insensitive in Cyrillic and Latin (Turkish İ, ı as well), е = ё, every sign people type for an
    apostrophe is one; phone by digits, any formatting, full or any ≥ 5 digits in a row, with or without country code or
    trunk prefix, either way round; number by prefix; e-mail by any part; name by its words in any order.
    """

    @pytest.mark.parametrize(
        ("stored", "text"),
        [
            ("+380671234567", "067 123-45-67"),
            ("+380671234567", "00380 67 123 45 67"),
            ("+38 (067) 123-45-67", "+380671234567"),
            ("067 123 45 67", "+380671234567"),
            ("067 123 45 67", "380 67 1234567"),
            ("+49 171 1234567", "0171 1234567"),
            ("+44 (0)20 7946 0958", "+442079460958"),
            ("+442079460958", "020 7946 0958"),
            ("+7 916 123-45-67", "8 (916) 123-45-67"),
            ("8 (495) 123-45-67", "+7 495 123 45 67"),
            ("8 (029) 123-45-67", "+375 29 123-45-67"),
            ("+380 067 123 45 67", "+380671234567"),
            ("8 10 380 67 1234567", "+380671234567"),
            ("+1 (212) 555-0100", "212.555.0100"),
            ("+380671234567", "3-45-67"),
            ("+380671234567", "6712345"),
            ("+380671234567", "tel:+380-67-123-45-67;ext=1"),
            ("тел. 067 123-45-67", "0671234567"),
        ],
    )
    def test_one_phone_written_in_many_ways(self, stored: str, text: str) -> None:
        """A phone is found however it, and what is typed, are written."""
        assert finds(text, phone=stored)

    @given(pair=phones())
    def test_the_same_phone_is_found(self, pair: tuple[str, str]) -> None:
        """Whichever is written with a country code, a trunk prefix or neither, and with whatever signs between."""
        stored, typed = pair

        assert finds(typed, phone=stored)

    @pytest.mark.parametrize(
        "text", ["4567", "0671234568", "+380501234567", "123457", "user34567", "34567@", "x 34567"]
    )
    def test_what_is_no_such_phone(self, text: str) -> None:
        """Fewer than five digits, other digits, or digits among letters, find no phone."""
        assert not finds(text, phone="+380671234567")

    def test_another_country_is_another_phone(self) -> None:
        """A whole phone with its country code does not find that of another country."""
        assert not finds("+7 067 123 45 67", phone="+380671234567")
        assert not finds("+49 171 1234567", phone="+43 171 1234567")

    @given(digits=st.text("0123456789", min_size=9, max_size=12), data=st.data())
    def test_any_five_digits_in_a_row(self, digits: str, data: st.DataObject) -> None:
        """Any five or more digits in a row find a phone."""
        start = data.draw(st.integers(0, len(digits) - 5))
        end = data.draw(st.integers(start + 5, len(digits)))

        assert finds(digits[start:end], phone=f"+{digits}")

    @given(
        words=st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1), min_size=1, max_size=4),
        data=st.data(),
    )
    def test_any_parts_of_the_words_of_a_name(self, words: list[str], data: st.DataObject) -> None:
        """Whatever parts of its words are typed, in whatever order, they find a name."""
        name = folded(" ".join(words))
        typed = data.draw(st.permutations(name.split()))
        parts = [word[data.draw(st.integers(0, len(word) - 1)) :] for word in typed]

        assert not name or finds(" ".join(parts), name=name)

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("Олена Коваль", "коваль олена"),
            ("Олена Коваль", "Коваль, Ол"),
            ("Алёна Ковалёва", "ковалева АЛЕНА"),
            ("Алена", "алёна"),
            ("İpek Yılmaz", "ipek yilmaz"),
            ("IŞIL", "ışıl"),
            ("Straße", "STRASSE"),
            ("Квітка\u2011Основ'яненко", "квітка-основ"),
            ("О\u00adлена", "олена"),
        ],
    )
    def test_names(self, name: str, text: str) -> None:
        """Words in any order, in any case, in any spelling."""
        assert finds(text, name=name)
        assert not finds(f"{text} х", name=name)

    @pytest.mark.parametrize("typed", "'‘’‚‛′‵ʹʻʼʽʾˈˊˋ´`՚׳ꞌ＇｀\"“”„*")
    @pytest.mark.parametrize("stored", "'’ʼ`´＇\"")
    def test_every_apostrophe_is_one(self, stored: str, typed: str) -> None:
        """Whatever sign is typed for it, and whatever sign is stored."""
        assert finds(f"дем{typed}ян", name=f"Дем{stored}янчук")

    @given(st.text())
    def test_folding_twice_changes_nothing(self, text: str) -> None:
        """What is folded stays as it is."""
        assert folded(folded(text)) == folded(text)

    def test_words_of_a_name_and_an_address(self) -> None:
        """All words are of the name; an e-mail is found by the text as a whole."""
        assert finds("a@EX", name="Олена Коваль", email="olena@example.com")
        assert not finds("коваль olena", name="Олена Коваль", email="olena@example.com")

    @pytest.mark.parametrize(
        "text", ["Olena@Example.com", "<olena@example.com>", "mailto:olena@example.com", "@example,"]
    )
    def test_an_address_as_it_is_pasted(self, text: str) -> None:
        """Without the signs that a mail program writes around it."""
        assert finds(text, email="olena@example.com")

    @pytest.mark.parametrize("text", ["", " ", ",", " ; ,"])
    def test_without_a_word(self, text: str) -> None:
        """A text that says nothing searches for nothing: every row is there."""
        assert sought(text) is None

    @pytest.mark.parametrize(("text", "number"), [("1", 1), ("10", 1042), ("1042", 1042), ("№ 1042", 1042)])
    def test_number_by_prefix(self, text: str, number: int) -> None:
        """The beginning of a number finds it."""
        assert finds(text, number=number)

    @pytest.mark.parametrize("text", ["42", "01", "1043", "1.0"])
    def test_not_the_number(self, text: str) -> None:
        """The end of a number does not."""
        assert not finds(text, number=1042)


class TestCursors:
    """A cursor is the place after which a page begins."""

    @given(
        sort=st.sampled_from(["created", "updated", "number", "total", "due"]),
        descending=st.booleans(),
        value=st.integers(-(2**63), 2**63 - 1),
        number=st.integers(1, 2**63 - 1),
    )
    def test_a_cursor_comes_back(self, sort: str, descending: bool, value: int, number: int) -> None:
        """What is written is read."""
        search = OrderSearch(sort=sort, descending=descending)  # type: ignore[arg-type]
        position = Position(value, number)
        cursor = cursor_of(position, search)

        assert position_after(OrderSearch(sort=sort, descending=descending, after=cursor)) == position  # type: ignore[arg-type]

    @given(text=st.text())
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        """No text that comes from outside breaks anything."""
        with suppress(InvalidInput):
            assert isinstance(position_after(OrderSearch(after=text)), Position)


class TestRanks:
    """What is sorted by."""

    def test_amounts_of_currencies_with_other_decimals(self) -> None:
        """100 yen come before 100.01 hryvnias, and 100.001 dinars between them."""
        amounts = [Money.of("100", "JPY"), Money.of("100.001", "KWD"), Money.of("100.01", "UAH")]

        assert sorted(amounts, key=amount_rank) == amounts

    @given(st.datetimes(datetime(1900, 1, 1), datetime(9000, 1, 1)), st.datetimes(datetime(1900, 1, 1)))
    def test_microseconds_sort_as_instants(self, one: datetime, other: datetime) -> None:
        """Nothing is lost, before 1970 either."""
        first, second = one.replace(tzinfo=UTC), other.replace(tzinfo=UTC)

        assert (microseconds(first) < microseconds(second)) == (first < second)
        assert (microseconds(first) == microseconds(second)) == (first == second)


class TestSystem:
    """The machine's clock and randomness."""

    def test_the_clock_is_aware(self) -> None:
        """T1: it shows UTC, and does not go backwards."""
        clock = SystemClock()

        assert clock.now().tzinfo is UTC
        assert clock.now() <= clock.now()

    def test_ids(self) -> None:
        """O5: they are never the same, need no quoting in a URL, and are long enough not to be guessed."""
        ids = {RandomIds().new() for _ in range(1000)}

        assert len(ids) == 1000
        assert all(len(id) == 22 and id.replace("-", "").replace("_", "").isalnum() for id in ids)

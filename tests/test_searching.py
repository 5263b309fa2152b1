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
    folded,
    microseconds,
    position_after,
    sought,
)
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.errors import InvalidInput
from kwiga_orders.listing import OrderSearch
from kwiga_orders.money import Money
from kwiga_orders.project import Contact


def finds(text: str, *, phone: str = "", name: str = "", number: int = 999) -> bool:
    """Tell whether a text finds an order of such a contact."""
    wanted = sought(text)
    assert wanted is not None
    return wanted.is_in(number, ContactText.of(Contact(id="c", phone=phone, name=name)))


class TestV3:
    """Search: case-insensitive in Cyrillic and Latin; phone by digits, any formatting, full or last ≥ 5 digits."""

    @pytest.mark.parametrize(
        ("stored", "text"),
        [
            ("+380671234567", "067 123-45-67"),
            ("+380671234567", "00380 67 123 45 67"),
            ("+38 (067) 123-45-67", "+380671234567"),
            ("067 123 45 67", "+380671234567"),
            ("067 123 45 67", "380 67 1234567"),
            ("+49 171 1234567", "0171 1234567"),
            ("+7 916 123-45-67", "8 (916) 123-45-67"),
            ("+1 (212) 555-0100", "212.555.0100"),
            ("+380671234567", "3-45-67"),
        ],
    )
    def test_one_phone_written_in_many_ways(self, stored: str, text: str) -> None:
        """A phone is found however it, and what is typed, are written."""
        assert finds(text, phone=stored)

    @pytest.mark.parametrize(
        "text", ["4567", "0671234568", "+380501234567", "123456", "user34567", "34567@", "x 34567"]
    )
    def test_what_is_no_such_phone(self, text: str) -> None:
        """Fewer than five digits, other digits, digits within the number, or among letters, find no phone."""
        assert not finds(text, phone="+380671234567")

    @given(digits=st.text("0123456789", min_size=9, max_size=12), keep=st.integers(5, 12))
    def test_last_digits(self, digits: str, keep: int) -> None:
        """Any five or more last digits find a phone."""
        assert finds(digits[-keep:], phone=f"+{digits}")

    @given(name=st.text(min_size=1), start=st.integers(0, 5), end=st.integers(6, 20))
    def test_any_part_of_a_name(self, name: str, start: int, end: int) -> None:
        """Whatever part of a name is typed, in whatever case, finds it."""
        part = folded(name)[start:end]
        if folded(part):
            assert finds(part, name=name)
            assert finds(part, name=name.upper()) or folded(name.upper()) != folded(name)

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

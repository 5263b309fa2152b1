"""Text from outside becomes plain JSON data, or is refused."""

import json
import time
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.errors import InvalidInput
from kwiga_orders.wire import read_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def refused(text: bytes | str, code: str = "input.invalid") -> list[str]:
    """Give the paths of the faults of a text that is refused."""
    with pytest.raises(InvalidInput) as found:
        read_json(text)
    assert found.value.code == code
    return [fault.path for fault in found.value.faults]


class TestReadJson:
    """What is JSON is read as every reader reads it; what is not is refused."""

    @given(value=values)
    def test_reads_json(self, value: object) -> None:
        """JSON gives the same data, as bytes and as text."""
        text = json.dumps(value)
        assert read_json(text) == json.loads(text)
        assert read_json(text.encode()) == json.loads(text)

    @given(text=st.text() | st.binary())
    def test_never_crashes(self, text: str | bytes) -> None:
        """Any text and any bytes are read, or refused."""
        try:
            read_json(text)
        except InvalidInput as found:
            assert found.faults  # noqa: PT017 - it may pass as well

    @given(
        value=values, at=st.integers(0), cut=st.sampled_from(['"', "\\", "[", "]", "{", "}", ",", "", "1e999", "NaN"])
    )
    def test_damaged_json(self, value: object, at: int, cut: str) -> None:
        """JSON with something put into it, or cut off, is read, or refused."""
        text = json.dumps(value)
        place = at % (len(text) + 1)
        for damaged in (text[:place] + cut + text[place:], text[:place]):
            try:
                read_json(damaged)
            except InvalidInput as found:
                assert found.faults  # noqa: PT017 - it may pass as well

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "nul",
            "{'a': 1}",
            '{"a": 1,}',
            "1 2",
            "NaN",
            "[Infinity]",
            "-Infinity",
            "1e999",
            "[" + "9" * 5000 + "]",
        ],
    )
    def test_no_json(self, text: str) -> None:
        """What is no JSON, and numbers that are none, are refused as a whole."""
        assert refused(text) == [""]

    def test_not_utf_8(self) -> None:
        """Bytes that are no text are refused."""
        assert refused(b'{"name": "\xff"}') == [""]
        assert refused("{}".encode("utf-16")) == [""]

    def test_byte_order_mark(self) -> None:
        """A mark that some editors put before the text is no part of it."""
        assert read_json("\ufeff{}") == {}
        assert read_json(b"\xef\xbb\xbf{}") == {}

    def test_twice_in_an_object(self) -> None:
        """A name that stands twice in an object is told with its path, each of them."""
        text = '{"a": 1, "b": [{"c": 1, "c": 2, "d": {"e": 1, "e": 1}}], "a": 2}'
        assert sorted(refused(text)) == ["a", "b.0.c", "b.0.d.e"]

    def test_too_long(self) -> None:
        """There is an end to what is read; a host may set it."""
        with pytest.raises(InvalidInput) as found:
            read_json(" " * 11, limit=10)
        assert found.value.code == "input.too_large"
        assert read_json(" " * 8 + "[]", limit=10) == []

    @pytest.mark.parametrize("pair", [("[", "]"), ('{"a":', "}")])
    def test_depth(self, pair: tuple[str, str]) -> None:
        """A hundred deep is read, one more is not."""
        opening, closing = pair
        inner = "[]"
        assert read_json(opening * 99 + inner + closing * 99)
        assert refused(opening * 100 + inner + closing * 100, "input.too_large") == [""]

    @pytest.mark.parametrize("text", [r'"\"[[["', r'["\\", "[", "\\\\\"{{{"]', '"' + "[" * 200 + '"'])
    def test_brackets_in_texts(self, text: str) -> None:
        """A bracket in a text is no nesting."""
        assert read_json(text) == json.loads(text)


_LONG = "a" * 58


class TestTenMegabytes:
    """Ten megabytes of anything give an error in a moment, not a crash."""

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            (("[" * 1000 + '"' + "x" * 8000 + '"' + "]" * 1000 + ",") * 990 + "1", "input.too_large"),
            ('{"a":' * 1000 + '"' + "x" * 9_990_000 + '"' + "}" * 1000, "input.too_large"),
            ("[" * 10_000_000, "input.too_large"),
            ('{"a":' * 2_000_000, "input.too_large"),
            ('"' * 10_000_000, "input.invalid"),
            ('"\\' * 5_000_000, "input.invalid"),
            ('"' + '\\"' * 4_999_999, "input.invalid"),
            ("[]" * 5_000_000, "input.invalid"),
            ("9" * 10_000_000, "input.invalid"),
        ],
        ids=["wide", "deep", "brackets", "braces", "quotes", "escapes", "open text", "pairs", "digits"],
    )
    def test_refused(self, text: str, code: str) -> None:
        """Nested, endless, or long: refused, and in time that grows as the text does."""
        began = time.process_time()
        assert refused(text, code) == [""]
        assert time.process_time() - began < 20

    @pytest.mark.parametrize(
        ("text", "count"),
        [
            ("{" + ",".join(['"a":1'] * 1_600_000) + "}", 1),
            ("{" + ",".join(f'"k{n}":1' for n in range(700_000)) + ',"k0":1}', 1),
            ("{" + ",".join(f'"k{n // 2}":1' for n in range(700_000)) + "}", 350_000),
            ("[" + ",".join([f'{{"{_LONG}":1,"{_LONG}":2}}'] * 75_000) + "]", 75_000),
        ],
        ids=["one name", "one of many", "all of them", "many objects"],
    )
    def test_names_that_are_there_twice(self, text: str, count: int) -> None:
        """However many names are there twice, it takes time as the text is long; the first hundred are told."""
        began = time.process_time()
        with pytest.raises(InvalidInput) as found:
            read_json(text)
        assert (len(found.value.faults), found.value.count) == (min(count, 100), count)
        assert time.process_time() - began < 20


def test_numbers_stay_finite() -> None:
    """A number that is too large for a float is refused; one that is nearly so is read."""
    number = read_json("1.7e308")
    assert isinstance(number, float)
    assert isfinite(number)

"""What matches what: the words of the wire about `is`, as laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.codec import Json
from kwiga_orders.wire.matching import Difference, differences, says

answers = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["1000.00", "2026-11-01T10:00:00Z"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


def matches(expected: Json, found: Json) -> bool:
    """Tell whether there is no difference."""
    return not list(differences(expected, found))


class TestLaws:
    """What is true of all answers."""

    @given(answer=answers)
    def test_matches_itself(self, answer: Json) -> None:
        """An answer is what it is."""
        assert matches(answer, answer)

    @given(answer=st.dictionaries(st.text(), answers, min_size=1), more=st.dictionaries(st.text(), answers))
    def test_more_names_do_not_matter(self, answer: dict[str, Json], more: dict[str, Json]) -> None:
        """Names that are not expected are ignored."""
        assert matches(answer, {**more, **answer})

    @given(answer=st.dictionaries(st.text(), answers, min_size=1), data=st.data())
    def test_less_names_do(self, answer: dict[str, Json], data: st.DataObject) -> None:
        """A name that is expected must be there, whatever is expected of it."""
        name = data.draw(st.sampled_from([*answer]))
        less = {kept: inner for kept, inner in answer.items() if kept != name}
        assert [one.found for one in differences(answer, less) if one.path in (name, "")] in (["nothing"], ["{}"])

    @given(answer=st.lists(answers, min_size=1), other=answers)
    def test_lists_match_in_length(self, answer: list[Json], other: Json) -> None:
        """A list that is longer, or shorter, is another list."""
        assert not matches(answer, [*answer, other])
        assert not matches(answer, answer[1:])

    @given(answer=answers)
    def test_empty_matches_only_empty(self, answer: Json) -> None:
        """An empty object matches only an empty object."""
        assert matches({}, answer) == (answer == {})

    @given(answer=answers)
    def test_null_is_none(self, answer: Json) -> None:
        """Null matches only null."""
        assert matches(None, answer) == (answer is None)

    @given(expected=answers, found=answers)
    def test_differences_are_told(self, expected: Json, found: Json) -> None:
        """Each difference fits into a line."""
        for one in differences(expected, found):
            assert len(one.expected) < 200
            assert len(one.found) < 200


class TestScalars:
    """Forms that mean the same."""

    @pytest.mark.parametrize(
        ("expected", "found"),
        [
            ("2026-11-01T10:00:00+02:00", "2026-11-01T08:00:00Z"),
            ("2026-11-01T08:00Z", "2026-11-01T08:00:00.000000+00:00"),
            ("1000.00", "1000.0"),
            ("1000", "1000.00"),
            ("0.00", "-0.00"),
        ],
    )
    def test_same(self, expected: str, found: str) -> None:
        """Instants match as instants, amounts as amounts."""
        assert matches({"at": expected}, {"at": found})

    @pytest.mark.parametrize(
        ("expected", "found"),
        [
            ("2026-11-01T10:00:00+02:00", "2026-11-01T10:00:00+03:00"),
            ("2026-11-01T10:00:00", "2026-11-01T10:00:00Z"),
            ("2026-11-01", "2026-11-01T00:00:00Z"),
            ("2026-11-31T10:00:00Z", "2026-11-31T12:00:00+02:00"),
            ("1000.00", "1000.01"),
            ("007", "7"),
            (True, 1),
            (0, False),
            (1, "1"),
            (None, "null"),
            ([], {}),
        ],
    )
    def test_different(self, expected: Json, found: Json) -> None:
        """What only looks alike does not match, one way or the other."""
        assert not matches({"at": expected}, {"at": found})
        assert not matches({"at": found}, {"at": expected})

    @pytest.mark.parametrize("name", ["id", "order", "payment", "superseded_by"])
    def test_ids_are_no_amounts(self, name: str) -> None:
        """The tenth payment of order 1 is not its first."""
        assert not matches({name: "1.1"}, {name: "1.10"})
        assert not matches({"orders": ["1.1"]}, {"orders": ["1.10"]})


class TestTelling:
    """What is told of a difference."""

    def test_path_expected_found(self) -> None:
        """A difference says where it is, what was expected, and what was found."""
        expected: Json = {"lines": [{"source": "follows", "ends_at": None}], "tags": ["hot"], "note": 1}
        found: Json = {"lines": [{"source": "custom", "ends_at": None}], "tags": []}
        assert list(differences(expected, found)) == [
            Difference("lines.0.source", '"follows"', '"custom"'),
            Difference("tags", "1 in the list", "0: []"),
            Difference("note", "1", "nothing"),
        ]


class TestSays:
    """`never`: a text that occurs nowhere."""

    ANSWER: Json = {"comment": "asks for a discount", "rows": [{"total": "1.00", "number": 1042, "paid": False}]}

    @pytest.mark.parametrize("text", ["for a disc", "comm", "1.00", "104", "false", "rows"])
    def test_occurs(self, text: str) -> None:
        """It is looked for in names and values, and in parts of them."""
        assert says(self.ANSWER, text)

    @pytest.mark.parametrize("text", ["maria", "Asks", "1042.0"])
    def test_does_not_occur(self, text: str) -> None:
        """What is not there is not found."""
        assert not says(self.ANSWER, text)

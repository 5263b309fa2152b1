"""Errors are values: they compare, pickle, say which rule said no, and tell nothing of anybody."""

import pickle
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders import errors
from kwiga_orders.errors import (
    AdapterFailed,
    Conflict,
    Corrupt,
    Detail,
    Fault,
    InvalidInput,
    KwigaOrdersError,
    NotFound,
    Refused,
)

NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True).filter(lambda name: name not in {"self", "code"})
DETAILS: st.SearchStrategy[dict[str, Detail]] = st.dictionaries(
    NAMES,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ),
    max_size=4,
)
CODES = st.from_regex(r"[a-z]{1,8}\.[a-z_]{1,12}", fullmatch=True)
FAULTS = st.builds(Fault, path=st.text(), code=st.sampled_from(("input.invalid", "time.naive")), hint=st.text())


def any_error() -> st.SearchStrategy[KwigaOrdersError]:
    """Draw an error of every class of the tree."""
    plain = st.sampled_from((KwigaOrdersError, Refused, Conflict, AdapterFailed, Corrupt))
    coded = st.builds(lambda kind, code, details: kind(code, **details), plain, CODES, DETAILS)
    return coded | st.builds(NotFound, st.text(), st.text()) | st.lists(FAULTS).map(InvalidInput)


def classes(kind: type[KwigaOrdersError] = KwigaOrdersError) -> Iterator[type[KwigaOrdersError]]:
    """Give every class of the tree."""
    yield kind
    for one in kind.__subclasses__():
        yield from classes(one)


class TestTree:
    """One family, sorted by what the host should do."""

    def test_public(self) -> None:
        """Every class of the tree is a public name, and the drawing in the docstring has them all."""
        names = {kind.__name__ for kind in classes() if kind.__module__ == errors.__name__}

        assert names == set(errors.__all__) - {"Detail", "Fault"}
        assert all(name in str(errors.__doc__) for name in names)

    def test_not_found_is_a_refusal(self) -> None:
        """Who handles refusals has handled what is not there, too; conflicts and breakdowns are something else."""
        assert issubclass(NotFound, Refused)
        assert not any(issubclass(kind, Refused) for kind in (Conflict, InvalidInput, AdapterFailed, Corrupt))


class TestValues:
    """Two errors are equal if they are of one class and say the same; so they are after a journey."""

    @given(error=any_error())
    def test_pickle(self, error: KwigaOrdersError) -> None:
        """An error comes back from another process as it was."""
        back = pickle.loads(pickle.dumps(error))

        assert back == error
        assert (type(back), back.code, back.details, str(back)) == (
            type(error), error.code, error.details, str(error)
        )  # fmt: skip
        assert hash(back) == hash(error)
        if isinstance(error, InvalidInput):
            assert back.faults == error.faults

    @given(one=any_error(), other=any_error())
    def test_equality(self, one: KwigaOrdersError, other: KwigaOrdersError) -> None:
        """Class, code and details decide."""
        same = (type(one), one.code, one.details) == (type(other), other.code, other.details)

        assert (one == other) is same
        assert one != (one.code, one.details)

    def test_a_refusal_is_not_a_conflict(self) -> None:
        """The same words of another class are another error."""
        assert Refused("order.conflict") != Conflict("order.conflict")
        assert NotFound("order", "o1") != Refused("not_found", what="order", id="o1")


class TestText:
    """The text is built from the code and the values that matter."""

    @given(error=any_error())
    def test_begins_with_the_code(self, error: KwigaOrdersError) -> None:
        """Whoever greps for a code finds the error."""
        assert str(error).startswith(error.code)

    @pytest.mark.parametrize(
        ("error", "text"),
        [
            (Refused("order.last_line"), "order.last_line"),
            (NotFound("order", "o1"), "not_found: what=order, id=o1"),
            (Conflict("order.conflict", expected=2, found=3), "order.conflict: expected=2, found=3"),
            (Refused("status.in_use", orders=[1, 2], rules=[]), "status.in_use: orders=[1, 2], rules=[]"),
            (Refused("x.y", unmet=[{"code": "test", "have": None}]), "x.y: unmet=[{code: test, have: None}]"),
        ],
    )
    def test_examples(self, error: KwigaOrdersError, text: str) -> None:
        """Every value is shown, also those in lists."""
        assert str(error) == text


class TestInvalidInput:
    """All faults of a document at once, each with its path."""

    @given(faults=st.lists(FAULTS))
    def test_keeps_every_fault(self, faults: list[Fault]) -> None:
        """As values in `faults`, as plain data in `details`; the gravest gives the code."""
        error = InvalidInput(faults)

        assert error.faults == tuple(faults)
        assert error.details["faults"] == [{"path": f.path, "code": f.code, "hint": f.hint} for f in faults]
        grave = [fault.code for fault in faults if fault.code != "input.invalid"]
        assert error.code == (grave[0] if grave else "input.invalid")

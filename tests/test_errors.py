"""Errors are values: they compare, pickle, say which rule said no, and tell nothing of anybody."""

import pickle
import re
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
from kwiga_orders.sentences import SENTENCES
from tests.test_reference import SOURCE, codes_raised

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
    """The text is a sentence: subject, fact, rule, with the values that matter, and the code behind it (K5)."""

    @given(error=any_error())
    def test_has_the_code(self, error: KwigaOrdersError) -> None:
        """Whoever searches for a code finds the error; `repr` has everything, for programs."""
        assert error.code in str(error)
        assert all(repr(value) in repr(error) for value in error.details.values())

    @pytest.mark.parametrize(
        ("error", "text"),
        [
            (Refused("order.last_line", order=7), "order 7 has one line, and keeps at least one (order.last_line)"),
            (Refused("order.last_line"), "the order has one line, and keeps at least one (order.last_line)"),
            (NotFound("order", "o1"), "there is no such order in this project (not_found)"),
            (
                Conflict("order.conflict", order=7, expected=2, found=3),
                "order 7 is at version 3, and the command is based on version 2 (order.conflict)",
            ),
            (
                Refused("status.in_use", funnel="vip", status="new", orders=[1, 2], rules=[]),
                "status new of funnel vip holds orders 1, 2: say where they go (status.in_use)",
            ),
            (
                Refused("status.in_use", funnel="vip", status="new", orders=list(range(1, 9)), rules=[]),
                "status new of funnel vip holds orders 1, 2, 3, 4, 5 and 3 more: say where they go (status.in_use)",
            ),
            (
                Refused("refund.exceeds_paid", payment="o1.1", asked="2.00", left="1.00", paid="9.00", currency="UAH"),
                "payment o1.1 cannot be refunded by 2.00 UAH: 1.00 of 9.00 UAH is left (refund.exceeds_paid)",
            ),
            (
                InvalidInput([Fault(path="lines.0.price", code="input.invalid", hint="is required")]),
                "the input does not have the form it should: lines.0.price (is required) (input.invalid)",
            ),
            (Refused("x.y", unmet=[{"code": "test", "have": None}]), "x.y: unmet=test"),
            (Refused("x.y"), "x.y"),
        ],
    )
    def test_examples(self, error: KwigaOrdersError, text: str) -> None:
        """The fullest sentence that the values fill; a host's own code with its values."""
        assert str(error) == text

    def test_no_contact_is_named(self) -> None:
        """K5: the id of a contact may be an address; it is in the details, and not in the text."""
        assert "olena" not in str(NotFound("contact", "olena@example.com"))

    @pytest.mark.parametrize("code", SENTENCES)
    def test_sentences_are_sentences(self, code: str) -> None:
        """In lower case, one sentence each, the last of a code without values, and no word that says nothing."""
        sentences = SENTENCES[code]
        assert "{" not in sentences[-1]
        for text in sentences:
            assert text[:1].islower() or text.startswith("{")
            assert not text.endswith(".")
            assert not re.search(r"\b(invalid|error|please|occurred|told|tells)\b", text)

    def test_every_code_has_its_sentence(self) -> None:
        """Every code that is raised anywhere in the source stands in the table."""
        raised = {code for path in SOURCE.rglob("*.py") for code in codes_raised(path.read_text(encoding="utf-8"))}
        assert raised - set(SENTENCES) == set()


class TestStatus:
    """What a web host answers with."""

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (InvalidInput([]), 422),
            (InvalidInput([Fault(path="", code="input.too_large")]), 413),
            (NotFound("order", "o1"), 404),
            (Refused("order.cancelled"), 409),
            (Refused("actor.not_allowed"), 403),
            (Refused("callback.not_verified"), 401),
            (Conflict("order.conflict"), 409),
            (Conflict("order.conflict", order=1, expected=2, found=3), 412),
            (AdapterFailed("store.locked"), 503),
            (Corrupt("document.unreadable"), 500),
            (KwigaOrdersError("x.y"), 500),
        ],
    )
    def test_status(self, error: KwigaOrdersError, status: int) -> None:
        """By the class, which says what to do about it, and for some by the code; the problem has all of it."""
        assert error.http_status == status
        assert error.problem() == {
            "code": error.code, "status": status, "message": str(error), "details": error.details
        }  # fmt: skip


class TestInvalidInput:
    """All faults of a document at once, each with its path."""

    def test_at_most_a_hundred(self) -> None:
        """K5: a hundred are told, with how many there are; so it is after a journey."""
        faults = [Fault(path=str(n), code="input.invalid") for n in range(101)]
        for error in (InvalidInput(faults), pickle.loads(pickle.dumps(InvalidInput(faults)))):
            assert (error.faults, error.count, error.details["count"]) == (tuple(faults[:100]), 101, 101)
        assert InvalidInput(faults[:100]).count == 100
        assert "count" not in InvalidInput(faults[:100]).details

    @given(faults=st.lists(FAULTS))
    def test_keeps_every_fault(self, faults: list[Fault]) -> None:
        """As values in `faults`, as plain data in `details`; the gravest gives the code."""
        error = InvalidInput(faults)

        assert error.faults == tuple(faults)
        assert error.details["faults"] == [{"path": f.path, "code": f.code, "hint": f.hint} for f in faults]
        grave = [fault.code for fault in faults if fault.code != "input.invalid"]
        assert error.code == (grave[0] if grave else "input.invalid")

"""The laws that ship to hosts hold on the true rules, in a plain school and in one within a transaction of a host."""

import pytest

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.project import Project
from kwiga_orders.testing import laws
from kwiga_orders.testing.laws.law import Met
from kwiga_orders.testing.school import School
from tests.effort import is_thorough
from tests.hosts import in_memory

# what is tried here on each change need not be all that a host tries on each release
EXAMPLES = None if is_thorough() else 16
CHAPTERS = [one for one in laws.CHAPTERS if one is not laws.CaseLaws]

for _chapter in CHAPTERS:
    _fields = {"examples": EXAMPLES, "__doc__": _chapter.__doc__, "__module__": __name__}
    globals()[f"Test{_chapter.__name__}"] = type(f"Test{_chapter.__name__}", (_chapter,), _fields)


class TestStories(laws.CaseLaws):
    """The case files, on a store of the host's own; here those of one chapter, since all are run elsewhere."""

    __test__ = False


def test_stories_are_played_on_a_store() -> None:
    """A chapter of them is a test."""
    tests = [name for name in vars(TestStories) if name.startswith("test_stories_of_")]
    assert len(tests) >= 13
    TestStories().test_stories_of_quickstart()  # type: ignore[attr-defined]


class Vacuous(laws.Laws):
    """A chapter with a law that never meets its case."""

    @laws.law("T1")
    def test_nothing(self, *given: Met) -> None:
        """It is about nothing."""
        given[-1](False)


class TestVacuous(Vacuous):
    """As a host would run it."""

    __test__ = False


def test_a_law_whose_case_was_never_met_fails() -> None:
    """The error names the rule of the law."""
    with pytest.raises(AssertionError, match="T1: no example met the case"):
        TestVacuous().test_nothing()


def tokyo() -> School:
    """A school far away, whose money has no cents."""
    return School(project=Project(id="tokyo", timezone="Asia/Tokyo", currency="JPY"))


class TestFarAway(laws.TimeLaws):
    """A school of the host's own, in another zone and currency."""

    school, examples = tokyo, 3


def test_it_says_how_often_its_case_was_met(capsys: pytest.CaptureFixture[str]) -> None:
    """The report shows that a law was really tried."""
    TestFarAway().test_a_window_is_half_open()  # type: ignore[call-arg]

    assert capsys.readouterr().out == "T4: the case was met 3 times in 3 examples\n"


def hosted() -> School:
    """Give a school in a transaction that a host has begun and never ends."""
    return School(store=SqlOrderStore.within(in_memory()))


class TestKeepingWithin(laws.KeepingLaws):
    """K, O10, V5, N2, within a transaction of the host."""

    school, examples = hosted, EXAMPLES


if is_thorough():
    # what else the rules say is the same on every store
    class TestPaymentsWithin(laws.PaymentLaws):
        """P, O3, O12, within a transaction of the host."""

        school = hosted

    class TestFunnelsWithin(laws.FunnelLaws):
        """F, within a transaction of the host."""

        school = hosted

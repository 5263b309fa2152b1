"""How a law is written, and run on a school of the host's own.

    class TestMyAccess(AccessLaws):
        school = my_school

A law is a function of a desk, of what it draws, and of a counter: it says each time it met the case it is about. A law
whose case was never met fails: a test that asserts nothing must not pass. How often it was met is printed, which
`pytest -rP` shows, and is among the statistics of hypothesis.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar

from kwiga_orders.extras import extra
from kwiga_orders.testing.laws.desk import Desk
from kwiga_orders.testing.school import School

with extra("testing"):
    from hypothesis import HealthCheck, Phase, event, given, settings
    from hypothesis import strategies as st

__all__ = ["Draw", "Law", "Laws", "Met", "law", "laws_of"]

T = TypeVar("T")


class Draw(Protocol):
    """Draw a value; the label names it in the report of a failure."""

    def __call__(self, strategy: st.SearchStrategy[T], label: str | None = None, /) -> T:
        """Draw from a strategy."""
        ...


class Met:
    """How often the interesting case of a law was met, in how many examples."""

    def __init__(self) -> None:
        self.count = self.examples = 0

    def __call__(self, is_met: bool = True, /) -> None:  # noqa: FBT001, FBT002 - read as "met(that)"
        """Count a case, if it is the interesting one."""
        self.count += is_met

    def __str__(self) -> str:
        return f"the case was met {self.count} times in {self.examples} examples"


Law = Callable[..., None]
"""A method of its chapter, whichever that is, of a desk, what it draws, and what it met."""

F = TypeVar("F", bound=Law)


def law(rule: str, *, once: bool = False) -> Callable[[F], F]:
    """Mark a function as a law of that rule, such as "A6". One that draws nothing is tried `once`."""

    def mark(function: F) -> F:
        # the mark lies on the function itself, so that a chapter which inherits it has it too
        function.__dict__.update(rule=rule, once=once)
        return function

    return mark


class Laws:
    """A chapter of laws. A class of your own that inherits it and names a `school` runs them all on that school.

    `school` makes a fresh one each time: project, courses, offers, contacts. Without it a plain one is used. `examples`
    says how many examples are drawn for each law; None leaves that to the profile of hypothesis. In the folder `cases`
    the least example of a law that fails is written as a case file.
    """

    school: ClassVar[Callable[[], School]] = School
    examples: ClassVar[int | None] = None
    cases: ClassVar[Path | None] = None
    __test__ = False

    def __init_subclass__(cls) -> None:
        """Make a test of each law, so that no two classes share one."""
        super().__init_subclass__()
        # a plain function in a class would be taken for a method, and get the test as its first argument
        if not isinstance(cls.__dict__.get("school"), type | staticmethod | None):
            cls.school = staticmethod(cls.__dict__["school"])
        if "__test__" not in cls.__dict__:
            cls.__test__ = cls.__name__.startswith("Test")
        if cls.__name__.startswith("Test"):
            # only a class of tests gets tests; a chapter in between may be inherited without running twice
            for name, function in laws_of(cls).items():
                setattr(cls, name, _test_of(function))


def laws_of(chapter: type[Laws]) -> dict[str, Law]:
    """Give the laws of a chapter by name, inherited ones included."""
    found: dict[str, Law] = {}
    # the oldest first, so that a chapter may put a law of its own in the place of one that it inherits
    for each in reversed(chapter.__mro__):
        found |= {name: one for name, one in vars(each).items() if hasattr(one, "rule")}
    return found


def _test_of(function: Law) -> Callable[[Laws], None]:
    """Make a test of a law: drawn again and again, and not passed unless its case was met."""
    rule, is_once = function.__dict__["rule"], function.__dict__["once"]

    def test(self: Laws) -> None:
        met = Met()

        def run(data: st.DataObject) -> None:
            before = met.count
            met.examples += 1
            desk = Desk(type(self).school())
            try:
                function(self, desk, data.draw, met)
            except AssertionError:
                # hypothesis plays the least example last, so that is the one which stays
                _write(type(self), rule, desk, function)
                raise
            event(f"{rule}: the case was {'met' if met.count > before else 'not met'}")

        # the name tells laws apart in the database of examples
        run.__name__ = f"{type(self).__name__}_{function.__name__}"
        # a school is made anew for each example, on machines of every kind: how long that takes says nothing
        easy = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
        examples = type(self).examples
        if examples is not None:
            easy = settings(easy, max_examples=examples)
        # what draws nothing is the same each time: one run says all there is to know
        if is_once:
            easy = settings(easy, max_examples=1, phases=[Phase.generate], database=None)
        easy(given(data=st.data())(run))()
        test.__dict__["met"] = f"{rule}: {met}"
        sys.stdout.write(f"{rule}: {met}\n")
        assert met.count, f"{rule}: no example met the case that this law is about"

    test.__name__, test.__doc__ = function.__name__, function.__doc__
    test.__qualname__, test.__module__ = function.__qualname__, function.__module__
    return test


def _write(chapter: type[Laws], rule: str, desk: Desk, function: Law) -> None:
    """Write what happened in an example as a case file, if the host names a folder for them."""
    if chapter.cases is not None and desk.school.told.steps:
        title = f"{rule}: {(function.__doc__ or function.__name__).splitlines()[0]}"
        path = chapter.cases / f"{function.__name__}.case.json"
        path.write_text(desk.school.case(title[:300], rules=(rule,)), encoding="utf-8")

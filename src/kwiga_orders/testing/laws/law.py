"""How laws are written, and how they run on a host's own school.

    class TestMyAccess(AccessLaws):
        school = my_school

A law is a function with a desk, a function to draw values, and a counter that it calls whenever the interesting case
occurred. A law whose case never occurred fails, because a test that checks nothing must not pass. The count is printed
(see `pytest -rP`), and is among the statistics of hypothesis.
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
    """Draw a value; reports of failures show the label."""

    def __call__(self, strategy: st.SearchStrategy[T], label: str | None = None, /) -> T:
        """Draw from a strategy."""
        ...


class Met:
    """Counts how often the interesting case of a law occurred, and in how many examples."""

    def __init__(self) -> None:
        self.count = self.examples = 0

    def __call__(self, is_met: bool = True, /) -> None:  # noqa: FBT001, FBT002 - read as "met(that)"
        """Count the case if the condition is true."""
        self.count += is_met

    def __str__(self) -> str:
        return f"the case was met {self.count} times in {self.examples} examples"


Law = Callable[..., None]
"""A method of a chapter with a desk, a draw function and a counter."""

F = TypeVar("F", bound=Law)


def law(rule: str, *, once: bool = False) -> Callable[[F], F]:
    """Mark a function as a law of a rule, such as "A6". A law that draws nothing runs `once`."""

    def mark(function: F) -> F:
        # the mark is on the function itself, so a chapter that inherits the law has it, too
        function.__dict__.update(rule=rule, once=once)
        return function

    return mark


class Laws:
    """A chapter of laws. A test class that inherits it and sets `school` runs all its laws on that school.

    `school` makes a new school each time, with project, courses, offers and contacts; by default a plain one.
    `examples` is the number of examples for each law; None leaves it to the profile of hypothesis. If a law fails, its
    smallest example is written as a case file to the folder `cases`.
    """

    school: ClassVar[Callable[[], School]] = School
    examples: ClassVar[int | None] = None
    cases: ClassVar[Path | None] = None
    __test__ = False

    def __init_subclass__(cls) -> None:
        """Make a test for each law, so that no two classes share one."""
        super().__init_subclass__()
        # a plain function in a class would become a method and get the test as its first argument
        if not isinstance(cls.__dict__.get("school"), type | staticmethod | None):
            cls.school = staticmethod(cls.__dict__["school"])
        if "__test__" not in cls.__dict__:
            cls.__test__ = cls.__name__.startswith("Test")
        if cls.__name__.startswith("Test"):
            # only classes named Test… get tests, so that an intermediate chapter does not run twice
            for name, function in laws_of(cls).items():
                setattr(cls, name, _test_of(function))


def laws_of(chapter: type[Laws]) -> dict[str, Law]:
    """Give the laws of a chapter by name, including inherited ones."""
    found: dict[str, Law] = {}
    # base classes first, so that a chapter can override an inherited law
    for each in reversed(chapter.__mro__):
        found |= {name: one for name, one in vars(each).items() if hasattr(one, "rule")}
    return found


def _test_of(function: Law) -> Callable[[Laws], None]:
    """Make the test of a law: it runs on many examples, and fails if the case never occurred."""
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
                # hypothesis runs the smallest example last, so that one remains
                _write(type(self), rule, desk, function)
                raise
            event(f"{rule}: the case was {'met' if met.count > before else 'not met'}")

        # the name tells laws apart in hypothesis' database of examples
        run.__name__ = f"{type(self).__name__}_{function.__name__}"
        # each example makes a new school, so the time says nothing about the law
        easy = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
        examples = type(self).examples
        if examples is not None:
            easy = settings(easy, max_examples=examples)
        # a law that draws nothing is the same each time, so it runs once
        if is_once:
            easy = settings(easy, max_examples=1, phases=[Phase.generate], database=None)
        easy(given(data=st.data())(run))()
        test.__dict__["met"] = f"{rule}: {met}"
        sys.stdout.write(f"{rule}: {met}\n")
        assert met.count, f"{rule}: no example met the case that this law is about"

    # the pytest plugin marks the test by it; not `rule`, which is on laws only (`laws_of`)
    test.__dict__["law_of"] = rule
    test.__name__, test.__doc__ = function.__name__, function.__doc__
    test.__qualname__, test.__module__ = function.__qualname__, function.__module__
    return test


def _write(chapter: type[Laws], rule: str, desk: Desk, function: Law) -> None:
    """Write what happened in an example as a case file, if the host sets a folder for them."""
    if chapter.cases is not None and desk.school.told.steps:
        title = f"{rule}: {(function.__doc__ or function.__name__).splitlines()[0]}"
        path = chapter.cases / f"{function.__name__}.case.json"
        path.write_text(desk.school.case(title[:300], rules=(rule,)), encoding="utf-8")

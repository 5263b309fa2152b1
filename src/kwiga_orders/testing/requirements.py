"""What a suite requires of an adapter, and what an adapter lacks, with the reason.

    class TestMyStore(OrderStoreContract):
        lacks = {"durable": "a cache of one process"}

Tests that need what is lacking are not collected; what is lacking, and why, is shown by `pytest -v`. Nothing is skipped
halfway through a test, so a suite that is green has run whole.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import ClassVar, TypeVar

from kwiga_orders.extras import extra

with extra("testing"):
    from hypothesis import HealthCheck, settings

__all__ = ["Requiring", "requires"]

F = TypeVar("F", bound=Callable[..., object])


def requires(name: str) -> Callable[[F], F]:
    """Mark a test of a suite as one that needs something which not every adapter has."""

    def mark(function: F) -> F:
        function.__dict__["required"] = name
        return function

    return mark


class Requiring:
    """A suite some of whose tests need what not every adapter has.

    `lacks` says what the adapter lacks, by the names in `requirements`, and why; None: it has it after all, whatever
    the class that it inherits said. `examples` says how many examples are drawn for each property; None leaves that to
    the profile of hypothesis.
    """

    requirements: ClassVar[Mapping[str, str]] = {}
    lacks: ClassVar[Mapping[str, str | None]] = {}
    examples: ClassVar[int | None] = None

    def __init_subclass__(cls) -> None:
        """Leave out the tests that need what is lacking.

        Raises:
            TypeError: if something is lacking that is not required, or without a reason.
        """
        super().__init_subclass__()
        for name, reason in vars(cls).get("lacks", {}).items():
            if name not in cls.requirements or reason == "":
                known = ", ".join(sorted(cls.requirements))
                raise TypeError(f"{cls.__name__}.lacks: {name!r} needs a reason, and is one of: {known}")
        missing = cls.lacking()
        named = (name for each in cls.__mro__ for name in vars(each) if name.startswith("test_"))
        # In one order in every process: pytest collects in it, and xdist holds its workers to be equal.
        for name in dict.fromkeys(named):
            # the first of that name in any class, since a class in between may have left it out
            found = (vars(each).get(name) for each in cls.__mro__)
            test = next(one for one in found if one is not None)
            setattr(cls, name, None if getattr(test, "required", None) in missing else test)

    @classmethod
    def lacking(cls) -> Mapping[str, str]:
        """Give what the adapter lacks, with the reasons: what this class says of it, else those that it inherits."""
        said = {name: why for each in reversed(cls.__mro__) for name, why in vars(each).get("lacks", {}).items()}
        return {name: why for name, why in said.items() if why is not None}

    def test_what_it_lacks(self, record_property: Callable[[str, object], None]) -> None:
        """Whatever is lacking is shown with its reason, and with how many tests need it."""
        for name, why in self.lacking().items():
            tests = [one for one in _tests_of(type(self)) if one.__dict__.get("required") == name]
            # a property may be tried without what is lacking, and then no test is missing
            record_property("lacks", f"{name} ({len(tests)} tests): {why}")

    def trying(self) -> settings:
        """Give how properties are tried: with the `examples` of the class, or as many as the profile says."""
        # how long a store takes says nothing of whether it is right
        easy = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
        return easy if self.examples is None else settings(easy, max_examples=self.examples)


def _tests_of(suite: type[Requiring]) -> list[Callable[..., object]]:
    """Give the tests that the suite would have if nothing was lacking."""
    found: dict[str, Callable[..., object]] = {}
    for each in reversed(suite.__mro__):
        found |= {name: one for name, one in vars(each).items() if name.startswith("test_") and inspect.isfunction(one)}
    return list(found.values())

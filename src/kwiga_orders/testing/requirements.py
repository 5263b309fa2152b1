"""What a suite requires of an adapter, and what an adapter lacks, with reasons.

    class TestMyStore(OrderStoreContract):
        lacks = {"durable": "a cache of one process"}

Tests that need a missing feature are not collected; `pytest -v` shows what is missing and why. No test is skipped
halfway, so a green suite has run completely.
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
    """Mark a test of a suite as one that needs an optional feature of adapters."""

    def mark(function: F) -> F:
        function.__dict__["required"] = name
        return function

    return mark


class Requiring:
    """A suite with tests that need optional features of adapters.

    `lacks` names missing features of `requirements` with a reason each; None means that the adapter has the feature
    after all, unlike its base class. `examples` is the number of examples for each property; None leaves it to the
    profile of hypothesis.
    """

    requirements: ClassVar[Mapping[str, str]] = {}
    lacks: ClassVar[Mapping[str, str | None]] = {}
    examples: ClassVar[int | None] = None

    def __init_subclass__(cls) -> None:
        """Remove the tests that need a missing feature.

        Raises:
            TypeError: if `lacks` has an unknown feature, or one without a reason.
        """
        super().__init_subclass__()
        for name, reason in vars(cls).get("lacks", {}).items():
            if name not in cls.requirements or reason == "":
                known = ", ".join(sorted(cls.requirements))
                raise TypeError(f"{cls.__name__}.lacks: {name!r} needs a reason, and is one of: {known}")
        missing = cls.lacking()
        named = (name for each in cls.__mro__ for name in vars(each) if name.startswith("test_"))
        # The same order in every process, because pytest collects in it and xdist compares its workers.
        for name in dict.fromkeys(named):
            # the first definition in any class, because a class in between may have removed it
            found = (vars(each).get(name) for each in cls.__mro__)
            test = next(one for one in found if one is not None)
            setattr(cls, name, None if getattr(test, "required", None) in missing else test)

    @classmethod
    def lacking(cls) -> Mapping[str, str]:
        """Give the missing features with their reasons; this class overrides its base classes."""
        said = {name: why for each in reversed(cls.__mro__) for name, why in vars(each).get("lacks", {}).items()}
        return {name: why for name, why in said.items() if why is not None}

    def test_what_it_lacks(self, record_property: Callable[[str, object], None]) -> None:
        """Every missing feature is shown with its reason, and with the number of tests that need it."""
        for name, why in self.lacking().items():
            tests = [one for one in _tests_of(type(self)) if one.__dict__.get("required") == name]
            # a property may run partly without the feature, and then no test is missing
            record_property("lacks", f"{name} ({len(tests)} tests): {why}")

    def trying(self) -> settings:
        """Give the settings for properties: with the `examples` of the class, or as in the profile."""
        # the time a store takes says nothing about correctness
        easy = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
        return easy if self.examples is None else settings(easy, max_examples=self.examples)


def _tests_of(suite: type[Requiring]) -> list[Callable[..., object]]:
    """Give the tests that the suite would have if no feature were missing."""
    found: dict[str, Callable[..., object]] = {}
    for each in reversed(suite.__mro__):
        found |= {name: one for name, one in vars(each).items() if name.startswith("test_") and inspect.isfunction(one)}
    return list(found.values())

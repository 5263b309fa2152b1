"""Runs a suite that ships on a bad adapter, in this process: which of its tests tell it."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import product
from typing import Any

from hypothesis import Phase, settings

__all__ = ["told_by"]

Fixtures = Callable[[], AbstractContextManager[Mapping[str, object]]]
"""Opens whatever tests ask for, by the names of their parameters, anew for each test."""


def told_by(suite: type, fixtures: Fixtures, *, only: Sequence[str] = ()) -> dict[str, BaseException]:
    """Give the tests that fail, each with the first thing that went wrong; `only` those that are named are run."""
    told: dict[str, BaseException] = {}
    before = settings.get_current_profile_name()
    # what matters is that a property fails, not by which example: nothing is made smaller
    settings.register_profile(
        "telling", settings(), derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
    )
    settings.load_profile("telling")
    try:
        for name in only or [one for one in dir(suite) if one.startswith("test_")]:
            test = getattr(suite, name)
            problem = None if test is None else next(_problems(suite, test, fixtures), None)
            if problem is not None:
                told[name] = problem
    finally:
        settings.load_profile(before)
    return told


def _problems(suite: type, test: Callable[..., None], fixtures: Fixtures) -> Iterator[BaseException]:
    """Run a test with each of its parameters; give what it raises."""
    wanted = inspect.signature(test).parameters.keys() - {"self"}
    for values in _parameters(test):
        # opened for each, as pytest does
        with fixtures() as given:
            needed = {name: given[name] for name in wanted - values.keys()}
            try:
                test(suite(), **needed, **values)
            except KeyboardInterrupt:
                raise
            # pytest's own failures are no exceptions
            except BaseException as problem:
                yield problem


def _parameters(test: Callable[..., None]) -> Iterator[dict[str, Any]]:
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    choices = [[_named(mark.args[0], getattr(values, "values", values)) for values in mark.args[1]] for mark in marks]
    for chosen in product(*choices):
        yield {name: value for one in chosen for name, value in one.items()}


def _named(names: str | Sequence[str], values: Any) -> dict[str, Any]:
    if isinstance(names, str) and "," not in names:
        return {names: values[0] if type(values).__name__ == "ParameterSet" else values}
    split = [one.strip() for one in names.split(",")] if isinstance(names, str) else names
    return dict(zip(split, values, strict=True))

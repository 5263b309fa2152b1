"""How hard the property tests try: a little by default, a lot with `--hypothesis-profile=thorough`.

By default the examples are the same each time, so a change is to blame for what fails; `thorough` draws new ones.
"""

import pytest
from hypothesis import HealthCheck, Phase, settings

# Machines differ, so no property test has a deadline and none fails because its data was slow to make.
_EASY_GOING = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("default", _EASY_GOING, max_examples=50, stateful_step_count=20, derandomize=True)
settings.register_profile("thorough", _EASY_GOING, max_examples=2000, stateful_step_count=60)
# The same examples each time, none of them made smaller: what matters is that a mutant fails, not how. The tests run
# again and again in one process, where a class of tests is each time another object.
settings.register_profile(
    "mutation",
    _EASY_GOING,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("default")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let mutants meet the examples first: a property takes a hundred times as long to tell."""
    if settings.get_current_profile_name() == "mutation":
        items.sort(key=lambda item: item.get_closest_marker("hypothesis") is not None)

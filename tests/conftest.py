"""How hard the property tests try: a little by default, a lot with `--hypothesis-profile=thorough`."""

from hypothesis import HealthCheck, settings

# Machines differ, so no property test has a deadline and none fails because its data was slow to make.
_EASY_GOING = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("default", _EASY_GOING, max_examples=50, stateful_step_count=20)
settings.register_profile("thorough", _EASY_GOING, max_examples=2000, stateful_step_count=60)
settings.load_profile("default")

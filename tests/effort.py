"""How long the tests that only take time try: shortly in `make test`, long with `--hypothesis-profile=thorough`."""

from hypothesis import settings

__all__ = ["is_thorough", "times"]


def is_thorough() -> bool:
    """Tell whether the long forms are asked for."""
    return settings.get_current_profile_name() == "thorough"


def times(short: int, long: int) -> int:
    """Give how often to try."""
    return long if is_thorough() else short

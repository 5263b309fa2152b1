"""Names that moved to another module: the old module still gives them, with a warning, until the next edition."""

import warnings
from collections.abc import Callable, Mapping
from importlib import import_module

__all__ = ["answers_for"]


def answers_for(module: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Give the `__getattr__` of a module whose names have moved; `homes` maps each to its module, or `module:name`."""

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        home, _, renamed = homes[name].partition(":")
        # `stacklevel=3` names the module that uses the old name.
        warnings.warn(f"{module}.{name} is now {home}.{renamed or name}", DeprecationWarning, stacklevel=3)
        value: object = getattr(import_module(home), renamed or name)
        return value

    return get

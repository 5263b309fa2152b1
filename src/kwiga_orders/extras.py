"""The optional dependencies: a missing one is an error that names the extra and the command that installs it.

A module that needs an extra imports its packages inside `with extra("sql"):`. There is no other list of extras than the
one in pyproject, and a test compares the wheel with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from kwiga_orders.errors import AdapterFailed

__all__ = ["MissingExtra", "extra"]


class MissingExtra(AdapterFailed, ImportError):
    """An optional dependency is not installed; `details` has the `extra`, the `module` and the `command` to install it.

    It is an `ImportError` too, so `try: import … except ImportError` works as for any optional dependency.
    """

    def __str__(self) -> str:
        missing, command = self.details["module"], self.details["command"]
        return f"the extra {self.details['extra']!r} is not installed ({missing} is missing): {command}"


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Import packages of an extra, or anything that imports them.

    Raises:
        MissingExtra: `extra.missing` if one of them is not installed.
    """
    try:
        yield
    # an inner `extra` has already named the missing one
    except MissingExtra:
        raise
    except ImportError as failed:
        # Only the top-level package, because that is what pip installs.
        module = (failed.name or str(failed)).partition(".")[0]
        if module == "kwiga_orders":  # our own bug, which no extra solves
            raise
        raise MissingExtra(
            "extra.missing", extra=name, module=module, command=f"pip install 'kwiga-orders[{name}]'"
        ) from failed

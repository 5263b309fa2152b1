"""The optional dependencies: a missing one is an error that names the extra and the command that installs it.

A module that needs an extra imports its packages inside `with extra("sql"):`. Nothing else knows which extras exist:
pyproject lists them, and a test holds the wheel to that list.
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
    # an extra inside another one knows better which is missing
    except MissingExtra:
        raise
    except ImportError as failed:
        # The top-level package is what pip installs; which module of it is missing helps nobody.
        module = (failed.name or str(failed)).partition(".")[0]
        if module == "kwiga_orders":  # a mistake of ours, which no extra mends
            raise
        raise MissingExtra(
            "extra.missing", extra=name, module=module, command=f"pip install 'kwiga-orders[{name}]'"
        ) from failed

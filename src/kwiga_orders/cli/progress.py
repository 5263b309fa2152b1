"""A progress bar on a terminal, if the extra `cli` is installed; files and pipes get none."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

__all__ = ["Advance", "progress"]

Advance = Callable[[int], None]
"""Called with the number of items done since the last call."""


@contextmanager
def progress(what: str, *, total: int | None) -> Iterator[Advance]:
    """Show a bar while the block runs; without a total it shows only the number of items done."""
    # no bar in files and pipes, where its control sequences would be written
    if not sys.stderr.isatty() or find_spec("rich") is None:  # the work matters, not the bar
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=total)
        yield lambda more: shown.advance(task, more)

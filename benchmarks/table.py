"""Measuring side by side: ours, a floor written by hand, and peers, in interleaved rounds of one run.

Machines differ and are noisy, so ratios count: each round measures everything once, in turn, and the median over the
rounds is printed. Time is processor time, so that a busy machine disturbs little. Absolute times are only shown, and
not promised.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import process_time
from timeit import Timer

import attrs

__all__ = ["HEAD", "Measured", "Round", "Work", "importing", "looping", "measured", "printed", "row"]

HEAD = ("what", "ours", "floor", "peers", "ratio", "goal", "met")
"""The columns of the table."""

Round = Callable[[], float]
"""One round of measuring; gives the seconds for one piece of work."""


@attrs.frozen(kw_only=True)
class Work:
    """A piece of our work, its floor, and how many times slower than the floor it may be.

    `goal` None: only shown. `peers` are other libraries that do the same, each with how many times slower than ours it
    should be at least, or None. `why` explains a goal that is known to be missed. `rounds` is the number of rounds.
    """

    topic: str
    ours: Round
    floor: Round
    goal: float | None
    peers: Mapping[str, tuple[Round, float | None]] = attrs.field(factory=dict)
    why: str = ""
    rounds: int = 15


@attrs.frozen(kw_only=True)
class Measured:
    """The result: seconds, the ratio to the floor, and the ratios of peers to ours."""

    work: Work
    ours: float
    floor: float
    ratio: float
    peers: Mapping[str, float]

    @property
    def is_met(self) -> bool:
        """Whether every goal is met."""
        asked = ((self.peers[name], least) for name, (_, least) in self.work.peers.items() if least is not None)
        return (self.work.goal is None or self.ratio <= self.work.goal) and all(
            found >= least for found, least in asked
        )


def looping(
    function: Callable[[], object],
    *,
    pieces: int = 1,
    seconds: float = 0.01,
    clock: Callable[[], float] = process_time,
) -> Round:
    """Measure a function that does `pieces` pieces of work, called as often as fits into `seconds`."""
    timer = Timer(function, timer=clock)
    number, taken = timer.autorange()
    number = max(1, int(number * seconds / taken))
    return lambda: timer.timeit(number) / number / pieces


def importing(statement: str) -> Round:
    """Measure what a statement adds to the start of a new interpreter."""

    def round_() -> float:
        return _started(statement) - _started("pass")

    return round_


def _started(statement: str) -> float:
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(work: Work) -> Measured:
    """Measure everything once in each round, in turn, and take medians."""
    timers = {"ours": work.ours, "floor": work.floor, **{name: timer for name, (timer, _) in work.peers.items()}}
    taken: dict[str, list[float]] = {name: [] for name in timers}
    for number in range(work.rounds):
        # every second round backwards, so that nothing is always measured after the same thing
        for name in list(timers)[:: 1 if number % 2 else -1]:
            taken[name].append(timers[name]())
    ratios = {name: median(map(_ratio, times, taken["ours"])) for name, times in taken.items()}
    return Measured(
        work=work,
        ours=median(taken["ours"]),
        floor=median(taken["floor"]),
        ratio=median(map(_ratio, taken["ours"], taken["floor"])),
        peers={name: ratios[name] for name in work.peers},
    )


def _ratio(one: float, other: float) -> float:
    return one / other


def printed(results: Iterable[Measured]) -> str:
    """Give the table: what, ours, floor, peers, ratio, goal, met."""
    rows = [HEAD, *(row(one) for one in results)]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def row(one: Measured) -> Sequence[str]:
    """Give the cells of a row of the table."""
    peers = ", ".join(f"{name} {ratio:.1f} × ours{_least(one.work, name)}" for name, ratio in one.peers.items())
    goal = "" if one.work.goal is None else f"≤ {one.work.goal:g} ×"
    has_goal = one.work.goal is not None or any(least is not None for _, least in one.work.peers.values())
    met = "" if not has_goal else "yes" if one.is_met else "NO"
    return one.work.topic, _shown(one.ours), _shown(one.floor), peers, f"{one.ratio:.2f} ×", goal, met


def _least(work: Work, name: str) -> str:
    least = work.peers[name][1]
    return "" if least is None else f" (≥ {least:g})"


def _shown(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds / 1e-9:.0f} ns"

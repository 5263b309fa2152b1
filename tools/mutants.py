"""Report the mutants that survive the tests, and how many were killed in each module.

    mutmut results --all true | python tools/mutants.py

It fails if fewer than nineteen of twenty mutants of a module were killed. A mutant that never ends counts as killed,
and one that was not tried does not count.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator

LEAST = 95
"""The least percentage of killed mutants in each module."""

KILLED = {"killed", "timeout"}


def tried(results: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Read lines like `kwiga_orders.module.function__mutmut_1: outcome`; give each tried mutant with its outcome."""
    for line in results:
        mutant, _, outcome = line.strip().rpartition(": ")
        if mutant and outcome != "not checked":
            yield mutant, outcome


def main() -> int:
    """Print the surviving mutants, then a line for each module."""
    ends = list(tried(sys.stdin))
    made = Counter(mutant.split(".")[1] for mutant, _ in ends)
    killed = Counter(mutant.split(".")[1] for mutant, outcome in ends if outcome in KILLED)
    for mutant, outcome in ends:
        if outcome not in KILLED:
            print(f"{mutant}: {outcome}")
    for module in sorted(made):
        print(f"{module:10} {killed[module]:5} of {made[module]:5} killed, {100 * killed[module] / made[module]:.1f} %")
    return int(any(100 * killed[module] < LEAST * made[module] for module in made))


if __name__ == "__main__":
    sys.exit(main())

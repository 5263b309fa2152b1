"""Tell which mutants the tests let live, and how many of each module they killed.

    mutmut results --all true | python tools/mutants.py

Fails if of any module fewer than nineteen in twenty were killed. A mutant that runs for ever is killed, too; one that
was not tried does not count.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator

LEAST = 95
"""Per cent of the mutants of each module that a test must tell."""

KILLED = {"killed", "timeout"}


def tried(results: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Read `kwiga_orders.module.function__mutmut_1: outcome`, one a line: each mutant that was tried, and its end."""
    for line in results:
        mutant, _, outcome = line.strip().rpartition(": ")
        if mutant and outcome != "not checked":
            yield mutant, outcome


def main() -> int:
    """Print those that live, then a line for each module."""
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

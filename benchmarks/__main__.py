"""Run the benchmarks and print one table: `python -m benchmarks [TOPIC…]`, a topic being a script's name."""

import sys
from importlib import import_module
from pathlib import Path

from benchmarks.table import Work, measured, printed

TOPICS = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))


def works(topic: str) -> list[Work]:
    """Give what a topic's script measures."""
    found: list[Work] = import_module(f"benchmarks.bench_{topic}").works()
    return found


def main() -> None:
    """Measure the topics that are named, or all."""
    topics = sys.argv[1:] or TOPICS
    if unknown := [topic for topic in topics if topic not in TOPICS]:
        sys.exit(f"no such topic: {', '.join(unknown)}; there are {', '.join(TOPICS)}")
    print(printed(measured(work) for topic in topics for work in works(topic)))


if __name__ == "__main__":
    main()

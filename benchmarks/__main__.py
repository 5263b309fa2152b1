"""Run the benchmarks and print one table: `python -m benchmarks [TOPIC…]`, a topic being a script's name."""

import argparse
from importlib import import_module
from pathlib import Path

from benchmarks.scale import Scale
from benchmarks.table import Work, measured, printed

TOPICS = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
AT_SCALE = ("postgres", "storage")
"""The topics that are measured on stores of a size that is asked for."""


def works(topic: str, scale: Scale) -> list[Work]:
    """Give what a topic's script measures."""
    script = import_module(f"benchmarks.bench_{topic}")
    found: list[Work] = script.works(scale) if topic in AT_SCALE else script.works()
    return found


def main() -> None:
    """Measure the topics that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("topics", metavar="TOPIC", nargs="*", choices=[*TOPICS, []], help=", ".join(TOPICS))
    parser.add_argument("--orders", type=int, default=Scale().orders, help="how many orders on SQLite")
    parser.add_argument("--postgres-orders", type=int, default=Scale().on_postgres, help="how many on PostgreSQL")
    parser.add_argument("--keep", type=Path, help="a folder in which databases stay for later runs")
    given = parser.parse_args()
    scale = Scale(orders=given.orders, on_postgres=given.postgres_orders, keep=given.keep)
    try:
        results = [measured(work) for topic in given.topics or TOPICS for work in works(topic, scale)]
    finally:
        scale.close()
    print(printed(results))


if __name__ == "__main__":
    main()

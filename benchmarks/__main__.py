"""Run the benchmarks and print one table: `python -m benchmarks [TOPIC…]`, a topic being a script's name.

python -m benchmarks storage --orders 1000000 --keep FOLDER
python -m benchmarks --orders 1000000 --postgres-orders 200000 --page docs/explanation/performance.md
"""

import argparse
from importlib import import_module
from pathlib import Path
from types import ModuleType

from benchmarks.filling import tell
from benchmarks.page import page, renewed
from benchmarks.scale import Scale
from benchmarks.table import Measured, Work, measured, printed

TOPICS = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
AT_SCALE = ("import", "postgres", "storage")
"""The topics that are measured on stores of a given size."""


def script(topic: str) -> ModuleType:
    """Give the script of a topic."""
    return import_module(f"benchmarks.bench_{topic}")


def results(topic: str, scale: Scale) -> list[Measured]:
    """Run the measurements of a topic."""
    works: list[Work] = script(topic).works(scale) if topic in AT_SCALE else script(topic).works()
    found = []
    for done, work in enumerate(works):
        tell(f"measuring {topic}", done, len(works))
        found.append(measured(work))
    tell(topic, 1, 1)
    return found


def main() -> None:
    """Measure the named topics, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition(":")[0])
    parser.add_argument("topics", metavar="TOPIC", nargs="*", help=f"of {', '.join(TOPICS)}; all of them without one")
    parser.add_argument("--orders", type=int, default=Scale().orders, help="how many on SQLite")
    parser.add_argument("--postgres-orders", type=int, default=Scale().on_postgres, help="how many on PostgreSQL")
    parser.add_argument("--keep", type=Path, help="a folder in which databases of SQLite stay for later runs")
    parser.add_argument("--page", type=Path, help="a page to write on: all of it, or the rows of the topics")
    given = parser.parse_args()
    if unknown := [topic for topic in given.topics if topic not in TOPICS]:
        parser.error(f"no such topic: {', '.join(unknown)}; there are {', '.join(TOPICS)}")
    scale = Scale(orders=given.orders, on_postgres=given.postgres_orders, keep=given.keep)
    try:
        found = {topic: results(topic, scale) for topic in given.topics or TOPICS}
        server = scale.server_version
    finally:
        scale.close()
    print(printed(one for topic in found.values() for one in topic))
    if given.page is not None:
        about = {topic: script(topic).__doc__ or "" for topic in found}
        text = page(found, about, postgres=server)
        if given.topics and given.page.exists():
            text = renewed(given.page.read_text(encoding="utf-8"), found, about)
        given.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""The page of a run: the machine, the table, how each row is measured, and which goals are missed and why."""

import os
import platform
import re
import sqlite3
import sysconfig
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.table import HEAD, Measured, row

__all__ = ["page", "renewed"]

_PEERS = ("casbin", "cattrs", "cedarpy", "numpy", "polars", "py-moneyed", "pydantic", "SQLAlchemy", "stripe")
_INTRODUCTION = """\
# How fast it is, and against what

What counts are ratios, measured side by side in one run; absolute times are those of one machine, and no promise. A
**floor** is the least that anybody could do: by hand, without rules, reasons or checks. **Peers** are others that do
the same, with how many times slower than ours they were, and in brackets how many times they should be at least.

This page is written by `make bench-full`; `make bench` prints the same table of smaller stores.
"""


def page(results: Mapping[str, Sequence[Measured]], about: Mapping[str, str], *, postgres: str | None) -> str:
    """Give the page in Markdown; `about` describes how each topic is measured."""
    every = [one for topic in results.values() for one in topic]
    parts = [
        _INTRODUCTION,
        _machine(postgres),
        f"## The table\n\n{_table(every)}\n",
        "## How it is measured\n",
        *(f"### {topic.capitalize()}\n\n{_paragraphs(about[topic])}\n" for topic in results),
        f"## What is not met, and why\n\n{_missed(every)}\n",
    ]
    return "\n".join(parts)


def renewed(text: str, results: Mapping[str, Sequence[Measured]], about: Mapping[str, str]) -> str:
    """Give a page with new rows for some topics, and with the old rows for all others."""
    for topic, found in results.items():
        said = f"The rows of {topic} were measured again on {datetime.now(UTC).date()}.\n"
        text = re.sub(rf"^The rows of {topic} were measured again on .*\n", "", text, flags=re.MULTILINE)
        text = text.replace("\nPeers: ", f"\n{said}Peers: ", 1)
        for one in found:
            text = _with_row(text, one)
        section = f"### {topic.capitalize()}\n\n{_paragraphs(about[topic])}\n\n"
        text = re.sub(rf"^### {topic.capitalize()}\n.*?(?=^##)", "", text, flags=re.MULTILINE | re.DOTALL)
        text = text.replace("## What is not met", f"{section}## What is not met", 1)
    return text


def _with_row(text: str, one: Measured) -> str:
    """Replace the row of a topic, or add it at the end of the table; missed goals are listed below."""
    name, line = re.escape(one.work.topic), f"| {' | '.join(row(one))} |"
    text = re.sub(rf"^- \*\*{name}\*\*: .*\n", "", text, flags=re.MULTILINE)
    text, replaced = re.subn(rf"^\| {name} \|.*$", lambda _: line, text, flags=re.MULTILINE)
    if not replaced:
        table, others = text.split("\n\n## How it is measured", 1)
        text = f"{table}\n{line}\n\n## How it is measured{others}"
    return text if one.is_met else f"{text.rstrip()}\n- **{one.work.topic}**: {_how_far(one)}{_why(one)}\n"


def _machine(postgres: str | None) -> str:
    optimised = "--enable-optimizations" in str(sysconfig.get_config_var("CONFIG_ARGS"))
    python = f"{platform.python_implementation()} {platform.python_version()}{'' if optimised else ', not optimised'}"
    server = "" if postgres is None else f", PostgreSQL {postgres}"
    return (
        f"Measured on {datetime.now(UTC).date()}: {_processor()}, {python}, SQLite {sqlite3.sqlite_version}{server}.\n"
        f"Peers: {', '.join(_versions())}.\n"
    )


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


def _versions() -> Iterable[str]:
    for name in _PEERS:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue


def _table(results: Sequence[Measured]) -> str:
    rows = [HEAD, ["---"] * len(HEAD), *(row(one) for one in results)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _paragraphs(text: str) -> str:
    """Join the lines of each paragraph."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))


def _missed(results: Sequence[Measured]) -> str:
    missed = [one for one in results if not one.is_met]
    if not missed:
        return "Everything is met."
    return "\n".join(f"- **{one.work.topic}**: {_how_far(one)}{_why(one)}" for one in missed)


def _how_far(one: Measured) -> str:
    goal = one.work.goal
    if goal is None or one.ratio <= goal:
        return "peers are nearer than they should be"
    return f"{one.ratio:.2f} × the floor, where ≤ {goal:g} × is the goal"


def _why(one: Measured) -> str:
    return f". {one.work.why[:1].upper()}{one.work.why[1:]}" if one.work.why else "."

"""The commands of the how-to "Run the worker", in its unit of systemd and in its container, are commands that run."""

import json
import re
import shlex
from collections.abc import Sequence
from configparser import ConfigParser
from pathlib import Path

import pytest

from kwiga_orders.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "run-the-worker.md").read_text(encoding="utf-8")
HOST = """
from kwiga_orders.adapters.memory import MemoryCourses, MemoryProgress
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.project import Project
from kwiga_orders.service import Orders
from kwiga_orders.testing.school import RecordingNotifier
from kwiga_orders.worker import Hosted


def hosted(store):
    store.save_project(Project(id="p", timezone="Europe/Kyiv", currency="UAH"))
    orders = Orders(
        project="p", store=store, courses=MemoryCourses(), progress=MemoryProgress(), clock=SystemClock(),
        ids=RandomIds(),
    )
    return Hosted(orders=orders, notifier=RecordingNotifier())
"""


def block(heading: str) -> str:
    """Give what stands below a heading as text."""
    found = re.search(rf"^## {heading}\n.*?^```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def unit() -> ConfigParser:
    read = ConfigParser(interpolation=None)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string(block("systemd"))
    return read


def commands() -> list[Sequence[str]]:
    """Give what systemd and the container start, and what tells whether it is alive."""
    started, alive = re.findall(r"(?:ENTRYPOINT|CMD) (\[.*\])", block("Container"))
    return [shlex.split(unit()["Service"]["ExecStart"]), json.loads(started), json.loads(alive)]


def test_the_unit() -> None:
    """It has the sections of a service, starts again what ends, and gives it time to end what it is at."""
    read = unit()

    assert read.sections() == ["Unit", "Service", "Install"]
    assert (read["Service"]["Restart"], int(read["Service"]["TimeoutStopSec"]) > 60) == ("always", True)


@pytest.mark.parametrize("number", range(3))
def test_the_commands(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes its options; asked whether a worker is alive that never had a turn, it says no."""
    (tmp_path / "school_of_the_page.py").write_text(HOST, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    program, *given = commands()[number]
    there = {"postgresql://host/school": "sqlite:///school.db", "school.worker:hosted": "school_of_the_page:hosted"}
    asked = [there.get(one, "beats" if one.endswith("/beats") else one) for one in given]

    assert Path(program).name == "kwiga-orders"
    assert main([*asked, *(["--alive"] if "--alive" not in asked else [])]) == 1

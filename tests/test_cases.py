"""The acceptance stories, on every store that the library ships: each one goes as it is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kwiga_orders.cli.check import read_case_file
from kwiga_orders.cli.stage import SchoolStage
from kwiga_orders.cli.stores import FreshStores
from kwiga_orders.wire.case_runner import run_case
from tests import postgres
from tests.effort import is_thorough

CASES = Path(__file__).parent / "cases"
FILES = sorted(CASES.rglob("*.json"))
# The databases take turns: two neighbours of a folder tell much the same story. `thorough` runs every story on both.
SKIPPED = {} if is_thorough() else {"sqlite": set(FILES[::2]), "postgresql": set(FILES[1::2])}


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest) -> Iterator[FreshStores]:
    """Stores of each kind, a fresh one a story."""
    name = postgres.emptied() if request.param == "postgresql" else request.param
    with FreshStores.of(name) as stores:
        yield stores


def test_there_are_stories() -> None:
    """The stories came along with the tests."""
    assert len(FILES) >= 44


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_story(file: Path, stores: FreshStores) -> None:
    """A story goes as it is told, whichever store it is on."""
    with stores.fresh() as store:
        failures = run_case(read_case_file(file), SchoolStage(store=store))

    assert [str(failure) for failure in failures] == []

"""The acceptance stories, each on the embedded store and on a database: it goes as it is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kwiga_orders.cli.stores import FreshStores
from kwiga_orders.testing.case_files import cases_folder, read_case_file
from kwiga_orders.testing.stage import SchoolStage
from kwiga_orders.wire.case_runner import run_case
from tests import postgres
from tests.effort import is_thorough

CASES = cases_folder()
FILES = sorted(CASES.rglob("*.json"))
# The databases take turns: two neighbours of a folder tell much the same story. `thorough` runs every story on both.
STEP = 1 if is_thorough() else 2
PLAYED = [
    pytest.param(store, file, id=f"{store}-{file.parent.name}-{file.stem}")
    for store, files in (
        ("memory", FILES),
        ("sqlite", FILES[::STEP]),
        ("postgresql", FILES[STEP - 1 :: STEP]),
    )
    for file in files
]


@pytest.fixture(scope="module")
def stores(request: pytest.FixtureRequest) -> Iterator[FreshStores]:
    """Stores of each kind, a fresh one a story."""
    name = postgres.emptied() if request.param == "postgresql" else request.param
    with FreshStores.of(name) as stores:
        yield stores


def test_there_are_stories() -> None:
    """The stories came along with the tests."""
    assert len(FILES) >= 44


@pytest.mark.parametrize(("stores", "file"), PLAYED, indirect=["stores"])
def test_story(file: Path, stores: FreshStores) -> None:
    """A story goes as it is told, whichever store it is on."""
    with stores.fresh() as store:
        failures = run_case(read_case_file(file), SchoolStage(store=store))

    assert [str(failure) for failure in failures] == []

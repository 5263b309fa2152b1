"""What tests of SQLite begin with: a file, and a store over it that is furnished."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.testing.store_fixtures import furnish


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "school.db"


@pytest.fixture
def store(file: Path) -> Iterator[SqlOrderStore]:
    """A store that is furnished, for tests that need none of another kind."""
    with SqlOrderStore.from_url(f"sqlite:///{file}") as opened:
        furnish(opened)
        yield opened

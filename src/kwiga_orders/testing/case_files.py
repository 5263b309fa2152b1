"""The case files that ship with the library: every rule as scenarios with the expected answers.

The acceptance tests of the library run them. A host can run them on its store (`testing.laws.CaseLaws`), read them to
learn how to write down a bug as a case, and copy one as a start.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from kwiga_orders.errors import AdapterFailed
from kwiga_orders.wire import read_json
from kwiga_orders.wire.cases import Case, read_case

__all__ = ["cases_folder", "chapters", "read_case_file"]


def cases_folder() -> Path:
    """Give the folder of the case files; it has a subfolder for each chapter."""
    return Path(__file__).parent / "cases"


def chapters() -> Mapping[str, Sequence[Path]]:
    """Give the case files by chapter; chapters and files are sorted by name."""
    found: dict[str, list[Path]] = {}
    for path in sorted(cases_folder().rglob("*.json")):
        found.setdefault(path.parent.name, []).append(path)
    return found


def read_case_file(path: Path) -> Case:
    """Read a case from a file.

    Raises:
        InvalidInput: with all its faults.
        AdapterFailed: if the file cannot be read.
    """
    try:
        text = path.read_bytes()
    except OSError as problem:
        raise AdapterFailed("file.unreadable", path=str(path)) from problem
    return read_case(read_json(text))

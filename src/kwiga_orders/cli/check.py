"""Run case files and report which cases went as expected."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from kwiga_orders.cli.stores import FreshStores
from kwiga_orders.errors import AdapterFailed, InvalidInput
from kwiga_orders.testing.case_files import read_case_file
from kwiga_orders.testing.stage import SchoolStage
from kwiga_orders.wire.case_runner import run_case
from kwiga_orders.wire.cases import Case

__all__ = ["run_check"]

_PASSED, _FAILED, _UNUSABLE = 0, 1, 2


@attrs.frozen
class _Found:
    """A case and the file that it was read from."""

    path: Path
    case: Case


def run_check(paths: Sequence[str], *, store: str) -> int:
    """Run the cases of files and folders, each on a new store; print a line per case, and give the exit code.

    0: all passed. 1: a case failed. 2: a file is not a case; the other files are run nevertheless.
    """
    found = list(_read_all(paths))
    cases = [one for one in found if one is not None]
    with FreshStores.of(store) as stores:
        # Each case gets a new store, so that no case sees the data of another.
        failed = [_run(one, stores) for one in cases].count(False)
    print(f"{len(cases) - failed} passed, {failed} failed")
    # A file that is not a case is worse than a failed case, because nothing was tested.
    if len(cases) < len(found) or not found:
        return _UNUSABLE
    return _FAILED if failed else _PASSED


def _read_all(paths: Sequence[str]) -> Iterator[_Found | None]:
    """Read all files; for a file that is not a case, print all its faults and yield None."""
    for path in _files(paths):
        try:
            yield _Found(path, read_case_file(path))
        except InvalidInput as wrong:
            for fault in wrong.faults:
                print(f"{path}: {fault.path or 'document'}: {fault.code} {fault.hint}".rstrip(), file=sys.stderr)
            # K5: at most 100 are listed, with how many there are
            if wrong.count > len(wrong.faults):
                print(f"{path}: {wrong.count} faults in all", file=sys.stderr)
            yield None
        except AdapterFailed:
            print(f"{path}: cannot be read", file=sys.stderr)
            yield None


def _files(paths: Sequence[str]) -> Iterator[Path]:
    for path in map(Path, paths):
        inside = sorted(path.rglob("*.json")) if path.is_dir() else [path]
        if not inside:
            print(f"{path}: no case files", file=sys.stderr)
        yield from inside


def _run(found: _Found, stores: FreshStores) -> bool:
    with stores.fresh() as store:
        failures = run_case(found.case, SchoolStage(store=store))
    print(f"{found.path}: {found.case.title} {'ok' if not failures else 'FAILED'}")
    for failure in failures:
        print(f"    {failure}")
    return not failures

"""Faults that are planted in the rules are told by the laws that ship, and by nothing else that we have."""

from pathlib import Path

import pytest

from tests.effort import is_thorough
from tests.kit.mutants import MUTANTS, Mutant
from tools.planted import HOST, PAGE, ROOT, failed_in

FEW = {"M3": "splitting_loses", "A6": "latest_end"}
"""Tried on each change, each by the law that tells it; `thorough` and `make mutants` try all, by all laws."""


def test_every_fault_can_be_planted() -> None:
    """Its text stands once in its module, and what comes of it can be compiled."""
    for mutant in MUTANTS:
        path = ROOT / "src" / "kwiga_orders" / f"{mutant.module.replace('.', '/')}.py"
        compile(mutant.planted(path.read_text(encoding="utf-8")), str(path), "exec")


def test_there_are_enough_of_them_each_of_another_rule() -> None:
    """Thirty at least."""
    assert len(MUTANTS) >= 30
    assert len({mutant.rule for mutant in MUTANTS}) == len(MUTANTS)


def test_the_page_has_all_of_them() -> None:
    """What is shown is what was tried last (`make mutants`)."""
    page = PAGE.read_text(encoding="utf-8")
    assert [one.title for one in MUTANTS if f"| {one.rule} | {one.title} |" not in page] == []


TRIED = [one for one in MUTANTS if is_thorough() or one.rule in FEW]


@pytest.mark.parametrize("mutant", [pytest.param(one, id=one.name) for one in TRIED])
def test_it_is_told(mutant: Mutant, tmp_path: Path) -> None:
    """By a law or a story, in a process of its own."""
    host = tmp_path / "test_mine.py"
    host.write_text(HOST, encoding="utf-8")
    only = "Test" if is_thorough() else FEW[mutant.rule]

    told, said = failed_in(mutant.name, host, only=only)

    assert told is not None, said

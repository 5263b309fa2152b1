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
        source = path.read_text(encoding="utf-8")
        planted = mutant.planted(source)
        assert planted != source
        compile(planted, str(path), "exec")


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


READ = {
    "T2": "months_are_counted",
    "A6": "plain_reading",
    "P9": "refund_in_flight",
    "L6": "checkpoint_waits",
    "L3": "plain_reading",
}
"""Faults, each with the law that tells it."""
LINES = 25


@pytest.mark.parametrize("rule", READ if is_thorough() else [])
def test_a_person_reads_the_least_example(rule: str, tmp_path: Path) -> None:
    """It has a screenful of lines at most."""
    host = tmp_path / "test_mine.py"
    host.write_text(HOST, encoding="utf-8")
    (mutant,) = (one for one in MUTANTS if one.rule == rule)

    told, said = failed_in(mutant.name, host, only=READ[rule], shrinks=True)

    assert told is not None, said
    assert len(example_in(said)) <= LINES, "\n".join(example_in(said))


def example_in(said: str) -> list[str]:
    """Give the lines of the example in a report of pytest."""
    lines = [line.removeprefix("E").strip() for line in said.splitlines() if line.startswith("E  ")]
    start = next(n for n, line in enumerate(lines) if line.startswith("Failing test case"))
    rest = lines[start:]
    end = next((n for n, line in enumerate(rest) if line.startswith("You can reproduce")), len(rest))
    return [line for line in rest[:end] if line]

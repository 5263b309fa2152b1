"""Plant faults in the rules, one at a time, and see whether the shipped laws detect them.

    python tools/planted.py              all of them, onto docs/explanation/mutants.md (`make mutants`)
    python tools/planted.py P9 A6        those of these rules, in lines
    python tools/planted.py --true 20    the true rules under that many seeds

Each fault is tried in its own process, on a small school with the default 100 examples of hypothesis: first with the
laws that draw examples and, if none of them fails, with the cases. It is detected if one fails; the table shows which.
A few examples of every law come first, and the chapter of the rule before the others, because they detect most faults.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from types import CodeType, ModuleType

import attrs

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT))  # a script has only its own folder on the path

from tests.kit.mutants import MUTANTS, Mutant  # noqa: E402 - the path comes first

PAGE = ROOT / "docs" / "explanation" / "mutants.md"
JOBS, LEAST, FEW, ALL = 2, 28 / 30, 10, 100
STORIES = "Stories"

HOST = """
import os

from hypothesis import Phase, settings

from kwiga_orders.project import Project
from kwiga_orders.testing import laws
from kwiga_orders.testing.laws import Met
from kwiga_orders.testing.school import School

# none is made smaller: what matters is that a law fails, unless it is asked how that reads
examples, phases = int(os.environ["PLANTED_EXAMPLES"]), [Phase.explicit, Phase.generate]
phases += [Phase.shrink] if "PLANTED_SHRINKS" in os.environ else []
settings.register_profile("planted", max_examples=examples, database=None, phases=phases)
settings.load_profile("planted")

if examples < 100:
    # of a few examples none may be the one that a law is about, which says nothing of the fault
    Met.__init__ = lambda met: vars(met).update(count=1, examples=0)

def mine():
    return School(project=Project(id="mine", timezone="Europe/Kyiv", currency="UAH"))

# the chapter of the rule that is wrong comes first, which changes how soon it is told, and not whether
rule = os.environ.get("PLANTED_RULE", "")
for chapter in sorted(laws.CHAPTERS, key=lambda one: not one.__doc__.startswith(rule[:1])):
    name = "TestStories" if chapter is laws.CaseLaws else f"Test{chapter.__name__}"
    globals()[name] = type(name, (chapter,), {"school": mine, "__module__": __name__})
"""
"""A host's school with all laws."""


# In the process with the fault


@attrs.frozen
class Planting(MetaPathFinder):
    """Finds the module with the fault and loads it with the fault; all other modules are unchanged."""

    mutant: Mutant

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find the module that has the fault."""
        if name != f"kwiga_orders.{self.mutant.module}":
            return None
        spec = PathFinder.find_spec(name, path, target)
        assert spec is not None
        assert spec.origin is not None
        spec.loader = Planted(name, spec.origin, self.mutant)
        return spec


class Planted(SourceFileLoader):
    """Loads a module with a fault."""

    def __init__(self, name: str, path: str, mutant: Mutant) -> None:
        super().__init__(name, path)
        self.mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        """Compile the source with the fault, without any cache."""
        assert fullname == self.name
        source = self.mutant.planted(Path(self.path).read_text(encoding="utf-8"))
        return compile(source, self.path, "exec", dont_inherit=True)


def plant(name: str) -> None:
    """Plant the fault with that name; its module must not be imported yet."""
    (mutant,) = (one for one in MUTANTS if one.name == name)
    assert f"kwiga_orders.{mutant.module}" not in sys.modules, "it was imported before the fault was planted"
    sys.meta_path.insert(0, Planting(mutant))


def run(name: str, arguments: Sequence[str]) -> int:
    """Run pytest with the fault with that name; without a name, with the true rules."""
    if name:
        plant(name)
    import pytest

    return int(pytest.main([*arguments]))


# Trying faults


@attrs.frozen
class Tried:
    """The result for a fault: the law that detected it, and the chapter of cases that detected it."""

    mutant: Mutant
    law: str | None
    story: str | None


def failed_in(  # noqa: PLR0913 - how a fault is tried
    name: str, host: Path, *, only: str, seed: int = 0, examples: int = ALL, shrinks: bool = False
) -> tuple[str | None, str]:
    """Run laws with a planted fault; give the first that fails, and the output.

    With `shrinks` the output contains the smallest example that hypothesis finds.
    """
    arguments = [
        str(host), "-q", "-x", "-k", only, "-p", "no:cacheprovider", "--no-header",
        f"--tb={'short' if shrinks else 'line'}",
        # pytest's rewriting of asserts would load the library from its file, without the fault
        "--assert=plain",
        "-c", os.devnull, "--rootdir", str(host.parent), f"--hypothesis-seed={seed}", "-W", "error",
    ]  # fmt: skip
    command = [sys.executable, __file__, "--run", name, *arguments]
    place = {**os.environ, "PLANTED_RULE": name.partition("-")[0], "PLANTED_EXAMPLES": str(examples)}
    place |= {"PLANTED_SHRINKS": "yes"} if shrinks else {}
    place.pop("CI", None)
    done = subprocess.run(command, capture_output=True, text=True, cwd=host.parent, env=place, check=False)
    if done.returncode < 0:
        # it used all of its processor time: a rule that never ends is detected, too
        return "time.out", done.stdout
    found = re.search(r"^(?:FAILED|ERROR) \S*?::(?:Test)?(\w+)::(\w+)", done.stdout, re.MULTILINE)
    if done.returncode and found is None:
        # a fault that breaks the import says nothing about the laws
        raise RuntimeError(f"{name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return (None if found is None else f"{found[1]}.{found[2]}"), done.stdout


def tried(mutant: Mutant, host: Path) -> Tried:
    """Try a fault with the laws that draw examples; if none detects it, with the cases."""
    law: str | None = None
    for examples in (FEW, ALL):
        law, _ = failed_in(mutant.name, host, only=f"not {STORIES}", examples=examples)
        if law is not None:
            break
    story, _ = (None, "") if law is not None else failed_in(mutant.name, host, only=STORIES)
    return Tried(mutant, law, story)


def table(results: Iterable[Tried]) -> str:
    """Write the table of the page."""
    rows = [
        "| rule | what is wrong | told by |",
        "|---|---|---|",
    ]
    for one in results:
        told = one.law or one.story
        rows.append(f"| {one.mutant.rule} | {one.mutant.title} | {'nothing' if told is None else f'`{told}`'} |")
    return "\n".join(rows)


def written(results: Sequence[Tried], seconds: float) -> str:
    """Write the page with a new part between its marks."""
    by_laws = sum(one.law is not None for one in results)
    by_any = sum(one.law is not None or one.story is not None for one in results)
    by_stories = sum(one.story is not None for one in results)
    summary = (
        f"Of {len(results)} faults {by_any} were told: {by_laws} by laws that draw, {by_stories} more by the stories."
        f" All that took {seconds:.0f} seconds of a processor, {seconds / len(results) / 2:.1f} a fault on two."
    )
    page = PAGE.read_text(encoding="utf-8")
    made = f"<!-- made by make mutants -->\n{summary}\n\n{table(results)}\n<!-- /made -->"
    return re.sub(r"<!-- made by make mutants -->.*<!-- /made -->", lambda _: made, page, flags=re.DOTALL)


def _seconds() -> float:
    """Give the processor time used by child processes, because wall time means nothing on a busy machine."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(arguments: Sequence[str]) -> int:
    """Try faults, or the true rules."""
    if arguments[:1] == ["--run"]:
        return run(arguments[1], arguments[2:])
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(JOBS) as pool:
        host = Path(folder) / "test_mine.py"
        host.write_text(HOST, encoding="utf-8")
        if arguments[:1] == ["--true"]:
            seeds = range(1, int(arguments[1]) + 1)
            found = list(pool.map(lambda seed: failed_in("", host, only="Test", seed=seed), seeds))
            for seed, (law, said) in zip(seeds, found, strict=True):
                print(f"seed {seed}: {law or 'all hold'}", *([said] if law else []), sep="\n", flush=True)
            return int(any(law for law, _ in found))
        chosen = [one for one in MUTANTS if not arguments or one.rule in arguments]
        results: list[Tried] = []
        for one in pool.map(lambda mutant: tried(mutant, host), chosen):
            results.append(one)
            print(f"{one.mutant.name}: {one.law or one.story or 'nothing'}", flush=True)
        if not arguments:
            PAGE.write_text(written(results, _seconds()), encoding="utf-8")
        lived = [one.mutant.name for one in results if one.law is None and one.story is None]
        print(f"{len(results) - len(lived)} of {len(results)} told", *lived, sep="\n")
        return int(len(results) - len(lived) < LEAST * len(results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

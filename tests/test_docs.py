"""The docs keep their word: rules are complete and in order, each has one home and its tests, and every example runs.

`tools/rules_index.py` says what makes a home and a test of a rule.
"""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from tools.rules_index import find_homes, find_tests, rules_homed, rules_of, rules_tested

ROOT = Path(__file__).parent.parent
RULES = ROOT / "docs" / "explanation" / "rules.md"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
# Its blocks are the files of a site, which `test_docs_hosts.py` runs.
SITES = {ROOT / "docs" / "how-to" / "embed-in-django.md"}

# How many rules each chapter has; a new rule goes to the end of its chapter, a number is never reused.
CHAPTERS = {"T": 8, "M": 5, "O": 15, "P": 17, "A": 13, "L": 14, "C": 5, "F": 8, "V": 10, "N": 4, "K": 8}
NUMBERS = [f"{chapter}{number}" for chapter, count in CHAPTERS.items() for number in range(1, count + 1)]

SHOWN = re.compile(r"\s*```text\n(.*?)```", re.DOTALL)


class TestRules:
    """The page of rules and the tests say the same."""

    def test_every_rule_once_and_in_order(self) -> None:
        """The page has each rule of each chapter, in order, none twice."""
        assert rules_of(RULES.read_text(encoding="utf-8")) == NUMBERS

    def test_every_rule_has_its_test(self) -> None:
        """Every rule has a test that quotes it, and no test quotes a rule that does not exist."""
        tested = set(find_tests())

        assert sorted(tested - set(NUMBERS)) == []
        assert [rule for rule in NUMBERS if rule not in tested] == []

    def test_every_rule_has_one_home(self) -> None:
        """Every rule is defined in one place, whose docstring says so; no place is the home of an unknown rule."""
        found = find_homes()

        assert sorted(found.keys() - set(NUMBERS)) == []
        assert [rule for rule in NUMBERS if rule not in found] == []
        assert {rule: places for rule, places in found.items() if len(places) > 1} == {}

    def test_every_rule_named_in_the_code_exists(self) -> None:
        """A comment or docstring of the source cites no rule that is not there."""
        text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
        cited = re.findall(rf"\b[{''.join(CHAPTERS)}]\d{{1,2}}\b(?=[,;:)\s])", text)

        assert set(cited) - set(NUMBERS) == set()


class TestExamples:
    """What the docs show is what the library does."""

    @pytest.mark.parametrize(
        "page", [page for page in PAGES if page not in SITES], ids=lambda page: page.relative_to(ROOT).as_posix()
    )
    def test_page(self, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The Python blocks of a page run one after another, and print what the text right below shows."""
        monkeypatch.chdir(tmp_path)
        for example in Sybil([PythonCodeBlockParser()]).parse(page).examples():
            printed, shown = _run(example)
            assert shown in (None, printed), f"{page.name}:{example.line}"

    def test_tutorial_runs_twice(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever begins the tutorial anew in the same folder gets the same answers."""
        monkeypatch.chdir(tmp_path)
        page = ROOT / "docs" / "tutorial" / "first-school.md"
        for _ in range(2):
            for example in Sybil([PythonCodeBlockParser()]).parse(page).examples():
                printed, shown = _run(example)
                assert shown in (None, printed), f"{page.name}:{example.line}"

    def test_readme_shows_one(self) -> None:
        """The first page a reader meets has an example, and so one that is run."""
        assert list(Sybil([PythonCodeBlockParser()]).parse(ROOT / "README.md").examples())

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
    def test_links(self, page: Path) -> None:
        """Every relative link leads to a file of the project and, if it names one, to a heading in it."""
        assert [link for link in _links(page.read_text(encoding="utf-8")) if not _leads_somewhere(link, page)] == []


def _run(example: Example) -> tuple[str, str | None]:
    """Run a block of Python; give what it prints, and what the text block right below it shows, if there is one."""
    with redirect_stdout(io.StringIO()) as said:
        example.evaluate()
    shown = SHOWN.match(example.document.text, example.region.end)
    return said.getvalue(), None if shown is None else shown[1]


def _links(text: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:", link)]


def _leads_somewhere(link: str, page: Path) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not anchor or anchor in _anchors(target.read_text(encoding="utf-8")))


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


class TestTheChecks:
    """The checks above can fail."""

    def test_rules_of(self) -> None:
        """Only headings with a number and a title define a rule."""
        page = "### T2. Zones\n### T1. Instants\nsee T3. and\n### T3.\n#### T4. Deeper\n"

        assert rules_of(page) == ["T2", "T1"]

    @pytest.mark.parametrize(
        ("source", "rules"),
        [
            ('class TestA1:\n    """Says it."""\n    def test_it(self): ...', ["A1"]),
            ('class TestA11FreezeMovesTheEnd:\n    """Says it."""\n    async def test_it(self): ...', ["A11"]),
            ('class TestK1:\n    """Says it."""\n    test_all = Machine.TestCase', ["K1"]),
            ('def test_it():\n    """A11, A12: says it."""', ["A11", "A12"]),
            ("class TestA1:\n    def test_it(self): ...", []),
            ('class TestA1:\n    """Says it, tests nothing."""\n    def helper(self): ...', []),
            ('class TestA1x:\n    """Another name."""\n    def test_it(self): ...', []),
            ('def helper():\n    """A11: says it, tests nothing."""', []),
            ('def test_it():\n    """Tells of A11: but does not begin with it."""', []),
        ],
    )
    def test_rules_tested(self, source: str, rules: list[str]) -> None:
        """A rule counts as tested only where a test that says it stands."""
        assert list(rules_tested(source)) == rules

    @pytest.mark.parametrize(
        ("source", "homed"),
        [
            ('"""Rules.\n\nHome of A11."""', [("A11", "")]),
            (
                'def end():\n    """Give the end. Home of A10, A12 and A13."""',
                [("A10", "end"), ("A12", "end"), ("A13", "end")],
            ),
            ('class Plan:\n    def at(self):\n        """Home\n        of A7."""', [("A7", "Plan.at")]),
            ('LINES = ()\n"""Home of A1."""', [("A1", "LINES")]),
            ('def end():\n    """Give the end (A10), as the home of A10 says."""', []),
            ('# Home of A1.\nx = "Home of A2."', []),
        ],
    )
    def test_rules_homed(self, source: str, homed: list[tuple[str, str]]) -> None:
        """Only docstrings make homes: of modules, classes, functions, and the strings after constants."""
        assert list(rules_homed(source)) == homed

    def test_examples_are_run(self, tmp_path: Path) -> None:
        """A block that is wrong fails, with names kept from block to block."""
        page = tmp_path / "page.md"
        page.write_text("```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n", encoding="utf-8")
        first, second = Sybil([PythonCodeBlockParser()]).parse(page).examples()
        first.evaluate()

        with pytest.raises(AssertionError):
            second.evaluate()

    def test_what_is_shown_is_what_is_printed(self, tmp_path: Path) -> None:
        """A text block right below a block of Python is its output; elsewhere it is a text."""
        page = tmp_path / "page.md"
        page.write_text(
            "```python\nprint(1)\n```\n\n```text\n2\n```\n\n```python\nx = 1\n```\nor\n```text\n3\n```\n", "utf-8"
        )
        shows, says_nothing = Sybil([PythonCodeBlockParser()]).parse(page).examples()

        assert _run(shows) == ("1\n", "2\n")
        assert _run(says_nothing) == ("", None)

    @pytest.mark.parametrize(
        ("link", "leads"), [("page.md", True), ("#a-heading-a1", True), ("other.md", False), ("page.md#other", False)]
    )
    def test_links_are_followed(self, tmp_path: Path, link: str, *, leads: bool) -> None:
        """A link to no file, or to no heading, leads nowhere."""
        page = tmp_path / "page.md"
        page.write_text("# A heading (A1)\n", encoding="utf-8")

        assert _leads_somewhere(link, page) is leads

"""The docs keep their word: rules are complete and in order, each has its test, and every example runs.

A rule's test is a class named after it (`TestA11`, `TestA11FreezeMovesTheEnd`) whose docstring says the rule, or a
test function whose docstring begins with its number (`A11: …`, `A11, A12: …`).
"""

import ast
import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from itertools import chain
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests"
RULES = ROOT / "docs" / "explanation" / "rules.md"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]

# How many rules each chapter has; a new rule goes to the end of its chapter, a number is never reused.
CHAPTERS = {"T": 7, "M": 5, "O": 13, "P": 14, "A": 13, "L": 13, "C": 4, "F": 8, "V": 7, "N": 3, "K": 6}
NUMBERS = [f"{chapter}{number}" for chapter, count in CHAPTERS.items() for number in range(1, count + 1)]

# Rules whose tests come with later work. Exact: a rule leaves this set with its first test.
LATER: set[str] = set()

RULE_HEADING = re.compile(r"^### ([A-Z]\d+)\. \S", re.MULTILINE)
RULE_CLASS = re.compile(r"Test([A-Z]\d+)(?:_?[A-Z]\w*)?")
RULE_QUOTE = re.compile(r"([A-Z]\d+(?:, [A-Z]\d+)*): \S")
SHOWN = re.compile(r"\s*```text\n(.*?)```", re.DOTALL)


def rules_of(page: str) -> list[str]:
    """Give the rule numbers that a page of rules defines, in its order."""
    return RULE_HEADING.findall(page)


def rules_tested(source: str) -> Iterator[str]:
    """Give the rule numbers that a test file quotes: classes with a test and words, functions with a number."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and (named := RULE_CLASS.fullmatch(node.name)):
            if ast.get_docstring(node) and any(_is_test(child) for child in node.body):
                yield named[1]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(node):
            quoted = RULE_QUOTE.match(ast.get_docstring(node) or "")
            yield from quoted[1].split(", ") if quoted else ()


def _is_test(node: ast.AST) -> bool:
    """Tell whether `node` is run by pytest: a test function, or a case that hypothesis made of a state machine."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name.startswith("test_")
    return isinstance(node, ast.Assign) and ast.unparse(node.value).endswith(".TestCase")


class TestRules:
    """The page of rules and the tests say the same."""

    def test_every_rule_once_and_in_order(self) -> None:
        """The page has each rule of each chapter, in order, none twice."""
        assert rules_of(RULES.read_text(encoding="utf-8")) == NUMBERS

    def test_every_rule_has_its_test(self) -> None:
        """What is tested and what comes later are together all rules, and nothing is both."""
        sources = (path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
        tested = set(chain.from_iterable(map(rules_tested, sources)))

        assert {"unknown": tested - set(NUMBERS), "tested after all": tested & LATER} == {
            "unknown": set(),
            "tested after all": set(),
        }
        assert [rule for rule in NUMBERS if rule not in tested | LATER] == []

    def test_every_rule_named_in_the_code_exists(self) -> None:
        """A comment or docstring of the source cites no rule that is not there."""
        text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
        cited = re.findall(rf"\b[{''.join(CHAPTERS)}]\d{{1,2}}\b(?=[,;:)\s])", text)

        assert set(cited) - set(NUMBERS) == set()


class TestExamples:
    """What the docs show is what the library does."""

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
    def test_page(self, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The Python blocks of a page run one after another, and print what the text right below shows."""
        monkeypatch.chdir(tmp_path)
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

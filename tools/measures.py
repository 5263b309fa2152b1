"""Measure the promises of the code style: lengths of files, comments, private functions that are called once.

    python tools/measures.py

A function counts as called once if its file names it once outside its definition, in a call; a use in a table or a
decorator does not count. It counts as named once if its name occurs exactly once in the whole source outside
definitions, in a call or not. A comment that only switches off a check does not count.
"""

import ast
import io
import re
import statistics
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["Measures", "decisions_not_cited", "measured"]

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src"
DECISIONS = ROOT / "docs" / "explanation" / "decisions"
SWITCH = re.compile(r"#\s*(type: ignore|noqa|pragma|fmt:|---)")
ABOUT_NO_SOURCE = {"0005", "0006"}
"""Decisions about the Makefile and the tests, which are cited there."""


class Measures(NamedTuple):
    """The measures of a folder."""

    lines: int
    median: float
    longest: int
    comments: int
    private: int
    called_once: int
    named_once: int

    @property
    def share_of_comments(self) -> float:
        """The percentage of lines that are or end with a comment."""
        return 100 * self.comments / self.lines

    @property
    def share_called_once(self) -> float:
        """The percentage of private functions that are called once."""
        return 100 * self.called_once / self.private

    @property
    def share_named_once(self) -> float:
        """The percentage of private functions whose name occurs once in all files."""
        return 100 * self.named_once / self.private


def measured(folder: Path = SOURCE) -> Measures:
    """Measure the Python files of a folder."""
    lengths, comments, private, called_once = [], 0, 0, 0
    words: Counter[str] = Counter()
    defined: Counter[str] = Counter()
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        lengths.append(len(text.splitlines()))
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        comments += sum(one.type == tokenize.COMMENT and not SWITCH.match(one.string) for one in tokens)
        words.update(re.findall(r"\b_\w+", text))
        defined.update(re.findall(r"\bdef (_(?!_)\w+)", text))
        uses = list(_uses(ast.parse(text)))
        private += len(uses)
        called_once += sum(use == [True] for use in uses)
    named_once = sum(count for name, count in defined.items() if words[name] - count == 1)
    return Measures(sum(lengths), statistics.median(lengths), max(lengths), comments, private, called_once, named_once)


def _uses(tree: ast.Module) -> Iterator[list[bool]]:
    """Give, for each private function, the uses of its name in its file: True for a call, False for any other use."""
    names = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and re.match(r"_(?!_)", node.name)
    ]
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found: dict[str, list[bool]] = defaultdict(list)
    for node in ast.walk(tree):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        found[name].append(id(node) in called)
    return (found.get(name, []) for name in names)


def decisions_not_cited() -> list[str]:
    """Give the numbers of decisions that no source file cites, except those that were replaced by another one."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    cited = set(re.findall(r"\b(00\d\d)\b", " ".join(re.findall(r"decisions? 00\d\d(?:(?:,| and) 00\d\d)*", text))))
    standing = {
        path.name[:4]
        for path in DECISIONS.glob("0*.md")
        if not re.search(r"^Replaced by", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    return sorted(standing - cited - ABOUT_NO_SOURCE)


if __name__ == "__main__":
    counted = measured()
    print(f"lines                             {counted.lines}")
    print(f"longest file, median file         {counted.longest}, {counted.median:.0f} lines")
    print(f"lines with a comment              {counted.share_of_comments:.1f} %")
    print(f"private functions called once     {counted.share_called_once:.1f} % of {counted.private}")
    print(f"private functions named once      {counted.share_named_once:.1f} % of {counted.private}")
    print(f"decisions no source file cites    {', '.join(decisions_not_cited()) or 'none'}")

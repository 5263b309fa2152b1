"""The index of rules: for each number, the place that defines the rule and the tests that quote it.

A docstring with `Home of A11.` (or `Home of A11, A12.`) makes its module, class, function or constant the home of the
rule. A test quotes a rule if it is in a class named after it (`TestA11`, `TestA11FreezeMovesTheEnd`) whose docstring
says the rule, or if its docstring begins with the number (`A11: …`, `A11, A12: …`).
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

__all__ = ["RULES", "find_homes", "find_tests", "index_rows", "rules_homed", "rules_of", "rules_tested"]

ROOT = Path(__file__).parent.parent
RULES = ROOT / "docs" / "explanation" / "rules.md"

RULE_HEADING = re.compile(r"^### ([A-Z]\d+)\. \S", re.MULTILINE)
RULE_CLASS = re.compile(r"Test([A-Z]\d+)(?:_?[A-Z]\w*)?")
RULE_QUOTE = re.compile(r"([A-Z]\d+(?:, [A-Z]\d+)*): \S")
HOME = re.compile(r"\bHome of ([A-Z]\d+(?:(?:, | and )[A-Z]\d+)*)\b")


# --- what a page, a source and a test file say ---


def rules_of(page: str) -> list[str]:
    """Give the rule numbers that a page of rules defines, in the page's order."""
    return RULE_HEADING.findall(page)


def rules_homed(source: str) -> Iterator[tuple[str, str]]:
    """Give each rule with a home in a source file, and the name that the docstring belongs to; "" means the module."""
    for name, docstring in _docstrings(ast.parse(source)):
        for found in HOME.finditer(" ".join(docstring.split())):
            yield from ((rule, name) for rule in re.findall(r"[A-Z]\d+", found[1]))


def _docstrings(node: ast.AST, path: str = "") -> Iterator[tuple[str, str]]:
    """Give the docstrings of a module and of everything in it; a constant's docstring is the string after it."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield path, ast.get_docstring(node) or ""
    before: ast.AST | None = None
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _docstrings(child, f"{path}.{child.name}" if path else child.name)
        elif isinstance(before, ast.Assign | ast.AnnAssign) and (text := _text(child)):
            target = before.targets[0] if isinstance(before, ast.Assign) else before.target
            yield f"{path}.{ast.unparse(target)}" if path else ast.unparse(target), text
        before = child


def _text(node: ast.AST) -> str:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return ast.literal_eval(node.value) if is_text else ""  # type: ignore[attr-defined]


def rules_tested(source: str) -> Iterator[str]:
    """Give the rule numbers that a test file quotes: in classes with a docstring and tests, and in functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and (named := RULE_CLASS.fullmatch(node.name)):
            if ast.get_docstring(node) and any(_is_test(child) for child in node.body):
                yield named[1]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(node):
            quoted = RULE_QUOTE.match(ast.get_docstring(node) or "")
            yield from quoted[1].split(", ") if quoted else ()


def _is_test(node: ast.AST) -> bool:
    """Tell whether pytest runs `node`: a test function, or the TestCase of a state machine."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name.startswith("test_")
    return isinstance(node, ast.Assign) and ast.unparse(node.value).endswith(".TestCase")


# --- the project ---


def find_homes(source: Path = ROOT / "src" / "kwiga_orders") -> Mapping[str, list[tuple[Path, str]]]:
    """Give the homes of each rule, as a path below `source` and a name; there should be exactly one."""
    found: dict[str, list[tuple[Path, str]]] = defaultdict(list)
    for path in sorted(source.rglob("*.py")):
        for rule, name in rules_homed(path.read_text(encoding="utf-8")):
            found[rule].append((path.relative_to(source), name))
    return found


def find_tests(folder: Path = ROOT / "tests") -> Mapping[str, list[Path]]:
    """Give the test files that quote each rule, as paths below `folder`."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        for rule in dict.fromkeys(rules_tested(path.read_text(encoding="utf-8"))):
            found[rule].append(path.relative_to(folder))
    return found


def index_rows() -> Iterator[str]:
    """Give the rows of the index in the order of the rules; links start from `docs/reference`."""
    yield from ("| rule | what it is about | home | tests |", "|---|---|---|---|")
    homed, tested = find_homes(), find_tests()
    for rule, title, anchor in _headings(RULES.read_text(encoding="utf-8")):
        places = "<br>".join(_home(path, name) for path, name in homed.get(rule, ()))
        files = _linked(tested.get(rule, ()))
        yield f"| [{rule}](../explanation/rules.md#{anchor}) | {title} | {places} | {files} |"


def _headings(page: str) -> Iterator[tuple[str, str, str]]:
    for heading, rule, title in re.findall(r"^### (([A-Z]\d+)\. (.+))$", page, re.MULTILINE):
        yield rule, title, re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-")


def _home(path: Path, name: str) -> str:
    where = f"[`{path.as_posix()}`](../../src/kwiga_orders/{path.as_posix()})"
    return f"{where} `{name}`" if name else where


def _linked(paths: Iterable[Path]) -> str:
    return ", ".join(f"[`{path.as_posix()}`](../../tests/{path.as_posix()})" for path in paths)

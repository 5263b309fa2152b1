"""Source trees as the checks of the architecture read them: files, the names they import, and trees made for a test."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

__all__ = ["PACKAGE", "ROOT", "SOURCE", "imports", "source_files", "tree_of"]

ROOT = Path(__file__).parent.parent
"""The checkout."""

PACKAGE = "kwiga_orders"
"""The package that is checked."""

SOURCE = ROOT / "src" / PACKAGE
"""Its source."""


def source_files(source: Path) -> Iterator[tuple[Path, str, ast.Module]]:
    """Give each file with the unit it belongs to: the module, or the package, right below the root."""
    for path in sorted(source.rglob("*.py")):
        yield path, path.relative_to(source).parts[0].removesuffix(".py"), _parsed(path.read_text(encoding="utf-8"))


# by the text itself, since every check reads the same files
_parsed = cache(ast.parse)


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Give every imported name in full, imports inside functions and under TYPE_CHECKING included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = f"{'.' * node.level}{node.module or ''}"
            yield from ((node.lineno, f"{prefix}.{name.name}") for name in node.names)


def tree_of(root: Path, files: Mapping[str, str]) -> Path:
    """Write a source tree: one file per name, each with a docstring before its text."""
    for name, text in files.items():
        path = root / PACKAGE / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'"""A module."""\n{text}\n', encoding="utf-8")
    return root / PACKAGE

"""Print the requirements of extras and groups of pyproject.toml, one per line.

    python tools/needs.py package sql cli group:test build

`package` stands for the requirements of the package, `build` for its build backend, `group:NAME` for a dependency
group, and any other word for an extra. It uses only the standard library, so the Makefile can install with any pip.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
OWN_EXTRAS = re.compile(r"kwiga-orders\[([\w, -]+)\]")


def needs(word: str, *, pyproject: dict[str, Any]) -> Iterator[str]:
    """Give the requirements for a word, including those of nested extras and groups."""
    kind, _, name = word.partition(":")
    if kind == "build":
        yield from pyproject["build-system"]["requires"]
    elif kind == "package":
        yield from pyproject["project"]["dependencies"]
    elif kind == "group":
        yield from _group(pyproject["dependency-groups"][name], pyproject=pyproject)
    else:
        yield from _extra(pyproject["project"]["optional-dependencies"][word], pyproject=pyproject)


def _group(entries: Iterable[str | dict[str, str]], *, pyproject: dict[str, Any]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        else:
            yield from needs(f"group:{entry['include-group']}", pyproject=pyproject)


def _extra(entries: Iterable[str], *, pyproject: dict[str, Any]) -> Iterator[str]:
    for entry in entries:
        own = OWN_EXTRAS.fullmatch(entry)
        for extra in own[1].replace(" ", "").split(",") if own else ():
            yield from needs(extra, pyproject=pyproject)
        if not own:
            yield entry


if __name__ == "__main__":
    document = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    wanted = (line for word in sys.argv[1:] for line in needs(word, pyproject=document))
    print("\n".join(dict.fromkeys(wanted)))

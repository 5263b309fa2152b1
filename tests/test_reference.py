"""The pages of reference are complete: errors, commands, queries, and the names at the front door."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.orders.events import Event
from kwiga_orders.testing.stage import SchoolStage
from kwiga_orders.wire import read_json
from kwiga_orders.wire.case_runner import run_case
from kwiga_orders.wire.cases import read_case
from kwiga_orders.wire.commands import AnyCommand
from kwiga_orders.wire.outbox_schema import OUTBOX_EVENTS
from kwiga_orders.wire.queries import AnyQuery
from tools.pages import FOR_HOSTS, PLACE, SECTIONS, filled, pages

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "kwiga_orders"
REFERENCE = ROOT / "docs" / "reference"

ERRORS = {
    "Refused",
    "Conflict",
    "AdapterFailed",
    "PermanentFailure",
    "Corrupt",
    "Fault",
    "Complaint",
    "problem",
    "PydanticCustomError",
}
ALSO_SHOWN = {"cli", "contrib.django", "testing.stage", "orders.state"}
"""Shown once, where they are the point."""
CODE = re.compile(r"[a-z_]+\.[a-z_]+")
CODE_OF_A_STORE = re.compile(r"""["'](store\.[a-z_]+)["']""")


def codes_raised(source: str) -> set[str]:
    """Give every code that stands in the making of an error, also by way of a constant; those of stores, anywhere."""
    tree = ast.parse(source)
    constants = {
        target.id: set(_codes_in(node.value))
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = set(CODE_OF_A_STORE.findall(source))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
            found |= set(_codes_in(node))
            found |= {code for name in _names_in(node) for code in constants.get(name, ())}
    return found


def _codes_in(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and CODE.fullmatch(inner.value):
            yield inner.value


def _names_in(node: ast.AST) -> Iterator[str]:
    return (inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))


def codes_listed(page: str) -> list[str]:
    """Give the codes that head a row of a table, in the order of the page."""
    return re.findall(r"^\| `([a-z_]+(?:\.[a-z_]+)?)` \|", page, re.MULTILINE)


class TestErrors:
    """The page of errors and the source know the same codes."""

    PAGE = (REFERENCE / "errors.md").read_text(encoding="utf-8")

    def test_every_code_that_is_raised_is_listed_once(self) -> None:
        """A code is on the page when the source can raise it, and stands in one place only."""
        raised = {code for path in SOURCE.rglob("*.py") for code in codes_raised(path.read_text(encoding="utf-8"))}
        listed = codes_listed(self.PAGE)

        assert sorted(listed) == sorted({*raised, "not_found"})

    def test_every_code_of_the_wire_is_listed(self) -> None:
        """What the wire promises to frontends has its meaning here."""
        wire = (REFERENCE / "wire.md").read_text(encoding="utf-8")
        promised = re.findall(r"`([a-z_]+\.[a-z_]+|not_found)`", wire.split("## Error codes")[1].split("\n## ")[0])

        assert set(promised) - set(codes_listed(self.PAGE)) == set()

    def test_codes_are_found(self) -> None:
        """Codes are found in literals, in alternatives and behind names; other texts are none."""
        source = '_CODES = {5: "store.full"}\n_OTHER = "a.b"\nraise AdapterFailed(_CODES.get(n, "a.c"), path="x y.z")'

        assert codes_raised(source) == {"store.full", "a.c"}


class TestWire:
    """The page of the wire has the names that the models have."""

    PAGE = (REFERENCE / "wire.md").read_text(encoding="utf-8")

    def test_commands(self) -> None:
        """Every command is in a table of the chapter, and no other."""
        assert sorted(_heads(self.PAGE, "Commands")) == sorted(_tags(AnyCommand, "command"))

    def test_queries(self) -> None:
        """Every query is in the table of its chapter, and no other; and what each answers is said."""
        queries = sorted(_tags(AnyQuery, "query"))

        assert sorted(_heads(self.PAGE, "Queries")) == queries
        assert sorted(re.findall(r"^- `(\w+)`:", _chapter(self.PAGE, "Queries"), re.MULTILINE)) == queries

    def test_events(self) -> None:
        """Every event that history can have, or the outbox alone, is in the table, and no other."""
        listed = re.findall(r"`([a-z]+\.[a-z_]+)`", _chapter(self.PAGE, "Events"))

        assert sorted(listed) == sorted(kind.name for kind in (*get_args(Event), *OUTBOX_EVENTS))


def _chapter(page: str, title: str) -> str:
    return page.split(f"\n## {title}\n")[1].split("\n## ", maxsplit=1)[0]


def _heads(page: str, chapter: str) -> list[str]:
    """Give what stands in the first cells of the tables of a chapter."""
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", _chapter(page, chapter), re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


def _tags(union: Any, field: str) -> list[str]:
    return [get_args(model.model_fields[field].annotation)[0] for model in get_args(get_args(union)[0])]


class TestMadePages:
    """What is made of the code is what the code says now; `python tools/pages.py` writes it."""

    @pytest.mark.parametrize("page", list(pages()), ids=lambda page: page.name)
    def test_current(self, page: Path) -> None:
        """Filling it in again changes nothing."""
        assert page.read_text(encoding="utf-8") == filled(page), "python tools/pages.py writes it"

    def test_everything_is_somewhere(self) -> None:
        """Each section that can be made has its place on a page."""
        places = [place[2] for page in pages() for place in PLACE.finditer(page.read_text(encoding="utf-8"))]

        assert sorted(places) == sorted(SECTIONS)

    def test_every_module_that_readers_see_is_listed(self) -> None:
        """What the docs and the examples import from is for hosts."""
        texts = [path.read_text(encoding="utf-8") for path in (*_shown("docs/**/*.md"), *_shown("examples/*.py"))]
        named = {
            name for text in texts for name in re.findall(r"^from kwiga_orders\.([\w.]+) import", text, re.MULTILINE)
        }

        assert sorted(named - set(FOR_HOSTS) - ALSO_SHOWN) == []


def _shown(pattern: str) -> list[Path]:
    return [*ROOT.glob(pattern), ROOT / "README.md"]


def test_the_case_of_the_how_to_goes_as_told() -> None:
    """The story that shows how to tell a bug is one that can be told."""
    page = (ROOT / "docs" / "how-to" / "tell-a-bug-as-a-case.md").read_text(encoding="utf-8")
    stories = re.findall(r"```json\n(.*?)```", page, re.DOTALL)

    assert [run_case(read_case(read_json(one)), SchoolStage(store=MemoryOrderStore())) for one in stories] == [[]]

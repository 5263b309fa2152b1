"""The shape of the house, held literally: direction of imports, purity above the service, sizes, docstrings.

Each check is a function from a source tree to a list of complaints. The first half of the file defines and applies
them to the project; the second half gives each one a small tree that breaks it, so that no check can fall silent.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.source_trees import PACKAGE, ROOT, SOURCE, imports, source_files, tree_of
from tools.measures import decisions_not_cited, measured

# decision 0006: the shape of the house is held by tests, not by custom
# A module may import those on the lines above its own, and nothing on its own line except its own package.
LINES = (
    ("bounds", "sentences"),
    ("_moved", "errors", "_currencies", "values"),
    ("checked",),
    ("codec", "cursors", "extras", "folding", "money", "periods", "phones"),
    ("course", "project"),
    ("born", "commands", "letter_kinds"),
    ("terms", "payments", "contacts"),
    ("funnel", "offers", "sums"),
    ("catalogue",),
    ("orders",),
    ("access",),
    ("plans",),
    ("certificate", "due"),
    ("changes",),
    ("delivery", "gateways"),
    ("views",),
    ("letters", "listing", "reconciliation", "unsettled"),
    ("lookups",),
    ("outbox", "people", "turns"),
    ("handing_on",),
    ("ports",),
    ("asking",),
    ("locale",),
    ("pictures",),
    ("facts",),
    ("queries", "jobs"),
    ("policy",),
    ("decisions",),
    ("answering",),
    ("export", "gateway_calls"),
    ("relay", "aio_relay"),
    ("service", "aio"),
    ("worker",),
    ("importing",),
    ("wire", "adapters"),
    ("testing",),
    ("contrib",),
    ("cli",),
)
LINE_OF = {module: number for number, line in enumerate(LINES) for module in line}
PORTS, SERVICE, CLI = LINE_OF["outbox"], LINE_OF["service"], LINE_OF["cli"]

CORE_NEEDS = {"attrs", "dateutil", "typing_extensions"}
HOMES = {
    "pydantic": {"wire"},
    "pydantic_core": {"wire"},
    "sqlalchemy": {"adapters"},
    "alembic": {"adapters"},
    "aiosqlite": {"adapters"},
    "psycopg": {"adapters"},
    "icalendar": {"adapters"},
    "xlsxwriter": {"adapters"},
    "orjson": {"adapters"},
    "httpx": {"adapters"},
    "stripe": {"adapters"},
    "standardwebhooks": {"adapters"},
    "jinja2": {"adapters"},
    "babel": {"locale"},
    "fastapi": {"contrib"},
    "uvicorn": {"cli"},
    "django": {"contrib"},
    "asgiref": {"contrib"},
    "hypothesis": {"testing"},
    "aiosmtpd": {"testing"},
    "pytest": {"testing"},
    "rich": {"cli"},
}
IMPURE_MODULES = {
    "asyncio", "io", "logging.config", "logging.handlers", "os", "pathlib", "random", "secrets", "shutil", "socket",
    "sqlite3", "subprocess", "tempfile", "threading", "time", "uuid",
}  # fmt: skip
CLOCKS = {"now", "today", "utcnow"}
LOGGING_SETUP = {"addHandler", "basicConfig", "dictConfig", "fileConfig", "setLevel"}
FILES = {"open", "input", "print"}
LEFT_ALONE_ON_IMPORT = ("alembic", "babel", "httpx", "orjson", "pydantic", "rich", "sqlalchemy")
LONGEST_FILE = 500

Complaints = list[str]


# --- the checks ---


def wrong_direction(source: Path) -> Complaints:
    """List modules without a line, and imports that do not go upwards."""
    found = []
    for path, unit, tree in source_files(source):
        if unit == "__init__":
            continue
        if unit not in LINE_OF:
            found.append(f"{path.name} stands on no line")
            continue
        for line, name in imports(tree):
            target = name.split(".")[1] if name.startswith(f"{PACKAGE}.") else None
            if name.startswith(".") or name == PACKAGE:
                found.append(f"{path.name}:{line} imports {name}: name the module in full")
            elif target is not None and target != unit and not _may_import(unit, target):
                found.append(f"{path.name}:{line} {unit} may not import {target}")
    return found


def _may_import(unit: str, target: str) -> bool:
    """Tell whether `target` stands above `unit`; a name of the front door is for the command line only."""
    return LINE_OF[target] < LINE_OF[unit] if target in LINE_OF else unit == "cli"


def foreign_imports(source: Path) -> Complaints:
    """List third-party imports of the core, and those that live outside their home."""
    found = []
    for path, unit, tree in source_files(source):
        is_core = LINE_OF.get(unit, -1) <= SERVICE
        for line, name in imports(tree):
            top = name.split(".")[0]
            if not top or top == PACKAGE or top in sys.stdlib_module_names:
                continue
            if is_core and top not in CORE_NEEDS:
                found.append(f"{path.name}:{line} the core may not import {top}")
            elif unit not in HOMES.get(top, {unit}):
                found.append(f"{path.name}:{line} {top} lives in {', '.join(HOMES[top])}, not in {unit}")
    return found


def impurities(source: Path) -> Complaints:
    """List clocks, randomness, environment, files and logging set-up above the service, and waiting above the ports."""
    found = []
    for path, unit, tree in source_files(source):
        line_of_unit = LINE_OF.get(unit, CLI)
        if line_of_unit >= SERVICE:
            continue
        found += [
            f"{path.name}:{line} imports {name}" for line, name in imports(tree) if _is_within(name, IMPURE_MODULES)
        ]
        found += [f"{path.name}:{node.lineno} {what}" for node, what in _impure_nodes(tree, waits=line_of_unit < PORTS)]
    return found


def _is_within(name: str, modules: set[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def _impure_nodes(tree: ast.Module, *, waits: bool) -> Iterator[tuple[ast.expr | ast.AsyncFunctionDef, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in CLOCKS:
                yield node, f"reads a clock: {node.func.attr}()"
            elif node.func.attr in LOGGING_SETUP:
                yield node, f"sets up logging: {node.func.attr}()"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FILES:
            yield node, f"talks to the outside: {node.func.id}()"
        elif waits and isinstance(node, ast.AsyncFunctionDef | ast.Await):
            yield node, "waits: rules are pure"


def too_long(source: Path) -> Complaints:
    """List files of more than 500 lines: two readers want different halves of them."""
    lengths = ((path, len(path.read_text(encoding="utf-8").splitlines())) for path in sorted(source.rglob("*.py")))
    return [f"{path.name} has {length} lines" for path, length in lengths if length > LONGEST_FILE]


def undocumented(source: Path) -> Complaints:
    """List modules and public module-level names (types, functions, constants) that say nothing about themselves."""
    found = []
    for path, _, tree in source_files(source):
        if ast.get_docstring(tree) is None:
            found.append(f"{path.name} has no docstring")
        found += [f"{path.name}:{line} {name} has no docstring" for line, name in _silent_names(tree)]
    return found


def _silent_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    exported = _exported(tree)
    for node, follower in zip_longest(tree.body, tree.body[1:]):
        names = list(_defined(node))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            speaks = ast.get_docstring(node) is not None or _is_overload(node)
        else:
            speaks = _is_text(follower)
        if not speaks:
            yield from ((node.lineno, name) for name in names if name in exported or not name.startswith("_"))


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign) and not _is_type_variable(node.value):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def _is_type_variable(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func).split(".")[-1] in {"TypeVar", "ParamSpec", "NewType"}


def _is_overload(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(decorator).split(".")[-1] == "overload" for decorator in node.decorator_list)


def _is_text(node: ast.stmt | None) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _exported(tree: ast.Module) -> set[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return {str(name) for name in ast.literal_eval(node.value)}
    return set()


def loaded_on_import(statement: str, *, path: Path | None = None) -> set[str]:
    """Give those of the heavy third-party packages that a fresh interpreter has loaded after `statement`."""
    front = f"import sys; sys.path.insert(0, {str(path)!r})" if path else "import sys"
    code = f"{front}; {statement}; print(*[name for name in {LEFT_ALONE_ON_IMPORT!r} if name in sys.modules])"
    # -I: neither the folder nor PYTHONPATH, only what is installed.
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


# --- the project ---


class TestTheProject:
    """What the checks say about this project: nothing."""

    @pytest.mark.parametrize(
        "check",
        [wrong_direction, foreign_imports, impurities, too_long, undocumented],
        ids=lambda check: check.__name__,
    )
    def test_source(self, check: Callable[[Path], Complaints]) -> None:
        """The source has modules, and none of them is complained about."""
        assert list(SOURCE.rglob("*.py"))
        assert check(SOURCE) == []

    @pytest.mark.parametrize("folder", ["tests", "examples", "benchmarks", "tools"])
    def test_no_file_is_too_long(self, folder: str) -> None:
        """Tests, examples and tools keep to the same length as the source."""
        assert too_long(ROOT / folder) == []

    def test_measures(self) -> None:
        """Half of the files are short, comments say why, private functions serve twice, and decisions are cited."""
        counted = measured()

        assert counted.median <= 150
        assert counted.share_of_comments >= 3
        assert counted.share_called_once < 45
        assert counted.share_named_once < 45
        assert decisions_not_cited() == []

    def test_lines_are_those_of_the_docs(self) -> None:
        """The page on architecture shows the list that is checked here."""
        page = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
        section = page.partition("## The direction of imports")[2].partition("\n## ")[0]
        shown = [
            tuple(re.findall(r"`(\w+)`", row.split("|")[1])) for row in section.splitlines() if row.startswith("| `")
        ]

        assert shown == [tuple(module for module in line if not module.startswith("_")) for line in LINES]

    def test_import_loads_the_standard_library_only(self) -> None:
        """Until a name is used, `import kwiga_orders` loads nothing but its front door and the standard library."""
        code = "import sys; before = set(sys.modules); import kwiga_orders; print(*set(sys.modules) - before)"
        done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)

        assert {name for name in done.stdout.split() if name.split(".")[0] not in sys.stdlib_module_names} == {PACKAGE}

    def test_front_door_is_light(self) -> None:
        """Using every name of the front door loads no extra, and not pydantic either."""
        assert loaded_on_import(f"from {PACKAGE} import *") == set()

    def test_memory_needs_no_extra(self) -> None:
        """The store in memory, the wire and the command line load nothing that a database needs."""
        modules = ("adapters.memory", "wire", "cli", "cli.importing")
        loaded = loaded_on_import("; ".join(f"import {PACKAGE}.{module}" for module in modules))

        assert loaded == {"pydantic"}

    def test_installed_package_is_what_is_tested(self) -> None:
        """The tests meet what is published: the wheel, with its types, not the folder."""
        installed = Path(str(import_module(PACKAGE).__file__)).parent

        assert not installed.is_relative_to(ROOT / "src")
        assert (installed / "py.typed").is_file()


# --- the checks can fail ---


class TestWrongDirection:
    """Imports go upwards, by full names, between modules that have a line."""

    @pytest.mark.parametrize(
        ("module", "statement"),
        [
            ("money", "from kwiga_orders.orders import Order"),
            ("money", "from kwiga_orders import orders"),
            ("money", "import kwiga_orders.orders.state"),
            ("money", "from kwiga_orders.periods import Period"),
            ("money", "from kwiga_orders import Order"),
            ("money", "import kwiga_orders"),
            ("money", "from . import errors"),
            ("money", "def late():\n    from kwiga_orders.orders import Order"),
            ("wire/commands", "from kwiga_orders.adapters.sql import SqlStore"),
            ("wire/commands", "from kwiga_orders.cli import main"),
            ("utils", ""),
        ],
    )
    def test_complains(self, tmp_path: Path, module: str, statement: str) -> None:
        """A step down or sideways, a relative import, the front door and a homeless module are each named."""
        assert len(wrong_direction(tree_of(tmp_path, {module: statement}))) == 1

    @pytest.mark.parametrize(
        ("module", "statement"),
        [
            ("orders/state", "from kwiga_orders.money import Money\nfrom kwiga_orders.orders.lines import Line"),
            ("answering", "from kwiga_orders.views import card"),
            ("cli", "from kwiga_orders import __version__, wire"),
        ],
    )
    def test_lets_pass(self, tmp_path: Path, module: str, statement: str) -> None:
        """Upwards and inside one package is fine."""
        assert wrong_direction(tree_of(tmp_path, {module: statement})) == []


class TestForeignImports:
    """The core needs attrs and dateutil only; each other library has one home."""

    @pytest.mark.parametrize(
        ("module", "statement"),
        [
            ("money", "import pydantic"),
            ("service", "from sqlalchemy import select"),
            ("orders/state", "import requests"),
            ("__init__", "from pydantic import BaseModel"),
            ("adapters/memory", "from pydantic import BaseModel"),
            ("wire/store", "import sqlalchemy.orm"),
            ("testing/fakes", "from rich import print"),
        ],
    )
    def test_complains(self, tmp_path: Path, module: str, statement: str) -> None:
        """Each library outside its home is named."""
        assert len(foreign_imports(tree_of(tmp_path, {module: statement}))) == 1

    def test_lets_pass(self, tmp_path: Path) -> None:
        """At home, each is welcome."""
        source = tree_of(
            tmp_path,
            {
                "money": "import attrs\nfrom dateutil.relativedelta import relativedelta",
                "wire/commands": "import pydantic",
                "adapters/sql": "import sqlalchemy",
                "cli": "import rich",
            },
        )
        assert foreign_imports(source) == []


class TestImpurities:
    """No clock, randomness, environment, files or logging set-up above the service; no waiting above the ports."""

    @pytest.mark.parametrize(
        "statement",
        [
            "from datetime import datetime\nat = datetime.now()",
            "import datetime\nat = datetime.datetime.utcnow()",
            "from datetime import date\nday = date.today()",
            "import time",
            "from os import environ",
            "import random",
            "from uuid import uuid4",
            "import logging\nlogging.basicConfig()",
            "import logging.config",
            "text = open('rates.txt').read()",
            "async def decide(): ...",
        ],
    )
    def test_complains(self, tmp_path: Path, statement: str) -> None:
        """Each of them is named where it stands."""
        assert len(impurities(tree_of(tmp_path, {"orders/decide": statement}))) == 1

    def test_lets_pass(self, tmp_path: Path) -> None:
        """A local time is no clock, ports may be awaited, and the outside may do what it is for."""
        source = tree_of(
            tmp_path,
            {
                "periods": "from datetime import datetime, time\nat = time(9)",
                "ports": "class Clock:\n    async def now(self): ...",
                "service": "import asyncio",
                "adapters/system": "import uuid\nfrom datetime import datetime\nat = datetime.now()",
            },
        )
        assert impurities(source) == []


class TestTooLong:
    """No file passes 500 lines."""

    @pytest.mark.parametrize(("more", "complaints"), [(499, 0), (500, 1)])
    def test_counts_lines(self, tmp_path: Path, more: int, complaints: int) -> None:
        """500 lines are allowed, 501 are not."""
        assert len(too_long(tree_of(tmp_path, {"money": "\n".join(["x = 1"] * more)}))) == complaints


class TestUndocumented:
    """Modules and public names say what they are."""

    @pytest.mark.parametrize(
        "text",
        [
            "class Order: ...",
            "def decide(): ...",
            "async def decide(): ...",
            "Delay = int | str",
            "LIMIT: int = 3\nother()",
            '__all__ = ["_odd"]\n_odd = 1',
        ],
    )
    def test_complains(self, tmp_path: Path, text: str) -> None:
        """A type, a function and a constant without a docstring are each named."""
        assert len(undocumented(tree_of(tmp_path, {"money": text}))) == 1

    def test_complains_about_modules(self, tmp_path: Path) -> None:
        """A module that does not say what it decides is named."""
        source = tree_of(tmp_path, {"money": ""})
        (source / "periods.py").write_text("", encoding="utf-8")

        assert undocumented(source) == ["periods.py has no docstring"]

    def test_lets_pass(self, tmp_path: Path) -> None:
        """Private names and type variables need no words; a constant is documented by the string after it."""
        text = '_LIMIT = 3\nT = TypeVar("T")\ndef _late(): ...\nDelay = int | str\n"""When a lesson opens."""'

        assert undocumented(tree_of(tmp_path, {"money": text})) == []


class TestLoadedOnImport:
    """What an import drags in is seen in a fresh interpreter."""

    def test_sees_what_is_behind_the_front_door(self, tmp_path: Path) -> None:
        """A heavy package two imports away is found."""
        tree_of(tmp_path, {"__init__": f"from {PACKAGE}.wire import objects", "wire/objects": "import pydantic"})

        assert loaded_on_import(f"import {PACKAGE}", path=tmp_path) == {"pydantic"}

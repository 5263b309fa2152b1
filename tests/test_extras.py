"""The extras are what they say: each brings all that its modules need, and a missing one says how to install it."""

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from email import message_from_bytes
from email.message import Message
from functools import cache
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from kwiga_orders.errors import AdapterFailed
from kwiga_orders.extras import MissingExtra, extra
from tools.needs import needs

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]

STRIPE = """
from kwiga_orders.adapters.gateways.stripe.account import Account
from kwiga_orders.adapters.gateways.stripe.api import Api, Call
from kwiga_orders.errors import AdapterFailed
try:
    account = Account(api_key="sk_test_1", webhook_secrets=("whsec_1",), api_base="http://127.0.0.1:9")
    Api(account).send(Call(service="refunds", method="retrieve", id="re_1"))
except AdapterFailed as failed:  # nobody listens there, but the package was loaded
    if isinstance(failed, ImportError):
        raise
"""
# What each extra is for: each statement works with it alone, and names it without it.
WORKS = {
    "sql": ["import kwiga_orders.adapters.sql", "import kwiga_orders.adapters.sql.migrating"],
    "postgres": ["from kwiga_orders.adapters.sql.engines import engine_for; engine_for('postgresql://host/school')"],
    "cli": ["import kwiga_orders.cli.drawing"],
    "calendar": ["import kwiga_orders.adapters.calendar"],
    "xlsx": ["import kwiga_orders.adapters.xlsx"],
    "gateways": ["from kwiga_orders.adapters.http import Httpx; Httpx()"],
    "stripe": [STRIPE],
    "mail": ["from kwiga_orders.adapters.mail import Templates; Templates()._environment"],
    "webhooks": ["import kwiga_orders.adapters.webhooks as webhooks; webhooks._webhooks()"],
    "fastapi": ["import kwiga_orders.contrib.fastapi"],
    "django": ["import kwiga_orders.contrib.django"],
    "serve": ["import kwiga_orders.cli.serve, uvicorn"],
    "testing": [
        f"import kwiga_orders.testing.{module}"
        for module in ("strategies", "scripts", "stores", "gateway_contract", "mailbox")
    ],
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, once."""
    folder = tmp_path_factory.mktemp("wheel")
    built = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(built, cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.glob("kwiga_orders-*.whl")
    return made


@pytest.fixture(scope="module")
def package(wheel: Path) -> Path:
    """Unpack it: from there modules are compiled once, and not by each process."""
    folder = wheel.parent / "unpacked"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    """Read what installers read of the wheel."""
    with zipfile.ZipFile(wheel) as unpacked:
        (name,) = [name for name in unpacked.namelist() if name.endswith(".dist-info/METADATA")]
        return message_from_bytes(unpacked.read(name))


class TestTheWheel:
    """`pip install 'kwiga-orders[EXTRA]'` installs what pyproject says."""

    def test_names_every_extra(self, metadata: Message) -> None:
        """The extras of the wheel are those of pyproject, and the README has a row for each."""
        readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Installing")[2]

        assert sorted(metadata.get_all("Provides-Extra") or ()) == sorted(EXTRAS)
        assert sorted(re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE)) == sorted(EXTRAS)

    @pytest.mark.parametrize("name", EXTRAS)
    def test_requires_what_the_extra_needs(self, metadata: Message, name: str) -> None:
        """The requirements of an extra in the wheel are those of pyproject."""
        required = [Requirement(one) for one in metadata.get_all("Requires-Dist") or ()]
        of_extra = {(one.name, frozenset(one.extras), str(one.specifier)) for one in required if _is_for(one, name)}
        listed = [Requirement(one) for one in needs(name, pyproject={"project": PROJECT})]

        assert of_extra == {(one.name, frozenset(one.extras), str(one.specifier)) for one in listed}

    def test_all_is_all(self) -> None:
        """The extra `all` brings every other one."""
        (whole,) = [Requirement(one) for one in EXTRAS["all"]]

        assert whole.extras == EXTRAS.keys() - {"all"}

    def test_installers_agree(self, wheel: Path) -> None:
        """What is installed here satisfies every extra, as pip sees it; nothing is fetched."""
        wanted = f"{wheel}[{','.join(EXTRAS)}]"
        asked = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--quiet", wanted]

        assert subprocess.run(asked, capture_output=True, text=True, check=False).stderr.strip() == ""


class TestOneExtraAlone:
    """With the wheel and one extra alone its modules work; without the extra they say what is missing."""

    def test_every_extra_is_tried(self) -> None:
        """None is left out."""
        assert WORKS.keys() == EXTRAS.keys() - {"all"}

    @pytest.mark.parametrize("name", WORKS)
    def test_works(self, package: Path, name: str) -> None:
        """All that an extra is for works with it alone."""
        assert _run(package, _brought_by(name), WORKS[name]) == ""

    def test_none_is_needed(self, package: Path) -> None:
        """Without any extra the rules, the wire, the store in memory and the command line import."""
        modules = ("wire", "adapters.memory", "adapters.embedded", "adapters.system", "locale", "testing.school", "cli")
        statements = [f"import kwiga_orders.{module}" for module in modules]
        assert _run(package, _brought_by(None), ["from kwiga_orders import *", *statements]) == ""

    @pytest.mark.parametrize(("name", "statement"), [(name, one) for name, several in WORKS.items() for one in several])
    def test_a_missing_one_says_how_to_install_it(self, package: Path, name: str, statement: str) -> None:
        """The error names the extra and the command."""
        said = _run(package, _brought_by("sql" if name == "postgres" else None), [statement])

        assert said.startswith(f"kwiga_orders.extras.MissingExtra: the extra '{name}' is not installed (")
        assert said.endswith(f" is missing): pip install 'kwiga-orders[{name}]'")

    @pytest.mark.parametrize(
        ("name", "arguments"),
        [
            ("cli", ["demo", "--store", "memory"]),
            ("sql", ["check", "--store", "sqlite", "."]),
            ("sql", ["migrate", "sqlite:///school.db"]),
            ("sql", ["export", "sqlite:///school.db", "--project", "school"]),
        ],
    )
    def test_the_command_line_says_it_too(self, package: Path, name: str, arguments: list[str]) -> None:
        """A subcommand whose extra is missing ends with 2 and the same sentence."""
        said = _run(package, _brought_by(None), ["from kwiga_orders.cli import main", f"sys.exit(main({arguments!r}))"])

        assert said.startswith(f"kwiga-orders: the extra '{name}' is not installed (")
        assert said.endswith(f"pip install 'kwiga-orders[{name}]'")


class TestMissingExtra:
    """One place makes the error."""

    def test_it_is_both(self) -> None:
        """Hosts catch it as what failed outside, and optional imports as an `ImportError`."""
        with pytest.raises(MissingExtra) as caught, extra("sql"):
            import no_such_package.inside  # type: ignore[import-not-found]  # noqa: F401

        assert isinstance(caught.value, AdapterFailed)
        assert isinstance(caught.value, ImportError)
        assert caught.value.details == {
            "extra": "sql",
            "module": "no_such_package",
            "command": "pip install 'kwiga-orders[sql]'",
        }

    def test_the_innermost_extra_is_named(self) -> None:
        """If an extra needs another one that is missing, the error names the missing one."""
        with pytest.raises(MissingExtra) as caught, extra("postgres"), extra("sql"):
            raise ModuleNotFoundError("no", name="sqlalchemy")

        assert caught.value.details["extra"] == "sql"

    def test_a_mistake_of_ours_is_none(self) -> None:
        """A module of this library that is not there is no missing extra."""
        with pytest.raises(ImportError) as caught, extra("sql"):
            import kwiga_orders.nowhere  # type: ignore[import-not-found]  # noqa: F401

        assert not isinstance(caught.value, MissingExtra)


def _is_for(required: Requirement, name: str) -> bool:
    return required.marker is not None and f'extra == "{name}"' in str(required.marker).replace("'", '"')


def _brought_by(name: str | None) -> set[str]:
    """Give the importable names that the package brings with one extra, by what the installed distributions require."""
    wanted = [Requirement(one) for one in (*PROJECT["dependencies"], *(EXTRAS[name] if name else ()))]
    found = {dist.name.lower() for dist in _closure(wanted, set())}
    return {module for module, homes in _homes().items() if {home.lower() for home in homes} & found}


def _closure(wanted: list[Requirement], seen: set[str]) -> Iterator[Distribution]:
    for required in wanted:
        if str(required) in seen or not _applies(required, {""}):
            continue
        seen.add(str(required))
        if required.name == "kwiga-orders":
            yield from _closure([Requirement(line) for extra in required.extras for line in EXTRAS[extra]], seen)
            continue
        installed = distribution(required.name)
        assert required.specifier.contains(installed.version, prereleases=True), required
        yield installed
        inner = [Requirement(line) for line in installed.requires or ()]
        yield from _closure([_without_extra(one) for one in inner if _applies(one, {"", *required.extras})], seen)


def _applies(required: Requirement, extras: set[str]) -> bool:
    return required.marker is None or any(required.marker.evaluate({"extra": extra}) for extra in extras)


def _without_extra(required: Requirement) -> Requirement:
    required.marker = None
    return required


@cache
def _homes() -> Mapping[str, list[str]]:
    """Give by module which distributions bring it; to find that out every one that is installed is read."""
    return packages_distributions()


def _run(package: Path, allowed: set[str], statements: list[str]) -> str:
    """Run statements with the package of the wheel, and of installed ones only these; give the last line of errors."""
    code = "\n".join(
        [
            "import sys",
            f"others = {sorted(_homes().keys() - allowed - {'kwiga_orders'})!r}",
            "class Others:",
            "    def find_spec(self, name, path=None, target=None):",
            "        if name.partition('.')[0] in others:",
            "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)",
            "sys.meta_path.insert(0, Others())",
            f"sys.path.insert(0, {str(package)!r})",
            *statements,
        ]
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""

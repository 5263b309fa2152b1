"""The front door: every everyday name is there, typed, and loaded only when it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import kwiga_orders

SOURCE = Path(kwiga_orders.__file__)


def typed_names() -> dict[str, str]:
    """The names that type checkers see, each with the module it comes from."""
    block = next(node for node in ast.parse(SOURCE.read_text(encoding="utf-8")).body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


def test_one_list() -> None:
    """What is listed, what type checkers see and what is loaded are the same names, sorted."""
    assert typed_names()
    assert sorted(typed_names()) == kwiga_orders.__all__ == sorted(kwiga_orders._HOMES)
    assert typed_names() == {name: f"kwiga_orders.{home}" for name, home in kwiga_orders._HOMES.items()}
    assert set(kwiga_orders.__all__) <= set(dir(kwiga_orders))


@pytest.mark.parametrize("name", kwiga_orders.__all__)
def test_name(name: str) -> None:
    """Each name gives the object that its module defines under that name."""
    assert getattr(kwiga_orders, name).__name__ == name


def test_an_unknown_name() -> None:
    """Is an AttributeError, as anywhere."""
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        kwiga_orders.Nothing  # type: ignore[attr-defined]  # noqa: B018 - looking is the test


def test_nothing_is_loaded_before_it_is_used() -> None:
    """Importing the package loads none of its modules; a name loads its own."""
    seen = "sorted(name for name in sys.modules if name.startswith('kwiga_orders.'))"
    program = f"import sys, kwiga_orders; print({seen}); kwiga_orders.Money; print({seen})"
    before, after = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert before == "[]"
    assert "kwiga_orders.money" in after
    assert "kwiga_orders.orders" not in after

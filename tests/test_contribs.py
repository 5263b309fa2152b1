"""Parts for frameworks are short, and use what any host may use."""

import re
from importlib import import_module
from pathlib import Path

import pytest

import kwiga_orders
from tools.pages import FOR_HOSTS

CONTRIB = Path(__file__).parent.parent / "src" / "kwiga_orders" / "contrib"
LONGEST = 900


@pytest.mark.parametrize("contrib", ["django", "fastapi", "serve"])
class TestContribs:
    """What each of them promises its readers."""

    def test_they_are_short(self, contrib: str) -> None:
        """Under 900 lines, all files together."""
        assert (
            sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (CONTRIB / contrib).rglob("*.py"))
            < LONGEST
        )

    def test_they_import_public_names(self, contrib: str) -> None:
        """Each name is listed by a module that is for hosts."""
        for path in (CONTRIB / contrib).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            for module, names in re.findall(
                r"^ *from kwiga_orders\.([\w.]+) import \(?([^)]*?)(?:\)|$)", text, re.MULTILINE
            ):
                # an old name leads to where it is now by `_moved`, which is nobody else's
                if not module.startswith((f"contrib.{contrib}", "_moved")):
                    public = kwiga_orders if module not in FOR_HOSTS else import_module(f"kwiga_orders.{module}")
                    assert set(re.findall(r"\w+", names)) <= set(public.__all__), f"{path.name} imports from {module}"

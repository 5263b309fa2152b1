"""The oldest psycopg that is allowed and the newest: with both, no connection is lent in an unknown state.

Only the thorough profile installs other drivers; `tests/integrations/test_connections.py` forces their states always.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.effort import is_thorough

ROOT = Path(__file__).parents[2]
OLDEST = re.search(r"psycopg\[binary\]>=([\d.]+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
assert OLDEST is not None
VERSIONS = (f"=={OLDEST[1]}", "")


if is_thorough():

    @pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version or "newest")
    def test_interruptions(version: str, tmp_path: Path) -> None:
        """Tasks are cancelled and signals come, with a driver of that version."""
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(tmp_path)]
        subprocess.run([*pip, f"psycopg[binary]{version}"], check=True)
        path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
        tests = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            str(ROOT / "tests/races/test_interruptions.py"),
        ]

        done = subprocess.run(
            tests, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}, check=False, cwd=ROOT
        )

        assert done.returncode == 0, done.stdout


def test_this_one() -> None:
    """The driver that all other tests use is among the supported versions."""
    assert OLDEST is not None
    assert tuple(map(int, psycopg.__version__.split(".")[:3])) >= tuple(map(int, OLDEST[1].split(".")))

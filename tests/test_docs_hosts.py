"""Pages about whole hosts are run as a reader would follow them: from an empty folder, file by file."""

import os
import subprocess
import sys
from pathlib import Path

from django.core.management import call_command
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

ROOT = Path(__file__).parent.parent
HOW_TO = ROOT / "docs" / "how-to"

RUN_SITE = """
import os, sys, django
sys.path.insert(0, "")
os.environ["DJANGO_SETTINGS_MODULE"] = "school.settings"
django.setup()
from django.core.management import call_command
call_command("makemigrations", "lms")
call_command("migrate", verbosity=0)
call_command("check", databases=["default"], fail_level="WARNING")
call_command("test")
"""


class TestDjango:
    """The site on the page about Django."""

    def test_the_site_of_the_page(self, tmp_path: Path) -> None:
        """Its files, put where it says, are a site whose checks and tests pass."""
        call_command("startproject", "school", str(tmp_path))
        (tmp_path / "lms").mkdir()
        call_command("startapp", "lms", str(tmp_path / "lms"))
        _write_files(HOW_TO / "embed-in-django.md", tmp_path)

        assert "Ran 2 tests" in _python(tmp_path, RUN_SITE)


def _write_files(page: Path, folder: Path) -> None:
    """Write each block of Python to the file that its first line names; `at its end` appends to one that is there."""
    for example in Sybil([PythonCodeBlockParser()]).parse(page).examples():
        first, _, text = str(example.parsed).lstrip("\n").partition("\n")
        name, _, how = first.removeprefix("# ").partition(", ")
        with (folder / name).open("a" if how else "w", encoding="utf-8") as file:
            file.write(text)


def _python(folder: Path, code: str) -> str:
    """Run Python in a folder; give all that it says."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr

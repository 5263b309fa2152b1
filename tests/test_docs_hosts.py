"""Pages about whole hosts are run as a reader would follow them: from an empty folder, file by file."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from kwiga_orders.adapters.settings_file import with_secrets
from kwiga_orders.cli import main
from kwiga_orders.cli.outside import outside_of
from kwiga_orders.contrib.serve import Served
from tests.in_process import InProcessClient

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


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Give what uvicorn would have run, in place of running it."""
    ran: list[dict[str, Any]] = []
    monkeypatch.setattr("uvicorn.run", lambda app, **how: ran.append({"app": app, **how}))
    return ran


class TestServing:
    """The page about other languages, and the container."""

    PAGE = HOW_TO / "serve-other-languages.md"

    def test_curl(
        self, tmp_path: Path, served: list[dict[str, Any]], capsys: pytest.CaptureFixture[str], monkeypatch: Any
    ) -> None:
        """Its commands make a token and serve; each of its calls is answered."""
        monkeypatch.chdir(tmp_path)
        settings, *_ = self.settings()
        answered: dict[str, str] = {}
        answers: list[str] = []
        with asyncio.Runner() as runner, ExitStack() as running:
            for words in self.commands():
                if words[:2] == ["kwiga-orders", "token"]:
                    assert main(words[1:]) == 0
                    secret, kept = capsys.readouterr().out.splitlines()
                    answered["$TOKEN"] = secret.removeprefix("token: ")
                    (tmp_path / "serve.json").write_text(json.dumps(settings | {"tokens": [json.loads(kept)]}))
                elif words[:2] == ["kwiga-orders", "serve"]:
                    assert main(["serve", "sqlite:///orders.db", *words[3:]]) == 0
                    running.enter_context(_started(runner, served[-1]["app"]))
                elif words[0] == "curl":
                    path, body, headers = _request(words[1:], answered)
                    answer = InProcessClient(runner, served[-1]["app"]).asks(
                        "POST", path, content=body, headers=headers
                    )
                    assert answer.status_code == 200, words
                    answers.append(answer.text)
                    if path.endswith("/open_offer"):
                        answered["$ORDER"] = answer.json()["order"]
        assert json.loads(answers[-3])["open"]
        assert "olena@example.com" in answers[-1].splitlines()[1]

    def test_settings(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Every block of settings is one that `serve` takes, once its secrets are there."""
        for name in ("LMS_TOKEN", "LMS_HOOK_SECRET", "LIQPAY_KEY", "STRIPE_HOOK", "W4P_SECRET", "SMTP_PASSWORD"):
            monkeypatch.setenv(name, f"whsec_{name}")
        (tmp_path / "stripe").write_text("sk_test")
        first, *others = self.settings()
        for said in others:
            said |= {"projects": first["projects"], "tokens": []}
            document = with_secrets(json.loads(json.dumps(said).replace("/run/secrets", str(tmp_path))))
            assert Served.read(document).projects
            assert set(outside_of(document).gateways("school")) in (set(), {"liqpay", "stripe", "wayforpay"})

    def test_the_container(self, tmp_path: Path, served: list[dict[str, Any]], monkeypatch: Any) -> None:
        """What it starts is a command that serves where it is asked for its health; what it installs is there."""
        text = (ROOT / "Containerfile").read_text(encoding="utf-8")
        entry, default, health = (json.loads(one) for one in re.findall(r"^(?:ENTRYPOINT|.*CMD) (\[.*\])$", text, re.M))
        settings = tmp_path / "serve.json"
        settings.write_text(json.dumps(self.settings()[0] | {"tokens": []}))
        monkeypatch.chdir(tmp_path)
        words = [{"/etc/serve.json": str(settings)}.get(word, word) for word in entry]
        assert entry[0] == "kwiga-orders"
        assert main([*words[1:], default[0].replace("/var/lib/orders", str(tmp_path))]) == 0
        assert (served[0]["host"], served[0]["port"]) == ("0.0.0.0", 8000)
        with asyncio.Runner() as runner:
            path = re.findall(r"http://127.0.0.1:8000(/\w+)", health[-1])[0]
            assert InProcessClient(runner, served[0]["app"]).asks("GET", path).status_code == 200
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
            "optional-dependencies"
        ]
        assert set(re.findall(r"'\.\[(.*)\]'", text)[0].split(",")) <= extras.keys()
        # the comment, the page and the file name the same commands
        page = self.PAGE.read_text(encoding="utf-8")
        assert "podman build -t kwiga-orders ." in text
        assert "podman build -t kwiga-orders ." in page
        assert "install -d -o orders /var/lib/orders" in text

    def settings(self) -> list[dict[str, Any]]:
        """Give the blocks of JSON of the page."""
        return [json.loads(block) for block in _blocks(self.PAGE, "json")]

    def commands(self) -> list[list[str]]:
        """Give the commands of its shell blocks, as words."""
        lines = "\n".join(_blocks(self.PAGE, "sh")).replace("\\\n", " ").splitlines()
        return [shlex.split(line) for line in lines if line]


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


@contextmanager
def _started(runner: asyncio.Runner, app: Any) -> Iterator[None]:
    lifespan = app.router.lifespan_context(app)
    runner.run(lifespan.__aenter__())
    yield
    runner.run(lifespan.__aexit__(None, None, None))


def _request(words: list[str], known: Mapping[str, str]) -> tuple[str, str, dict[str, str]]:
    """Read the words of `curl -s`: the path, the body, and the headers; what is known stands for its name."""
    path, body, headers = "", "", {}
    for flag, word in pairwise(["", *words]):
        for name, value in known.items():
            word = word.replace(name, value)  # noqa: PLW2901 - the same word, spelled out
        if flag == "-d":
            body = word
        elif flag == "-H":
            name, _, value = word.partition(": ")
            headers[name] = value
        elif word.startswith("localhost:8000"):
            path = word.removeprefix("localhost:8000")
    return path, body, headers

"""`kwiga-orders work` in a process of its own: it ends by SIGTERM and loses nothing, and tells how it is."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.cli import main
from kwiga_orders.cli.work import Beats
from kwiga_orders.testing.school import FrozenClock
from kwiga_orders.worker import Round
from tests import postgres
from tests.races.hosted import letters_wait

ROOT = Path(__file__).parent.parent.parent
HOST = "tests.races.hosted:hosted"
RUN = "import sys; from kwiga_orders.cli import main; sys.exit(main())"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it."""
    return f"sqlite:///{tmp_path}/school.db" if request.param == "sqlite" else postgres.emptied()


class TestStopped:
    """SIGTERM, in the middle of what a worker hands on."""

    def test_ends_cleanly(self, url: str, tmp_path: Path) -> None:
        """It ends the row it is at, marks it, gives all others back at once, and exits with 0."""
        written = letters_wait(url)
        assert len(written) > 2
        command = [sys.executable, "-c", RUN, "work", url, "--host", HOST, "--heartbeat", str(tmp_path / "beats")]
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            first = process.stdout.readline().strip()
            process.send_signal(signal.SIGTERM)
            assert process.stderr.readline() == "kwiga-orders: stopping\n"
            process.stdin.close()
            rest, problems = process.stdout.read(), process.stderr.read()

        assert (process.returncode, rest, problems) == (0, "", "")
        now = FrozenClock().now()
        with SqlOrderStore.from_url(url) as store:
            free = store.claim("school", now=now, until=now + timedelta(minutes=1), limit=10_000)
        assert [first, *(row.id for row in free.rows)] == written


class TestHealth:
    """One line, and 0 if all is well."""

    @pytest.mark.parametrize("url", ["sqlite"], indirect=True)
    def test_tells(self, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Old rows are not well, nor is a worker that had no round for long; `--alive` looks at the rounds alone."""
        beats = tmp_path / "beats"
        letters_wait(url, ago=timedelta(hours=2))
        common = ["work", url, "--host", HOST, "--heartbeat", str(beats)]

        assert [main([*common, "--health"]), main([*common, "--alive"])] == [1, 1]
        assert "parked: 0, oldest waiting: 7200 s" in (out := capsys.readouterr().out)
        assert "last round: never" in out
        Beats(beats).note(Round(duty="due", at=FrozenClock().now(), done=0))
        assert [main([*common, "--health"]), main([*common, "--alive"])] == [1, 0]
        Beats(beats).note(Round(duty="due", at=FrozenClock().now() - timedelta(hours=1), done=0))
        assert main([*common, "--alive"]) == 1

    def test_no_host(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A host that is not there, or gives something else, is said."""
        url = f"sqlite:///{tmp_path}/school.db"
        assert [main(["work", url, "--host", one]) for one in ("nowhere:x", "json:nothing", "builtins:repr")] == [2] * 3
        assert capsys.readouterr().err.count("kwiga_orders.worker.Hosted") == 3

"""The plugin of pytest that comes with the extra `testing`: fixtures, case files as tests, what laws have met.

    def test_my_rule(school, clock, outbox, gateway): ...

Files named `*.case.json` are collected, each as a test that fails with what went another way. After a run with `-v`
the laws say how often their cases were met. It keeps nothing of its own, so tests may be spread over processes.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kwiga_orders.extras import extra

with extra("testing"):
    import pytest

if TYPE_CHECKING:
    from kwiga_orders.testing.gateways import FakeGateway
    from kwiga_orders.testing.school import FrozenClock, RecordingNotifier, School

__all__ = ["CaseFailed", "CaseTest", "CaseTestFile"]

_SUITES = (
    "laws", "machine", "stores", "gateway_bench", "gateway_contract", "requirements", "store_commits", "store_delivery",
    "store_due", "store_durable", "store_hosted", "store_lists", "store_lookups", "store_money", "store_offers",
    "store_projects", "store_stories", "port_contracts",
)  # fmt: skip

# The suites assert in modules that are no tests, and should fail as readably as tests do. What is imported already
# cannot be rewritten, and pytest would warn of it.
pytest.register_assert_rewrite(
    *(name for name in (f"kwiga_orders.testing.{one}" for one in _SUITES) if name not in sys.modules)
)


# Fixtures. What they are made of is imported when it is asked for: the plugin is loaded by every run of pytest.


@pytest.fixture
def school() -> "School":
    """Give a school in memory, with a gateway in memory connected; a fixture of the host's of that name replaces it."""
    from kwiga_orders.testing.school import School

    made = School()
    made.connects("fake")
    return made


@pytest.fixture
def clock(school: "School") -> "FrozenClock":
    """Give the clock of the school."""
    return school.clock


@pytest.fixture
def outbox(school: "School") -> "RecordingNotifier":
    """Give what the school has sent: `outbox.rows`, `outbox.letters`."""
    return school.notifier


@pytest.fixture
def gateway(school: "School") -> "FakeGateway":
    """Give the gateway of the school."""
    from kwiga_orders.testing.gateways import FakeGateway

    made = school.orders.gateways.get("fake") or school.connects("fake")
    assert isinstance(made, FakeGateway), "the school has a gateway of that name that is not in memory"
    return made


# Case files


class CaseFailed(Exception):
    """A story went another way."""


class CaseTestFile(pytest.File):
    """A file `*.case.json`: one test."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give its test."""
        yield CaseTest.from_parent(self, name=self.path.name.removesuffix(".case.json"))


class CaseTest(pytest.Item):
    """A story, played on a fresh school in memory."""

    def runtest(self) -> None:
        """Play it.

        Raises:
            CaseFailed: with each step that went another way, and what was expected and found.
            InvalidInput: with all its faults, if the file is not a case.
        """
        from kwiga_orders.adapters.memory import MemoryOrderStore
        from kwiga_orders.testing.case_files import read_case_file
        from kwiga_orders.testing.stage import SchoolStage
        from kwiga_orders.wire.case_runner import run_case

        case = read_case_file(self.path)
        if failures := run_case(case, SchoolStage(store=MemoryOrderStore())):
            raise CaseFailed("\n".join([case.title, *(f"  {failure}" for failure in failures)]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """Give what is shown: what went another way, without our own frames."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Give where it is."""
        return self.path, None, f"case {self.name}"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    """Collect case files."""
    return CaseTestFile.from_parent(parent, path=file_path) if file_path.name.endswith(".case.json") else None


# Laws


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep what a law has met with its report, which also comes from other processes."""
    said = getattr(getattr(item, "obj", None), "met", None)
    if said is not None and ("law", said) not in item.user_properties:
        item.user_properties.append(("law", said))
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how often the cases of laws were met, and what adapters lack, if asked by `-v`."""
    if terminalreporter.config.get_verbosity() < 1:
        return
    passed = terminalreporter.getreports("passed")
    for title, kind in (("laws", "law"), ("what adapters lack", "lacks")):
        if lines := sorted(set(_said(passed, kind))):
            terminalreporter.section(title)
            for line in lines:
                terminalreporter.write_line(line)


def _said(reports: Iterable[object], kind: str) -> Iterator[str]:
    for report in reports:
        if isinstance(report, pytest.TestReport) and report.when == "call":
            yield from (f"{said}  {report.nodeid}" for name, said in report.user_properties if name == kind)

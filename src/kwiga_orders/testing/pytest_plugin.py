"""The pytest plugin of the extra `testing`: fixtures, case files as tests, and the statistics of laws.

    def test_my_rule(school, clock, outbox, gateway): ...

Every file named `*.case.json` is collected as a test, which fails with the differences from the case. With `-v`, laws
report how often their cases occurred. The plugin has no state, so tests may run in several processes.

Laws have the marker `kwiga_law`, with their rule as its argument, and case files the marker `kwiga_case`, so that
`pytest -m "not kwiga_law"` leaves the laws out.
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

# Asserts in the suites should fail as readably as those in tests. Modules that are already imported cannot be
# rewritten, and pytest would warn about them.
pytest.register_assert_rewrite(
    *(name for name in (f"kwiga_orders.testing.{one}" for one in _SUITES) if name not in sys.modules)
)


# Fixtures. Their modules are imported only when used, because every run of pytest loads the plugin.


@pytest.fixture
def school() -> "School":
    """Give a school in memory with a fake gateway; a host's fixture of the same name replaces it."""
    from kwiga_orders.testing.school import School

    made = School()
    made.connects("fake")
    return made


@pytest.fixture
def clock(school: "School") -> "FrozenClock":
    """Give the school's clock."""
    return school.clock


@pytest.fixture
def outbox(school: "School") -> "RecordingNotifier":
    """Give what the school has sent: `outbox.rows`, `outbox.letters`."""
    return school.notifier


@pytest.fixture
def gateway(school: "School") -> "FakeGateway":
    """Give the school's gateway."""
    from kwiga_orders.testing.gateways import FakeGateway

    made = school.orders.gateways.get("fake") or school.connects("fake")
    assert isinstance(made, FakeGateway), "the school has a gateway of that name that is not in memory"
    return made


# Markers


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, so that `--strict-markers` knows them."""
    config.addinivalue_line("markers", "kwiga_law(rule): a law that ships with kwiga_orders, or one of your own")
    config.addinivalue_line("markers", "kwiga_case: a case file")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark laws and case files."""
    rule = getattr(getattr(item, "obj", None), "law_of", None)
    if isinstance(rule, str):
        item.add_marker(pytest.mark.kwiga_law(rule))
    if isinstance(item, CaseTest):
        item.add_marker(pytest.mark.kwiga_case)


# Case files


class CaseFailed(Exception):
    """A case did not go as expected."""


class CaseTestFile(pytest.File):
    """A file `*.case.json`, which is one test."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give the test."""
        yield CaseTest.from_parent(self, name=self.path.name.removesuffix(".case.json"))


class CaseTest(pytest.Item):
    """A case that runs on a new school in memory."""

    def runtest(self) -> None:
        """Run the case.

        Raises:
            CaseFailed: with each difference: the step, what was expected, and what was found.
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
        """Give the text of the failure: the differences, without frames of the library."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Give the location of the test."""
        return self.path, None, f"case {self.name}"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    """Collect case files."""
    return CaseTestFile.from_parent(parent, path=file_path) if file_path.name.endswith(".case.json") else None


# Laws


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Attach the statistics of a law to its report, which also works with several processes."""
    said = getattr(getattr(item, "obj", None), "met", None)
    if said is not None and ("law", said) not in item.user_properties:
        item.user_properties.append(("law", said))
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """With `-v`, print how often the cases of laws occurred, and what adapters lack."""
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

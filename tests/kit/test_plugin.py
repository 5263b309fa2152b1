"""The plugin of pytest, case files that are written from what happened, and time that passes at a school."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from kwiga_orders.access import Grant
from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.errors import InvalidInput, Refused
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.window import Resolved
from kwiga_orders.payments import Outcome, SavedMeans, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing import laws
from kwiga_orders.testing.case_files import chapters, read_case_file
from kwiga_orders.testing.laws import Desk, Met
from kwiga_orders.testing.pytest_plugin import CaseTest, CaseTestFile, pytest_collect_file, pytest_itemcollected
from kwiga_orders.testing.school import School, local
from kwiga_orders.testing.stage import SchoolStage
from kwiga_orders.wire import read_json
from kwiga_orders.wire.case_runner import run_case
from kwiga_orders.wire.cases import read_case
from tests.effort import is_thorough

IS_OPEN = {"query": "access", "contact": "olena", "product": "python"}


def lived() -> School:
    """A school at which something happened: sold, refused, learned, renewed by a worker."""
    school = School().at("2026-11-01 10:00")
    school.teaches("hello", "loops")
    school.sells(terms=TermsChange(duration=For(period=Period(days=30))))
    order = school.opens()
    school.pays(order)
    school.learns("hello")
    with pytest.raises(Refused):
        school.pays(order)
    school.passes(days=10)
    school.does(asked.FreezeAccess(order=order, period=Period(days=5)))
    return school


def test_what_happened_is_a_case() -> None:
    """Played on a fresh school it goes the same way; a question that is added has its answer."""
    school = lived()
    text = school.case("Frozen", rules=("A11",), expects=[(IS_OPEN, {"open": False})])

    case = read_case(read_json(text.encode()))
    assert run_case(case, SchoolStage(store=MemoryOrderStore())) == []
    (failure,) = run_case(
        read_case(json.loads(school.case("Frozen", expects=[(IS_OPEN, {"open": True})]))),
        SchoolStage(store=MemoryOrderStore()),
    )
    assert (failure.path, failure.expected, failure.found) == ("open", "true", "false")


class Wrong(laws.Laws):
    """A law that does not hold."""

    @laws.law("A11")
    def test_a_freeze_closes_nothing(self, desk: Desk, draw: laws.Draw, met: Met) -> None:
        """It closes."""
        order = desk.bought()
        desk.does(asked.FreezeAccess(order=order, period=Period(days=5)))
        met()
        assert desk.is_open(), draw


class TestWrong(Wrong):
    """As a host would run it."""

    __test__ = False


def test_a_law_that_fails_is_written_as_a_case(tmp_path: Path) -> None:
    """In the folder that the class names; the file is a case, and says what happened."""
    TestWrong.cases = tmp_path
    with pytest.raises(AssertionError):
        TestWrong().test_a_freeze_closes_nothing()  # type: ignore[call-arg]
    case = read_case_file(tmp_path / "test_a_freeze_closes_nothing.case.json")

    assert case.rules == ("A11",)
    assert [step.do["command"] for step in case.steps if step.do is not None][-1] == "freeze_access"


def collected(path: Path, request: pytest.FixtureRequest) -> CaseTest:
    """Give the test that a case file is collected as."""
    file = pytest_collect_file(path, request.session)
    assert isinstance(file, CaseTestFile)
    (item,) = file.collect()
    assert isinstance(item, CaseTest)
    return item


def test_case_files_and_laws_are_marked(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The marker of a law has its rule as an argument; both markers are registered, for `--strict-markers`."""

    class TestMine(laws.MoneyLaws):
        """As a host writes it."""

    monkeypatch.setattr(sys.modules[__name__], "TestMine", TestMine, raising=False)
    path = tmp_path / "one.case.json"
    path.write_text(lived().case("Frozen"), encoding="utf-8")
    case = collected(path, request)
    chapter = pytest.Class.from_parent(request.node.getparent(pytest.Module), name="TestMine", obj=TestMine)
    laws_ = [one for one in chapter.collect() if isinstance(one, pytest.Item)]
    for item in (case, *laws_):
        pytest_itemcollected(item)

    assert case.get_closest_marker("kwiga_case") is not None
    assert case.get_closest_marker("kwiga_law") is None
    rules = [mark.args for one in laws_ if (mark := one.get_closest_marker("kwiga_law")) is not None]
    assert sorted(rules) == sorted((one.__dict__["rule"],) for one in laws.laws_of(TestMine).values())
    registered = "\n".join(request.config.getini("markers"))
    assert "kwiga_case" in registered
    assert "kwiga_law(rule)" in registered


def test_case_files_are_tests(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """One that goes as it is told passes; of another, each step that went another way is said, without our frames."""
    good, bad = tmp_path / "good.case.json", tmp_path / "bad.case.json"
    good.write_text(lived().case("Frozen"), encoding="utf-8")
    bad.write_text(lived().case("Frozen", expects=[(IS_OPEN, {"open": True})]), encoding="utf-8")
    assert pytest_collect_file(tmp_path / "other.json", request.session) is None

    collected(good, request).runtest()
    with pytest.raises(Exception, match="Frozen") as failed:
        collected(bad, request).runtest()
    said = collected(bad, request).repr_failure(failed)
    last = len(json.loads(bad.read_text(encoding="utf-8"))["steps"]) - 1
    assert said.splitlines()[1:] == [f"  steps.{last} (ask access): open: expected true, found false"]


class TestTime:
    """Time passes as a worker sees it."""

    def test_what_falls_due_happens_in_order(self) -> None:
        """A saved means is charged each month, letters go out, access ends when it ends."""
        school = School().at("2026-01-31 10:00")
        gateway = school.connects()
        school.sells(price="300.00", options=[Subscribe(id="sub", amount=Decimal(300), every=Period(months=1))])
        order = school.opens()
        means = SavedMeans("card")
        report = asked.ReportAttempt(order=order, payment=f"{order}.1", reference="w-1", outcome=Outcome.SUCCEEDED)
        school.does(attrs.evolve(report, means=means))
        school.passes(days=20)
        assert school.now == local("2026-02-20 10:00")
        assert gateway.waiting == []
        school.passes(months=1)

        made = [payment.due_at for payment in school.order(order).payments]
        assert made == [local("2026-01-31 10:00"), local("2026-02-28 10:00")]

    def test_an_offset_is_heeded(self) -> None:
        """A text with an offset is that instant, not a local time."""
        school = School().at("2026-11-01T10:00+01:00")

        assert school.now == local("2026-11-01 11:00")


def test_a_change_of_terms_is_no_terms() -> None:
    """It is refused when a grant is made, not when a lesson is asked for."""
    school = lived()
    made = next(step.made for step in school.told.steps if isinstance(step.command, asked.OpenOffer))
    order = school.order(made or "")
    with pytest.raises(InvalidInput, match="terms"):
        Grant(order=order, line=order.lines[0], resolved=Resolved(terms=TermsChange()))  # type: ignore[arg-type]


SPREAD = """
from contextlib import contextmanager
from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.testing.laws import MoneyLaws
from kwiga_orders.testing.stores import OrderStoreContract

class TestMyMoney(MoneyLaws):
    examples = 3

class TestMyStore(OrderStoreContract):
    lacks = {"durable": "a cache of one process"}
    examples, stories = 2, 1

    @contextmanager
    def open_store(self, folder, /):
        yield MemoryOrderStore()

"""


def test_suites_explain_their_asserts() -> None:
    """What they assert in is rewritten, as tests are, without a line in a `conftest.py`."""
    import kwiga_orders.testing.store_money as suite

    assert type(suite.__spec__.loader).__name__ == "AssertionRewritingHook"


if is_thorough():
    # two processes, and what they import, take seconds
    def test_it_may_be_spread_over_processes(tmp_path: Path) -> None:
        """Laws, suites and case files run side by side; what was met and what is lacking is shown in the end."""
        (tmp_path / "test_mine.py").write_text(SPREAD, encoding="utf-8")
        case = next(iter(chapters()["quickstart"]))
        (tmp_path / "one.case.json").write_bytes(case.read_bytes())
        place = {**os.environ, "PYTEST_ADDOPTS": ""}
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-n",
            "2",
            "-v",
            "-W",
            "error",
            "-p",
            "no:cacheprovider",
            str(tmp_path),
        ]

        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=place, check=False)

        assert done.returncode == 0, done.stdout[-3000:]
        assert "M3: the case was met" in done.stdout
        assert "durable (3 tests): a cache of one process" in done.stdout

"""Case files: read with all their faults, run step by step, and what is told when a story goes another way."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import attrs
import pytest

from kwiga_orders.changes import Receipt
from kwiga_orders.codec import Json
from kwiga_orders.commands import Command
from kwiga_orders.course import Course, Progress
from kwiga_orders.errors import InvalidInput, NotFound, Refused
from kwiga_orders.orders.commands import AddTask, CompleteTask, EditOrder, MarkPaid, OpenOffer
from kwiga_orders.project import Contact, Project
from kwiga_orders.queries import AccessQuery, HistoryQuery, LettersQuery, OrderQuery, Query
from kwiga_orders.testing.case_files import cases_folder
from kwiga_orders.wire import read_json
from kwiga_orders.wire.case_runner import Names, Stage, run_case
from kwiga_orders.wire.cases import read_case
from tests.wire.documents import AT, CONTACT, COURSE, FUNNEL, OFFER, PROGRESS, PROJECT, Document

CASES = sorted(cases_folder().rglob("*.json"))
CANCELLED = Refused("order.cancelled", order="7f3a")
MISSING = NotFound("order", "")
PRECISE = Refused("money.too_precise", amount="1.234")
NOON = "2026-11-01T12:00:00+00:00"


def case_of(*steps: Document, **more: Json) -> Document:
    """Give a case of these steps, all at noon unless they say otherwise."""
    return {"title": "A story", "project": PROJECT, "steps": [{"at": NOON, **step} for step in steps], **more}


def faults(document: object) -> list[tuple[str, str]]:
    """Give path and code of every fault of a case that is none."""
    with pytest.raises(InvalidInput) as refused:
        read_case(document)
    return [(fault.path, fault.code) for fault in refused.value.faults]


@attrs.define
class ScriptedStage:
    """A stage of one order: `open_offer` makes it, `mark_paid` changes it, everything else is refused."""

    told: list[object] = attrs.field(factory=list)
    paid: bool = False
    leaks: bool = False

    def at(self, instant: datetime) -> None:
        """Note the instant."""
        self.told.append(instant)

    def project(self, project: Project) -> None:
        """Note the project."""
        self.told.append(project)

    def contact(self, contact: Contact) -> None:
        """Note the contact."""
        self.told.append(contact)

    def course(self, course: Course) -> None:
        """Note the course."""
        self.told.append(course)

    def progress(self, progress: Progress) -> None:
        """Note the progress."""
        self.told.append(progress)

    def connect(self, gateway: str) -> None:
        """Note the gateway."""
        self.told.append(("connect", gateway))

    def script(self, gateway: str, outcomes: Sequence[str]) -> None:
        """Note what a gateway answers."""
        self.told.append((gateway, *outcomes))

    def run_due(self) -> None:
        """Note that the scheduler ran."""
        self.told.append("run_due")

    def relay(self) -> None:
        """Note that the worker ran."""
        self.told.append("relay")

    def do(self, command: Command) -> Receipt:
        """Note the command, and do it if it is one of those."""
        self.told.append(command)
        if isinstance(command, OpenOffer) or command.name in ("create_offer", "create_funnel"):
            return Receipt(order="7f3a" if isinstance(command, OpenOffer) else None)
        if isinstance(command, AddTask):
            return Receipt(order="7f3a", made="task-9")
        if isinstance(command, MarkPaid):
            self.paid = True
            return Receipt(order="7f3a")
        if isinstance(command, EditOrder):
            self.paid = self.paid or self.leaks
        raise Refused("order.cancelled", order="7f3a")

    def ask(self, query: Query[object]) -> Json:
        """Answer with ids, as the library does."""
        if isinstance(query, LettersQuery | HistoryQuery):
            return []
        if isinstance(query, OrderQuery) and query.order == "7f3a":
            return {
                "id": "7f3a",
                "paid": self.paid,
                "at": "2026-11-01T12:00:00Z",
                "total": "10.0",
                "payments": [{"id": "7f3a.1"}, {"id": "7f3a.2"}],
                "by_order": {"7f3a": 1},
                "tasks": ["task-9"],
            }
        raise NotFound("order", getattr(query, "order", ""))


def run(document: Document, *, leaks: bool = False) -> list[str]:
    """Run a case on a scripted stage; give what it says."""
    stage = ScriptedStage(leaks=leaks)
    fits: Stage = stage
    return [str(failure) for failure in run_case(read_case(document), fits)]


OPEN: Document = {"do": {"command": "open_offer", "offer": "basic", "contact": "olena", "as": "o1"}}
PAY: Document = {"do": {"command": "mark_paid", "order": "o1", "payment": "o1.1"}}
ASK: Document = {"ask": {"query": "order", "order": "o1"}, "is": {"id": "o1"}}


class TestReading:
    """A case is read whole, or all its faults are told."""

    @pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
    def test_the_cases_of_the_project(self, path: Path) -> None:
        """Each of them is a case."""
        document = read_json(path.read_bytes())
        assert isinstance(document, dict)
        assert isinstance(steps := document["steps"], list)
        assert len(read_case(document).steps) == len(steps)

    def test_everything_it_may_have(self) -> None:
        """A case may bring courses, funnels, offers and contacts, and learners may get on in it."""
        case = read_case(
            case_of(
                OPEN,
                {**ASK, "never": ["maria"]},
                {"progress": PROGRESS},
                {"course": COURSE},
                rules=["A1"],
                courses=[COURSE],
                funnels=[FUNNEL],
                offers=[OFFER],
                contacts=[CONTACT],
            )
        )
        assert (case.funnels[0].id, case.offers[0].code, case.contacts[0].id) == ("vip", "basic", "olena")
        assert [step.at for step in case.steps] == [datetime(2026, 11, 1, 12, tzinfo=UTC)] * 4

    def test_null_may_be_expected(self) -> None:
        """An answer may be expected to be null, which is not the same as nothing expected."""
        case = read_case(case_of({"ask": ASK["ask"], "is": None}, {"ask": ASK["ask"], "never": ["x"]}))
        assert [step.is_expected for step in case.steps] == [True, False]

    @pytest.mark.parametrize(
        ("step", "path", "code"),
        [
            ({}, "", "input.invalid"),
            ({**OPEN, **ASK}, "", "input.invalid"),
            ({"do": []}, "do", "input.invalid"),
            ({"do": {"command": "fly"}}, "do.command", "input.invalid"),
            ({"do": {**PAY["do"], "when": AT}}, "do.when", "input.unknown_field"),  # type: ignore[dict-item]
            ({"do": {**PAY["do"], "paid_at": "2026-11-31"}}, "do.paid_at", "input.invalid"),  # type: ignore[dict-item]
            ({"do": {**PAY["do"], "as": ""}}, "do.as", "input.invalid"),  # type: ignore[dict-item]
            ({**PAY, "is": {}}, "is", "input.invalid"),
            ({"ask": {"query": "order"}, "is": {}}, "ask.order", "input.invalid"),
            ({"ask": ASK["ask"]}, "is", "input.invalid"),
            ({**ASK, "never": []}, "never", "input.invalid"),
            ({"progress": PROGRESS, "refused": "not_found"}, "refused", "input.invalid"),
            ({"progress": {"contact": "olena"}}, "progress.product", "input.invalid"),
            ({**PAY, "at": "2026-11-01T12:00:00"}, "at", "time.naive"),
            ({**PAY, "then": 1}, "then", "input.unknown_field"),
            ({"run_due": False}, "run_due", "input.invalid"),
            ({"run_due": True, "is": {}}, "is", "input.invalid"),
            ({"gateway": {"name": "stripe", "next": ["lost"]}}, "gateway.next.0", "input.invalid"),
            ({"gateway": {"name": "paypal", "next": []}}, "gateway.name", "input.invalid"),
        ],
    )
    def test_faults_of_steps(self, step: Document, path: str, code: str) -> None:
        """What is wrong with a step, or with what it does, is told by its path in the file."""
        assert faults(case_of(PAY, step)) == [(f"steps.1.{path}" if path else "steps.1", code)]

    def test_all_faults_at_once(self) -> None:
        """What is wrong in several places is told in one go."""
        document = case_of(
            {"do": {"command": "fly"}}, OPEN, offers=[{**OFFER, "items": []}, OFFER], projects=[], contacts={}
        )
        assert sorted(faults(document)) == [
            ("contacts", "input.invalid"),
            ("offers.0.items", "input.invalid"),
            ("offers.1.code", "input.invalid"),
            ("projects", "input.unknown_field"),
            ("steps.0.do.command", "input.invalid"),
        ]

    def test_a_command_that_is_to_be_refused(self) -> None:
        """A document that the wire refuses is no fault of a case that says so."""
        case = read_case(case_of({"do": {"command": "mark_paid", "paid_at": "tomorrow"}, "refused": "input.invalid"}))
        assert [step.refused for step in case.steps] == ["input.invalid"]

    @pytest.mark.parametrize("document", [None, [], {}, "case", {"steps": 5}, {"steps": [None, 5, []]}])
    def test_no_cases(self, document: Json) -> None:
        """What is no case is told so."""
        assert faults(document)


class TestNames:
    """A story knows names, the library ids."""

    @pytest.fixture
    def names(self) -> Names:
        """Two orders, and one of them under a second name."""
        names = Names()
        for name, id in (("o1", "7f3a"), ("o2", "99.x"), ("again", "7f3a")):
            names.give(name, id)
        return names

    def test_names_become_ids(self, names: Names) -> None:
        """In fields that hold ids, a name alone or up to a dot; all else is left alone."""
        document: Document = {
            "order": "o1",
            "payment": "o1.2",
            "task": "o2.t.1",
            "offer": ["again", "o10"],
            "comment": "o1",
            "command": {"order": "unknown", "payment": "o11.1"},
        }
        assert names.with_ids(document) == {
            "order": "7f3a",
            "payment": "7f3a.2",
            "task": "99.x.t.1",
            "offer": ["7f3a", "o10"],
            "comment": "o1",
            "command": {"order": "unknown", "payment": "o11.1"},
        }

    def test_ids_become_names(self, names: Names) -> None:
        """In answers everywhere, in names of fields too; of two names the first."""
        answer: Json = {"7f3a": {"at": "99.x"}, "rows": [["7f3a.1", "99.x.2", "7f3ab", "99.y", 7, None]]}
        assert names.with_names(answer) == {"o1": {"at": "o2"}, "rows": [["o1.1", "o2.2", "7f3ab", "99.y", 7, None]]}

    def test_any_name_may_be_expected(self, names: Names) -> None:
        """Payments "are also `o1.1`, `o1.2`": whichever name is expected, it is the thing that is compared."""
        names.give("surcharge", "7f3a.2")
        answer: Json = {"orders": ["7f3a"], "payments": [{"id": "7f3a.1"}, {"id": "7f3a.2"}], "tags": ["o9"]}
        for expected in (
            {"orders": ["again"], "payments": [{"id": "again.1"}, {"id": "o1.2"}], "tags": ["o9"]},
            {"orders": ["o1"], "payments": [{"id": "o1.1"}, {"id": "surcharge"}], "tags": ["o9"]},
        ):
            assert names.as_shown(cast(Json, expected)) == names.with_names(answer)


class TestRunning:
    """A story runs in order, and tells what went another way."""

    def test_as_told(self) -> None:
        """A story that goes as told says nothing."""
        expected: Document = {
            "id": "o1",
            "paid": True,
            "at": "2026-11-01T14:00:00+02:00",
            "total": "10.00",
            "payments": [{"id": "o1.1"}, {"id": "o1.2"}],
            "by_order": {"o1": 1},
        }
        assert run(case_of(OPEN, PAY, {**ASK, "is": expected, "never": ["7f3a"]})) == []

    def test_order_of_things(self) -> None:
        """The clock and the school come first, then people and courses, then funnels and offers, then the steps."""
        stage = ScriptedStage()
        document = case_of(
            {"progress": PROGRESS},
            {"at": AT, "course": COURSE},
            courses=[COURSE],
            funnels=[FUNNEL],
            offers=[OFFER],
            contacts=[CONTACT],
        )
        assert run_case(read_case(document), stage) == []
        assert [type(one).__name__ for one in stage.told] == [
            "datetime", "tuple", "tuple", "Project", "Contact", "Course", "CreateFunnel", "CreateOffer",
            "datetime", "Progress", "datetime", "Course",
        ]  # fmt: skip

    def test_the_work_of_a_host(self) -> None:
        """Gateways are connected as the case says; the scheduler and the worker run when the story says so."""
        stage = ScriptedStage()
        document = case_of(
            {"gateway": {"name": "liqpay", "next": ["failed", "succeeded"]}},
            {"run_due": True},
            {"relay": True},
            {**OPEN, "run_due": True, "relay": True},
            {**ASK, "relay": True},
            gateways=["liqpay"],
        )
        assert run_case(read_case(document), stage) == []
        noted = [one for one in stage.told if isinstance(one, str | tuple)]
        assert noted == [
            ("connect", "liqpay"), ("liqpay", "failed", "succeeded"),
            "run_due", "relay", "run_due", "relay", "relay",
        ]  # fmt: skip

    def test_usual_gateways(self) -> None:
        """A case that does not say which gateways are connected has two."""
        assert read_case(case_of(ASK)).gateways == ("wayforpay", "stripe")

    def test_what_was_made_has_the_name(self) -> None:
        """`as` names what a command makes: an order, or what it makes in one."""
        stage = ScriptedStage()
        task: Document = {"do": {"command": "add_task", "order": "o1", "title": "Call", "as": "call"}}
        done: Document = {
            "do": {"command": "complete_task", "order": "o1", "task": "call"},
            "refused": "order.cancelled",
        }
        run_case(read_case(case_of(OPEN, task, done)), stage)
        assert stage.told[-1] == CompleteTask(order="7f3a", task="task-9")

    def test_differences(self) -> None:
        """Each difference is a line: the step, what it asks, where, what was expected, what was found."""
        assert run(case_of(OPEN, {**ASK, "is": {"id": "o2", "paid": True}, "never": ["o1.2"]})) == [
            'steps.1 (ask order): id: expected "o2", found "o1"',
            "steps.1 (ask order): paid: expected true, found false",
            "steps.1 (ask order): expected never 'o1.2', found it in the answer",
        ]

    def test_refused_as_told(self) -> None:
        """A refusal that is expected is as it should be, by a rule or by the wire."""
        naive: Document = {"do": {**PAY["do"], "paid_at": "2026-11-31"}, "refused": "input.invalid"}  # type: ignore[dict-item]
        rule: Document = {"do": {"command": "renew", "order": "o1"}, "refused": "order.cancelled"}
        question: Document = {"ask": {"query": "order", "order": "o9"}, "refused": "not_found"}
        assert run(case_of(OPEN, naive, rule, question)) == []

    def test_not_refused(self) -> None:
        """What is done, or answered, though it should be refused, is told; and so is another reason."""
        other: Document = {"do": {"command": "renew", "order": "o1"}, "refused": "not_found"}
        asked: Document = {"ask": ASK["ask"], "refused": "not_found"}
        assert run(case_of(OPEN, other, asked, {**PAY, "refused": "payment.void"})) == [
            f"steps.1 (renew): expected to be refused: not_found, found refused: {CANCELLED}",
            "steps.2 (ask order): expected to be refused: not_found, found answered",
            "steps.3 (mark_paid): expected to be refused: payment.void, found done",
            "steps.3 (mark_paid): expected nothing to change, found a change",
        ]

    def test_refused_and_yet_changed(self) -> None:
        """A refusal that leaves a trace is none."""
        edit: Document = {"do": {"command": "edit_order", "order": "o1", "tags": []}, "refused": "order.cancelled"}
        assert run(case_of(OPEN, edit)) == []
        assert run(case_of(OPEN, edit), leaks=True) == [
            "steps.1 (edit_order): expected nothing to change, found a change"
        ]

    def test_refused_against_expectation(self) -> None:
        """A command that should be done and is refused ends the story; a question does not."""
        lost: Document = {"ask": {"query": "access", "contact": "a", "product": "b"}, "is": {"open": True}}
        assert run(case_of(lost, {"do": {"command": "renew", "order": "o1"}}, ASK)) == [
            f"steps.0 (ask access): expected an answer, found refused: {MISSING}",
            f"steps.1 (renew): expected it to be done, found refused: {CANCELLED}",
        ]

    def test_a_name_is_of_one_thing(self) -> None:
        """What a repeated command answers has its name already (K1); another thing under it is told."""
        task: Document = {"do": {"command": "add_task", "order": "o1", "title": "Call", "as": "o1"}}
        assert run(case_of(OPEN, OPEN, ASK)) == []
        assert run(case_of(OPEN, task)) == ["steps.1 (add_task): expected 'o1' to be new, found another thing"]

    def test_a_crash_fails_the_story_and_not_the_run(self) -> None:
        """What nobody foresaw is told with its step; a question after it is still asked."""

        class Faulty(ScriptedStage):
            def ask(self, query: Query[object]) -> Json:
                return [][len(self.told)] if isinstance(query, AccessQuery) else super().ask(query)

        lost: Document = {"ask": {"query": "access", "contact": "a", "product": "b"}, "is": {"open": True}}
        failures = run_case(read_case(case_of(OPEN, lost, ASK)), Faulty())
        assert [failure.step for failure in failures] == ["steps.1"]
        assert "IndexError" in failures[0].found

    def test_a_beginning_that_is_refused(self) -> None:
        """What a story has to begin with is made by commands; if one is refused, nothing else is tried."""

        class Strict(ScriptedStage):
            def do(self, command: Command) -> Receipt:
                raise Refused("money.too_precise", amount="1.234")

        failures = run_case(read_case(case_of(OPEN, offers=[OFFER])), Strict())
        assert [str(failure) for failure in failures] == [
            f"offers.0 (create_offer): expected to be made, found refused: {PRECISE}"
        ]

    def test_failures_are_one_line_each(self) -> None:
        """However long or many-lined what was found is."""
        long: Document = {**ASK, "is": {"id": "o1\n" * 200}}
        (line,) = run(case_of(OPEN, long))
        assert "\n" not in line
        assert len(line) < 400


def test_access_questions_are_asked_as_written() -> None:
    """A question looks at its own instant, if it names one."""
    asked: list[Query[object]] = []

    class Listening(ScriptedStage):
        def ask(self, query: Query[object]) -> Json:
            asked.append(query)
            return json.loads("{}")  # type: ignore[no-any-return]

    step: Document = {"ask": {"query": "access", "contact": "a", "product": "b", "at": AT}, "is": {}}
    assert run_case(read_case(case_of(step)), Listening()) == []
    assert asked == [AccessQuery(contact="a", product="b", at=datetime(2026, 12, 31, 16, tzinfo=UTC))]

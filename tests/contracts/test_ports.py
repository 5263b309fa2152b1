"""Adapters of the small ports keep their conditions; bad ones are told by the test for their fault."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import attrs
import pytest

from kwiga_orders.adapters.mail import MailNotifier, Sender, StoredPeople
from kwiga_orders.adapters.memory import MemoryCourses, MemoryProgress
from kwiga_orders.adapters.webhooks import Endpoint, WebhookNotifier
from kwiga_orders.changes import OutboxRow
from kwiga_orders.course import Course, Progress
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.locale import LetterFacts
from kwiga_orders.policy import ALL, ROLES, Policy, Role
from kwiga_orders.ports import Courses, Notifier, People, ProgressSource, StaffDirectory
from kwiga_orders.testing.local_server import Answered, Asked, LocalServer
from kwiga_orders.testing.mailbox import LocalMailbox
from kwiga_orders.testing.port_contracts import (
    CoursesContract,
    NotifierBench,
    NotifierContract,
    PeopleContract,
    PolicyContract,
    ProgressContract,
    StaffDirectoryContract,
)
from kwiga_orders.testing.school import School
from tests.kit.telling import told_by

# Good ones


@attrs.define
class Remembering:
    """A notifier in memory that sends each key once; and its bench."""

    rows: list[OutboxRow] = attrs.field(factory=list)
    is_down: bool = False

    @property
    def notifier(self) -> Notifier:
        return self

    def notify(self, _: str, row: OutboxRow, /) -> None:
        if self.is_down:
            raise AdapterFailed("crm.unreachable")
        if row.id not in {one.id for one in self.rows}:
            self.rows.append(row)

    def sent(self) -> Sequence[str]:
        return [row.id for row in self.rows]

    @contextmanager
    def broken(self) -> Iterator[None]:
        self.is_down = True
        yield
        self.is_down = False


class TestNotifierInMemory(NotifierContract):
    @contextmanager
    def open_bench(self, _: School, /) -> Iterator[NotifierBench]:
        yield Remembering()


@attrs.frozen
class MailBench:
    notifier: MailNotifier
    mailbox: LocalMailbox

    def sent(self) -> Sequence[str]:
        return [str(letter["Message-ID"]) for letter in self.mailbox.letters]

    @contextmanager
    def broken(self) -> Iterator[None]:
        self.mailbox.at_data.append("451 later")
        yield


class TestMail(NotifierContract):
    lacks: ClassVar = {"events": "letters only", "once": "a mail server forgets; the Message-ID stays the same"}

    @contextmanager
    def open_bench(self, school: School, /) -> Iterator[NotifierBench]:
        sender = Sender(address="school@example.com", domain="school.example")
        people = StoredPeople(store=school.store, facts=lambda *_: LetterFacts(school="School"))
        with LocalMailbox() as mailbox:
            yield MailBench(MailNotifier(server=mailbox.server, sender=sender, people=people), mailbox)


@attrs.define
class HookBench:
    status: int = 200
    ids: list[str] = attrs.field(factory=list)

    def answer(self, asked: Asked, /) -> Answered:
        if self.status == 200:
            self.ids.append(json.loads(asked.body)["id"])
        return Answered(status=self.status)

    notifier: Any = None

    def sent(self) -> Sequence[str]:
        return self.ids

    @contextmanager
    def broken(self) -> Iterator[None]:
        self.status = 500
        yield
        self.status = 200


class TestWebhooks(NotifierContract):
    lacks: ClassVar = {"letters": "events only", "once": "receivers keep what they have seen, by id"}

    @contextmanager
    def open_bench(self, _: School, /) -> Iterator[NotifierBench]:
        bench = HookBench()
        server = LocalServer(bench)
        server.start()
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        endpoint = Endpoint(url=f"{server.url}/hook", secrets=(secret,), allows_private=True)
        bench.notifier = WebhookNotifier(lambda _: [endpoint])
        yield bench
        server.stop()


class TestCoursesInMemory(CoursesContract):
    @contextmanager
    def open_courses(self, given: Mapping[str, Sequence[Course]], /) -> Iterator[Courses]:
        courses = MemoryCourses()
        for project, some in given.items():
            for course in some:
                courses.put(project, course)
        yield courses


class TestProgressInMemory(ProgressContract):
    @contextmanager
    def open_progress(self, given: Mapping[str, Sequence[Progress]], /) -> Iterator[ProgressSource]:
        progress = MemoryProgress()
        for project, some in given.items():
            for one in some:
                progress.put(project, one)
        yield progress


@attrs.frozen
class Directory:
    names: Mapping[str, Mapping[str, str]]

    def find_names(self, project: str, ids: Sequence[str], /) -> Mapping[str, str]:
        known = self.names.get(project, {})
        return {id: known[id] for id in ids if id in known}


class TestDirectory(PeopleContract):
    @contextmanager
    def open_people(self, given: Mapping[str, Mapping[str, str]], /) -> Iterator[People]:
        yield Directory(given)


class ListedDirectory(Directory):
    def list_staff(self, project: str, /) -> Mapping[str, str]:
        return self.names.get(project, {})


class TestListedDirectory(StaffDirectoryContract):
    @contextmanager
    def open_people(self, given: Mapping[str, Mapping[str, str]], /) -> Iterator[StaffDirectory]:
        yield ListedDirectory(given)


class TestThePolicy(PolicyContract):
    """The table that ships."""


# Bad ones


class Swallows(Remembering):
    """What could not be sent is forgotten."""

    told_by = "test_a_failure_is_told"

    def notify(self, project: str, row: OutboxRow, /) -> None:
        if not self.is_down:
            super().notify(project, row)


class FreshIds(Remembering):
    """Each try has an id of its own."""

    told_by = "test_what_comes_again_is_the_same"

    def notify(self, project: str, row: OutboxRow, /) -> None:
        super().notify(project, attrs.evolve(row, id=f"{row.id}-{len(self.rows)}"))


class KnowsAllNames(Remembering):
    """An event that is new breaks it."""

    told_by = "test_what_nobody_has_heard_of"

    def notify(self, project: str, row: OutboxRow, /) -> None:
        if row.name.startswith("x."):
            raise KeyError(row.name)
        super().notify(project, row)


class WritesIntoRows(Remembering):
    """Its own fields stay in the row."""

    told_by = "test_a_row_is_left_as_it_is"

    def notify(self, project: str, row: OutboxRow, /) -> None:
        super().notify(project, row)
        row.data["sent"] = True  # type: ignore[index]


class OneSchool(MemoryCourses):
    """Outlines are found by product alone."""

    told_by = "test_an_outline_is_of_its_project"

    def find_course(self, project: str, product: str, /) -> Course | None:
        return next((one for (_, id), one in self._courses.items() if id == product), None)


class RaisesWhatIsMissing(MemoryCourses):
    """A product that is not there is an error."""

    told_by = "test_an_outline_is_found"

    def find_course(self, project: str, product: str, /) -> Course | None:
        return self._courses[project, product]


class NoneForNothing(MemoryProgress):
    """Who has done nothing has no progress."""

    told_by = "test_nothing_was_done"

    def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        return self._progress.get((project, contact, product))  # type: ignore[return-value]


class AnybodysNames(Directory):
    """Staff is found whatever the project."""

    told_by = "test_names_are_of_their_project"

    def find_names(self, project: str, ids: Sequence[str], /) -> Mapping[str, str]:
        return {id: name for known in self.names.values() for id, name in known.items() if id in ids}


class InventsNames(Directory):
    """Who is unknown is called by the id."""

    told_by = "test_names_are_found"

    def find_names(self, project: str, ids: Sequence[str], /) -> Mapping[str, str]:
        return {id: self.names.get(project, {}).get(id, id) for id in ids}


class ListsAnybody(ListedDirectory):
    """The list is that of all projects."""

    told_by = "test_the_staff_is_of_its_project"

    def list_staff(self, project: str, /) -> Mapping[str, str]:
        return {id: name for known in self.names.values() for id, name in known.items()}


class ListsIds(ListedDirectory):
    """Who is listed is called by the id."""

    told_by = "test_the_staff_is_listed"

    def list_staff(self, project: str, /) -> Mapping[str, str]:
        return {id: id for id in self.names.get(project, {})}


@contextmanager
def nothing() -> Iterator[Mapping[str, object]]:
    yield {"record_property": lambda *_: None}


@pytest.mark.parametrize("bad", [Swallows, FreshIds, KnowsAllNames, WritesIntoRows])
def test_a_bad_notifier_is_told(bad: type[Swallows]) -> None:
    @contextmanager
    def fixtures() -> Iterator[Mapping[str, object]]:
        school = School()
        school.sells()
        school.pays(school.opens())
        yield {"told": (bad(), school.notifier.rows), "record_property": lambda *_: None}

    assert bad.told_by in told_by(NotifierContract, fixtures)


@pytest.mark.parametrize("bad", [OneSchool, RaisesWhatIsMissing])
def test_bad_courses_are_told(bad: type[OneSchool]) -> None:
    class Suite(CoursesContract):
        @contextmanager
        def open_courses(self, given: Mapping[str, Sequence[Course]], /) -> Iterator[Courses]:
            courses = bad()
            for project, some in given.items():
                for course in some:
                    courses.put(project, course)
            yield courses

    assert bad.told_by in told_by(Suite, nothing)


def test_bad_progress_is_told() -> None:
    class Suite(ProgressContract):
        @contextmanager
        def open_progress(self, given: Mapping[str, Sequence[Progress]], /) -> Iterator[ProgressSource]:
            yield NoneForNothing()

    assert NoneForNothing.told_by in told_by(Suite, nothing)


@pytest.mark.parametrize("bad", [AnybodysNames, InventsNames])
def test_bad_people_are_told(bad: type[AnybodysNames]) -> None:
    class Suite(PeopleContract):
        @contextmanager
        def open_people(self, given: Mapping[str, Mapping[str, str]], /) -> Iterator[People]:
            yield bad(given)

    assert bad.told_by in told_by(Suite, nothing)


@pytest.mark.parametrize("bad", [ListsAnybody, ListsIds])
def test_a_bad_list_of_the_staff_is_told(bad: type[ListsAnybody | ListsIds]) -> None:
    class Suite(StaffDirectoryContract):
        @contextmanager
        def open_people(self, given: Mapping[str, Mapping[str, str]], /) -> Iterator[StaffDirectory]:
            yield bad(given)

    assert bad.told_by in told_by(Suite, nothing)


@pytest.mark.parametrize(
    ("roles", "usual", "expected"),
    [
        ({"customer": Role(commands=ALL, queries=ALL)}, {"customer": "customer"}, "test_customers_reach_themselves"),
        (
            {**ROLES, "clerk": Role(commands=frozenset({"frieze_access"}))},
            {"staff": "clerk"},
            "test_every_name_is_one_of_the_wire",
        ),
        (ROLES, {"staff": "nobody"}, "test_every_usual_role_is_there"),
    ],
    ids=["customers who see everybody", "a slip of the pen", "a role that is not there"],
)
def test_a_bad_policy_is_told(roles: Mapping[str, Role], usual: Mapping[str, str], expected: str) -> None:
    class Suite(PolicyContract):
        policy = Policy(roles=roles, usual=usual)

    assert expected in told_by(Suite, nothing)

"""The conditions of the small ports as tests: notifiers, courses, progress, people, and tables of who may do what.

    class TestMyCourses(CoursesContract):
        @contextmanager
        def open_courses(self, given):
            yield MyCourses(given)

Each suite is subclassed once for an adapter, as those of stores and gateways are.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import ClassVar, Protocol

import attrs

from kwiga_orders.changes import OutboxRow
from kwiga_orders.course import Course, Lesson, Module, Progress
from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.extras import extra
from kwiga_orders.orders.commands import CancelOrder, OpenOffer
from kwiga_orders.policy import POLICY, Policy
from kwiga_orders.ports import Courses, Notifier, People, ProgressSource, StaffDirectory
from kwiga_orders.project import Actor
from kwiga_orders.queries import AccessQuery, BatchQuery, ContactsQuery, CustomerOrderQuery, OrdersQuery
from kwiga_orders.testing.requirements import Requiring, requires
from kwiga_orders.testing.school import School
from kwiga_orders.wire.commands import COMMANDS
from kwiga_orders.wire.queries import QUERIES

with extra("testing"):
    import pytest

__all__ = [
    "CoursesContract",
    "NotifierBench",
    "NotifierContract",
    "PeopleContract",
    "PolicyContract",
    "ProgressContract",
    "StaffDirectoryContract",
]


# Notifiers


class NotifierBench(Protocol):
    """A notifier, and whom it reaches."""

    @property
    def notifier(self) -> Notifier:
        """The notifier."""

    def sent(self) -> Sequence[str]:
        """Give what reached the outside, in order: by the id under which it is known there."""

    def broken(self) -> AbstractContextManager[None]:
        """Let nothing reach the outside meanwhile."""


class NotifierContract(Requiring):
    """All conditions of `Notifier`."""

    requirements: ClassVar[Mapping[str, str]] = {
        "letters": "it sends letters to people",
        "events": "it sends events to systems",
        "once": "it remembers what it has sent",
    }

    def open_bench(self, school: School, /) -> AbstractContextManager[NotifierBench]:
        """Open a bench with the notifier of that school, whose contact is "olena"."""
        raise NotImplementedError

    @pytest.fixture
    def told(self) -> Iterator[tuple[NotifierBench, Sequence[OutboxRow]]]:
        """Give a bench, and the rows of an order that was opened and paid."""
        school = School()
        school.sells()
        school.pays(school.opens())
        with self.open_bench(school) as opened:
            yield opened, [row for row in school.notifier.rows if f"{row.kind}s" not in self.lacking()]

    def test_rows_are_handed_on(self, told: tuple[NotifierBench, Sequence[OutboxRow]]) -> None:
        """Notifier 1: each once, in order, whoever asks."""
        bench, rows = told

        for row in rows:
            bench.notifier.notify("school", row)

        assert len(rows) == len(bench.sent()) == len(set(bench.sent()))

    def test_a_row_is_left_as_it_is(self, told: tuple[NotifierBench, Sequence[OutboxRow]]) -> None:
        """Notifier 2: other notifiers, and the next try, get the same row."""
        bench, rows = told
        before = copy.deepcopy(rows)

        for row in rows:
            bench.notifier.notify("school", row)

        assert rows == before

    def test_what_comes_again_is_the_same(self, told: tuple[NotifierBench, Sequence[OutboxRow]]) -> None:
        """Notifier 2 and N1: it has the id that it had, so that the receiver can tell."""
        bench, rows = told

        for row in (*rows, *rows):
            bench.notifier.notify("school", row)

        assert len(set(bench.sent())) == len(rows)

    @requires("once")
    def test_what_comes_again_is_sent_once(self, told: tuple[NotifierBench, Sequence[OutboxRow]]) -> None:
        """Notifier 2 and N2: it remembers keys."""
        bench, rows = told

        for row in (*rows, *rows):
            bench.notifier.notify("school", row)

        assert len(bench.sent()) == len(rows)

    def test_a_failure_is_told(self, told: tuple[NotifierBench, Sequence[OutboxRow]]) -> None:
        """Notifier 3: what was not sent raises, so that the row comes again; and then it is sent."""
        bench, rows = told

        with bench.broken(), pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is, the relay tries again
            bench.notifier.notify("school", rows[0])
        assert bench.sent() == []
        bench.notifier.notify("school", rows[0])

        assert len(bench.sent()) == 1

    def test_what_nobody_has_heard_of(self, told: tuple[NotifierBench, Sequence[OutboxRow]]) -> None:
        """N4: an event of a name that is new holds up nothing."""
        bench, rows = told
        unheard = attrs.evolve(rows[0], kind="event", name="x.unheard_of", data={})

        bench.notifier.notify("school", unheard)


# Courses and progress


COURSES = tuple(
    Course(product=product, title=title, modules=(Module(id="m1", lessons=(Lesson(id="l1"), Lesson(id="l2"))),))
    for product, title in (("python", "Пітон"), ("sql", "SQL"))
)
"""The outlines that a host of courses is given."""


class CoursesContract(Requiring):
    """What is asked of `Courses`."""

    def open_courses(self, given: Mapping[str, Sequence[Course]], /) -> AbstractContextManager[Courses]:
        """Open the courses of a host that has these outlines, by project."""
        raise NotImplementedError

    def test_an_outline_is_found(self) -> None:
        """Courses: as it is, by its product; of what is not there None, and nothing is raised."""
        with self.open_courses({"school": COURSES}) as courses:
            assert [courses.find_course("school", one.product) for one in COURSES] == [*COURSES]
            assert courses.find_course("school", "nothing") is None
            assert courses.find_course("school", "") is None

    def test_an_outline_is_of_its_project(self) -> None:
        """K6: another project has outlines of its own under the same product, or none."""
        others = attrs.evolve(COURSES[0], title="Other", modules=())
        with self.open_courses({"school": COURSES, "other": [others]}) as courses:
            assert courses.find_course("other", "python") == others
            assert courses.find_course("school", "python") == COURSES[0]
            assert courses.find_course("other", "sql") is None
            assert courses.find_course("unknown", "python") is None

    def test_lessons_keep_their_order(self) -> None:
        """L6: checkpoints and plans go by the order of the outline, each time the same."""
        with self.open_courses({"school": COURSES}) as courses:
            found = [courses.find_course("school", "python") for _ in range(2)]

        assert [one.lesson_ids() if one else None for one in found] == [COURSES[0].lesson_ids()] * 2


class ProgressContract(Requiring):
    """What is asked of `ProgressSource`."""

    def open_progress(self, given: Mapping[str, Sequence[Progress]], /) -> AbstractContextManager[ProgressSource]:
        """Open the progress of a host whose learners have done this, by project."""
        raise NotImplementedError

    def test_what_was_done(self) -> None:
        """ProgressSource: as it is, by contact and product of its project (K6)."""
        done = Progress(
            contact="olena",
            product="python",
            completed=frozenset({"l1"}),
            practices={"p1": "accepted"},
            tests={"t": 80},
        )
        sql = Progress(contact="olena", product="sql", begun=frozenset({"l2"}))
        with self.open_progress({"school": [done, sql]}) as progress:
            assert progress.get_progress("school", "olena", "python") == done
            assert progress.get_progress("school", "olena", "sql") == sql

    def test_nothing_was_done(self) -> None:
        """ProgressSource: an empty progress of exactly that contact and product, never None, never another's."""
        done = Progress(contact="olena", product="python", completed=frozenset({"l1"}))
        asked = (("school", "taras", "python"), ("school", "olena", "sql"), ("other", "olena", "python"))
        with self.open_progress({"school": [done]}) as progress:
            for project, contact, product in asked:
                found = progress.get_progress(project, contact, product)
                assert found == Progress(contact=contact, product=product)


# People


class PeopleContract(Requiring):
    """What is asked of `People`."""

    def open_people(self, given: Mapping[str, Mapping[str, str]], /) -> AbstractContextManager[People]:
        """Open the directory of a host that has these names of its staff, by project and id."""
        raise NotImplementedError

    def test_names_are_found(self) -> None:
        """People: of those that are known, whatever the order or repetition; nobody unknown, and nothing is raised."""
        with self.open_people({"school": {"ira": "Іра", "oleh": "Oleh"}}) as people:
            assert people.find_names("school", ["oleh", "gone", "ira", "ira"]) == {"ira": "Іра", "oleh": "Oleh"}
            assert people.find_names("school", []) == {}
            assert people.find_names("school", ["gone"]) == {}

    def test_names_are_of_their_project(self) -> None:
        """K6: the same id is somebody else in another project."""
        with self.open_people({"school": {"ira": "Іра"}, "other": {"ira": "Irene"}}) as people:
            assert people.find_names("other", ["ira"]) == {"ira": "Irene"}
            assert people.find_names("unknown", ["ira"]) == {}


class StaffDirectoryContract(PeopleContract):
    """All conditions of `StaffDirectory`, those of `People` among them."""

    def open_people(self, given: Mapping[str, Mapping[str, str]], /) -> AbstractContextManager[StaffDirectory]:
        """Open the directory of a host that lists these people, by project and id."""
        raise NotImplementedError

    def test_the_staff_is_listed(self) -> None:
        """StaffDirectory 1-2: everybody, by the names that are found; and the service takes it for a list."""
        given = {"ira": "Іра", "oleh": "Oleh"}
        with self.open_people({"school": given}) as people:
            assert isinstance(people, StaffDirectory)
            assert people.list_staff("school") == given == people.find_names("school", [*given])

    def test_the_staff_is_of_its_project(self) -> None:
        """StaffDirectory 2, K6: a project lists nobody of another one, and one that is unknown has nobody."""
        with self.open_people({"school": {"ira": "Іра"}, "other": {"taras": "Taras"}}) as people:
            assert people.list_staff("other") == {"taras": "Taras"}
            assert people.list_staff("unknown") == {}


# Policies


class PolicyContract(Requiring):
    """What is asked of a table of who may do what (K8). `customers` names the roles that customers have."""

    policy: ClassVar[Policy] = POLICY
    customers: ClassVar[Sequence[str]] = ("customer",)

    def test_every_name_is_one_of_the_wire(self) -> None:
        """K8: a name that is misspelt would allow nothing, and nobody would see it."""
        # the schema says by which names documents are told apart
        commands, queries = (set(one.json_schema()["discriminator"]["mapping"]) for one in (COMMANDS, QUERIES))
        for name, role in self.policy.roles.items():
            assert role.commands - commands - {"*"} == set(), f"{name} has commands that do not exist"
            assert role.queries - queries - {"*"} == set(), f"{name} has questions that do not exist"

    def test_every_usual_role_is_there(self) -> None:
        """K8: what an actor may do without naming a role is a row of the table."""
        assert set(self.policy.usual.values()) <= self.policy.roles.keys()
        assert set(self.customers) <= self.policy.roles.keys()

    def test_customers_reach_themselves(self) -> None:
        """K8: whatever a customer asks, alone or in a batch, is about no one else."""
        school = School()
        school.sells()
        order = school.opens(contact="taras")
        for role in self.customers:
            orders = school.orders.acting(Actor(kind="customer", id="olena"), role=role, policy=self.policy)
            for query in (CustomerOrderQuery(order=order), AccessQuery(contact="taras", product="python")):
                with pytest.raises((Refused, NotFound)):
                    orders.ask(query)
            for wide in (OrdersQuery(), BatchQuery(queries=(OrdersQuery(), ContactsQuery()))):
                # a list may be theirs to ask for: then it is narrowed to what is about them
                with suppress(Refused, NotFound):
                    assert "Taras" not in str(orders.ask(wide)), f"{role} sees others"
            for command in (OpenOffer(offer="basic", contact="taras"), CancelOrder(order=order)):
                with pytest.raises((Refused, NotFound)):
                    orders.execute(command)

    def test_own_orders_are_one_s_own(self) -> None:
        """K8: a role that reaches its own orders sees no other in a list, and changes none."""
        school = School()
        school.sells()
        order = school.opens()
        for role in [name for name, row in self.policy.roles.items() if row.of == "own"]:
            orders = school.orders.acting(Actor(kind="staff", id="ira"), role=role, policy=self.policy)
            if self.policy.roles[role].has_query("orders"):
                assert orders.ask(OrdersQuery())["rows"] == []
            with pytest.raises((Refused, NotFound)):
                orders.execute(CancelOrder(order=order))

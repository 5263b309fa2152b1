"""The conditions of the small ports as tests: notifiers, courses, progress, people, staff lists, and policies.

    class TestMyCourses(CoursesContract):
        @contextmanager
        def open_courses(self, given):
            yield MyCourses(given)

An adapter subclasses its suite once, as for stores and gateways.
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
    """A notifier, and control over the outside that it reaches."""

    @property
    def notifier(self) -> Notifier:
        """The notifier."""

    def sent(self) -> Sequence[str]:
        """Give the ids of what reached the outside, in order."""

    def broken(self) -> AbstractContextManager[None]:
        """Let nothing reach the outside inside the block."""


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
        """Give a bench, and the outbox rows of an order that was opened and paid."""
        school = School()
        school.sells()
        school.pays(school.opens())
        with self.open_bench(school) as opened:
            yield opened, [row for row in school.notifier.rows if f"{row.kind}s" not in self.lacking()]

    def test_rows_are_handed_on(self, told: tuple[NotifierBench, Sequence[OutboxRow]]) -> None:
        """Notifier 1: every row is sent once, in order."""
        bench, rows = told

        for row in rows:
            bench.notifier.notify("school", row)

        assert len(rows) == len(bench.sent()) == len(set(bench.sent()))

    def test_a_row_is_left_as_it_is(self, told: tuple[NotifierBench, Sequence[OutboxRow]]) -> None:
        """Notifier 2: a row is not changed, so that other notifiers and the next try get the same row."""
        bench, rows = told
        before = copy.deepcopy(rows)

        for row in rows:
            bench.notifier.notify("school", row)

        assert rows == before

    def test_what_comes_again_is_the_same(self, told: tuple[NotifierBench, Sequence[OutboxRow]]) -> None:
        """Notifier 2 and N1: a row that is sent again has the same id, so that the receiver can recognize it."""
        bench, rows = told

        for row in (*rows, *rows):
            bench.notifier.notify("school", row)

        assert len(set(bench.sent())) == len(rows)

    @requires("once")
    def test_what_comes_again_is_sent_once(self, told: tuple[NotifierBench, Sequence[OutboxRow]]) -> None:
        """Notifier 2 and N2: a row that comes again is sent only once, because the notifier remembers keys."""
        bench, rows = told

        for row in (*rows, *rows):
            bench.notifier.notify("school", row)

        assert len(bench.sent()) == len(rows)

    def test_a_failure_is_told(self, told: tuple[NotifierBench, Sequence[OutboxRow]]) -> None:
        """Notifier 3: a failed send raises, so that the row is tried again; then it is sent."""
        bench, rows = told

        with bench.broken(), pytest.raises(Exception):  # noqa: B017, PT011 - any exception makes the relay try again
            bench.notifier.notify("school", rows[0])
        assert bench.sent() == []
        bench.notifier.notify("school", rows[0])

        assert len(bench.sent()) == 1

    def test_what_nobody_has_heard_of(self, told: tuple[NotifierBench, Sequence[OutboxRow]]) -> None:
        """N4: an event with an unknown name stops nothing."""
        bench, rows = told
        unheard = attrs.evolve(rows[0], kind="event", name="x.unheard_of", data={})

        bench.notifier.notify("school", unheard)


# Courses and progress


COURSES = tuple(
    Course(product=product, title=title, modules=(Module(id="m1", lessons=(Lesson(id="l1"), Lesson(id="l2"))),))
    for product, title in (("python", "Пітон"), ("sql", "SQL"))
)
"""The outlines of the host."""


class CoursesContract(Requiring):
    """The conditions of `Courses`."""

    def open_courses(self, given: Mapping[str, Sequence[Course]], /) -> AbstractContextManager[Courses]:
        """Open the courses of a host with these outlines, by project."""
        raise NotImplementedError

    def test_an_outline_is_found(self) -> None:
        """Courses: an outline is found by its product, unchanged; an unknown product gives None."""
        with self.open_courses({"school": COURSES}) as courses:
            assert [courses.find_course("school", one.product) for one in COURSES] == [*COURSES]
            assert courses.find_course("school", "nothing") is None
            assert courses.find_course("school", "") is None

    def test_an_outline_is_of_its_project(self) -> None:
        """K6: another project has its own outline for the same product, or none."""
        others = attrs.evolve(COURSES[0], title="Other", modules=())
        with self.open_courses({"school": COURSES, "other": [others]}) as courses:
            assert courses.find_course("other", "python") == others
            assert courses.find_course("school", "python") == COURSES[0]
            assert courses.find_course("other", "sql") is None
            assert courses.find_course("unknown", "python") is None

    def test_lessons_keep_their_order(self) -> None:
        """L6: lessons keep the order of the outline, because checkpoints and plans depend on it."""
        with self.open_courses({"school": COURSES}) as courses:
            found = [courses.find_course("school", "python") for _ in range(2)]

        assert [one.lesson_ids() if one else None for one in found] == [COURSES[0].lesson_ids()] * 2


class ProgressContract(Requiring):
    """The conditions of `ProgressSource`."""

    def open_progress(self, given: Mapping[str, Sequence[Progress]], /) -> AbstractContextManager[ProgressSource]:
        """Open the progress of a host whose learners have done this, by project."""
        raise NotImplementedError

    def test_what_was_done(self) -> None:
        """ProgressSource: progress is found by project, contact and product, unchanged (K6)."""
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
        """ProgressSource: without progress, an empty one for exactly that contact and product is given; never None."""
        done = Progress(contact="olena", product="python", completed=frozenset({"l1"}))
        asked = (("school", "taras", "python"), ("school", "olena", "sql"), ("other", "olena", "python"))
        with self.open_progress({"school": [done]}) as progress:
            for project, contact, product in asked:
                found = progress.get_progress(project, contact, product)
                assert found == Progress(contact=contact, product=product)


# People


class PeopleContract(Requiring):
    """The conditions of `People`."""

    def open_people(self, given: Mapping[str, Mapping[str, str]], /) -> AbstractContextManager[People]:
        """Open the directory of a host with these names of staff members, by project and id."""
        raise NotImplementedError

    def test_names_are_found(self) -> None:
        """People: known names are found in any order and repetition; unknown ids are left out, nothing is raised."""
        with self.open_people({"school": {"ira": "Іра", "oleh": "Oleh"}}) as people:
            assert people.find_names("school", ["oleh", "gone", "ira", "ira"]) == {"ira": "Іра", "oleh": "Oleh"}
            assert people.find_names("school", []) == {}
            assert people.find_names("school", ["gone"]) == {}

    def test_names_are_of_their_project(self) -> None:
        """K6: the same id is another person in another project."""
        with self.open_people({"school": {"ira": "Іра"}, "other": {"ira": "Irene"}}) as people:
            assert people.find_names("other", ["ira"]) == {"ira": "Irene"}
            assert people.find_names("unknown", ["ira"]) == {}


class StaffDirectoryContract(PeopleContract):
    """The conditions of `StaffDirectory`, including those of `People`."""

    def open_people(self, given: Mapping[str, Mapping[str, str]], /) -> AbstractContextManager[StaffDirectory]:
        """Open the directory of a host that lists these people, by project and id."""
        raise NotImplementedError

    def test_the_staff_is_listed(self) -> None:
        """StaffDirectory 1-2: everybody is listed, with the names that `find_names` gives."""
        given = {"ira": "Іра", "oleh": "Oleh"}
        with self.open_people({"school": given}) as people:
            assert isinstance(people, StaffDirectory)
            assert people.list_staff("school") == given == people.find_names("school", [*given])

    def test_the_staff_is_of_its_project(self) -> None:
        """StaffDirectory 2, K6: a project lists nobody of another project, and an unknown project lists nobody."""
        with self.open_people({"school": {"ira": "Іра"}, "other": {"taras": "Taras"}}) as people:
            assert people.list_staff("other") == {"taras": "Taras"}
            assert people.list_staff("unknown") == {}


# Policies


class PolicyContract(Requiring):
    """The conditions of a policy (K8). `customers` are the roles of customers."""

    policy: ClassVar[Policy] = POLICY
    customers: ClassVar[Sequence[str]] = ("customer",)

    def test_every_name_is_one_of_the_wire(self) -> None:
        """K8: every command and query in the table exists, because a misspelled name would silently allow nothing."""
        # the schema has the names that tell documents apart
        commands, queries = (set(one.json_schema()["discriminator"]["mapping"]) for one in (COMMANDS, QUERIES))
        for name, role in self.policy.roles.items():
            assert role.commands - commands - {"*"} == set(), f"{name} has commands that do not exist"
            assert role.queries - queries - {"*"} == set(), f"{name} has questions that do not exist"

    def test_every_usual_role_is_there(self) -> None:
        """K8: the default role of every kind of actor is in the table."""
        assert set(self.policy.usual.values()) <= self.policy.roles.keys()
        assert set(self.customers) <= self.policy.roles.keys()

    def test_customers_reach_themselves(self) -> None:
        """K8: a customer's query, alone or in a batch, shows nobody else."""
        school = School()
        school.sells()
        order = school.opens(contact="taras")
        for role in self.customers:
            orders = school.orders.acting(Actor(kind="customer", id="olena"), role=role, policy=self.policy)
            for query in (CustomerOrderQuery(order=order), AccessQuery(contact="taras", product="python")):
                with pytest.raises((Refused, NotFound)):
                    orders.ask(query)
            for wide in (OrdersQuery(), BatchQuery(queries=(OrdersQuery(), ContactsQuery()))):
                # a customer may ask for a list, but gets only their own rows
                with suppress(Refused, NotFound):
                    assert "Taras" not in str(orders.ask(wide)), f"{role} sees others"
            for command in (OpenOffer(offer="basic", contact="taras"), CancelOrder(order=order)):
                with pytest.raises((Refused, NotFound)):
                    orders.execute(command)

    def test_own_orders_are_one_s_own(self) -> None:
        """K8: a role that is limited to its own orders sees no others in a list, and changes none."""
        school = School()
        school.sells()
        order = school.opens()
        for role in [name for name, row in self.policy.roles.items() if row.of == "own"]:
            orders = school.orders.acting(Actor(kind="staff", id="ira"), role=role, policy=self.policy)
            if self.policy.roles[role].has_query("orders"):
                assert orders.ask(OrdersQuery())["rows"] == []
            with pytest.raises((Refused, NotFound)):
                orders.execute(CancelOrder(order=order))

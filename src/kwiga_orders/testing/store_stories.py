"""Whole scenarios on a store: scripts compared with memory, and the shipped case files. Part of the suites."""

from collections.abc import Sequence
from itertools import count
from typing import ClassVar

import attrs

from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.changes import Receipt
from kwiga_orders.errors import KwigaOrdersError
from kwiga_orders.extras import extra
from kwiga_orders.listing import ChangeSearch, HistorySearch, LabelCounts, OrderSearch, SumsOfContacts, TaskSearch
from kwiga_orders.lookups import AllOffers
from kwiga_orders.ports import OrderStore
from kwiga_orders.project import Project
from kwiga_orders.testing import scripts
from kwiga_orders.testing.case_files import chapters, read_case_file
from kwiga_orders.testing.likely import likely_scripts
from kwiga_orders.testing.requirements import Requiring
from kwiga_orders.testing.school import School
from kwiga_orders.testing.scripts import CONTACTS, COURSES, FUNNELS, SET_UP, Names, Step
from kwiga_orders.testing.stage import SchoolStage
from kwiga_orders.testing.store_fixtures import page_of
from kwiga_orders.wire.case_runner import run_case

with extra("testing"):
    from hypothesis import given

__all__ = ["StoryContract"]

_fresh = count(1)


class StoryContract(Requiring):
    """The whole library on the store. `stories` is the number of case files to run; None: all."""

    stories: ClassVar[int | None] = 12

    def test_scripts_go_as_in_memory(self, store: OrderStore) -> None:
        """OrderStore 2-4: a script gives the same receipts, refusals and final answers as in memory."""

        @self.trying()
        @given(script=scripts.scripts() | likely_scripts(lambda: _selling(School())))
        def holds(script: Sequence[Step]) -> None:
            project = Project(id=f"script-{next(_fresh)}", timezone="Europe/Kyiv", currency="UAH")
            schools = [School(project=project, store=one) for one in (store, MemoryOrderStore())]
            said = [list(_played(school, script)) for school in schools]
            assert said[0] == said[1]
            found, expected = (_seen(school) for school in schools)
            assert found == expected

        holds()

    def test_cases_go_as_they_are_told(self, store: OrderStore) -> None:
        """Every case goes as it says: each in its own project, with the same ids as all others (K6)."""
        files = [path for of_chapter in chapters().values() for path in of_chapter]
        # spread over the chapters, because neighbouring cases are similar
        step = 1 if self.stories is None else max(1, len(files) // self.stories)
        failed: list[str] = []
        for path in files[::step]:
            case = read_case_file(path)
            project = attrs.evolve(case.project, id=f"case-{next(_fresh)}")
            failures = run_case(attrs.evolve(case, project=project), SchoolStage(store=store))
            failed += [f"{path.stem}: {failure}" for failure in failures]

        assert not failed, "\n".join(["stories went another way:", *failed])


def _played(school: School, script: Sequence[Step]) -> Sequence[Receipt | KwigaOrdersError]:
    """Run a script; give all receipts and errors."""
    _selling(school)
    names, said = Names(), list[Receipt | KwigaOrdersError]()
    for step in script:
        school.clock.set(school.now + step.wait)
        command = names.resolved(step.command)
        try:
            receipt = school.orders.execute(command)
        except KwigaOrdersError as refused:
            said.append(refused)
        else:
            names.note(command, receipt)
            said.append(receipt)
    return said


def _selling(school: School) -> School:
    """Set up a school for scripts."""
    for course in COURSES:
        school.has(course)
    school.clock.set(scripts.START)
    for command in SET_UP:
        school.orders.execute(command)
    return school


def _seen(school: School) -> list[object]:
    """Give everything that the store has of a school after a script."""
    project = school.project.id
    seen: list[object] = [list(school.store.pending(project, limit=10_000))]
    with school.store.transaction(project, writes=False) as records:
        for sort in ("number", "total", "due"):
            seen += [page_of(records.search(OrderSearch(sort=sort, limit=100)))]
            seen += [page_of(records.cards(OrderSearch(sort=sort, limit=3)))]
        for order in records.search(OrderSearch(limit=100)).orders:
            seen += [
                list(records.history_of(order.id)),
                page_of(records.look_up(HistorySearch(order=order.id, limit=2))),
            ]
        seen += [list(records.orders_in(funnel)) for funnel in FUNNELS]
        seen += [list(records.all_funnels()), records.tracks(OrderSearch(limit=100)).tracks]
        seen += [sorted(records.count_by_status(OrderSearch()), key=lambda one: one.status)]
        seen += [list(records.look_up(AllOffers())), list(records.look_up(LabelCounts(kind="tag")))]
        seen += [page_of(records.look_up(TaskSearch())), records.next_number("order")]
        seen += [records.look_up(ChangeSearch(limit=500)).changes, records.look_up(SumsOfContacts(ids=CONTACTS))]
        seen += [list(records.due_orders(school.now, limit=100)), records.next_number("certificate")]
    return seen

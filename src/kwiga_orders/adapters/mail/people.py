"""Recipients of letters from a store, sync and async."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

import attrs

from kwiga_orders.adapters.mail.writing import AsyncPeople, People
from kwiga_orders.changes import OutboxRow
from kwiga_orders.course import Course
from kwiga_orders.locale import LetterFacts
from kwiga_orders.ports import AsyncCourses, AsyncOrderStore, Courses, OrderStore
from kwiga_orders.project import Contact, Project

__all__ = ["AsyncStoredPeople", "KnownPeople", "StoredPeople"]


@attrs.frozen(kw_only=True)
class StoredPeople:
    """`People` that reads contacts from a store; `facts` gives what a letter says about the school.

    A product without a title in `facts` gets the title of its course in `courses`.
    """

    store: OrderStore
    facts: Callable[[str, OutboxRow], LetterFacts]
    courses: Courses | None = None

    def find_contact(self, project: str, contact: str, /) -> Contact | None:
        """Give a contact, with its current address and language."""
        with self.store.transaction(project, writes=False) as records:
            return records.find_contact(contact)

    def get_project(self, project: str, /) -> Project:
        """Give the settings of a project."""
        with self.store.transaction(project, writes=False) as records:
            return records.get_project()

    def facts_of(self, project: str, row: OutboxRow, /) -> LetterFacts:
        """Give the host's facts about its school, and the titles of the products that the letter is about."""
        courses, products = self.courses, _products(row)
        found = [] if courses is None else [courses.find_course(project, product) for product in products]
        return _titled(self.facts(project, row), found)


@attrs.frozen(kw_only=True)
class AsyncStoredPeople:
    """`AsyncPeople` that reads contacts from an async store; `facts` is not awaited."""

    store: AsyncOrderStore
    facts: Callable[[str, OutboxRow], LetterFacts]
    courses: AsyncCourses | None = None

    async def find_contact(self, project: str, contact: str, /) -> Contact | None:
        """Give a contact, with its current address and language."""
        async with self.store.transaction(project, writes=False) as records:
            return await records.find_contact(contact)

    async def get_project(self, project: str, /) -> Project:
        """Give the settings of a project."""
        async with self.store.transaction(project, writes=False) as records:
            return await records.get_project()

    async def facts_of(self, project: str, row: OutboxRow, /) -> LetterFacts:
        """Give the host's facts about its school, and the titles of the products that the letter is about."""
        courses, products = self.courses, _products(row)
        found = [] if courses is None else [await courses.find_course(project, product) for product in products]
        return _titled(self.facts(project, row), found)


@attrs.frozen
class KnownPeople:
    """`People` for one letter, with values that were awaited before."""

    contact: Contact | None
    school: Project
    facts: LetterFacts

    def find_contact(self, _: str, __: str, /) -> Contact | None:
        """Give the contact."""
        return self.contact

    def get_project(self, _: str, /) -> Project:
        """Give the settings."""
        return self.school

    def facts_of(self, _: str, __: OutboxRow, /) -> LetterFacts:
        """Give the host's facts about its school."""
        return self.facts


def _products(row: OutboxRow) -> list[str]:
    # N2: in letters each product is an object with its access window
    listed = cast(Sequence[Mapping[str, str]], row.data.get("products", ()))
    return [one["product"] for one in listed]


def _titled(facts: LetterFacts, found: Iterable[Course | None]) -> LetterFacts:
    """Add titles of courses to the host's facts; titles given by the host win."""
    titles = {course.product: course.title for course in found if course is not None and course.title}
    return attrs.evolve(facts, titles=titles | dict(facts.titles))


if TYPE_CHECKING:

    def _fits(
        people: StoredPeople, awaited: AsyncStoredPeople, known: KnownPeople
    ) -> tuple[People, AsyncPeople, People]:
        return people, awaited, known

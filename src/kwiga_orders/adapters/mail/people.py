"""The people that a store knows, for letters: blocking and awaited."""

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
    """`People` for letters: it reads contacts from a store, and asks `facts` what a letter says about the school.

    Products that `facts` does not name are called as their `courses` are.
    """

    store: OrderStore
    facts: Callable[[str, OutboxRow], LetterFacts]
    courses: Courses | None = None

    def find_contact(self, project: str, contact: str, /) -> Contact | None:
        """Give a contact, with the address and the language it has now."""
        with self.store.transaction(project, writes=False) as records:
            return records.find_contact(contact)

    def get_project(self, project: str, /) -> Project:
        """Give the settings of a project."""
        with self.store.transaction(project, writes=False) as records:
            return records.get_project()

    def facts_of(self, project: str, row: OutboxRow, /) -> LetterFacts:
        """Give what the host says of its school, and the titles of the products that the letter is about."""
        courses, products = self.courses, _products(row)
        found = [] if courses is None else [courses.find_course(project, product) for product in products]
        return _titled(self.facts(project, row), found)


@attrs.frozen(kw_only=True)
class AsyncStoredPeople:
    """`AsyncPeople` for letters: the same over an awaited store; `facts` answers at once."""

    store: AsyncOrderStore
    facts: Callable[[str, OutboxRow], LetterFacts]
    courses: AsyncCourses | None = None

    async def find_contact(self, project: str, contact: str, /) -> Contact | None:
        """Give a contact, with the address and the language it has now."""
        async with self.store.transaction(project, writes=False) as records:
            return await records.find_contact(contact)

    async def get_project(self, project: str, /) -> Project:
        """Give the settings of a project."""
        async with self.store.transaction(project, writes=False) as records:
            return await records.get_project()

    async def facts_of(self, project: str, row: OutboxRow, /) -> LetterFacts:
        """Give what the host says of its school, and the titles of the products that the letter is about."""
        courses, products = self.courses, _products(row)
        found = [] if courses is None else [await courses.find_course(project, product) for product in products]
        return _titled(self.facts(project, row), found)


@attrs.frozen
class KnownPeople:
    """`People` for one letter: what was awaited for it beforehand."""

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
        """Give what the host says of its school."""
        return self.facts


def _products(row: OutboxRow) -> list[str]:
    # of a letter each is an object with its window (N2)
    listed = cast(Sequence[Mapping[str, str]], row.data.get("products", ()))
    return [one["product"] for one in listed]


def _titled(facts: LetterFacts, found: Iterable[Course | None]) -> LetterFacts:
    """Add the titles of courses to those that the host gives: its own come first."""
    titles = {course.product: course.title for course in found if course is not None and course.title}
    return attrs.evolve(facts, titles=titles | dict(facts.titles))


if TYPE_CHECKING:

    def _fits(
        people: StoredPeople, awaited: AsyncStoredPeople, known: KnownPeople
    ) -> tuple[People, AsyncPeople, People]:
        return people, awaited, known

"""The people that a store knows, for letters."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

import attrs

from kwiga_orders.adapters.mail.writing import People
from kwiga_orders.changes import OutboxRow
from kwiga_orders.locale import LetterFacts
from kwiga_orders.ports import Courses, OrderStore
from kwiga_orders.project import Contact, Project

__all__ = ["StoredPeople"]


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
        facts, courses = self.facts(project, row), self.courses
        # of a letter each is an object with its window (N2)
        listed = cast(Sequence[Mapping[str, str]], row.data.get("products", ()))
        if courses is None or not listed:
            return facts
        found = (courses.find_course(project, one["product"]) for one in listed)
        titles = {course.product: course.title for course in found if course is not None and course.title}
        return attrs.evolve(facts, titles=titles | dict(facts.titles))


if TYPE_CHECKING:

    def _fits(people: StoredPeople) -> People:
        return people

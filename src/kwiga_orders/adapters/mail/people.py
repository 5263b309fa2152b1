"""The people that a store knows, for letters."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs

from kwiga_orders.adapters.mail.writing import People
from kwiga_orders.changes import OutboxRow
from kwiga_orders.locale import LetterFacts
from kwiga_orders.ports import OrderStore
from kwiga_orders.project import Contact, Project

__all__ = ["StoredPeople"]


@attrs.frozen(kw_only=True)
class StoredPeople:
    """`People` for letters: it reads contacts from a store, and asks `facts` what a letter says about the school."""

    store: OrderStore
    facts: Callable[[str, OutboxRow], LetterFacts]

    def find_contact(self, project: str, contact: str, /) -> Contact | None:
        """Give a contact, with the address and the language it has now."""
        with self.store.transaction(project, writes=False) as records:
            return records.find_contact(contact)

    def get_project(self, project: str, /) -> Project:
        """Give the settings of a project."""
        with self.store.transaction(project, writes=False) as records:
            return records.get_project()

    def facts_of(self, project: str, row: OutboxRow, /) -> LetterFacts:
        """Give what the host says of its school."""
        return self.facts(project, row)


if TYPE_CHECKING:

    def _fits(people: StoredPeople) -> People:
        return people

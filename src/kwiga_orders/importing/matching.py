"""Finds the contact of an imported order, if its id is unknown here, by the e-mail or phone of the person (V7)."""

from typing import Literal

from kwiga_orders.errors import Refused
from kwiga_orders.importing.imported import ImportedPerson
from kwiga_orders.importing.staged import StagedRecords
from kwiga_orders.listing import ContactSearch
from kwiga_orders.phones import is_same_phone
from kwiga_orders.project import Contact

__all__ = ["MatchBy", "matching_contact"]

MatchBy = Literal["email", "phone"]
"""The fields by which a person is recognized as a known contact."""

_FEW = 20


def matching_contact(person: ImportedPerson, *, by: tuple[MatchBy, ...], staged: StagedRecords) -> str | None:
    """Give the id of the contact that matches a person, trying the fields of `by` in turn; None if none matches.

    Raises:
        Refused: `input.invalid` if several contacts have that e-mail or phone: the file must say which one is meant.
    """
    for mark in by:
        address = getattr(person, mark)
        if not address:
            continue
        # Contacts of earlier lines of the same file count, too.
        stored = staged.look_up(ContactSearch(text=address, limit=_FEW)).contacts
        found = {one.id for one in (*stored, *staged.staged_contacts()) if _is_same(one, address, mark)}
        if len(found) > 1:
            raise Refused("input.invalid", field=f"person.{mark}", contacts=sorted(found))
        if found:
            return found.pop()
    return None


def _is_same(contact: Contact, address: str, mark: MatchBy) -> bool:
    if mark == "phone":
        return is_same_phone(contact.phone, address)
    return contact.email.strip().casefold() == address.strip().casefold()

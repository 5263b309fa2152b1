"""Whose order an imported one is, if its contact is not known here: somebody with the same e-mail or phone (V7)."""

from typing import Literal

from kwiga_orders.errors import Refused
from kwiga_orders.importing.imported import ImportedPerson
from kwiga_orders.importing.staged import StagedRecords
from kwiga_orders.listing import ContactSearch
from kwiga_orders.phones import is_same_phone
from kwiga_orders.project import Contact

__all__ = ["MatchBy", "matching_contact"]

MatchBy = Literal["email", "phone"]
"""The fields by which two contacts are found to be one person."""

_FEW = 20


def matching_contact(person: ImportedPerson, *, by: tuple[MatchBy, ...], staged: StagedRecords) -> str | None:
    """Give the contact that a person is, tried by one mark after the other; None if it is none of those known.

    Raises:
        Refused: `input.invalid` if several contacts have the same e-mail or phone: a person must say which.
    """
    for mark in by:
        address = getattr(person, mark)
        if not address:
            continue
        # People who were staged by earlier lines of the same file count, too.
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

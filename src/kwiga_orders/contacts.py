"""Commands to contacts: save, merge, erase.

Home of V9. Laws:

1. A command names only the fields that it changes; a new contact has the others empty (K2).
2. A contact that was merged away or erased accepts no commands; the refusal names the contact that remains.
3. Merging moves orders, and with them certificates; progress is read from all merged contacts.
4. Erasing removes the person from the contact, from contacts merged into it, from their orders and histories, and from
   the outbox; data about money stay. Folding the erased history still gives the stored order (O10).
"""

from collections.abc import Iterable
from typing import ClassVar

import attrs

from kwiga_orders.commands import UNSET, Command, Unset
from kwiga_orders.errors import Refused
from kwiga_orders.letter_kinds import LetterKind
from kwiga_orders.project import Contact, Locale

__all__ = [
    "ContactSaved",
    "EraseContact",
    "MergeContacts",
    "SaveContact",
    "emptied",
    "merged",
    "refuse_unless_open",
    "saved",
]


@attrs.frozen(kw_only=True)
class SaveContact(Command):
    """Make a contact, or change the named fields (V9)."""

    name: ClassVar[str] = "save_contact"
    id: str
    full_name: str | Unset = UNSET
    email: str | Unset = UNSET
    phone: str | Unset = UNSET
    locale: Locale | None | Unset = UNSET
    no_letters: frozenset[LetterKind] | Unset = UNSET


@attrs.frozen(kw_only=True)
class MergeContacts(Command):
    """Move the orders of a duplicate, with everything that belongs to them, to the contact that remains (V9)."""

    name: ClassVar[str] = "merge_contacts"
    contact: str
    into: str


@attrs.frozen(kw_only=True)
class EraseContact(Command):
    """Erase a person; data about money stay (V9)."""

    name: ClassVar[str] = "erase_contact"
    contact: str


@attrs.frozen(kw_only=True)
class ContactSaved:
    """A contact was made or changed; it names the fields, without their values."""

    name: ClassVar[str] = "contact.saved"
    contact: str
    fields: tuple[str, ...]


_FIELDS = {"full_name": "name", "email": "email", "phone": "phone", "locale": "locale", "no_letters": "no_letters"}
"""Fields of the command and of the contact; they differ because `name` is the command's own name."""


def saved(before: Contact | None, command: SaveContact) -> Contact:
    """Give a contact after a command."""
    named = {field: getattr(command, asked) for asked, field in _FIELDS.items()}
    # K2: a field that the command does not name stays as it is.
    changes = {field: value for field, value in named.items() if not isinstance(value, Unset)}
    return attrs.evolve(before or Contact(id=command.id), **changes)


def merged(duplicate: Contact, into: Contact, *, earlier: Iterable[Contact]) -> tuple[Contact, ...]:
    """Give the duplicate and the contacts merged into it `earlier`, all merged away, and last the contact that remains.

    That one gets the fields that only the duplicate had.
    """
    # The fields of the remaining contact win; the duplicate only fills gaps.
    gone = (attrs.evolve(one, merged_into=into.id) for one in (duplicate, *earlier))
    stays = attrs.evolve(
        into,
        name=into.name or duplicate.name,
        email=into.email or duplicate.email,
        phone=into.phone or duplicate.phone,
        locale=into.locale or duplicate.locale,
        # a kind of letter that either contact switched off stays off
        no_letters=into.no_letters | duplicate.no_letters,
        merged_from=(*into.merged_from, duplicate.id, *duplicate.merged_from),
        # Law 3: merged contacts stay listed, because their progress is read.
    )
    return *gone, stays


def emptied(contact: Contact) -> Contact:
    """Give what remains of an erased contact: its id, and the links between merged contacts."""
    # The links stay, because progress and orders of merged contacts are found by them.
    return Contact(id=contact.id, merged_into=contact.merged_into, merged_from=contact.merged_from, erased=True)


def refuse_unless_open(contact: Contact) -> None:
    """Refuse a contact that was merged away or erased.

    Raises:
        Refused: `contact.erased`; `contact.merged`, with `into`.
    """
    if contact.erased:
        raise Refused("contact.erased", contact=contact.id)
    if contact.merged_into is not None:
        raise Refused("contact.merged", contact=contact.id, into=contact.merged_into)

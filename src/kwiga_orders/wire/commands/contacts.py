"""Commands about contacts (V9)."""

from typing import Literal

from pydantic import Field

from kwiga_orders import contacts
from kwiga_orders.wire.commands.about import Asked
from kwiga_orders.wire.objects import Letters
from kwiga_orders.wire.parts import optional
from kwiga_orders.wire.scalars import Id, Word

__all__ = ["EraseContact", "MergeContacts", "SaveContact"]


class SaveContact(Asked[contacts.SaveContact]):
    """Make a contact, or change the named fields of an existing one (V9)."""

    command: Literal["save_contact"]
    id: Id
    full_name: Word = optional("The name of the person.", alias="name")
    email: Word = optional()
    phone: Word = optional()
    locale: Literal["uk", "ru", "en"] | None = optional("The language of the person; by default that of the project.")
    no_letters: Letters = optional()


class MergeContacts(Asked[contacts.MergeContacts]):
    """Move the orders of a duplicate, and everything that belongs to them, to the contact that stays (V9)."""

    command: Literal["merge_contacts"]
    contact: Id = Field(description="The duplicate. It can get no more orders.")
    into: Id = Field(description="The contact that stays.")


class EraseContact(Asked[contacts.EraseContact]):
    """Erase the personal data of a contact. The amounts stay, and the contact can get no more orders (V9)."""

    command: Literal["erase_contact"]
    contact: Id

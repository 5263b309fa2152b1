"""Events of the contact to which an order belongs (V9)."""

from typing import ClassVar

import attrs

__all__ = ["ContactErased", "ContactMerged"]


@attrs.frozen(kw_only=True)
class ContactMerged:
    """The order's contact was merged into another one, to which the order belongs now."""

    name: ClassVar[str] = "contact.merged"
    contact: str
    into: str


@attrs.frozen(kw_only=True)
class ContactErased:
    """The order's contact was erased: texts about the person were removed from the order and its history."""

    name: ClassVar[str] = "contact.erased"
    contact: str

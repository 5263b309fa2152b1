"""What happens to whom an order belongs to (V9)."""

from typing import ClassVar

import attrs

__all__ = ["ContactErased", "ContactMerged"]


@attrs.frozen(kw_only=True)
class ContactMerged:
    """Its contact was a duplicate: from now on it belongs to the one that stays."""

    name: ClassVar[str] = "contact.merged"
    contact: str
    into: str


@attrs.frozen(kw_only=True)
class ContactErased:
    """Its contact was erased: what was written about the person is gone, here and before."""

    name: ClassVar[str] = "contact.erased"
    contact: str

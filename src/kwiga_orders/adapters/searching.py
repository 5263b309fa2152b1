"""How orders are searched, sorted and paged: the same in every store (V1, V3).

Home of V3. Laws:

1. Texts are compared casefolded: in Cyrillic, Latin and Turkish; ё is е, every sign for an apostrophe is one, every
   dash is one, and invisible marks are left out.
2. A text finds a contact if it is part of the e-mail, or if each of its words is part of the name, in any order.
3. A phone is found by its digits (`phones`), an order by the first digits of its number.
4. Orders are sorted by the chosen value, then by number, both in the same direction; those without a value come last.
5. A page continues after a position, not after a count, so orders that are added meanwhile do not shift it (V1).
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal, cast

import attrs

from kwiga_orders.adapters.filtering import due_at
from kwiga_orders.cursors import cursor_text, read_cursor
from kwiga_orders.folding import folded, visible, words_of
from kwiga_orders.listing import OrderSearch
from kwiga_orders.money import Money, exponent_of
from kwiga_orders.orders.state import Order
from kwiga_orders.phones import SoughtPhone, digits_of, sought_phone
from kwiga_orders.project import Contact

__all__ = [
    "ContactText",
    "Position",
    "Sort",
    "Sought",
    "amount_rank",
    "cursor_of",
    "instant_of",
    "microseconds",
    "position_after",
    "position_of",
    "sought",
]

Sort = Literal["created", "updated", "number", "total", "due"]
"""What a list can be sorted by (V1)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MOST_DECIMALS = 4


# Cached, because every page and every filter converts the same instants again.
@lru_cache(maxsize=1024)
def microseconds(at: datetime) -> int:
    """Give an instant as microseconds since 1970, UTC: exact, and sorted as instants are."""
    return (at - _EPOCH) // _MICROSECOND


def instant_of(microseconds: int) -> datetime:
    """Give the instant of a number of microseconds: the inverse of `microseconds`."""
    return _EPOCH + timedelta(microseconds=microseconds)


@attrs.frozen
class ContactText:
    """The searchable fields of a contact: folded name and e-mail, and the digits of the phone."""

    name: str = ""
    email: str = ""
    phone: str = ""

    @classmethod
    def of(cls, contact: Contact) -> "ContactText":
        """Give the searchable fields of a contact; a merged or erased one has none (V9)."""
        if contact.merged_into is not None or contact.erased:
            # V9: nobody is found by erased data.
            return cls()
        return cls(folded(contact.name), folded(contact.email), digits_of(contact.phone))


@attrs.frozen(kw_only=True)
class Sought:
    """What a text searches for: contacts by name, e-mail or phone, orders also by the first digits of a number (V3)."""

    text: str
    words: tuple[str, ...]
    number: str | None = None
    phone: SoughtPhone = SoughtPhone()

    def is_in(self, contact: ContactText) -> bool:
        """Tell whether the text finds a contact."""
        # Part of a word is enough: people type the beginning of a name.
        by_name = all(word in contact.name for word in self.words)
        return by_name or self.text in contact.email or self.phone.is_in(contact.phone)

    def is_in_order(self, number: int, contact: ContactText) -> bool:
        """Tell whether the text finds an order with that number and contact."""
        by_number = self.number is not None and str(number).startswith(self.number)
        return by_number or self.is_in(contact)


def sought(text: str | None) -> Sought | None:
    """Parse the text of the search box; an empty text searches for nothing (V3)."""
    words = words_of(text or "")
    if text is None or not words:
        return None
    # People copy numbers with the sign in front of them.
    number = visible(text).strip().lstrip("#№ ")
    # Order numbers never begin with 0, so such digits belong to a phone.
    is_number = number.isascii() and number.isdigit() and not number.startswith("0")
    # Addresses copied from a mail program come as `<…>`, `mailto:…` or with a comma.
    email = folded(text).removeprefix("mailto:").strip("<>,; ") or folded(text)
    return Sought(text=email, words=words, number=number if is_number else None, phone=sought_phone(text))


def amount_rank(total: Money) -> int:
    """Give an amount in ten-thousandths of the major unit, so that currencies with different decimals can be sorted."""
    # No currency has more than four decimals (M1), so the amount is exact.
    return int(total.minor * 10 ** (_MOST_DECIMALS - exponent_of(total.currency)))


@attrs.frozen
class Position:
    """The position of an order in a list: the value to sort by (None if it has none), and its number."""

    value: int | None
    number: int

    def rank(self, *, descending: bool) -> tuple[bool, int, int]:
        """Give the sort key: orders without a value last, the others in the given direction."""
        # Negating the value reverses the order and still keeps orders without a value last.
        sign = -1 if descending else 1
        return self.value is None, sign * (self.value or 0), sign * self.number


def position_of(order: Order, sort: Sort) -> Position:
    """Give the position of `order` in a list sorted by `sort`."""
    if sort == "number":
        return Position(order.number, order.number)
    if sort == "total":
        return Position(amount_rank(order.total), order.number)
    instants = {"created": order.created_at, "updated": order.updated_at, "due": None}
    at = due_at(order) if sort == "due" else instants[sort]
    return Position(None if at is None else microseconds(at), order.number)


def cursor_of(position: Position, search: OrderSearch) -> str:
    """Write the position after which the next page of `search` begins."""
    return cursor_text(search.sort, search.descending, position.value, position.number)


def position_after(search: OrderSearch) -> Position | None:
    """Read the position after which the page of `search` begins; None for the first page.

    Raises:
        InvalidInput: if the cursor belongs to another kind of list.
    """
    if search.after is None:
        return None
    # only in a list sorted by due date may orders have no value
    values = (int, type(None)) if search.sort == "due" else (int,)
    value, number = read_cursor(search.after, search.sort, search.descending, types=(values, int))
    return Position(cast(int | None, value), cast(int, number))

"""How orders are searched, sorted and paged: the same in every store (V1, V3).

Laws:

1. Text is compared without case, in Cyrillic and Latin alike; e-mail and name match by any part (V3).
2. A phone matches by its digits: the whole number however it is written, or its last five or more; a number by prefix.
3. Rows are ordered by what is sorted by, then by number, both in one direction; rows without a value come last.
4. A page continues after a position, not after a count, so rows that are added meanwhile move nothing (V1).
"""

import base64
import binascii
import json
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal

import attrs

from kwiga_orders.errors import Fault, InvalidInput
from kwiga_orders.listing import OrderSearch
from kwiga_orders.money import Money, exponent_of
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import PaymentState
from kwiga_orders.project import Contact

__all__ = [
    "ContactText",
    "Position",
    "Sort",
    "Sought",
    "amount_rank",
    "cursor_of",
    "due_at",
    "folded",
    "instant_of",
    "matches",
    "microseconds",
    "position_after",
    "position_of",
    "sought",
]

Sort = Literal["created", "updated", "number", "total", "due"]
"""What a list can be sorted by (V1)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FEWEST_PHONE_DIGITS = 5
_FEWEST_NATIONAL_DIGITS = 9
_MOST_DECIMALS = 4
_APOSTROPHES = str.maketrans("’ʼ`´", "''''")
_PHONE_MARKS = frozenset("0123456789+-–().  /")


@lru_cache(maxsize=1024)
def microseconds(at: datetime) -> int:
    """Give an instant as microseconds since 1970, UTC: exact, and sorted as instants are."""
    return (at - _EPOCH) // _MICROSECOND


def instant_of(microseconds: int) -> datetime:
    """Give the instant that `microseconds` gives a number for."""
    return _EPOCH + timedelta(microseconds=microseconds)


def folded(text: str) -> str:
    """Give `text` as it is compared: without case, in one spelling, with single spaces (V3)."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).casefold().split())


def _digits(text: str) -> str:
    return "".join(char for char in text if "0" <= char <= "9")


@attrs.frozen
class ContactText:
    """What of a contact can be searched: folded name and e-mail, and the digits of the phone."""

    name: str = ""
    email: str = ""
    phone: str = ""

    @classmethod
    def of(cls, contact: Contact) -> "ContactText":
        """Give what of `contact` can be searched."""
        return cls(folded(contact.name), folded(contact.email), _digits(contact.phone))


@attrs.frozen(kw_only=True)
class Sought:
    """What a text searches for (V3).

    `part` may occur in a name or e-mail; `number` begins an order's number; a phone ends with one of `phone_ends`, or
    is one of `phones`: the same number, stored without the code of its country.
    """

    part: str
    number: str | None = None
    phone_ends: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()

    def is_in(self, number: int, contact: ContactText) -> bool:
        """Tell whether an order of that number, made for that contact, is sought."""
        by_number = self.number is not None and str(number).startswith(self.number)
        by_phone = contact.phone.endswith(self.phone_ends) if self.phone_ends else False
        by_text = self.part in contact.name or self.part in contact.email
        return by_number or by_text or by_phone or contact.phone in self.phones


def sought(text: str | None) -> Sought | None:
    """Read what somebody typed into the search box; nothing typed searches for nothing (V3)."""
    part = folded(text or "")
    if not part:
        return None
    number = (text or "").strip().lstrip("#№ ")
    is_number = number.isascii() and number.isdigit() and not number.startswith("0")
    digits = _digits(part) if _PHONE_MARKS.issuperset(part) else ""
    return Sought(
        part=part,
        number=number if is_number else None,
        phone_ends=_phone_ends(digits),
        phones=tuple(digits[n:] for n in range(1, len(digits) - _FEWEST_NATIONAL_DIGITS + 1)),
    )


def _phone_ends(digits: str) -> tuple[str, ...]:
    """Give the ways a phone may end: as it was written, and without the prefix that is dialled within a country."""
    without_prefix = digits[1:] if len(digits) == 11 and digits.startswith("8") else digits.lstrip("0")
    ends = dict.fromkeys((digits, without_prefix))
    return tuple(end for end in ends if len(end) >= _FEWEST_PHONE_DIGITS)


def due_at(order: Order) -> datetime | None:
    """Give when the earliest unpaid payment of an order falls due; None if it has none."""
    return min((one.due_at for one in order.payments if one.state is PaymentState.UNPAID), default=None)


def amount_rank(total: Money) -> int:
    """Give an amount in ten-thousandths of the major unit, so that currencies of any decimals sort side by side."""
    return int(total.minor * 10 ** (_MOST_DECIMALS - exponent_of(total.currency)))


def matches(order: Order, search: OrderSearch) -> bool:
    """Tell whether an order passes all filters of `search` but the text (V1)."""
    paid = [one.paid.at for one in order.payments if one.paid is not None]
    due = [one.due_at for one in order.payments if one.state is PaymentState.UNPAID]
    return (
        all(not wanted or value in wanted for value, wanted in _single_values(order, search))
        and all(not wanted or not set(wanted).isdisjoint(values) for values, wanted in _several_values(order, search))
        and _any_within([order.created_at], search.created_from, search.created_until)
        and _any_within(paid, search.paid_from, search.paid_until)
        and _any_within(due, search.due_from, search.due_until)
    )


def _single_values(order: Order, search: OrderSearch) -> list[tuple[str | None, tuple[str, ...]]]:
    return [
        (order.funnel, search.funnel),
        (order.status, search.status),
        (order.payment_status.value, search.payment_status),
        (order.type, search.type),
        (order.manager, search.manager),
        (order.origin.offer if order.origin else None, search.offer),
        (order.contact, search.contact),
    ]


def _several_values(order: Order, search: OrderSearch) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [
        (order.responsibles, search.responsible),
        (order.tags, search.tag),
        (tuple(line.product for line in order.lines), search.product),
    ]


def _any_within(instants: list[datetime], start: datetime | None, end: datetime | None) -> bool:
    """Tell whether any instant lies in the half-open window; without a window anything does (T4)."""
    if start is None and end is None:
        return True
    return any((start is None or start <= at) and (end is None or at < end) for at in instants)


@attrs.frozen
class Position:
    """Where an order stands in a list: by the value that is sorted by, None if it has none, then by number."""

    value: int | None
    number: int

    def rank(self, *, descending: bool) -> tuple[bool, int, int]:
        """Give what to sort by: rows without a value last, the others in the direction asked for."""
        sign = -1 if descending else 1
        return self.value is None, sign * (self.value or 0), sign * self.number


def position_of(order: Order, sort: Sort) -> Position:
    """Give where `order` stands in a list sorted by `sort`."""
    if sort == "number":
        return Position(order.number, order.number)
    if sort == "total":
        return Position(amount_rank(order.total), order.number)
    instants = {"created": order.created_at, "updated": order.updated_at, "due": None}
    at = due_at(order) if sort == "due" else instants[sort]
    return Position(None if at is None else microseconds(at), order.number)


def cursor_of(position: Position, search: OrderSearch) -> str:
    """Write the position after which the next page of `search` begins, as text that says nothing to people."""
    fields = [search.sort, search.descending, position.value, position.number]
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


def position_after(search: OrderSearch) -> Position | None:
    """Read where the page that `search` asks for begins; None at the start.

    Raises:
        InvalidInput: if the cursor is not one of such a list.
    """
    if search.after is None:
        return None
    try:
        padded = search.after + "=" * (-len(search.after) % 4)
        sort, descending, value, number = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (ValueError, binascii.Error, TypeError, RecursionError):
        raise _not_a_cursor() from None
    if [sort, descending] != [search.sort, search.descending] or type(number) is not int:
        raise _not_a_cursor()
    if not (type(value) is int or (value is None and sort == "due")):
        raise _not_a_cursor()
    return Position(value, number)


def _not_a_cursor() -> InvalidInput:
    return InvalidInput([Fault(path="after", code="input.invalid", hint="a cursor of the same filters and sort order")])

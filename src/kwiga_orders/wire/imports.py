"""Files to import: every line of JSON describes a contact, an offer, an order, or the outline of a course.

Laws:

1. Every fault of every line is reported, with line number and path; a faulty line does not stop the reading.
2. Only one line is in memory at a time, and no line may be longer than a document.
3. Exported lines can be read: computed fields are skipped, and with its history a line restores the same order.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Annotated, BinaryIO, Literal

import attrs
from pydantic import Field, TypeAdapter

from kwiga_orders import importing
from kwiga_orders.bounds import DOCUMENT
from kwiga_orders.codec import Json, decode
from kwiga_orders.errors import Fault, InvalidInput, KwigaOrdersError
from kwiga_orders.export import HISTORY_SCHEMA, checksum
from kwiga_orders.importing import Entry
from kwiga_orders.orders.events import Recorded
from kwiga_orders.wire import objects, outlines
from kwiga_orders.wire.commands.orders import Line
from kwiga_orders.wire.commands.payments import Kind, Method
from kwiga_orders.wire.faults import INVALID
from kwiga_orders.wire.objects import Activation, Discount
from kwiga_orders.wire.parsing import read_json
from kwiga_orders.wire.parts import Part, read_as
from kwiga_orders.wire.scalars import (
    Amount,
    Content,
    Currency,
    DateOrTime,
    FreeJson,
    Id,
    Instant,
    Many,
    Note,
    Some,
    Word,
)

__all__ = ["Faulty", "entry_of", "lines_of", "read_json_lines"]


@attrs.frozen(kw_only=True)
class Faulty:
    """A line that cannot be imported, with all its faults."""

    line: int
    faults: tuple[Fault, ...]


class Refund(Part[importing.ImportedRefund]):
    """A refund."""

    reference: Id
    amount: Amount
    occurred_at: Instant | None = None
    chargeback: bool = False


class Payment(Part[importing.ImportedPayment]):
    """A payment that is owed, or was paid at `paid_at`."""

    amount: Amount
    kind: Kind = "regular"
    due_at: DateOrTime | None = None
    paid_at: Instant | None = None
    method: Method = "cashless"
    gateway: Id | None = None
    closes_access: bool = False
    comment: Note | None = None
    on_top: bool | None = None
    refunds: Content[Refund] = ()


class Person(Part[importing.ImportedPerson]):
    """The person who ordered. A contact is made from it if there is none with that id yet."""

    name: Word = ""
    email: Word = ""
    phone: Word = ""
    locale: Literal["uk", "ru", "en"] | None = None


class Order(Part[importing.ImportedOrder]):
    """An order from another system (O4), with its payments."""

    kind: Literal["order"]
    key: Id = Field(description="The id in the old system; the same key is never imported twice (K1).")
    contact: Id
    person: Person | None = None
    created_at: Instant | None = None
    lines: Some[Line]
    currency: Currency | None = None
    funnel: Id | None = None
    status: Id | None = None
    type: Literal["regular", "subscription", "instalments"] = "regular"
    discount: Discount | None = None
    manager: Id | None = None
    responsibles: Many[Id] = ()
    tags: Many[Id] = ()
    comment: Note | None = None
    opens_on: Activation = "first_payment"
    payments: Content[Payment] = ()
    cancelled_at: Instant | None = None
    computed: FreeJson | None = Field(None, description="Fields that an export computes; an import skips them.")


class Contact(objects.Contact):
    """A contact to make or replace."""

    kind: Literal["contact"]


class Offer(objects.Offer):
    """An offer (O1)."""

    kind: Literal["offer"]


class Course(outlines.Course):
    """The outline of a product, used only to check this import; it is not stored."""

    kind: Literal["course"]


_LINES: TypeAdapter[Order | Contact | Offer | Course] = TypeAdapter(
    Annotated[Order | Contact | Offer | Course, Field(discriminator="kind")]
)


def read_json_lines(file: BinaryIO) -> Iterator[Entry | Faulty]:
    """Read a file of JSON lines; empty lines are skipped."""
    # Read as lines of bytes, so that an invalid character costs only its line.
    for number, line in enumerate(lines_of(file), start=1):
        if not line.isspace():
            try:
                yield entry_of(number, read_json(line, limit=DOCUMENT))
            except InvalidInput as wrong:
                yield Faulty(line=number, faults=wrong.faults)


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Give the lines of a file; a line that is too long is cut one byte after the limit."""
    # The extra byte shows that the line is too long, without reading all of it.
    while line := file.readline(DOCUMENT + 1):
        rest = line
        # The rest of a long line is skipped.
        while len(rest) > DOCUMENT and not rest.endswith(b"\n"):
            rest = file.readline(DOCUMENT + 1)
        yield line


def entry_of(number: int, document: Json) -> Entry:
    """Read the entry that a line describes.

    Raises:
        InvalidInput: with all its faults.
    """
    # Taken out first, because only an export may write a history.
    history = document.pop("history", None) if isinstance(document, dict) else None
    what = read_as(_LINES.validate_python, document).value()
    assert isinstance(document, dict), "it was read as an object"
    print_of = _fingerprint(document)
    if history is None:
        return Entry(line=number, what=what, fingerprint=print_of)
    return Entry(line=number, what=_restored(what, history, document), fingerprint=print_of)


def _restored(what: object, history: Json, document: dict[str, Json]) -> importing.RestoredOrder:
    """Give the order of an exported line together with its history (V7).

    Raises:
        InvalidInput: if the history is not readable, or if the line was changed after the export.
    """
    if not isinstance(what, importing.ImportedOrder) or not isinstance(history, dict):
        raise _wrong_history("is that of an order")
    # Events change between editions, and a single history cannot be upgraded.
    if history.get("schema") != HISTORY_SCHEMA:
        raise _wrong_history("was written by another version: import it with that one, or leave the history out")
    # The checksum covers the line without its history, so a person who edits an order by hand must drop the history.
    if history.get("of") != checksum(document):
        raise _wrong_history("the line was changed since: leave the history out, and it is an order made elsewhere")
    rows = history.get("rows")
    try:
        told = tuple(decode(row, Recorded) for row in rows) if isinstance(rows, list) else ()
    except _UNREADABLE as problem:
        raise _wrong_history("rows of a history") from problem
    return importing.RestoredOrder(key=what.key, contact=what.contact, person=what.person, history=told)


_UNREADABLE = (KwigaOrdersError, LookupError, TypeError, ValueError, AttributeError, RecursionError)


def _wrong_history(hint: str) -> InvalidInput:
    return InvalidInput([Fault(path="history", code=INVALID, hint=hint)])


_SORTED = json.JSONEncoder(sort_keys=True, check_circular=False)


def _fingerprint(document: Json) -> str:
    assert isinstance(document, dict), "it was read as an object"
    if "computed" in document:
        # K1: computed fields may change with time, and must not make it a different line.
        document = {name: inner for name, inner in document.items() if name != "computed"}
    return sha256(_SORTED.encode(document).encode()).hexdigest()

"""Files to import: a line of JSON or a row of CSV says a contact, an offer, an order, or the outline of a course.

Laws:

1. Every fault of every line is told, with the number of the line and its path; reading goes on after a faulty one.
2. Only one line is held at a time, and none longer than a document may be.
3. What an export wrote can be read; what it computed is passed over.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Annotated, BinaryIO, Literal

import attrs
from pydantic import Field, TypeAdapter

from kwiga_orders import importing
from kwiga_orders.bounds import DOCUMENT
from kwiga_orders.codec import Json
from kwiga_orders.errors import Fault, InvalidInput
from kwiga_orders.export import COLUMNS, COMPUTED_COLUMNS, restored, separated
from kwiga_orders.wire import objects, outlines
from kwiga_orders.wire.commands.orders import Line
from kwiga_orders.wire.commands.payments import Kind, Method
from kwiga_orders.wire.faults import INVALID
from kwiga_orders.wire.objects import Activation, Discount
from kwiga_orders.wire.parsing import read_json
from kwiga_orders.wire.parts import Part, read_as
from kwiga_orders.wire.scalars import Amount, Content, Currency, FreeJson, Id, Instant, Many, Note, Some, Word

__all__ = ["Faulty", "read_csv", "read_json_lines"]


@attrs.frozen(kw_only=True)
class Faulty:
    """A line that cannot be imported, and all that is wrong with it."""

    line: int
    faults: tuple[Fault, ...]


class Refund(Part[importing.ImportedRefund]):
    """Money that was given back."""

    reference: Id
    amount: Amount
    occurred_at: Instant | None = None
    chargeback: bool = False


class Payment(Part[importing.ImportedPayment]):
    """What is owed, or was paid at `paid_at`."""

    amount: Amount
    kind: Kind = "regular"
    due_at: Instant | None = None
    paid_at: Instant | None = None
    method: Method = "cashless"
    gateway: Id | None = None
    closes_access: bool = False
    comment: Note | None = None
    refunds: Content[Refund] = ()


class Person(Part[importing.ImportedPerson]):
    """Who ordered; made a contact if there is none under that id yet."""

    name: Word = ""
    email: Word = ""
    phone: Word = ""
    locale: Literal["uk", "ru", "en"] | None = None


class Order(Part[importing.ImportedOrder]):
    """An order that was made elsewhere (O4), with its payments."""

    kind: Literal["order"]
    key: Id = Field(description="What it is known by there: imported again, it is not made again (K1).")
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
    computed: FreeJson | None = Field(None, description="What an export adds for its readers; passed over.")


class Contact(objects.Contact):
    """A contact, made or replaced."""

    kind: Literal["contact"]


class Offer(objects.Offer):
    """An offer (O1)."""

    kind: Literal["offer"]


class Course(outlines.Course):
    """The outline of a product, for the checks of this import; it is not kept."""

    kind: Literal["course"]


_LINES: TypeAdapter[Order | Contact | Offer | Course] = TypeAdapter(
    Annotated[Order | Contact | Offer | Course, Field(discriminator="kind")]
)


def read_json_lines(file: BinaryIO) -> Iterator[importing.Entry | Faulty]:
    """Read a file of JSON lines; empty ones are passed over."""
    for number, line in enumerate(_lines(file), start=1):
        if not line.isspace():
            try:
                yield _entry(number, read_json(line, limit=DOCUMENT))
            except InvalidInput as wrong:
                yield Faulty(line=number, faults=wrong.faults)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Give the lines of a file; of one that is too long only so much that it is seen to be."""
    while line := file.readline(DOCUMENT + 1):
        rest = line
        while len(rest) > DOCUMENT and not rest.endswith(b"\n"):
            rest = file.readline(DOCUMENT + 1)
        yield line


def _entry(number: int, document: Json) -> importing.Entry:
    what = read_as(_LINES.validate_python, document).value()
    return importing.Entry(line=number, what=what, fingerprint=_fingerprint(document))


_SORTED = json.JSONEncoder(sort_keys=True, check_circular=False)


def _fingerprint(document: Json) -> str:
    assert isinstance(document, dict), "it was read as an object"
    if "computed" in document:
        document = {name: inner for name, inner in document.items() if name != "computed"}
    return sha256(_SORTED.encode(document).encode()).hexdigest()


# CSV


def read_csv(file: BinaryIO) -> Iterator[importing.Entry | Faulty]:
    """Read a file of CSV, UTF-8, whose first line names columns of an export: a row an order.

    Of money it says only sums: `paid` becomes one payment, `refunded` is given back of it.
    """
    rows = csv.reader(_decoded(file), strict=True)
    line = 1
    try:
        names = next(rows, [])
        if unknown := [name for name in names if name not in _KNOWN]:
            yield Faulty(line=1, faults=tuple(Fault(path=one[:100], code="input.unknown_field") for one in unknown))
            return
        line = rows.line_num + 1
        for row in rows:
            if row:
                yield _read_row(line, names, row)
            line = rows.line_num + 1
    except (csv.Error, UnicodeDecodeError):
        yield Faulty(line=line, faults=(Fault(path="", code=INVALID, hint="CSV in UTF-8; nothing after it is read"),))


def _decoded(file: BinaryIO) -> Iterator[str]:
    for number, line in enumerate(_lines(file)):
        yield line.decode("utf-8-sig" if number == 0 else "utf-8")


def _read_row(line: int, names: list[str], row: list[str]) -> importing.Entry | Faulty:
    if len(row) != len(names):
        return Faulty(line=line, faults=(Fault(path="", code=INVALID, hint=f"{len(names)} cells"),))
    try:
        cells = {name: restored(cell) for name, cell in zip(names, row, strict=True) if cell}
        return _entry(line, _document(cells))
    except InvalidInput as wrong:
        return Faulty(line=line, faults=wrong.faults)


_KNOWN = {*COLUMNS, "method"}
_LISTS = ("responsibles", "tags")
_MADE_OF_OTHERS = {*COMPUTED_COLUMNS, "products", "prices", "paid", "refunded", "paid_at", "method"}


def _document(cells: Mapping[str, str]) -> Json:
    """Give the document that a row stands for."""
    document: dict[str, Json] = {"kind": "order"}
    for name, cell in cells.items():
        owner, _, field = name.partition("_")
        if owner in ("contact", "discount") and field:
            part = document.setdefault("person" if owner == "contact" else owner, {})
            assert isinstance(part, dict)
            part[field] = cell
        elif name not in _MADE_OF_OTHERS:
            document[name] = list[Json](separated(cell)) if name in _LISTS else cell
    document["lines"] = _lines_of(separated(cells.get("products", "")), separated(cells.get("prices", "")))
    return document | _payments_of(cells)


def _lines_of(products: list[str], prices: list[str]) -> Json:
    if len(products) != len(prices):
        raise InvalidInput([Fault(path="prices", code=INVALID, hint="one for each of the products")])
    return [{"product": product, "price": price} for product, price in zip(products, prices, strict=True)]


def _payments_of(cells: Mapping[str, str]) -> dict[str, Json]:
    if not _is_more_than_nothing(cells.get("paid")):
        return {}
    paid_at = cells.get("paid_at") or cells.get("created_at")
    if paid_at is None:
        raise InvalidInput([Fault(path="paid_at", code=INVALID, hint="is required of what was paid")])
    payment: dict[str, Json] = {"amount": cells["paid"], "paid_at": paid_at, "method": cells.get("method", "other")}
    if _is_more_than_nothing(cells.get("refunded")):
        payment["refunds"] = [{"reference": f"{cells.get('key')}:refunded"[:100], "amount": cells["refunded"]}]
    return {"payments": [payment]}


def _is_more_than_nothing(amount: str | None) -> bool:
    return amount is not None and amount.strip("0.") != ""

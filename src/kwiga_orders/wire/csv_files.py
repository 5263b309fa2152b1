"""CSV files to import: the first line has the column names of an export, and every other row is an order.

Laws:

1. An unreadable row fails alone: one with an invalid byte, a cell that is too long, or an unclosed quote. Empty rows
   are skipped.
2. A column that occurs twice is refused, because neither value may win silently.
3. The encoding and the separator are never guessed; the fault says which option reads the file.
"""

import codecs
import csv
from collections import deque
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import attrs

from kwiga_orders.codec import Json
from kwiga_orders.errors import Fault, InvalidInput
from kwiga_orders.export import COLUMNS, COMPUTED_COLUMNS, SEPARATORS, restored, separated
from kwiga_orders.importing import Entry
from kwiga_orders.wire.faults import INVALID, TOO_LARGE
from kwiga_orders.wire.imports import Faulty, entry_of, lines_of

__all__ = ["CsvSource", "read_csv"]

_LONGEST_ROW = 1_000_000
_MOST_LINES = 1000
_UTF_8_MARK, _UTF_16_MARKS = codecs.BOM_UTF8, (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LIKELY = "cp1251"
"""The encoding that spreadsheets in Cyrillic countries use if they do not write UTF-8."""


@attrs.frozen(kw_only=True)
class CsvSource:
    """The encoding and the separator of a CSV file.

    Raises:
        InvalidInput: if the encoding is unknown or writes the special characters of CSV unlike ASCII.
    """

    encoding: str = "utf-8"
    separator: str = ","

    def __attrs_post_init__(self) -> None:
        faults = []
        if self.separator not in SEPARATORS:
            faults.append(Fault(path="separator", code=INVALID, hint="one of , ; | and the tab"))
        if not _is_like_ascii(self.encoding):
            faults.append(Fault(path="encoding", code=INVALID, hint="an encoding such as utf-8 or cp1251"))
        if faults:
            raise InvalidInput(faults)


def _is_like_ascii(encoding: str) -> bool:
    try:
        # Rows are split before they are decoded, so the special characters of CSV must be single bytes.
        return '",;\r\n'.encode(encoding) == b'",;\r\n'
    except (LookupError, UnicodeError):
        return False


_PLAIN = CsvSource()


def read_csv(file: BinaryIO, source: CsvSource = _PLAIN) -> Iterator[Entry | Faulty]:
    """Read a CSV file: the first line has the column names of an export, and every other row is an order.

    A CSV row has only sums of money: `paid` becomes one payment, and `refunded` a refund of it.
    """
    rows = _rows(file)
    # Every row depends on the header, so a fault in it ends the reading.
    line, header = next(rows, (1, b""))
    names = _cells(line, header, source)
    if isinstance(names, Faulty):
        yield _with_hint(names, header, source)
        return
    if faults := list(_wrong_columns(names, header, source)):
        yield Faulty(line=line, faults=tuple(faults))
        return
    for line, row in rows:
        cells = _cells(line, row, source)
        if isinstance(cells, Faulty):
            yield cells
        # Spreadsheets leave rows of empty cells at the end.
        elif any(cell.strip() for cell in cells):
            yield _read_row(line, names, cells)


# From bytes to rows


def _rows(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Give the rows of a file with their line numbers; a row with an unclosed quote consists of its first line only."""
    waiting = deque[bytes]()
    lines = lines_of(file)
    number = 0
    while first := waiting.popleft() if waiting else next(lines, b""):
        number += 1
        # Some programs begin UTF-8 with a byte order mark, which is not part of the first name.
        taken = [first.removeprefix(_UTF_8_MARK) if number == 1 else first]
        while _is_open(taken) and (following := waiting.popleft() if waiting else next(lines, b"")):
            taken.append(following)
        # A quote still open at the limit is a mistake: only the first line is taken, the others are read again.
        if len(taken) > 1 and _has_open_quote(taken):
            waiting.extendleft(reversed(taken[1:]))
            del taken[1:]
        yield number, b"".join(taken)
        number += len(taken) - 1


def _is_open(lines: list[bytes]) -> bool:
    is_short = len(lines) < _MOST_LINES and sum(map(len, lines)) < _LONGEST_ROW
    return is_short and _has_open_quote(lines)


def _has_open_quote(lines: list[bytes]) -> bool:
    # RFC 4180: a quote inside a quoted cell is written twice
    return sum(line.count(b'"') for line in lines) % 2 == 1


def _cells(line: int, row: bytes, source: CsvSource) -> list[str] | Faulty:
    if len(row) > _LONGEST_ROW:
        return _faulty(line, f"at most {_LONGEST_ROW} bytes in a row", code=TOO_LARGE)
    try:
        # Law 1: each row is decoded by itself, so that one invalid byte costs only one row.
        text = row.decode(source.encoding)
    except UnicodeDecodeError:
        return _faulty(line, _hint_of_encoding(row, source))
    try:
        return next(csv.reader([text], delimiter=source.separator, strict=True), [])
    except csv.Error as wrong:
        is_too_long = "limit" in str(wrong)
        return _faulty(line, "a cell that is too long" if is_too_long else "CSV", TOO_LARGE if is_too_long else INVALID)


def _faulty(line: int, hint: str, code: str = INVALID) -> Faulty:
    return Faulty(line=line, faults=(Fault(path="", code=code, hint=hint),))


def _hint_of_encoding(row: bytes, source: CsvSource) -> str:
    # Law 3: the hint names the likely encoding, but the same bytes are valid in several, so nothing is guessed.
    if source.encoding.lower() != _LIKELY and _decodes(row, _LIKELY):
        return f"text in {source.encoding}; if it is {_LIKELY}, read it so: --encoding {_LIKELY}"
    return f"text in {source.encoding}"


def _decodes(row: bytes, encoding: str) -> bool:
    try:
        row.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _with_hint(names: Faulty, header: bytes, source: CsvSource) -> Faulty:
    if header.startswith(_UTF_16_MARKS):
        return _faulty(names.line, f"text in {source.encoding}; it is in utf-16: save it as CSV UTF-8")
    return names


# Columns

_KNOWN = {*COLUMNS, "method"}


def _wrong_columns(names: list[str], header: bytes, source: CsvSource) -> Iterator[Fault]:
    """List columns that occur twice or are unknown; if another separator explains them, only that."""
    if unknown := [name for name in dict.fromkeys(names) if name not in _KNOWN]:
        # With a wrong separator the whole header is one unknown column, so the separator is reported instead.
        other = _other_separator(header, source)
        if other is not None:
            yield Fault(path="", code=INVALID, hint=f"its separator is {other!r}, read it so: --separator")
            return
        for name in unknown:
            yield Fault(path=name[:100], code="input.unknown_field")
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield Fault(path=name[:100], code=INVALID, hint="is there twice")


def _other_separator(header: bytes, source: CsvSource) -> str | None:
    text = header.decode(source.encoding).strip()
    for other in SEPARATORS:
        if other != source.separator and other in text and {name.strip('"') for name in text.split(other)} <= _KNOWN:
            return other
    return None


# From a row to an order


def _read_row(line: int, names: list[str], row: list[str]) -> Entry | Faulty:
    # A row with more or fewer cells than columns cannot be assigned to the columns.
    if len(row) != len(names):
        return _faulty(line, f"{len(names)} cells")
    try:
        cells = {name: restored(cell) for name, cell in zip(names, row, strict=True) if cell}
        return entry_of(line, _document(cells))
    except InvalidInput as wrong:
        return Faulty(line=line, faults=wrong.faults)


_LISTS = ("responsibles", "tags")
_MADE_OF_OTHERS = {*COMPUTED_COLUMNS, "products", "prices", "paid", "refunded", "paid_at", "method"}


def _document(cells: Mapping[str, str]) -> Json:
    """Give the document of a row."""
    document: dict[str, Json] = {"kind": "order"}
    for name, cell in cells.items():
        owner, _, field = name.partition("_")
        if owner in ("contact", "discount") and field:
            part = document.setdefault("person" if owner == "contact" else owner, {})
            assert isinstance(part, dict)
            part[field] = cell
        elif name not in _MADE_OF_OTHERS:
            document[name] = list[Json](separated(cell)) if name in _LISTS else cell
    products = separated(cells.get("products", ""))
    prices = separated(cells.get("prices", ""))
    if len(products) != len(prices):
        # The n-th price belongs to the n-th product.
        raise InvalidInput([Fault(path="prices", code=INVALID, hint="one for each of the products")])
    document["lines"] = [{"product": product, "price": price} for product, price in zip(products, prices, strict=True)]
    return document | _payments_of(cells)


def _payments_of(cells: Mapping[str, str]) -> dict[str, Json]:
    # An order without money has no payments, because the open payments cannot be computed from a sum.
    if not _is_more_than_nothing(cells.get("paid")):
        return {}
    paid_at = cells.get("paid_at") or cells.get("created_at")
    if paid_at is None:
        raise InvalidInput([Fault(path="paid_at", code=INVALID, hint="is required of what was paid")])
    payment: dict[str, Json] = {"amount": cells["paid"], "paid_at": paid_at, "method": cells.get("method", "other")}
    if _is_more_than_nothing(cells.get("refunded")):
        # The reference is made from the key of the row, so that importing the row twice refunds only once.
        payment["refunds"] = [{"reference": f"{cells.get('key')}:refunded"[:100], "amount": cells["refunded"]}]
    return {"payments": [payment]}


def _is_more_than_nothing(amount: str | None) -> bool:
    return amount is not None and amount.strip("0.") != ""

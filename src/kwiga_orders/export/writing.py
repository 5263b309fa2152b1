"""The formats of an export: JSON lines with all fields, and one row of cells per order for CSV (RFC 4180, UTF-8)."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import attrs

from kwiga_orders.codec import Json
from kwiga_orders.errors import Fault, InvalidInput
from kwiga_orders.export.cells import SEPARATORS, csv_cell, defused, joined
from kwiga_orders.export.rows import Computed, ExportedOrder, Person

__all__ = [
    "AMOUNTS",
    "COLUMNS",
    "COMPUTED_COLUMNS",
    "EXCEL_CSV",
    "PLAIN_CSV",
    "CsvForm",
    "cells_of",
    "csv_header",
    "csv_line",
    "json_line",
]

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_NEGATIVE = re.compile(r"-\d+(\.\d+)?", re.ASCII)
_NOBODY = Person(name="", email="", phone="", locale=None)


def json_line(order: ExportedOrder) -> str:
    """Write an order as a line of JSON, with its line break."""
    return f"{_COMPACT.encode(order)}\n"


@attrs.frozen(kw_only=True)
class CsvForm:
    """The format of a CSV file: its separator, and whether it starts with a byte order mark (`marked`).

    Excel needs the mark to recognize UTF-8. In most of Europe it expects semicolons.

    Raises:
        InvalidInput: if the separator is not one of `SEPARATORS`.
    """

    separator: str = ","
    marked: bool = False

    def __attrs_post_init__(self) -> None:
        if self.separator not in SEPARATORS:
            raise InvalidInput([Fault(path="separator", code="input.invalid", hint="one of , ; | and the tab")])


PLAIN_CSV = CsvForm()
"""Commas, without a byte order mark."""

EXCEL_CSV = CsvForm(separator=";", marked=True)
"""The format that Excel opens by a double click in most of Europe."""


def csv_header(form: CsvForm = PLAIN_CSV) -> str:
    """Write the line of column names, after the byte order mark if the form has one."""
    mark = "\ufeff" if form.marked else ""
    return f"{mark}{_line(COLUMNS, form)}"


def csv_line(order: ExportedOrder, form: CsvForm = PLAIN_CSV) -> str:
    """Write an order as a line of CSV; a cell that looks like a formula is defused (V7).

    A negative amount, such as -50.00 in `balance`, stays a number, because it cannot be a formula.
    """
    return _line(
        (
            text if name in AMOUNTS and _NEGATIVE.fullmatch(text) else defused(text)
            for name, text in cells_of(order).items()
        ),
        form,
    )


def cells_of(order: ExportedOrder) -> dict[str, str]:
    """Give the cells of an order as texts, by column. They are not defused yet."""
    return {name: _text(cell(order)) for name, cell in _CELLS.items()}


def _line(cells: Iterable[str], form: CsvForm) -> str:
    return form.separator.join(map(csv_cell, cells)) + "\r\n"


def _text(value: object) -> str:
    if isinstance(value, bool):
        # False is empty: in a column full of "no" the few rows that matter would be hard to see.
        return "yes" if value else ""
    return "" if value is None else str(value)


def _of_person(name: str) -> Callable[[ExportedOrder], object]:
    field = _named(name)
    return lambda order: field(order["person"] or _NOBODY)


def _named(name: str) -> Callable[[Mapping[str, object]], object]:
    return lambda fields: fields[name]


def _computed(name: str) -> Callable[[ExportedOrder], object]:
    field = _named(name)
    return lambda order: field(order["computed"])


def _discount(unit: str) -> Callable[[ExportedOrder], object]:
    def give(order: ExportedOrder) -> Json:
        discount = order["discount"]
        if not isinstance(discount, dict):
            return None
        if _on_top(order):
            # written as an amount, because a percentage would apply to the prices without what is on top
            taken_off = sum(_prices(order)) - Decimal(order["computed"]["total"])
            return str(taken_off) if unit == "amount" and taken_off else None
        return discount.get(unit)

    return give


def _on_top(order: ExportedOrder) -> Decimal:
    return sum((Decimal(one["amount"]) for one in order["payments"] if one["on_top"]), Decimal(0))


def _prices(order: ExportedOrder) -> list[Decimal]:
    """Give the prices of the lines; payments on top are added to the first price (M5), because CSV has no payments."""
    first, *others = (Decimal(line["price"]) for line in order["lines"])
    return [first + _on_top(order), *others]


def _last_paid(order: ExportedOrder) -> object:
    return max((one["paid_at"] for one in order["payments"] if one["paid_at"] is not None), default=None)


_CELLS: Mapping[str, Callable[[ExportedOrder], object]] = {
    "key": _named("key"),
    "number": _computed("number"),
    "created_at": _named("created_at"),
    "contact": _named("contact"),
    "contact_name": _of_person("name"),
    "contact_email": _of_person("email"),
    "contact_phone": _of_person("phone"),
    "contact_locale": _of_person("locale"),
    "products": lambda order: joined(line["product"] for line in order["lines"]),
    "prices": lambda order: joined(map(str, _prices(order))),
    "discount_percent": _discount("percent"),
    "discount_amount": _discount("amount"),
    "currency": _named("currency"),
    "total": _computed("total"),
    "paid": _computed("paid"),
    "refunded": _computed("refunded"),
    "balance": _computed("balance"),
    "owed": _computed("owed"),
    "payment_status": _computed("payment_status"),
    "paid_at": _last_paid,
    "due_at": _computed("due_at"),
    "offer": _computed("offer"),
    "type": _named("type"),
    "funnel": _named("funnel"),
    "status": _named("status"),
    "opens_on": _named("opens_on"),
    "manager": _named("manager"),
    "responsibles": lambda order: joined(order["responsibles"]),
    "tags": lambda order: joined(order["tags"]),
    "comment": _named("comment"),
    "updated_at": _computed("updated_at"),
    "activated_at": _computed("activated_at"),
    "cancelled_at": _named("cancelled_at"),
    "superseded_by": _computed("superseded_by"),
    "needs_attention": _computed("needs_attention"),
}

AMOUNTS = frozenset({"total", "paid", "refunded", "balance", "owed"})
"""The columns that hold an amount."""

COLUMNS: tuple[str, ...] = tuple(_CELLS)
"""The columns of a CSV, in order."""

COMPUTED_COLUMNS = frozenset(name for name in COLUMNS if name in Computed.__annotations__) - {"paid", "refunded"}
"""Those that follow from the others, or from the order's past: an import passes over them."""

"""The two forms of an export: JSON lines with everything, and CSV with a row an order (RFC 4180, UTF-8)."""

import json
import re
from collections.abc import Callable, Iterable, Mapping

from kwiga_orders.codec import Json
from kwiga_orders.export.cells import csv_cell, defused, joined
from kwiga_orders.export.rows import Computed, ExportedOrder, Person

__all__ = ["COLUMNS", "COMPUTED_COLUMNS", "csv_header", "csv_line", "json_line"]

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_NEGATIVE = re.compile(r"-\d+(\.\d+)?", re.ASCII)
_NOBODY = Person(name="", email="", phone="", locale=None)


def json_line(order: ExportedOrder) -> str:
    """Write an order as a line of JSON, its end included."""
    return f"{_COMPACT.encode(order)}\n"


def csv_header() -> str:
    """Write the line of the column names."""
    return _line(COLUMNS)


def csv_line(order: ExportedOrder) -> str:
    """Write an order as a line of CSV; what would be a formula is defused (V7).

    A negative amount, such as -50.00 in `balance`, is left a number: it cannot hold a formula.
    """
    return _line(_safe(name, _text(cell(order))) for name, cell in _CELLS.items())


def _line(cells: Iterable[str]) -> str:
    return ",".join(map(csv_cell, cells)) + "\r\n"


def _safe(column: str, text: str) -> str:
    return text if column in _AMOUNTS and _NEGATIVE.fullmatch(text) else defused(text)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def _of_person(name: str) -> Callable[[ExportedOrder], object]:
    return lambda order: (order["person"] or _NOBODY)[name]  # type: ignore[literal-required]


def _named(name: str) -> Callable[[ExportedOrder], object]:
    return lambda order: order[name]  # type: ignore[literal-required]


def _computed(name: str) -> Callable[[ExportedOrder], object]:
    return lambda order: order["computed"][name]  # type: ignore[literal-required]


def _discount(unit: str) -> Callable[[ExportedOrder], object]:
    def give(order: ExportedOrder) -> Json:
        discount = order["discount"]
        return discount.get(unit) if isinstance(discount, dict) else None

    return give


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
    "prices": lambda order: joined(line["price"] for line in order["lines"]),
    "discount_percent": _discount("percent"),
    "discount_amount": _discount("amount"),
    "currency": _named("currency"),
    "total": _computed("total"),
    "paid": _computed("paid"),
    "refunded": _computed("refunded"),
    "balance": _computed("balance"),
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

_AMOUNTS = frozenset({"total", "paid", "refunded", "balance"})

COLUMNS: tuple[str, ...] = tuple(_CELLS)
"""The columns of a CSV, in order."""

COMPUTED_COLUMNS = frozenset(name for name in COLUMNS if name in Computed.__annotations__) - {"paid", "refunded"}
"""Those that follow from the others, or from the order's past: an import passes over them."""

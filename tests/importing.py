"""Files to import, and a school to import them into, in few words."""

import io
import json
from collections.abc import Iterable

from kwiga_orders.importing import Entry, Importer, LineOutcome
from kwiga_orders.orders.state import Order
from kwiga_orders.queries import OrdersQuery
from kwiga_orders.wire.imports import Faulty, read_json_lines
from tests.laws.office import Office

__all__ = ["ALL", "brought", "order", "outcomes", "paid", "read", "stored", "taught", "word"]

ALL = OrdersQuery(sort="number", descending=False, limit=3)
Read = list[Entry | Faulty]


def read(*documents: object) -> Read:
    """Read documents as lines of a file."""
    return list(read_json_lines(io.BytesIO("".join(json.dumps(one) + "\n" for one in documents).encode())))


def order(key: str = "a1", **fields: object) -> dict[str, object]:
    """Give the line of an order."""
    lines = [{"product": "python", "price": "1000.00"}]
    return {"kind": "order", "key": key, "contact": "olena", "lines": lines, **fields}


def paid(amount: str = "400.00", at: str = "2026-01-05T10:00:00Z", **fields: object) -> dict[str, object]:
    """Give a payment that was paid."""
    return {"amount": amount, "paid_at": at, **fields}


def brought(office: Office, entries: Iterable[Entry | Faulty], *, batch: int = 2, notifies: bool = False) -> list[str]:
    """Import entries; give what became of each."""
    return [word(one) for one in outcomes(office, entries, batch=batch, notifies=notifies)]


def outcomes(
    office: Office, entries: Iterable[Entry | Faulty], *, batch: int = 2, notifies: bool = False
) -> list[LineOutcome]:
    """Import entries; give the outcomes."""
    importer = Importer(orders=office.orders, batch=batch, notifies=notifies)
    return list(importer.carried_out(one for one in entries if isinstance(one, Entry)))


def word(outcome: LineOutcome) -> str:
    """Give what became of a line, in a word."""
    return outcome.state if outcome.error is None else outcome.error.code


def stored(office: Office) -> list[Order]:
    """Give all orders, by number."""
    return [office.order(row["key"]) for row in office.orders.export(ALL)]


def taught() -> Office:
    """Give a school with two products and nothing sold."""
    office = Office()
    office.teaches()
    office.teaches(product="sql")
    return office

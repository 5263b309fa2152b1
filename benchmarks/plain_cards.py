"""Cards in the most direct form: one table with a column for each shown field of an order, and its indexes.

The floor of boards and pages reads its rows and makes nothing from them. It is the lowest floor that shows the same:
lists and sums of an order are stored ready in columns, too.
"""

from kwiga_orders.adapters.sql.tables import orders
from kwiga_orders.views.shapes import CardView

__all__ = ["SHOWN", "TABLE", "making"]

TABLE = "plain_cards"
_NAMES = tuple(CardView.__annotations__)
SHOWN = ", ".join(_NAMES)
"""The columns, in the order of a card."""

_ELEMENT = {"sqlite": "json_extract(card, '$[{place}]')", "postgresql": "card::json ->> {place}"}
_INDEXED = (("funnel", "status"), ("manager",))


def making(dialect: str) -> list[str]:
    """Give the statements that make the table from the cards that a store has written."""
    columns = ", ".join(f"{_source(name, place, dialect)} AS {name}" for place, name in enumerate(_NAMES))
    indexes = (", ".join(("project", *one, "created_at", "number")) for one in _INDEXED)
    return [
        f"CREATE TABLE {TABLE} AS SELECT project, {columns} FROM kwiga_orders",
        *(f"CREATE INDEX ix_{TABLE}_{n} ON {TABLE} ({one})" for n, one in enumerate(indexes)),
    ]


def _source(name: str, place: int, dialect: str) -> str:
    return name if name in orders.c else _ELEMENT[dialect].format(place=place)

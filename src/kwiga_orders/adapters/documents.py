"""Aggregates as JSON documents, each with the number of its schema, readable for ever.

Laws:

1. What was written is read back equal.
2. A document of any older schema is read, too: each step in `steps` brings it one schema further. A new step makes a
   new schema, and a golden file shows what the schemas before it looked like.
3. A document that cannot be read, or that a newer version of this library wrote, is `Corrupt`, and says which it is.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar, cast

import attrs

from kwiga_orders.codec import Json, decode, written
from kwiga_orders.errors import Corrupt, KwigaOrdersError
from kwiga_orders.facts import OutboxRow, Repeated
from kwiga_orders.funnel import Funnel
from kwiga_orders.offers import Offer
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.project import Contact, Project

__all__ = [
    "ALL_SCHEMAS",
    "CONTACTS",
    "FUNNELS",
    "HISTORY",
    "OFFERS",
    "ORDERS",
    "OUTBOX",
    "PROJECTS",
    "REPEATED",
    "Schema",
    "Upgrade",
]

T = TypeVar("T")
_DECODER = json.JSONDecoder()

Upgrade = Callable[[dict[str, Json]], dict[str, Json]]
"""Brings a document from one schema to the next."""


@attrs.frozen(kw_only=True, eq=False)
class Schema(Generic[T]):
    """How values of one kind are written; `steps[0]` brings schema 1 to schema 2, and so on.

    What is `asked_often` is remembered by its text: values are frozen, so one can be given to many.
    """

    name: str
    kind: type[T]
    steps: tuple[Upgrade, ...] = ()
    asked_often: bool = False

    @property
    def number(self) -> int:
        """The number of the schema that is written now."""
        return len(self.steps) + 1

    def write(self, value: T) -> str:
        """Give `value` as compact JSON text."""
        return written(value, self.kind)

    def read(self, text: str, *, schema: int, id: str) -> T:
        """Read what was written in that schema; `id` is only told if that fails.

        Raises:
            Corrupt: `document.unreadable`, or `document.too_new` if a newer version of this library wrote it.
        """
        if schema > self.number:
            raise Corrupt("document.too_new", document=self.name, id=id, schema=schema, newest=self.number)
        try:
            return cast(T, _remembered(self, text, schema)) if self.asked_often else self._read(text, schema)
        except (KwigaOrdersError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as problem:
            raise Corrupt("document.unreadable", document=self.name, id=id, schema=schema) from problem

    def _read(self, text: str, schema: int) -> T:
        document, end = _DECODER.raw_decode(text)
        if end != len(text):
            raise ValueError("there is more than one document")
        for step in self.steps[schema - 1 :]:
            document = step(document)
        return decode(document, self.kind)


@lru_cache(maxsize=512)
def _remembered(schema: Schema[object], text: str, number: int) -> object:
    return schema._read(text, number)


PROJECTS = Schema(name="project", kind=Project, asked_often=True)
"""Projects."""

CONTACTS = Schema(name="contact", kind=Contact)
"""Contacts."""

ORDERS = Schema(name="order", kind=Order)
"""Orders."""

OFFERS = Schema(name="offer", kind=Offer, asked_often=True)
"""Offers."""

FUNNELS = Schema(name="funnel", kind=Funnel, asked_often=True)
"""Funnels."""

HISTORY = Schema(name="recorded", kind=Recorded)
"""Rows of history."""

OUTBOX = Schema(name="outbox_row", kind=OutboxRow)
"""Rows of the outbox."""

REPEATED = Schema(name="repeated", kind=Repeated)
"""What is kept under idempotency keys."""

ALL_SCHEMAS: tuple[Schema[object], ...] = cast(
    tuple[Schema[object], ...],
    (PROJECTS, CONTACTS, ORDERS, OFFERS, FUNNELS, HISTORY, OUTBOX, REPEATED),
)
"""Every schema there is; each has a golden file for each of its numbers."""

"""Aggregates as JSON documents, each stored with its schema number; documents of old schemas stay readable.

Laws:

1. What was written is read back equal.
2. A document of any older schema can be read: each step in `steps` upgrades it by one schema. Adding a step raises the
   schema number, and a golden file holds a document of each schema before.
3. A document that cannot be read, or that a newer version of this library wrote, is `Corrupt`; the code says which.
4. orjson writes and parses the text, in half the time or less. The standard library does it where orjson would fail or
   change a number: integers beyond 64 bits, NaN and infinities.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

import attrs

from kwiga_orders.adapters.offer_upgrades import offer_of_second_edition
from kwiga_orders.adapters.upgrades import order_to_2, recorded_to_2
from kwiga_orders.catalogue import CatalogueRow
from kwiga_orders.changes import OutboxRow, Repeated
from kwiga_orders.codec import Json, decode, encoder_of
from kwiga_orders.errors import Corrupt, KwigaOrdersError
from kwiga_orders.extras import extra
from kwiga_orders.funnel import Funnel
from kwiga_orders.offers import Offer, OfferVersion
from kwiga_orders.orders.events import EventReported, Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.project import Contact, Project

with extra("sql"):
    import orjson

__all__ = [
    "ALL_SCHEMAS",
    "CATALOGUE",
    "CONTACTS",
    "FUNNELS",
    "HISTORY",
    "OFFERS",
    "OFFER_VERSIONS",
    "ORDERS",
    "OUTBOX",
    "PROJECTS",
    "REPEATED",
    "Schema",
    "Upgrade",
    "text_of",
]

T = TypeVar("T")
_UNREADABLE = (KwigaOrdersError, LookupError, TypeError, ValueError, AttributeError, RecursionError)
_exact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


# decision 0032: orjson reads and writes stored text; the wire keeps the json of the standard library
def text_of(document: object) -> str:
    """Give plain data as compact JSON text."""
    # orjson is several times faster, and refuses what it cannot write exactly.
    try:
        return orjson.dumps(document).decode()
    except TypeError:
        return _exact(document)


Upgrade = Callable[[dict[str, Json]], dict[str, Json]]
"""Brings a document from one schema to the next."""


@attrs.frozen(kw_only=True, eq=False)
class Schema(Generic[T]):
    """How values of one kind are written; `steps[0]` brings schema 1 to schema 2, and so on.

    Values that are `asked_often` are cached by their text: values are frozen, so callers can share one. A text that
    contains `free` holds JSON given by a host, with numbers of any size.
    """

    name: str
    kind: type[T]
    steps: tuple[Upgrade, ...] = ()
    asked_often: bool = False
    free: str | None = None

    number: int = attrs.field(init=False)
    """The number of the schema that is written now."""

    @number.default
    def _newest(self) -> int:
        return len(self.steps) + 1

    _encode: Callable[[T], Json] = attrs.field(init=False)

    @_encode.default
    def _encoder(self) -> Callable[[T], Json]:
        return encoder_of(self.kind)

    # The encoder is compiled once for each schema, not for each document.

    def write(self, value: T) -> str:
        """Give `value` as compact JSON text."""
        document = self._encode(value)
        text = text_of(document)
        # `free` marks documents in which a host may have put numbers that orjson would change (law 4).
        return text if self.free is None or self.free not in text else _exact(document)

    def read(self, text: str, *, schema: int, id: str) -> T:
        """Read a document of a schema number; `id` is only for the error message.

        Raises:
            Corrupt: `document.unreadable`, or `document.too_new` if a newer version of this library wrote it.
        """
        # A newer library may have written fields that this one would silently drop.
        if schema > self.number:
            raise Corrupt("document.too_new", document=self.name, id=id, schema=schema, newest=self.number)
        try:
            return cast(T, _remembered(self, text, schema)) if self.asked_often else self._read(text, schema)
        except _UNREADABLE as problem:
            raise Corrupt("document.unreadable", document=self.name, id=id, schema=schema) from problem

    def _read(self, text: str, schema: int) -> T:
        if self.free is None or self.free not in text:
            try:
                return self._taken(orjson.loads(text), schema)
            except _UNREADABLE:
                pass  # orjson cannot read some numbers; if the text is broken, the attempt below reports it
        return self._taken(json.loads(text), schema)

    def _taken(self, document: Any, schema: int) -> T:
        # Step n brings schema n to n + 1, so the first one to apply is at the index of the stored number.
        for step in self.steps[schema - 1 :]:
            document = step(document)
        return decode(document, self.kind)


# Keyed by the text itself: settings and offers are read thousands of times between two edits.
@lru_cache(maxsize=512)
def _remembered(schema: Schema[object], text: str, number: int) -> object:
    return schema._read(text, number)


PROJECTS = Schema(name="project", kind=Project, asked_often=True)
"""Projects."""

CONTACTS = Schema(name="contact", kind=Contact)
"""Contacts."""

ORDERS = Schema(name="order", kind=Order, steps=(order_to_2,))
"""Orders."""

OFFERS = Schema(name="offer", kind=Offer, steps=(offer_of_second_edition,), asked_often=True)
"""Offers, each with its newest version."""

OFFER_VERSIONS = Schema(name="offer_version", kind=OfferVersion)
"""Versions of offers (O8)."""

CATALOGUE = Schema(name="catalogue_row", kind=CatalogueRow)
"""Rows of the history of offers and funnels (O15)."""

FUNNELS = Schema(name="funnel", kind=Funnel, asked_often=True)
"""Funnels."""

HISTORY = Schema(name="recorded", kind=Recorded, steps=(recorded_to_2,), free=f'"{EventReported.name}"')
"""Rows of history."""

OUTBOX = Schema(name="outbox_row", kind=OutboxRow)
"""Rows of the outbox; their data comes from this library, never from hosts, so `free` is not needed."""

REPEATED = Schema(name="repeated", kind=Repeated)
"""Answers kept under idempotency keys (K1)."""

ALL_SCHEMAS: tuple[Schema[object], ...] = cast(
    tuple[Schema[object], ...],
    (PROJECTS, CONTACTS, ORDERS, OFFERS, OFFER_VERSIONS, FUNNELS, CATALOGUE, HISTORY, OUTBOX, REPEATED),
)
"""All schemas; each has a golden file for each of its numbers."""

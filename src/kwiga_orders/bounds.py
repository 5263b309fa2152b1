"""How much of anything there may be: the bounds of input, in one place (K5).

Beyond a bound comes a clear refusal, never the error of a driver: `input.too_large` for documents, lists and texts,
`money.too_large` for amounts and sums, `time.out_of_range` for instants. The page of the reference is made of this one.
"""

# decision 0050: the bounds are constants, the same in every project, and no settings
__all__ = [
    "AMOUNT",
    "CONTENT",
    "CURSOR",
    "DOCUMENT",
    "EVENT_DATA",
    "FAULTS",
    "FIRST_YEAR",
    "ID",
    "LAST_YEAR",
    "LIST",
    "MONEY",
    "NESTING",
    "NOTE",
    "PAYMENTS",
    "TASKS",
    "TITLE",
    "VALUES",
    "WORD",
]

DOCUMENT = 10_000_000
"""Bytes or characters of a JSON document, or of a line or row of an import; looked at before it is parsed."""

VALUES = 250_000
"""Values of any kind in one document, those in its lists and objects included."""

NESTING = 100
"""How deep objects and lists may stand in each other."""

FAULTS = 100
"""Faults of one document that are reported; the error says how many there are."""

LIST = 200
"""Items of a list: products of an order or an offer, payment options, tags, people, statuses, rules, filter values."""

CONTENT = 10_000
"""Items of a list about a course: modules, lessons, sections, practices, tests; and the steps of a case."""

EVENT_DATA = 1_000
"""Values in the data of a host's event."""

ID = 100
"""Characters of an id, a tag, a reference."""

TITLE = 300
"""Characters of a title."""

WORD = 320
"""Characters of a name, an address, a search."""

CURSOR = 2_000
"""Characters of a cursor; it may hold the name after which a page goes on."""

NOTE = 10_000
"""Characters of a comment, a note, a reason."""

PAYMENTS = 1_000
"""Payments of an order that people add; periods of a subscription are made beyond it, too."""

TASKS = 1_000
"""Tasks of an order, and as many notes."""

AMOUNT = 10**12
"""Whole units of its currency below which an amount stays: the greatest is 999,999,999,999.99."""

MONEY = 10**13
"""Minor units that no sum of an order reaches: its total, what was paid, what was refunded."""

FIRST_YEAR = 1900
"""The first year in which an instant may lie."""

LAST_YEAR = 9000
"""The last year in which an instant may lie: calendars end with 9999, and ten years are added again and again."""

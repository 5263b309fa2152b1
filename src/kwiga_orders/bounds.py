"""The bounds of all input, in one place (K5).

Input beyond a bound is refused, and never fails in a driver: `input.too_large` for documents, lists and texts,
`money.too_large` for amounts and sums, `time.out_of_range` for instants. The reference page is made from this module.
"""

# decision 0050: the bounds are constants, not settings, and the same in every project
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
    "PERIODS",
    "TASKS",
    "TITLE",
    "VALUES",
    "WORD",
]

DOCUMENT = 10_000_000
"""Bytes or characters of a JSON document, or of a line or row of an import; checked before parsing."""

VALUES = 250_000
"""Values of any kind in one document, including those in lists and objects."""

NESTING = 100
"""How deeply objects and lists may be nested."""

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
"""Characters of a cursor, which may contain a name."""

NOTE = 10_000
"""Characters of a comment, a note, a reason."""

PAYMENTS = 1_000
"""Payments of an order that people add; periods of a subscription do not count."""

PERIODS = 1_200
"""Periods that a subscription may name; also how many periods ahead the schedule looks for the end of a set end."""

TASKS = 1_000
"""Tasks of an order; also the bound of its notes."""

AMOUNT = 10**12
"""An amount is below this many whole units of its currency: the largest is 999,999,999,999.99."""

MONEY = 10**13
"""The sums of an order (total, paid, refunded) are below this many minor units."""

FIRST_YEAR = 1900
"""The first year in which an instant may lie."""

LAST_YEAR = 9000
"""The last year of an instant: the calendar ends with 9999, and periods of up to ten years are added repeatedly."""

"""The hints of faults in the reader's language: what is expected in a field (K5).

The code that finds a fault writes its hint in English, for logs and developers. Each hint has one of the forms below,
with values, so its text in another language is found by the form. A host's own hints stay as they are (decision 0057).
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from kwiga_orders.locale.catalogue import Catalogue

__all__ = ["HINTS", "hint_in"]

HINTS: Mapping[str, str] = {
    "amount": "a decimal amount as text, not negative, such as 1000.00",
    "at_least_one": "at least one",
    "below": "an amount below {most}",
    "bytes": "at most {most} bytes",
    "bytes_or_characters": "at most {most} bytes or characters",
    "currency": "an ISO 4217 currency in use, such as UAH",
    "cursor": "a cursor of the same filters and sort order",
    "date": "a date on the calendar",
    "days_or_months": "either days or months",
    "deep": "nested at most {most} deep",
    "discount_of_offer": "is that of the offer",
    "each": "without a version or a key: each order has its own",
    "export": "jsonl or csv",
    "flag": "true or false",
    "form": "not in the form of this field, or with control characters",
    "instant": "an instant with its offset from UTC",
    "instant_as_text": "an instant as text, with its offset from UTC",
    "instant_on_calendar": "an instant on the calendar",
    "instant_such_as": "an instant with its offset from UTC, such as {example}",
    "json": "plain JSON: texts of at most {most} characters without control characters, numbers, flags",
    "least": "at least {least}",
    "least_characters": "at least one character",
    "lines_or_offer": "either lines or an offer",
    "list": "a list",
    "local_time": "a local time, such as {example}",
    "most": "at most {most}",
    "most_characters": "at most {most} characters",
    "most_days": "at most {most} days",
    "names": "names are texts",
    "no_json": "no JSON at line {line}, column {column}",
    "no_utf8": "not UTF-8",
    "not_an_item": "is not among the items",
    "numbers": "numbers are finite, and not longer than {most} digits",
    "object": "an object",
    "of_this_query": "the cursor of a page of this query",
    "one_of": "one of {values}",
    "option_of_offer": "is one of an offer",
    "order_offer_or_funnel": "either an order, an offer or a funnel",
    "order_or_contact": "either an order or a contact",
    "other": "not what belongs here",
    "percent": "a percentage as text, from 0 to 100, such as 12.5",
    "percent_or_amount": "either a percent or an amount",
    "period": "1 to {days} days or 1 to {months} months",
    "period_or_date": "either after a period or on a date",
    "product_of_event": "is required for an event about a course",
    "required": "is required",
    "text": "a text",
    "too_much": "at most {values} values, {names} names in an object, nested at most {deep} deep",
    "twice": "is there twice",
    "unknown": "there is no such field",
    "values": "at most {values} values, nested at most {deep} deep",
    "whole": "a whole number",
    "whole_characters": "a text of whole characters",
    "years": "in the years {first} to {last}",
    "zone": "the name of an IANA time zone, such as Europe/Kyiv",
}
"""The forms of hints; the key of their text is `hint.` and this name."""


def hint_in(words: Catalogue, hint: str) -> str:
    """Give a hint in the language of a catalogue; a hint without a known form stays in English."""
    for name, form in _forms():
        if (found := form.fullmatch(hint)) is not None:
            return words.say(f"hint.{name}", **found.groupdict())
    return hint


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Compile the forms, longer ones first: `at most {most} days` before `at most {most}`."""
    ordered = sorted(HINTS.items(), key=lambda one: len(re.sub(r"{\w+}", "", one[1])), reverse=True)
    return tuple((name, re.compile("".join(_pattern(form)), re.DOTALL)) for name, form in ordered)


def _pattern(form: str) -> Iterator[str]:
    for place, part in enumerate(re.split(r"{(\w+)}", form)):
        yield f"(?P<{part}>.+)" if place % 2 else re.escape(part)

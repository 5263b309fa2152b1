"""Turns the errors of pydantic into faults of the wire: paths, stable codes, and hints without values.

Laws:

1. Every fault of a document is reported, with its path as the document writes it (`lines.0.terms.duration`).
2. Every code is one of the wire's codes; one table maps pydantic's errors to them.
3. A hint says what is expected, and never what was found, because documents hold personal data.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import LiteralString

import attrs
from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from kwiga_orders.bounds import CONTENT, FAULTS, NESTING, VALUES
from kwiga_orders.errors import Fault, InvalidInput

__all__ = [
    "INVALID",
    "TOO_LARGE",
    "Complaint",
    "joined",
    "problem",
    "refusal_of",
    "refuse_too_large",
    "repeated",
    "together",
]

INVALID = "input.invalid"
"""The code of a fault without a more precise code."""

TOO_LARGE = "input.too_large"
"""The code of input that is longer than its limit (K5)."""

_CODES = {"extra_forbidden": "input.unknown_field", "string_too_long": TOO_LARGE}

_HINTS = {
    "missing": "is required",
    "extra_forbidden": "there is no such field",
    "string_type": "a text",
    "string_too_short": "at least one character",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "not in the form of this field, or with control characters",
    "string_unicode": "a text of whole characters",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "literal_error": "one of {expected}",
    "union_tag_not_found": "is required",
    "union_tag_invalid": "one of {expected_tags}",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "dict_type": "an object",
    "tuple_type": "a list",
    "frozen_set_type": "a list",
    "too_short": "at least {min_length}",
    "too_long": "at most {max_length}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "invalid_key": "names are texts",
}
# The fields that tell the members of a union apart.
_TAGS = ("query", "command", "kind")
_LISTED = ("expected", "expected_tags")
_QUOTED = re.compile(r"'([^']*)'")
_KEY_ITSELF = "[key]"
# Names in a document can be very long, but a path is for people.
_LONGEST_STEP = 200


_At = tuple[str | int, ...]


@attrs.frozen
class Complaint:
    """A fault between the fields of an object: the path of the field (empty: the object itself), a code, and a hint."""

    at: _At
    code: str
    hint: str


def problem(hint: LiteralString, *, code: LiteralString = INVALID) -> PydanticCustomError:
    """Give the exception that a scalar raises if it cannot read a value."""
    return PydanticCustomError(code, hint)


def repeated(document: object, *lists: str, key: str) -> Iterator[Complaint]:
    """List the objects, in nested lists of a document, whose id occurred before."""
    seen: set[str] = set()
    for at, one in _each(document, lists, ()):
        id = one.get(key) if isinstance(one, Mapping) else None
        if isinstance(id, str):
            # The first of two equal ids stays, so the later one is the fault.
            if id in seen:
                yield Complaint((*at, key), INVALID, "is there twice")
            seen.add(id)


def _each(here: object, lists: tuple[str, ...], at: _At) -> Iterator[tuple[_At, object]]:
    if not lists:
        yield at, here
        return
    inner = here.get(lists[0]) if isinstance(here, Mapping) else None
    if isinstance(inner, Mapping):
        yield from _each(inner, lists[1:], (*at, lists[0]))
    # K5: a list longer than every limit is refused anyway, so it is not searched
    listed = inner if isinstance(inner, list | tuple) and len(inner) <= CONTENT else ()
    for number, one in enumerate(listed):
        yield from _each(one, lists[1:], (*at, lists[0], number))


def together(complaints: Iterable[Complaint], found: ValidationError | None) -> ValidationError:
    """Join the faults between fields with the faults of single fields."""
    # `input` is None, so that no value of the document leaves with an error.
    # The type of pydantic's error carries our code.
    errors = [
        InitErrorDetails(
            type=problem(_literal(one.hint), code=_literal(one.code)), loc=one.at, input=None
        )  # None: no value leaves with the error
        for one in complaints
    ]
    for error in found.errors(include_url=False, include_input=False) if found else ():
        # hints of known errors are made from the table, so only the type and the context have to be kept
        renamed = PydanticCustomError(_literal(error["type"]), _literal(error["msg"]), error.get("ctx"))
        errors.append(InitErrorDetails(type=renamed, loc=error["loc"], input=None))
    return ValidationError.from_exception_data("document", errors)


def _literal(text: str) -> LiteralString:
    # pydantic asks for a literal to warn of user input in messages; these texts contain none
    return text  # our own text, or pydantic's


def refusal_of(error: ValidationError, document: object) -> InvalidInput:
    """Give the error for a failed validation: the first faults, in pydantic's order, and the number of all."""
    found = error.errors(include_url=False, include_input=False)
    return InvalidInput([_fault(one, document) for one in found[:FAULTS]], count=len(found))


def refuse_too_large(document: object) -> None:
    """Refuse a document with too many values or too many levels, before it is read any further (K5).

    Raises:
        InvalidInput: `input.too_large`.
    """
    level, values, depth = [document], 1, 0
    while level:
        inner: list[object] = []
        for one in level:
            if isinstance(one, dict):
                # The names of an object are free, so only their number can be limited:
                # no object may have more names than a list may have items.
                values += VALUES if len(one) > CONTENT else 0
                inner += one.values()
            elif isinstance(one, list):
                inner += one
        level, values, depth = inner, values + len(inner), depth + 1
        if values > VALUES or depth > NESTING + 1:
            hint = f"at most {VALUES} values, {CONTENT} names in an object, nested at most {NESTING} deep"
            raise InvalidInput([Fault(path="", code=TOO_LARGE, hint=hint)])


def _fault(error: ErrorDetails, document: object) -> Fault:
    kind, context = error["type"], error.get("ctx", {})
    steps = list(_steps(error["loc"], document))
    # If a tag is missing, pydantic names the union, and we name the missing field.
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        steps.append(str(context["discriminator"]).strip("'"))
    if "." in kind:  # a code of ours, because pydantic's own have no dots
        return Fault(path=joined(steps), code=kind, hint=error["msg"])
    # pydantic quotes the values and writes "or" before the last one
    named = {name: ", ".join(_QUOTED.findall(value)) for name, value in context.items() if name in _LISTED}
    hint = _HINTS.get(kind, "not what belongs here").format_map({**context, **named})
    return Fault(path=joined(steps), code=_CODES.get(kind, INVALID), hint=hint)


def _steps(loc: tuple[int | str, ...], document: object) -> Iterator[str | int]:
    """Remove from pydantic's location what is not in the document: tags of unions, key markers, and names of types."""
    here, tagged = document, True
    for step in loc:
        if isinstance(here, Mapping) and (step in here or step != _KEY_ITSELF):
            if tagged and step == next((here[name] for name in _TAGS if name in here), None):
                tagged = False
                continue
            yield step
            # the `kind` of an actor is a normal field and tells no classes apart
            here, tagged = here.get(step), step != "actor"
        elif isinstance(here, list | tuple) and isinstance(step, int):
            yield step
            here, tagged = here[step] if step < len(here) else None, True


def joined(steps: Iterable[str | int]) -> str:
    """Write a path: steps joined by dots, long names cut."""
    return ".".join(_shown(step) for step in steps)


def _shown(step: str | int) -> str:
    text = str(step).encode("utf-8", "backslashreplace").decode()[:_LONGEST_STEP]
    return "".join(sign if sign.isprintable() else "?" for sign in text)

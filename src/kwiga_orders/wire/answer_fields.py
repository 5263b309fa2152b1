"""The enum or format of each text in answers (V8), and the shapes of receipts and errors.

A field name means the same in almost every answer, so the table has most fields once, by name. A field that means
something else in one view has an entry with the name of the view.
"""

from collections.abc import Iterable, Mapping
from typing import cast, get_args

from kwiga_orders.access import EntryKind, ReasonCode
from kwiga_orders.catalogue import CatalogueEvent
from kwiga_orders.certificate import UnmetCode
from kwiga_orders.codec import Json
from kwiga_orders.letter_kinds import LETTER_KINDS
from kwiga_orders.orders.commands import CopiedField
from kwiga_orders.orders.events import DueKind, Event
from kwiga_orders.orders.reports import AttentionCode
from kwiga_orders.orders.state import OrderType
from kwiga_orders.payments import Method, Outcome, PaymentKind, PaymentState, PaymentStatus
from kwiga_orders.project import Locale
from kwiga_orders.sentences import SENTENCES
from kwiga_orders.wire.outbox_schema import OUTBOX_EVENTS

__all__ = ["FAULT", "PROBLEM", "RECEIPT", "SAVED_MEANS", "refined"]

Schema = dict[str, Json]
"""A JSON Schema."""


# Read from the definitions, so that a new member is in the schema automatically.
def _enum(values: Iterable[str]) -> Schema:
    return {"enum": list(map(str, values))}


_AMOUNT: Schema = {"format": "decimal", "examples": ["1000.00"]}
_INSTANT: Schema = {"format": "date-time"}
_CURRENCY: Schema = {"pattern": "^[A-Z]{3}$", "examples": ["UAH"]}
_CLOCK: Schema = {"format": "time", "examples": ["21:00"]}
_LETTERS = _enum(LETTER_KINDS)
# A receipt may name events that are in no history, such as that of a saved contact.
_EVENTS = _enum(kind.name for kind in (*get_args(Event), *get_args(CatalogueEvent), *OUTBOX_EVENTS))

_TEXTS: Mapping[str, Schema] = {
    **dict.fromkeys(
        (
            "amount",
            "asked",
            "balance",
            "discount",
            "net",
            "on_top",
            "overpaid",
            "owed",
            "paid",
            "period_amount",
            "plan_difference",
            "price",
            "refunded",
            "sums",
            "total",
        ),
        _AMOUNT,
    ),
    **dict.fromkeys(("at", "next_change_at", "paid_through", "since", "until"), _INSTANT),
    **dict.fromkeys(("kind", "letters", "no_letters"), _LETTERS),
    **dict.fromkeys(("currency", "currencies"), _CURRENCY),
    "differs": _enum(get_args(CopiedField)),
    "event": _enum(kind.name for kind in (*get_args(Event), *get_args(CatalogueEvent))),
    "events": _EVENTS,
    "locale": _enum(get_args(Locale)),
    "method": _enum(get_args(Method)),
    "outcome": _enum(Outcome),
    "payment_status": _enum(PaymentStatus),
    "reasons": _enum(ReasonCode),
    "review": _enum(("curator", "auto")),
    "source": _enum(("follows", "pinned", "custom")),
    "state": _enum(PaymentState),
    "type": _enum(get_args(OrderType)),
    "url": {"format": "uri"},
    "AttentionView.code": _enum(AttentionCode),
    "CourseView.currency": {},
    "DueView.what": _enum(DueKind),
    "EntryView.what": _enum(EntryKind),
    "OfferView.code": {},
    "OrderView.source": {},
    "PaymentView.kind": _enum(get_args(PaymentKind)),
    "PaymentView.on_top": _AMOUNT,
    "PreviewView.letters": {},
    "QuietHoursView.from": _CLOCK,
    "QuietHoursView.until": _CLOCK,
    "ReasonView.code": _enum(ReasonCode),
    "RuleView.event": {"examples": ["order.paid", "x.call_done"]},
    "StoppedView.reason": {},
    "UnmetView.code": _enum(UnmetCode),
}
"""The schema of a field's texts, by field name or by view and field name. A name that ends in `_at` is an instant."""

_CODES: list[Json] = [*sorted(SENTENCES)]
RECEIPT: Schema = {
    "title": "Receipt",
    "description": "The answer to a command: its order, the events, and what it made.",
    "type": "object",
    "properties": {
        "order": {"type": ["string", "null"], "description": "The order of the command, by id."},
        "version": {"type": ["integer", "null"], "description": "The version of the order after the command (K2)."},
        "events": {
            "type": "array",
            "items": {"type": "string", **_EVENTS},
            "description": "The names of the events, in order.",
        },
        "made": {"type": ["string", "null"], "description": "The id of what the command made; null: it made nothing."},
        "link": {
            "type": ["string", "null"],
            "format": "uri",
            "description": "The payment page of an attempt that was begun (P3).",
        },
        "done": {
            "type": ["integer", "null"],
            "description": "The number of orders for which a job has executed its command (V10).",
        },
        "refused": {
            "type": "object",
            "additionalProperties": {"type": "integer"},
            "description": "The number of orders for which the command of a job was refused, by code.",
        },
        "left": {"type": ["integer", "null"], "description": "The number of orders that a job has not reached yet."},
    },
    "required": ["order", "version", "events", "made", "link", "done", "refused", "left"],
    "additionalProperties": False,
}
"""The answer to every command."""

SAVED_MEANS: Schema = {
    "description": "A saved card or account; the gateway's token is never shown.",
    "type": "string",
    "const": "saved",
}
"""How saved means are written; the token behind them can be used to take money."""

FAULT: Schema = {
    "title": "Fault",
    "description": "One fault of a document, without the faulty value.",
    "type": "object",
    "properties": {
        "path": {
            "type": "string",
            "description": "The path of the fault, such as `lines.0.price`; empty: the whole document.",
        },
        "code": {
            "type": "string",
            "enum": list(_CODES),
            "description": "A stable code. The query `texts` has a text for it.",
        },
        "hint": {"type": "string", "description": "What is expected there, in English."},
    },
    "required": ["path", "code", "hint"],
    "additionalProperties": False,
}
"""A fault of a document, as `errors.Fault`."""

PROBLEM: Schema = {
    "title": "Problem",
    "description": "An error: a code, and the values that explain it (K5).",
    "type": "object",
    "properties": {
        "code": {
            "type": "string",
            "enum": list(_CODES),
            "description": "A stable code. The query `texts` has a text for it.",
        },
        "status": {"type": "integer", "description": "The HTTP status for it."},
        "message": {"type": "string", "description": "An English sentence for developers, without personal data."},
        "details": {
            "type": "object",
            "properties": {
                "faults": {
                    "type": "array",
                    "items": {"$ref": "#/$defs/Fault"},
                    "description": "For faulty input: its faults, at most 100.",
                },
                "count": {"type": "integer", "description": "For faulty input: the number of all faults."},
            },
            # Each code has its own values; the reference of errors lists them.
            "additionalProperties": True,
            "description": "The values that explain the error, by name; for faulty input, `faults` with their paths.",
        },
    },
    "required": ["code", "status", "message", "details"],
    "additionalProperties": False,
}
"""An error on the wire, as `KwigaOrdersError.problem`."""


def refined(view: str, field: str, schema: Schema) -> Schema:
    """Give the schema of a view's field with the enum or format of its texts."""
    # An entry with the view's name comes first; a name ending in `_at` needs no entry.
    texts = _TEXTS.get(f"{view}.{field}", _TEXTS.get(field, _INSTANT if field.endswith("_at") else {}))
    return cast(Schema, _refined(schema, texts)) if texts else schema


def _refined(schema: Json, texts: Schema) -> Json:
    """Add the enum or format to every text in a schema."""
    if isinstance(schema, list):
        return [_refined(one, texts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "string" and "enum" not in schema:
        return {**schema, **texts}
    # Only the values are texts of the field; the keys of an object are ids.
    return {
        name: _refined(inner, texts) if name in ("anyOf", "items", "additionalProperties") else inner
        for name, inner in schema.items()
    }

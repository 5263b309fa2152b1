"""What the texts of answers are: an enum or a format each (V8); and the shapes of receipts and errors.

A name means the same in every answer, so most fields stand here once, by their name; where one is something of its own
in a view, it stands under both.
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


# Listed where they are defined: a new member is in the schema without anybody thinking of it.
def _enum(values: Iterable[str]) -> Schema:
    return {"enum": list(map(str, values))}


_AMOUNT: Schema = {"format": "decimal", "examples": ["1000.00"]}
_INSTANT: Schema = {"format": "date-time"}
_CURRENCY: Schema = {"pattern": "^[A-Z]{3}$", "examples": ["UAH"]}
_CLOCK: Schema = {"format": "time", "examples": ["21:00"]}
_LETTERS = _enum(LETTER_KINDS)
# A command may tell of what stands in no history, such as a contact that was saved.
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
"""What texts of a field are, by its name or by view and name. A name that ends in `_at` is that of an instant."""

_CODES: list[Json] = [*sorted(SENTENCES)]
RECEIPT: Schema = {
    "title": "Receipt",
    "description": "The answer to a command: what it was about, what happened, what it made.",
    "type": "object",
    "properties": {
        "order": {"type": ["string", "null"], "description": "The order that the command was about, by its id."},
        "version": {"type": ["integer", "null"], "description": "The version of it now (K2)."},
        "events": {
            "type": "array",
            "items": {"type": "string", **_EVENTS},
            "description": "The names of the events, in order.",
        },
        "made": {"type": ["string", "null"], "description": "The id of what the command made, if it made something."},
        "link": {
            "type": ["string", "null"],
            "format": "uri",
            "description": "Where an attempt that was begun is paid (P3).",
        },
        "done": {"type": ["integer", "null"], "description": "How many orders a job has done (V10)."},
        "refused": {
            "type": "object",
            "additionalProperties": {"type": "integer"},
            "description": "How many orders of a job were refused, by code.",
        },
        "left": {"type": ["integer", "null"], "description": "How many orders a job has not come to."},
    },
    "required": ["order", "version", "events", "made", "link", "done", "refused", "left"],
    "additionalProperties": False,
}
"""What every command is answered with."""

SAVED_MEANS: Schema = {
    "description": "Stands for what a gateway saved: its token is never shown.",
    "type": "string",
    "const": "saved",
}
"""What is written of saved means, by which money can be taken."""

FAULT: Schema = {
    "title": "Fault",
    "description": "One thing that is wrong with a document, without its value.",
    "type": "object",
    "properties": {
        "path": {"type": "string", "description": "Where it is, such as `lines.0.price`; empty: the whole document."},
        "code": {"type": "string", "enum": list(_CODES), "description": "Stable; texts by it are in the catalogues."},
        "hint": {"type": "string", "description": "What belongs there, in English."},
    },
    "required": ["path", "code", "hint"],
    "additionalProperties": False,
}
"""What is wrong with a document: `errors.Fault`."""

PROBLEM: Schema = {
    "title": "Problem",
    "description": "An error: its code says what happened, its details which values mattered (K5).",
    "type": "object",
    "properties": {
        "code": {
            "type": "string",
            "enum": list(_CODES),
            "description": "Stable; texts by it are in the catalogues.",
        },
        "status": {"type": "integer", "description": "The HTTP status that fits."},
        "message": {"type": "string", "description": "A sentence in English, for developers, without personal data."},
        "details": {
            "type": "object",
            "properties": {
                "faults": {
                    "type": "array",
                    "items": {"$ref": "#/$defs/Fault"},
                    "description": "Of faulty input: what is wrong, at most 100 faults.",
                },
                "count": {"type": "integer", "description": "Of faulty input: how many faults there are in all."},
            },
            # Each code has values of its own: the reference of errors lists them.
            "additionalProperties": True,
            "description": "The values that matter, by name; of faulty input `faults`, each with its path.",
        },
    },
    "required": ["code", "status", "message", "details"],
    "additionalProperties": False,
}
"""What an error is on the wire: `KwigaOrdersError.problem`."""


def refined(view: str, field: str, schema: Schema) -> Schema:
    """Give the schema of a field of a view with the enum or format of its texts."""
    # A name of its own in a view counts before the name alone; a name ending in `_at` needs no entry.
    texts = _TEXTS.get(f"{view}.{field}", _TEXTS.get(field, _INSTANT if field.endswith("_at") else {}))
    return cast(Schema, _refined(schema, texts)) if texts else schema


def _refined(schema: Json, texts: Schema) -> Json:
    """Say of every text in a schema what it is."""
    if isinstance(schema, list):
        return [_refined(one, texts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "string" and "enum" not in schema:
        return {**schema, **texts}
    # Only into what holds values: the keys of an object are ids, and no texts of the field.
    return {
        name: _refined(inner, texts) if name in ("anyOf", "items", "additionalProperties") else inner
        for name, inner in schema.items()
    }

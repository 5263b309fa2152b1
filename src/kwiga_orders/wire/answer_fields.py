"""What each field of an answer is: a description, and the enum or format of its texts (V8).

A name means the same in every answer, so most fields are described once, by their name; where one means something of
its own in a view, it stands under both. A test holds this table against the views, so no field goes undescribed.
"""

from collections.abc import Iterable, Mapping
from typing import cast, get_args

from kwiga_orders.access import EntryKind, ReasonCode
from kwiga_orders.catalogue import CatalogueEvent
from kwiga_orders.certificate import UnmetCode
from kwiga_orders.codec import Json
from kwiga_orders.letters import LETTER_KINDS
from kwiga_orders.orders.events import DueKind, Event
from kwiga_orders.orders.reports import AttentionCode
from kwiga_orders.orders.state import OrderType
from kwiga_orders.payments import Method, Outcome, PaymentKind, PaymentState, PaymentStatus
from kwiga_orders.project import Locale
from kwiga_orders.sentences import SENTENCES

__all__ = ["PROBLEM", "RECEIPT", "described"]

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
    "event": _enum(kind.name for kind in (*get_args(Event), *get_args(CatalogueEvent))),
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

_SAYS: Mapping[str, str] = {
    "access": "Whether it is open, and why not.",
    "parked_at": "Since when nobody tries to hand it on any more.",
    "activated_at": "When the order was activated; null: it is not (P5).",
    "actor": "Who did it: kind and id.",
    "added_at": "When it joined the course; null: it was always there.",
    "after": "As it would be after the edit.",
    "after_checkpoint": "The lesson of a checkpoint that is not passed yet, behind which it opens (L12).",
    "amount": "In the currency of its order.",
    "archived": "Whether it takes no more orders.",
    "asked": "What is asked for it now; null: nothing (P15).",
    "assignee": "Who of the staff it is for.",
    "assignee_name": "The name of the assignee, if the host knows it.",
    "at": "When it happened, or will.",
    "attempts": "The attempts to pay, in order (P4).",
    "attention": "What a person must look at (P16).",
    "balance": "Total less what was paid, net; below zero it is overpaid.",
    "before": "As it is now.",
    "bought": "The products that the contact has orders for.",
    "cancelled": "Whether it is cancelled.",
    "capabilities": "What the gateway can do.",
    "cards": "The first cards of the status.",
    "certificate": "The settings of its certificate.",
    "chargeback": "Whether the money was charged back.",
    "checkpoint": "The checkpoint at the lesson, or the lesson whose checkpoint it waits for.",
    "closed": "Each closed lesson, with why.",
    "closes": "When the lesson closes again.",
    "closes_access": "Whether it closes access when it is overdue (P8).",
    "code": "A stable code; texts by it are in the catalogues.",
    "colour": "A colour for it, as the school chose it.",
    "columns": "The statuses of the funnel, in order.",
    "command": "The command that made it.",
    "comment": "For the staff only.",
    "comments": "Whether learners may comment.",
    "completed_at": "When it was done; null: it is not.",
    "contact": "The id of the contact.",
    "contact_name": "The name of the contact.",
    "count": "How many there are.",
    "created_at": "When it was made.",
    "curators": "Who of the staff curates it.",
    "currencies": "The currencies it takes; null: any.",
    "currency": "An ISO 4217 currency.",
    "dangling": "Ids in the terms whose content is gone from the course (L2).",
    "data": "What the event or the letter says; its shape stands under its name.",
    "days": "A number of days.",
    "default": "Whether it is the project's default.",
    "delay": "When it opens.",
    "differs": "The fields that differ from the offer (O7).",
    "discount": "What comes off the prices.",
    "done_at": "When it was done; null: it is not.",
    "due_at": "When it falls due.",
    "eligible": "Whether a certificate can be issued.",
    "email": "The e-mail address of the contact.",
    "ends_at": "When it ends; null: never.",
    "entered": "How many orders came to the status.",
    "entered_at": "When the order came to the status.",
    "erased": "Whether the contact was erased.",
    "event": "The name of the event.",
    "events": "The names of the events, in order.",
    "every": "The length of a period.",
    "every_time": "Whether the rule fires each time.",
    "forms": "The plural forms of texts, by key: of one, of a few, of many.",
    "from": "From when on.",
    "funnel": "The id of the funnel.",
    "funnel_name": "The name of the funnel.",
    "gateway": "The gateway, by the name under which it is connected; null: none.",
    "grace": "How long after it is overdue an unpaid payment closes access.",
    "grandfather_completed": "Whether lessons that were completed or begun stay open (L9).",
    "have": "How far it is.",
    "history": "The newest rows of the history, in order.",
    "honours_keys": "Whether it knows our keys as its own idempotency keys.",
    "id": "Its id.",
    "issued": "The certificate that is issued; null: none.",
    "keep_opened": "Whether delays that were over are over in later orders, too (L14).",
    "key": "A key that is the same whenever it is asked for.",
    "kind": "Its kind.",
    "labels": "The texts, by key.",
    "late_lessons": "Lessons that would open only after access ends (L13).",
    "left": "How many orders it says nothing of (V10).",
    "left_at": "When the order left the status; null: it is there.",
    "lesson": "The id of the lesson.",
    "lessons": "Lessons, in order.",
    "letters": "The kinds of the letters, in order.",
    "lines": "The lines, one a product.",
    "locale": "A language.",
    "manager": "The manager, by id; null: nobody.",
    "manager_name": "The name of the manager, if the host knows it.",
    "merged_into": "The contact that this one was merged into; null: none.",
    "method": "How it is paid.",
    "modules": "The modules, in order.",
    "months": "A number of months.",
    "moved_on": "How many of these orders went further.",
    "name": "Its name.",
    "net": "What was paid less what was given back.",
    "need": "How far it has to be.",
    "needs_attention": "Whether a person must look at something (P16).",
    "next": "The cursor of what follows; null: nothing does.",
    "next_change_at": "When the answer next changes by itself; null: never (A7).",
    "next_due_at": "When the next period falls due; null: none does.",
    "no_letters": "The kinds of letters that the contact does not want.",
    "notice": "How long before its end a letter says that access is ending.",
    "number": "The number that people know it by.",
    "offer": "The offer.",
    "offer_title": "The title of the offer.",
    "on_top": "What payments by hand ask beyond the balance (P1).",
    "only_from": "The statuses from which the rule may fire; none: any.",
    "open": "Whether it is open, or what is.",
    "open_after": "Whether access would be open after the edit.",
    "open_before": "Whether access is open now.",
    "opens_at": "When time alone opens it; null: time alone does not.",
    "option": "The payment option that was chosen.",
    "order": "The id of the order.",
    "orders": "The orders that the answer rests on, or how many there are.",
    "outcome": "How it ended.",
    "overdue_at": "From when on it is overdue (P1).",
    "overpaid": "What was paid beyond the total.",
    "owed": "What is asked for now (P15).",
    "paid": "What was paid.",
    "paid_at": "When it was paid; null: it is not.",
    "paid_periods": "How many periods are paid.",
    "paid_through": "The end of the last period that is paid; null: none is (P13).",
    "partial_refunds": "Whether it can give back a part.",
    "payable": "Whether it can be paid by a link now (P3).",
    "payment": "The id of the payment.",
    "payment_status": "What the payments add up to (P7).",
    "payments": "The payments, in order.",
    "period_amount": "The amount of one period.",
    "periods": "How many periods there are; null: without end.",
    "phone": "The phone number of the contact.",
    "plan_difference": "What the payment option costs more, or less, than the prices (M5).",
    "practices": "The practices of the lesson.",
    "price": "What it costs before the discount.",
    "product": "The id of the product.",
    "product_title": "The title of the product.",
    "product_titles": "The titles of the products, in their order.",
    "products": "The ids of the products.",
    "quiet_hours": "Between which local times letters wait; null: never.",
    "rate": "The share of the orders that went further, from 0 to 1.",
    "reason": "Why, in words.",
    "reasons": "Why it is closed, the headline first.",
    "reference": "The gateway's own id of it; null: it has none yet.",
    "row": "The row of the outbox, by its id.",
    "tries": "How often it was tried in vain.",
    "error": "The code of what it failed with last, or the name of the exception.",
    "refunded": "What was given back.",
    "adjustments": "What was done to the window, in the order in which it was done (A13).",
    "by": "By which period.",
    "items": "The products of the offer.",
    "payment_options": "The ways to pay for it; the first counts if none is named (P12).",
    "opens_on": "Whether the first payment opens an order, or the whole amount (P5).",
    "refund_policy": "Whether a refund that names a product closes it (P9).",
    "quiet": "Kinds of letters that are not sent about it (N2).",
    "sells_from": "Since when it is sold: a day, a local time or an instant.",
    "sells_until": "Until when it is sold; a day is included whole.",
    "versions": "Each version that was made, the oldest first (O8).",
    "curator_names": "Their names, if the host knows them.",
    "refunds": "The refunds, in order, or whether it can give money back.",
    "remind_before": "How long before a payment is due a letter says so; null: none does.",
    "required": "Whether it is required.",
    "responsible_names": "The names of the responsibles, as far as the host knows them.",
    "responsibles": "Who of the staff is responsible, by their ids.",
    "review": "Who accepts it.",
    "revoked": "The certificate that was revoked last; null: none.",
    "rows": "The rows of the page.",
    "rules": "The rules, in order.",
    "saved_means": "Whether it can charge what it saved.",
    "seconds": "How long, in seconds.",
    "sections": "Sections of lessons.",
    "since": "Since when.",
    "source": "Where it has its terms from, or where the order came from.",
    "starts_at": "When it starts.",
    "state": "Where it is in its life (P2).",
    "status": "The id of the status.",
    "status_name": "The name of the status.",
    "statuses": "The statuses, in order.",
    "stopped_at": "Since when the renewal is stopped; null: it is not.",
    "stopped": "Since when the renewal is stopped, and why; null: it is not.",
    "subscription": "Of a subscription how it goes on; null of any other order (P13).",
    "sums": "The sums of the totals, by currency.",
    "superseded_by": "The newer order that supersedes it; null: none (O3).",
    "tag": "A tag.",
    "tags": "The tags.",
    "task": "The id of the task.",
    "notes": "What the team noted, in order.",
    "tasks": "The tasks, in order.",
    "text": "What was noted.",
    "copied": "Whether a line has terms or a price of its own, unlike its offer.",
    "terms": "The access terms.",
    "test": "The id of the test; null: it is about none.",
    "tests": "The tests of the lesson.",
    "timezone": "An IANA zone.",
    "title": "Its title.",
    "to": "The contact it goes to.",
    "total": "What it costs in all.",
    "type": "The type of the order (O11).",
    "unmet": "The conditions that are not met, all of them.",
    "until": "Until when.",
    "updated_at": "When it last changed.",
    "url": "Where it is paid.",
    "version": "The version it has, one more with each change.",
    "views": "The order as it would be.",
    "what": "What happens.",
    "why": "The reasons in full, as in `access`.",
}
"""What a field says, by its name."""


_CODES: list[Json] = [*sorted(SENTENCES)]
RECEIPT: Schema = {
    "title": "Receipt",
    "description": "The answer to a command: what it was about, what happened, what it made.",
    "type": "object",
    "properties": {
        "order": {"type": ["string", "null"], "description": "The order that the command was about, by its id."},
        "version": {"type": ["integer", "null"], "description": "The version of it now (K2)."},
        "events": {"type": "array", "items": {"type": "string"}, "description": "The names of the events, in order."},
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
            "description": "The values that matter; of faulty input `faults`, each with its path.",
        },
    },
    "required": ["code", "status", "message", "details"],
    "additionalProperties": False,
}
"""What an error is on the wire: `KwigaOrdersError.problem`."""


def described(view: str, field: str, schema: Schema) -> Schema:
    """Give the schema of a field of a view with its description, and with the enum or format of its texts."""
    # A name of its own in a view counts before the name alone; a name ending in `_at` needs no entry.
    says = _SAYS.get(field)
    texts = _TEXTS.get(f"{view}.{field}", _TEXTS.get(field, _INSTANT if field.endswith("_at") else {}))
    refined = cast(Schema, _refined(schema, texts)) if texts else schema
    # What is described already, such as by an annotation of the view, keeps its description.
    return {**refined, "description": says} if says and "description" not in refined else refined


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

"""What a form needs besides the schema: groups, order, conditions, the queries that give options, and special labels.

Each table names types and fields as the contract does; a test checks every name.
"""

from collections.abc import Mapping

from kwiga_orders.codec import Json

__all__ = ["CONDITIONS", "GROUPS", "HELP", "LABELS", "OPTIONS", "OWN_LABELS", "OWN_OPTIONS", "TECHNICAL"]

TECHNICAL = ("actor", "idempotency_key", "expected_version")
"""Fields that a program fills in; they are hidden in the form."""

_PAYMENT = (
    ("payment", ("order", "payment", "amount", "kind", "on_top", "comment")),
    ("when", ("paid", "due_at", "closes_access")),
    ("how", ("method", "gateway", "notify")),
)
_OFFER = (
    ("general", ("offer", "code", "title", "state", "funnel", "apply_to")),
    ("cost", ("items", "remove_items", "currency", "discount")),
    ("payment", ("payment_options", "gateway", "opens_on", "refund_policy")),
    ("sale", ("sells_from", "sells_until", "quiet")),
)

GROUPS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "AccessTerms": (
        ("window", ("start", "duration")),
        ("lessons", ("scope", "delays", "checkpoints", "practices")),
        ("after", ("comments", "certificate")),
    ),
    "AddPayment": _PAYMENT,
    "CreateOffer": _OFFER,
    "CreateOrder": (
        ("client", ("contact",)),
        ("cost", ("offer", "payment_option", "lines", "discount", "currency")),
        ("payment", ("payments", "opens_on")),
        ("general", ("funnel", "status", "type", "manager", "responsibles", "tags", "comment", "source")),
    ),
    "EditOffer": _OFFER,
    "EditPayment": _PAYMENT,
    "NewPayment": _PAYMENT,
    "OrderFilter": (
        ("general", ("search", "number", "funnel", "status", "payment_status", "type", "tag", "product", "offer")),
        ("people", ("contact", "manager", "responsible", "team", "unassigned")),
        ("payment", ("currency", "gateway", "payment_kind", "overpaid", "needs_attention", "cancelled", "superseded")),
        ("when", (
            "created_from", "created_until", "updated_from", "updated_until",
            "paid_from", "paid_until", "due_from", "due_until",
        )),
    ),
}  # fmt: skip
"""The groups of each form with their fields in order; any other type has one group, in the schema's order."""

_ABSENT, _PRESENT = "absent", "present"
_CASHLESS: Mapping[str, Json] = {"field": "method", "equals": "cashless"}
_UNPAID: Mapping[str, Json] = {"field": "paid", "equals": False}

CONDITIONS: Mapping[str, Mapping[str, Json]] = {
    "AddPayment.closes_access": _UNPAID,
    "AddPayment.due_at": _UNPAID,
    "AddPayment.gateway": _CASHLESS,
    "CreateOrder.discount": {"field": "offer", "is": _ABSENT},
    "CreateOrder.lines": {"field": "offer", "is": _ABSENT},
    "CreateOrder.payment_option": {"field": "offer", "is": _PRESENT},
    "EditPayment.gateway": _CASHLESS,
    "NewPayment.closes_access": _UNPAID,
    "NewPayment.due_at": _UNPAID,
    "NewPayment.gateway": _CASHLESS,
    "ReportEvent.contact": {"field": "order", "is": _ABSENT},
    "ReportEvent.order": {"field": "contact", "is": _ABSENT},
    "ScheduledPart.after": {"field": "on", "is": _ABSENT},
    "ScheduledPart.on": {"field": "after", "is": _ABSENT},
}
"""When a field is shown: another field is absent, is present, or equals a value. An unset field has its default."""


def _of_order(rows: str, value: str, *text: str) -> Mapping[str, Json]:
    return {"query": "order", "with": {"order": "order"}, "rows": rows, "value": value, "text": [*text]}


def _of_course(rows: str, value: str | None, text: str) -> Mapping[str, Json]:
    return {"query": "course", "with": {"product": "product"}, "rows": rows, "value": value, "text": [text]}


def _of_school(query: str, value: str, text: str, *, rows: str = "") -> Mapping[str, Json]:
    return {"query": query, "with": {}, "rows": rows, "value": value, "text": [text]}


OPTIONS: Mapping[str, tuple[Mapping[str, Json], ...]] = {
    "attention": (_of_order("attention", "id", "code", "amount"),),
    "contact": ({**_of_school("contacts", "id", "name", rows="rows"), "search": "search"},),
    "delivery": (_of_school("parked_deliveries", "row", "name", rows="rows"),),
    "funnel": (_of_school("funnels", "id", "name"),),
    "gateway": (_of_school("gateways", "name", "name"),),
    "lesson": (_of_course("modules.lessons", "id", "title"),),
    "module": (_of_course("modules", "id", "title"),),
    "offer": (_of_school("offers", "code", "title"),),
    "order": ({**_of_school("orders", "id", "number", rows="rows"), "search": "search"},),
    "payment": (_of_order("payments", "id", "amount", "due_at"),),
    "payment_option": (
        {"query": "offer", "with": {"offer": "offer"}, "rows": "payment_options", "value": "id", "text": ["kind"]},
    ),
    "person": ({**_of_school("staff", "id", "name", rows="rows"), "search": "search", "typed_unless": "listed"},),
    "practice": (_of_course("modules.lessons.practices", "id", "id"),),
    "product": (
        _of_order("lines", "product", "product_title"),
        _of_school("offers", "product", "product_title", rows="items"),
    ),
    "refund": (_of_order("payments.refunds", "id", "amount", "at"),),
    "section": (_of_course("modules.lessons.sections", None, ""),),
    "status": (
        {"query": "funnel", "with": {"funnel": "funnel"}, "rows": "statuses", "value": "id", "text": ["name"]},
        _of_school("funnels", "id", "name", rows="statuses"),
    ),
    "tag": (_of_school("tags", "tag", "tag"),),
    "task": (_of_order("tasks", "id", "title"),),
    "test": (_of_course("modules.lessons.tests", None, ""),),
}
"""The queries that give the options of a field; the first one is used whose `with` fields the form has.

`rows` is a path in the answer; lists on the path are joined. `value` and `text` are fields of a row (`value` null: the
row itself). `typed_unless` is a field of the answer; if it is false, there is no list to choose from, and ids are
typed.
"""


def _statuses(funnel: Json, *others: Json) -> Mapping[str, Json]:
    """Give the options of a status: those of the first known funnel."""
    otherwise: Mapping[str, Json] = {"otherwise": dict(_statuses(*others))} if others else {}
    if funnel == _ALL_FUNNELS:
        return {**_ALL_STATUSES, **otherwise}
    return {**_ALL_STATUSES, "query": "funnel", "with": {"funnel": funnel}, **otherwise}


_ALL_FUNNELS = "*"
_ALL_STATUSES = _of_school("funnels", "id", "name", rows="statuses")
_OF_THE_ORDER: Json = {"query": "order", "with": {"order": "order"}, "value": "funnel"}
_OF_THE_OFFER: Json = {"query": "offer", "with": {"offer": "offer"}, "value": "funnel"}
# F7: the default funnel is the first one.
_DEFAULT: Json = {"query": "funnels", "with": {}, "value": "id"}

OWN_OPTIONS: Mapping[str, Mapping[str, Json]] = {
    "CreateOrder.status": _statuses("funnel", _OF_THE_OFFER, _DEFAULT),
    "EachMoveOrder.status": _statuses("funnel", _ALL_FUNNELS),
    "MoveOrder.status": _statuses("funnel", _OF_THE_ORDER),
    "OrderFilter.status": {**_ALL_STATUSES, "where": {"id": "funnel"}},
}
"""The options of fields that depend on several other fields, by type and name.

An argument of `with` may come from the answer to another query: `value` names a field of the answer or of its first
row, and the query has its own arguments. `otherwise` gives the options while an argument has no value. `where` keeps
only rows whose field has the value, or one of the values, of a field of the form; while that is not set, it keeps all
rows.
"""

LABELS: Mapping[str, str] = {
    "ActorKind": "actor",
    "ApplyTo": "apply_to",
    "CertificateRule": "certificate_setting",
    "CertificateSetting": "certificate_setting",
    "CheckpointSetting": "checkpoints",
    "CommentSetting": "comment_setting",
    "Delay": "delay",
    "DelaySetting": "delays",
    "Discount": "discount",
    "Duration": "duration",
    "EachCommand": "command",
    "LetterKind": "letter_kind",
    "Locale": "locale",
    "OfferState": "offer_state",
    "OpensOn": "opens_on",
    "OrderType": "type",
    "Outcome": "outcome",
    "PaymentKind": "payment_kind",
    "PaymentMethod": "method",
    "PaymentOption": "payment_option",
    "PaymentStatus": "payment_status",
    "Period": "unit",
    "PracticeSetting": "practices",
    "RefundPolicy": "refund_policy",
    "ReportedOutcome": "outcome",
    "Scope": "scope",
    "Start": "start",
    "TermsField": "field",
}
"""The prefix of the text keys for the values of an enum, or for the kinds of a union."""

OWN_LABELS = frozenset(
    {
        "AddStatus.before",
        "FreezeAccess.for",
        "FreezeAccess.from",
        "MergeContacts.contact",
        "OrderFilter.due_from",
        "PartsOption.count",
        "SetAccessEnd.at",
    }
)
"""Fields with their own label, because the usual label of their name would be misleading."""

HELP = frozenset(
    {
        "AddPayment.closes_access",
        "AddPayment.due_at",
        "AddPayment.kind",
        "AddPayment.notify",
        "AddPayment.on_top",
        "AddPayment.paid",
        "CreateOffer.code",
        "CreateOffer.opens_on",
        "CreateOffer.quiet",
        "CreateOffer.refund_policy",
        "CreateOffer.sells_until",
        "CreateOrder.lines",
        "CreateOrder.offer",
        "CreateOrder.payments",
        "CreateOrder.source",
        "CreateOrder.status",
        "CreateOrder.type",
        "DelayAfter.at",
        "EditOffer.apply_to",
        "ExtendAccess.by",
        "ForEach.job",
        "FreezeAccess.from",
        "FunnelRule.every_time",
        "FunnelRule.only_from",
        "RefundPayment.product",
        "RemoveFunnel.move_to",
        "RemoveStatus.move_to",
        "ScopeOnly.include_new",
        "SetAccessEnd.at",
        "StopRenewal.reason",
        "SubscriptionOption.periods",
        "SubscriptionOption.retries",
    }
)
"""Fields with a help line."""

"""One full document of each thing on the wire: every field that it may have, with a value that is not its default."""

from kwiga_orders.codec import Json

Document = dict[str, Json]

AT = "2026-12-31T18:00:00+02:00"
DELAYS: list[Json] = [
    {"kind": "at_start"},
    {"kind": "after", "period": {"days": 7}, "at": "09:00"},
    {"kind": "on", "at": "2026-03-01"},
]
TERMS: Document = {
    "start": {"kind": "after_payment", "delay": {"days": 3}},
    "duration": {"kind": "for", "period": {"months": 1}},
    "scope": {"kind": "only", "modules": ["m1"], "lessons": ["l1"], "sections": ["s1"], "include_new": ["m2"]},
    "delays": {"kind": "override", "modules": {"m2": DELAYS[1]}, "lessons": {"l2": DELAYS[2], "l3": DELAYS[0]}},
    "checkpoints": {"kind": "override", "lessons": ["l3"]},
    "practices": {"kind": "override", "required": ["p1"]},
    "comments": "on",
    "certificate": {
        "kind": "when",
        "lessons_percent": 80,
        "required_practices": True,
        "tests": {"t1": 70},
        "not_before": "2026-06-01",
        "fully_paid": True,
    },
}
OTHER_TERMS: list[Document] = [
    {},
    {"start": {"kind": "from", "at": "2026-03-01"}, "duration": {"kind": "until", "at": AT}},
    {"duration": {"kind": "forever"}, "scope": {"kind": "all"}, "delays": {"kind": "as_course"}, "comments": "off"},
    {"delays": {"kind": "none"}, "checkpoints": {"kind": "off"}, "practices": {"kind": "none"}},
    {"checkpoints": {"kind": "as_course"}, "practices": {"kind": "as_course"}, "certificate": {"kind": "none"}},
    {"certificate": {"kind": "as_course"}, "scope": {"kind": "only", "lessons": ["l1"], "include_new": True}},
]
COURSE: Document = {
    "product": "python",
    "title": "Python",
    "comments": True,
    "certificate": {"kind": "none"},
    "modules": [
        {
            "id": "m1",
            "title": "Start",
            "delay": DELAYS[0],
            "lessons": [
                {
                    "id": "l1",
                    "title": "Hello",
                    "added_at": AT,
                    "delay": DELAYS[1],
                    "closes": DELAYS[2],
                    "sections": ["s1"],
                    "tests": ["t1"],
                    "checkpoint": {"release_on": "submitted"},
                    "practices": [{"id": "p1", "required": False, "review": "auto"}],
                }
            ],
        }
    ],
}
PROGRESS: Document = {
    "contact": "olena",
    "product": "python",
    "completed": ["l1"],
    "practices": {"p1": "accepted"},
    "tests": {"t1": 80},
    "begun": ["l2"],
}
ITEMS: Json = [{"product": "python", "price": "1000.00", "terms": TERMS, "curators": ["ira"]}]
OPTIONS: Json = [
    {"id": "full", "kind": "full", "total": "900.00", "gateway": "stripe"},
    {"id": "parts", "kind": "parts", "count": 3, "every": {"months": 1}, "total": "1200.00", "gateway": "stripe"},
    {
        "id": "plan",
        "kind": "schedule",
        "parts": [
            {"amount": "300.00"},
            {"amount": "700.00", "after": {"days": 30}},
            {"amount": "1.00", "on": "2026-03-01"},
        ],
        "gateway": "stripe",
    },
    {
        "id": "sub",
        "kind": "subscription",
        "amount": "300.00",
        "every": {"months": 1},
        "periods": 12,
        "trial": {"days": 7},
        "gateway": "stripe",
        "retries": [{"days": 2}],
    },
]
CONDITIONS: Document = {
    "title": "Basic",
    "state": "published",
    "items": ITEMS,
    "discount": {"percent": "10"},
    "payment_options": OPTIONS,
    "funnel": "vip",
    "sells_from": AT,
    "sells_until": AT,
    "opens_on": "full_payment",
    "refund_policy": "close_line",
    "quiet": ["payment_added"],
    "gateway": "stripe",
}
OFFER: Document = {"code": "basic", "currency": "UAH", **CONDITIONS}
RULES: Json = [{"event": "order.paid", "status": "paid", "only_from": ["new"], "every_time": True}]
FUNNEL: Document = {
    "id": "vip",
    "name": "VIP",
    "statuses": [{"id": "new", "name": "Новый", "colour": "#4c8", "archived": True}, {"id": "paid", "name": "Оплачен"}],
    "rules": RULES,
    "default": True,
}
CONTACT: Document = {
    "id": "olena",
    "name": "Олена Коваль",
    "email": "olena@example.com",
    "phone": "+380671234567",
    "locale": "uk",
    "no_letters": ["access_expiring"],
}
PROJECT: Document = {
    "id": "school",
    "timezone": "Europe/Kyiv",
    "currency": "UAH",
    "locale": "ru",
    "grace": {"days": 2},
    "notice": {"days": 5},
    "grandfather_completed": False,
    "keep_opened": False,
    "gateway": "stripe",
    "remind_before": {"days": 3},
    "quiet_hours": {"from": "21:00", "until": "09:00"},
}

_ANY: Document = {"actor": {"kind": "staff", "id": "maria"}, "idempotency_key": "k-1", "expected_version": 3}
_ORDER: Document = {"order": "o1"}
_LINE: Document = {"order": "o1", "product": "python"}
_PAYMENT: Document = {"order": "o1", "payment": "o1.1"}
_FUNNEL: Document = {"funnel": "vip"}
_STAFF: Document = {
    "discount": {"amount": "100.00"},
    "manager": "maria",
    "responsibles": ["ira"],
    "tags": ["hot"],
    "comment": "calls back\non Monday",
}
_PRICED: Document = {"price": "500.00", "terms": TERMS, "curators": ["ira"]}
_OWED: Document = {
    "amount": "200.00",
    "kind": "surcharge",
    "due_at": AT,
    "method": "cash",
    "gateway": "stripe",
    "closes_access": True,
    "comment": "at the desk",
}
_REPORT: Document = {
    **_PAYMENT,
    "reference": "w-1",
    "amount": "1.00",
    "currency": "UAH",
    "outcome": "failed",
    "occurred_at": AT,
}

_FIELDS: dict[str, Document] = {
    "create_offer": OFFER,
    "edit_offer": {"offer": "basic", "apply_to": "new_orders", "remove_items": ["java"], **CONDITIONS},
    "archive_offer": {"offer": "basic"},
    "open_offer": {"offer": "basic", "contact": "olena", "payment_option": "parts", "source": "page"},
    "create_order": {
        "contact": "olena",
        "lines": [{"product": "python", **_PRICED}],
        "payments": [{**_OWED, "paid": True, "notify": True, "on_top": True}],
        "source": "import",
        "currency": "UAH",
        "funnel": "vip",
        "status": "new",
        "type": "instalments",
        "opens_on": "full_payment",
        **_STAFF,
    },
    "edit_order": {**_ORDER, **_STAFF},
    "edit_line": {**_LINE, **_PRICED},
    "add_line": {**_LINE, **_PRICED},
    "remove_line": _LINE,
    "follow_offer": {**_LINE, "fields": ["price", "scope"]},
    "move_order": {**_ORDER, "status": "new", "funnel": "vip"},
    "cancel_order": {**_ORDER, "reason": "asked for it"},
    "reopen_order": {**_ORDER, "reason": "asked for it"},
    "add_task": {**_ORDER, "title": "Call", "assignee": "maria", "due_at": AT},
    "add_note": {**_ORDER, "text": "calls back\non Monday"},
    "edit_task": {**_ORDER, "task": "o1.t1", "title": "Call", "assignee": "maria", "due_at": AT},
    "complete_task": {**_ORDER, "task": "o1.t1"},
    "reopen_task": {**_ORDER, "task": "o1.t1"},
    "remove_task": {**_ORDER, "task": "o1.t1"},
    "add_payment": {**_ORDER, **_OWED, "paid": True, "notify": True, "on_top": True},
    "edit_payment": {**_PAYMENT, **_OWED, "on_top": True},
    "void_payment": _PAYMENT,
    "mark_paid": {**_PAYMENT, "paid_at": AT, "comment": "in cash"},
    "mark_unpaid": {**_PAYMENT, "reason": "a mistake"},
    "accept_anomaly": {**_PAYMENT, "reference": "w-1"},
    "edit_refund": {**_PAYMENT, "refund": "o1.1.r1", "product": "python"},
    "resolve_attention": {**_ORDER, "item": "paid_twice:1:w-2", "comment": "given back"},
    "refund_payment": {**_PAYMENT, "amount": "300.00", "product": "python", "reason": "not needed"},
    "remind": _PAYMENT,
    "start_attempt": _PAYMENT,
    "report_attempt": {
        **_REPORT,
        "reason": "insufficient_funds",
        "attempt": "o1.1.a1",
        "gateway": "wayforpay",
        "means": "token",
    },
    "report_refund": {**_REPORT, "chargeback": True, "refund": "o1.1.r1"},
    "renew": {**_ORDER, "early": True},
    "retry_delivery": {"row": "o1:00000002:0000"},
    "drop_delivery": {"row": "o1:00000002:0000"},
    "stop_renewal": {**_ORDER, "reason": "asked for it"},
    "resume_renewal": _ORDER,
    "extend_access": {**_LINE, "by": {"days": 10}, "reason": "was ill"},
    "set_access_end": {**_LINE, "at": AT, "reason": "was ill"},
    "freeze_access": {**_LINE, "for": {"days": 20}, "from": AT, "reason": "is ill"},
    "unfreeze_access": {**_LINE, "reason": "is well"},
    "report_event": {
        "event": "x.call",
        "order": "o1",
        "product": "python",
        "data": {"minutes": 5, "share": 0.5, "by": ["ira", None, True]},
    },
    "issue_certificate": _LINE,
    "revoke_certificate": {**_LINE, "reason": "the name was wrong"},
    "create_funnel": FUNNEL,
    "edit_funnel": {**_FUNNEL, "name": "VIP", "rules": RULES, "default": True},
    "remove_funnel": {**_FUNNEL, "move_to": {"new": ["default", "paid"]}},
    "add_status": {**_FUNNEL, "id": "call", "name": "Ждёт звонка", "colour": "#111", "before": "paid"},
    "edit_status": {**_FUNNEL, "id": "call", "name": "Звонок", "colour": "#222", "archived": True},
    "reorder_statuses": {**_FUNNEL, "statuses": ["paid", "new"]},
    "remove_status": {**_FUNNEL, "status": "call", "move_to": "new"},
}
_FIELDS |= {
    "save_contact": {
        "id": "olena",
        "name": "Олена Коваль",
        "email": "olena@example.com",
        "phone": "+380671234567",
        "locale": "uk",
        "no_letters": ["access_frozen"],
    },
    "merge_contacts": {"contact": "olena2", "into": "olena"},
    "for_each": {
        "filter": {"status": ["new"], "tag": "cold"},
        "each": {"command": "edit_order", "tags": ["warm"]},
        "job": "warm",
    },
    "erase_contact": {"contact": "olena"},
}
COMMANDS: dict[str, Document] = {name: {"command": name, **fields, **_ANY} for name, fields in _FIELDS.items()}

_FILTERS: Document = {
    "status": "new",
    "payment_status": ["paid", "unpaid"],
    "type": "regular",
    "manager": "maria",
    "responsible": ["ira"],
    "team": ["ira"],
    "tag": "hot",
    "product": "python",
    "offer": ["basic", "vip"],
    "contact": "olena",
    "currency": ["UAH", "EUR"],
    "number": 42,
    "gateway": "stripe",
    "payment_kind": ["surcharge"],
    "cancelled": False,
    "superseded": True,
    "overpaid": False,
    "needs_attention": True,
    "unassigned": False,
    "created_from": "2026-01-01",
    "created_until": AT,
    "updated_from": "2026-01-01",
    "updated_until": "2026-02-01",
    "paid_from": "2026-01-01",
    "paid_until": "2026-02-01",
    "due_from": "2026-01-01",
    "due_until": "2026-02-01",
    "search": "067 123-45-67",
}
_LEARNER: Document = {"contact": "olena", "product": "python"}
_ASKED: dict[str, Document] = {
    "order": _ORDER,
    "customer_order": _ORDER,
    "customer_orders": {"contact": "olena"},
    "access": {**_LEARNER, "at": AT},
    "lessons": {**_LEARNER, "at": AT},
    "schedule": {**_LEARNER, "from": AT},
    "certificate": _LEARNER,
    "products": {"contact": "olena", "at": AT},
    "participants": {"product": "python", "at": AT, "limit": 10, "after": "abc"},
    "stays": _ORDER,
    "time_in_status": _ORDER,
    "conversion": {**_FILTERS, "funnel": "vip"},
    "orders": {**_FILTERS, "funnel": ["default", "vip"], "sort": "-due", "limit": 10, "after": "abc"},
    "board": {**_FILTERS, "funnel": "vip", "cards": 5},
    "count": {**_FILTERS, "funnel": "vip"},
    "totals": {**_FILTERS, "funnel": ["default", "vip"]},
    "offers": {"state": "published", "search": "basic"},
    "offer": {"offer": "basic", "offer_version": 2},
    "history": {**_ORDER, "limit": 20, "after": "abc"},
    "letters": {"contact": "olena", "order": "o1"},
    "offer_impact": {"command": COMMANDS["edit_offer"], "limit": 10, "after": "abc"},
    "quote": {"offer": "basic", "contact": "olena", "payment_option": "parts"},
    "payment_link": {**_ORDER, "payment": "o1.1"},
    "preview": {"command": COMMANDS["freeze_access"]},
    "actions": _ORDER,
    **{name: {} for name in ("project", "gateways", "tags", "funnels")},
    "funnel": {"funnel": "vip"},
    "contacts": {"search": "067 123-45-67", "limit": 10, "after": "abc"},
    "contact": {"contact": "olena"},
    "staff": {"search": "ira", "limit": 10, "after": "abc"},
    "course": {"product": "python"},
    "tasks": {"assignee": "ira", "done": True, "due_from": "2026-01-01", "due_until": AT},
    "changes": {"after": "abc", "limit": 10},
    "due": {"until": AT, "limit": 10},
    "texts": {"locale": "en"},
    "parked_deliveries": {"after": "1", "limit": 20},
    "takings": {"from": "2026-11-01", "until": "2026-11-30", "by": "month"},
    "batch": {"queries": [{"query": "order", **_ORDER}]},
}
QUERIES: dict[str, Document] = {name: {"query": name, **fields} for name, fields in _ASKED.items()}

OBJECTS: dict[str, Document] = {
    "AccessTerms": TERMS,
    "Course": COURSE,
    "Progress": PROGRESS,
    "Offer": OFFER,
    "Funnel": FUNNEL,
    "Contact": CONTACT,
    "Project": PROJECT,
}

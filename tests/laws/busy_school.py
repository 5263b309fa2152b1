"""A school where much has happened, and for each command of the wire a document that is carried out there."""

from collections.abc import Mapping
from contextlib import suppress
from typing import cast

import attrs

from kwiga_orders.changes import OutboxRow
from kwiga_orders.codec import Json
from kwiga_orders.course import Course, Lesson, Module
from kwiga_orders.errors import PermanentFailure
from kwiga_orders.queries import ParkedDeliveriesQuery
from kwiga_orders.testing.school import RecordingNotifier
from kwiga_orders.wire import read_command
from tests.laws.office import Office

__all__ = ["DONE", "ORDERS", "busy_school", "resolved"]

Document = dict[str, Json]

_PAID = {"reference": "w-1", "outcome": "succeeded", "gateway": "wayforpay"}
_MONTH: Json = {"months": 1}
_TERMS: Json = {"duration": {"kind": "for", "period": _MONTH}, "certificate": {"kind": "when", "lessons_percent": 0}}
_LINES: Json = [{"product": product, "price": "500.00", "terms": _TERMS} for product in ("python", "sql")]
_MADE: Document = {
    "command": "create_order",
    "contact": "olena",
    "lines": _LINES,
    "payments": [{"amount": "1000.00", "gateway": "wayforpay"}],
    "tags": ["made"],
}
_ITEMS: Json = [{"product": "python", "price": "1000.00", "terms": _TERMS}]
_OPTIONS: Json = [
    {"id": "full", "kind": "full"},
    {"id": "parts", "kind": "parts", "count": 2, "every": _MONTH},
    {"id": "sub", "kind": "subscription", "amount": "300.00", "every": _MONTH},
]
_OFFER: Document = {
    "title": "Basic",
    "state": "published",
    "currency": "UAH",
    "items": _ITEMS,
    "payment_options": _OPTIONS,
    "gateway": "wayforpay",
}
_STATUSES: Json = [{"id": id, "name": id} for id in ("new", "call", "paid")]
_BEFORE: list[Document] = [
    {"command": "create_offer", "code": "basic", **_OFFER},
    {"command": "create_funnel", "id": "vip", "name": "VIP", "statuses": _STATUSES},
    {"command": "save_contact", "id": "duplicate", "name": "Olena"},
    {"command": "open_offer", "offer": "basic", "contact": "taras", "as": "twin"},
    {"command": "open_offer", "offer": "basic", "contact": "taras", "as": "later"},
    {**_MADE, "as": "open"},
    {"command": "add_task", "order": "@open", "title": "Call"},
    {"command": "add_task", "order": "@open", "title": "Write"},
    {"command": "complete_task", "order": "@open", "task": "@open.t2"},
    {"command": "start_attempt", "order": "@open", "payment": "@open.1"},
    {"command": "open_offer", "offer": "basic", "contact": "olena", "payment_option": "parts", "as": "paid"},
    {"command": "report_attempt", "order": "@paid", "payment": "@paid.1", **_PAID},
    {"command": "freeze_access", "order": "@paid", "for": {"days": 3}},
    {"command": "edit_line", "order": "@paid", "product": "python", "terms": {"comments": "off"}},
    {**_MADE, "as": "marked"},
    {"command": "mark_paid", "order": "@marked", "payment": "@marked.1"},
    {"command": "issue_certificate", "order": "@marked", "product": "python"},
    {"command": "add_payment", "order": "@marked", "amount": "100.00", "paid": True},
    {"command": "refund_payment", "order": "@marked", "payment": "@marked.2", "amount": "10.00", "product": "python"},
    {**_MADE, "as": "gone"},
    {"command": "cancel_order", "order": "@gone"},
    {"command": "open_offer", "offer": "basic", "contact": "olena", "payment_option": "sub", "as": "monthly"},
    {"command": "report_attempt", "order": "@monthly", "payment": "@monthly.1", **_PAID, "reference": "w-2"},
    {"command": "open_offer", "offer": "basic", "contact": "duplicate", "payment_option": "sub", "as": "stopped"},
    {"command": "mark_paid", "order": "@stopped", "payment": "@stopped.1"},
    {"command": "stop_renewal", "order": "@stopped"},
    {**_MADE, "as": "odd"},
    {"command": "report_attempt", "order": "@odd", "payment": "@odd.1", **_PAID, "reference": "w-3", "amount": "9.00"},
]
ORDERS = tuple(cast(str, one["as"]) for one in _BEFORE if "as" in one)
"""What the orders of the school are called: `@paid` stands for the id of one, `@paid.1` for its first payment."""

_DONE: dict[str, Document] = {
    "create_offer": {"code": "new", **_OFFER},
    "edit_offer": {"offer": "basic", "items": [{"product": "python", "terms": {"comments": "off"}}]},
    "archive_offer": {"offer": "basic"},
    "open_offer": {"offer": "basic", "contact": "taras"},
    "create_order": {**_MADE, "payments": [{"amount": "1000.00", "paid": True}]},
    "edit_order": {"order": "@open", "discount": {"percent": "100"}},
    "edit_line": {"order": "@paid", "product": "python", "price": "400.00"},
    "add_line": {"order": "@paid", "product": "sql", "price": "100.00"},
    "remove_line": {"order": "@open", "product": "sql"},
    "follow_offer": {"order": "@paid", "product": "python"},
    "move_order": {"order": "@open", "funnel": "vip", "status": "call"},
    "cancel_order": {"order": "@open", "reason": "asked for it"},
    "reopen_order": {"order": "@gone"},
    "add_note": {"order": "@open", "text": "calls back"},
    "add_task": {"order": "@open", "title": "Call"},
    "edit_task": {"order": "@open", "task": "@open.t1", "title": "Call again"},
    "complete_task": {"order": "@open", "task": "@open.t1"},
    "reopen_task": {"order": "@open", "task": "@open.t2"},
    "remove_task": {"order": "@open", "task": "@open.t1"},
    "add_payment": {"order": "@open", "amount": "50.00", "notify": True},
    "edit_payment": {"order": "@open", "payment": "@open.1", "amount": "900.00"},
    "void_payment": {"order": "@open", "payment": "@open.1"},
    "mark_paid": {"order": "@twin", "payment": "@twin.1"},
    "mark_unpaid": {"order": "@marked", "payment": "@marked.1", "reason": "a slip"},
    "accept_anomaly": {"order": "@odd", "payment": "@odd.1", "reference": "w-3"},
    "refund_payment": {"order": "@marked", "payment": "@marked.1", "amount": "1000.00"},
    "edit_refund": {"order": "@marked", "payment": "@marked.2", "refund": "@marked.2.r1", "product": "sql"},
    "resolve_attention": {"order": "@odd"},
    "remind": {"order": "@open", "payment": "@open.1"},
    "send_letter": {"order": "@paid", "kind": "access_granted"},
    "start_attempt": {"order": "@open", "payment": "@open.1"},
    "report_attempt": {"order": "@open", "payment": "@open.1", **_PAID, "reference": "w-9"},
    "report_refund": {
        "order": "@paid",
        "payment": "@paid.1",
        "reference": "r-1",
        "amount": "500.00",
        "outcome": "succeeded",
        "chargeback": True,
    },
    "renew": {"order": "@monthly", "early": True},
    "stop_renewal": {"order": "@monthly"},
    "resume_renewal": {"order": "@stopped"},
    "extend_access": {"order": "@monthly", "by": {"days": 3}},
    "set_access_end": {"order": "@paid", "at": None},
    "freeze_access": {"order": "@monthly", "for": {"days": 3}},
    "unfreeze_access": {"order": "@paid"},
    "report_event": {"event": "contact.logged_in", "contact": "olena"},
    "issue_certificate": {"order": "@marked", "product": "sql"},
    "revoke_certificate": {"order": "@marked", "product": "python", "reason": "another name"},
    "create_funnel": {"id": "new", "name": "New"},
    "edit_funnel": {"funnel": "vip", "rules": [{"event": "order.paid", "status": "paid"}]},
    "remove_funnel": {"funnel": "vip"},
    "add_status": {"funnel": "vip", "id": "lost", "name": "Lost"},
    "edit_status": {"funnel": "vip", "status": "call", "archived": True},
    "reorder_statuses": {"funnel": "vip", "statuses": ["paid", "call", "new"]},
    "remove_status": {"funnel": "default", "status": "new", "move_to": "paid"},
    "save_contact": {"id": "taras", "name": "Taras S."},
    "merge_contacts": {"contact": "duplicate", "into": "olena"},
    "erase_contact": {"contact": "olena"},
    "for_each": {"filter": {}, "each": {"command": "freeze_access", "for": {"days": 2}}},
    "retry_delivery": {"row": "@parked"},
    "drop_delivery": {"row": "@parked"},
}
DONE: dict[str, Document] = {name: {"command": name, **fields} for name, fields in _DONE.items()}
"""For each command of the wire a document that the school carries out."""


@attrs.define
class _Picky(RecordingNotifier):
    """A mailer that never takes anything of one order."""

    order: str = ""

    def notify(self, project: str, row: OutboxRow, /) -> None:
        """Refuse what is of the order, for good."""
        if row.order == self.order:
            raise PermanentFailure("mail.refused")
        RecordingNotifier.notify(self, project, row)


def busy_school() -> tuple[Office, dict[str, str]]:
    """Give a school with an order in each of many states, and the ids of its orders by what they are called."""
    office = Office()
    office.connects("wayforpay")
    for product in ("python", "sql"):
        office.has(Course(product=product, modules=(Module(id="m1", lessons=(Lesson(id="l1"), Lesson(id="l2"))),)))
    by_name: dict[str, str] = {}
    for document in _BEFORE:
        name, asked = document.get("as"), {key: value for key, value in document.items() if key != "as"}
        receipt = office.does(read_command(resolved(asked, by_name)))
        if isinstance(name, str) and receipt.order is not None:
            by_name[name] = receipt.order
    office.orders.execute(read_command(resolved({"command": "add_note", "order": "@odd", "text": "x"}, by_name)))
    with suppress(PermanentFailure):
        office.orders.relay_once(_Picky(order=by_name["odd"]), limit=1000)
    (parked,) = office.orders.ask(ParkedDeliveriesQuery())["rows"]
    by_name["parked"] = parked["row"]
    return office, by_name


def resolved(document: Json, by_name: Mapping[str, str]) -> Json:
    """Give a document with ids in place of names: `@paid` and `@paid.1`."""
    if isinstance(document, Mapping):
        return {name: resolved(inner, by_name) for name, inner in document.items()}
    if isinstance(document, list):
        return [resolved(inner, by_name) for inner in document]
    if not isinstance(document, str) or not document.startswith("@"):
        return document
    name, dot, rest = document[1:].partition(".")
    return by_name[name] + dot + rest

"""Compute the values of indexed columns from aggregates."""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson

from kwiga_orders.adapters.documents import CATALOGUE, CONTACTS, HISTORY, OFFER_VERSIONS, ORDERS, OUTBOX, text_of
from kwiga_orders.adapters.filtering import Filtered, filtered, worth_of
from kwiga_orders.adapters.searching import ContactText, amount_rank, microseconds
from kwiga_orders.adapters.sql.steps import Row
from kwiga_orders.catalogue import CatalogueRow
from kwiga_orders.changes import OutboxRow
from kwiga_orders.delivery import stream_of
from kwiga_orders.listing import Card
from kwiga_orders.offers import OfferVersion
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.rows import references_of
from kwiga_orders.orders.state import Order, Task, unpaid_for, waiting_for
from kwiga_orders.orders.takings import Taking, takings_of
from kwiga_orders.payments import Payment
from kwiga_orders.project import Contact
from kwiga_orders.unsettled import unsettled_at
from kwiga_orders.values import compiled
from kwiga_orders.views.cards import card_of
from kwiga_orders.views.shapes import CardView

__all__ = [
    "CARD_SCHEMA",
    "LABELS",
    "Bucket",
    "OrderRows",
    "cards_in",
    "catalogue_rows",
    "contact_row",
    "history_rows",
    "order_document",
    "outbox_row",
    "reference_label",
    "rows_of",
    "version_row",
]

# decision 0027: lists read cards, because decoding 400 order documents takes five times as long
CARD_SCHEMA = 4
"""The version of cards. Raise it when the fields of a card change: older cards are then computed again when read."""

_NAMES = list(CardView.__annotations__)
# a copied dict already has room for all names, so filling it takes half the time of `dict(zip(…))`
_named = compiled(
    "named(_cards)",
    [
        "_found = []",
        "for _values in _cards:",
        "  _card = _blank.copy()",
        f"  {', '.join(f'_card[{name!r}]' for name in _NAMES)} = _values",
        "  _found.append(_card)",
        "return _found",
    ],
    {"_blank": dict.fromkeys(_NAMES)},
)


LABELS = ("tag", "responsible", "gateway", "payment_kind")
"""The kinds of labels: fields of which an order may have several values, except products."""


class Bucket(NamedTuple):
    """The counter that an order belongs to."""

    funnel: str
    status: str
    currency: str


class OrderRows(NamedTuple):
    """All that the tables hold of one order except its document: its columns, and the rows that refer to it.

    `worth` is what the order adds to the counters: total, paid and owed. If it `is_aside` (cancelled or superseded), it
    adds the same to the `aside_` columns. `counted` are the labels whose counters include the order.
    """

    columns: Mapping[str, object]
    bucket: Bucket
    worth: tuple[int, int, int]
    is_aside: bool
    products: frozenset[tuple[object, ...]]
    labels: frozenset[tuple[object, ...]]
    certificates: frozenset[tuple[object, ...]]
    tasks: frozenset[tuple[object, ...]]
    takings: frozenset[tuple[object, ...]]
    counted: frozenset[tuple[str, str]]
    payments: Mapping[str, tuple[int | None, int | None]]


def rows_of(order: Order) -> OrderRows:
    """Give what the tables hold of `order`."""
    values, sums = filtered(order), worth_of(order)
    worth = (sums.total.minor, sums.paid.minor, sums.owed.minor)
    asked = asked_of(order)
    payments = {one.id: _instants(one, is_asked=one.id in asked) for one in order.payments}
    offers = [] if order.origin is None else [("offer", order.origin.offer)]
    return OrderRows(
        columns={
            **values.single,
            **dict(zip(("total", "paid", "owed"), worth, strict=True)),
            "waiting_for": waiting_for(order),
            "unpaid_for": unpaid_for(order),
            "opened_from": order.opened_from,
            "activated_at": None if order.activated_at is None else microseconds(order.activated_at),
            "amount_rank": amount_rank(order.total),
            "created_at": microseconds(order.created_at),
            "updated_at": microseconds(order.updated_at),
            # The earliest due date, kept as a column so that lists can sort by it.
            "due_at": min([due for due, _ in payments.values() if due is not None], default=None),
        },
        bucket=Bucket(order.funnel, order.status, order.currency),
        worth=worth,
        is_aside=values.flags["cancelled"] or values.flags["superseded"],
        products=frozenset([(order.contact, line.product) for line in order.lines]),
        labels=frozenset(_labels(order, values)),
        tasks=frozenset([_task(task) for task in order.tasks]),
        takings=frozenset([_taking(one) for one in takings_of(order)]),
        counted=frozenset([*(("tag", tag) for tag in order.tags), *offers]),
        # C4: a number belongs to the order that issued it, also if another order carries the certificate on
        certificates=frozenset([(one.number, one.product) for one in order.certificates if one.carried_from is None]),
        payments=payments,
    )


def _labels(order: Order, values: Filtered) -> list[tuple[str, str]]:
    several = [(kind, values.several[kind]) for kind in LABELS]
    # `unassigned` needs no label, because the manager's column says it.
    flags = [name for name, is_so in values.flags.items() if is_so and name != "unassigned"]
    references = [reference_label(*one) for one in references_of(order)]
    more: list[tuple[str, Iterable[str]]] = [
        ("unsettled", unsettled_at(order)),
        ("reference", references),
        ("is", flags),
    ]
    return [(kind, one) for kind, some in (*several, *more) for one in some]


def reference_label(gateway: str, reference: str) -> str:
    """Give the label of orders that were paid under a reference of a gateway (P4)."""
    # JSON keeps both parts apart, whatever characters a gateway uses in references.
    return json.dumps([gateway, reference], ensure_ascii=False)


def _taking(one: Taking) -> tuple[object, ...]:
    fact, part, at, *what, came, paid, refunded = one
    return f"{fact}:{part}", part, microseconds(at), *what, int(came), paid, refunded


def _task(task: Task) -> tuple[object, ...]:
    instants = (None if at is None else microseconds(at) for at in (task.due_at, task.completed_at))
    return task.id, task.title, task.assignee, *instants


def _instants(payment: Payment, *, is_asked: bool) -> tuple[int | None, int | None]:
    """Give when a payment is due, None if it asks for nothing; and when it was paid."""
    if payment.paid is not None:
        return None, microseconds(payment.paid.at)
    return microseconds(payment.due_at) if is_asked else None, None


def order_document(order: Order) -> dict[str, object]:
    """Give the columns of an order's version, document and card."""
    return {
        "version": order.version,
        "schema": ORDERS.number,
        "document": ORDERS.write(order),
        "card_schema": CARD_SCHEMA,
        # only values, without field names: half the size, and read in half the time
        "card": text_of(list(card_of(order).values())),
    }


def cards_in(texts: Iterable[str]) -> list[Card]:
    """Read cards from their stored columns."""
    # parsed as one JSON text, in two thirds of the time of parsing one by one
    found: list[Card] = _named(orjson.loads(f"[{','.join(texts)}]"))
    return found


def card_in(row: Row) -> Card:
    """Compute the card of an order from its document."""
    return card_of(ORDERS.read(row["document"], schema=row["schema"], id=row["id"]))


def contact_row(project: str, contact: Contact) -> Row:
    """Give the row of a contact."""
    text = ContactText.of(contact)
    return {
        "project": project,
        "id": contact.id,
        "name": text.name,
        "email": text.email,
        "phone": text.phone,
        # A column, so that lists can skip merged and erased contacts without reading documents.
        "is_gone": int(contact.erased or contact.merged_into is not None),
        "schema": CONTACTS.number,
        "document": CONTACTS.write(contact),
    }


def history_rows(project: str, history: Iterable[Recorded]) -> list[Row]:
    """Give the rows of recorded events, in order; the events of a version are numbered from 0."""
    rows: list[Row] = []
    positions: dict[tuple[str, int], int] = {}
    for one in history:
        change = (one.order, one.version)
        position = positions[change] = positions.get(change, -1) + 1
        rows.append(
            {
                "project": project,
                "order_id": one.order,
                "version": one.version,
                "position": position,
                "at": microseconds(one.at),
                "event": one.event.name,
                "schema": HISTORY.number,
                "document": HISTORY.write(one),
            }
        )
    return rows


def version_row(version: OfferVersion) -> Row:
    """Give the row of a version of an offer, without the columns that name the offer."""
    return {
        "number": version.number,
        "made_at": microseconds(version.made_at),
        "actor_kind": version.made_by.kind,
        "actor_id": version.made_by.id,
        "schema": OFFER_VERSIONS.number,
        "document": OFFER_VERSIONS.write(version),
    }


def catalogue_rows(project: str, rows: Iterable[CatalogueRow]) -> list[Row]:
    """Give the rows of the history of offers and funnels, in order (O15)."""
    return [
        {
            "project": project,
            "kind": one.kind,
            "subject": one.id,
            "version": one.version,
            "at": microseconds(one.at),
            "event": one.event.name,
            "schema": CATALOGUE.number,
            "document": CATALOGUE.write(one),
        }
        for one in rows
    ]


def outbox_row(project: str, row: OutboxRow) -> Row:
    """Give the stored row of an outbox row; only letters have a key that must be unique (N2)."""
    return {
        "project": project,
        "id": row.id,
        "contact": row.contact,
        "letter_key": row.key if row.kind == "letter" else None,
        "stream": stream_of(row),
        "gateway": row.gateway,
        "schema": OUTBOX.number,
        "document": OUTBOX.write(row),
    }

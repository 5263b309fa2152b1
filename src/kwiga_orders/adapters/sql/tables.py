"""The tables: one row for each aggregate, with its JSON document and columns to search by.

Every key begins with the project (K6), except the sequence numbers of the outbox and of the history of offers and
funnels. Instants are microseconds since 1970, UTC; money is minor units. History and outbox only grow. Texts are sorted
by code point in every database, whatever its locale.
"""

from typing import Any

import sqlalchemy as sa

__all__ = [
    "COUNTED",
    "METADATA",
    "catalogue_history",
    "certificates",
    "contacts",
    "counters",
    "funnels",
    "history",
    "idempotency_keys",
    "label_counts",
    "labels",
    "offer_pins",
    "offer_versions",
    "offers",
    "orders",
    "outbox",
    "payments",
    "products",
    "projects",
    "takings",
    "tasks",
]

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""All tables; their names begin with `kwiga_`, so that they can be in a host's own database."""


_TEXT: sa.types.TypeEngine[str] = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, _TEXT, primary_key=True)


def _document() -> tuple[sa.Column[int], sa.Column[str]]:
    """Give the columns of a document: its schema number and its text."""
    return sa.Column("schema", sa.SmallInteger, nullable=False), sa.Column("document", _TEXT, nullable=False)


def _of_project() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["project"], ["kwiga_projects.project"])


def _of_order() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["project", "order_id"], ["kwiga_orders.project", "kwiga_orders.id"])


projects = sa.Table(
    "kwiga_projects",
    METADATA,
    _key("project"),
    *_document(),
    sa.Column("revision", sa.BigInteger, nullable=False, server_default="0"),
)
"""The projects. `revision` counts the changes of settings, funnels and offers, which all decisions use (`guards`)."""

contacts = sa.Table(
    "kwiga_contacts",
    METADATA,
    _key("project"),
    _key("id"),
    sa.Column("name", _TEXT, nullable=False),
    sa.Column("email", _TEXT, nullable=False),
    sa.Column("phone", _TEXT, nullable=False),
    *_document(),
    sa.Column("is_gone", sa.SmallInteger, nullable=False, server_default="0"),
    _of_project(),
    sa.Index(None, "project", "phone"),
    sa.Index(None, "project", "name", "id"),
)
"""The contacts, with their searchable fields: folded name and e-mail, digits of the phone (V3).

A contact that was merged away or erased `is_gone`: no search and no list has it (V9).
"""

orders = sa.Table(
    "kwiga_orders",
    METADATA,
    _key("project"),
    _key("id"),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("contact", _TEXT, nullable=False),
    sa.Column("offer", _TEXT),
    sa.Column("funnel", _TEXT, nullable=False),
    sa.Column("status", _TEXT, nullable=False),
    sa.Column("payment_status", _TEXT, nullable=False),
    sa.Column("type", _TEXT, nullable=False),
    sa.Column("manager", _TEXT),
    sa.Column("currency", _TEXT, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("amount_rank", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
    sa.Column("due_at", sa.BigInteger),
    sa.Column("next_due_at", sa.BigInteger),
    *_document(),
    sa.Column("card_schema", sa.SmallInteger),
    sa.Column("card", _TEXT),
    sa.Column("paid", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("owed", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("activated_at", sa.BigInteger),
    sa.Column("waiting_for", _TEXT),
    sa.Column("unpaid_for", _TEXT),
    sa.Column("opened_from", _TEXT),
    _of_project(),
    sa.UniqueConstraint("project", "number"),
    sa.Index(None, "project", "contact", "number"),
    sa.Index(None, "project", "offer", "number"),
    sa.Index(None, "project", "funnel", "status", "created_at", "number"),
    sa.Index(None, "project", "payment_status", "created_at", "number"),
    sa.Index(None, "project", "manager", "created_at", "number"),
    sa.Index(None, "project", "created_at", "number"),
    sa.Index(None, "project", "updated_at", "number"),
    sa.Index(None, "project", "amount_rank", "number"),
    sa.Index(None, "project", "due_at", "number"),
    sa.Index(None, "project", "next_due_at", "id"),
)
"""The orders; numbers are unique in the project (O5), `version` guards against lost updates (K2).

`total` is what the order adds to sums of totals: 0 if it is cancelled or refunded (P7). `due_at` is when the first
payment that asks for something is due. `next_due_at` is when the due work has to check the order next; 0 means at once.
`card` is what a list shows (V2), as JSON, computed when the order was written. If it is missing or has an older
`card_schema`, it is computed from the document. `opened_from` is the offer of an order that a customer opened. While
the next opening would supersede the order, `waiting_for` is the same offer; while the activation of a newer opening
would void its payments, `unpaid_for` is (O3).
"""

for _name, _twins in (
    ("ix_kwiga_orders_waiting", orders.c.waiting_for),
    ("ix_kwiga_orders_unpaid_twins", orders.c.unpaid_for),
    ("ix_kwiga_orders_openings", orders.c.opened_from),
):
    sa.Index(
        _name,
        orders.c.project,
        orders.c.contact,
        _twins,
        orders.c.number,
        sqlite_where=_twins.is_not(None),
        postgresql_where=_twins.is_not(None),
    )

sa.Index(
    "ix_kwiga_orders_subscriptions",
    orders.c.project,
    orders.c.contact,
    orders.c.offer,
    orders.c.number,
    sqlite_where=orders.c.type == "subscription",
    postgresql_where=orders.c.type == "subscription",
)

products = sa.Table(
    "kwiga_order_products",
    METADATA,
    _key("project"),
    _key("contact"),
    _key("product"),
    _key("order_id"),
    _of_order(),
    sa.Index(None, "project", "product", "order_id"),
    sqlite_with_rowid=False,
)
"""The products of each contact, with the orders that give them: access is computed from these orders."""

labels = sa.Table(
    "kwiga_order_labels",
    METADATA,
    _key("project"),
    _key("kind"),
    _key("value"),
    _key("order_id"),
    _of_order(),
    sqlite_with_rowid=False,
)
"""The labels by which orders are found: `tag`s, `responsible`s, `gateway`s and kinds of payments, gateways at which
they are `unsettled`, and, with the kind `is`, flags that are true (V1)."""

label_counts = sa.Table(
    "kwiga_label_counts",
    METADATA,
    _key("project"),
    _key("kind"),
    _key("value"),
    sa.Column("count", sa.BigInteger, nullable=False),
    _of_project(),
    sqlite_with_rowid=False,
)
"""How many orders have each `tag`, and how many were made from each `offer`; updated with each change (V8)."""

tasks = sa.Table(
    "kwiga_order_tasks",
    METADATA,
    _key("project"),
    _key("order_id"),
    _key("task"),
    sa.Column("title", _TEXT, nullable=False),
    sa.Column("assignee", _TEXT),
    sa.Column("due_at", sa.BigInteger),
    sa.Column("done_at", sa.BigInteger),
    _of_order(),
    sa.Index(None, "project", "assignee", "due_at"),
    sa.Index(None, "project", "due_at"),
    sqlite_with_rowid=False,
)
"""The tasks of all orders, found by assignee and due date (O14)."""

payments = sa.Table(
    "kwiga_order_payments",
    METADATA,
    _key("project"),
    _key("order_id"),
    _key("payment"),
    sa.Column("due_at", sa.BigInteger),
    sa.Column("paid_at", sa.BigInteger),
    _of_order(),
    sa.Index(None, "project", "due_at"),
    sa.Index(None, "project", "paid_at"),
    sqlite_with_rowid=False,
)
"""When payments are due, if they ask for something, and when they were paid."""

takings = sa.Table(
    "kwiga_order_takings",
    METADATA,
    _key("project"),
    _key("order_id"),
    _key("fact"),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    *(sa.Column(name, _TEXT, nullable=False) for name in ("product", "currency", "kind")),
    *(sa.Column(name, _TEXT) for name in ("gateway", "offer", "manager")),
    sa.Column("came", sa.SmallInteger, nullable=False),
    *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("paid", "refunded")),
    _of_order(),
    sa.Index(None, "project", "at"),
    sqlite_with_rowid=False,
)
"""Money paid and refunded, split by product; `came` is 1 for a payment and 0 for a refund (V8)."""

certificates = sa.Table(
    "kwiga_certificates",
    METADATA,
    _key("project"),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("order_id", _TEXT, nullable=False),
    sa.Column("product", _TEXT, nullable=False),
    _of_order(),
    sqlite_with_rowid=False,
)
"""The issued certificates; numbers are unique in the project (C3)."""

history = sa.Table(
    "kwiga_history",
    METADATA,
    _key("project"),
    _key("order_id"),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("event", _TEXT, nullable=False),
    *_document(),
    sa.Column("seq", sa.BigInteger),
    _of_order(),
    sa.Index(None, "project", "seq"),
)
"""The history of orders (O10). `seq` numbers the rows of a project in the order of writing (V8)."""

offers = sa.Table(
    "kwiga_offers",
    METADATA,
    _key("project"),
    _key("code"),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("funnel", _TEXT),
    *_document(),
    _of_project(),
    sa.Index(None, "project", "funnel"),
)
"""The offers with their newest version; `revision` is the number of that version, `funnel` the funnel it names."""

offer_versions = sa.Table(
    "kwiga_offer_versions",
    METADATA,
    _key("project"),
    _key("code"),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("actor_kind", _TEXT, nullable=False),
    sa.Column("actor_id", _TEXT, nullable=False),
    *_document(),
    _of_project(),
)
"""The versions of offers; rows are never changed (O8)."""

offer_pins = sa.Table(
    "kwiga_offer_pins",
    METADATA,
    _key("project"),
    _key("code"),
    _key("product"),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    _of_project(),
    sqlite_with_rowid=False,
)
"""The versions that pinned lines of a product: lines that followed an earlier version keep the version before (O8)."""

catalogue_history = sa.Table(
    "kwiga_catalogue_history",
    METADATA,
    # an identity, not the version: a funnel that is deleted and made again starts with version 1 again
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
    sa.Column("project", _TEXT, nullable=False),
    sa.Column("kind", _TEXT, nullable=False),
    sa.Column("subject", _TEXT, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("event", _TEXT, nullable=False),
    *_document(),
    _of_project(),
    sa.Index(None, "project", "kind", "subject", "seq"),
)
"""The history of offers and funnels; rows are never changed (O15)."""

funnels = sa.Table(
    "kwiga_funnels",
    METADATA,
    _key("project"),
    _key("id"),
    sa.Column("version", sa.Integer, nullable=False),
    *_document(),
    _of_project(),
)
"""The funnels."""

COUNTED = ("count", "total", "paid", "owed")
"""The counters of a funnel status: the number of orders, and the sums of three amounts."""

counters = sa.Table(
    "kwiga_counters",
    METADATA,
    _key("project"),
    _key("funnel"),
    _key("status"),
    _key("currency"),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("paid", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("owed", sa.BigInteger, nullable=False, server_default="0"),
    *(sa.Column(f"aside_{name}", sa.BigInteger, nullable=False, server_default="0") for name in COUNTED),
    _of_project(),
    sqlite_with_rowid=False,
)
"""Counters by status and currency, updated with each change: the number of orders, sums of total, paid and owed (V2).

The `aside_` columns count only cancelled and superseded orders, which a board leaves out by default.
"""

outbox = sa.Table(
    "kwiga_outbox",
    METADATA,
    # an identity column, so that writers need no right to a sequence
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
    sa.Column("project", _TEXT, nullable=False),
    sa.Column("id", _TEXT, nullable=False),
    sa.Column("contact", _TEXT, nullable=False),
    # unique, and null for all rows but letters: nulls are not compared
    sa.Column("letter_key", _TEXT),
    # null unless a gateway carries the row out
    sa.Column("gateway", _TEXT),
    sa.Column("sent_at", sa.BigInteger),
    *_document(),
    sa.Column("stream", _TEXT, nullable=False, server_default=""),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("try_at", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("owner", _TEXT),
    sa.Column("parked_at", sa.BigInteger),
    sa.Column("dropped_at", sa.BigInteger),
    sa.Column("error", _TEXT),
    _of_project(),
    sa.UniqueConstraint("project", "id"),
    sa.UniqueConstraint("project", "letter_key"),
    sa.Index("ix_kwiga_outbox_contact", "project", "contact", "seq"),
)
"""Letters, events and gateway calls to be sent; those of one `stream` (an order) in the order of `seq` (N1, N2).

A worker that claims rows is their `owner`; no other worker gets them before `try_at`. A row that failed too many
`tries` is parked, with the last `error`, until a person lets it be sent again or drops it.
"""


def _partial(name: str, where: sa.ColumnElement[bool], *columns: sa.Column[Any]) -> sa.Index:
    return sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


_UNSENT = outbox.c.sent_at.is_(None)
_partial(
    "ix_kwiga_outbox_waiting",
    sa.and_(_UNSENT, outbox.c.parked_at.is_(None)),
    outbox.c.project,
    outbox.c.gateway,
    outbox.c.seq,
)
# a partial index that leaves out new rows, so commands pay nothing for it
_partial(
    "ix_kwiga_outbox_held",
    sa.and_(_UNSENT, outbox.c.try_at > sa.literal_column("0")),
    outbox.c.project,
    outbox.c.stream,
    outbox.c.seq,
)
_partial(
    "ix_kwiga_outbox_parked",
    sa.and_(outbox.c.parked_at.is_not(None), _UNSENT, outbox.c.dropped_at.is_(None)),
    outbox.c.project,
    outbox.c.seq,
)

idempotency_keys = sa.Table(
    "kwiga_idempotency_keys",
    METADATA,
    _key("project"),
    _key("key"),
    *_document(),
    sa.Column("kept_at", sa.BigInteger),
    _of_project(),
    sa.Index(None, "project", "kept_at"),
)
"""The answers to commands with an idempotency key, and when they were stored; null if they never expire (K1)."""

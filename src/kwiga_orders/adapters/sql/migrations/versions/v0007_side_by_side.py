"""Parallel writers, claims of outbox rows that expire, idempotency keys that expire (N1, K1, decision 0048)."""

import json
import time
from typing import Any

import sqlalchemy as sa
from alembic import op

from kwiga_orders.adapters.sql.row_security import seeing_all

revision = "kwiga0007"
"""The name of this step."""

down_revision = "kwiga0006"
"""The one before it."""

_TEXT: sa.types.TypeEngine[str] = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_BIG, _INTEGER = sa.BigInteger(), sa.Integer()
_COLUMNS: tuple[tuple[str, str, sa.types.TypeEngine[Any], str | None], ...] = (
    ("kwiga_projects", "revision", _BIG, "0"),
    ("kwiga_outbox", "stream", _TEXT, ""),
    ("kwiga_outbox", "tries", _INTEGER, "0"),
    ("kwiga_outbox", "try_at", _BIG, "0"),
    ("kwiga_outbox", "owner", _TEXT, None),
    ("kwiga_outbox", "parked_at", _BIG, None),
    ("kwiga_outbox", "dropped_at", _BIG, None),
    ("kwiga_outbox", "error", _TEXT, None),
    ("kwiga_idempotency_keys", "kept_at", _BIG, None),
)
"""New columns by table, with their default; a column without a default may be null."""

_WAITING = sa.text("sent_at IS NULL AND parked_at IS NULL")
_HELD = sa.text("sent_at IS NULL AND try_at > 0")
_PARKED = sa.text("parked_at IS NOT NULL AND sent_at IS NULL AND dropped_at IS NULL")
_INDEXES = (
    ("ix_kwiga_outbox_waiting", "kwiga_outbox", ["project", "gateway", "seq"], _WAITING),
    ("ix_kwiga_outbox_held", "kwiga_outbox", ["project", "stream", "seq"], _HELD),
    ("ix_kwiga_outbox_parked", "kwiga_outbox", ["project", "seq"], _PARKED),
    ("ix_kwiga_idempotency_keys_project_kept_at", "kwiga_idempotency_keys", ["project", "kept_at"], None),
)
_OLD_INDEX = "ix_kwiga_outbox_unsent"


def upgrade() -> None:
    """Add columns and indexes. Outbox rows get the id of their order; idempotency keys count as stored now."""
    connection = op.get_bind()
    inspected = sa.inspect(connection)
    for table, name, kind, default in _COLUMNS:
        if name not in {one["name"] for one in inspected.get_columns(table)}:
            op.add_column(table, sa.Column(name, kind, nullable=default is None, server_default=default))
    _name_streams(connection)
    with seeing_all(connection, "kwiga_idempotency_keys"):
        # keys of imports never expire, so that an import is never repeated
        now = sa.text("UPDATE kwiga_idempotency_keys SET kept_at = :now WHERE key NOT LIKE 'import:%'")
        connection.execute(now, {"now": round(time.time() * 1_000_000)})
    known = {index["name"] for index in inspected.get_indexes("kwiga_outbox")}
    if _OLD_INDEX in known:
        op.drop_index(_OLD_INDEX, "kwiga_outbox")
    for name, table, columns, where in _INDEXES:
        if name not in {index["name"] for index in inspected.get_indexes(table)}:
            op.create_index(name, table, columns, unique=False, sqlite_where=where, postgresql_where=where)


def _name_streams(connection: sa.Connection) -> None:
    unsent = sa.text("SELECT seq, document FROM kwiga_outbox WHERE sent_at IS NULL AND stream = ''")
    name = sa.text("UPDATE kwiga_outbox SET stream = :stream WHERE seq = :seq")
    with seeing_all(connection, "kwiga_outbox"):
        for seq, document in connection.execute(unsent).all():
            connection.execute(name, {"seq": seq, "stream": _order_in(document)})


def _order_in(document: str) -> str:
    """Give the order of a row; empty if the row cannot be read."""
    try:
        return str(json.loads(document)["order"])
    except (ValueError, LookupError, TypeError):
        return ""


def downgrade() -> None:
    """Drop columns and indexes; parked rows wait again."""
    for name, table, _, _ in _INDEXES:
        op.drop_index(name, table)
    where = sa.text("sent_at IS NULL")
    op.create_index(
        _OLD_INDEX, "kwiga_outbox", ["project", "gateway", "seq"], sqlite_where=where, postgresql_where=where
    )
    for table, name, _, _ in reversed(_COLUMNS):
        op.drop_column(table, name)

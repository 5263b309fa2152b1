"""The outbox: rows that wait to be handed on, and which were (N1)."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from kwiga_orders.adapters.searching import microseconds
from kwiga_orders.adapters.sql.reads import outbox_rows
from kwiga_orders.adapters.sql.steps import Steps, rows_of, send, writing
from kwiga_orders.adapters.sql.tables import outbox
from kwiga_orders.changes import OutboxRow

__all__ = ["mark_sent", "pending", "taken"]

_PENDING = (
    sa.select(outbox.c.id, outbox.c.schema, outbox.c.document)
    .where(outbox.c.project == sa.bindparam("project"), outbox.c.sent_at.is_(None))
    .order_by(outbox.c.seq)
    .limit(sa.bindparam("most"))
)
_FOR_NOTIFIER = outbox.c.gateway.is_(None)
_FOR_GATEWAY = outbox.c.gateway == sa.bindparam("gateway")
_PENDING_FOR_NOTIFIER = _PENDING.where(_FOR_NOTIFIER)
_PENDING_FOR_GATEWAY = _PENDING.where(_FOR_GATEWAY)
_TAKE = _PENDING.add_columns(outbox.c.seq).with_for_update(skip_locked=True)
_TAKE_FOR_NOTIFIER, _TAKE_FOR_GATEWAY = _TAKE.where(_FOR_NOTIFIER), _TAKE.where(_FOR_GATEWAY)
_BEFORE = sa.select(outbox.c.id, outbox.c.schema, outbox.c.document).where(
    outbox.c.project == sa.bindparam("project"), outbox.c.sent_at.is_(None), outbox.c.seq < sa.bindparam("last")
)
_BEFORE_FOR_NOTIFIER, _BEFORE_FOR_GATEWAY = _BEFORE.where(_FOR_NOTIFIER), _BEFORE.where(_FOR_GATEWAY)


def pending(project: str, *, limit: int, gateway: str | None) -> Steps[Sequence[OutboxRow]]:
    """Give the oldest rows that were not handed on yet, in order: those for a gateway, or for the notifier (N1)."""
    if gateway is None:
        return outbox_rows((yield from rows_of(_PENDING_FOR_NOTIFIER, project=project, most=limit)))
    return outbox_rows((yield from rows_of(_PENDING_FOR_GATEWAY, project=project, most=limit, gateway=gateway)))


def taken(project: str, *, limit: int, gateway: str | None) -> Steps[Sequence[OutboxRow]]:
    """Lock the oldest rows that were not handed on yet and that nobody has locked, and give those to hand on now.

    Rows of an order are left out while another worker has an earlier row of it: they would overtake that row (N1).
    """
    of = {"project": project} if gateway is None else {"project": project, "gateway": gateway}
    mine = yield from rows_of(_TAKE_FOR_NOTIFIER if gateway is None else _TAKE_FOR_GATEWAY, **of, most=limit)
    if not mine:
        return ()
    before = _BEFORE_FOR_NOTIFIER if gateway is None else _BEFORE_FOR_GATEWAY
    waiting = yield from rows_of(before, **of, last=mine[-1]["seq"])
    ids = {row["id"] for row in mine}
    held = {row.order for row in outbox_rows([one for one in waiting if one["id"] not in ids])}
    return tuple(row for row in outbox_rows(mine) if row.order not in held)


_MARK_SENT = (
    outbox.update()
    .where(outbox.c.project == sa.bindparam("of"), outbox.c.id == sa.bindparam("which"), outbox.c.sent_at.is_(None))
    .values(sent_at=sa.bindparam("at"))
)


def mark_sent(project: str, rows: Sequence[str], *, at: datetime) -> Steps[None]:
    """Note that rows were handed on."""
    sent = [{"of": project, "which": row, "at": microseconds(at)} for row in rows]
    yield from send(*writing(_MARK_SENT, sent))

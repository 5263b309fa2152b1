"""Outside of a transaction: projects, contacts, and what of the outbox was handed on."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from kwiga_orders.adapters.documents import FUNNELS, PROJECTS
from kwiga_orders.adapters.searching import microseconds
from kwiga_orders.adapters.sql.columns import contact_row
from kwiga_orders.adapters.sql.reads import LOCK_PROJECT, Looks, outbox_rows, project_in
from kwiga_orders.adapters.sql.steps import (
    COMMIT,
    Row,
    Start,
    Step,
    Talk,
    asked,
    changing,
    insert_for,
    insert_into,
    together,
)
from kwiga_orders.adapters.sql.tables import contacts, funnels, orders, outbox, projects
from kwiga_orders.changes import OutboxRow
from kwiga_orders.due import is_moved
from kwiga_orders.funnel import born_with
from kwiga_orders.project import Contact, Project

__all__ = ["mark_sent", "pending", "put_contacts", "save_contact", "save_project", "taken"]


@cache
def _make_project(dialect: str) -> sa.Insert:
    insert = insert_for(dialect, projects).on_conflict_do_nothing(index_elements=["project"])
    # the rows tell whether it was there: not every driver counts what was left out
    return insert.returning(projects.c.project)


_ADD_FUNNEL = insert_into(funnels)
_LOOK_AT_ALL = (
    orders.update().where(orders.c.project == sa.bindparam("of")).values(next_due_at=sa.bindparam("next_due_at"))
)
_CHANGE_PROJECT = (
    projects.update()
    .where(projects.c.project == sa.bindparam("of"))
    .values(schema=sa.bindparam("schema"), document=sa.bindparam("document"))
)


def save_project(project: Project, start: Start, *, dialect: str) -> Talk[None]:
    """Make a project, born with its default funnel (F1), or change its settings."""
    row = {"schema": PROJECTS.number, "document": PROJECTS.write(project)}
    yield from together(*start(project.id, writes=True))
    if not (yield from asked(_make_project(dialect), project=project.id, **row)):
        yield from _change_project(project, row)
        return
    funnel = born_with()
    born = {"id": funnel.id, "version": funnel.version, "schema": FUNNELS.number, "document": FUNNELS.write(funnel)}
    yield from together(*changing(_ADD_FUNNEL, [{"project": project.id, **born}]), COMMIT)


def _change_project(project: Project, row: Row) -> Talk[None]:
    (found,) = yield from asked(LOCK_PROJECT, project=project.id)
    # what falls due may have moved
    anew = [{"of": project.id, "next_due_at": 0}] if is_moved(project_in(found, project.id), project) else []
    changes = [*changing(_CHANGE_PROJECT, [{"of": project.id, **row}]), *changing(_LOOK_AT_ALL, anew)]
    yield from together(*changes, COMMIT)


@cache
def _put_contact(dialect: str) -> sa.Insert:
    insert = insert_for(dialect, contacts)
    columns = ("name", "email", "phone_reversed", "schema", "document")
    return insert.on_conflict_do_update(
        index_elements=["project", "id"], set_={name: insert.excluded[name] for name in columns}
    )


def save_contact(looks: Looks, contact: Contact, *, dialect: str) -> Talk[None]:
    """Make or replace a contact."""
    yield from looks.get_project()
    yield from looks.end(*put_contacts(looks.id, [contact], dialect=dialect))


def put_contacts(project: str, people: Iterable[Contact], *, dialect: str) -> Sequence[Step]:
    """Make or replace contacts, within a transaction that has begun."""
    return changing(_put_contact(dialect), [contact_row(project, contact) for contact in people])


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


def pending(project: str, *, limit: int, gateway: str | None) -> Talk[Sequence[OutboxRow]]:
    """Give the oldest rows that were not handed on yet, in order: those for a gateway, or for the notifier (N1)."""
    if gateway is None:
        return outbox_rows((yield from asked(_PENDING_FOR_NOTIFIER, project=project, most=limit)))
    return outbox_rows((yield from asked(_PENDING_FOR_GATEWAY, project=project, most=limit, gateway=gateway)))


def taken(project: str, *, limit: int, gateway: str | None) -> Talk[Sequence[OutboxRow]]:
    """Lock the oldest rows that were not handed on yet and that nobody has locked, and give those to hand on now.

    Of an order with an earlier row that somebody else has, none is given: it would come before that one (N1).
    """
    of = {"project": project} if gateway is None else {"project": project, "gateway": gateway}
    mine = yield from asked(_TAKE_FOR_NOTIFIER if gateway is None else _TAKE_FOR_GATEWAY, **of, most=limit)
    if not mine:
        return ()
    before = _BEFORE_FOR_NOTIFIER if gateway is None else _BEFORE_FOR_GATEWAY
    waiting = yield from asked(before, **of, last=mine[-1]["seq"])
    ids = {row["id"] for row in mine}
    held = {row.order for row in outbox_rows([one for one in waiting if one["id"] not in ids])}
    return tuple(row for row in outbox_rows(mine) if row.order not in held)


_MARK_SENT = (
    outbox.update()
    .where(outbox.c.project == sa.bindparam("of"), outbox.c.id == sa.bindparam("which"), outbox.c.sent_at.is_(None))
    .values(sent_at=sa.bindparam("at"))
)


def mark_sent(project: str, rows: Sequence[str], *, at: datetime) -> Talk[None]:
    """Note that rows were handed on."""
    sent = [{"of": project, "which": row, "at": microseconds(at)} for row in rows]
    yield from together(*changing(_MARK_SENT, sent))

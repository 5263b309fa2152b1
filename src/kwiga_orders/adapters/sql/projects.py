"""The writes outside of commands: saving projects and contacts, and deleting old idempotency keys."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from kwiga_orders.adapters.documents import FUNNELS, PROJECTS
from kwiga_orders.adapters.searching import microseconds
from kwiga_orders.adapters.sql.columns import contact_row
from kwiga_orders.adapters.sql.guards import key_of
from kwiga_orders.adapters.sql.reads import FIND_PROJECT, project_in
from kwiga_orders.adapters.sql.steps import (
    Step,
    Steps,
    Transactions,
    insert_for,
    insert_into,
    rows_of,
    send,
    writing,
)
from kwiga_orders.adapters.sql.tables import contacts, funnels, idempotency_keys, orders, projects
from kwiga_orders.due import is_moved
from kwiga_orders.funnel import born_with
from kwiga_orders.project import Contact, Project

__all__ = ["forget_keys", "put_contacts", "save_project"]


@cache
def _make_project(dialect: str) -> sa.Insert:
    insert = insert_for(dialect, projects).on_conflict_do_nothing(index_elements=["project"])
    # RETURNING tells whether the row was inserted: not every driver counts rows of ON CONFLICT DO NOTHING
    return insert.returning(projects.c.project)


_ADD_FUNNEL = insert_into(funnels)
_LOOK_AT_ALL = (
    orders.update().where(orders.c.project == sa.bindparam("of")).values(next_due_at=sa.bindparam("next_due_at"))
)
_CHANGE_PROJECT = (
    projects.update()
    .where(projects.c.project == sa.bindparam("of"))
    .values(schema=sa.bindparam("schema"), document=sa.bindparam("document"), revision=projects.c.revision + 1)
)


def save_project(project: Project, transactions: Transactions, *, dialect: str) -> Steps[None]:
    """Make a project, born with its default funnel (F1), or change its settings."""
    row = {"schema": PROJECTS.number, "document": PROJECTS.write(project)}
    yield from send(*transactions.begin_locked(project.id, ((key_of("project", project.id), True),)))
    # If the project exists already, no row comes back, and its settings are changed.
    if not (yield from rows_of(_make_project(dialect), project=project.id, revision=0, **row)):
        # new settings may change when something falls due
        (found,) = yield from rows_of(FIND_PROJECT, project=project.id)
        anew = [{"of": project.id, "next_due_at": 0}] if is_moved(project_in(found, project.id), project) else []
        changes = [*writing(_CHANGE_PROJECT, [{"of": project.id, **row}]), *writing(_LOOK_AT_ALL, anew)]
        yield from send(*changes, *transactions.commit(early=False))
        return
    funnel = born_with(project.locale)
    # F1: in the same transaction, so that no project ever lacks a funnel.
    born = {"id": funnel.id, "version": funnel.version, "schema": FUNNELS.number, "document": FUNNELS.write(funnel)}
    yield from send(*writing(_ADD_FUNNEL, [{"project": project.id, **born}]), *transactions.commit(early=False))


@cache
def _put_contact(dialect: str) -> sa.Insert:
    insert = insert_for(dialect, contacts)
    columns = ("name", "email", "phone", "is_gone", "schema", "document")
    return insert.on_conflict_do_update(
        index_elements=["project", "id"], set_={name: insert.excluded[name] for name in columns}
    )


def put_contacts(project: str, people: Iterable[Contact], *, dialect: str) -> Sequence[Step]:
    """Make or replace contacts, within a transaction that has begun."""
    return writing(_put_contact(dialect), [contact_row(project, contact) for contact in people])


_OLDEST = (
    sa.select(idempotency_keys.c.key)
    .where(idempotency_keys.c.project == sa.bindparam("of"), idempotency_keys.c.kept_at < sa.bindparam("before"))
    .order_by(idempotency_keys.c.kept_at)
    .limit(sa.bindparam("most"))
)
_FORGET = idempotency_keys.delete().where(
    idempotency_keys.c.project == sa.bindparam("of"), idempotency_keys.c.key.in_(_OLDEST)
)


def forget_keys(project: str, transactions: Transactions, *, before: datetime, limit: int) -> Steps[None]:
    """Delete the oldest idempotency keys that were stored before an instant (K1)."""
    oldest = {"of": project, "before": microseconds(before), "most": limit}
    begins = transactions.begin(project, writes=True)
    yield from send(*begins, *writing(_FORGET, [oldest]), *transactions.commit(early=False))

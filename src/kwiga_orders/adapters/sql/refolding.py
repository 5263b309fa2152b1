"""Writing what is searched of contacts anew, after the rules of folding have changed (V3)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from kwiga_orders.adapters.documents import CONTACTS
from kwiga_orders.adapters.sql.columns import contact_row
from kwiga_orders.adapters.sql.row_security import seeing_all
from kwiga_orders.adapters.sql.tables import contacts

__all__ = ["refold_contacts"]

_BATCH = 1000
_FOLDED = ("name", "email", "phone")

_KEY = sa.tuple_(contacts.c.project, contacts.c.id)
_NEXT = (
    sa.select(contacts.c.project, contacts.c.id, contacts.c.schema, contacts.c.document)
    .where(sa.tuple_(sa.bindparam("after_project"), sa.bindparam("after_id")) < _KEY)
    .order_by(contacts.c.project, contacts.c.id)
    .limit(_BATCH)
)
_REPLACE = (
    contacts.update()
    .where(contacts.c.project == sa.bindparam("of"), contacts.c.id == sa.bindparam("which"))
    .values({name: sa.bindparam(name) for name in _FOLDED})
)


def refold_contacts(connection: sa.Connection) -> None:
    """Fold names, e-mails and phones of all contacts of all projects as the library does now, in batches."""
    last = ("", "")
    with seeing_all(connection, contacts.name):
        while rows := connection.execute(_NEXT, {"after_project": last[0], "after_id": last[1]}).all():
            connection.execute(_REPLACE, [_refolded(row) for row in rows])
            last = rows[-1][0], rows[-1][1]


def _refolded(row: Sequence[Any]) -> dict[str, object]:
    project, id, schema, document = row
    folded = contact_row(project, CONTACTS.read(document, schema=schema, id=id))
    return {"of": project, "which": id, **{name: folded[name] for name in _FOLDED}}

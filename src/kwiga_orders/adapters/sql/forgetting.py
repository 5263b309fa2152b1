"""Removing texts about an erased person from rows of the outbox, sent or not (V9)."""

from collections.abc import Sequence

import attrs
import sqlalchemy as sa

from kwiga_orders.adapters.documents import OUTBOX
from kwiga_orders.adapters.sql.steps import Row, Step, Steps, rows_of, writing
from kwiga_orders.adapters.sql.tables import outbox
from kwiga_orders.changes import Changes
from kwiga_orders.errors import Corrupt
from kwiga_orders.orders.erasing import cleaned_data

__all__ = ["forgetting"]

_EVENTS_OF_CONTACT = (
    sa.select(outbox.c.id, outbox.c.schema, outbox.c.document)
    .where(
        outbox.c.project == sa.bindparam("project"),
        outbox.c.contact == sa.bindparam("contact"),
        # letters and gateway calls hold only ids, amounts and instants
        outbox.c.letter_key.is_(None),
        outbox.c.gateway.is_(None),
    )
    .order_by(outbox.c.seq)
)
_REWRITE = (
    outbox.update()
    .where(outbox.c.project == sa.bindparam("of"), outbox.c.id == sa.bindparam("which"))
    .values({name: sa.bindparam(name) for name in ("schema", "document")})
)
_NOTHING = "{}"


def forgetting(project: str, changes: Changes) -> Steps[Sequence[Step]]:
    """Give the steps that clean the rows of erased contacts."""
    rows: list[Row] = []
    for contact in changes.contacts:
        if contact.erased:
            stored = yield from rows_of(_EVENTS_OF_CONTACT, project=project, contact=contact.id)
            rows += [{"of": project, "which": row["id"], **_cleaned(row)} for row in stored]
    return writing(_REWRITE, rows)


def _cleaned(row: Row) -> Row:
    """Give the document of a row without the person. An unreadable one becomes empty, and a worker will park it."""
    try:
        read = OUTBOX.read(row["document"], schema=row["schema"], id=row["id"])
    except Corrupt:
        return {"schema": row["schema"], "document": _NOTHING}
    return {"schema": OUTBOX.number, "document": OUTBOX.write(attrs.evolve(read, data=cleaned_data(read.data)))}

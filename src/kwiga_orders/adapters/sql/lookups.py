"""The lookups of `listing` as statements, each read from an index."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from kwiga_orders.adapters.documents import CONTACTS
from kwiga_orders.adapters.sql.conditions import PROJECT
from kwiga_orders.adapters.sql.steps import Steps, rows_of
from kwiga_orders.adapters.sql.tables import contacts
from kwiga_orders.listing import ContactsById, Lookup
from kwiga_orders.project import Contact

__all__ = ["look_up"]

T = TypeVar("T")


def look_up(project: str, lookup: Lookup[T]) -> Steps[T]:
    """Answer a lookup about one project."""
    return cast(T, (yield from _ANSWERS[type(lookup)](project, lookup)))


def _contacts_by_id(project: str, lookup: ContactsById) -> Steps[Mapping[str, Contact]]:
    if not lookup.ids:
        return {}
    names = {f"id_{n}": id for n, id in enumerate(lookup.ids)}
    rows = yield from rows_of(_some_contacts(len(names)), project=project, **names)
    return {row["id"]: CONTACTS.read(row["document"], schema=row["schema"], id=row["id"]) for row in rows}


@lru_cache(maxsize=512)
def _some_contacts(count: int) -> sa.Select[Any]:
    ids: list[sa.BindParameter[str]] = [sa.bindparam(f"id_{n}") for n in range(count)]
    columns = (contacts.c.id, contacts.c.schema, contacts.c.document)
    return sa.select(*columns).where(contacts.c.project == PROJECT, contacts.c.id.in_(ids))


_ANSWERS: Mapping[type[object], Callable[[str, Any], Steps[object]]] = {
    ContactsById: _contacts_by_id,
}

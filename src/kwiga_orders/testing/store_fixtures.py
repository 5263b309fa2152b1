"""The shared parts of the suites of `testing.stores`: a school to write to, and functions to read it."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import attrs

from kwiga_orders.changes import Changes
from kwiga_orders.listing import OrderSearch, Page
from kwiga_orders.ports import OrderStore, Records, Transaction
from kwiga_orders.project import Contact, Project
from kwiga_orders.testing.order_histories import START

__all__ = ["CONTACTS", "SCHOOL", "commit", "found", "furnish", "hand_on", "page_of", "read", "searching"]

if TYPE_CHECKING:
    from attrs import AttrsInstance

T = TypeVar("T")

SCHOOL = Project(id="school", timezone="Europe/Kyiv", currency="UAH")
"""The project that the suites write into."""

CONTACTS = (
    Contact(id="olena", name="Олена Коваль", email="Olena@Example.com", phone="+380 67 123-45-67", locale="uk"),
    Contact(id="taras", name="Taras Мар'яненко", email="taras_m@example.com", phone="0509876543"),
)
"""The contacts of the project."""


def furnish(store: OrderStore, project: str = SCHOOL.id) -> None:
    """Make the project with that id, and its contacts."""
    store.save_project(Project(id=project, timezone=SCHOOL.timezone, currency=SCHOOL.currency))
    for contact in CONTACTS:
        store.save_contact(project, contact)


def commit(store: OrderStore, *changes: Changes, project: str = SCHOOL.id) -> None:
    """Write each of `changes` in its own transaction."""
    for one in changes:
        with store.transaction(project, writes=True) as transaction:
            transaction.commit(one)


def read(store: OrderStore, ask: Callable[[Transaction], T], *, project: str = SCHOOL.id) -> T:
    """Read one thing in its own transaction."""
    with store.transaction(project, writes=False) as transaction:
        return ask(transaction)


def hand_on(store: OrderStore, *rows: str, project: str = SCHOOL.id, at: datetime = START) -> None:
    """Mark the rows of the outbox with these ids as sent."""
    store.mark_sent(project, rows, at=at)


def found(store: OrderStore, search: OrderSearch, *, project: str = SCHOOL.id) -> list[str]:
    """Give the ids of the orders on a page."""
    return [order.id for order in read(store, lambda records: records.search(search), project=project).orders]


def searching(search: OrderSearch) -> Callable[[Records], Page]:
    """Give a function that reads a page; a lambda in a loop would use the values of the last round."""
    return lambda records: records.search(search)


def page_of(page: "AttrsInstance") -> dict[str, object]:
    """Give the content of a page, to compare it with another store's; only whether there is a cursor."""
    # the form of cursors differs between stores
    fields = attrs.asdict(page, recurse=False)
    return {**fields, "next": fields["next"] is not None}

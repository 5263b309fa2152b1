"""Open the orders of one project with one call: for scripts, trials, and hosts that run in one process.

    with open_orders(Project(id="school", timezone="Europe/Kyiv", currency="UAH"), "sqlite:///school.db") as orders:
        orders.save_contact(Contact(id="olena"))

It combines other adapters: a store in memory or on a database (extra `sql`, for PostgreSQL `postgres`), the machine's
clock, and random ids.
Courses and progress are kept in memory; a host that stores its own constructs `Orders` itself.
"""

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

import attrs

from kwiga_orders.adapters.memory import MemoryCourses, MemoryOrderStore, MemoryProgress
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.course import Course, Progress
from kwiga_orders.ports import Clock, Ids, PaymentGateway
from kwiga_orders.project import Contact, Project
from kwiga_orders.service import Orders

if TYPE_CHECKING:
    from kwiga_orders.adapters.sql import SqlOrderStore

__all__ = ["EmbeddedOrders", "open_orders"]


@attrs.frozen(kw_only=True)
class EmbeddedOrders(Orders):
    """`Orders` that also keep courses and progress. Leaving its `with` block closes the store."""

    store: "MemoryOrderStore | SqlOrderStore"
    courses: MemoryCourses
    progress: MemoryProgress

    def save_contact(self, contact: Contact) -> None:
        """Make or replace a contact."""
        self.store.save_contact(self.project, contact)

    def save_course(self, course: Course) -> None:
        """Make or replace the outline of a product; it is kept in memory."""
        self.courses.put(self.project, course)

    def add_progress(self, progress: Progress) -> None:
        """Add what a contact has done: completed lessons add up, practices and tests replace by id; kept in memory."""
        self.progress.put(self.project, progress)

    def close(self) -> None:
        """Close the connections of the store, if it has any."""
        # Only a database has connections to close.
        if not isinstance(self.store, MemoryOrderStore):
            self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()


def open_orders(
    project: Project,
    url: str | None = None,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    gateways: Mapping[str, PaymentGateway] | None = None,
) -> EmbeddedOrders:
    """Save `project` and open its orders: in memory, or in the database of `url`.

    `url` names a file of SQLite, such as `sqlite:///school.db`, or a PostgreSQL, `postgresql://host/database`. Missing
    tables are created.

    Raises:
        InvalidInput: if the URL names neither.
        AdapterFailed: if the database cannot be opened.
    """
    store = MemoryOrderStore() if url is None else _on_database(url)
    # Saved at each opening, so the settings in the code replace the stored ones.
    store.save_project(project)
    return EmbeddedOrders(
        project=project.id,
        store=store,
        courses=MemoryCourses(),
        progress=MemoryProgress(),
        clock=clock or SystemClock(),
        ids=ids or RandomIds(),
        gateways=gateways or {},
    )


def _on_database(url: str) -> "SqlOrderStore":
    from kwiga_orders.adapters.sql import SqlOrderStore

    return SqlOrderStore.from_url(url)

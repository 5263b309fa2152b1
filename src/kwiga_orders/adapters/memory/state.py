"""The data of one project in the store in memory, and which changes it refuses.

Laws:

1. A change is refused before anything is written (K4).
2. Values are frozen and shared. Only collections are copied, and only if a reader uses them.
"""

from copy import copy
from datetime import UTC, datetime

import attrs

from kwiga_orders.adapters.memory.outbox import MemoryOutbox
from kwiga_orders.adapters.searching import ContactText
from kwiga_orders.catalogue import CatalogueRow
from kwiga_orders.changes import Changes, Repeated
from kwiga_orders.due import is_moved
from kwiga_orders.errors import Conflict
from kwiga_orders.funnel import Funnel
from kwiga_orders.offers import Offer, OfferVersion
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.project import Contact, Project

__all__ = ["AT_ONCE", "ProjectState"]

AT_ONCE = datetime.min.replace(tzinfo=UTC)
"""The due instant of an order that the due work should check as soon as possible."""


@attrs.define(kw_only=True)
class ProjectState:
    """Everything of one project. `revision` counts the changes, `readers` the open transactions."""

    project: Project
    revision: int = 0
    readers: int = 0
    contacts: dict[str, Contact] = attrs.field(factory=dict)
    texts: dict[str, ContactText] = attrs.field(factory=dict)
    orders: dict[str, Order] = attrs.field(factory=dict)
    ids_of_contact: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    ids_by_number: dict[int, str] = attrs.field(factory=dict)
    offers: dict[str, Offer] = attrs.field(factory=dict)
    offer_versions: dict[str, tuple[OfferVersion, ...]] = attrs.field(factory=dict)
    catalogue: dict[tuple[str, str], tuple[CatalogueRow, ...]] = attrs.field(factory=dict)
    waiting: dict[tuple[str, str], tuple[str, ...]] = attrs.field(factory=dict)
    unpaid: dict[tuple[str, str], tuple[str, ...]] = attrs.field(factory=dict)
    paid_under: dict[tuple[str, str], frozenset[str]] = attrs.field(factory=dict)
    funnels: dict[str, Funnel] = attrs.field(factory=dict)
    history: dict[str, tuple[Recorded, ...]] = attrs.field(factory=dict)
    log: list[tuple[str, int]] = attrs.field(factory=list)
    outbox: MemoryOutbox = attrs.field(factory=MemoryOutbox)
    repeated: dict[str, Repeated] = attrs.field(factory=dict)
    next_due: dict[str, datetime] = attrs.field(factory=dict)
    unsettled: dict[str, frozenset[str]] = attrs.field(factory=dict)
    last_order: int = 0
    last_certificate: int = 0

    def copied(self) -> "ProjectState":
        """Give a copy whose collections can be changed alone."""
        copied = copy(self)
        for field in attrs.fields(ProjectState):
            value = getattr(self, field.name)
            if isinstance(value, dict | set | list):
                setattr(copied, field.name, value.copy())
        copied.outbox = self.outbox.copied()
        # No transaction reads the copy yet.
        copied.readers = 0
        return copied

    def change(self, project: Project) -> None:
        """Change the settings of the project."""
        # P14: windows may have moved, so every order is checked again for due work.
        if is_moved(self.project, project):
            self.next_due = dict.fromkeys(self.orders, AT_ONCE)
        self.project = project

    def save(self, contact: Contact) -> None:
        """Make or replace a contact."""
        self.contacts[contact.id] = contact
        self.texts[contact.id] = ContactText.of(contact)

    def forget_keys(self, before: datetime, limit: int) -> None:
        """Delete the oldest idempotency keys that were stored before an instant (K1)."""
        dated = [(one.at, one.key) for one in self.repeated.values() if one.at is not None and one.at < before]
        # The oldest first, so that a limit leaves the newest answers in place (K1).
        for _, key in sorted(dated)[:limit]:
            del self.repeated[key]

    def refuse(self, changes: Changes) -> None:
        """Refuse a change that was decided on an older state than this one.

        Raises:
            Conflict: as the conditions of `Transaction.commit` say.
        """
        for order in changes.orders:
            self._refuse_stale(order, changes.based_on.get(order.id, 0))
        # A change that only moves `next_due` must not overwrite the instant of a newer version either.
        for id in changes.next_due.keys() - {order.id for order in changes.orders}:
            looked_at, based_on = self.orders.get(id), changes.based_on.get(id, 0)
            if looked_at is None or looked_at.version != based_on:
                raise Conflict("order.conflict", what="order", id=id, expected=based_on)
        for offer in changes.offers:
            stored = self.offers.get(offer.code)
            found = stored.version if stored else 0
            if offer.version != found + 1:
                raise Conflict("offer.conflict", offer=offer.code, expected=offer.version - 1, found=found)
        for funnel in changes.funnels:
            known = self.funnels.get(funnel.id)
            found = known.version if known else 0
            if funnel.version != found + 1:
                raise Conflict("funnel.conflict", funnel=funnel.id, expected=funnel.version - 1, found=found)
        for repeated in changes.repeated:
            if repeated.key in self.repeated:
                # K1: the retried command finds the stored answer
                raise Conflict("order.conflict", idempotency_keys=[repeated.key])

    def _refuse_stale(self, order: Order, expected: int) -> None:
        stored = self.orders.get(order.id)
        found = stored.version if stored else 0
        if found != expected:
            raise Conflict("order.conflict", order=order.number, expected=expected, found=found)
        # O5: a number is taken only by the commit, so two commands may have chosen the same one.
        if self.ids_by_number.get(order.number, order.id) != order.id:
            raise Conflict("order.conflict", numbers=[order.number])

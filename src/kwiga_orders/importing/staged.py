"""Deciding several commands one after another and writing them in one commit.

Laws:

1. Each command is decided on the stored records plus the changes of the commands before it, as if those were written.
2. All staged changes add up to one change, which is written completely or not at all (K4).
3. Changes that are unstaged leave no trace.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeVar, cast

from kwiga_orders.changes import Changes, OutboxRow, Repeated
from kwiga_orders.funnel import Funnel
from kwiga_orders.listing import Card, CardPage, Lookup, OrderSearch, Page, StatusCount, TrackPage
from kwiga_orders.offers import Offer
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.ports import Records
from kwiga_orders.project import Contact, Project

__all__ = ["StagedRecords"]

T = TypeVar("T")


class StagedRecords:
    """The records of a project as they will be once the staged changes are written.

    Stored records are read once and remembered, so an instance must not outlive its transaction. Lists, counts,
    histories and letters show only stored data, because no decision reads them. Changes of funnels cannot be staged.
    """

    def __init__(self, stored: Records) -> None:
        self._stored = stored
        self._staged: list[Changes] = []
        self._project = stored.get_project()
        self._funnels = stored.all_funnels()
        self._known: dict[tuple[str, str], object] = {}
        self._orders: dict[str, Order] = {}
        self._kept: dict[str, Repeated] = {}
        self._numbers: dict[str, int] = {}
        self._highest = 0

    def stage(self, changes: Changes) -> None:
        """Stage changes: from now on reads include them."""
        assert not changes.funnels, "funnels are remembered as they are stored"
        self._staged.append(changes)
        self._see(changes)

    def unstage(self, count: int) -> None:
        """Remove the last staged changes, until `count` are left."""
        # Only refused lines are unstaged, which is rare, so the state is rebuilt from the changes that are left.
        if len(self._staged) > count:
            del self._staged[count:]
            self._known.clear()
            self._orders.clear()
            self._kept.clear()
            self._highest = 0
            for changes in self._staged:
                self._see(changes)

    @property
    def count(self) -> int:
        """The number of staged changes."""
        return len(self._staged)

    def changes(self) -> Changes:
        """Give all staged changes as one."""
        based_on: dict[str, int] = {}
        contacts: dict[str, Contact] = {}
        offers: dict[str, Offer] = {}
        next_due: dict[str, datetime | None] = {}
        history: list[Recorded] = []
        outbox: list[OutboxRow] = []
        repeated: list[Repeated] = []
        due_anew: dict[str, None] = {}
        for one in self._staged:
            contacts |= {contact.id: contact for contact in one.contacts}
            for id, version in one.based_on.items():
                # The first version is the stored one; later versions exist only among the staged changes.
                based_on.setdefault(id, version)
            history += one.history
            offers |= {offer.code: offer for offer in one.offers}
            outbox += one.outbox
            repeated += one.repeated
            next_due |= one.next_due
            due_anew |= dict.fromkeys(one.due_anew)
        return Changes(
            contacts=tuple(contacts.values()),
            orders=tuple(self._orders.values()),
            based_on=based_on,
            history=tuple(history),
            offers=tuple(offers.values()),
            outbox=tuple(outbox),
            repeated=tuple(repeated),
            next_due=next_due,
            due_anew=tuple(due_anew),
        )

    def find_staged(self, key: str) -> Repeated | None:
        """Give the answer that a staged change keeps under an idempotency key, whatever is stored under it (K1)."""
        return self._kept.get(key)

    def _see(self, changes: Changes) -> None:
        for order in changes.orders:
            self._orders[order.id] = order
            self._highest = max(self._highest, order.number)
        for contact in changes.contacts:
            self._known["contact", contact.id] = contact
        for offer in changes.offers:
            self._known["offer", offer.code] = offer
        for repeated in changes.repeated:
            self._kept[repeated.key] = repeated

    def _remembered(self, kind: str, id: str, look: Callable[[str], T]) -> T:
        key = (kind, id)
        if key not in self._known:
            self._known[key] = look(id)
        return cast(T, self._known[key])

    def _with_staged(self, stored: Iterable[Order], belongs: Callable[[Order], bool]) -> Sequence[Order]:
        # A staged order replaces the stored one; it may no longer belong to the list.
        merged = {order.id: order for order in stored} | {one.id: one for one in self._orders.values() if belongs(one)}
        return sorted(filter(belongs, (self._orders.get(id, one) for id, one in merged.items())), key=_number)

    def staged_contacts(self) -> list[Contact]:
        """Give the contacts that staged changes make or change."""
        return [contact for changes in self._staged for contact in changes.contacts]

    # Everything that a decision may read

    def get_project(self) -> Project:
        """Give the settings of the project."""
        return self._project

    def find_contact(self, id: str, /) -> Contact | None:
        """Give a contact, or None."""
        return self._remembered("contact", id, self._stored.find_contact)

    def find_order(self, id: str, /) -> Order | None:
        """Give an order, or None."""
        return self._orders.get(id) or self._stored.find_order(id)

    def orders_of(self, contact: str, /, *, product: str | None = None, offer: str | None = None) -> Sequence[Order]:
        """Give the orders of a contact by number; only those with a line for `product`, or made from `offer`."""

        def belongs(order: Order) -> bool:
            has = product is None or any(line.product == product for line in order.lines)
            return order.contact == contact and has and (offer is None or _is_from(order, offer))

        return self._with_staged(self._stored.orders_of(contact, product=product, offer=offer), belongs)

    def find_offer(self, code: str, /) -> Offer | None:
        """Give an offer with all its versions."""
        return self._remembered("offer", code, self._stored.find_offer)

    def orders_from(self, offer: str, /, *, after: int = 0, limit: int | None = None) -> Sequence[Order]:
        """Give the orders made from an offer, by number, beginning after `after`; at most `limit`, or all (O8)."""
        stored = self._stored.orders_from(offer, after=after, limit=limit)
        return self._with_staged(stored, lambda order: _is_from(order, offer) and order.number > after)[:limit]

    def find_funnel(self, id: str, /) -> Funnel | None:
        """Give a funnel, or None."""
        return next((funnel for funnel in self._funnels if funnel.id == id), None)

    def all_funnels(self) -> Sequence[Funnel]:
        """Give all funnels of the project, the default one first, the others by id."""
        return self._funnels

    def offers_naming(self, funnel: str, /) -> Sequence[str]:
        """Give the codes of the offers whose newest version names that funnel (F6)."""
        return self._stored.offers_naming(funnel)

    def orders_in(self, funnel: str, /, *, status: str | None = None) -> Sequence[Order]:
        """Give the orders in a funnel, or only those in one of its statuses, by number (F6)."""

        def belongs(order: Order) -> bool:
            return order.funnel == funnel and status in (None, order.status)

        return self._with_staged(self._stored.orders_in(funnel, status=status), belongs)

    def next_number(self, of: Literal["order", "certificate"], /) -> int:
        """Give the next free number (O5, C3)."""
        if of not in self._numbers:
            self._numbers[of] = self._stored.next_number(of)
        if of == "order":
            # Staged numbers are taken, although the store does not have them yet.
            return max(self._numbers[of], 1 + self._highest)
        given = (one.number for order in self._orders.values() for one in order.certificates)
        return max(self._numbers[of], 1 + max(given, default=0))

    def find_repeated(self, key: str, /) -> Repeated | None:
        """Give the answer stored under an idempotency key (K1)."""
        return self._kept.get(key) or self._remembered("repeated", key, self._stored.find_repeated)

    def history_of(self, order: str, /) -> Sequence[Recorded]:
        """Give the stored history of an order."""
        return self._stored.history_of(order)

    def letters_sent(self, contact: str | None, /, *, order: str | None = None) -> Sequence[OutboxRow]:
        """Give the letters that were sent."""
        return self._stored.letters_sent(contact, order=order)

    def due_orders(self, until: datetime, /, *, limit: int) -> Sequence[str]:
        """Give the ids of stored orders for which something falls due by that instant."""
        return self._stored.due_orders(until, limit=limit)

    def unsettled_orders(self, gateway: str, /, *, after: str, limit: int) -> Sequence[str]:
        """Give the ids of stored orders with a payment whose outcome only the gateway knows."""
        return self._stored.unsettled_orders(gateway, after=after, limit=limit)

    def search(self, search: OrderSearch, /) -> Page:
        """Give a page of stored orders; a search by number also finds staged orders."""
        # Only restoring an order searches here, and it searches for one number.
        staged = [order for order in self._orders.values() if order.number in search.number]
        return Page(orders=tuple(staged[: search.limit])) if staged else self._stored.search(search)

    def cards(self, search: OrderSearch, /) -> CardPage:
        """Give a page of cards of stored orders."""
        return self._stored.cards(search)

    def cards_by_status(self, search: OrderSearch, /) -> Mapping[str, Sequence[Card]]:
        """Give the newest cards of stored orders, by status."""
        return self._stored.cards_by_status(search)

    def count_by_status(self, search: OrderSearch, /) -> Sequence[StatusCount]:
        """Count stored orders."""
        return self._stored.count_by_status(search)

    def look_up(self, lookup: Lookup[T], /) -> T:
        """Answer a lookup from stored data."""
        return self._stored.look_up(lookup)

    def tracks(self, search: OrderSearch, /) -> TrackPage:
        """Give the status histories of stored orders."""
        return self._stored.tracks(search)


def _number(order: Order) -> int:
    return order.number


def _is_from(order: Order, offer: str) -> bool:
    return order.origin is not None and order.origin.offer == offer


if TYPE_CHECKING:

    def _fits(staged: StagedRecords) -> Records:
        return staged

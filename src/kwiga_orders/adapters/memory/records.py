"""Reading one project in the store in memory."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Literal, TypeVar

import attrs

from kwiga_orders.adapters.filtering import matches, worth_of
from kwiga_orders.adapters.memory.lookups import look_up
from kwiga_orders.adapters.memory.state import ProjectState
from kwiga_orders.adapters.searching import ContactText, cursor_of, position_after, position_of, sought
from kwiga_orders.changes import OutboxRow, Repeated
from kwiga_orders.funnel import Funnel
from kwiga_orders.listing import Card, CardPage, Lookup, OrderSearch, Page, StatusCount, TrackPage
from kwiga_orders.offers import Offer
from kwiga_orders.orders.events import OrderMoved, Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.status_history import Track
from kwiga_orders.ports import Records
from kwiga_orders.project import Contact, Project
from kwiga_orders.views.cards import card_of

__all__ = ["MemoryRecords"]

T = TypeVar("T")


class MemoryRecords:
    """`Records` over one state of a project."""

    def __init__(self, state: ProjectState) -> None:
        self.state = state

    def get_project(self) -> Project:
        """Give the project itself."""
        return self.state.project

    def find_contact(self, id: str, /) -> Contact | None:
        """Give a contact."""
        return self.state.contacts.get(id)

    def find_order(self, id: str, /) -> Order | None:
        """Give an order."""
        return self.state.orders.get(id)

    def orders_of(self, contact: str, /, *, product: str | None = None, offer: str | None = None) -> Sequence[Order]:
        """Give the orders of a contact by number; only those with a line for `product`, or made from `offer`."""
        orders = (self.state.orders[id] for id in self.state.ids_of_contact.get(contact, ()))
        return _by_number(
            order
            for order in orders
            if (product is None or any(line.product == product for line in order.lines)) and _is_from(order, offer)
        )

    def find_offer(self, code: str, /) -> Offer | None:
        """Give an offer with all its versions."""
        return self.state.offers.get(code)

    def orders_from(self, offer: str, /, *, after: int = 0, limit: int | None = None) -> Sequence[Order]:
        """Give the orders made from an offer, by number, from after a number on; `limit` of them, or all (O8)."""
        orders = self.state.orders.values()
        return _by_number(one for one in orders if _is_from(one, offer) and one.number > after)[:limit]

    def find_funnel(self, id: str, /) -> Funnel | None:
        """Give a funnel."""
        return self.state.funnels.get(id)

    def all_funnels(self) -> Sequence[Funnel]:
        """Give all funnels of the project, the default one first, the others by id."""
        return sorted(self.state.funnels.values(), key=lambda funnel: (not funnel.default, funnel.id))

    def offers_naming(self, funnel: str, /) -> Sequence[str]:
        """Give the codes of the offers whose newest version names that funnel (F6)."""
        return sorted(offer.code for offer in self.state.offers.values() if offer.current.funnel == funnel)

    def orders_in(self, funnel: str, /, *, status: str | None = None) -> Sequence[Order]:
        """Give the orders that stand in a funnel, or in one status of it, by number (F6)."""
        orders = (order for order in self.state.orders.values() if order.funnel == funnel)
        return _by_number(order for order in orders if status is None or order.status == status)

    def next_number(self, of: Literal["order", "certificate"], /) -> int:
        """Give the next free number (O5, C3). It is taken when the change that uses it is committed."""
        return 1 + (self.state.last_order if of == "order" else self.state.last_certificate)

    def find_repeated(self, key: str, /) -> Repeated | None:
        """Give the answer stored under an idempotency key (K1)."""
        return self.state.repeated.get(key)

    def history_of(self, order: str, /) -> Sequence[Recorded]:
        """Give the history of an order from the start (O10)."""
        return self.state.history.get(order, ())

    def letters_sent(self, contact: str | None, /, *, order: str | None = None) -> Sequence[OutboxRow]:
        """Give the letters that were sent, in order; only those to `contact` or about `order`, if given (N1)."""
        letters = (row for row in self.state.outbox.sent() if row.kind == "letter")
        return tuple(row for row in letters if contact in (None, row.contact) and order in (None, row.order))

    def due_orders(self, until: datetime, /, *, limit: int) -> Sequence[str]:
        """Give the ids of orders with something due by that instant, the longest due first."""
        return sorted(
            (id for id, at in self.state.next_due.items() if at <= until), key=lambda id: (self.state.next_due[id], id)
        )[:limit]

    def unsettled_orders(self, gateway: str, /, *, after: str, limit: int) -> Sequence[str]:
        """Give sorted ids, after `after`, of orders with a payment whose outcome only the gateway knows (P4)."""
        return sorted(id for id, names in self.state.unsettled.items() if gateway in names and id > after)[:limit]

    def search(self, search: OrderSearch, /) -> Page:
        """Give a page of orders (V1, V3)."""
        start = position_after(search)
        ranked = [
            (position_of(order, search.sort).rank(descending=search.descending), order) for order in self._found(search)
        ]
        if start is not None:
            least = start.rank(descending=search.descending)
            ranked = [one for one in ranked if one[0] > least]
        # Filtered first, then sorted and cut: the store in memory has no index.
        ranked.sort(key=lambda one: one[0])
        orders = tuple(order for _, order in ranked[: search.limit])
        if len(ranked) <= search.limit:
            return Page(orders=orders)
        return Page(orders=orders, next=cursor_of(position_of(orders[-1], search.sort), search))

    def cards(self, search: OrderSearch, /) -> CardPage:
        """Give the page that `search` gives, as cards (V2)."""
        page = self.search(search)
        return CardPage(cards=tuple(card_of(order) for order in page.orders), next=page.next)

    def cards_by_status(self, search: OrderSearch, /) -> Mapping[str, Sequence[Card]]:
        """Give the newest cards of each status that `search` names, at most `limit` for a status (V2)."""
        newest = OrderSearch(limit=search.limit)
        # A board shows the newest cards, however its list is sorted.
        found = attrs.evolve(search, sort=newest.sort, descending=newest.descending, after=newest.after)
        return {one: self.cards(attrs.evolve(found, status=(one,))).cards for one in search.status}

    def count_by_status(self, search: OrderSearch, /) -> Sequence[StatusCount]:
        """Count the orders that match, by status, without loading them (V2); statuses without orders are left out."""
        found = sorted(self._found(search), key=lambda order: order.status)
        return [_counted(status, list(orders)) for status, orders in groupby(found, key=lambda order: order.status)]

    def look_up(self, lookup: Lookup[T], /) -> T:
        """Answer one of the lookups of `listing` (V8)."""
        return look_up(self.state, lookup)

    def tracks(self, search: OrderSearch, /) -> TrackPage:
        """Give the status history of a page of orders, always sorted by number (F8)."""
        page = self.search(attrs.evolve(search, sort="number"))
        return TrackPage(tracks=tuple(map(self._track, page.orders)), next=page.next)

    def _track(self, order: Order) -> Track:
        return Track(
            order=order.id,
            number=order.number,
            created_at=order.created_at,
            funnel=order.funnel,
            status=order.status,
            moves=tuple(one for one in self.state.history[order.id] if isinstance(one.event, OrderMoved)),
        )

    def _found(self, search: OrderSearch) -> Iterator[Order]:
        text = sought(search.text)
        nobody = ContactText()
        for order in self.state.orders.values():
            if text is not None and not text.is_in_order(order.number, self.state.texts.get(order.contact, nobody)):
                continue
            if matches(order, search):
                yield order


def _counted(status: str, orders: Sequence[Order]) -> StatusCount:
    sums, paid, owed = Counter[str](), Counter[str](), Counter[str]()
    for order in orders:
        worth = worth_of(order)
        sums[order.currency] += worth.total.minor
        paid[order.currency] += worth.paid.minor
        owed[order.currency] += worth.owed.minor
    return StatusCount(status=status, count=len(orders), sums=dict(sums), paid=dict(paid), owed=dict(owed))


def _by_number(orders: Iterable[Order]) -> Sequence[Order]:
    return sorted(orders, key=lambda order: order.number)


def _is_from(order: Order, offer: str | None) -> bool:
    return offer is None or (order.origin is not None and order.origin.offer == offer)


if TYPE_CHECKING:

    def _fits(transaction: MemoryRecords) -> Records:
        return transaction

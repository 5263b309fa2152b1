"""What the store in memory holds of one project: looking at it, refusing a stale change, making a change.

Laws:

1. A change is refused before anything is written; what is not refused is written whole (K4).
2. Values are frozen and shared; only the collections are copied, and only while they are being read.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Literal, TypeVar

import attrs

from kwiga_orders.adapters.filtering import matches, worth_of
from kwiga_orders.adapters.memory_lookups import look_up
from kwiga_orders.adapters.memory_outbox import MemoryOutbox
from kwiga_orders.adapters.searching import ContactText, cursor_of, position_after, position_of, sought
from kwiga_orders.catalogue import CatalogueRow
from kwiga_orders.changes import Changes, OutboxRow, Repeated
from kwiga_orders.due import is_moved
from kwiga_orders.errors import Conflict
from kwiga_orders.funnel import Funnel
from kwiga_orders.listing import Card, CardPage, Lookup, OrderSearch, Page, StatusCount, TrackPage
from kwiga_orders.offers import Offer, OfferVersion
from kwiga_orders.orders.events import OrderMoved, Recorded
from kwiga_orders.orders.rows import references_of
from kwiga_orders.orders.state import Order, unpaid_for, waiting_for
from kwiga_orders.orders.status_history import Track
from kwiga_orders.ports import Records
from kwiga_orders.project import Contact, Project
from kwiga_orders.unsettled import unsettled_at
from kwiga_orders.views.cards import card_of

__all__ = ["MemoryTransaction", "ProjectState", "written"]

T = TypeVar("T")

_AT_ONCE = datetime.min.replace(tzinfo=UTC)


@attrs.define(kw_only=True)
class ProjectState:
    """Everything of one project. `revision` counts the changes, `readers` those who look at it now."""

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
        """Give a state of its own with the same content."""
        copied = copy(self)
        for field in attrs.fields(ProjectState):
            value = getattr(self, field.name)
            if isinstance(value, dict | set | list):
                setattr(copied, field.name, value.copy())
        copied.outbox = self.outbox.copied()
        # Nobody reads the copy yet.
        copied.readers = 0
        return copied

    def change(self, project: Project) -> None:
        """Change the settings of the project."""
        # Windows may have moved, so every order is looked at anew (P14).
        if is_moved(self.project, project):
            self.next_due = dict.fromkeys(self.orders, _AT_ONCE)
        self.project = project

    def save(self, contact: Contact) -> None:
        """Make or replace a contact."""
        self.contacts[contact.id] = contact
        self.texts[contact.id] = ContactText.of(contact)

    def forget_keys(self, before: datetime, limit: int) -> None:
        """Forget the oldest idempotency keys that are kept since before an instant (K1)."""
        dated = [(one.at, one.key) for one in self.repeated.values() if one.at is not None and one.at < before]
        # The oldest first, so that a limit leaves the newest answers in place (K1).
        for _, key in sorted(dated)[:limit]:
            del self.repeated[key]

    def refuse(self, changes: Changes) -> None:
        """Refuse a change that was decided on another state than this one.

        Raises:
            Conflict: as the conditions of `Transaction.commit` say.
        """
        for order in changes.orders:
            self._refuse_stale(order, changes.based_on.get(order.id, 0))
        # What only moves `next_due` was decided on a state as well, and must not overwrite a newer instant.
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
                # K1: on the retry the command finds the answer that is stored there
                raise Conflict("order.conflict", idempotency_keys=[repeated.key])

    def _refuse_stale(self, order: Order, expected: int) -> None:
        stored = self.orders.get(order.id)
        found = stored.version if stored else 0
        if found != expected:
            raise Conflict("order.conflict", order=order.number, expected=expected, found=found)
        # O5: numbers are taken when the change is committed, so two new orders may have taken the same one.
        if self.ids_by_number.get(order.number, order.id) != order.id:
            raise Conflict("order.conflict", numbers=[order.number])


def written(state: ProjectState, changes: Changes) -> None:
    """Write all of `changes`, which were not refused, into `state`."""
    state.revision += 1
    for contact in changes.contacts:
        state.save(contact)
    for order in changes.orders:
        _write_order(state, order)
    # V9: a history that was rewritten replaces what is stored, row by row.
    for order, rows in groupby(changes.rewritten, key=lambda row: row.order):
        state.history[order] = tuple(rows)
    for recorded in changes.history:
        before = state.history.get(recorded.order, ())
        state.history[recorded.order] = (*before, recorded)
        # The log has places, not rows: an erased history must not survive in it.
        state.log.append((recorded.order, len(before)))
    for offer in changes.offers:
        state.offers[offer.code] = offer
        state.offer_versions[offer.code] = (*state.offer_versions.get(offer.code, ()), offer.current)
    for change in changes.catalogue:
        subject = (change.kind, change.id)
        state.catalogue[subject] = (*state.catalogue.get(subject, ()), change)
    state.funnels.update({funnel.id: funnel for funnel in changes.funnels})
    for funnel in changes.removed_funnels:
        state.funnels.pop(funnel, None)
    _write_due(state, changes)
    for row in changes.outbox:
        # After the new rows: what the erasing command itself wrote must be clean, too.
        state.outbox.add(row)
    if erased := {contact.id for contact in changes.contacts if contact.erased}:
        state.outbox.erase(erased)
    state.outbox.retry(changes.retried)
    state.outbox.drop(changes.dropped)
    state.repeated.update({repeated.key: repeated for repeated in changes.repeated})


def _write_order(state: ProjectState, order: Order) -> None:
    before = state.orders.get(order.id)
    if before is not None and before.contact != order.contact:
        # V9: the order leaves the list of its old contact before it enters the new one.
        _move(state, before, order.contact)
    if before is None:
        ids = state.ids_of_contact.get(order.contact, ())
        state.ids_of_contact[order.contact] = (*ids, order.id)
        # A new order is looked at at once, because only the due work knows when something falls due.
        state.next_due[order.id] = _AT_ONCE
    _note_twin(state, order, state.waiting, waiting_for)
    _note_twin(state, order, state.unpaid, unpaid_for)
    _note_references(state, order)
    state.orders[order.id] = order
    state.ids_by_number[order.number] = order.id
    state.last_order = max(state.last_order, order.number)
    certificates = (one.number for one in order.certificates)
    # Numbers never fall: a number that was given once is not given again (O5, C3).
    state.last_certificate = max(state.last_certificate, *certificates, 0)
    state.unsettled.pop(order.id, None)
    if gateways := unsettled_at(order):
        state.unsettled[order.id] = gateways


def _note_twin(
    state: ProjectState,
    order: Order,
    twins: dict[tuple[str, str], tuple[str, ...]],
    offer_of: Callable[[Order], str | None],
) -> None:
    before = state.orders.get(order.id)
    was, now = (None if one is None else (one.contact, offer_of(one)) for one in (before, order))
    # The usual command changes nothing about twins.
    if was == now:
        return
    for of, waits in ((was, False), (now, True)):
        if of is not None and of[1] is not None:
            others = (id for id in twins.get((of[0], of[1]), ()) if id != order.id)
            twins[of[0], of[1]] = (*others, *([order.id] if waits else []))


def _move(state: ProjectState, order: Order, contact: str) -> None:
    """Let an order belong to another contact (V9)."""
    ids = state.ids_of_contact
    ids[order.contact] = tuple(id for id in ids[order.contact] if id != order.id)
    ids[contact] = (*ids.get(contact, ()), order.id)


def _note_references(state: ProjectState, order: Order) -> None:
    before = state.orders.get(order.id)
    was, now = (frozenset() if one is None else references_of(one) for one in (before, order))
    # Only references that came or went; the others stay as they are.
    for reference in was ^ now:
        # each is of one order, unless an anomaly was accepted
        state.paid_under[reference] = state.paid_under.get(reference, frozenset()) ^ {order.id}


def _write_due(state: ProjectState, changes: Changes) -> None:
    for id, at in changes.next_due.items():
        # None: nothing falls due by itself any more, so the order is in no queue.
        state.next_due.pop(id, None)
        if at is not None:
            state.next_due[id] = at
    for order in state.orders.values() if changes.due_anew else ():
        if order.origin is not None and order.origin.offer in changes.due_anew:
            state.next_due[order.id] = _AT_ONCE


class MemoryTransaction:
    """A look at one state of a project; all of `Records`."""

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
        """Give the letters that were handed to the notifier, in order: all, those to a contact, about an order (N1)."""
        letters = (row for row in self.state.outbox.sent() if row.kind == "letter")
        return tuple(row for row in letters if contact in (None, row.contact) and order in (None, row.order))

    def due_orders(self, until: datetime, /, *, limit: int) -> Sequence[str]:
        """Give the ids of orders with something due by that instant, the longest due first."""
        return sorted(
            (id for id, at in self.state.next_due.items() if at <= until), key=lambda id: (self.state.next_due[id], id)
        )[:limit]

    def unsettled_orders(self, gateway: str, /, *, after: str, limit: int) -> Sequence[str]:
        """Give the ids, in their order, of the orders after `after` that a gateway knows more of (P4)."""
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
        # Sorted and cut only after the filters: a store in memory has no index to go by.
        ranked.sort(key=lambda one: one[0])
        orders = tuple(order for _, order in ranked[: search.limit])
        if len(ranked) <= search.limit:
            return Page(orders=orders)
        return Page(orders=orders, next=cursor_of(position_of(orders[-1], search.sort), search))

    def cards(self, search: OrderSearch, /) -> CardPage:
        """Give the same page as `search` does, of each order its card (V2)."""
        page = self.search(search)
        return CardPage(cards=tuple(card_of(order) for order in page.orders), next=page.next)

    def cards_by_status(self, search: OrderSearch, /) -> Mapping[str, Sequence[Card]]:
        """Give of each status that `search` names the newest cards, `limit` of each (V2)."""
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
        """Give where a page of orders stood, by number whatever it says of sorting (F8)."""
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

    def _fits(transaction: MemoryTransaction) -> Records:
        return transaction

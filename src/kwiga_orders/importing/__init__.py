"""Importing contacts, offers and orders that were made in another system, with what was already paid.

    for outcome in Importer(orders=orders).carried_out(entries):
        print(outcome.line, outcome.state)

Laws:

1. An order is imported by the commands that would make it by hand (O4), each decided at the instant it happened (T6).
   So every rule holds, and the history shows the true past.
2. One transaction writes many lines, each of them completely or not at all. A refused line leaves no trace (K4).
3. Each line has its own idempotency key: importing a file again continues where it stopped, nothing is made twice (K1).
4. After a batch of only new lines the next batch skips the key lookups. If a key does exist, the commit conflicts (K1)
   and the batch is decided again with the lookups.
5. The old system already sent the letters and events of imported orders, so none are sent unless asked for.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Literal

import attrs

from kwiga_orders.asking import Sources, run
from kwiga_orders.changes import Changes, Repeated
from kwiga_orders.course import Course
from kwiga_orders.decisions import Decision, decide
from kwiga_orders.errors import Conflict, KwigaOrdersError, Refused
from kwiga_orders.importing.imported import (
    ImportedOrder,
    ImportedPayment,
    ImportedPerson,
    ImportedRefund,
    refuse_future,
)
from kwiga_orders.importing.matching import MatchBy, matching_contact
from kwiga_orders.importing.replay import replayed
from kwiga_orders.importing.restoring import RestoredOrder, restored
from kwiga_orders.importing.staged import StagedRecords
from kwiga_orders.offers import CreateOffer
from kwiga_orders.periods import utc
from kwiga_orders.ports import Courses, Transaction
from kwiga_orders.project import Contact
from kwiga_orders.service import Orders
from kwiga_orders.values import changed, maker

__all__ = [
    "Entry",
    "ImportedOrder",
    "ImportedPayment",
    "ImportedPerson",
    "ImportedRefund",
    "Importer",
    "LineOutcome",
    "MatchBy",
    "RestoredOrder",
]

_kept = maker(Repeated)


@attrs.frozen(kw_only=True)
class Entry:
    """What one line of a file describes. Its `fingerprint` shows whether it changed since the last import (K1)."""

    line: int
    what: Contact | CreateOffer | Course | ImportedOrder | RestoredOrder
    fingerprint: str


@attrs.frozen(kw_only=True)
class LineOutcome:
    """The result of a line: `imported`, `known` from an earlier import, or `refused` by a rule, with the `error`."""

    line: int
    state: Literal["imported", "known", "refused"]
    error: KwigaOrdersError | None = None


@attrs.define
class _Outlines:
    """Course outlines from the file; where the file has none, from the host."""

    _host: Courses
    _found: dict[str, Course] = attrs.field(factory=dict)

    def put(self, course: Course) -> None:
        self._found[course.product] = course

    def find_course(self, project: str, product: str, /) -> Course | None:
        if product not in self._found:
            course = self._host.find_course(project, product)
            if course is None:
                return None
            self._found[product] = course
        return self._found[product]


@attrs.frozen(kw_only=True)
class Importer:
    """Imports lines, `batch` of them in one transaction. With `notifies` letters and events are sent for them.

    If the contact of an order is unknown, `match` finds a contact with the same e-mail or phone.
    """

    orders: Orders
    # A batch is one transaction: a larger one is faster, and locks the project for longer.
    batch: int = 500
    notifies: bool = False
    match: tuple[MatchBy, ...] = ()

    def carried_out(self, entries: Iterable[Entry]) -> Iterator[LineOutcome]:
        """Import entries; yield the result of each, in order, once it is written.

        Raises:
            Conflict: if other writers kept changing the same data until no retry was left.
            AdapterFailed: if the store could not be reached. Importing the file again continues where it stopped.
        """
        outlines = _Outlines(self.orders.courses)
        waiting = iter(entries)
        are_new = False
        while batch := list(islice(waiting, self.batch)):
            outcomes = self._written(batch, outlines, are_new=are_new)
            # Law 4: the next batch skips the lookups only if every line of this one was new.
            are_new = all(one.state == "imported" for one in outcomes)
            yield from outcomes

    def _written(self, batch: Sequence[Entry], outlines: _Outlines, *, are_new: bool) -> list[LineOutcome]:
        # Without lookups there is one extra attempt, because its conflict only shows that some line was known.
        for attempt in range(-1 if are_new else 0, self.orders.retries + 1):
            try:
                with self.orders.store.transaction(self.orders.project, writes=True) as transaction:
                    lines = self._lines(transaction, outlines, looks_up=attempt >= 0)
                    outcomes = [lines.outcome(entry) for entry in batch]
                    # Without lookups a refusal may come from a line that was imported before, so the batch is decided
                    # again with them.
                    if lines.looks_up or not any(one.state == "refused" for one in outcomes):
                        if lines.staged.count:
                            transaction.commit(lines.staged.changes())
                        return outcomes
            except Conflict:
                # K2: the batch is decided again on the new state
                if attempt == self.orders.retries:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _lines(self, transaction: Transaction, outlines: _Outlines, *, looks_up: bool) -> "_Lines":
        staged = StagedRecords(transaction)
        orders = self.orders
        sources = Sources(
            project=orders.project,
            records=staged,
            courses=outlines,
            progress=orders.progress,
            gateways={name: gateway.capabilities for name, gateway in orders.gateways.items()},
        )
        return _Lines(
            orders=orders,
            staged=staged,
            sources=sources,
            outlines=outlines,
            now=utc(orders.clock.now()),
            notifies=self.notifies,
            match=self.match,
            looks_up=looks_up,
        )


@attrs.frozen(kw_only=True)
class _Lines:
    """Decides the lines of one batch, one after another. Without `looks_up` every line is assumed to be new."""

    orders: Orders
    staged: StagedRecords
    sources: Sources
    outlines: _Outlines
    now: datetime
    notifies: bool
    match: tuple[MatchBy, ...]
    looks_up: bool

    def outcome(self, entry: Entry) -> LineOutcome:
        """Import a line, or leave no trace of it."""
        # The count before the line, so that everything staged for a refused line can be removed.
        before = self.staged.count
        try:
            is_new = self._is_new(entry)
        except (Refused, Conflict) as problem:
            self.staged.unstage(before)
            return LineOutcome(line=entry.line, state="refused", error=problem)
        return LineOutcome(line=entry.line, state="imported" if is_new else "known")

    def _is_new(self, entry: Entry) -> bool:
        match entry.what:
            case Course() as course:
                self.outlines.put(course)
                return True
            case Contact() as contact:
                if self.staged.find_contact(contact.id) == contact:
                    return False
                self.staged.stage(Changes(contacts=(contact,)))
                return True
            case CreateOffer() as offer:
                return self._once(f"import:offer:{offer.code}", entry, partial(self._offer, offer))
            case ImportedOrder() as order:
                return self._once(f"import:order:{order.key}", entry, partial(self._order, order))
            case RestoredOrder() as order:
                return self._once(f"import:order:{order.key}", entry, partial(self._restored, order))

    def _once(self, key: str, entry: Entry, decided: Callable[[], Decision]) -> bool:
        """Execute a command unless an earlier import did. A line that has changed since then is a conflict (K1)."""
        # Without lookups, the commit detects a key that is already stored (K1).
        repeated = self.staged.find_repeated(key) if self.looks_up else self.staged.find_staged(key)
        if repeated is None:
            decision = decided()
            kept = _kept(key=key, fingerprint=entry.fingerprint, receipt=decision.receipt)
            self.staged.stage(changed(decision.changes, repeated=(kept,)))
        elif repeated.fingerprint != entry.fingerprint:
            raise Conflict("idempotency.conflict", key=key)
        return repeated is None

    def _offer(self, offer: CreateOffer) -> Decision:
        return run(decide(offer, now=self.now, fresh_id="", notifies=self.notifies), self.sources)

    def _order(self, order: ImportedOrder) -> Decision:
        refuse_future(order, self.now)
        order = changed(order, contact=self._contact_of(order))
        return run(replayed(order, now=self.now, fresh_id=self.orders.ids.new(), notifies=self.notifies), self.sources)

    def _restored(self, order: RestoredOrder) -> Decision:
        order = changed(order, contact=self._contact_of(order))
        return run(restored(order, project=self.staged.get_project(), now=self.now), self.sources)

    def _contact_of(self, order: ImportedOrder | RestoredOrder) -> str:
        """Give the contact id of an order: the contact with its id, else one that matches, else a new contact."""
        person = order.person
        if person is None or self.staged.find_contact(order.contact) is not None:
            return order.contact
        known = matching_contact(person, by=self.match, staged=self.staged)
        if known is not None:
            return known
        contact = Contact(
            # The id from the file, so that the next import finds the same person.
            id=order.contact,
            name=person.name,
            email=person.email,
            phone=person.phone,
            locale=person.locale,
        )
        self.staged.stage(Changes(contacts=(contact,)))
        return contact.id

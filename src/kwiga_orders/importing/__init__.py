"""Bringing in contacts, offers and orders that were made elsewhere, with what was already paid.

    for outcome in Importer(orders=orders).carried_out(entries):
        print(outcome.line, outcome.state)

Laws:

1. An order is brought in by the commands that make it by hand (O4), each decided at the instant it happened (T6): so
   every rule holds, and the history tells the true past.
2. Many lines are written at once, each wholly or not at all; a line that a rule refuses leaves no trace (K4).
3. Each line has a key of its own: a file that is imported again goes on where it ended, and makes nothing twice (K1).
4. After a batch of only new lines the next one skips the key lookups; if a key does exist, the commit conflicts (K1)
   and the batch is decided again with them.
5. Letters and events of an import were sent by the old system: none go out, unless asked for.
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
    """A line of a file, and what it says; its `fingerprint` shows whether the line was changed since (K1)."""

    line: int
    what: Contact | CreateOffer | Course | ImportedOrder | RestoredOrder
    fingerprint: str


@attrs.frozen(kw_only=True)
class LineOutcome:
    """What became of a line: `imported`, `known` from an earlier import, or `refused` by a rule, and then why."""

    line: int
    state: Literal["imported", "known", "refused"]
    error: KwigaOrdersError | None = None


@attrs.define
class _Outlines:
    """The outlines of the file, and the host's where the file has none."""

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
    """Brings lines in, `batch` of them in one transaction; `notifies` lets letters and events go out for them.

    By `match` an order whose contact is not known goes to the contact that has the same e-mail or phone.
    """

    orders: Orders
    # A batch is one transaction: larger ones save time, and hold the project longer.
    batch: int = 500
    notifies: bool = False
    match: tuple[MatchBy, ...] = ()

    def carried_out(self, entries: Iterable[Entry]) -> Iterator[LineOutcome]:
        """Import entries, and give what became of each, in order, once it is written.

        Raises:
            Conflict: if others changed the same all the time.
            AdapterFailed: if the store could not be reached; a file that is imported again goes on.
        """
        outlines = _Outlines(self.orders.courses)
        waiting = iter(entries)
        are_new = False
        while batch := list(islice(waiting, self.batch)):
            outcomes = self._written(batch, outlines, are_new=are_new)
            # Only a batch without anything known or refused lets the next one skip the lookups (law 4).
            are_new = all(one.state == "imported" for one in outcomes)
            yield from outcomes

    def _written(self, batch: Sequence[Entry], outlines: _Outlines, *, are_new: bool) -> list[LineOutcome]:
        # One attempt more without lookups: its conflict only shows that something was known.
        for attempt in range(-1 if are_new else 0, self.orders.retries + 1):
            try:
                with self.orders.store.transaction(self.orders.project, writes=True) as transaction:
                    lines = self._lines(transaction, outlines, looks_up=attempt >= 0)
                    outcomes = [lines.outcome(entry) for entry in batch]
                    # what is there already may be refused by now
                    if lines.looks_up or not any(one.state == "refused" for one in outcomes):
                        if lines.staged.count:
                            transaction.commit(lines.staged.changes())
                        return outcomes
            except Conflict:
                # K2: decided again on the fresh state
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
    """Decides the lines of one batch, one after another; without `looks_up` it takes all for new."""

    orders: Orders
    staged: StagedRecords
    sources: Sources
    outlines: _Outlines
    now: datetime
    notifies: bool
    match: tuple[MatchBy, ...]
    looks_up: bool

    def outcome(self, entry: Entry) -> LineOutcome:
        """Take in what a line says, or leave no trace of it."""
        # Counted before, so that a refused line can be taken back whole.
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
        """Execute what no earlier import has executed; a line that changed since then is reported (K1)."""
        # Without lookups the commit itself finds a key that is stored (K1).
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
        """Give the contact of an order: by its id, else a known contact that matches, else a new one."""
        person = order.person
        if person is None or self.staged.find_contact(order.contact) is not None:
            return order.contact
        known = matching_contact(person, by=self.match, staged=self.staged)
        if known is not None:
            return known
        contact = Contact(
            # The id that the file gives: imported again, the person is found by it.
            id=order.contact,
            name=person.name,
            email=person.email,
            phone=person.phone,
            locale=person.locale,
        )
        self.staged.stage(Changes(contacts=(contact,)))
        return contact.id

"""Bringing in contacts, offers and orders that were made elsewhere, with what was already paid.

    for outcome in Importer(orders=orders).carried_out(entries):
        print(outcome.line, outcome.state)

Laws:

1. An order is brought in by the commands that make it by hand (O4), each decided at the instant it happened (T6): so
   every rule holds, and the history tells the true past.
2. Many lines are written at once, each wholly or not at all; a line that a rule refuses leaves no trace (K4).
3. Each line has a key of its own: a file that is imported again goes on where it ended, and makes nothing twice (K1).
4. After lines that are all new the next are taken for new, too: who looks for each asks a thousand times for nothing.
   If one is not, the store says so (K1), and they are decided anew.
5. What happened elsewhere was told elsewhere: no letters and no events go out, unless asked for.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Literal

import attrs

from kwiga_orders.asking import Sources, run
from kwiga_orders.changes import Changes, Repeated
from kwiga_orders.course import Course
from kwiga_orders.decisions import Decision, Moment, decide
from kwiga_orders.errors import Conflict, KwigaOrdersError, Refused
from kwiga_orders.importing.replay import Replay, retelling
from kwiga_orders.importing.staged import StagedRecords
from kwiga_orders.offers import CreateOffer, Discount
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.state import OrderType
from kwiga_orders.payments import Activation, Method, Outcome, PaymentKind
from kwiga_orders.periods import utc
from kwiga_orders.ports import Courses, Transaction
from kwiga_orders.project import Actor, Contact, Locale
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
]

_ordering, _kept = maker(asked.CreateOrder), maker(Repeated)
_ACTOR = Actor(kind="host", id="import")


@attrs.frozen(kw_only=True)
class ImportedRefund:
    """Money that was given back, a fact under the reference of whoever gave it back (P9)."""

    reference: str
    amount: Decimal
    occurred_at: datetime | None = None
    chargeback: bool = False


@attrs.frozen(kw_only=True)
class ImportedPayment:
    """What is owed, or was paid at `paid_at` (P1)."""

    amount: Decimal
    kind: PaymentKind = "regular"
    due_at: datetime | None = None
    paid_at: datetime | None = None
    method: Method = "cashless"
    gateway: str | None = None
    closes_access: bool = False
    comment: str | None = None
    refunds: tuple[ImportedRefund, ...] = ()


@attrs.frozen(kw_only=True)
class ImportedPerson:
    """Who ordered; made a contact if there is none under that id yet."""

    name: str = ""
    email: str = ""
    phone: str = ""
    locale: Locale | None = None


@attrs.frozen(kw_only=True)
class ImportedOrder:
    """An order that was made elsewhere, under the `key` it has there; `created_at` is now if it is not named."""

    key: str
    contact: str
    person: ImportedPerson | None = None
    created_at: datetime | None = None
    lines: tuple[asked.LineAsked, ...]
    currency: str | None = None
    funnel: str | None = None
    status: str | None = None
    type: OrderType = "regular"
    discount: Discount | None = None
    manager: str | None = None
    responsibles: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    comment: str | None = None
    opens_on: Activation = "first_payment"
    payments: tuple[ImportedPayment, ...] = ()
    cancelled_at: datetime | None = None


@attrs.frozen(kw_only=True)
class Entry:
    """A line of a file, and what it says; `fingerprint` tells one that was changed from one that was not (K1)."""

    line: int
    what: Contact | CreateOffer | Course | ImportedOrder
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
    """Brings lines in, `batch` of them in one transaction; `tells` lets letters and events go out for them."""

    orders: Orders
    batch: int = 500
    tells: bool = False

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
            are_new = all(one.state == "imported" for one in outcomes)
            yield from outcomes

    def _written(self, batch: Sequence[Entry], outlines: _Outlines, *, are_new: bool) -> list[LineOutcome]:
        for attempt in range(-1 if are_new else 0, self.orders.retries + 1):
            try:
                with self.orders.store.transaction(self.orders.project, writes=True) as transaction:
                    lines = self._lines(transaction, outlines, looks=attempt >= 0)
                    outcomes = [lines.outcome(entry) for entry in batch]
                    # what is there already may be refused by now
                    if lines.looks or not any(one.state == "refused" for one in outcomes):
                        if lines.ahead.count:
                            transaction.commit(lines.ahead.changes())
                        return outcomes
            except Conflict:
                # K2: decided anew on the fresh state
                if attempt == self.orders.retries:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _lines(self, transaction: Transaction, outlines: _Outlines, *, looks: bool) -> "_Lines":
        ahead = StagedRecords(transaction)
        orders = self.orders
        sources = Sources(project=orders.project, records=ahead, courses=outlines, progress=orders.progress)
        moment = Moment(now=utc(orders.clock.now()), fresh_id="", tells=self.tells)
        return _Lines(orders=orders, ahead=ahead, sources=sources, outlines=outlines, moment=moment, looks=looks)


@attrs.frozen(kw_only=True)
class _Lines:
    """Decides the lines of one batch, one after another; without `looks` it takes all for new."""

    orders: Orders
    ahead: StagedRecords
    sources: Sources
    outlines: _Outlines
    moment: Moment
    looks: bool

    @property
    def now(self) -> datetime:
        """The instant of the import."""
        return self.moment.now

    def outcome(self, entry: Entry) -> LineOutcome:
        """Take in what a line says, or leave no trace of it."""
        before = self.ahead.count
        try:
            is_new = self._is_new(entry)
        except (Refused, Conflict) as problem:
            self.ahead.take_back(before)
            return LineOutcome(line=entry.line, state="refused", error=problem)
        return LineOutcome(line=entry.line, state="imported" if is_new else "known")

    def _is_new(self, entry: Entry) -> bool:
        match entry.what:
            case Course() as course:
                self.outlines.put(course)
                return True
            case Contact() as contact:
                return self._save(contact)
            case CreateOffer() as offer:
                return self._once(f"import:offer:{offer.code}", entry, partial(self._offer, offer))
            case ImportedOrder() as order:
                return self._once(f"import:order:{order.key}", entry, partial(self._order, order))

    def _save(self, contact: Contact) -> bool:
        if self.ahead.find_contact(contact.id) == contact:
            return False
        self.ahead.take(Changes(contacts=(contact,)))
        return True

    def _once(self, key: str, entry: Entry, decided: Callable[[], Decision]) -> bool:
        """Carry out what no earlier import has; a line that was changed since is told (K1)."""
        repeated = self.ahead.find_repeated(key) if self.looks else self.ahead.find_taken(key)
        if repeated is None:
            decision = decided()
            kept = _kept(key=key, fingerprint=entry.fingerprint, receipt=decision.receipt)
            self.ahead.take(changed(decision.changes, repeated=(kept,)))
        elif repeated.fingerprint != entry.fingerprint:
            raise Conflict("idempotency.conflict", key=key)
        return repeated is None

    def _offer(self, offer: CreateOffer) -> Decision:
        return run(decide(offer, self.moment), self.sources)

    def _order(self, order: ImportedOrder) -> Decision:
        _refuse_future(order, self.now)
        self._meet(order)
        created_at = self.now if order.created_at is None else order.created_at
        moment = Moment(now=created_at, fresh_id=self.orders.ids.new(), tells=self.moment.tells)
        made = run(retelling(_creating(order), moment), self.sources)
        _Story(told=made, at=created_at).tell(order)
        return made.decision()

    def _meet(self, order: ImportedOrder) -> None:
        person = order.person
        if person is not None and self.ahead.find_contact(order.contact) is None:
            told = Contact(
                id=order.contact, name=person.name, email=person.email, phone=person.phone, locale=person.locale
            )
            self.ahead.take(Changes(contacts=(told,)))


@attrs.define(kw_only=True)
class _Story:
    """One order as it is told: commands to it, never before those that were told already."""

    told: Replay
    at: datetime

    @property
    def id(self) -> str:
        """The id of the order."""
        return self.told.order.id

    def tell(self, order: ImportedOrder) -> None:
        """Tell all that happened since it was made."""
        created_at = self.at
        # by the time they were paid, so that history goes forwards
        payments = sorted(order.payments, key=lambda payment: payment.paid_at or created_at)
        ids = [self._adds(payment, created_at) for payment in payments]
        for id, payment in zip(ids, payments, strict=True):
            self._settles(id, payment)
        if order.cancelled_at is not None:
            self._do(asked.CancelOrder(order=self.id, actor=_ACTOR), order.cancelled_at)
        self._ends_in(order)

    def _do(self, command: asked.OrderCommand, at: datetime) -> None:
        self.at = max(self.at, at)
        self.told.tell(command, self.at)

    def _adds(self, payment: ImportedPayment, created_at: datetime) -> str:
        """Add a payment; give its id. One that was paid later than the order was made is added as it is paid."""
        paid_at = payment.paid_at
        is_later = paid_at is not None and paid_at >= self.at
        adding = asked.AddPayment(
            order=self.id,
            actor=_ACTOR,
            amount=payment.amount,
            kind=payment.kind,
            paid=is_later,
            due_at=payment.due_at or created_at,
            method=payment.method,
            gateway=payment.gateway,
            closes_access=payment.closes_access,
            comment=payment.comment,
        )
        self._do(adding, paid_at if is_later and paid_at is not None else self.at)
        id = self.told.order.payments[-1].id
        if paid_at is not None and not is_later:
            self._do(asked.MarkPaid(order=self.id, actor=_ACTOR, payment=id, paid_at=paid_at), self.at)
        return id

    def _settles(self, payment: str, told: ImportedPayment) -> None:
        """Tell what was given back of a payment."""
        for refund in told.refunds:
            occurred_at = refund.occurred_at or told.paid_at or self.at
            report = asked.ReportRefund(
                order=self.id,
                actor=_ACTOR,
                payment=payment,
                reference=refund.reference,
                amount=refund.amount,
                outcome=Outcome.SUCCEEDED,
                chargeback=refund.chargeback,
                occurred_at=occurred_at,
            )
            self._do(report, occurred_at)

    def _ends_in(self, order: ImportedOrder) -> None:
        """Move it to the status it is said to stand in, if the rules of the funnel took it elsewhere (F5)."""
        if order.status not in (None, self.told.order.status):
            self._do(asked.MoveOrder(order=self.id, actor=_ACTOR, status=order.status, funnel=order.funnel), self.at)


def _creating(order: ImportedOrder) -> asked.CreateOrder:
    return _ordering(
        actor=_ACTOR,
        contact=order.contact,
        lines=order.lines,
        currency=order.currency,
        funnel=order.funnel,
        status=order.status,
        type=order.type,
        discount=order.discount,
        manager=order.manager,
        responsibles=order.responsibles,
        tags=order.tags,
        comment=order.comment,
        opens_on=order.opens_on,
    )


def _refuse_future(order: ImportedOrder, now: datetime) -> None:
    """Refuse what has not happened yet (P6)."""
    for payment in order.payments:
        if payment.paid_at is not None and payment.paid_at > now:
            raise Refused("payment.in_future", paid_at=payment.paid_at.isoformat())
    refunded = (refund.occurred_at for payment in order.payments for refund in payment.refunds)
    for at in (order.created_at, order.cancelled_at, *refunded):
        if at is not None and at > now:
            raise Refused("input.invalid", order=order.key, at=at.isoformat())

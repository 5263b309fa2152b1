"""A school in memory for tests: a clock that only moves when it is set, numbered ids, and short methods to set it up.

school = School()
school.sells("basic", product="python", price="1000.00")
order = school.opens("basic")
school.pays(order)
assert school.orders.plan(contact="olena", product="python").access(school.now).open
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Self, cast
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.access import Access, Lessons
from kwiga_orders.adapters.memory import (
    AsyncMemoryCourses,
    AsyncMemoryOrderStore,
    AsyncMemoryProgress,
    MemoryCourses,
    MemoryOrderStore,
    MemoryProgress,
)
from kwiga_orders.aio import AsyncOrders
from kwiga_orders.changes import OutboxRow, Receipt
from kwiga_orders.commands import Command
from kwiga_orders.course import Course, Lesson, Module, PracticeState, Progress
from kwiga_orders.errors import Conflict, Refused
from kwiga_orders.offers import CreateOffer, ItemAsked, OfferState
from kwiga_orders.orders.commands import MarkPaid, OpenOffer
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Full, PaymentOption
from kwiga_orders.periods import Period, at_local, later, utc
from kwiga_orders.ports import OrderStore
from kwiga_orders.project import Contact, Project
from kwiga_orders.service import Orders
from kwiga_orders.terms import TermsChange
from kwiga_orders.testing.case_writing import Expected, Happened, Told, case_of
from kwiga_orders.testing.gateways import FakeGateway

__all__ = ["CountedIds", "FrozenClock", "RecordingNotifier", "School", "local"]

_KYIV = "Europe/Kyiv"
_MANY = 1000


def local(text: str, *, zone: str = _KYIV) -> datetime:
    """Give the instant of the local time `text` in `zone`, such as "2026-11-01 10:00" (T3).

    A text with its own offset, such as "2026-11-01T10:00+01:00", is that instant.
    """
    told = datetime.fromisoformat(text)
    return at_local(told, zone=ZoneInfo(zone)) if told.tzinfo is None else utc(told)


@attrs.define
class FrozenClock:
    """A clock that shows the instant it was set to, and does not run."""

    shown: datetime = local("2026-11-01 10:00")

    def now(self) -> datetime:
        """Give the present instant."""
        # Aware, because a naive time would mean the zone of the machine.
        return self.shown

    def set(self, at: datetime) -> None:
        """Set the clock."""
        self.shown = utc(at)


@attrs.define
class CountedIds:
    """Numbered ids: `id1`, `id2`, …; only for tests, because they are easy to guess."""

    made: int = 0
    prefix: str = "id"

    def new(self) -> str:
        """Give the next id."""
        self.made += 1
        return f"{self.prefix}{self.made}"


@attrs.define
class RecordingNotifier:
    """A notifier that keeps the rows it gets."""

    rows: list[OutboxRow] = attrs.field(factory=list)

    def notify(self, _: str, row: OutboxRow, /) -> None:
        """Keep a row."""
        self.rows.append(row)

    @property
    def letters(self) -> list[str]:
        """The kinds of the letters it got, in order."""
        return [row.name for row in self.rows if row.kind == "letter"]


class School:
    """A project with contacts, courses and a clock, on any store; `orders` is the service."""

    def __init__(self, *, project: Project | None = None, store: OrderStore | None = None) -> None:
        self.project = project or Project(id="school", timezone=_KYIV, currency="UAH")
        self.store: OrderStore = MemoryOrderStore() if store is None else store
        self.courses, self.progress = MemoryCourses(), MemoryProgress()
        self.clock, self.notifier = FrozenClock(), RecordingNotifier()
        self.told = Told(project=self.project)
        self.orders = Orders(
            project=self.project.id,
            store=self.store,
            courses=self.courses,
            progress=self.progress,
            clock=self.clock,
            ids=CountedIds(),
        )
        self.store.save_project(self.project)
        # Two contacts, because most rules about one contact also say something about others.
        for id in ("olena", "taras"):
            self.knows(Contact(id=id, name=id.title(), email=f"{id}@example.com"))

    @property
    def now(self) -> datetime:
        """The present instant of the clock."""
        return self.clock.now()

    def at(self, text: str) -> Self:
        """Set the clock to a local time of the project, such as "2026-11-01 10:00", or to an instant with offset."""
        self.clock.set(local(text, zone=self.project.timezone))
        return self

    def passes(self, *, days: int = 0, months: int = 0, hours: int = 0) -> Self:
        """Let time pass on the local clock, with a worker that executes all due work.

        The clock stops at each instant at which something falls due, in order; the resulting letters and events are
        sent.
        """
        # Hours are exact, days and months follow the calendar, so that a clock change matters.
        until = self.now + timedelta(hours=hours)
        for period in (Period(days=days) if days else None, Period(months=months) if months else None):
            until = until if period is None else later(until, period, zone=ZoneInfo(self.project.timezone))
        self.works()
        # Stopping at each instant reveals a rule that uses "now" instead of the instant of the event.
        while (at := self._due_by(until)) is not None:
            self.clock.set(at)
            self.works()
        self.clock.set(until)
        self.works()
        return self

    def _due_by(self, until: datetime) -> datetime | None:
        """Give the next instant after now, up to `until`, at which something falls due."""
        items = self.orders.due(until, limit=_MANY)
        return min((one.at for one in items if one.at > self.now), default=None)

    def works(self) -> None:
        """Do the work of a worker: due work, requests to gateways, letters, events, and callbacks of gateways."""
        self.told.steps.append(Happened(at=self.now))
        busy = True
        while busy:
            # Repeated until nothing is left, because due work may cause requests, and requests may cause callbacks.
            busy = bool(self.orders.run_due(limit=_MANY) + self.orders.relay_once(self.notifier, limit=_MANY))
            for name, gateway in self.orders.gateways.items():
                if isinstance(gateway, FakeGateway) and gateway.waiting:
                    busy = True
                    gateway.delivers(partial(self.orders.receive, name))

    def connects(self, name: str = "fake") -> FakeGateway:
        """Connect a gateway in memory under that name."""
        gateway = FakeGateway(self.clock, name=name)
        self.told.gateways.append(name)
        # A new service over the same store, because a service is an immutable value.
        self.orders = attrs.evolve(self.orders, gateways={**self.orders.gateways, name: gateway})
        return gateway

    def awaited(self) -> AsyncOrders:
        """Give an async service over the same school; its store must be the one in memory."""
        assert isinstance(self.store, MemoryOrderStore), "only the store in memory has an awaited twin over its data"
        return AsyncOrders(
            project=self.project.id,
            store=AsyncMemoryOrderStore(self.store),
            courses=AsyncMemoryCourses(self.courses),
            progress=AsyncMemoryProgress(self.progress),
            clock=self.clock,
            ids=self.orders.ids,
        )

    def knows(self, contact: Contact) -> None:
        """Make or replace a contact."""
        self.told.contacts[contact.id] = contact
        self.store.save_contact(self.project.id, contact)

    def teaches(self, *lessons: Lesson | str, product: str = "python", comments: bool = False) -> None:
        """Give a product one module with these lessons."""
        made = tuple(Lesson(id=one) if isinstance(one, str) else one for one in lessons)
        # A product without lessons has no module.
        modules = (Module(id="m1", lessons=made),) if made else ()
        self.has(Course(product=product, title=product.title(), comments=comments, modules=modules))

    def has(self, course: Course) -> None:
        """Make or replace the outline of a product."""
        self.told.has(course, self.now)
        self.courses.put(self.project.id, course)

    def sells(
        self,
        code: str = "basic",
        *,
        product: str = "python",
        price: str = "1000.00",
        terms: TermsChange = TermsChange(),
        options: Iterable[PaymentOption] = (Full(id="full"),),
    ) -> None:
        """Publish an offer with one product. A product without an outline gets one without lessons."""
        # An offer can only name products that the host has.
        if self.courses.find_course(self.project.id, product) is None:
            self.teaches(product=product)
        item = ItemAsked(product=product, price=Decimal(price), terms=terms)
        self.does(
            CreateOffer(
                code=code,
                title=code.title(),
                state=OfferState.PUBLISHED,
                items=(item,),
                payment_options=tuple(options),
            )
        )

    def does(self, command: Command) -> Receipt:
        """Execute a command, then send its letters and events to the notifier."""
        try:
            receipt = self.orders.execute(command)
        except (Refused, Conflict) as refused:
            self.told.steps.append(Happened(at=self.now, command=command, refused=refused.code))
            raise
        self.told.steps.append(Happened(at=self.now, command=command, made=receipt.made))
        self.orders.relay_once(self.notifier, limit=_MANY)
        return receipt

    def case(self, title: str, *, rules: Sequence[str] = (), expects: Sequence[Expected] = ()) -> str:
        """Give everything that happened as the text of a case file, like `case_of`."""
        return case_of(self.told, title, rules=rules, expects=expects)

    def opens(self, offer: str = "basic", *, contact: str = "olena", option: str | None = None) -> str:
        """Open an offer; give the id of the order."""
        receipt = self.does(OpenOffer(offer=offer, contact=contact, payment_option=option))
        assert receipt.order is not None
        return receipt.order

    def pays(self, order: str, number: int = 1) -> Receipt:
        """Mark the payment with that number as paid by hand, now."""
        return self.does(MarkPaid(order=order, payment=f"{order}.{number}"))

    def learns(
        self,
        *completed: str,
        contact: str = "olena",
        product: str = "python",
        practices: Mapping[str, str] | None = None,
        tests: Mapping[str, int] | None = None,
        begun: Sequence[str] = (),
    ) -> None:
        """Report a contact's learning progress."""
        progress = Progress(
            contact=contact,
            product=product,
            completed=frozenset(completed),
            practices=cast(Mapping[str, PracticeState], practices or {}),
            tests=dict(tests or {}),
            begun=frozenset(begun),
        )
        self.told.steps.append(Happened(at=self.now, progress=progress))
        self.progress.put(self.project.id, progress)

    def order(self, id: str) -> Order:
        """Give the stored state of an order."""
        with self.store.transaction(self.project.id, writes=False) as transaction:
            order = transaction.find_order(id)
        assert order is not None
        return order

    def history(self, id: str) -> list[Recorded]:
        """Give the history of an order."""
        with self.store.transaction(self.project.id, writes=False) as transaction:
            return list(transaction.history_of(id))

    def access(self, *, contact: str = "olena", product: str = "python", at: str | None = None) -> Access:
        """Give the access to a product, now or at a local time."""
        return self.orders.plan(contact=contact, product=product).access(self._instant(at))

    def lessons(self, *, contact: str = "olena", product: str = "python", at: str | None = None) -> Lessons:
        """Give the open and closed lessons, now or at a local time."""
        return self.orders.plan(contact=contact, product=product).lessons(self._instant(at))

    def _instant(self, text: str | None) -> datetime:
        return self.now.astimezone(UTC) if text is None else local(text, zone=self.project.timezone)

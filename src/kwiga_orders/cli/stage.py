"""A stage for stories: a school on a fresh store, whose clock stands where the story is."""

from datetime import datetime
from typing import cast

import attrs

from kwiga_orders.adapters.memory import MemoryCourses, MemoryProgress
from kwiga_orders.changes import Receipt
from kwiga_orders.codec import Json
from kwiga_orders.commands import Command
from kwiga_orders.course import Course, Progress
from kwiga_orders.orders.commands import RefundPayment, ReportRefund
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Outcome
from kwiga_orders.ports import OrderStore
from kwiga_orders.project import Actor, Contact, Project
from kwiga_orders.queries import Query
from kwiga_orders.service import Orders
from kwiga_orders.testing.school import CountedIds, FrozenClock, RecordingNotifier

__all__ = ["SchoolStage"]


@attrs.define(kw_only=True)
class SchoolStage:
    """Plays a story: commands and questions at the instants it tells of.

    Letters are handed on after each command, and a gateway confirms what it is asked for at once (P10).
    """

    store: OrderStore
    clock: FrozenClock = attrs.field(factory=FrozenClock)
    courses: MemoryCourses = attrs.field(factory=MemoryCourses)
    progress_made: MemoryProgress = attrs.field(factory=MemoryProgress)
    notifier: RecordingNotifier = attrs.field(factory=RecordingNotifier)
    ids: CountedIds = attrs.field(factory=lambda: CountedIds(prefix="order~"))
    school: Project | None = None

    @property
    def orders(self) -> Orders:
        """The service that the story talks to."""
        assert self.school is not None, "a story begins with its project"
        return Orders(
            project=self.school.id,
            store=self.store,
            courses=self.courses,
            progress=self.progress_made,
            clock=self.clock,
            ids=self.ids,
        )

    def at(self, instant: datetime) -> None:
        """Set the clock."""
        self.clock.set(instant)

    def project(self, project: Project) -> None:
        """Make the school, or change its settings."""
        self.school = project
        self.store.save_project(project)

    def contact(self, contact: Contact) -> None:
        """Make or replace a contact."""
        assert self.school is not None, "a story begins with its project"
        self.store.save_contact(self.school.id, contact)

    def course(self, course: Course) -> None:
        """Replace the outline of a product from now on."""
        assert self.school is not None, "a story begins with its project"
        self.courses.put(self.school.id, course)

    def progress(self, progress: Progress) -> None:
        """Add what a contact has done."""
        assert self.school is not None, "a story begins with its project"
        self.progress_made.put(self.school.id, progress)

    def do(self, command: Command) -> Receipt:
        """Carry out a command, and what it asks of the outside."""
        receipt = self.orders.execute(command)
        if isinstance(command, RefundPayment):
            self._confirm_refunds(command)
        self.orders.relay_once(self.notifier, limit=1000)
        return receipt

    def run_due(self) -> int:
        """Tell of what has fallen due; give how many things that were."""
        told = self.orders.run_due()
        self.orders.relay_once(self.notifier, limit=1000)
        return told

    def ask(self, query: Query[object]) -> Json:
        """Answer a question."""
        return cast(Json, self.orders.ask(query))

    def order(self, id: str) -> Order:
        """Give the stored state of an order."""
        assert self.school is not None, "a story begins with its project"
        with self.store.transaction(self.school.id, writes=False) as transaction:
            order = transaction.find_order(id)
        assert order is not None, "the story has made it"
        return order

    def _confirm_refunds(self, command: RefundPayment) -> None:
        """Let the gateway confirm the refunds that wait for it."""
        for refund in self.order(command.order).payment(command.payment).refunds:
            if refund.outcome is Outcome.PENDING and refund.reference is None:
                self.orders.execute(
                    ReportRefund(
                        order=command.order,
                        payment=command.payment,
                        reference=refund.id,
                        amount=refund.amount.decimal,
                        outcome=Outcome.SUCCEEDED,
                        actor=Actor(kind="gateway", id="stage"),
                    )
                )

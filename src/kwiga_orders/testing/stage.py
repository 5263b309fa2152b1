"""The stage for case files and the demo: a school on a new store, with a clock that only moves when it is set."""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

import attrs

from kwiga_orders.adapters.memory import MemoryCourses, MemoryProgress
from kwiga_orders.changes import Receipt
from kwiga_orders.codec import Json
from kwiga_orders.commands import Command
from kwiga_orders.course import Course, Progress
from kwiga_orders.errors import Refused
from kwiga_orders.gateways import (
    Callback,
    Capabilities,
    ChargeRequest,
    GatewayFact,
    LinkRequest,
    PaymentLink,
    RefundRequest,
    StateRequest,
)
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Outcome
from kwiga_orders.ports import OrderStore, PaymentGateway
from kwiga_orders.project import Contact, Project
from kwiga_orders.queries import Query
from kwiga_orders.service import Orders
from kwiga_orders.testing.school import CountedIds, FrozenClock, RecordingNotifier

__all__ = ["SchoolStage", "StageGateway"]

_ALL = 1000


@attrs.define(kw_only=True)
class StageGateway:
    """A gateway that confirms every request at once, unless `next_charges` sets the outcomes of charges."""

    name: str
    capabilities: Capabilities = Capabilities()
    next_charges: deque[Outcome] = attrs.field(factory=deque)

    def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Make the link through which a payment is paid (P3)."""
        url = f"https://{self.name}.example/pay/{request.payment}/{request.amount.minor}"
        return PaymentLink(url=url, payment=request.payment, amount=request.amount)

    def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge saved means. A case only says that there are some, not how they were saved (P17)."""
        outcome = self.next_charges.popleft() if self.next_charges else Outcome.SUCCEEDED
        return GatewayFact(
            payment=request.payment,
            reference=f"{self.name}-{request.key}",
            outcome=outcome,
            amount=request.amount,
            reason="declined" if outcome is Outcome.FAILED else None,
            key=request.key,
        )

    def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Confirm a refund; the reference is our id of the refund, so that a case can name it."""
        return GatewayFact(
            kind="refund",
            payment=request.payment,
            reference=request.key,
            outcome=Outcome.SUCCEEDED,
            amount=request.amount,
            key=request.key,
        )

    def state_of(self, _: StateRequest, /) -> Sequence[GatewayFact]:
        """Report nothing, because every answer was final."""
        return ()

    def read_callback(self, _: bytes, __: Mapping[str, str], /) -> Callback:
        """Refuse, because in a case reports are commands."""
        raise Refused("callback.not_verified", gateway=self.name)


@attrs.define(kw_only=True)
class SchoolStage:
    """Runs a case: executes its commands and answers its queries at their instants.

    After each command, requests to gateways and letters are sent, and a gateway confirms at once (P10).
    """

    store: OrderStore
    clock: FrozenClock = attrs.field(factory=FrozenClock)
    courses: MemoryCourses = attrs.field(factory=MemoryCourses)
    progress_made: MemoryProgress = attrs.field(factory=MemoryProgress)
    notifier: RecordingNotifier = attrs.field(factory=RecordingNotifier)
    ids: CountedIds = attrs.field(factory=lambda: CountedIds(prefix="order~"))
    gateways: dict[str, StageGateway] = attrs.field(factory=dict)
    school: Project | None = None

    @property
    def orders(self) -> Orders:
        """The service that executes the commands of the case."""
        assert self.school is not None, "a story begins with its project"
        return Orders(
            project=self.school.id,
            store=self.store,
            courses=self.courses,
            progress=self.progress_made,
            clock=self.clock,
            ids=self.ids,
            gateways=self.gateways,
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
        """Set the outline of a product."""
        assert self.school is not None, "a story begins with its project"
        self.courses.put(self.school.id, course)

    def progress(self, progress: Progress) -> None:
        """Add to a contact's learning progress."""
        assert self.school is not None, "a story begins with its project"
        self.progress_made.put(self.school.id, progress)

    def do(self, command: Command) -> Receipt:
        """Execute a command, then send what it wrote to the outbox."""
        receipt = self.orders.execute(command)
        self.relay()
        return receipt

    def connect(self, gateway: str) -> None:
        """Connect a gateway under that name."""
        self.gateways[gateway] = StageGateway(name=gateway)

    def script(self, gateway: str, outcomes: Sequence[str]) -> None:
        """Set the outcomes of the next charges of saved means at a gateway."""
        self.gateways[gateway].next_charges = deque(map(Outcome, outcomes))

    def run_due(self) -> int:
        """Execute the due work; give the number of items."""
        return self.orders.run_due(limit=_ALL)

    def relay(self) -> int:
        """Send the rows that wait for gateways and the notifier; give their number."""
        # a case need not name the gateway of a payment, so a gateway named "" confirms refunds of such payments
        everybody = {**self.gateways, "": StageGateway(name="")}
        return attrs.evolve(self.orders, gateways=everybody).relay_once(self.notifier, limit=_ALL)

    def ask(self, query: Query[object]) -> Json:
        """Answer a query."""
        return cast(Json, self.orders.ask(query))

    def order(self, id: str) -> Order:
        """Give the stored state of an order."""
        assert self.school is not None, "a story begins with its project"
        with self.store.transaction(self.school.id, writes=False) as transaction:
            order = transaction.find_order(id)
        assert order is not None, "the story has made it"
        return order


if TYPE_CHECKING:

    def _fits(gateway: StageGateway) -> PaymentGateway:
        return gateway

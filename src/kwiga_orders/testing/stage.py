"""The stage for case files and the demo: a school on a fresh store, with a clock that only moves when it is set."""

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
    """A gateway that confirms at once what it is asked for, unless `next_charges` says how charges end."""

    name: str
    capabilities: Capabilities = Capabilities()
    next_charges: deque[Outcome] = attrs.field(factory=deque)

    def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Make the link by which a payment is paid (P3)."""
        url = f"https://{self.name}.example/pay/{request.payment}/{request.amount.minor}"
        return PaymentLink(url=url, payment=request.payment, amount=request.amount)

    def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge a saved means; a case only says that there is one, not how it was saved (P17)."""
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
        """Give money back; the reference is our own id of the refund, so a story may name it."""
        return GatewayFact(
            kind="refund",
            payment=request.payment,
            reference=request.key,
            outcome=Outcome.SUCCEEDED,
            amount=request.amount,
            key=request.key,
        )

    def state_of(self, _: StateRequest, /) -> Sequence[GatewayFact]:
        """Report nothing: every answer was final."""
        return ()

    def read_callback(self, _: bytes, __: Mapping[str, str], /) -> Callback:
        """Refuse: in a story, reports are commands."""
        raise Refused("callback.not_verified", gateway=self.name)


@attrs.define(kw_only=True)
class SchoolStage:
    """Plays a story: executes its commands and asks its questions at the instants it names.

    After each command gateways and letters are carried out, and a gateway confirms at once (P10).
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
        """The service that executes the commands of the story."""
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
        """Replace the outline of a product from now on."""
        assert self.school is not None, "a story begins with its project"
        self.courses.put(self.school.id, course)

    def progress(self, progress: Progress) -> None:
        """Add what a contact has done."""
        assert self.school is not None, "a story begins with its project"
        self.progress_made.put(self.school.id, progress)

    def do(self, command: Command) -> Receipt:
        """Execute a command, then carry out what it put into the outbox."""
        receipt = self.orders.execute(command)
        self.relay()
        return receipt

    def connect(self, gateway: str) -> None:
        """Connect a gateway under that name."""
        self.gateways[gateway] = StageGateway(name=gateway)

    def script(self, gateway: str, outcomes: Sequence[str]) -> None:
        """Say how the next charges of saved means end at a gateway."""
        self.gateways[gateway].next_charges = deque(map(Outcome, outcomes))

    def run_due(self) -> int:
        """Execute what has fallen due; give the number of items."""
        return self.orders.run_due(limit=_ALL)

    def relay(self) -> int:
        """Send what waits for gateways and the notifier; give the number of rows."""
        # a story need not name the gateway of a payment: the one named "" confirms refunds of such money
        everybody = {**self.gateways, "": StageGateway(name="")}
        return attrs.evolve(self.orders, gateways=everybody).relay_once(self.notifier, limit=_ALL)

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


if TYPE_CHECKING:

    def _fits(gateway: StageGateway) -> PaymentGateway:
        return gateway

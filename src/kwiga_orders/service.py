"""The service: read, decide and commit a command, or answer a query.

`aio` is the async twin; a test compares the two.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar, cast

import attrs

from kwiga_orders import gateway_calls
from kwiga_orders.answering import (
    JobStep,
    answer,
    count_for,
    job_count,
    job_page,
    payment_link_view,
    plan_for,
    receipt_of_job,
    repeated_job,
)
from kwiga_orders.asking import Asking, Sources, run
from kwiga_orders.changes import NOTHING, OutboxRow, Receipt
from kwiga_orders.commands import Command
from kwiga_orders.decisions import (
    Decision,
    call_for,
    decide_once,
    due_until,
    may_retry,
    orders_due,
)
from kwiga_orders.delivery import DeliverySettings
from kwiga_orders.due import DueList, RunDue
from kwiga_orders.errors import Conflict, Corrupt, InvalidInput, Refused
from kwiga_orders.export import ExportedOrder, ExportedPage, export_page
from kwiga_orders.gateways import (
    Callback,
    ChargeRequest,
    GatewayFact,
    PaymentLink,
    RefundRequest,
)
from kwiga_orders.jobs import ForEach, JobProgress
from kwiga_orders.orders.commands import StartAttempt
from kwiga_orders.orders.events import DueNoted
from kwiga_orders.periods import utc
from kwiga_orders.plans import Plan
from kwiga_orders.policy import POLICY, Permit, Policy
from kwiga_orders.ports import (
    Clock,
    Courses,
    Ids,
    Notifier,
    OrderStore,
    PaymentGateway,
    People,
    ProgressSource,
    Transaction,
)
from kwiga_orders.project import Actor
from kwiga_orders.queries import DueQuery, LessonsQuery, OrdersQuery, PaymentLinkQuery, PreviewQuery, Query
from kwiga_orders.reconciliation import Reconciliation
from kwiga_orders.relay import Relay
from kwiga_orders.turns import AskAgain, Turn
from kwiga_orders.views.shapes import PreviewView

__all__ = ["Orders"]

Q = TypeVar("Q", bound=Query[object])
T = TypeVar("T")

_FORGOTTEN = 10_000
"""The most idempotency keys that one transaction deletes, so that it is short."""
_NAMED = 20
"""The most orders that an error names."""
_PATIENT = 3
"""After this many conflicts a command locks the project, so that no other writer can be faster."""


@attrs.frozen(kw_only=True)
class Orders:
    """The orders of one project: give it commands, ask it questions.

    `gateways` are the connected payment systems by the names that payments give them; the one named "" handles
    payments that name none. `retries` is how often a command is decided again on fresh state after a conflict (K2).
    `delivery` says how long rows of the outbox are claimed, and when they are tried again (N1). `keys_kept_for` is how
    long idempotency keys are kept, None for ever; `run_due` deletes older ones (K1).

    Without a `permit` everything is allowed, because the host itself calls. `acting` restricts it to a role (K8).
    """

    project: str
    store: OrderStore
    courses: Courses
    progress: ProgressSource
    clock: Clock
    ids: Ids
    gateways: Mapping[str, PaymentGateway] = attrs.field(factory=dict)
    people: People | None = None
    retries: int = 20
    delivery: DeliverySettings = DeliverySettings()
    keys_kept_for: timedelta | None = timedelta(days=30)
    permit: Permit | None = None

    def acting(self, actor: Actor, *, role: str | None = None, policy: Policy = POLICY) -> "Orders":
        """Give the same orders for one actor: commands and questions that the role lacks are refused (K8).

        `actor` becomes the actor of every command. By default a member of the staff has the role `owner`, and a
        customer the role `customer`. The host's own work (callbacks, the relay, the worker) is refused.

        Raises:
            InvalidInput: if the policy has no such role.
        """
        return attrs.evolve(self, permit=policy.permit(actor, role=role))

    def execute(self, command: Command) -> Receipt:
        """Decide a command and write all of it, or nothing (K4).

        Raises:
            Refused: a rule said no; `NotFound` for what is not in the project.
            Conflict: the order changed since `expected_version`, or an idempotency key was used before (K1, K2).
            AdapterFailed: the store or the gateway could not be reached; whether the command was written is not known.
        """
        if isinstance(command, ForEach):
            return self._run_job(command)
        return self._executed(command, keeps_refusal=True)

    def _executed(self, command: Command, *, keeps_refusal: bool) -> Receipt:
        for attempt in range(self.retries + 1):
            try:
                receipt = self._commit(command, alone=attempt >= _PATIENT, keeps_refusal=keeps_refusal)
                return self._with_link(receipt, command) if isinstance(command, StartAttempt) else receipt
            except Conflict as conflict:
                if not may_retry(conflict, command) or attempt == self.retries:
                    raise
        # Only for type checkers.
        raise AssertionError("the last attempt returns or raises")

    def preview(self, command: Command) -> PreviewView:
        """Show what a command would change, write and send; it is decided by the same code (K3)."""
        return self.ask(PreviewQuery(command=command))

    def ask(self, query: Query[T]) -> T:
        """Answer a query with a view of its type; nothing changes.

        Raises:
            NotFound: if the project does not have what the query names.
        """
        if isinstance(query, PaymentLinkQuery):
            # made here, because it needs a call to the gateway, and no transaction may be open during that
            return cast(T, payment_link_view(self.payment_link(order=query.order, payment=query.payment)))
        return self._read(answer(query, now=self._now(), fresh_id=self.ids.new(), permit=self.permit))

    def plan(self, *, contact: str, product: str) -> Plan:
        """Compile the access of a contact to a product, for many questions (A8)."""
        self._narrowed(LessonsQuery(contact=contact, product=product))
        return self._read(plan_for(contact, product))

    def count(self, query: OrdersQuery) -> int:
        """Count the orders on all pages of a list (V1)."""
        return self._read(count_for(self._narrowed(query)))

    def export(self, query: OrdersQuery, *, history: bool = True) -> Iterator[ExportedOrder]:
        """Give all orders of a list, from the page of the query to the last; `limit` of them are loaded at a time (V7).

        Importing an order again needs its `history`; a spreadsheet does not.

        Raises:
            Corrupt: `orders.unreadable` at the end, with the orders that cannot be read, after all others.
        """
        page: ExportedPage | None = None
        unreadable: tuple[str, ...] = ()
        query = self._narrowed(query)
        while page is None or page.next is not None:
            asked = query if page is None else attrs.evolve(query, after=page.next)
            page = self._read(export_page(asked, history=history))
            unreadable += page.unreadable
            for row in page.rows:  # noqa: UP028 - as its twin, which has no other way
                yield row
        if unreadable:
            raise Corrupt("orders.unreadable", orders=list(unreadable[:_NAMED]), count=len(unreadable))

    # Many orders at once

    def for_each(self, command: ForEach, *, batch: int = 100) -> Iterator[JobProgress]:
        """Give a command to each order of a list, `batch` of them loaded at a time, and yield the progress (V10).

        It works only while the caller iterates. A job that is run again with the same name skips orders that are done.

        Raises:
            AdapterFailed: the store could not be reached; orders that were done before stay done.
        """
        if self.permit is not None:
            command = self._read(self.permit.job(command))
        job = command.job or command.idempotency_key or self.ids.new()
        total = self._read(job_count(command))
        done, refused = 0, Counter[str]()
        after: str | None = ""
        while after is not None:
            # The cursor is the number of an order, so a job goes on where it was, whatever changed meanwhile.
            page = self._read(job_page(command, job, after=after or None, limit=batch))
            for step in page.steps:
                code = self._take(step)
                done += code is None
                refused.update([] if code is None else [code])
            after = page.next
            left = 0 if after is None else max(total - done - refused.total(), 1)
            yield JobProgress(done=done, refused=dict(refused), left=left)

    def _take(self, step: JobStep) -> str | None:
        """Execute a job's command for one order; give the code if it was refused."""
        try:
            # V10: a refused order is tried again when the job is run again, so its refusal is not kept
            self._executed(step.command, keeps_refusal=False)
        except (Refused, Conflict, InvalidInput, Corrupt) as problem:
            return problem.code
        return None

    def _run_job(self, command: ForEach) -> Receipt:
        if self.permit is not None:
            command = self._read(self.permit.job(command))
        repeated = self._read(repeated_job(command))
        if repeated is not None:
            return repeated
        progress = JobProgress()
        for progress in self.for_each(command):  # noqa: B007 - the last progress is the result of the job
            pass
        decision = receipt_of_job(command, progress, now=self._now())
        # Without an idempotency key nothing is stored.
        if decision.changes != NOTHING:
            with self.store.transaction(self.project, writes=True) as transaction:
                transaction.commit(decision.changes)
        return decision.receipt

    # Gateways

    def payment_link(
        self, *, order: str, payment: str, return_url: str | None = None, cancel_url: str | None = None
    ) -> PaymentLink:
        """Make the link by which an unpaid payment is paid now; nothing changes (P3).

        The payer's browser returns to `return_url` or `cancel_url`, by default to those of the gateway's settings.

        Raises:
            NotFound: if there is no such order or payment.
            Refused: `payment.not_owed`, `gateway.unavailable`.
            AdapterFailed: if the gateway cannot be reached.
        """
        self._narrowed(PaymentLinkQuery(order=order, payment=payment))
        making = gateway_calls.make_link(order, payment, return_url=return_url, cancel_url=cancel_url)
        return gateway_calls.run(making, self._desk())

    def receive(self, gateway: str, body: bytes, headers: Mapping[str, str]) -> Callback:
        """Receive a callback of a gateway: record its facts, and give the answer for the gateway (P4, P10, P11).

        Each fact is recorded separately. A fact that a rule refuses is kept as an anomaly, and listed in the result.
        If the callback lacks something, the gateway is asked for it before the answer.

        Raises:
            AdapterFailed: if something outside broke, as `Conflict` and `Corrupt` after all other facts were recorded:
                the gateway calls again.
            Refused: `gateway.unavailable` if none has that name, `callback.not_verified` if it is not signed.
            InvalidInput: if it is signed, but not in the format of the gateway.
        """
        self._refuse_acting("receive")
        return gateway_calls.run(gateway_calls.receive(gateway, body, headers), self._desk())

    def resolve(self, order: str) -> int:
        """Ask the gateways for the outcomes of an order's payments, and record them; give the number of facts (P4).

        Raises:
            NotFound: if there is no such order.
            AdapterFailed: if a gateway cannot be reached.
        """
        self._refuse_acting("resolve")
        return gateway_calls.run(gateway_calls.resolve(order), self._desk())

    def resolve_unknown(
        self,
        *,
        gateway: str | None = None,
        limit: int = 100,
        again: AskAgain | None = None,
        turn: Turn | None = None,
    ) -> int:
        """Ask all gateways, or one, about every open attempt and refund; give the number of recorded facts (P4).

        Orders are loaded `limit` at a time. With `again` only those are asked about that are due by it.

        Raises:
            AdapterFailed: if the store cannot be reached.
            Exception: the first error of a gateway or an order, unless `turn` collects errors; all others were
                processed.
        """
        self._refuse_acting("resolve_unknown")
        names = tuple(self.gateways) if gateway is None else (gateway,)
        resolving = gateway_calls.resolve_unknown(names, limit=limit, again=again, turn=turn)
        return gateway_calls.run(resolving, self._desk())

    def reconcile(self, gateway: str, day: date) -> Reconciliation:
        """Compare a gateway's list of a day with the payments and refunds of orders; nothing changes.

        Raises:
            Refused: `gateway.unavailable`, `gateway.cannot_list`.
            AdapterFailed: if the gateway cannot be reached.
        """
        self._refuse_acting("reconcile")
        return gateway_calls.run(gateway_calls.reconcile(gateway, day), self._desk())

    # Work outside of commands

    def relay_once(self, notifier: Notifier, *, limit: int = 100) -> int:
        """Carry out calls to gateways, then send letters and events: the oldest `limit` of each; give the number (N1).

        Rows are claimed for a time and sent while no transaction is open; each is marked at once. A row that cannot
        be sent is tried again later, and parked in the end (`delivery`).

        Raises:
            Exception: the first error of the notifier, a gateway or an order; all other rows were processed.
        """
        turn = Turn()
        delivered = 0
        for name in self.gateways:
            delivered += self._ask_gateway(name, limit, turn)
        delivered += self._notify(notifier, limit, turn)
        turn.raise_first()
        return delivered

    def relay_gateway(self, gateway: str, *, limit: int = 100, turn: Turn | None = None) -> int:
        """Do that for one gateway only, so that a worker can serve gateways in parallel.

        Raises:
            Refused: `gateway.unavailable` if none has that name.
            AdapterFailed: if the store cannot be reached.
            Exception: as `relay_once` does, unless `turn` collects errors.
        """
        if gateway not in self.gateways:
            raise Refused("gateway.unavailable", gateway=gateway)
        taken = turn or Turn()
        delivered = self._ask_gateway(gateway, limit, taken)
        if turn is None:
            taken.raise_first()
        return delivered

    def relay_notifier(self, notifier: Notifier, *, limit: int = 100, turn: Turn | None = None) -> int:
        """Do that for letters and events only.

        Raises:
            AdapterFailed: if the store cannot be reached.
            Exception: as `relay_once` does, unless `turn` collects errors.
        """
        taken = turn or Turn()
        delivered = self._notify(notifier, limit, taken)
        if turn is None:
            taken.raise_first()
        return delivered

    def _ask_gateway(self, name: str, limit: int, turn: Turn) -> int:
        carry_out = partial(self._carry_out, name, self.gateways[name])
        return self._relay().hand_on(carry_out, turn, limit=limit, gateway=name)

    def _notify(self, notifier: Notifier, limit: int, turn: Turn) -> int:
        return self._relay().hand_on(partial(notifier.notify, self.project), turn, limit=limit)

    def _relay(self) -> Relay:
        self._refuse_acting("relay")
        return Relay(project=self.project, outbox=self.store, time=self._now, settings=self.delivery)

    def due(self, at: datetime | None = None, *, limit: int = 100) -> DueList:
        """List the due items up to an instant (default: now) that are not noted yet, the longest due first (P14).

        Its `unreadable` names the orders that cannot be read.
        """
        self._narrowed(DueQuery())
        now = self._now()
        return self._read(due_until(now if at is None else utc(at), now=now, limit=limit))

    def run_due(self, *, limit: int = 100, turn: Turn | None = None) -> int:
        """Do the due work, at most about `limit` items; give their number, 0 if nothing is left (P13, P14).

        Each item is noted only once, even if several processes run this. Access never depends on it (A8).

        Raises:
            AdapterFailed: if the store cannot be reached.
            Exception: the first error of an order, unless `turn` collects errors; all others were processed.
        """
        self._refuse_acting("run_due")
        taken = turn or Turn()
        done = 0
        # An order that failed is not tried again in this call.
        failed: set[str] = set()
        while done < limit and not taken.is_over():
            # orders that failed are still due, so read that many more
            ids = self._read(orders_due(self._now(), limit=limit + len(failed)))
            waiting = [id for id in ids if id not in failed]
            if not waiting:
                break
            for id in waiting:
                if done >= limit or taken.is_over():
                    break
                try:
                    receipt = self.execute(RunDue(order=id))
                    done += receipt.events.count(DueNoted.name)
                    taken.succeeded.append(id)
                except Exception as problem:  # the host's courses may raise anything
                    failed.add(id)
                    taken.go_on_after(problem)
        if self.keys_kept_for is not None:
            self.store.forget_keys(self.project, before=self._now() - self.keys_kept_for, limit=_FORGOTTEN)
        if turn is None:
            taken.raise_first()
        return done

    # The loop

    # decision 0001: rules are pure functions, and only this loop does I/O for them
    def _commit(self, command: Command, *, alone: bool, keeps_refusal: bool) -> Receipt:
        with self.store.transaction(self.project, writes=True, alone=alone) as transaction:
            sources = self._sources(transaction)
            # K8: checked in the transaction that decides, so that the order's team cannot change in between
            allowed = command if self.permit is None else run(self.permit.command(command), sources)
            deciding = decide_once(allowed, now=self._now(), fresh_id=self.ids.new(), keeps_refusal=keeps_refusal)
            decision: Decision = run(deciding, sources)
            if decision.changes != NOTHING:
                transaction.commit(decision.changes)
            if decision.refused is not None:
                raise decision.refused
            return decision.receipt

    def _read(self, asking: Asking[T]) -> T:
        with self.store.transaction(self.project, writes=False) as transaction:
            return run(asking, self._sources(transaction))

    def _narrowed(self, query: Q) -> Q:
        """Give a query, narrowed by the permit (K8)."""
        return query if self.permit is None else self._read(self.permit.query(query))

    def _refuse_acting(self, work: str) -> None:
        """Refuse the host's own work to an actor with a permit (K8)."""
        # The host's own work is not for actors.
        if self.permit is not None:
            raise self.permit.refusal(work)

    def _sources(self, transaction: Transaction) -> Sources:
        return Sources(
            project=self.project,
            records=transaction,
            courses=self.courses,
            progress=self.progress,
            gateways={name: gateway.capabilities for name, gateway in self.gateways.items()},
            people=self.people,
        )

    def _now(self) -> datetime:
        return utc(self.clock.now())

    # Calls to gateways

    def _desk(self) -> gateway_calls.Desk:
        return gateway_calls.Desk(gateways=self.gateways, execute=self.execute, read=self._read)

    def _with_link(self, receipt: Receipt, command: StartAttempt) -> Receipt:
        try:
            making = gateway_calls.make_link(command.order, command.payment, attempt=receipt.made)
            link = gateway_calls.run(making, self._desk())
        except Refused:
            # no gateway is connected, or the payment was paid before the command was repeated
            return receipt
        return attrs.evolve(receipt, link=link.url)

    def _report(self, fact: GatewayFact, gateway: str) -> bool:
        """Record a fact; tell whether the project has its payment."""
        return gateway_calls.run(gateway_calls.report(fact, gateway), self._desk())

    def _carry_out(self, name: str, gateway: PaymentGateway, row: OutboxRow) -> None:
        """Make the gateway call of a row and record the answer; after a crash it is made again with the same key."""
        call = self._read(call_for(row, gateway.capabilities))
        match call:
            case ChargeRequest():
                self._report(gateway.charge(call), name)
            case RefundRequest():
                self._report(gateway.refund(call), name)
            case GatewayFact():
                self._report(call, name)

"""The one loop, awaited: read, decide, commit; or ask, and change nothing.

`service` is the same, without waiting; a test holds the two against each other.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar, cast

import attrs

from kwiga_orders import gateway_calls
from kwiga_orders.aio_relay import AsyncRelay
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
from kwiga_orders.asking import Asking, run_async
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
    AsyncCourses,
    AsyncNotifier,
    AsyncOrderStore,
    AsyncPaymentGateway,
    AsyncPeople,
    AsyncProgressSource,
    AsyncSources,
    AsyncTransaction,
    Clock,
    Ids,
)
from kwiga_orders.project import Actor
from kwiga_orders.queries import DueQuery, LessonsQuery, OrdersQuery, PaymentLinkQuery, PreviewQuery, Query
from kwiga_orders.reconciliation import Reconciliation
from kwiga_orders.turns import AskAgain, Turn
from kwiga_orders.views.shapes import PreviewView

__all__ = ["AsyncOrders"]

Q = TypeVar("Q", bound=Query[object])
T = TypeVar("T")

_FORGOTTEN = 10_000
"""So many idempotency keys are forgotten at once: no transaction takes long."""
_NAMED = 20
"""So many orders an error names."""
_PATIENT = 3
"""After so many conflicts a command is decided with the project locked: no other writer can overtake it."""


@attrs.frozen(kw_only=True)
class AsyncOrders:
    """The orders of one project: give it commands, ask it questions.

    `gateways` are the connected payment systems by the names that payments give them; the one named "" handles
    payments that name none. `retries` is how often a command is decided again on fresh state after a conflict (K2).
    `delivery` says how long rows of the outbox are claimed, and when they are tried again (N1). Idempotency keys are
    `keys_kept_for` so long, or for ever (K1): `run_due` forgets older ones.

    Without a `permit` everything is allowed: it is the host that calls. `acting` gives one that is held to a role (K8).
    """

    project: str
    store: AsyncOrderStore
    courses: AsyncCourses
    progress: AsyncProgressSource
    clock: Clock
    ids: Ids
    gateways: Mapping[str, AsyncPaymentGateway] = attrs.field(factory=dict)
    people: AsyncPeople | None = None
    retries: int = 20
    delivery: DeliverySettings = DeliverySettings()
    keys_kept_for: timedelta | None = timedelta(days=30)
    permit: Permit | None = None

    def acting(self, actor: Actor, *, role: str | None = None, policy: Policy = POLICY) -> "AsyncOrders":
        """Give the same orders as this person may use them: what the role does not have is refused (K8).

        Every command is given by `actor`, whatever it says itself. By default a member of the staff is an `owner`, and
        a customer a `customer`. The host's own work is not done for anybody: callbacks, the relay, the worker.

        Raises:
            InvalidInput: if the policy has no such role.
        """
        return attrs.evolve(self, permit=policy.permit(actor, role=role))

    async def execute(self, command: Command) -> Receipt:
        """Decide a command and write all of it, or nothing (K4).

        Raises:
            Refused: a rule said no; `NotFound` for what is not in the project.
            Conflict: the order changed since `expected_version`, or an idempotency key was used before (K1, K2).
            AdapterFailed: the store or the gateway could not be reached; whether the command was written is not known.
        """
        if isinstance(command, ForEach):
            return await self._run_job(command)
        return await self._executed(command, keeps_refusal=True)

    async def _executed(self, command: Command, *, keeps_refusal: bool) -> Receipt:
        for attempt in range(self.retries + 1):
            try:
                receipt = await self._commit(command, alone=attempt >= _PATIENT, keeps_refusal=keeps_refusal)
                return await self._with_link(receipt, command) if isinstance(command, StartAttempt) else receipt
            except Conflict as conflict:
                if not may_retry(conflict, command) or attempt == self.retries:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def preview(self, command: Command) -> PreviewView:
        """Show what a command would change, write and send, by the very code that executes it (K3)."""
        return await self.ask(PreviewQuery(command=command))

    async def ask(self, query: Query[T]) -> T:
        """Answer a question with the view that it is typed by; nothing changes.

        Raises:
            NotFound: if what it asks about is not in the project.
        """
        if isinstance(query, PaymentLinkQuery):
            # only a gateway can make it, and no transaction stays open during a call to the outside
            return cast(T, payment_link_view(await self.payment_link(order=query.order, payment=query.payment)))
        return await self._read(answer(query, now=self._now(), fresh_id=self.ids.new(), permit=self.permit))

    async def plan(self, *, contact: str, product: str) -> Plan:
        """Compile what a contact may learn of a product, for asking often (A8)."""
        await self._narrowed(LessonsQuery(contact=contact, product=product))
        return await self._read(plan_for(contact, product))

    async def count(self, query: OrdersQuery) -> int:
        """Tell how many orders a list has, on all its pages (V1)."""
        return await self._read(count_for(await self._narrowed(query)))

    async def export(self, query: OrdersQuery, *, history: bool = True) -> AsyncIterator[ExportedOrder]:
        """Give all orders of a list, from the page asked for to the last; `limit` of them are held at a time (V7).

        With its `history` an order that is imported again is the same; a spreadsheet needs none.

        Raises:
            Corrupt: `orders.unreadable` at the end, with the orders that cannot be read; all others were given.
        """
        page: ExportedPage | None = None
        unreadable: tuple[str, ...] = ()
        query = await self._narrowed(query)
        while page is None or page.next is not None:
            asked = query if page is None else attrs.evolve(query, after=page.next)
            page = await self._read(export_page(asked, history=history))
            unreadable += page.unreadable
            for row in page.rows:
                yield row
        if unreadable:
            raise Corrupt("orders.unreadable", orders=list(unreadable[:_NAMED]), count=len(unreadable))

    # Many orders at once

    async def for_each(self, command: ForEach, *, batch: int = 100) -> AsyncIterator[JobProgress]:
        """Give a command to each order of a list, `batch` of them loaded at a time, and tell how far it is (V10).

        It goes on as long as it is asked for more. Run again under its name, it does not do again what is done.

        Raises:
            AdapterFailed: the store could not be reached; what was done until then is done.
        """
        if self.permit is not None:
            command = await self._read(self.permit.job(command))
        job = command.job or command.idempotency_key or self.ids.new()
        total = await self._read(job_count(command))
        done, refused = 0, Counter[str]()
        after: str | None = ""
        while after is not None:
            page = await self._read(job_page(command, job, after=after or None, limit=batch))
            for step in page.steps:
                code = await self._take(step)
                done += code is None
                refused.update([] if code is None else [code])
            after = page.next
            left = 0 if after is None else max(total - done - refused.total(), 1)
            yield JobProgress(done=done, refused=dict(refused), left=left)

    async def _take(self, step: JobStep) -> str | None:
        """Carry out the command for an order of a job; give the code with which it was refused."""
        try:
            # V10: an order that refused is tried again when the job goes on, so its refusal is no answer to keep
            await self._executed(step.command, keeps_refusal=False)
        except (Refused, Conflict, InvalidInput, Corrupt) as problem:
            return problem.code
        return None

    async def _run_job(self, command: ForEach) -> Receipt:
        if self.permit is not None:
            command = await self._read(self.permit.job(command))
        repeated = await self._read(repeated_job(command))
        if repeated is not None:
            return repeated
        progress = JobProgress()
        async for progress in self.for_each(command):  # noqa: B007 - the last one is what the job came to
            pass
        decision = receipt_of_job(command, progress, now=self._now())
        if decision.changes != NOTHING:
            async with self.store.transaction(self.project, writes=True) as transaction:
                await transaction.commit(decision.changes)
        return decision.receipt

    # Gateways

    async def payment_link(
        self, *, order: str, payment: str, return_url: str | None = None, cancel_url: str | None = None
    ) -> PaymentLink:
        """Make the link by which an unpaid payment is paid now; nothing changes (P3).

        The payer's browser returns to `return_url` or `cancel_url`; without one the gateway's own setting counts.

        Raises:
            NotFound: if there is no such order or payment.
            Refused: `payment.not_owed`, `gateway.unavailable`.
            AdapterFailed: if the gateway cannot be reached.
        """
        await self._narrowed(PaymentLinkQuery(order=order, payment=payment))
        making = gateway_calls.make_link(order, payment, return_url=return_url, cancel_url=cancel_url)
        return await gateway_calls.run_async(making, self._desk())

    async def receive(self, gateway: str, body: bytes, headers: Mapping[str, str]) -> Callback:
        """Take in a callback of a gateway: report its facts, and give what to answer it with (P4, P10, P11).

        Each fact is recorded by itself. One that a rule refuses is kept as an anomaly, and the callback says which.
        What it does not say itself is asked of the gateway before it is answered.

        Raises:
            AdapterFailed: if something outside broke, as `Conflict` and `Corrupt` after all other facts were recorded:
                the gateway calls again.
            Refused: `gateway.unavailable` if none has that name, `callback.not_verified` if it is not signed.
            InvalidInput: if it is signed, and not what the gateway is known to say.
        """
        self._refuse_acting("receive")
        return await gateway_calls.run_async(gateway_calls.receive(gateway, body, headers), self._desk())

    async def resolve(self, order: str) -> int:
        """Ask the gateways what became of the payments of an order, and report it; give how many facts they gave (P4).

        Raises:
            NotFound: if there is no such order.
            AdapterFailed: if a gateway cannot be reached.
        """
        self._refuse_acting("resolve")
        return await gateway_calls.run_async(gateway_calls.resolve(order), self._desk())

    async def resolve_unknown(
        self,
        *,
        gateway: str | None = None,
        limit: int = 100,
        again: AskAgain | None = None,
        turn: Turn | None = None,
    ) -> int:
        """Ask the gateways, or one, about every open attempt and refund; give how many facts they reported (P4).

        Orders are looked up `limit` at a time. With `again` only those are asked about whose time it is.

        Raises:
            AdapterFailed: if the store cannot be reached.
            Exception: what went wrong with a gateway or an order first, if no `turn` takes it; the others had their
                turn.
        """
        self._refuse_acting("resolve_unknown")
        names = tuple(self.gateways) if gateway is None else (gateway,)
        resolving = gateway_calls.resolve_unknown(names, limit=limit, again=again, turn=turn)
        return await gateway_calls.run_async(resolving, self._desk())

    async def reconcile(self, gateway: str, day: date) -> Reconciliation:
        """Compare what a gateway lists of a day with what the orders have of it; nothing changes.

        Raises:
            Refused: `gateway.unavailable`, `gateway.cannot_list`.
            AdapterFailed: if the gateway cannot be reached.
        """
        self._refuse_acting("reconcile")
        return await gateway_calls.run_async(gateway_calls.reconcile(gateway, day), self._desk())

    # What waits outside of commands

    async def relay_once(self, notifier: AsyncNotifier, *, limit: int = 100) -> int:
        """Ask the gateways, then send letters and events: the oldest `limit` of each; give how many (N1).

        Rows are claimed for the time of a lease and sent with no transaction open; each is marked at once. What
        cannot be sent is put off, and parked in the end (`delivery`).

        Raises:
            Exception: what the notifier or a gateway raised first, or what is wrong with an order; all other rows had
                their turn.
        """
        turn = Turn()
        delivered = 0
        for name in self.gateways:
            delivered += await self._ask_gateway(name, limit, turn)
        delivered += await self._notify(notifier, limit, turn)
        turn.raise_first()
        return delivered

    async def relay_gateway(self, gateway: str, *, limit: int = 100, turn: Turn | None = None) -> int:
        """Do that for one gateway alone, so that a worker need not let the others wait for it.

        Raises:
            Refused: `gateway.unavailable` if none has that name.
            AdapterFailed: if the store cannot be reached.
            Exception: as `relay_once` does, if no `turn` takes it.
        """
        if gateway not in self.gateways:
            raise Refused("gateway.unavailable", gateway=gateway)
        taken = turn or Turn()
        delivered = await self._ask_gateway(gateway, limit, taken)
        if turn is None:
            taken.raise_first()
        return delivered

    async def relay_notifier(self, notifier: AsyncNotifier, *, limit: int = 100, turn: Turn | None = None) -> int:
        """Do that for letters and events alone.

        Raises:
            AdapterFailed: if the store cannot be reached.
            Exception: as `relay_once` does, if no `turn` takes it.
        """
        taken = turn or Turn()
        delivered = await self._notify(notifier, limit, taken)
        if turn is None:
            taken.raise_first()
        return delivered

    async def _ask_gateway(self, name: str, limit: int, turn: Turn) -> int:
        carry_out = partial(self._carry_out, name, self.gateways[name])
        return await self._relay().hand_on(carry_out, turn, limit=limit, gateway=name)

    async def _notify(self, notifier: AsyncNotifier, limit: int, turn: Turn) -> int:
        return await self._relay().hand_on(partial(notifier.notify, self.project), turn, limit=limit)

    def _relay(self) -> AsyncRelay:
        self._refuse_acting("relay")
        return AsyncRelay(project=self.project, outbox=self.store, time=self._now, settings=self.delivery)

    async def due(self, at: datetime | None = None, *, limit: int = 100) -> DueList:
        """List what is due by an instant (default: now) and not noted yet, the longest due first (P14).

        `unreadable` of the list names orders that cannot be read; the others are in it.
        """
        await self._narrowed(DueQuery())
        now = self._now()
        return await self._read(due_until(now if at is None else utc(at), now=now, limit=limit))

    async def run_due(self, *, limit: int = 100, turn: Turn | None = None) -> int:
        """Execute what has fallen due, about `limit` items at most; give how many, 0 if nothing is left (P13, P14).

        However often and from however many processes it is run, each thing is noted once. Access never waits for
        it (A8).

        Raises:
            AdapterFailed: if the store cannot be reached.
            Exception: what went wrong with an order first, if no `turn` takes it; the others had their turn.
        """
        self._refuse_acting("run_due")
        taken = turn or Turn()
        done = 0
        failed: set[str] = set()
        while done < limit and not taken.is_over():
            # those that fail stay due: however many they are, others are among what is read
            ids = await self._read(orders_due(self._now(), limit=limit + len(failed)))
            waiting = [id for id in ids if id not in failed]
            if not waiting:
                break
            for id in waiting:
                if done >= limit or taken.is_over():
                    break
                try:
                    receipt = await self.execute(RunDue(order=id))
                    done += receipt.events.count(DueNoted.name)
                    taken.succeeded.append(id)
                except Exception as problem:  # whatever the host's courses raise
                    failed.add(id)
                    taken.go_on_after(problem)
        await self._forget_keys()
        if turn is None:
            taken.raise_first()
        return done

    async def _forget_keys(self) -> None:
        if self.keys_kept_for is not None:
            await self.store.forget_keys(self.project, before=self._now() - self.keys_kept_for, limit=_FORGOTTEN)

    # The loop

    # decision 0001: rules are pure functions, and this loop is all that does I/O for them
    async def _commit(self, command: Command, *, alone: bool, keeps_refusal: bool) -> Receipt:
        async with self.store.transaction(self.project, writes=True, alone=alone) as transaction:
            sources = self._sources(transaction)
            # K8: in the transaction that decides, so the team of the order cannot change in between
            allowed = command if self.permit is None else await run_async(self.permit.command(command), sources)
            deciding = decide_once(allowed, now=self._now(), fresh_id=self.ids.new(), keeps_refusal=keeps_refusal)
            decision: Decision = await run_async(deciding, sources)
            if decision.changes != NOTHING:
                await transaction.commit(decision.changes)
            if decision.refused is not None:
                raise decision.refused
            return decision.receipt

    async def _read(self, asking: Asking[T]) -> T:
        async with self.store.transaction(self.project, writes=False) as transaction:
            return await run_async(asking, self._sources(transaction))

    async def _narrowed(self, query: Q) -> Q:
        """Give a query as the permit has it (K8)."""
        return query if self.permit is None else await self._read(self.permit.query(query))

    def _refuse_acting(self, work: str) -> None:
        """Refuse the host's own work to an actor with a permit (K8)."""
        if self.permit is not None:
            raise self.permit.refusal(work)

    def _sources(self, transaction: AsyncTransaction) -> AsyncSources:
        return AsyncSources(
            project=self.project,
            records=transaction,
            courses=self.courses,
            progress=self.progress,
            gateways={name: gateway.capabilities for name, gateway in self.gateways.items()},
            people=self.people,
        )

    def _now(self) -> datetime:
        return utc(self.clock.now())

    # Gateways, carried out

    def _desk(self) -> gateway_calls.AsyncDesk:
        return gateway_calls.AsyncDesk(gateways=self.gateways, execute=self.execute, read=self._read)

    async def _with_link(self, receipt: Receipt, command: StartAttempt) -> Receipt:
        try:
            making = gateway_calls.make_link(command.order, command.payment, attempt=receipt.made)
            link = await gateway_calls.run_async(making, self._desk())
        except Refused:
            # the host makes links itself or, answered again, the payment was paid meanwhile
            return receipt
        return attrs.evolve(receipt, link=link.url)

    async def _report(self, fact: GatewayFact, gateway: str) -> bool:
        """Record a fact; tell whether its payment is known."""
        return await gateway_calls.run_async(gateway_calls.report(fact, gateway), self._desk())

    async def _carry_out(self, name: str, gateway: AsyncPaymentGateway, row: OutboxRow) -> None:
        """Ask for what a row wants, and report the answer; a crash on the way asks again, with the same key."""
        call = await self._read(call_for(row, gateway.capabilities))
        match call:
            case ChargeRequest():
                await self._report(await gateway.charge(call), name)
            case RefundRequest():
                await self._report(await gateway.refund(call), name)
            case GatewayFact():
                await self._report(call, name)

"""Wraps an async store or gateway as a blocking one, so that one suite of tests serves both."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, cast

from kwiga_orders.changes import OutboxRow
from kwiga_orders.delivery import Claim, PutOff
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
from kwiga_orders.ports import (
    AsyncListingGateway,
    AsyncOrderStore,
    AsyncPaymentGateway,
    AsyncTransaction,
    OrderStore,
    PaymentGateway,
    Transaction,
)
from kwiga_orders.project import Contact, Project
from kwiga_orders.reconciliation import Listed

__all__ = ["BlockingGateway", "BlockingStore", "blocking"]

T = TypeVar("T")


class BlockingStore:
    """An `OrderStore` over an async one, run in its own event loop; it cannot be used inside another loop."""

    def __init__(self, store: AsyncOrderStore, runner: asyncio.Runner) -> None:
        self.awaited = store
        self._runner = runner

    @contextmanager
    def transaction(self, project: str, /, *, writes: bool, alone: bool = False) -> Iterator[Transaction]:
        """Begin to read a project; with `writes`, also to change it."""
        with blocking(self.awaited.transaction(project, writes=writes, alone=alone), self._runner) as transaction:
            yield cast(Transaction, _BlockingTransaction(transaction, self._runner))

    def save_project(self, project: Project, /) -> None:
        """Make a project or change its settings."""
        self.run(self.awaited.save_project(project))

    def save_contact(self, project: str, contact: Contact, /) -> None:
        """Make or replace a contact."""
        self.run(self.awaited.save_contact(project, contact))

    def pending(self, project: str, /, *, limit: int, gateway: str | None = None) -> Sequence[OutboxRow]:
        """Give the oldest rows that are not sent yet."""
        return self.run(self.awaited.pending(project, limit=limit, gateway=gateway))

    def claim(
        self, project: str, /, *, now: datetime, until: datetime, limit: int, gateway: str | None = None
    ) -> Claim:
        """Claim the oldest rows that are free."""
        return self.run(self.awaited.claim(project, now=now, until=until, limit=limit, gateway=gateway))

    def mark_sent(self, project: str, rows: Sequence[str], /, *, at: datetime) -> None:
        """Mark rows as sent."""
        self.run(self.awaited.mark_sent(project, rows, at=at))

    def put_off(
        self, project: str, rows: Sequence[PutOff], /, *, claim: Claim, at: datetime, outbox: Sequence[OutboxRow] = ()
    ) -> None:
        """Try rows of a claim again later, or park them."""
        self.run(self.awaited.put_off(project, rows, claim=claim, at=at, outbox=outbox))

    def release(self, project: str, rows: Sequence[str], /, *, claim: Claim) -> None:
        """Release rows of a claim."""
        self.run(self.awaited.release(project, rows, claim=claim))

    def forget_keys(self, project: str, /, *, before: datetime, limit: int) -> None:
        """Delete the oldest idempotency keys."""
        self.run(self.awaited.forget_keys(project, before=before, limit=limit))

    def run(self, coroutine: Coroutine[None, None, T]) -> T:
        """Run a coroutine to its end, and give its result."""
        return self._runner.run(coroutine)


class _BlockingTransaction:
    """A blocking transaction over an async one."""

    def __init__(self, transaction: AsyncTransaction, runner: asyncio.Runner) -> None:
        self._transaction = transaction
        self._runner = runner

    def __getattr__(self, name: str) -> Callable[..., object]:
        # Looked up at the call, so that a new method of the port needs no change here.
        method = getattr(self._transaction, name)
        return lambda *values, **named: self._runner.run(method(*values, **named))


class BlockingGateway:
    """A `PaymentGateway` over an async one, run in its own event loop; it cannot be used inside another loop."""

    def __init__(self, gateway: AsyncPaymentGateway, runner: asyncio.Runner) -> None:
        self.awaited = gateway
        self._runner = runner

    @property
    def capabilities(self) -> Capabilities:
        """What the gateway can do."""
        return self.awaited.capabilities

    def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Make the link through which a payment is paid."""
        return self._runner.run(self.awaited.make_link(request))

    def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge a saved card or account."""
        return self._runner.run(self.awaited.charge(request))

    def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Refund a payment, or a part of it."""
        return self._runner.run(self.awaited.refund(request))

    def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Give the state of the attempts and refunds of a payment."""
        return self._runner.run(self.awaited.state_of(request))

    def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List the facts between two instants, if the async gateway can list them."""
        listing = cast("AsyncListingGateway", self.awaited)
        return self._runner.run(listing.list_facts(starts_at, ends_at))

    def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> Callback:
        """Read a callback."""
        return self._runner.run(self.awaited.read_callback(body, headers))


@contextmanager
def blocking(entered: AbstractAsyncContextManager[T], runner: asyncio.Runner) -> Iterator[T]:
    """Enter and leave an async context, waiting both times."""

    async def enter() -> T:
        return await entered.__aenter__()

    async def leave(problem: BaseException | None) -> bool | None:
        kind = type(problem) if problem is not None else None
        return await entered.__aexit__(kind, problem, problem.__traceback__ if problem is not None else None)

    value = runner.run(enter())
    # The loop runs only while something is awaited, so the test has control in between.
    try:
        yield value
    except BaseException as problem:
        # An async context may suppress an error, like a blocking one.
        if not runner.run(leave(problem)):
            raise
    else:
        runner.run(leave(None))


if TYPE_CHECKING:

    def _fits(store: BlockingStore, gateway: BlockingGateway) -> tuple[OrderStore, PaymentGateway]:
        return store, gateway

"""Work with gateways: links, callbacks, states. It is written once, as generators, for the sync and the async service.

A generator here yields steps: functions of a `Desk`, which read, execute a command, or call a gateway. `run` executes
them one after another, `run_async` awaits each.

Laws:

1. No transaction is open during a call to a gateway: data are read before it, and facts are recorded after it.
2. Each fact is recorded separately. A fact that a rule refuses is kept as an anomaly of its payment (P11).
3. An error of one order or one gateway does not stop the others, except an error of the store.
"""

from collections.abc import Awaitable, Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import TypeVar, cast

import attrs

from kwiga_orders.asking import Asking, converse, converse_async
from kwiga_orders.changes import Receipt
from kwiga_orders.commands import Command
from kwiga_orders.decisions import (
    day_of,
    entries_here,
    link_for,
    orders_under,
    payment_under,
    state_for,
    states_of,
    taken_through,
    unsettled_after,
)
from kwiga_orders.errors import InvalidInput, NotFound, Refused
from kwiga_orders.gateways import (
    Callback,
    GatewayFact,
    PaymentLink,
    StateRequest,
    Unrecorded,
    keeping,
    names_a_payment,
    report_of,
)
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Window
from kwiga_orders.ports import AsyncPaymentGateway, ListingGateway, PaymentGateway
from kwiga_orders.reconciliation import Disagreement, Entry, Listed, Reconciliation, difference_of
from kwiga_orders.turns import AskAgain, Turn

__all__ = [
    "AsyncDesk",
    "Desk",
    "Work",
    "make_link",
    "receive",
    "reconcile",
    "report",
    "resolve",
    "resolve_unknown",
    "run",
    "run_async",
]

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Desk:
    """The means for steps: the connected gateways, and a service that executes commands and reads."""

    gateways: Mapping[str, PaymentGateway]
    execute: Callable[[Command], Receipt]
    read: Callable[[Asking[object]], object]


@attrs.frozen(kw_only=True)
class AsyncDesk:
    """`Desk`, awaited."""

    gateways: Mapping[str, AsyncPaymentGateway]
    execute: Callable[[Command], Awaitable[Receipt]]
    read: Callable[[Asking[object]], Awaitable[object]]


Step = Callable[[Desk], object]
"""One step, executed with a desk."""

Work = Generator[Step, object, T]
"""A generator that yields steps and returns a T."""


def run(work: Work[T], desk: Desk) -> T:
    """Execute each step, and give the result; an error of a step is raised at its `yield`."""
    return converse(work, lambda step: step(desk))


async def run_async(work: Work[T], desk: AsyncDesk) -> T:
    """Execute each step as `run` does, and await it."""
    # `cast`, because an async desk has the same methods, so the same steps work
    return await converse_async(work, lambda step: step(cast("Desk", desk)))


# Steps


def _execute(command: Command) -> Work[Receipt]:
    return cast(Receipt, (yield lambda desk: desk.execute(command)))


def _read(asking: Asking[T]) -> Work[T]:
    return cast(T, (yield lambda desk: desk.read(asking)))


def _gateway(name: str) -> Work[PaymentGateway]:
    """Give a gateway; its calls must be separate steps, because they may have to be awaited."""
    # A step as well, because only the desk has the gateways.
    found = cast("PaymentGateway | None", (yield lambda desk: desk.gateways.get(name)))
    if found is None:
        raise Refused("gateway.unavailable", gateway=name)
    return found


def _state_of(gateway: PaymentGateway, request: StateRequest) -> Work[Sequence[GatewayFact]]:
    return cast("Sequence[GatewayFact]", (yield lambda _: gateway.state_of(request)))


# Links (P3)


def make_link(
    order: str,
    payment: str,
    *,
    attempt: str | None = None,
    return_url: str | None = None,
    cancel_url: str | None = None,
) -> Work[PaymentLink]:
    """Make the link by which an unpaid payment is paid now.

    Raises:
        NotFound: if there is no such order or payment.
        Refused: `payment.not_owed`, `gateway.unavailable`.
        AdapterFailed: if the gateway cannot be reached.
    """
    name, request = yield from _read(link_for(order, payment, attempt=attempt))
    gateway = yield from _gateway(name)
    # P3: not every gateway accepts the order's currency.
    if not gateway.capabilities.takes(request.amount.currency):
        raise Refused("gateway.unavailable", gateway=name, payment=payment)
    asked = attrs.evolve(request, return_url=return_url, cancel_url=cancel_url)
    return cast(PaymentLink, (yield lambda _: gateway.make_link(asked)))


# Callbacks (P4, P10, P11)


@attrs.define
class _Received:
    """The outcomes of a callback's facts so far."""

    unknown: list[str] = attrs.field(factory=list)
    unrecorded: list[Unrecorded] = attrs.field(factory=list)
    failed: list[Exception] = attrs.field(factory=list)

    def of(self, callback: Callback) -> Callback:
        """Give the callback with the outcomes of its facts.

        Raises:
            Exception: the first error.
        """
        if self.failed:
            raise self.failed[0]
        return attrs.evolve(callback, unknown=tuple(self.unknown), unrecorded=tuple(self.unrecorded))


def receive(name: str, body: bytes, headers: Mapping[str, str]) -> Work[Callback]:
    """Receive a callback: record its facts one by one, then ask the gateway for what the callback lacks.

    Raises:
        AdapterFailed: if something outside broke, as `Conflict` and `Corrupt` after all other facts were recorded.
        Refused: `gateway.unavailable`, `callback.not_verified`.
        InvalidInput: if it is signed, but not in the format of the gateway.
    """
    gateway = yield from _gateway(name)
    callback = cast(Callback, (yield lambda _: gateway.read_callback(body, headers)))
    received = _Received()
    for told in callback.facts:
        # Law 2: one by one, so that a fact that cannot be recorded does not stop the others.
        try:
            fact = yield from _named(told, name, gateway)
            code = yield from _record(fact, name)
        except Exception as problem:  # the host's gateway may raise anything
            received.failed.append(problem)
        else:
            if code == "not_found":
                received.unknown.append(fact.payment)
            elif code is not None:
                received.unrecorded.append(Unrecorded(payment=fact.payment, reference=fact.reference, code=code))
    # After the facts of the callback, because the state is newer.
    for payment in callback.ask:
        try:
            request = yield from _read(state_for(payment))
            if request is None:
                received.unknown.append(payment)
            else:
                yield from _ask_state(request, name, gateway)
        except Exception as problem:  # the host's gateway may raise anything
            received.failed.append(problem)
    return received.of(callback)


def _named(fact: GatewayFact, name: str, gateway: PaymentGateway) -> Work[GatewayFact]:
    """Give a fact with its payment; if it names none, the payment of the attempt that was refunded (P9)."""
    # It names a payment, or there is nothing to look it up by.
    if fact.payment or fact.of is None or fact.amount is None:
        return fact
    payment = yield from _read(payment_under(fact.of, gateway=name))
    if payment is None:
        # P9: a refund may be reported before its payment, so only the gateway knows the payment
        asked = StateRequest(payment="", amount=fact.amount, references=(fact.of,))
        known = yield from _state_of(gateway, asked)
        payment = next((one.payment for one in known if one.kind == "attempt" and one.reference == fact.of), None)
    return attrs.evolve(fact, payment=payment or "")


def _record(fact: GatewayFact, name: str) -> Work[str | None]:
    """Report a fact, or keep it as an anomaly; give the code with which it was refused."""
    try:
        return None if (yield from report(fact, name)) else "not_found"
    except (Refused, InvalidInput) as refused:
        # if it cannot be kept either, for example because the payment is not ours, the first refusal is reported
        with suppress(Refused, InvalidInput):
            yield from _execute(keeping(fact, gateway=name))
        return refused.code


def report(fact: GatewayFact, name: str) -> Work[bool]:
    """Record a fact of the gateway of that name; tell whether the project has its payment."""
    if not names_a_payment(fact.payment):
        # Checked before the command is made, because an error must not contain an arbitrary text as an id.
        return False
    try:
        yield from _execute(report_of(fact, gateway=name))
    except NotFound:
        return False
    return True


# States (P4)


def resolve(order: str) -> Work[int]:
    """Ask the gateways for the outcomes of an order's payments, and record them; give the number of recorded facts.

    Raises:
        NotFound: if there is no such order.
        AdapterFailed: if a gateway cannot be reached, after the other payments were processed.
    """
    turn = Turn()
    recorded = yield from _resolve(order, None, turn)
    turn.raise_first()
    return recorded


def _resolve(order: str, again: AskAgain | None, turn: Turn) -> Work[int]:
    recorded = 0
    for name, request in (yield from _read(states_of(order, again))):
        try:
            gateway = yield from _gateway(name)
            recorded += yield from _ask_state(request, name, gateway)
            # Noted for each answer, so that a worker can tell whether the gateway works.
            turn.succeeded.append(order)
        except Refused:
            # the gateway is no longer connected
            continue
        except Exception as problem:  # the host's gateway may raise anything
            turn.go_on_after(problem)
    return recorded


def _ask_state(request: StateRequest, name: str, gateway: PaymentGateway) -> Work[int]:
    recorded = 0
    for fact in (yield from _state_of(gateway, request)):
        # a refund made on the gateway's website names no payment, but belongs to the payment of the request
        code = yield from _record(attrs.evolve(fact, payment=fact.payment or request.payment), name)
        recorded += code is None
    return recorded


def resolve_unknown(
    names: Iterable[str], *, limit: int, again: AskAgain | None = None, turn: Turn | None = None
) -> Work[int]:
    """Resolve every order with an open attempt or refund at these gateways; give the number of recorded facts.

    Raises:
        AdapterFailed: if the store cannot be reached.
        Exception: the first error of a gateway or an order, unless `turn` collects errors; all others were processed.
    """
    recorded = 0
    taken = turn or Turn()
    for name in names:
        recorded += yield from _resolve_all(name, limit, again, taken)
    if turn is None:
        taken.raise_first()
    return recorded


def _resolve_all(name: str, limit: int, again: AskAgain | None, turn: Turn) -> Work[int]:
    recorded = 0
    last: str | None = ""
    while last is not None:
        # By id and not by offset, because resolved orders leave the list.
        ids = yield from _read(unsettled_after(last, gateway=name, limit=limit))
        for id in ids:
            if turn.is_over():
                return recorded
            try:
                recorded += yield from _resolve(id, again, turn)
            except Exception as problem:  # for example an order that cannot be read
                turn.go_on_after(problem)
        # A page that is not full need not be the last, because others resolve orders at the same time.
        last = ids[-1] if ids else None
    return recorded


# Reconciliation


def reconcile(name: str, day: date) -> Work[Reconciliation]:
    """Compare a gateway's list of a day with the payments and refunds of orders.

    Raises:
        Refused: `gateway.unavailable`, `gateway.cannot_list`.
        AdapterFailed: if the gateway or the store cannot be reached.
    """
    gateway = yield from _gateway(name)
    if not gateway.capabilities.lists:
        raise Refused("gateway.cannot_list", gateway=name)
    listing = cast(ListingGateway, gateway)
    window = yield from _read(day_of(day))
    starts_at, ends_at = window.starts_at, cast(datetime, window.ends_at)
    listed = cast(Listed, (yield lambda _: listing.list_facts(starts_at, ends_at)))
    facts = [*listed.facts, *(yield from _facts_asked_for(listed.ask, gateway))]
    met, found = set[_Row](), list[Disagreement]()
    for row, fact in {_row_of(fact): fact for fact in facts}.items():
        here = yield from _entry_for(fact, name)
        met.add(row)
        found += _disagreements(fact, here)
    for order in (yield from _read(taken_through(name, window))):
        for entry, there in (yield from _not_listed(order, gateway, name, window, met)):
            met.add(_row_of(entry))
            found += _disagreements(there, entry)
    return Reconciliation(
        gateway=name, starts_at=starts_at, ends_at=ends_at, compared=len(met), disagreements=tuple(found)
    )


_Row = tuple[bool, str]
"""A row: whether it is an attempt, and its reference."""


def _row_of(one: GatewayFact | Entry) -> _Row:
    return one.kind == "attempt", one.reference


def _facts_asked_for(payments: Iterable[str], gateway: PaymentGateway) -> Work[list[GatewayFact]]:
    found: list[GatewayFact] = []
    for payment in payments:
        # if the payment is not of this project, the list alone must do
        request = yield from _read(state_for(payment))
        if request is not None:
            found += yield from _state_of(gateway, request)
    return found


def _disagreements(there: GatewayFact | None, here: Entry | None) -> Iterator[Disagreement]:
    difference = "only_here" if there is None else difference_of(there, here)
    if difference is not None:
        yield Disagreement(difference=difference, here=here, there=there)


def _entry_for(fact: GatewayFact, name: str) -> Work[Entry | None]:
    for order in (yield from _read(orders_under(fact, gateway=name))):
        entries, _ = yield from _read(entries_here(order, gateway=name))
        entry = entries.get(_row_of(fact))
        if entry is not None:
            return entry
    return None


def _not_listed(
    order: str, gateway: PaymentGateway, name: str, window: Window, met: Collection[_Row]
) -> Work[list[tuple[Entry, GatewayFact | None]]]:
    """Give the rows of an order that the gateway did not list, each with the state of its payment at the gateway."""
    entries, requests = yield from _read(entries_here(order, gateway=name))
    missing = {
        row: entry
        for row, entry in entries.items()
        if row not in met and entry.outcome is Outcome.SUCCEEDED and window.holds(entry.at)
    }
    told: dict[_Row, GatewayFact] = {}
    payments = {entry.payment for entry in missing.values()}
    # a row may be listed on the day before or after, so it is missing only if the gateway does not know it at all
    for request in requests:
        if request.payment in payments:
            known = yield from _state_of(gateway, request)
            told |= {_row_of(fact): fact for fact in known}
    return [(entry, told.get(row)) for row, entry in missing.items()]

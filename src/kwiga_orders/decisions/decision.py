"""Assemble a decision: changes of orders with their history, letters, gateway calls and due dates."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from kwiga_orders.asking import Asking
from kwiga_orders.catalogue import CatalogueRow
from kwiga_orders.changes import NOTHING, Changes, OutboxRow, Receipt
from kwiga_orders.decisions.mailing import letters_for
from kwiga_orders.due import Windows, next_due
from kwiga_orders.errors import Refused
from kwiga_orders.gateways import calls
from kwiga_orders.letters import Letter, outbox_rows
from kwiga_orders.offers import Offer
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.decide import OrderChange
from kwiga_orders.orders.events import (
    AttemptRecorded,
    Event,
    NoteAdded,
    OrderCreated,
    PaymentAdded,
    PaymentRefunded,
    RefundRecorded,
    TaskAdded,
)
from kwiga_orders.orders.state import Order
from kwiga_orders.values import maker

__all__ = ["Decision", "decision_of", "next_due_of", "outbox_of", "unchanged", "with_catalogue"]


@attrs.frozen(kw_only=True)
class Decision:
    """All that a command writes, and its answer: a receipt or a refusal."""

    changes: Changes
    receipt: Receipt
    refused: Refused | None = None


_changes, _receipt = maker(Changes), maker(Receipt)


def unchanged(order: Order) -> Decision:
    """Give the decision that changes nothing (K2)."""
    return Decision(changes=NOTHING, receipt=Receipt(order=order.id, version=order.version))


def decision_of(order_changes: Sequence[OrderChange], given: Context) -> Asking[Decision]:
    """Combine the changes of orders by a command; the receipt is about the first order."""
    if not order_changes:
        return Decision(changes=NOTHING, receipt=Receipt())
    windows = [Windows(one.after, given.view) for one in order_changes]
    outbox: tuple[OutboxRow, ...] = ()
    # N1: an import replays the past, whose letters were sent long ago.
    if given.notifies:
        for one, its_windows in zip(order_changes, windows, strict=True):
            letters = yield from letters_for(one, its_windows)
            outbox += outbox_of(one, letters, its_windows)
    changes = _changes(
        orders=tuple([one.after for one in order_changes]),
        # K2: 0 means that the order must not exist yet, so two imports of one order conflict.
        based_on={one.after.id: 0 if one.before is None else one.before.version for one in order_changes},
        history=tuple([recorded for one in order_changes for recorded in one.recorded]),
        outbox=outbox,
        # If the offer that lines may follow is not loaded, windows cannot be computed, and the order keeps its instant.
        # Commands that move windows load it.
        next_due={
            one.order.id: next_due(one)
            for one in windows
            if one.order.origin is None or one.order.origin.offer in given.offers
        },
    )
    # The first order is the command's own; twins come after it (O3).
    first = order_changes[0]
    receipt = _receipt(
        order=first.after.id,
        version=first.after.version,
        events=tuple([recorded.event.name for recorded in changes.history]),
        made=_made(first.recorded[0].event, first.before),
    )
    return Decision(changes=changes, receipt=receipt)


def outbox_of(change: OrderChange, letters: Iterable[Letter], windows: Windows) -> tuple[OutboxRow, ...]:
    """Give the outbox rows of one order: its events, these letters, and the calls to its gateways."""
    return (*outbox_rows(change.recorded, letters, windows), *calls(change.after, change.recorded))


def with_catalogue(decision: Decision, rows: Sequence[CatalogueRow], *, offers: Sequence[Offer] = ()) -> Decision:
    """Add the history and the new states of offers and funnels to a decision."""
    # Before other rows, because orders move as a consequence of these changes.
    added = (*rows, *decision.changes.catalogue)
    changes = attrs.evolve(decision.changes, catalogue=added, offers=(*decision.changes.offers, *offers))
    events = (*(row.event.name for row in rows), *decision.receipt.events)
    return Decision(changes=changes, receipt=attrs.evolve(decision.receipt, events=events))


def next_due_of(order: Order, given: Context) -> datetime | None:
    """Give the next due instant of an order, by the loaded offers (P14)."""
    return next_due(Windows(order, given.view))


def _made(event: Event, before: Order | None) -> str | None:
    """Give the id of what an event created, if it did."""
    match event:
        case OrderCreated():
            return event.order.id
        case PaymentAdded():
            return event.payment.id
        case AttemptRecorded():
            return event.attempt.id
        case TaskAdded():
            return event.task.id
        case NoteAdded():
            return event.note
        case PaymentRefunded() | RefundRecorded():
            # A report may settle a refund that is there already, and a correction is always about one (P10).
            there = () if before is None else before.payment(event.payment).refunds
            return None if any(one.id == event.refund.id for one in there) else event.refund.id
    return None

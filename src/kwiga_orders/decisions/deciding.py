"""Which function decides which command, and how a repeated command is answered.

Laws:

1. A decision is a pure function of the facts it asks for, the command, the time and a fresh id.
2. It contains all that will be written. Executing a command commits it, a preview shows it. Home of K3.
3. A command to one order changes other orders only by O3: twins of the same contact and offer.
4. A command that is repeated with its idempotency key gives its first answer, even if that was a refusal, and writes
   nothing. Home of K1.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

import attrs

from kwiga_orders import contacts, offers
from kwiga_orders import funnel as funnels
from kwiga_orders.asking import Asking, find_repeated
from kwiga_orders.changes import NOTHING, Changes, Receipt, Refusal, Repeated
from kwiga_orders.codec import encode
from kwiga_orders.commands import Command
from kwiga_orders.decisions import on_certificates, on_contacts, on_deliveries, on_due, on_funnels, on_offers, on_orders
from kwiga_orders.decisions.decision import Decision
from kwiga_orders.decisions.loading import context_for
from kwiga_orders.delivery import DropDelivery, RetryDelivery
from kwiga_orders.due import RunDue
from kwiga_orders.errors import Conflict, Fault, InvalidInput, NotFound, Refused
from kwiga_orders.jobs import ForEach
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context

__all__ = ["decide", "decide_once", "decider", "fingerprint", "may_retry"]

C = TypeVar("C", bound=Command)
Decider = Callable[..., Asking[Decision]]
"""The function that decides commands of one class."""


def decider(kind: type[C], decides: Callable[[C, Context], Asking[Decision]]) -> tuple[type[Command], Decider]:
    """Pair a class of commands with the function that decides it; a type checker refuses a pair that does not fit."""
    return kind, decides


_DECIDERS: Mapping[type[Command], Decider] = dict(
    (
        decider(contacts.SaveContact, on_contacts.save_contact),
        decider(contacts.MergeContacts, on_contacts.merge_contacts),
        decider(contacts.EraseContact, on_contacts.erase_contact),
        decider(asked.OpenOffer, on_orders.open_offer),
        decider(asked.CreateOrder, on_orders.create_order),
        decider(asked.ReportEvent, on_orders.report_event),
        decider(asked.IssueCertificate, on_certificates.issue),
        decider(asked.RevokeCertificate, on_certificates.revoke),
        decider(RunDue, on_due.run_due),
        decider(RetryDelivery, on_deliveries.retry_delivery),
        decider(DropDelivery, on_deliveries.drop_delivery),
        decider(asked.OrderCommand, on_orders.to_order),
        decider(offers.CreateOffer, on_offers.create_offer),
        decider(offers.EditOffer, on_offers.edit_offer),
        decider(offers.ArchiveOffer, on_offers.archive_offer),
        decider(funnels.CreateFunnel, on_funnels.create_funnel),
        decider(funnels.EditFunnel, on_funnels.edit_funnel),
        decider(funnels.RemoveFunnel, on_funnels.remove_funnel),
        decider(funnels.RemoveStatus, on_funnels.remove_status),
        decider(funnels.FunnelCommand, on_funnels.change_funnel),
    )
)
"""The functions by class of command; a class that is not listed is decided as its base class."""

_PARTS = ("attention", "payment", "refund", "task")
"""The parts of an order, which only a command to that order can create."""


def decide(command: Command, *, now: datetime, fresh_id: str, notifies: bool = True) -> Asking[Decision]:
    """Decide a command: give all that it writes, or raise why not.

    `fresh_id` is the id of a new order; without `notifies` nothing is added to the outbox (N1).

    Raises:
        Refused: with the code of the rule that refuses; `NotFound` for what is not in the project.
        InvalidInput: if it is not a command.
        Conflict: `order.conflict` if the order is no longer the one the command was based on (K2),
            `idempotency.conflict` if its key was used for another command (K1).
    """
    decision = yield from decide_once(command, now=now, fresh_id=fresh_id, notifies=notifies)
    if decision.refused is not None:
        raise decision.refused
    return decision


def decide_once(
    command: Command, *, now: datetime, fresh_id: str, notifies: bool = True, keeps_refusal: bool = True
) -> Asking[Decision]:
    """Decide a command that is executed: with an idempotency key, a refusal is stored as its answer, too (K1).

    Only refusals by rules are stored. After other errors (an unknown order, offer or contact, a conflict, invalid
    input, a failure outside) the same command may succeed later. An unknown payment or other part of an order counts as
    a refusal by a rule: only that order could create it.
    """
    if not any(kind in _DECIDERS for kind in type(command).__mro__):
        # Also by base classes, so that a host's command which derives from one of ours is decided as that.
        hint = "a command, such as read_command gives; questions are asked, not executed"
        raise InvalidInput([Fault(path="command", code="input.invalid", hint=hint)])
    key = command.idempotency_key
    if key is None:
        return (yield from _decided(command, now, fresh_id, notifies=notifies))
    print_of = fingerprint(command)
    repeated = yield from find_repeated(key)
    if repeated is not None:
        return _repeated(repeated, print_of)
    # The receipt is added below, when it is known.
    kept = Repeated(key=key, fingerprint=print_of, receipt=Receipt(), at=now)
    try:
        decision = yield from _decided(command, now, fresh_id, notifies=notifies)
    except Refused as problem:
        # K1: an unknown order may be created later, and then the same command may succeed.
        is_elsewhere = isinstance(problem, NotFound) and problem.details["what"] not in _PARTS
        if is_elsewhere or not keeps_refusal:
            raise
        kept = attrs.evolve(kept, refusal=Refusal.of(problem))
        # K1: the refusal is stored, so that the repeated command gives the same refusal.
        return Decision(changes=Changes(repeated=(kept,)), receipt=Receipt(), refused=problem)
    kept = attrs.evolve(kept, receipt=decision.receipt)
    return attrs.evolve(decision, changes=attrs.evolve(decision.changes, repeated=(kept,)))


def _repeated(repeated: Repeated, print_of: str) -> Decision:
    # The same key for another command is a mistake of the client.
    if repeated.fingerprint != print_of:
        raise Conflict("idempotency.conflict", key=repeated.key)
    refused = None if repeated.refusal is None else repeated.refusal.error()
    return Decision(changes=NOTHING, receipt=repeated.receipt, refused=refused)


def _decided(command: Command, now: datetime, fresh_id: str, *, notifies: bool) -> Asking[Decision]:
    given = yield from context_for(command, now=now, fresh_id=fresh_id, notifies=notifies)
    kind = next(kind for kind in type(command).__mro__ if kind in _DECIDERS)
    return (yield from _DECIDERS[kind](command, given))


def fingerprint(command: Command) -> str:
    """Hash a command without its idempotency key; equal hashes mean the same command (K1)."""
    # Without the key, because a client may repeat the same command with another key.
    document = {"name": command.name, "body": encode(attrs.evolve(command, idempotency_key=None), type(command))}
    if isinstance(command, ForEach):
        # encoded by its own class, because the field may hold any command
        document["each"] = fingerprint(command.each)
    return sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def may_retry(conflict: Conflict, command: Command) -> bool:
    """Tell whether to decide a command again: if it names no version, or if the conflict lacks the versions (K2)."""
    names_both = "found" in conflict.details
    return conflict.code != "idempotency.conflict" and (command.expected_version is None or not names_both)

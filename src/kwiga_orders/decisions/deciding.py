"""Which decision answers to which command, and how a repeated one is answered.

Laws:

1. A decision is a pure function of the facts it looked at, the command, the time and a fresh id.
2. It is all that will be written, as a value: executing it commits the value, a preview shows it (K3).
3. A command to one order touches another only where O3 says so: twins of the same contact and offer.
4. A command repeated under its idempotency key is answered as the first time, and writes nothing (K1).
"""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256

import attrs

from kwiga_orders import funnel as funnels
from kwiga_orders import offers
from kwiga_orders.asking import Asking, find_repeated
from kwiga_orders.changes import NOTHING, Repeated
from kwiga_orders.codec import encode
from kwiga_orders.commands import Command
from kwiga_orders.decisions import on_due, on_funnels, on_offers, on_orders
from kwiga_orders.decisions.gathering import Decision, Moment
from kwiga_orders.due import RunDue
from kwiga_orders.errors import Conflict
from kwiga_orders.orders import commands as asked

__all__ = ["decide", "fingerprint"]

_DECISIONS: Mapping[type[Command], Callable[..., Asking[Decision]]] = {
    asked.OpenOffer: on_orders.open_offer,
    asked.CreateOrder: on_orders.create_order,
    asked.ReportEvent: on_orders.report_event,
    asked.IssueCertificate: on_orders.to_certificate,
    RunDue: on_due.run_due,
    asked.OrderCommand: on_orders.to_order,
    offers.CreateOffer: on_offers.create_offer,
    offers.EditOffer: on_offers.edit_offer,
    offers.ArchiveOffer: on_offers.archive_offer,
    funnels.CreateFunnel: on_funnels.create_funnel,
    funnels.EditFunnel: on_funnels.edit_funnel,
    funnels.RemoveFunnel: on_funnels.remove_funnel,
    funnels.RemoveStatus: on_funnels.remove_status,
    funnels.FunnelCommand: on_funnels.change_funnel,
}
"""By class of command; what is not listed is decided as its base class."""


def decide(command: Command, moment: Moment) -> Asking[Decision]:
    """Decide a command: give all that it writes, or raise why not.

    Raises:
        Refused: with the code of the rule that says no; `NotFound` for what is not in the project.
        Conflict: `order.conflict` if the order is no longer the one the command was based on (K2),
            `idempotency.conflict` if its key was used for another command (K1).
    """
    key = command.idempotency_key
    return _decided(command, moment) if key is None else _decided_once(key, command, moment)


def _decided(command: Command, moment: Moment) -> Asking[Decision]:
    kind = next(kind for kind in type(command).__mro__ if kind in _DECISIONS)
    return _DECISIONS[kind](command, moment)


def _decided_once(key: str, command: Command, moment: Moment) -> Asking[Decision]:
    print_of = fingerprint(command)
    repeated = yield from find_repeated(key)
    if repeated is not None:
        if repeated.fingerprint != print_of:
            raise Conflict("idempotency.conflict", key=key)
        return Decision(changes=NOTHING, receipt=repeated.receipt)
    decision = yield from _decided(command, moment)
    kept = Repeated(key=key, fingerprint=print_of, receipt=decision.receipt)
    return attrs.evolve(decision, changes=attrs.evolve(decision.changes, repeated=(kept,)))


def fingerprint(command: Command) -> str:
    """Give what two commands have in common just when they are the same but for their keys (K1)."""
    document = {"name": command.name, "body": encode(attrs.evolve(command, idempotency_key=None), type(command))}
    return sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()

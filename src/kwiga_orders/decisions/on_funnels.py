"""Decisions about funnels (F1, F6, F7): none of them deletes an order, changes a payment or changes access."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import attrs

from kwiga_orders.asking import Asking, offers_naming, orders_in
from kwiga_orders.changes import Receipt
from kwiga_orders.commands import Command
from kwiga_orders.decisions.decision import Decision, decision_of
from kwiga_orders.decisions.loading import offers_of, with_facts
from kwiga_orders.decisions.on_offers import selling_into
from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.funnel import (
    AddStatus,
    CreateFunnel,
    EditFunnel,
    EditStatus,
    Funnel,
    FunnelCommand,
    RemoveFunnel,
    RemoveStatus,
    ReorderStatuses,
    created,
    edited,
    reordered,
    with_status,
    with_status_edited,
    without_status,
)
from kwiga_orders.offers import OfferState
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.decide import apply
from kwiga_orders.orders.events import OrderMoved
from kwiga_orders.orders.state import Order

__all__ = ["change_funnel", "create_funnel", "edit_funnel", "remove_funnel", "remove_status"]

C = TypeVar("C", bound=FunnelCommand)


def _change(kind: type[C], changes: Callable[[Funnel, C], Funnel]) -> tuple[type[FunnelCommand], Callable[..., Funnel]]:
    """Pair a class of command with what it does to a funnel; a type checker refuses a pair that does not fit."""
    return kind, changes


_CHANGES: Mapping[type[FunnelCommand], Callable[..., Funnel]] = dict(
    (_change(AddStatus, with_status), _change(EditStatus, with_status_edited), _change(ReorderStatuses, reordered))
)


def create_funnel(command: CreateFunnel, given: Context) -> Asking[Decision]:
    """Make a funnel under an id of its own (F1)."""
    given = yield from with_facts(given)
    if command.id in given.funnels:
        raise Refused("input.invalid", field="id", funnel=command.id)
    decision = yield from _decision(given, changed=[created(command, locale=given.project.locale)])
    return attrs.evolve(decision, receipt=Receipt(made=command.id))


def edit_funnel(command: EditFunnel, given: Context) -> Asking[Decision]:
    """Rename a funnel, change its rules, or make it the default one (F6, F7)."""
    given = yield from with_facts(given)
    return (yield from _decision(given, changed=[edited(given.get_funnel(command.funnel), command)]))


def change_funnel(command: FunnelCommand, given: Context) -> Asking[Decision]:
    """Add, edit or reorder statuses (F6)."""
    given = yield from with_facts(given)
    return (yield from _decision(given, changed=[_CHANGES[type(command)](given.get_funnel(command.funnel), command)]))


def remove_status(command: RemoveStatus, given: Context) -> Asking[Decision]:
    """Remove a status; its orders and rules go to another one (F6).

    Raises:
        Refused: `status.in_use`, `status.last`, `not_found`.
    """
    given = yield from with_facts(given)
    funnel = given.get_funnel(command.funnel)
    orders = yield from orders_in(funnel.id, status=command.status)
    changed = without_status(funnel, command, holds=tuple(order.number for order in orders))
    places = {command.status: (funnel.id, command.move_to or "")}
    return (yield from _decision(given, changed=[changed], moved=_Moves(command, orders, places)))


def remove_funnel(command: RemoveFunnel, given: Context) -> Asking[Decision]:
    """Remove a funnel that is not the default one; its orders go where `move_to` says, and offers with them (F6).

    Raises:
        Refused: `funnel.is_default`; `funnel.in_use` with the orders, or the offers that send new orders there, to
            which no place is given; `not_found`.
    """
    given = yield from with_facts(given)
    funnel = given.get_funnel(command.funnel)
    if funnel.default:
        raise Refused("funnel.is_default", funnel=funnel.id)
    orders = yield from orders_in(funnel.id)
    codes = yield from offers_naming(funnel.id)
    offers = list((yield from offers_of(codes)).values())
    instead = _instead_of(funnel, command)
    stuck = [order.number for order in orders if order.status not in command.move_to]
    selling = [offer.code for offer in offers if instead is None and offer.state is not OfferState.ARCHIVED]
    if stuck or selling:
        raise Refused("funnel.in_use", funnel=funnel.id, orders=stuck[:20], offers=selling)
    places = {status: _place(place, funnel, given) for status, place in command.move_to.items()}
    decision = yield from _decision(given, removed=funnel.id, moved=_Moves(command, orders, places))
    rehoused = () if instead is None else tuple(selling_into(offer, instead) for offer in offers)
    return attrs.evolve(decision, changes=attrs.evolve(decision.changes, offers=rehoused))


def _instead_of(funnel: Funnel, command: RemoveFunnel) -> str | None:
    """Give the funnel where offers send new orders from now on: where such an order would go, else all others do."""
    initial = command.move_to.get(funnel.initial())
    targets = {place[0] for place in ((initial,) if initial else command.move_to.values()) if place}
    return targets.pop() if len(targets) == 1 else None


def _place(place: Sequence[str], gone: Funnel, given: Context) -> tuple[str, str]:
    """Give the funnel and status of a place to go to, which must exist and go on existing."""
    if len(place) != 2 or place[0] == gone.id:
        raise NotFound("funnel", place[0] if place else "")
    funnel = given.get_funnel(place[0])
    return funnel.id, funnel.open_status(place[1]).id


@attrs.frozen
class _Moves:
    """Orders that a command about funnels takes along, and the place for each status."""

    command: Command
    orders: Sequence[Order] = ()
    places: Mapping[str, tuple[str, str]] = attrs.field(factory=dict)


def _decision(
    given: Context, *, changed: Sequence[Funnel] = (), removed: str | None = None, moved: _Moves | None = None
) -> Asking[Decision]:
    order_changes = []
    for order in () if moved is None else moved.orders:
        assert moved is not None
        funnel, status = moved.places[order.status]
        move = OrderMoved(
            from_funnel=order.funnel, from_status=order.status, to_funnel=funnel, to_status=status, by="hand"
        )
        change = apply(order, [move], id=order.id, command=moved.command.name, given=given)
        assert change is not None
        order_changes.append(change)
    decision = yield from decision_of(order_changes, given)
    changes = attrs.evolve(
        decision.changes,
        funnels=tuple(_with_one_default(changed, given)),
        removed_funnels=() if removed is None else (removed,),
    )
    return attrs.evolve(decision, changes=changes)


def _with_one_default(changed: Sequence[Funnel], given: Context) -> list[Funnel]:
    """Give the funnels that change; a new default one takes that from the one that was (F7)."""
    funnels = [funnel for funnel in changed if given.funnels.get(funnel.id) != funnel]
    if any(funnel.default for funnel in funnels):
        ids = {funnel.id for funnel in funnels}
        was = [funnel for funnel in given.funnels.values() if funnel.default and funnel.id not in ids]
        funnels += [attrs.evolve(funnel, default=False, version=funnel.version + 1) for funnel in was]
    return funnels

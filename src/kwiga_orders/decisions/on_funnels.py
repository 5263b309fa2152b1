"""Decisions about funnels (F1, F6, F7): none of them deletes an order, changes a payment or changes access."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import attrs

from kwiga_orders.asking import Asking, offers_naming, orders_in
from kwiga_orders.catalogue import CatalogueRow, funnel_event
from kwiga_orders.commands import Command
from kwiga_orders.decisions.decision import Decision, decision_of, with_catalogue
from kwiga_orders.decisions.loading import offers_by_code, with_facts
from kwiga_orders.decisions.on_offers import offer_row, selling_into
from kwiga_orders.errors import Conflict, NotFound, Refused
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
from kwiga_orders.orders.decide import OrderChange, apply
from kwiga_orders.orders.events import OrderMoved
from kwiga_orders.orders.state import Order

__all__ = ["change_funnel", "create_funnel", "edit_funnel", "remove_funnel", "remove_status"]

C = TypeVar("C", bound=FunnelCommand)


def _change(kind: type[C], changes: Callable[[Funnel, C], Funnel]) -> tuple[type[FunnelCommand], Callable[..., Funnel]]:
    """Pair a class of commands with the change of a funnel; a type checker refuses a pair that does not fit."""
    return kind, changes


_CHANGES: Mapping[type[FunnelCommand], Callable[..., Funnel]] = dict(
    (_change(AddStatus, with_status), _change(EditStatus, with_status_edited), _change(ReorderStatuses, reordered))
)


def create_funnel(command: CreateFunnel, given: Context) -> Asking[Decision]:
    """Make a funnel under an id of its own (F1)."""
    given = yield from with_facts(given)
    # The caller chooses the id, so a command that is repeated without a key is refused.
    if command.id in given.funnels:
        raise Refused("input.invalid", field="id", funnel=command.id)
    # K2: the version before is 0; naming another one is a conflict.
    _refuse_stale(command, command.id, 0)
    return (yield from _decision(command, given, changed=[created(command, locale=given.project.locale)]))


def edit_funnel(command: EditFunnel, given: Context) -> Asking[Decision]:
    """Rename a funnel, change its rules, or make it the default one (F6, F7)."""
    given, funnel = yield from _funnel_for(command, given)
    return (yield from _decision(command, given, changed=[edited(funnel, command)]))


def change_funnel(command: FunnelCommand, given: Context) -> Asking[Decision]:
    """Add, edit or reorder statuses (F6)."""
    given, funnel = yield from _funnel_for(command, given)
    return (yield from _decision(command, given, changed=[_CHANGES[type(command)](funnel, command)]))


def remove_status(command: RemoveStatus, given: Context) -> Asking[Decision]:
    """Remove a status; its orders and rules go to another one (F6).

    Raises:
        Refused: `status.in_use`, `status.last`, `status.archived`, `not_found`.
    """
    given, funnel = yield from _funnel_for(command, given)
    orders = yield from orders_in(funnel.id, status=command.status)
    # Orders are loaded first, because a refusal names their numbers.
    changed = without_status(funnel, command, holds=tuple(order.number for order in orders))
    moves = {command.status: (funnel.id, command.move_to or "")}
    moved = _moved(orders, moves, command, given)
    return (yield from _decision(command, given, changed=[changed], moved=moved))


def remove_funnel(command: RemoveFunnel, given: Context) -> Asking[Decision]:
    """Remove a funnel that is not the default one; its orders go where `move_to` says, and offers with them (F6).

    Raises:
        Refused: `funnel.is_default`; `funnel.in_use` with its orders, or the offers that use it, if `move_to` has no
            place for them; `status.archived`, `not_found`.
    """
    given, funnel = yield from _funnel_for(command, given)
    if funnel.default:
        raise Refused("funnel.is_default", funnel=funnel.id)
    orders = yield from orders_in(funnel.id)
    codes = yield from offers_naming(funnel.id)
    offers = list((yield from offers_by_code(codes)).values())
    instead = _instead_of(funnel, command)
    # F6: only statuses with orders need a place.
    stuck = [order.number for order in orders if order.status not in command.move_to]
    # An archived offer may name a removed funnel, because it is not sold.
    selling = [offer.code for offer in offers if instead is None and offer.state is not OfferState.ARCHIVED]
    if stuck or selling:
        raise Refused("funnel.in_use", funnel=funnel.id, orders=stuck[:20], offers=selling)
    # Places of statuses without orders are checked, too.
    moves = {status: _place(place, funnel, given) for status, place in command.move_to.items()}
    sold_into = () if instead is None else tuple(selling_into(offer, instead, given) for offer in offers)
    rows = (offer_row(before, after, command.name, given) for before, after in zip(offers, sold_into, strict=False))
    decision = yield from _decision(command, given, removed=funnel, moved=_moved(orders, moves, command, given))
    return with_catalogue(decision, tuple(rows), offers=sold_into)


def _funnel_for(command: FunnelCommand, given: Context) -> Asking[tuple[Context, Funnel]]:
    """Give the funnel of a command, if it has the version that the command names.

    Raises:
        NotFound: if there is none.
        Conflict: `funnel.conflict` with both versions (K2).
    """
    given = yield from with_facts(given)
    funnel = given.get_funnel(command.funnel)
    _refuse_stale(command, funnel.id, funnel.version)
    return given, funnel


def _refuse_stale(command: Command, funnel: str, found: int) -> None:
    expected = command.expected_version
    if expected is not None and expected != found:
        raise Conflict("funnel.conflict", funnel=funnel, expected=expected, found=found)


def _instead_of(funnel: Funnel, command: RemoveFunnel) -> str | None:
    """Give the funnel for new orders of offers that name the removed one, if `move_to` is clear about it."""
    # decision 0031: where orders in the initial status move, else where all orders move
    initial = command.move_to.get(funnel.initial())
    targets = {place[0] for place in ((initial,) if initial else command.move_to.values()) if place}
    # With several targets the offers must be edited first.
    return targets.pop() if len(targets) == 1 else None


def _place(place: Sequence[str], gone: Funnel, given: Context) -> tuple[str, str]:
    """Give the funnel and status of a place, which must exist and not be removed."""
    # Orders cannot go into the funnel that is being removed.
    if len(place) != 2 or place[0] == gone.id:
        raise NotFound("funnel", place[0] if place else "")
    funnel = given.get_funnel(place[0])
    return funnel.id, funnel.open_status(place[1]).id


def _moved(
    orders: Sequence[Order], moves: Mapping[str, tuple[str, str]], command: Command, given: Context
) -> list[OrderChange]:
    """Move orders because of a command to a funnel; `moves` has the target funnel and status by status."""
    changes = []
    for order in orders:
        funnel, status = moves[order.status]
        # F6: as if moved by hand, because rules do not react to a change of the funnel.
        move = OrderMoved(
            from_funnel=order.funnel, from_status=order.status, to_funnel=funnel, to_status=status, by="hand"
        )
        change = apply(order, [move], id=order.id, command=command.name, given=given)
        assert change is not None, "a move changes an order"
        changes.append(change)
    return changes


def _decision(
    command: Command,
    given: Context,
    *,
    changed: Sequence[Funnel] = (),
    removed: Funnel | None = None,
    moved: Sequence[OrderChange] = (),
) -> Asking[Decision]:
    funnels = _with_one_default(changed, given)
    rows = [_row(given.funnels.get(one.id), one, command, given) for one in funnels]
    if removed is not None:
        rows.append(_row(removed, None, command, given))
    decision = yield from decision_of(moved, given)
    changes = attrs.evolve(
        decision.changes, funnels=tuple(funnels), removed_funnels=() if removed is None else (removed.id,)
    )
    named = changed[0] if changed else removed
    receipt = attrs.evolve(decision.receipt, version=None if named is None else _version(named, removed))
    if isinstance(command, CreateFunnel):
        receipt = attrs.evolve(receipt, made=command.id)
    return with_catalogue(Decision(changes=changes, receipt=receipt), rows)


# Removing a funnel raises the version, too.
def _version(funnel: Funnel, removed: Funnel | None) -> int:
    return funnel.version if removed is None else removed.version + 1


def _row(before: Funnel | None, after: Funnel | None, command: Command, given: Context) -> CatalogueRow:
    """Give the row of history of a change of a funnel (O15)."""
    funnel = before if after is None else after
    assert funnel is not None, "something happened to a funnel"
    return CatalogueRow(
        kind="funnel",
        id=funnel.id,
        version=_version(funnel, before if after is None else None),
        at=given.now,
        actor=given.actor,
        command=command.name,
        event=funnel_event(before, after),
    )


def _with_one_default(changed: Sequence[Funnel], given: Context) -> list[Funnel]:
    """Give the changed funnels; if one becomes the default, the old default changes, too. Home of F7."""
    # Unchanged funnels are left out: they get no row of history and no new version.
    funnels = [funnel for funnel in changed if given.funnels.get(funnel.id) != funnel]
    if any(funnel.default for funnel in funnels):
        ids = {funnel.id for funnel in funnels}
        was = [funnel for funnel in given.funnels.values() if funnel.default and funnel.id not in ids]
        funnels += [attrs.evolve(funnel, default=False, version=funnel.version + 1) for funnel in was]
    return funnels

"""Decisions about offers (O1, O8, O9)."""

from collections.abc import Sequence
from datetime import datetime

from kwiga_orders.asking import Asking, all_funnels, find_offer, get_project
from kwiga_orders.changes import Changes, Receipt
from kwiga_orders.commands import Unset
from kwiga_orders.decisions.gathering import Decision, Moment, courses_of
from kwiga_orders.due import windows_moved
from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.offers import (
    ArchiveOffer,
    CreateOffer,
    EditOffer,
    ItemAsked,
    Offer,
    Selling,
    archived,
    created,
    edited,
)

__all__ = ["archive_offer", "create_offer", "edit_offer", "edited_offer"]


def create_offer(command: CreateOffer, moment: Moment) -> Asking[Decision]:
    """Make an offer under a code of its own (O1)."""
    there = yield from find_offer(command.code)
    if there is not None:
        raise Refused("offer.duplicate_code", offer=command.code)
    selling = yield from _selling(moment.now, command.items)
    return _decision(None, created(command, selling))


def edit_offer(command: EditOffer, moment: Moment) -> Asking[Decision]:
    """Make the next version of an offer (O8)."""
    before, after = yield from edited_offer(command, moment.now)
    return _decision(before, after)


def edited_offer(command: EditOffer, now: datetime) -> Asking[tuple[Offer, Offer]]:
    """Give an offer before and after an edit, which need not be carried out (O8)."""
    offer = yield from _offer(command.offer)
    items = () if isinstance(command.items, Unset) else command.items
    selling = yield from _selling(now, items)
    return offer, edited(offer, command, selling)


def archive_offer(command: ArchiveOffer, _: Moment) -> Asking[Decision]:
    """Take an offer off sale for good (O9)."""
    offer = yield from _offer(command.offer)
    return _decision(offer, archived(offer))


def _offer(code: str) -> Asking[Offer]:
    offer = yield from find_offer(code)
    if offer is None:
        raise NotFound("offer", code)
    return offer


def _selling(now: datetime, items: Sequence[ItemAsked]) -> Asking[Selling]:
    project = yield from get_project()
    funnels = yield from all_funnels()
    return Selling(
        now=now,
        project=project,
        default_funnel=next(funnel.id for funnel in funnels if funnel.default),
        funnels=frozenset(funnel.id for funnel in funnels),
        courses=(yield from courses_of(item.product for item in items)),
    )


def _decision(before: Offer | None, after: Offer) -> Decision:
    # O6: windows follow the offer live, so what falls due for its followers may have moved with them
    moved = before is not None and windows_moved(before, after)
    changes = Changes() if after == before else Changes(offers=(after,), due_anew=(after.code,) if moved else ())
    return Decision(changes=changes, receipt=Receipt(made=after.code, version=after.current.number))

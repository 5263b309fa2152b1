"""The status history of orders: their stays, how long they lasted, and the moves that other rules would have made.

Home of F8. Laws (F4, F8):

1. An order is in exactly one status at any time since it was made, so its stays have no gaps. They are computed only
   from its current status and its moves, so a report on many orders need not load the orders.
2. A trial of rules uses the same code that moves orders, and changes nothing.
3. In a trial, moves by hand stay; only moves by rules are made again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

import attrs

from kwiga_orders.errors import NotFound
from kwiga_orders.funnel import EVENT_OF_STATUS, Funnel
from kwiga_orders.orders.consequences import answering, is_firing, moves
from kwiga_orders.orders.events import EventReported, OrderCreated, OrderMoved, Recorded

__all__ = [
    "Passage",
    "Stay",
    "Track",
    "WouldMove",
    "added",
    "conversion",
    "stays",
    "stays_of",
    "time_in_status",
    "tried",
]

_BY_HAND = "hand"


@attrs.frozen(kw_only=True)
class Stay:
    """The time that an order was in a status of a funnel; `left_at` is None for the current status."""

    funnel: str
    status: str
    entered_at: datetime
    left_at: datetime | None = None


@attrs.frozen(kw_only=True)
class Track:
    """The current status of an order and its moves, from which its stays are computed (F8)."""

    order: str
    number: int
    created_at: datetime
    funnel: str
    status: str
    moves: tuple[Recorded, ...] = ()


@attrs.frozen(kw_only=True)
class Passage:
    """How many orders were ever in a status, and how many of them moved further along the funnel (F8)."""

    status: str
    entered: int
    moved_on: int

    @property
    def rate(self) -> Fraction:
        """The share of orders that moved further; 0 if there are no orders."""
        return Fraction(self.moved_on, self.entered) if self.entered else Fraction(0)


@attrs.frozen(kw_only=True)
class WouldMove:
    """A move that other rules would have made."""

    order: str
    at: datetime
    event: str
    from_status: str
    to_status: str


def stays(history: Iterable[Recorded]) -> tuple[Stay, ...]:
    """Give all stays of an order, in order (F8)."""
    found: list[Stay] = []
    for recorded in history:
        event = recorded.event
        if isinstance(event, OrderCreated):
            found.append(Stay(funnel=event.order.funnel, status=event.order.status, entered_at=recorded.at))
        elif isinstance(event, OrderMoved):
            # Law 1: the next stay begins when the last one ends.
            found[-1:] = _moved(found[-1], event, recorded.at)
    return tuple(found)


def stays_of(track: Track) -> tuple[Stay, ...]:
    """Give all stays of an order, as `stays` gives them of its whole history (F8)."""
    moves = [(one.event, one.at) for one in track.moves if isinstance(one.event, OrderMoved)]
    # Its first status is the one before its first move; without moves, the current one.
    funnel, status = (moves[0][0].from_funnel, moves[0][0].from_status) if moves else (track.funnel, track.status)
    found = [Stay(funnel=funnel, status=status, entered_at=track.created_at)]
    for event, at in moves:
        found[-1:] = _moved(found[-1], event, at)
    return tuple(found)


def _moved(stay: Stay, event: OrderMoved, at: datetime) -> tuple[Stay, Stay]:
    return attrs.evolve(stay, left_at=at), Stay(funnel=event.to_funnel, status=event.to_status, entered_at=at)


def time_in_status(track: Iterable[Stay], *, funnel: str, now: datetime) -> dict[str, timedelta]:
    """Add up how long an order stood in each status of a funnel, up to `now` (F8)."""
    spent: dict[str, timedelta] = {}
    # The current stay counts up to `now`.
    for stay in track:
        if stay.funnel == funnel:
            spent[stay.status] = spent.get(stay.status, timedelta()) + ((stay.left_at or now) - stay.entered_at)
    return spent


def conversion(funnel: Funnel, tracks: Iterable[Sequence[Stay]]) -> tuple[Passage, ...]:
    """Give the passage of each status of a funnel, in the funnel's order (F8)."""
    place = {status.id: number for number, status in enumerate(funnel.statuses)}
    entered = dict.fromkeys(place, 0)
    moved_on = dict.fromkeys(place, 0)
    for track in tracks:
        # Statuses that were removed from the funnel are left out.
        visited = [place[stay.status] for stay in track if stay.funnel == funnel.id and stay.status in place]
        for status, number in place.items():
            if number in visited:
                entered[status] += 1
                # Counted from the first visit, so that going back and forth counts once.
                moved_on[status] += max(visited[visited.index(number) :]) > number
    return tuple(Passage(status=id, entered=entered[id], moved_on=moved_on[id]) for id in place)


def added(some: Iterable[Passage], others: Iterable[Passage]) -> tuple[Passage, ...]:
    """Add up the conversions of different orders in one funnel (F8)."""
    return tuple(
        Passage(status=one.status, entered=one.entered + other.entered, moved_on=one.moved_on + other.moved_on)
        for one, other in zip(some, others, strict=True)
    )


def tried(funnel: Funnel, histories: Mapping[str, Iterable[Recorded]]) -> tuple[WouldMove, ...]:
    """Apply the rules of `funnel` to past histories: give the moves that they would have made (F4)."""
    return tuple(move for order, history in histories.items() for move in _tried_on(order, history, funnel))


def _tried_on(order: str, history: Iterable[Recorded], funnel: Funnel) -> list[WouldMove]:
    status: str | None = None
    fired: set[str] = set()
    found: list[WouldMove] = []
    for recorded in history:
        if isinstance(recorded.event, OrderCreated | OrderMoved):
            status = _stands(recorded.event, funnel, status)
            continue
        name = _fires(recorded)
        if name is None or status is None:
            continue
        reported = recorded.event if isinstance(recorded.event, EventReported) else None
        rules = funnel.rules_for(name) if reported is None else answering(reported, funnel, fired)
        # As in reality, an event counts as fired if a rule may fire, even if the order did not move.
        if reported is not None and any(rule.may_fire_from(status) for rule in rules):
            fired.add(reported.key)
        for move in moves(name, funnel, status, rules):
            if isinstance(move, OrderMoved):
                to, at = move.to_status, recorded.at
                found.append(WouldMove(order=order, at=at, event=move.by, from_status=move.from_status, to_status=to))
                status = move.to_status
    return found


def _stands(event: OrderCreated | OrderMoved, funnel: Funnel, status: str | None) -> str | None:
    """Give the status of an order after it was made or moved; None outside of the funnel."""
    if isinstance(event, OrderCreated):
        if event.order.funnel != funnel.id:
            return None
        return funnel.initial(subscribed=event.order.subscription is not None)
    if event.by != _BY_HAND:
        # moves by rules are not repeated: the trial makes its own
        return status if event.from_funnel == funnel.id else None
    return _known(event.to_status, funnel) if event.to_funnel == funnel.id else None


def _known(status: str, funnel: Funnel) -> str:
    """Give the status if the funnel has it, else the initial one."""
    # The funnel of the trial may lack a status to which an order was moved by hand.
    try:
        return funnel.status(status).id
    except NotFound:
        return funnel.initial()


def _fires(recorded: Recorded) -> str | None:
    """Give the name of an event for rules; None if rules do not react to it."""
    event = recorded.event
    if isinstance(event, EventReported):
        return event.event
    # Events of money are recognised by their names.
    return event.name if is_firing(event) or event.name in EVENT_OF_STATUS.values() else None

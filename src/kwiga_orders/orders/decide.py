"""From the events of a command to the order's next state, with everything that follows from them.

Laws:

1. All events of one command share its time, its actor and the order's next version (K2).
2. A command that makes no events changes nothing, not even the version (K2).
"""

from collections.abc import Iterable

import attrs

from kwiga_orders.orders.consequences import consequences
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import Event, Recorded
from kwiga_orders.orders.evolve import evolve, followed
from kwiga_orders.orders.state import Order
from kwiga_orders.values import maker

__all__ = ["OrderChange", "apply"]


_row = maker(Recorded)


@attrs.frozen(kw_only=True)
class OrderChange:
    """What a command did to one order: before (None: it was made), after, and the rows of history between."""

    before: Order | None
    after: Order
    recorded: tuple[Recorded, ...]

    @property
    def newly_activated(self) -> bool:
        """Whether it was not activated before, and is now (P5)."""
        return self.after.activated_at is not None and (self.before is None or self.before.activated_at is None)


def apply(
    before: Order | None, events: Iterable[Event], *, id: str, command: str, given: Context
) -> OrderChange | None:
    """Fold the events of a command into the order `id`, and what follows from them; None if nothing happens."""
    happened = list(events)
    if not happened:
        return None
    recorded = _recorded(before, happened, id, command, given)
    after = evolve(before, recorded)
    following = _recorded(before, consequences(before, after, happened, given), id, command, given)
    return OrderChange(before=before, after=followed(after, following), recorded=(*recorded, *following))


def _recorded(before: Order | None, events: Iterable[Event], id: str, command: str, given: Context) -> list[Recorded]:
    version = 1 if before is None else before.version + 1
    return [
        _row(order=id, version=version, at=given.now, actor=given.actor, command=command, event=event)
        for event in events
    ]

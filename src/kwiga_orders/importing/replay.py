"""What happened to an order elsewhere, told by the commands that would have made it here, all at once.

Laws:

1. Each command is decided by the rule that decides it alone, at the instant it happened, on what those before it left:
   so the change is the one that they add up to, decided and written one after another (O4, T6).
2. Nothing is asked for after the order was made: it was made by hand, and has neither an offer nor twins (O3).
"""

from datetime import datetime

from kwiga_orders.asking import Asking
from kwiga_orders.changes import Changes, OutboxRow, Receipt
from kwiga_orders.decisions.gathering import Decision, Moment, decision_of, next_due_of
from kwiga_orders.decisions.on_orders import made_by_hand, told
from kwiga_orders.orders.commands import CreateOrder, OrderCommand
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.decide import OrderChange
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.periods import utc
from kwiga_orders.values import changed, maker

__all__ = ["Replay", "retelling"]

_changes, _decision, _receipt = maker(Changes), maker(Decision), maker(Receipt)


def retelling(command: CreateOrder, moment: Moment) -> Asking["Replay"]:
    """Make an order by hand, to be told of what happened to it then.

    Raises:
        Refused: as `making.create_order` does; `NotFound` for what is not in the project.
    """
    given, made = yield from made_by_hand(command, moment)
    return Replay(given, made)


class Replay:
    """An order, and all that was told of it so far."""

    def __init__(self, given: Context, made: OrderChange) -> None:
        self._given = given
        self._order = made.after
        self._recorded: list[Recorded] = []
        self._outbox: list[OutboxRow] = []
        self._add(made)

    @property
    def order(self) -> Order:
        """The order, as what was told left it."""
        return self._order

    def tell(self, command: OrderCommand, at: datetime) -> None:
        """Let a command happen to the order at an instant, not before what was told already.

        Raises:
            Refused: as the rule that answers to it does.
        """
        given = self._given
        if (given.now, given.actor) != (at, command.actor):
            given = changed(given, now=utc(at), actor=command.actor)
        telling = told(self._order, command, given)
        if telling is not None:
            self._given = given
            self._add(telling)

    def decision(self) -> Decision:
        """Give what is written of the order, and answered."""
        order = self._order
        changes = _changes(
            orders=(order,),
            based_on={order.id: 0},
            history=tuple(self._recorded),
            outbox=tuple(self._outbox),
            next_due={order.id: next_due_of(order, self._given)},
        )
        return _decision(changes=changes, receipt=_receipt(order=order.id, version=order.version, made=order.id))

    def _add(self, telling: OrderChange) -> None:
        self._order = telling.after
        self._recorded += telling.recorded
        if self._given.tells:
            self._outbox += decision_of([telling], self._given).changes.outbox

"""The life cycle of an order, as a table; the diagrams in the docs are drawn from it.

Laws (P5, O12):

1. An order waits until the amount that opens it is paid. From then on it is active. It can be cancelled at any time.
2. A cancelled order accepts only the listed commands. When reopened, its payments decide whether it is active.
3. No order ends for ever: access expires, but the order stays.

Home of O12.
"""

from enum import StrEnum
from typing import Final

from kwiga_orders.commands import Unset
from kwiga_orders.errors import Refused
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.state import Order

__all__ = ["TRANSITIONS", "WHILE_CANCELLED", "Stage", "refuse_unless_alive", "stage_of"]


class Stage(StrEnum):
    """The stage of an order in its life cycle."""

    WAITING = "waiting"
    ACTIVE = "active"
    CANCELLED = "cancelled"


TRANSITIONS: Final = (
    (Stage.WAITING, "order.activated", Stage.ACTIVE),
    (Stage.WAITING, "order.cancelled", Stage.CANCELLED),
    (Stage.ACTIVE, "order.cancelled", Stage.CANCELLED),
    (Stage.CANCELLED, "order.reopened", Stage.WAITING),
    (Stage.CANCELLED, "order.reopened", Stage.ACTIVE),
    (Stage.CANCELLED, "order.activated", Stage.CANCELLED),
)
"""From a stage, by an event, to a stage. Money that arrives for a cancelled order is kept but does not activate it."""

WHILE_CANCELLED: Final = frozenset(
    {
        asked.ReopenOrder,
        asked.MoveOrder,
        asked.EditOrder,
        asked.AddNote,
        asked.AddTask,
        asked.EditTask,
        asked.CompleteTask,
        asked.ReopenTask,
        asked.RemoveTask,
        asked.RefundPayment,
        asked.EditRefund,
        asked.MarkUnpaid,
        asked.AcceptAnomaly,
        asked.ResolveAttention,
        asked.ReportAttempt,
        asked.ReportRefund,
        asked.KeepReport,
        asked.RevokeCertificate,
        asked.SendLetter,
    }
)
"""The commands that a cancelled order accepts (O12); `edit_order` only without a discount."""


def stage_of(order: Order) -> Stage:
    """Give the current stage of an order."""
    if order.cancelled_at is not None:
        # O12: while it is cancelled, it does not matter whether the order is paid.
        return Stage.CANCELLED
    return Stage.WAITING if order.activated_at is None else Stage.ACTIVE


def refuse_unless_alive(order: Order, command: asked.OrderCommand) -> None:
    """Refuse commands that a cancelled order does not accept, and reopening an order that is not cancelled (O12).

    Raises:
        Refused: `order.cancelled` or `order.not_cancelled`.
    """
    # Refused here for all commands, so that rules need not check for cancelled orders.
    cancelled = stage_of(order) is Stage.CANCELLED
    if cancelled and not _works_while_cancelled(order, command):
        raise Refused("order.cancelled", order=order.number)
    if not cancelled and isinstance(command, asked.ReopenOrder):
        raise Refused("order.not_cancelled", order=order.number)


# decision 0020: the cost of an order no longer changes once it is cancelled
def _works_while_cancelled(order: Order, command: asked.OrderCommand) -> bool:
    if isinstance(command, asked.EditOrder):
        # the discount would change the cost
        return isinstance(command.discount, Unset)
    # only a payment that is already paid can be added
    if isinstance(command, asked.AddPayment):
        return command.paid
    if isinstance(command, asked.MarkPaid):
        payment = order.payment(command.payment)
        # P6: only payments that cancelling voided; those that a person voided stay void.
        return payment.voided_at is not None and payment.voided_by == "cancelled"
    return type(command) in WHILE_CANCELLED

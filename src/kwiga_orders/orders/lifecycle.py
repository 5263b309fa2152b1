"""The life of an order, as a table; diagrams in the docs are drawn from it.

Laws (P5, O12):

1. An order waits until what opens it is paid, is active from then on, and may be cancelled at any time.
2. A cancelled order takes only the commands listed for it; reopened, it is what its payments make it.
3. Nothing ends an order for good: what expires is access, not the order.

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
    """Where an order is in its life."""

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
"""From a stage, by an event, to a stage. Money that arrives for a cancelled order is kept, and opens nothing."""

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
"""The commands that work on a cancelled order (O12); of `edit_order`, all but the discount."""


def stage_of(order: Order) -> Stage:
    """Tell where an order is in its life now."""
    if order.cancelled_at is not None:
        # O12: being cancelled hides whether it was paid; reopened, that shows again.
        return Stage.CANCELLED
    return Stage.WAITING if order.activated_at is None else Stage.ACTIVE


def refuse_unless_alive(order: Order, command: asked.OrderCommand) -> None:
    """Refuse what does not work on a cancelled order, and to reopen one that is not cancelled (O12).

    Raises:
        Refused: `order.cancelled` or `order.not_cancelled`.
    """
    # Refused here, in one place, so that no rule has to think of cancelled orders.
    cancelled = stage_of(order) is Stage.CANCELLED
    if cancelled and not _works_while_cancelled(order, command):
        raise Refused("order.cancelled", order=order.number)
    if not cancelled and isinstance(command, asked.ReopenOrder):
        raise Refused("order.not_cancelled", order=order.number)


# decision 0020: what an order costs is settled when it is cancelled
def _works_while_cancelled(order: Order, command: asked.OrderCommand) -> bool:
    if isinstance(command, asked.EditOrder):
        # what an order costs is settled when it is cancelled
        return isinstance(command.discount, Unset)
    # what is owed is not added to a cancelled order; money that came by hand is noted
    if isinstance(command, asked.AddPayment):
        return command.paid
    if isinstance(command, asked.MarkPaid):
        payment = order.payment(command.payment)
        # Only what cancelling voided: what a person had voided before stays void (P6).
        return payment.voided_at is not None and payment.voided_by == "cancelled"
    return type(command) in WHILE_CANCELLED

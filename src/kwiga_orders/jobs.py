"""One command for many orders, as a job that can be resumed. Home of V10.

    extend = ExtendAccess(order=EACH, by=Period(days=7))
    week = ForEach(filters=OrderFilters(product=("python",)), each=extend, job="week")
    for progress in orders.for_each(week):
        print(progress.done, progress.left)

Laws:

1. Each order is changed by its own command, completely or not at all, as if a person had given it. A refusal of one
   order does not stop the others.
2. A job that is run again with its name continues: orders that are done are skipped (K1), refused ones are tried again,
   and orders that match only now are done, too.
3. Orders are taken by number, so a change by the command cannot make the job miss an order.
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar

import attrs

from kwiga_orders.commands import Command
from kwiga_orders.errors import Fault
from kwiga_orders.listing import OrderFilters
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.commands import EACH
from kwiga_orders.orders.state import Order
from kwiga_orders.values import changed

__all__ = ["EACH", "EACH_KINDS", "ForEach", "JobProgress", "command_for"]

EACH_KINDS: tuple[type[asked.OrderCommand], ...] = (
    asked.ExtendAccess,
    asked.SetAccessEnd,
    asked.FreezeAccess,
    asked.UnfreezeAccess,
    asked.MoveOrder,
    asked.EditOrder,
    asked.CancelOrder,
    asked.Remind,
    asked.SendLetter,
    asked.AddNote,
    asked.AddTask,
    asked.StopRenewal,
    asked.ResumeRenewal,
)
"""The commands that can be given to many orders."""


@attrs.frozen(kw_only=True)
class ForEach(Command):
    """Give a command to each order of a list, as a job (V10); its default name is the idempotency key or a new id."""

    name: ClassVar[str] = "for_each"
    filters: OrderFilters = attrs.field(factory=OrderFilters)
    each: asked.OrderCommand
    job: str | None = None

    def between(self) -> Iterator[Fault]:
        """Refuse a command that is not for many orders, or has fields for only one order."""
        if not isinstance(self.each, EACH_KINDS):
            kinds = ", ".join(kind.name for kind in EACH_KINDS)
            yield Fault(path="each", code="input.invalid", hint=f"one of {kinds}")
        # K1, K2: the job makes its own keys, and the versions of orders differ.
        if self.each.expected_version is not None or self.each.idempotency_key is not None:
            yield Fault(path="each", code="input.invalid", hint="without a version or a key: each order has its own")


@attrs.frozen(kw_only=True)
class JobProgress:
    """The progress of a job: the numbers of orders done, refused (by code), and left."""

    done: int = 0
    refused: Mapping[str, int] = attrs.field(factory=dict)
    left: int = 0


def command_for(order: Order, command: ForEach, *, job: str) -> asked.OrderCommand:
    """Give the command for one order of a job; it is the same whenever the job is run again (K1)."""
    # The job's actor counts, not that of the command inside it.
    return changed(command.each, order=order.id, actor=command.actor, idempotency_key=f"job:{job}:{order.id}")

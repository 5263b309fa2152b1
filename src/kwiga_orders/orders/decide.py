"""Decide a command to an order: its rule gives events, and these give the next state and further events.

Laws:

1. All events of a command have its time, its actor and the order's next version (K2).
2. A command without events changes nothing, not even the version (K2).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import attrs

from kwiga_orders.orders import (
    adjusting,
    attention,
    editing,
    gateway_reports,
    paying,
    refunding,
    sending,
    subscriptions,
    team,
)
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.consequences import consequences
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import Event, Recorded
from kwiga_orders.orders.evolve import evolve, followed
from kwiga_orders.orders.growth import refuse_too_large
from kwiga_orders.orders.lifecycle import refuse_unless_alive
from kwiga_orders.orders.state import Order, waiting_for
from kwiga_orders.values import maker

__all__ = ["OrderChange", "apply", "decide", "events_of", "rule"]

C = TypeVar("C", bound=asked.OrderCommand)
Rule = Callable[..., Iterator[Event]]
"""A rule: it makes events from a command of its class."""


def rule(
    kind: type[C], decides: Callable[[Order, C, Context], Iterator[Event]]
) -> tuple[type[asked.OrderCommand], Rule]:
    """Pair a class of commands with its rule; a type checker refuses a pair that does not fit."""
    return kind, decides


# Each pair is made by `rule`, so that a type checker compares the command with its rule.
_RULES: Mapping[type[asked.OrderCommand], Rule] = dict(
    (
        rule(asked.EditOrder, editing.edit_order),
        rule(asked.EditLine, editing.edit_line),
        rule(asked.AddLine, editing.add_line),
        rule(asked.RemoveLine, editing.remove_line),
        rule(asked.FollowOffer, editing.follow_offer),
        rule(asked.MoveOrder, editing.move_order),
        rule(asked.CancelOrder, editing.cancel_order),
        rule(asked.ReopenOrder, editing.reopen_order),
        rule(asked.AddNote, team.add_note),
        rule(asked.AddTask, team.add_task),
        rule(asked.EditTask, team.edit_task),
        rule(asked.CompleteTask, team.complete_task),
        rule(asked.ReopenTask, team.reopen_task),
        rule(asked.RemoveTask, team.remove_task),
        rule(asked.AddPayment, paying.add_payment),
        rule(asked.EditPayment, paying.edit_payment),
        rule(asked.VoidPayment, paying.void_payment),
        rule(asked.MarkPaid, paying.mark_paid),
        rule(asked.MarkUnpaid, paying.mark_unpaid),
        rule(asked.AcceptAnomaly, refunding.accept_anomaly),
        rule(asked.RefundPayment, refunding.refund_payment),
        rule(asked.EditRefund, refunding.edit_refund),
        rule(asked.ResolveAttention, attention.resolve_attention),
        rule(asked.Remind, sending.remind),
        rule(asked.SendLetter, sending.send_letter),
        rule(asked.StartAttempt, paying.start_attempt),
        rule(asked.ReportAttempt, gateway_reports.report_attempt),
        rule(asked.ReportRefund, gateway_reports.report_refund),
        rule(asked.KeepReport, gateway_reports.keep_report),
        rule(asked.Renew, subscriptions.renew),
        rule(asked.StopRenewal, subscriptions.stop_renewal),
        rule(asked.ResumeRenewal, subscriptions.resume_renewal),
        rule(asked.ExtendAccess, adjusting.extend_access),
        rule(asked.SetAccessEnd, adjusting.set_access_end),
        rule(asked.FreezeAccess, adjusting.freeze_access),
        rule(asked.UnfreezeAccess, adjusting.unfreeze_access),
    )
)

_row = maker(Recorded)


@attrs.frozen(kw_only=True)
class OrderChange:
    """The change of one order by a command: before (None: a new order), after, and the new rows of history."""

    before: Order | None
    after: Order
    recorded: tuple[Recorded, ...]

    @property
    def newly_activated(self) -> bool:
        """Whether the command activated the order (P5)."""
        return self.after.activated_at is not None and (self.before is None or self.before.activated_at is None)

    @property
    def newly_waiting(self) -> bool:
        """Whether an activated opening waits again, because a mistaken mark was removed (P5, P6)."""
        was_activated = self.before is not None and self.before.activated_at is not None
        return was_activated and waiting_for(self.after) is not None


def decide(order: Order, command: asked.OrderCommand, given: Context) -> OrderChange | None:
    """Give the change of a command's own order, without the changes of its twins (O3); None if nothing changes.

    Raises:
        Refused: as the rule does; `order.cancelled`, `order.not_cancelled` (O12).
    """
    # O12 comes first: a cancelled order refuses the command whatever else is wrong.
    refuse_unless_alive(order, command)
    return apply(order, events_of(order, command, given), id=order.id, command=command.name, given=given)


def events_of(order: Order, command: asked.OrderCommand, given: Context) -> Iterator[Event]:
    """Call the rule for this class of commands; the caller has checked that the order accepts it (O12)."""
    return _RULES[type(command)](order, command, given)


def apply(
    before: Order | None, events: Iterable[Event], *, id: str, command: str, given: Context
) -> OrderChange | None:
    """Fold the events of a command, and the events that follow from them, into the order `id`; None if there are none.

    Raises:
        Refused: `input.too_large`, `money.too_large` if the order would grow beyond its bounds (K5).
    """
    happened = list(events)
    if not happened:
        return None
    recorded = _recorded(before, happened, id, command, given)
    after = evolve(before, recorded)
    # P13 may add events that change the total. A version has only one total, so all events are folded again together.
    of_subscription = list(subscriptions.consequences(before, after, happened))
    if of_subscription:
        # P13: a renewal that stops voids a payment, which changes the total
        happened += of_subscription
        recorded = _recorded(before, happened, id, command, given)
        after = evolve(before, recorded)
    # K5: bounds are checked on the result, so that a command may shrink an order that is too large.
    refuse_too_large(before, after)
    # Consequences change neither version nor total, so they are folded into the finished state.
    following = _recorded(before, consequences(before, after, happened, given), id, command, given)
    return OrderChange(before=before, after=followed(after, following), recorded=(*recorded, *following))


def _recorded(before: Order | None, events: Iterable[Event], id: str, command: str, given: Context) -> list[Recorded]:
    version = 1 if before is None else before.version + 1
    return [
        _row(order=id, version=version, at=given.now, actor=given.actor, command=command, event=event)
        for event in events
    ]

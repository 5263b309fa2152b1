"""Replaying an imported order: the commands that would have made it here are decided one by one and written together.

Laws:

1. Each command is decided by its own rule, at the instant it happened, on the state that the commands before it left.
   So the result is the same as if each had been executed by itself (O4, T6).
2. Nothing is loaded after the order was made: an order made by hand has no offer and supersedes no other order (O3).
"""

from datetime import datetime

from kwiga_orders.asking import Asking, get_contact
from kwiga_orders.changes import Changes, OutboxRow, Receipt
from kwiga_orders.decisions.decision import Decision, next_due_of, outbox_of
from kwiga_orders.decisions.loading import context_for
from kwiga_orders.decisions.on_orders import made_by_hand
from kwiga_orders.due import Windows
from kwiga_orders.importing.imported import ImportedOrder, ImportedPayment
from kwiga_orders.letters import letters_of, wanted
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.decide import OrderChange, decide
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import utc
from kwiga_orders.project import Actor, Contact
from kwiga_orders.values import changed, maker

__all__ = ["Replay", "replay_of", "replayed"]

_ACTOR = Actor(kind="host", id="import")
_changes, _decision, _receipt = maker(Changes), maker(Decision), maker(Receipt)
_create_order = maker(asked.CreateOrder)


# decision 0034: the rules replay an imported order, and one commit writes it
def replayed(order: ImportedOrder, *, now: datetime, fresh_id: str, notifies: bool) -> Asking[Decision]:
    """Make an imported order with the id `fresh_id` and replay everything that happened to it; give the decision.

    Raises:
        Refused: as the replayed commands are refused; `NotFound` for anything that is not in the project.
    """
    created_at = now if order.created_at is None else order.created_at
    replay = yield from replay_of(_creating(order), now=created_at, fresh_id=fresh_id, notifies=notifies)
    replay.replay(order)
    return replay.decision()


def replay_of(command: asked.CreateOrder, *, now: datetime, fresh_id: str, notifies: bool) -> Asking["Replay"]:
    """Make an order by hand, and give a `Replay` that can execute later commands on it.

    Raises:
        Refused: as `creating.create_order` refuses; `NotFound` for anything that is not in the project.
    """
    # A context without loaded facts: making the order loads what it needs.
    bare = yield from context_for(command, now=now, fresh_id=fresh_id, notifies=notifies)
    given, made = yield from made_by_hand(command, bare)
    return Replay(given, made, contact=(yield from get_contact(command.contact)))


class Replay:
    """An order and the changes that were replayed on it so far."""

    def __init__(self, given: Context, made: OrderChange, *, contact: Contact) -> None:
        self._given = given
        self._contact = contact
        self._at = given.now
        self._order = made.after
        self._recorded: list[Recorded] = []
        self._outbox: list[OutboxRow] = []
        self._add(made)

    @property
    def order(self) -> Order:
        """The order in its present state."""
        return self._order

    def execute(self, command: asked.OrderCommand, at: datetime) -> None:
        """Execute a command at an instant, or at the instant of the command before it if that is later.

        Raises:
            Refused: as the rule of the command refuses it.
        """
        # Never backwards: a file may list events out of order, but the instants of a history never decrease.
        self._at = max(self._at, utc(at))
        given = self._given
        # Commands of one instant share a context, which saves building it again.
        if (given.now, given.actor) != (self._at, command.actor):
            given = changed(given, now=self._at, actor=command.actor)
        change = decide(self._order, command, given)
        if change is not None:
            self._given = given
            self._add(change)

    def replay(self, order: ImportedOrder) -> None:
        """Replay everything that happened to an imported order since it was made."""
        created_at = self._at
        # sorted by when they were paid, so that the instants of the history do not decrease
        payments = sorted(order.payments, key=lambda payment: payment.paid_at or created_at)
        ids = [self._add_payment(payment, created_at) for payment in payments]
        for id, payment in zip(ids, payments, strict=True):
            self._refund(id, payment)
        if order.cancelled_at is not None:
            self.execute(asked.CancelOrder(order=self._order.id, actor=_ACTOR), order.cancelled_at)
        # F5: payments and the rules of the funnel may move the order to another status,
        # so the status that the file gives is set last.
        if order.status not in (None, self._order.status):
            move = asked.MoveOrder(order=self._order.id, actor=_ACTOR, status=order.status, funnel=order.funnel)
            self.execute(move, self._at)

    def decision(self) -> Decision:
        """Give the decision: the changes to write, and the receipt."""
        order = self._order
        changes = _changes(
            orders=(order,),
            based_on={order.id: 0},
            history=tuple(self._recorded),
            outbox=tuple(self._outbox),
            next_due={order.id: next_due_of(order, self._given)},
        )
        return _decision(changes=changes, receipt=_receipt(order=order.id, version=order.version, made=order.id))

    def _add_payment(self, payment: ImportedPayment, created_at: datetime) -> str:
        """Add a payment and give its id. A payment that was made after the order is added as already paid."""
        paid_at = payment.paid_at
        # Added as paid, so that the history shows one event instead of two.
        is_later = paid_at is not None and paid_at >= self._at
        adding = asked.AddPayment(
            order=self._order.id,
            actor=_ACTOR,
            amount=payment.amount,
            kind=payment.kind,
            paid=is_later,
            due_at=payment.due_at or created_at,
            method=payment.method,
            gateway=payment.gateway,
            closes_access=payment.closes_access,
            comment=payment.comment,
            on_top=payment.on_top,
        )
        self.execute(adding, paid_at if is_later and paid_at is not None else self._at)
        id = self._order.payments[-1].id
        if paid_at is not None and not is_later:
            self.execute(asked.MarkPaid(order=self._order.id, actor=_ACTOR, payment=id, paid_at=paid_at), self._at)
        return id

    def _refund(self, payment: str, imported: ImportedPayment) -> None:
        """Replay the refunds of a payment."""
        for refund in imported.refunds:
            occurred_at = refund.occurred_at or imported.paid_at or self._at
            report = asked.ReportRefund(
                order=self._order.id,
                actor=_ACTOR,
                payment=payment,
                reference=refund.reference,
                amount=refund.amount,
                outcome=Outcome.SUCCEEDED,
                chargeback=refund.chargeback,
                occurred_at=occurred_at,
            )
            self.execute(report, occurred_at)

    def _add(self, change: OrderChange) -> None:
        self._order = change.after
        self._recorded += change.recorded
        if self._given.notifies:
            # The contact was loaded once for the whole order, not for each command.
            windows = Windows(change.after, self._given.view)
            letters = wanted(letters_of(change.recorded, windows), self._contact)
            self._outbox += outbox_of(change, letters, windows)


def _creating(order: ImportedOrder) -> asked.CreateOrder:
    return _create_order(
        actor=_ACTOR,
        contact=order.contact,
        lines=order.lines,
        currency=order.currency,
        funnel=order.funnel,
        status=order.status,
        type=order.type,
        discount=order.discount,
        manager=order.manager,
        responsibles=order.responsibles,
        tags=order.tags,
        comment=order.comment,
        opens_on=order.opens_on,
    )

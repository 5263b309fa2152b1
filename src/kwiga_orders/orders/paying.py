"""Commands to payments: add, edit, void, mark paid and unpaid, and start to pay.

Laws:

1. An unpaid payment can be edited; of a paid payment only the comment (P2).
2. A payment cannot be marked paid if it is void or paid already, nor at a future instant (P6).
3. A payment by hand first covers the balance; the rest is on top (P1).
4. Through a gateway nobody pays more than is asked for (P15).
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import attrs

from kwiga_orders.commands import UNSET, Unset
from kwiga_orders.errors import Refused
from kwiga_orders.money import Money
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import (
    AttemptRecorded,
    Event,
    PaymentAdded,
    PaymentEdited,
    PaymentFields,
    PaymentPaid,
    PaymentUnmarked,
    PaymentVoided,
)
from kwiga_orders.orders.rows import is_reported
from kwiga_orders.orders.state import Order, payment_id
from kwiga_orders.payments import Attempt, Outcome, Payment, PaymentState, due_from
from kwiga_orders.periods import acts_at, zone_named

__all__ = [
    "add_payment",
    "edit_payment",
    "mark_paid",
    "mark_unpaid",
    "next_attempt_id",
    "payment_by_hand",
    "positive_amount",
    "start_attempt",
    "void_payment",
]


def add_payment(order: Order, command: asked.AddPayment, given: Context) -> Iterator[Event]:
    """Add a payment that is owed, or was just paid (P1).

    Raises:
        Refused: `money.too_precise`, `input.invalid` if the amount is not positive, `gateway.unavailable`,
            `payment.period_unpaid` for money that belongs to an unpaid period of a subscription (P13).
    """
    # Built first, so that faults of the amount are reported before those of periods.
    payment = payment_by_hand(order, command, given)
    _refuse_beside_period(order, command)
    yield PaymentAdded(payment=payment, notify=command.notify)
    if command.paid:
        yield PaymentPaid(payment=payment.id, paid_at=given.now, amount=payment.amount)


def payment_by_hand(order: Order, command: asked.AddPayment, given: Context) -> Payment:
    """Give the payment that a person adds to an order (P1).

    Raises:
        Refused: as `add_payment`.
    """
    given.refuse_unconnected(command.gateway)
    # T7: dates of an order are read in the zone it was sold in.
    zone = zone_named(order.zone)
    due_at, whole_day = (given.now, False) if command.due_at is None else due_from(command.due_at, zone)
    amount = positive_amount(command.amount, order.currency)
    return Payment(
        id=payment_id(order, len(order.payments) + 1),
        amount=amount,
        kind=command.kind,
        created_at=given.now,
        due_at=due_at,
        whole_day=whole_day,
        method=command.method,
        gateway=command.gateway,
        closes_access=command.closes_access,
        comment=command.comment,
        by_hand=True,
        on_top=_on_top(order, amount, said=command.on_top, is_paid=command.paid),
        said_on_top=command.on_top,
    )


def _on_top(
    order: Order, amount: Money, *, said: bool | None, is_paid: bool, own: Payment | None = None
) -> Money | None:
    """Give the part of a payment by hand that is on top; for an edited payment, as if it did not exist yet (P1)."""
    # P1: a part that a person names is taken, and stored with the payment for later edits.
    if said is not None:
        return amount if said else None
    if is_paid or order.subscription is not None:
        # paid money is for what is owed, so nothing is on top; in a subscription all payments by hand are (P13)
        return None
    # Other unpaid payments by hand have taken their part of the balance already.
    others = (one for one in order.payments if one.by_hand and one.state is PaymentState.UNPAID and one != own)
    already = Money.total([one.amount for one in others], currency=order.currency)
    balance = order.sums.balance - already
    if own is not None and own.on_top is not None:
        # Its own part on top had raised the balance, so it is subtracted.
        balance -= own.on_top
    beyond = amount - max(balance, Money.zero(order.currency))
    return beyond if beyond.minor > 0 else None


def _refuse_beside_period(order: Order, command: asked.AddPayment) -> None:
    """Refuse a separate paid payment while a period is unpaid: the period itself must be marked paid (P13)."""
    # A surcharge or prepayment is not for the period, so it is allowed.
    if not command.paid or command.kind != "regular":
        return
    for payment in order.payments:
        if payment.period is not None and payment.state is PaymentState.UNPAID:
            raise Refused("payment.period_unpaid", payment=payment.id, period=payment.period)


def edit_payment(order: Order, command: asked.EditPayment, given: Context) -> Iterator[Event]:
    """Change an unpaid payment, or the comment of any payment (P2).

    Raises:
        Refused: `payment.not_editable` if it is paid, `payment.void`, `money.too_precise`, `gateway.unavailable`.
    """
    payment = order.payment(command.payment)
    # Only a gateway that the edit names is checked; the payment may keep one that is no longer connected.
    if not isinstance(command.gateway, Unset):
        given.refuse_unconnected(command.gateway)
    edited = attrs.evolve(payment, **_named(order, payment, command))
    fields = [field.name for field in attrs.fields(PaymentFields)]
    # K2: naming the same value is no change.
    changes = [name for name in fields if getattr(edited, name) != getattr(payment, name)]
    _refuse_unless_editable(payment, set(changes))
    if changes:
        yield PaymentEdited(
            payment=payment.id,
            before=PaymentFields(**{name: getattr(payment, name) for name in changes}),
            after=PaymentFields(**{name: getattr(edited, name) for name in changes}),
        )


def _named(order: Order, payment: Payment, command: asked.EditPayment) -> dict[str, Any]:
    """Give the fields of a payment that an edit names, and those that follow from them."""
    plain = ("kind", "method", "gateway", "closes_access", "comment")
    named = {name: getattr(command, name) for name in plain if not isinstance(getattr(command, name), Unset)}
    if not isinstance(command.due_at, Unset):
        named["due_at"], named["whole_day"] = due_from(command.due_at, zone_named(order.zone))
    amount = payment.amount
    if not isinstance(command.amount, Unset):
        named["amount"] = amount = positive_amount(command.amount, order.currency)
    said = payment.said_on_top if isinstance(command.on_top, Unset) else command.on_top
    if payment.by_hand and (amount != payment.amount or said != payment.said_on_top):
        # P1: for another amount the part on top is computed again, unless a person has named it
        named["said_on_top"] = said
        named["on_top"] = _on_top(order, amount, said=said, is_paid=False, own=payment)
    return named


def _refuse_unless_editable(payment: Payment, fields: set[str]) -> None:
    # P2: a comment may be edited at any time.
    if fields <= {"comment"} or payment.state is PaymentState.UNPAID:
        return
    if payment.is_void:
        # decision 0019: the refusal names the state of the payment, so void comes before not editable
        raise Refused("payment.void", payment=payment.id)
    raise Refused("payment.not_editable", payment=payment.id, fields=sorted(fields - {"comment"}))


def void_payment(order: Order, command: asked.VoidPayment, _: Context) -> Iterator[Event]:
    """Void an unpaid payment (P2).

    Raises:
        Refused: `payment.already_paid`, `payment.void`.
    """
    payment = order.payment(command.payment)
    if payment.is_void:
        raise Refused("payment.void", payment=payment.id)
    _refuse_if_paid(payment)
    yield PaymentVoided(payment=payment.id)


# decision 0019: a refusal names the state of the payment
def mark_paid(order: Order, command: asked.MarkPaid, given: Context) -> Iterator[Event]:
    """Mark a payment paid by hand: with the amount it asks for, or its own amount if it asks for nothing. Home of P6.

    Raises:
        Refused: `payment.already_paid`, `payment.void`, `payment.in_future`.
    """
    payment = order.payment(command.payment)
    # O12: a payment that cancelling voided may still be paid by hand, as late money
    if payment.is_void and payment.voided_by != "cancelled":
        raise Refused("payment.void", payment=payment.id)
    _refuse_if_paid(payment)
    # T8: a date counts from its beginning; today means now.
    paid_at = acts_at(command.paid_at, now=given.now, zone=given.zone)
    if paid_at > given.now:
        raise Refused("payment.in_future", payment=payment.id, paid_at=paid_at.isoformat())
    comment = UNSET if command.comment is None else command.comment
    # P15: after a discount or another payment it may ask for less than its amount.
    amount = asked_of(order).get(payment.id, payment.amount)
    yield PaymentPaid(payment=payment.id, paid_at=paid_at, amount=amount, comment=comment)


def mark_unpaid(order: Order, command: asked.MarkUnpaid, _: Context) -> Iterator[Event]:
    """Remove a mark by hand: sums, status, activation and access are as if it had never been made (P6).

    Raises:
        Refused: `payment.by_gateway` if a gateway reported it, `payment.not_editable` if it is not paid, if a part of
            it was refunded, or if it is not the last period of a subscription.
    """
    payment = order.payment(command.payment)
    if payment.success is not None:
        raise Refused("payment.by_gateway", payment=payment.id)
    periods = [one.period for one in order.payments if one.period is not None and not one.is_void]
    # P6: only the mark of the last period can be removed, because later periods depend on its dates
    is_last = payment.period is None or payment.period == max(periods, default=None)
    # A pending refund uses money of the mark, so the mark cannot be removed.
    if payment.mark is None or any(refund.held for refund in payment.refunds) or not is_last:
        raise Refused("payment.not_editable", payment=payment.id, fields=["paid"])
    yield PaymentUnmarked(payment=payment.id, amount=payment.mark.amount, reason=command.reason)


def _refuse_if_paid(payment: Payment) -> None:
    if payment.paid is not None:
        raise Refused("payment.already_paid", payment=payment.id)


def start_attempt(order: Order, command: asked.StartAttempt, given: Context) -> Iterator[Event]:
    """Start to pay the asked amount of a payment through the gateway, whose port makes the link (P3, P4).

    Raises:
        Refused: `payment.not_owed`, `gateway.unavailable` if the payment has no gateway, `attempt.unresolved`
            while the outcome of another attempt is unknown.
    """
    payment = order.payment(command.payment)
    # P15: money that nobody owes would have to be refunded.
    amount = asked_of(order).get(payment.id)
    if amount is None:
        raise Refused("payment.not_owed", payment=payment.id)
    if payment.gateway is None or payment.method != "cashless":
        raise Refused("gateway.unavailable", payment=payment.id)
    # P4: if the first attempt may have succeeded, a second one could make the customer pay twice.
    if any(attempt.outcome is Outcome.UNKNOWN for attempt in payment.attempts):
        raise Refused("attempt.unresolved", payment=payment.id)
    id = next_attempt_id(payment)
    attempt = Attempt(id=id, started_at=given.now, at=given.now, amount=amount, gateway=payment.gateway)
    yield AttemptRecorded(payment=payment.id, attempt=attempt)


def next_attempt_id(payment: Payment) -> str:
    """Give the id of our next attempt; attempts that a report made have ids from their references and do not count."""
    begun = [one for one in payment.attempts if not is_reported(one)]
    return f"{payment.id}.a{len(begun) + 1}"


def positive_amount(amount: Decimal, currency: str) -> Money:
    """Give an amount of money.

    Raises:
        Refused: `input.invalid` if it is not positive, `money.too_precise`.
    """
    money = Money.of(amount, currency)
    if money.minor <= 0:
        raise Refused("input.invalid", field="amount", more_than=0)
    return money

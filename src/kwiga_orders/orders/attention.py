"""What a person must look at: a list of the order, in which things come and go (P16).

Home of P16. Laws:

1. A thing stands in the list once, under a name that follows from what it is about.
2. Money that would raise several things raises the first of `late_money`, `paid_twice`, `overpaid`.
3. What the facts themselves cure goes by itself; the rest a person resolves, and it does not come back.
"""

from collections.abc import Iterator
from datetime import datetime

from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.money import Money
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import AttentionResolved, Event
from kwiga_orders.orders.reports import Attention, AttentionCode
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Attempt, Outcome, Payment, PaymentStatus, Refund
from kwiga_orders.values import changed

__all__ = ["cured", "late_money", "money_code", "raised", "resolve_attention"]

# Money that may be given back; a full return cures these.
_GIVEN_BACK = {AttentionCode.LATE_MONEY, AttentionCode.PAID_TWICE}
# Cured when their anomaly is gone, that is accepted (P11).
_OF_ANOMALIES = {AttentionCode.OTHER_AMOUNT, AttentionCode.OTHER_CURRENCY, AttentionCode.REUSED_REFERENCE}


def resolve_attention(order: Order, command: asked.ResolveAttention, _: Context) -> Iterator[Event]:
    """Say that a thing was looked at, or all of them (P16).

    Raises:
        Refused: `attention.none` if there is nothing to look at.
        NotFound: if the list has no such thing.
    """
    if not order.attention:
        raise Refused("attention.none", order=order.number)
    # `None` in the pair: a command that names no item resolves them all.
    items = [one.id for one in order.attention if command.item in (None, one.id)]
    if not items:
        raise NotFound("attention", str(command.item))
    yield AttentionResolved(items=tuple(items), comment=command.comment)


def raised(order: Order, item: Attention) -> Order:
    """Give the order with a thing in its list, once."""
    # Law 1: the same thing reported twice stays one entry, with the instant of the first report.
    if any(one.id == item.id for one in order.attention):
        return order
    return changed(order, attention=(*order.attention, item))


def money_code(before: Order, after: Order, payment: Payment, at: datetime) -> AttentionCode | None:
    """Tell why money that a gateway took at an instant for `payment` must be looked at, if it must (P6, P16).

    `before` is the order without it, `payment` as it is there; `after` is the order with it.
    """
    # Law 2: the first that applies, from the most to the least surprising for the school.
    if payment.voided_at is not None or _is_late(before, at):
        return AttentionCode.LATE_MONEY
    # `payment` is the one before this money, so "paid" means paid once already.
    if payment.paid is not None:
        return AttentionCode.PAID_TWICE
    return AttentionCode.OVERPAID if after.sums.balance.minor < 0 else None


def _is_late(order: Order, at: datetime) -> bool:
    """Tell whether the order was cancelled, superseded or refunded at an instant."""
    if order.cancelled_at is not None and order.cancelled_at <= at:
        return True
    superseded_at = order.superseded_at
    if superseded_at is None and order.superseded_by is not None:
        # Superseded in the first edition, which stored no instant: counts from the beginning.
        superseded_at = order.created_at
    if superseded_at is not None and superseded_at <= at:
        # O3: activated after all, it is no longer superseded
        return order.activated_at is None or at <= order.activated_at
    return order.sums_at(at).status is PaymentStatus.REFUNDED


def cured(order: Order) -> Order:
    """Give the order without the things that its facts have cured."""
    if not order.attention:
        return order
    # Computed once for all items, because one return may cure only one of two.
    given_back = set(_given_back(order))
    left = tuple(item for item in order.attention if item.id not in given_back and not _is_cured(order, item))
    return order if left == order.attention else changed(order, attention=left)


def _is_cured(order: Order, item: Attention) -> bool:
    match item.code:
        # Paid more, or the price went up: nobody is owed anything back.
        case AttentionCode.OVERPAID:
            return order.sums.balance.minor >= 0
        case code if code in _OF_ANOMALIES:
            about = (item.payment, item.reference, item.amount)
            return all((one.payment, one.reference, one.amount) != about for one in order.anomalies)
        case AttentionCode.CHARGE_FAILED:
            return order.payment(item.payment or "").paid is not None
        case AttentionCode.UNKNOWN_OUTCOME:
            row = _find_row(order, item)
            return row is None or row.outcome is not Outcome.UNKNOWN
        case AttentionCode.CHARGEBACK:
            row = _find_row(order, item)
            return isinstance(row, Refund) and row.is_won
        case AttentionCode.REFUND_ABOVE_LIMIT:
            return _is_within_limit(order, item)
    # Everything else only a person can judge (law 3).
    return False


def _find_row(order: Order, item: Attention) -> Attempt | Refund | None:
    payment = order.payment(item.payment or "")
    rows: tuple[Attempt | Refund, ...] = (*payment.attempts, *payment.refunds)
    if item.code is AttentionCode.CHARGEBACK:
        rows = payment.refunds
    found = [row for row in rows if row.reference == item.reference]
    # an attempt and a refund may share a reference: the item stays as long as either is unknown
    return min(found, key=lambda row: row.outcome is not Outcome.UNKNOWN, default=None)


def _is_within_limit(order: Order, item: Attention) -> bool:
    payment = order.payment(item.payment or "")
    paid = payment.paid
    refund = next((one for one in payment.refunds if one.reference == item.reference), None)
    is_within = paid is not None and payment.refunded <= paid.amount
    return is_within or refund is None or not refund.kept


def _given_back(order: Order) -> Iterator[str]:
    """Give the ids of money that came late or twice and went back since, as much or more, and of marks taken back."""
    spent: dict[str, int] = {}
    for item in order.attention:
        if item.code not in _GIVEN_BACK or item.payment is None or item.amount is None:
            continue
        payment = order.payment(item.payment)
        came_at = _came_at(payment, item)
        if came_at is None:
            yield item.id
            continue
        # Only what left after that money came can be its return.
        went = [refund.kept for refund in payment.refunds if refund.kept and (refund.taken_at or refund.at) >= came_at]
        # What cured an earlier item is used up: 100 given back cure one double payment of 100, not two.
        back = sum(amount.minor for amount in went) - spent.get(payment.id, 0)
        if back >= item.amount.minor:
            spent[payment.id] = spent.get(payment.id, 0) + item.amount.minor
            yield item.id


def _came_at(payment: Payment, item: Attention) -> datetime | None:
    """Give when the money of an item came; None if it was by a mark that was taken back."""
    # A mark by hand has no reference; taking the mark back took the money back, too.
    if item.reference is None:
        return None if payment.mark is None else payment.mark.at
    return next((one.at for one in payment.attempts if one.reference == item.reference and one.counts), None)


def late_money(order: Order, payment: Payment, amount: Money, at: datetime) -> Order:
    """Give the order with money by hand noted as late if the order is cancelled (O12)."""
    if order.cancelled_at is None:
        return order
    return raised(order, Attention(code=AttentionCode.LATE_MONEY, at=at, payment=payment.id, amount=amount))

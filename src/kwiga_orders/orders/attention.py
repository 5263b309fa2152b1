"""The attention items of an order: what a person must look at (P16).

Home of P16. Laws:

1. An item is in the list once; its id is computed from its kind and subject.
2. If money would raise several items, it raises the first of `late_money`, `paid_twice`, `overpaid`.
3. An item goes by itself if later facts cure it. A person resolves the others, and a resolved item does not come back.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime

from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.money import Money
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import (
    AttemptRecorded,
    AttentionRaised,
    AttentionResolved,
    Event,
    PaymentAdded,
    RefundRecorded,
)
from kwiga_orders.orders.reports import Attention, AttentionCode
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Attempt, Outcome, Payment, PaymentState, PaymentStatus, Refund
from kwiga_orders.values import changed

__all__ = ["cured", "late_money", "money_code", "raised", "resolve_attention", "unconnected"]

# Items about money that may be refunded; a full refund of it cures them.
_GIVEN_BACK = {AttentionCode.LATE_MONEY, AttentionCode.PAID_TWICE}
# Items about anomalies; they are cured when the anomaly is accepted (P11).
_OF_ANOMALIES = {AttentionCode.OTHER_AMOUNT, AttentionCode.OTHER_CURRENCY, AttentionCode.REUSED_REFERENCE}


def resolve_attention(order: Order, command: asked.ResolveAttention, _: Context) -> Iterator[Event]:
    """Resolve an attention item, or all of them (P16).

    Raises:
        Refused: `attention.none` if there are no items.
        NotFound: if there is no such item.
    """
    if not order.attention:
        raise Refused("attention.none", order=order.number)
    # A command that names no item resolves all items.
    items = [one.id for one in order.attention if command.item in (None, one.id)]
    if not items:
        raise NotFound("attention", str(command.item))
    yield AttentionResolved(items=tuple(items), comment=command.comment)


def raised(order: Order, item: Attention) -> Order:
    """Give the order with an item, once."""
    # Law 1: an item that is raised again stays one item, with its first instant.
    if any(one.id == item.id for one in order.attention):
        return order
    return changed(order, attention=(*order.attention, item))


def money_code(before: Order, after: Order, payment: Payment, at: datetime) -> AttentionCode | None:
    """Tell why money from a gateway at an instant for `payment` needs attention; None if it does not (P6, P16).

    `before` is the order without this money, and `payment` its payment; `after` is the order with the money.
    """
    # Law 2: the first kind that applies.
    if payment.voided_at is not None or _is_late(before, at):
        return AttentionCode.LATE_MONEY
    # `payment` is without this money, so here "paid" means that it was paid once before.
    if payment.paid is not None:
        return AttentionCode.PAID_TWICE
    return AttentionCode.OVERPAID if after.sums.balance.minor < 0 else None


def _is_late(order: Order, at: datetime) -> bool:
    """Tell whether the order was cancelled, superseded or refunded at an instant."""
    if order.cancelled_at is not None and order.cancelled_at <= at:
        return True
    superseded_at = order.superseded_at
    if superseded_at is None and order.superseded_by is not None:
        # The first edition stored no instant of superseding, so it counts from the creation of the order.
        superseded_at = order.created_at
    if superseded_at is not None and superseded_at <= at:
        # O3: an order that was activated later is no longer superseded
        return order.activated_at is None or at <= order.activated_at
    return order.sums_at(at).status is PaymentStatus.REFUNDED


def unconnected(order: Order, happened: Iterable[Event], gateways: Collection[str]) -> Iterator[Event]:
    """Raise attention for each payment whose gateway is not connected: nothing is paid, charged or refunded there.

    `order` is the order with what happened, `gateways` are those that are connected.
    """
    for event in happened:
        match event:
            case PaymentAdded(payment=payment) if payment.method == "cashless":
                gateway, amount = payment.gateway, payment.amount
            case AttemptRecorded(payment=id, attempt=attempt, report=None) if attempt.is_charging:
                gateway, amount = attempt.gateway, order.payment(id).amount
            case RefundRecorded(payment=id, refund=refund, report=None) if refund.outcome is Outcome.PENDING:
                gateway, amount = order.payment(id).paid_through, refund.amount
            case _:
                continue
        # decision 0037: a host that connects no gateway carries out payments itself, as it does those that name none
        if gateway and gateways and gateway not in gateways:
            id = event.payment.id if isinstance(event, PaymentAdded) else event.payment
            code = AttentionCode.GATEWAY_NOT_CONNECTED
            item = Attention(code=code, at=order.updated_at, payment=id, amount=amount)
            if all(one.id != item.id for one in order.attention):
                yield AttentionRaised(item=item)


def cured(order: Order) -> Order:
    """Give the order without the items that later facts have cured."""
    if not order.attention:
        return order
    # Computed once for all items, because one refund may cure only one of two items.
    given_back = set(_given_back(order))
    left = tuple(
        # Law 3: all items that have no cure need a person.
        item
        for item in order.attention
        if item.id not in given_back and not (item.code in _CURES and _CURES[item.code](order, item))
    )
    return order if left == order.attention else changed(order, attention=left)


def _find_row(order: Order, item: Attention) -> Attempt | Refund | None:
    payment = order.payment(item.payment or "")
    rows: tuple[Attempt | Refund, ...] = (*payment.attempts, *payment.refunds)
    if item.code is AttentionCode.CHARGEBACK:
        rows = payment.refunds
    found = [row for row in rows if row.reference == item.reference]
    # an attempt and a refund may have the same reference: the item stays while one of them is unknown
    return min(found, key=lambda row: row.outcome is not Outcome.UNKNOWN, default=None)


def _is_within_limit(order: Order, item: Attention) -> bool:
    payment = order.payment(item.payment or "")
    paid = payment.paid
    refund = next((one for one in payment.refunds if one.reference == item.reference), None)
    is_within = paid is not None and payment.refunded <= paid.amount
    return is_within or refund is None or not refund.kept


def _given_back(order: Order) -> Iterator[str]:
    """Give the ids of items about late or double money that was refunded since in full, or whose mark was removed."""
    spent: dict[str, int] = {}
    for item in order.attention:
        if item.code not in _GIVEN_BACK or item.payment is None or item.amount is None:
            continue
        payment = order.payment(item.payment)
        came_at = _came_at(payment, item)
        if came_at is None:
            yield item.id
            continue
        # Only refunds after this money was paid can have returned it.
        went = [refund.kept for refund in payment.refunds if refund.kept and (refund.taken_at or refund.at) >= came_at]
        # Refunds that cured an earlier item are used up: 100 refunded cures one double payment of 100, not two.
        back = sum(amount.minor for amount in went) - spent.get(payment.id, 0)
        if back >= item.amount.minor:
            spent[payment.id] = spent.get(payment.id, 0) + item.amount.minor
            yield item.id


def _came_at(payment: Payment, item: Attention) -> datetime | None:
    """Give when the money of an item was paid; None if it was a mark by hand that was removed."""
    # Money marked by hand has no reference; without the mark there is no money.
    if item.reference is None:
        return None if payment.mark is None else payment.mark.at
    return next((one.at for one in payment.attempts if one.reference == item.reference and one.counts), None)


def late_money(order: Order, payment: Payment, amount: Money, at: datetime) -> Order:
    """Give the order with an item for late money by hand, if the order is cancelled (O12)."""
    if order.cancelled_at is None:
        return order
    return raised(order, Attention(code=AttentionCode.LATE_MONEY, at=at, payment=payment.id, amount=amount))


# Cures: each tells whether later facts have cured an item


def _is_no_anomaly(order: Order, item: Attention) -> bool:
    about = (item.payment, item.reference, item.amount)
    return all((one.payment, one.reference, one.amount) != about for one in order.anomalies)


def _needs_no_gateway(order: Order, item: Attention) -> bool:
    payment = order.payment(item.payment or "")
    is_waiting = any(one.outcome is Outcome.PENDING for one in payment.refunds)
    return payment.state is not PaymentState.UNPAID and not is_waiting


def _is_known(order: Order, item: Attention) -> bool:
    row = _find_row(order, item)
    return row is None or row.outcome is not Outcome.UNKNOWN


def _is_won(order: Order, item: Attention) -> bool:
    row = _find_row(order, item)
    return isinstance(row, Refund) and row.is_won


_CURES: Mapping[AttentionCode, Callable[[Order, Attention], bool]] = {
    # for example because the price went up
    AttentionCode.OVERPAID: lambda order, _: order.sums.balance.minor >= 0,
    **dict.fromkeys(_OF_ANOMALIES, _is_no_anomaly),
    AttentionCode.GATEWAY_NOT_CONNECTED: _needs_no_gateway,
    # P6: without the mark that activated it there is no second subscription
    AttentionCode.SECOND_SUBSCRIPTION: lambda order, _: order.activated_at is None,
    AttentionCode.CHARGE_FAILED: lambda order, item: order.payment(item.payment or "").paid is not None,
    AttentionCode.UNKNOWN_OUTCOME: _is_known,
    AttentionCode.CHARGEBACK: _is_won,
    AttentionCode.REFUND_ABOVE_LIMIT: _is_within_limit,
}

"""Rows of payments: storing an attempt or refund, and keeping anomalies."""

from collections.abc import Callable
from hashlib import sha256

from kwiga_orders.money import Money
from kwiga_orders.orders.attention import raised
from kwiga_orders.orders.reports import Anomaly, Attention, AttentionCode, Report
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Attempt, Payment, Refund
from kwiga_orders.values import changed

__all__ = [
    "about",
    "by_id",
    "is_reported",
    "item_of",
    "put_attempt",
    "put_refund",
    "references_of",
    "reported_id",
    "with_anomaly",
    "with_payment",
]


def reported_id(payment: str, kind: str, reference: str) -> str:
    """Give the id of a row that a report makes: the same whichever report comes first (P11).

    It contains only a hash of the reference, which is a gateway's text.
    """
    # A hash, not a counter, so that a repeated report finds its row.
    return f"{payment}.{kind}-{sha256(reference.encode()).hexdigest()[:16]}"


def is_reported(row: Attempt | Refund) -> bool:
    """Tell whether a row was made by a report, not by us."""
    # Ids from reports have a dash, numbered ids have none.
    return "-" in row.id.rpartition(".")[2]


def references_of(order: Order) -> frozenset[tuple[str, str]]:
    """Give the pairs of gateway and reference under which the order was paid (P4); "" if no gateway was named."""
    rows = (attempt for payment in order.payments for attempt in payment.attempts if attempt.counts)
    return frozenset((row.gateway or "", row.reference) for row in rows if row.reference)


def by_id(one: Attempt | Refund | Payment) -> tuple[int, str]:
    """Give the sort key of a row, by which o1.1.a2 comes before o1.1.a10."""
    return len(one.id), one.id


def with_payment(order: Order, id: str, change: Callable[[Payment], Payment]) -> Order:
    """Give the order with one payment changed."""
    # The other payments stay the same objects, so that comparing them is fast.
    return changed(order, payments=tuple([change(one) if one.id == id else one for one in order.payments]))


def put_attempt(order: Order, payment: str, attempt: Attempt) -> Order:
    """Give the order with an attempt added, or replaced if one has the same id."""

    def put(one: Payment) -> Payment:
        others = (row for row in one.attempts if row.id != attempt.id)
        return changed(one, attempts=tuple(sorted((*others, attempt), key=by_id)))

    return with_payment(order, payment, put)


def put_refund(order: Order, payment: str, refund: Refund) -> Order:
    """Give the order with a refund added, or replaced if one has the same id."""

    def put(one: Payment) -> Payment:
        others = (row for row in one.refunds if row.id != refund.id)
        return changed(one, refunds=tuple(sorted((*others, refund), key=by_id)))

    return with_payment(order, payment, put)


def with_anomaly(order: Order, anomaly: Anomaly) -> Order:
    """Give the order with contradicting money kept as an anomaly, and raised as attention once (P11)."""
    # Compared without the instant, so that the same money reported again is not kept twice.
    if any(about(one) == about(anomaly) for one in order.anomalies):
        return order
    item = Attention(
        code=anomaly.code,
        at=anomaly.at,
        payment=anomaly.payment,
        reference=anomaly.reference,
        amount=anomaly.amount,
    )
    return raised(changed(order, anomalies=(*order.anomalies, anomaly)), item)


def about(anomaly: Anomaly) -> tuple[object, ...]:
    """Give the identity of an anomaly."""
    # without the code, because other facts may change the reason for which it is kept
    return anomaly.payment, anomaly.reference, anomaly.amount, anomaly.of_refund


def item_of(code: AttentionCode, report: Report, amount: Money | None) -> Attention:
    """Give the attention item of a report (P16)."""
    return Attention(code=code, at=report.told_at, payment=report.payment, reference=report.reference, amount=amount)

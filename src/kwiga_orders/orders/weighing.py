"""Evaluate gateway reports: all reports since the last command of another kind together.

Home of P11. Laws:

1. Reports are evaluated in the order of their own instants, and equal reports once. So the order in which they arrive
   and repetitions do not change the result.
2. A command of another kind settles all earlier reports, so that later reports do not change what a person acted on. A
   report that adds nothing to the settled state is not kept.
"""

from collections.abc import Sequence

from kwiga_orders.orders.attempts import weigh_attempt
from kwiga_orders.orders.attention import cured
from kwiga_orders.orders.refund_reports import weigh_refund
from kwiga_orders.orders.reports import Around, AttemptReport, Heard, Report, with_report
from kwiga_orders.orders.rows import about, by_id
from kwiga_orders.orders.state import Order
from kwiga_orders.values import changed

__all__ = ["settled", "weighed"]


def weighed(order: Order, report: Report) -> Order:
    """Give the order after one more report (P11); the same object if the report says nothing new."""
    heard = order.heard
    if heard is None:
        # the first report since another command: keep the state before it, from which all reports are evaluated again
        heard = Heard(version=order.version, attention=order.attention, anomalies=order.anomalies)
    if all(payment.id != report.payment for payment in heard.before):
        # the first report of this payment: keep the payment as it was before
        heard = changed(heard, before=tuple(sorted((*heard.before, order.payment(report.payment)), key=by_id)))
    before = _as_before(order, heard)
    reports = with_report(heard.reports, report)
    # law 2: a repeated report, or one that adds nothing to the settled state, is not kept
    if reports == heard.reports or _facts_of(_together(before, (report,), heard.version)) == _facts_of(before):
        return order
    return changed(_together(before, reports, heard.version), heard=changed(heard, reports=reports))


def _facts_of(order: Order) -> tuple[object, ...]:
    """Give the fields that reports may change."""
    return order.payments, order.anomalies, order.attention


def _together(order: Order, reports: Sequence[Report], version: int) -> Order:
    around = Around.of(
        reports,
        version=version,
        kept=frozenset(about(anomaly) for anomaly in order.anomalies),
        refunds=[refund for payment in order.payments for refund in payment.refunds],
    )
    # items are cured after each report, before the next one is evaluated
    for one in map(around.keyed, reports):
        if isinstance(one, AttemptReport):
            order = cured(weigh_attempt(order, one, around))
        else:
            order = cured(weigh_refund(order, one, around))
        around = around.after(one)
    return order


def settled(order: Order) -> Order:
    """Give the order with all earlier reports settled, for a command of another kind (P11)."""
    # later reports are evaluated from the current payments
    return order if order.heard is None else changed(order, heard=None)


def _as_before(order: Order, heard: Heard) -> Order:
    """Give the order with payments, attention items and anomalies from before the reports."""
    before = {payment.id: payment for payment in heard.before}
    # only reported payments can have changed
    payments = tuple(before.get(payment.id, payment) for payment in order.payments)
    return changed(order, payments=payments, attention=heard.attention, anomalies=heard.anomalies)

"""What gateway reports mean for an order: all reports since the last command of another kind, weighed together.

Home of P11. Laws:

1. Reports are weighed in the order of their own instants, whatever the order in which they arrived, and each once: so
   any order and any repetition gives the same state.
2. A command of another kind settles all earlier reports: a person who acted on them finds them as they were. A report
   that adds nothing to what is settled is not kept.
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
    """Give the order after one more report (P11); unchanged if the report says nothing new."""
    heard = order.heard
    if heard is None:
        # the first report since a command: what it found is kept, because each later report is weighed from there again
        heard = Heard(version=order.version, attention=order.attention, anomalies=order.anomalies)
    if all(payment.id != report.payment for payment in heard.before):
        # a payment is kept as it was before its first report; later reports of it start from the same copy
        heard = changed(heard, before=tuple(sorted((*heard.before, order.payment(report.payment)), key=by_id)))
    before = _as_before(order, heard)
    reports = with_report(heard.reports, report)
    # a repeated report, or one that adds nothing to what a person settled, must not grow what is kept (law 2)
    if reports == heard.reports or _facts_of(_together(before, (report,), heard.version)) == _facts_of(before):
        return order
    return changed(_together(before, reports, heard.version), heard=changed(heard, reports=reports))


def _facts_of(order: Order) -> tuple[object, ...]:
    """Give all that reports may change."""
    return order.payments, order.anomalies, order.attention


def _together(order: Order, reports: Sequence[Report], version: int) -> Order:
    around = Around.of(
        reports,
        version=version,
        kept=frozenset(about(anomaly) for anomaly in order.anomalies),
        refunds=[refund for payment in order.payments for refund in payment.refunds],
    )
    # the order's own limits may break in between, so each step is cured before the next report reads it
    for one in map(around.keyed, reports):
        if isinstance(one, AttemptReport):
            order = cured(weigh_attempt(order, one, around))
        else:
            order = cured(weigh_refund(order, one, around))
        around = around.after(one)
    return order


def settled(order: Order) -> Order:
    """Give the order with all that was reported settled, as a command of another kind finds it (P11)."""
    # the next report begins with the payments as they stand now, whatever arrives late
    return order if order.heard is None else changed(order, heard=None)


def _as_before(order: Order, heard: Heard) -> Order:
    """Give the order as it was before the reports, but for what followed from them."""
    before = {payment.id: payment for payment in heard.before}
    # only payments that were reported are put back; others cannot have changed since
    payments = tuple(before.get(payment.id, payment) for payment in order.payments)
    return changed(order, payments=payments, attention=heard.attention, anomalies=heard.anomalies)

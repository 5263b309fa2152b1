"""What it makes sense to do next: commands that the books say will be carried out.

Random commands are refused more often than not, so the machine draws from these, too.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

from kwiga_orders.commands import Command
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period
from tests.stateful.plain_orders import PlainOrder, PlainPayment
from tests.stateful.plain_school import PlainSchool

__all__ = ["SENSIBLE", "months_pass", "odd_things_are_looked_at"]


def _payments(school: PlainSchool) -> Iterator[tuple[str, str, PlainOrder, PlainPayment]]:
    for id, order in school.orders.items():
        for number, payment in enumerate(order.payments, start=1):
            yield id, f"{id}.{number}", order, payment


def money_comes(school: PlainSchool) -> Iterator[Command]:
    """Pay what is owed, by hand or by the gateway; money also comes for what is void."""
    for id, payment, order, there in _payments(school):
        if there.state == "unpaid" and not order.cancelled:
            yield asked.MarkPaid(order=id, payment=payment)
            yield asked.MarkPaid(order=id, payment=payment, paid_at=school.now - timedelta(days=3))
        if there.state in ("unpaid", "void"):
            for outcome in (Outcome.SUCCEEDED, Outcome.FAILED):
                yield asked.ReportAttempt(order=id, payment=payment, reference="r1", outcome=outcome)
        if there.mark is not None:
            yield asked.MarkUnpaid(order=id, payment=payment, reason="a slip")
    for id, order in school.orders.items():
        if not order.cancelled:
            yield asked.AddPayment(order=id, amount=Decimal("500.00"), paid=True)


def money_goes_back(school: PlainSchool) -> Iterator[Command]:
    """Give back all that is left of a payment, or half of it; or let the gateway tell of it."""
    for id, payment, _, there in _payments(school):
        left = Decimal(there.paid - sum(refund.held for refund in there.refunds)) / 100
        if left > 0:
            yield asked.RefundPayment(order=id, payment=payment, amount=left)
            yield asked.RefundPayment(order=id, payment=payment, amount=max(round(left / 2, 2), Decimal("0.01")))
            for outcome in (Outcome.SUCCEEDED, Outcome.FAILED):
                yield asked.ReportRefund(order=id, payment=payment, reference="r2", amount=left, outcome=outcome)
        for refund in there.refunds:
            amount = Decimal(max(refund.held, 1)) / 100
            yield asked.RefundPayment(order=id, payment=payment, amount=amount)
            yield asked.ReportRefund(
                order=id, payment=payment, reference="r1", amount=amount, outcome=Outcome.SUCCEEDED
            )


def life_goes_on(school: PlainSchool) -> Iterator[Command]:
    """Open the same offer again, move to the other funnel, cancel and reopen, renew."""
    for id, order in school.orders.items():
        if order.offer is not None:
            yield asked.OpenOffer(offer=order.offer, contact=order.contact)
        if "vip" in school.funnels:
            yield asked.MoveOrder(order=id, funnel="vip")
            yield asked.MoveOrder(order=id, funnel="vip", status=school.funnels["vip"].statuses[-1].id)
        yield asked.ReopenOrder(order=id) if order.cancelled else asked.CancelOrder(order=id)
        if order.subscription is not None and not order.cancelled:
            yield asked.Renew(order=id)


def windows_move(school: PlainSchool) -> Iterator[Command]:
    """Freeze, unfreeze, extend what is activated."""
    for id, order in school.orders.items():
        if order.activated_at is not None and not order.cancelled:
            yield asked.FreezeAccess(order=id, period=Period(days=10))
            yield asked.FreezeAccess(order=id, period=Period(days=3), starts_at=school.now + timedelta(days=5))
            yield asked.UnfreezeAccess(order=id)
            yield asked.ExtendAccess(order=id, by=Period(months=1))


def courses_end(school: PlainSchool) -> Iterator[Command]:
    """Issue certificates for what is paid, also again; give all money back for what one was issued for."""
    for id, order in school.orders.items():
        if order.is_earned(school.now):
            for product in order.prices:
                yield asked.IssueCertificate(order=id, product=product)
    for id, payment, order, there in _payments(school):
        if there.state == "paid" and order.certificates:
            yield asked.RefundPayment(order=id, payment=payment, amount=Decimal(there.paid) / 100)


def months_pass(school: PlainSchool) -> Iterator[Command]:
    """Subscribe; make a month before it is due, pay it, stop and resume."""
    running = {id: one for id, one in school.orders.items() if one.subscription is not None and not one.cancelled}
    if not running:
        yield asked.OpenOffer(offer="monthly", contact="olena")
    for id, order in running.items():
        yield from [asked.Renew(order=id, early=True)] * 4
        yield from (asked.Renew(order=id), asked.StopRenewal(order=id), asked.ResumeRenewal(order=id))
        for number, payment in enumerate(order.payments, start=1):
            if payment.state == "unpaid":
                yield from [asked.MarkPaid(order=id, payment=f"{id}.{number}")] * 4


def odd_things_are_looked_at(school: PlainSchool) -> Iterator[Command]:
    """Report money in another amount, twice or too late; look at it; then report all of it again."""
    for id, payment, _, _ in _payments(school):
        for reference, amount in (("r1", None), ("r2", Decimal("7.00"))):
            yield asked.ReportAttempt(
                order=id, payment=payment, reference=reference, outcome=Outcome.SUCCEEDED, amount=amount
            )
    for id in school.orders:
        yield from [asked.ResolveAttention(order=id)] * 3


SENSIBLE: tuple[Callable[[PlainSchool], Iterator[Command]], ...] = (
    money_comes,
    money_comes,
    money_goes_back,
    life_goes_on,
    windows_move,
    courses_end,
    courses_end,
    odd_things_are_looked_at,
)
"""Kinds of things to do; to pay is drawn twice as often."""
